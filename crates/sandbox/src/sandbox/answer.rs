//! What is answered, and how that is written.

use crate::reports::Report;
use crate::server_api::{Parcel, Said};
use crate::used_again;
use bytes::Bytes;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderName, LOCATION};
use http::{HeaderMap, HeaderValue, Response, StatusCode};

pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json");
const GZIP: HeaderValue = HeaderValue::from_static("application/a-gzip");
/// In which header field a report says what its file is called.
const FILE_NAME: HeaderName = HeaderName::from_static("x-reports-filename");

/// An answer that is not a fault.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Bytes,
    pub(super) kind: HeaderValue,
    pub(super) location: Option<String>,
    /// What the file is called, if it is one.
    pub(super) file: Option<String>,
    /// What is to be sent besides.
    pub(super) parcels: Vec<Parcel>,
}

impl Answer {
    pub(super) fn ok(body: String) -> Self {
        let (location, file) = (None, None);
        let body = used_again::body(body);
        Self { status: StatusCode::OK, body, kind: JSON, location, file, parcels: Vec::new() }
    }

    pub(super) fn said(Said { status, body, parcels }: Said) -> Self {
        Self { status, parcels, ..Self::ok(body) }
    }

    pub(super) fn report(Report { name, bytes }: Report) -> Self {
        Self { kind: GZIP, body: bytes.into(), file: Some(name), ..Self::ok(String::new()) }
    }

    pub(super) fn empty() -> Self {
        Self { status: StatusCode::NO_CONTENT, ..Self::ok(String::new()) }
    }
}

pub(super) fn respond(answer: Answer) -> Response<Bytes> {
    let mut response = Response::new(answer.body);
    *response.status_mut() = answer.status;
    if !response.body().is_empty() {
        response.headers_mut().insert(CONTENT_TYPE, answer.kind);
    }
    let location = answer.location.and_then(|location| HeaderValue::try_from(location).ok());
    if let Some(location) = location {
        response.headers_mut().insert(LOCATION, location);
    }
    if let Some(file) = answer.file {
        name_file(response.headers_mut(), &file);
    }
    response
}

/// Says twice what a file is called, as the reports' service does.
fn name_file(headers: &mut HeaderMap, file: &str) {
    let fields = [(CONTENT_DISPOSITION, format!("attachment;filename={file}")), (FILE_NAME, file.to_owned())];
    for (name, value) in fields {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
}
