//! How it is said: the error bodies of the API that this stands in for.

use super::{EntityCode, Fault};
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::BTreeMap;

impl Fault {
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
