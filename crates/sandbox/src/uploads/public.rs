//! Where parts of files are sent to, and where files are looked at.

use super::checksum::tag;
use super::{picture, place};
use crate::engine::attributes_of;
use crate::fault::Fault;
use crate::public::{file, nowhere, only_look};
use crate::sandbox::Inner;
use crate::store::{Upload, Writing};
use bytes::Bytes;
use http::header::ETAG;
use http::{HeaderValue, Method, Request, Response};
use serde_json::Value;

/// Takes a part of a file: `TOKEN/PART`.
pub(crate) fn take(inner: &Inner, rest: &str, request: &Request<Bytes>) -> Result<Response<Bytes>, Fault> {
    if *request.method() != Method::PUT {
        return Err(Fault::WrongMethod(request.method().to_string()));
    }
    let gone = || nowhere(&format!("uploads/{rest}"));
    let (upload, part) = reserved(inner, rest)?.ok_or_else(gone)?;
    let (_, length) = place(upload.size, part).ok_or_else(gone)?;
    let bytes = request.body();
    if bytes.len() as u64 != length {
        let came = bytes.len();
        return Err(Fault::BadBody(format!("part {part} has {length} bytes; {came} came")));
    }
    let tag = tag(bytes);
    let house = inner.house(None);
    inner.store.write(&upload.team, |writing| {
        let still = writing.upload_of(upload.number)?.filter(|now| now.token == upload.token);
        if !still.ok_or_else(gone)?.is_open {
            return Err(Fault::state(
                "INVALID_STATE",
                "The file was committed: no part of it is taken any more",
            ));
        }
        writing.put_part(&upload.token, part, bytes)?;
        note_tag(&house, writing, upload.number, part, &tag)
    })?;
    let mut response = Response::new(Bytes::new());
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{tag}\"")) {
        response.headers_mut().insert(ETAG, tag);
    }
    Ok(response)
}

/// The file and the part that an address is about.
fn reserved(inner: &Inner, rest: &str) -> Result<Option<(Upload, u64)>, Fault> {
    let Some((token, part)) = rest.split_once('/') else { return Ok(None) };
    let Ok(part) = part.parse() else { return Ok(None) };
    Ok(inner.store.upload(token)?.map(|upload| (upload, part)))
}

/// Whether a part that is sent there is waited for.
pub(crate) fn awaits(inner: &Inner, rest: &str) -> bool {
    let is_open = |(upload, part): (Upload, u64)| upload.is_open && place(upload.size, part).is_some();
    reserved(inner, rest).is_ok_and(|found| found.is_some_and(is_open))
}

/// Where the type numbers its parts, it tells of each what came.
fn note_tag(
    house: &crate::engine::House<'_>,
    writing: &Writing<'_>,
    number: i64,
    part: u64,
    tag: &str,
) -> Result<(), Fault> {
    let Some(kept) = writing.numbered(number)? else { return Ok(()) };
    let kind = house.kind(&kept.kind)?;
    let mut values = attributes_of(&kept)?;
    let operations = values.get_mut("uploadOperations").and_then(Value::as_array_mut);
    let mut numbered = operations.into_iter().flatten();
    let Some(operation) = numbered.find(|it| it["partNumber"].as_u64() == Some(part)) else { return Ok(()) };
    operation["entityTag"] = tag.into();
    house.rewrite(writing, kind, &kept, &values)
}

/// Shows a file that is complete: `TOKEN/ANY`. It is shown as it came, whatever size and form the rest asks for.
pub(crate) fn show(inner: &Inner, rest: &str, request: &Request<Bytes>) -> Result<Response<Bytes>, Fault> {
    only_look(request)?;
    let gone = || nowhere(&format!("assets/{rest}"));
    let (token, _) = rest.split_once('/').filter(|(_, name)| !name.contains('/')).ok_or_else(gone)?;
    let upload = inner.store.upload(token)?.filter(|upload| !upload.is_open).ok_or_else(gone)?;
    let bytes = inner.store.read(&upload.team, |reading| {
        let mut whole = Vec::new();
        reading.each_part(token, |_, bytes| whole.extend_from_slice(bytes))?;
        Ok(whole)
    })?;
    if bytes.is_empty() {
        return Err(gone());
    }
    let kind = picture::kind(&bytes);
    Ok(file(bytes, kind, kind != picture::OTHER))
}
