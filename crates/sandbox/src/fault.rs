//! What can be wrong with a request.

mod told;

use http::StatusCode;

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
}
