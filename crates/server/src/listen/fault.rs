//! The answers that the listener gives in the service's place.

use bytes::Bytes;
use http::{Response, StatusCode};
use std::sync::Arc;

/// Why the listener answers itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The body is, or says it is, longer than allowed.
    BodyTooBig,
    /// The body did not come in time.
    BodyTooSlow,
    /// The head has too many bytes or fields. (One that never ends, or by far too big, does not become a
    /// request: it gets a bare 431.)
    HeadTooBig,
    /// The service panicked.
    Panicked,
}

impl Fault {
    /// The status that fits.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::BodyTooBig => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::HeadTooBig => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::Panicked => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// Words a fault. Must not panic.
pub type Answers = Arc<dyn Fn(Fault) -> Response<Bytes> + Send + Sync>;

/// The status and nothing else.
pub(super) fn plain(fault: Fault) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = fault.status();
    response
}
