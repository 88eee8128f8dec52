//! Answers, before they go through the door.

use crate::flow::Flow;
use bytes::Bytes;
use counterfoil_authority::store::Position;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use serde::Serialize;

/// Exactly this: three clients stumble over a charset behind it.
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    /// Its status.
    pub(crate) status: StatusCode,
    /// Its header fields; those that every answer has are added at the door.
    pub(crate) headers: HeaderMap,
    /// Its body.
    pub(crate) body: Bytes,
    /// What follows piece by piece in the body's place.
    pub(crate) flow: Option<Flow>,
    /// Where in the ledger the change stands that it tells of.
    pub(crate) position: Option<Position>,
    /// What went wrong on our side, for the log alone.
    pub(crate) fault: Option<String>,
}

impl Reply {
    /// A status and nothing else.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            flow: None,
            position: None,
            fault: None,
        }
    }

    /// A body of this type.
    pub(crate) fn of(status: StatusCode, content_type: HeaderValue, body: impl Into<Bytes>) -> Self {
        Self { body: body.into(), ..Self::empty(status) }.with(CONTENT_TYPE, content_type)
    }

    /// A body of JSON.
    pub(crate) fn json(status: StatusCode, document: &impl Serialize) -> Self {
        match serde_json::to_vec(document) {
            Ok(body) => Self::of(status, JSON, body),
            Err(fault) => {
                let fault = format!("an answer could not be written as JSON: {fault}");
                Self { fault: Some(fault), ..Self::empty(StatusCode::INTERNAL_SERVER_ERROR) }
            }
        }
    }

    /// 200 with a body of JSON.
    pub(crate) fn ok(document: &impl Serialize) -> Self {
        Self::json(StatusCode::OK, document)
    }

    /// 204.
    pub(crate) fn done() -> Self {
        Self::empty(StatusCode::NO_CONTENT)
    }

    /// This with a header field.
    pub(crate) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// This with a header field whose text may not fit; then it is left out.
    pub(crate) fn with_text(self, name: HeaderName, value: &str) -> Self {
        match HeaderValue::from_str(value) {
            Ok(value) => self.with(name, value),
            Err(_) => self,
        }
    }

    /// This with the place of what was made.
    pub(crate) fn located(self, place: &str) -> Self {
        self.with_text(LOCATION, place)
    }

    /// This, which may be kept as `how` says. Without it nobody keeps anything.
    pub(crate) fn kept(self, how: &'static str) -> Self {
        self.with(CACHE_CONTROL, HeaderValue::from_static(how))
    }

    /// This, as it goes through the door.
    pub(crate) fn into_response(self) -> Response<Bytes> {
        let mut response = Response::new(self.body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }

    /// This, with a body that is told piece by piece.
    pub(crate) fn flowing(self, flow: Flow) -> Self {
        Self { flow: Some(flow), ..self }
    }

    /// This, telling of a change that stands there.
    pub(crate) fn at(mut self, position: Position) -> Self {
        self.position = Some(position);
        self
    }
}
