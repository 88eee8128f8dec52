//! Signature version 4, which AWS wants of every call.

use super::identity::Identity;
use crate::dates;
use crate::http::Url;
use aws_lc_rs::{digest, hmac};
use counterfoil_core::time::Timestamp;
use std::fmt::Write as _;

const SERVICE: &str = "secretsmanager";

/// A call that is to be signed.
pub(super) struct Signed<'a> {
    pub(super) url: &'a Url,
    pub(super) target: &'a str,
    pub(super) body: &'a [u8],
    pub(super) region: &'a str,
    pub(super) identity: &'a Identity,
    pub(super) now: Timestamp,
}

/// The headers of the call, the signature among them.
pub(super) fn headers(call: &Signed<'_>) -> Vec<(String, String)> {
    let date = dates::written(call.now).replace(['-', ':'], "");
    let day = date.get(..8).unwrap_or_default();
    let origin = call.url.origin();
    let host = origin.split_once("://").map_or(origin.as_str(), |(_, host)| host);
    let mut headers = vec![
        ("content-type".to_owned(), "application/x-amz-json-1.1".to_owned()),
        ("host".to_owned(), host.to_owned()),
        ("x-amz-date".to_owned(), date.clone()),
    ];
    let session = call.identity.session.as_ref();
    headers.extend(session.map(|token| ("x-amz-security-token".to_owned(), token.to_string())));
    headers.push(("x-amz-target".to_owned(), call.target.to_owned()));
    let names: Vec<_> = headers.iter().map(|(name, _)| name.as_str()).collect();
    let names = names.join(";");
    let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let request = format!("POST\n{}\n\n{lines}\n{names}\n{}", call.url.path(), hash(call.body));
    let scope = format!("{day}/{}/{SERVICE}/aws4_request", call.region);
    let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hash(request.as_bytes()));
    let signature = hex(keyed(&key(call, day), text.as_bytes()).as_ref());
    let id = &call.identity.id;
    headers.retain(|(name, _)| name != "host");
    headers.push((
        "authorization".to_owned(),
        format!("AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}"),
    ));
    headers
}

/// The key of one day, region and service.
fn key(call: &Signed<'_>, day: &str) -> hmac::Tag {
    let secret = zeroize::Zeroizing::new(format!("AWS4{}", *call.identity.secret));
    [call.region, SERVICE, "aws4_request"]
        .iter()
        .fold(keyed_by(secret.as_bytes(), day.as_bytes()), |key, part| keyed(&key, part.as_bytes()))
}

fn keyed(key: &hmac::Tag, text: &[u8]) -> hmac::Tag {
    keyed_by(key.as_ref(), text)
}

fn keyed_by(key: &[u8], text: &[u8]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text)
}

fn hash(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
