//! What is told of a problem, and how it is written.

use serde::Serialize;

/// Everything that is told of a problem.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) status: u16,
    pub(super) code: &'static str,
    pub(super) title: &'static str,
    pub(super) detail: String,
    /// What in the request is meant.
    pub(super) source: Option<Source>,
    /// Why, for whoever may know.
    pub(super) reason: Option<String>,
    /// After how many seconds it makes sense to try again.
    pub(super) retry_after: Option<u32>,
    /// The methods that there are.
    pub(super) allow: Option<String>,
    /// Where something can be done about it.
    pub(super) see: Option<String>,
}

impl Told {
    pub(super) fn new(
        status: u16,
        code: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            status,
            code,
            title,
            detail: detail.into(),
            source: None,
            reason: None,
            retry_after: None,
            allow: None,
            see: None,
        }
    }

    /// The error as it is written.
    pub(super) fn object(&self, id: String) -> ErrorObject {
        ErrorObject {
            id,
            status: self.status.to_string(),
            code: self.code,
            title: self.title,
            detail: self.detail.clone(),
            source: self.source.clone(),
            links: self.see.clone().map(|see| Links { see }),
            meta: self.reason.clone().map(|reason| Meta { reason }),
        }
    }
}

/// A document of one error.
#[derive(Serialize)]
pub(super) struct Document {
    pub(super) errors: [ErrorObject; 1],
}

/// An error as it is written.
#[derive(Serialize)]
pub(super) struct ErrorObject {
    id: String,
    status: String,
    code: &'static str,
    title: &'static str,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Source>,
    #[serde(skip_serializing_if = "Option::is_none")]
    links: Option<Links>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Meta>,
}

#[derive(Serialize)]
struct Links {
    see: String,
}

/// What in the request is meant.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Source {
    Parameter(String),
    Pointer(String),
    Header(&'static str),
}

#[derive(Serialize)]
struct Meta {
    reason: String,
}
