//! What can be wrong with a request, and how it is said: the error bodies of the API that this stands in for.

use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What is wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// There is no such resource.
    #[error("there is no {kind} {id}")]
    NoSuchResource {
        /// Of which type.
        kind: String,
        /// With which id.
        id: String,
    },
    /// There is nothing at this path.
    #[error("nothing is at {0}")]
    NoSuchPath(String),
    /// The path takes other methods.
    #[error("{0} can't be done here")]
    WrongMethod(String),
    /// A parameter that is not known here.
    #[error("the parameter {0} is not known here")]
    UnknownParameter(String),
    /// A parameter's value can't be.
    #[error("the parameter {name}: {why}")]
    BadParameter {
        /// Which.
        name: String,
        /// Why not.
        why: String,
    },
    /// A parameter that must be there.
    #[error("the parameter {0} is missing")]
    MissingParameter(String),
    /// Parameters that do not go together.
    #[error("the parameter {name}: {why}")]
    BadCombination {
        /// Which does not go with the others.
        name: String,
        /// Why not.
        why: String,
    },
    /// Fixtures that can't be: the whole sentence.
    #[error("{0}")]
    Fixtures(String),
    /// The body is not JSON, or not of the form of a request.
    #[error("the body: {0}")]
    BadBody(String),
    /// Something in the entity is wrong.
    #[error("{pointer}: {detail}")]
    Entity {
        /// Which rule it breaks.
        code: EntityCode,
        /// Where.
        pointer: String,
        /// In words.
        detail: String,
    },
    /// Several things in the entity are wrong.
    #[error("{first}")]
    Several {
        /// Which was met first.
        first: Box<Fault>,
        /// The others.
        others: Vec<Fault>,
    },
    /// The body is of a type that is not read.
    #[error("the body is not application/json")]
    MediaType,
    /// It can't be done as things are.
    #[error("{detail}")]
    State {
        /// What follows `STATE_ERROR`.
        code: &'static str,
        /// In words.
        detail: String,
    },
    /// An attribute that stays as it is for now.
    #[error("the attribute {0} can't be edited at this time")]
    Locked(String),
    /// What is to be reviewed lacks something.
    #[error("{kind} {id} can't be reviewed")]
    Unready {
        /// Of which type it is.
        kind: String,
        /// Its id.
        id: String,
        /// What is missing, by the path of what lacks it.
        missing: Vec<(String, Vec<Fault>)>,
    },
    /// There are no figures for the time that a report is asked for.
    #[error("there are no figures for this time")]
    NoFigures,
    /// The table does not have it.
    #[error("{0} is not in the sandbox")]
    NotHere(String),
    /// A header field of the gateway's is there twice, or can't be read.
    #[error("the header field {0} is there twice, or can't be read")]
    BadHeader(&'static str),
    /// No team came with the request.
    #[error("the request names no team")]
    NoTeam,
    /// Another API than App Store Connect's refuses, in a form of its own.
    #[error("{body}")]
    InOwnForm {
        /// The answer's status.
        status: StatusCode,
        /// Its body.
        body: String,
    },
    /// The store does not work.
    #[error("the sandbox's store: {0}")]
    Store(#[from] rusqlite::Error),
    /// Something else broke.
    #[error("{0}")]
    Broken(String),
}

/// Which rule an entity breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EntityCode {
    /// An attribute that must be there.
    AttributeRequired,
    /// A value that can't be.
    AttributeInvalid,
    /// A value that another has.
    AttributeDuplicate,
    /// An attribute that there is not.
    AttributeUnknown,
    /// An attribute that can't be given here.
    AttributeNotAllowed,
    /// A relation that must be there.
    RelationshipRequired,
    /// An end that is not there, or of another type.
    RelationshipInvalid,
    /// A relation that there is not.
    RelationshipUnknown,
    /// A relation that can't be given here.
    RelationshipNotAllowed,
    /// Another type than the path's.
    WrongType,
    /// Another id than the path's.
    WrongId,
}

impl EntityCode {
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::AttributeRequired => {
                ("ENTITY_ERROR.ATTRIBUTE.REQUIRED", "The provided entity is missing a required attribute")
            }
            Self::AttributeInvalid => (
                "ENTITY_ERROR.ATTRIBUTE.INVALID",
                "The provided entity includes an attribute with an invalid value",
            ),
            Self::AttributeDuplicate => (
                "ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE",
                "The provided entity includes an attribute with a value that has already been used",
            ),
            Self::AttributeUnknown => {
                ("ENTITY_ERROR.ATTRIBUTE.UNKNOWN", "The provided entity includes an unknown attribute")
            }
            Self::AttributeNotAllowed => (
                "ENTITY_ERROR.ATTRIBUTE.NOT_ALLOWED",
                "The provided entity includes an attribute that is not allowed in this request",
            ),
            Self::RelationshipRequired => (
                "ENTITY_ERROR.RELATIONSHIP.REQUIRED",
                "The provided entity is missing a required relationship",
            ),
            Self::RelationshipInvalid => (
                "ENTITY_ERROR.RELATIONSHIP.INVALID",
                "The provided entity includes a relationship with an invalid value",
            ),
            Self::RelationshipUnknown => {
                ("ENTITY_ERROR.RELATIONSHIP.UNKNOWN", "The provided entity includes an unknown relationship")
            }
            Self::RelationshipNotAllowed => (
                "ENTITY_ERROR.RELATIONSHIP.NOT_ALLOWED",
                "The provided entity includes a relationship that is not allowed in this request",
            ),
            Self::WrongType => ("ENTITY_ERROR.TYPE.INVALID", "The provided entity is of another type"),
            Self::WrongId => ("ENTITY_ERROR.ID.INVALID", "The provided entity has another id"),
        }
    }
}

/// How a fault is told.
struct Told {
    status: StatusCode,
    code: String,
    title: Cow<'static, str>,
    detail: String,
    source: Option<Value>,
    /// What else is wrong, by the path of what it is wrong with.
    associated: Vec<(String, Vec<Told>)>,
}

impl Told {
    fn error(self, fresh_id: &impl Fn() -> String) -> Value {
        let mut error = json!({
            "id": fresh_id(),
            "status": self.status.as_u16().to_string(),
            "code": self.code,
            "title": self.title,
            "detail": self.detail,
        });
        if let Some(source) = self.source {
            error["source"] = source;
        }
        if !self.associated.is_empty() {
            let told = |all: Vec<Self>| all.into_iter().map(|told| told.error(fresh_id)).collect();
            let all = self.associated.into_iter().map(|(path, all)| (path, told(all)));
            error["meta"] = json!({ "associatedErrors": all.collect::<BTreeMap<String, Vec<Value>>>() });
        }
        error
    }
}

impl Fault {
    /// A fault of an attribute of the request's entity.
    pub(crate) fn attribute(code: EntityCode, name: &str, detail: impl Into<String>) -> Self {
        Self::Entity { code, pointer: format!("/data/attributes/{name}"), detail: detail.into() }
    }

    /// A fault of a relation of the request's entity.
    pub(crate) fn relation(code: EntityCode, name: &str, detail: impl Into<String>) -> Self {
        Self::Entity { code, pointer: format!("/data/relationships/{name}"), detail: detail.into() }
    }

    /// Nothing, if there is none.
    ///
    /// # Errors
    /// All of them, if there are any.
    pub(crate) fn all(mut faults: impl Iterator<Item = Self>) -> Result<(), Self> {
        let Some(first) = faults.next() else { return Ok(()) };
        let others: Vec<Self> = faults.collect();
        Err(if others.is_empty() { first } else { Self::Several { first: Box::new(first), others } })
    }

    /// The same of an entity that comes along with the request's, at this place among those.
    pub(crate) fn along(self, place: usize) -> Self {
        match self {
            Self::Entity { code, pointer, detail } => {
                let pointer = match pointer.strip_prefix("/data") {
                    Some(within) => format!("/included/{place}{within}"),
                    None => pointer,
                };
                Self::Entity { code, pointer, detail }
            }
            Self::Several { first, others } => Self::Several {
                first: Box::new(first.along(place)),
                others: others.into_iter().map(|other| other.along(place)).collect(),
            },
            other => other,
        }
    }

    pub(crate) fn state(code: &'static str, detail: impl Into<String>) -> Self {
        Self::State { code, detail: detail.into() }
    }

    /// The answer's status and body; each error in it has a fresh id.
    pub(crate) fn answer(&self, fresh_id: impl Fn() -> String) -> (StatusCode, Bytes) {
        if let Self::InOwnForm { status, body } = self {
            return (*status, Bytes::from(body.clone()));
        }
        let others = if let Self::Several { others, .. } = self { others.as_slice() } else { &[] };
        let first = self.told();
        let status = first.status;
        let all = std::iter::once(first).chain(others.iter().map(Self::told));
        let errors: Vec<Value> = all.map(|told| told.error(&fresh_id)).collect();
        (status, Bytes::from(json!({ "errors": errors }).to_string()))
    }

    fn told(&self) -> Told {
        let said = |status, code: &str, title: &'static str, detail: String| Told {
            status,
            code: code.to_owned(),
            title: title.into(),
            detail,
            source: None,
            associated: Vec::new(),
        };
        let parameter = |code, title, detail, name: &String| Told {
            source: Some(json!({ "parameter": name })),
            ..said(StatusCode::BAD_REQUEST, code, title, detail)
        };
        match self {
            Self::NoSuchResource { kind, id } => said(
                StatusCode::NOT_FOUND,
                "NOT_FOUND",
                "The specified resource does not exist",
                format!("There is no resource of type '{kind}' with id '{id}'"),
            ),
            Self::NoFigures => said(
                StatusCode::NOT_FOUND,
                "NOT_FOUND",
                "The specified resource does not exist",
                "There were no sales for the date specified.".to_owned(),
            ),
            Self::NoSuchPath(path) => said(
                StatusCode::NOT_FOUND,
                "PATH_ERROR",
                "The URL path is not valid",
                format!("The resource at path {path:?} does not exist"),
            ),
            Self::WrongMethod(method) => said(
                StatusCode::METHOD_NOT_ALLOWED,
                "METHOD_NOT_ALLOWED",
                "The request method is not valid for the resource path.",
                format!("The method {method} is not allowed for this resource"),
            ),
            Self::UnknownParameter(name) => parameter(
                "PARAMETER_ERROR.ILLEGAL",
                "A parameter has an invalid value",
                format!("The parameter '{name}' can not be used with this request"),
                name,
            ),
            Self::BadParameter { name, why } => {
                parameter("PARAMETER_ERROR.INVALID", "A parameter has an invalid value", why.clone(), name)
            }
            Self::MissingParameter(name) => parameter(
                "PARAMETER_ERROR.REQUIRED",
                "A required parameter is missing",
                format!("The parameter '{name}' is required but was not provided"),
                name,
            ),
            Self::BadCombination { name, why } => parameter(
                "PARAMETER_ERROR.INVALID.INVALID_COMBINATION",
                "Some provided parameters cannot be used in this combination.",
                why.clone(),
                name,
            ),
            Self::BadBody(why) => said(
                StatusCode::BAD_REQUEST,
                "ENTITY_INVALID",
                "JSON processing failed",
                format!("The body can't be read: {why}"),
            ),
            Self::Entity { code, pointer, detail } => {
                let (code, title) = code.words();
                Told {
                    source: Some(json!({ "pointer": pointer })),
                    ..said(StatusCode::CONFLICT, code, title, detail.clone())
                }
            }
            Self::Several { first, .. } => first.told(),
            Self::MediaType => said(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "UNSUPPORTED_MEDIA_TYPE",
                "The content type of the request is not supported",
                "Send the body as application/json".to_owned(),
            ),
            Self::State { code, detail } => said(
                StatusCode::CONFLICT,
                &format!("STATE_ERROR.{code}"),
                "The request cannot be fulfilled because of the state of another resource.",
                detail.clone(),
            ),
            Self::Locked(name) => Told {
                source: Some(json!({ "pointer": format!("/data/attributes/{name}") })),
                ..said(
                    StatusCode::CONFLICT,
                    "STATE_ERROR",
                    "The request cannot be fulfilled because of the state of another resource.",
                    format!("Attribute '{name}' cannot be edited at this time"),
                )
            },
            Self::Unready { kind, id, missing } => {
                let told =
                    |(path, all): &(String, Vec<Self>)| (path.clone(), all.iter().map(Self::told).collect());
                Told {
                    title: format!("{kind} with id '{id}' is not in valid state.").into(),
                    associated: missing.iter().map(told).collect(),
                    ..said(
                        StatusCode::CONFLICT,
                        "STATE_ERROR.ENTITY_STATE_INVALID",
                        "",
                        "This resource cannot be reviewed, please check associated errors to see why."
                            .to_owned(),
                    )
                }
            }
            Self::NotHere(what) => said(
                StatusCode::NOT_IMPLEMENTED,
                "NOT_IN_SANDBOX",
                "The sandbox does not do this",
                format!(
                    "{what} is part of the published API, but the sandbox does not do it; docs/sandbox.md says what it does"
                ),
            ),
            Self::BadHeader(name) => said(
                StatusCode::BAD_REQUEST,
                "PARAMETER_ERROR.INVALID",
                "A parameter has an invalid value",
                format!("The header field {name} is there twice, or can't be read"),
            ),
            Self::NoTeam => said(
                StatusCode::BAD_REQUEST,
                "PARAMETER_ERROR.REQUIRED",
                "A required parameter is missing",
                "The sandbox stands behind a gateway, which says in X-Counterfoil-Team whose data is meant"
                    .to_owned(),
            ),
            Self::InOwnForm { status, body } => said(*status, "UNEXPECTED_ERROR", "Refused", body.clone()),
            Self::Store(_) | Self::Broken(_) | Self::Fixtures(_) => said(
                StatusCode::INTERNAL_SERVER_ERROR,
                "UNEXPECTED_ERROR",
                "An unexpected error occurred.",
                "The sandbox could not do this; its log says why".to_owned(),
            ),
        }
    }
}
