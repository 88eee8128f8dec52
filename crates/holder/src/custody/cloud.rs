//! What the clients of the clouds share: calls that wait no longer than they must, forms, tokens.
//!
//! The clouds' own libraries bring some 370 crates for the four calls that a store takes; these are written out
//! here instead.

use crate::fault::Fault;
use crate::http::{Answer, Call, Client, Url};
use crate::surroundings::Surroundings;
use serde_json::Value;
use std::fmt::Write as _;
use std::time::Duration;
use zeroize::Zeroizing;

/// For calls to a cloud's API.
pub(super) fn client(around: &Surroundings) -> Result<Client, Fault> {
    Client::new(Duration::from_secs(30), around)
}

/// For the address that a machine in a cloud learns its own identity from; elsewhere nobody answers there, and no
/// proxy may answer for it.
pub(super) fn nearby() -> Result<Client, Fault> {
    Client::direct(Duration::from_secs(2))
}

/// Names and values as a form has them.
pub(super) fn form(fields: &[(&str, &str)]) -> Zeroizing<String> {
    let mut form = Zeroizing::new(String::with_capacity(4096));
    for (name, value) in fields {
        if !form.is_empty() {
            form.push('&');
        }
        form.push_str(name);
        form.push('=');
        encode(value, &mut form);
    }
    form
}

/// `value` as it may stand in a form or a query.
pub(super) fn encoded(value: &str) -> String {
    let mut text = String::new();
    encode(value, &mut text);
    text
}

fn encode(value: &str, into: &mut String) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            into.push(char::from(byte));
        } else {
            let _ = write!(into, "%{byte:02X}");
        }
    }
}

/// Asks for a token with a form.
pub(super) fn exchange(
    client: &Client,
    url: &str,
    fields: &[(&str, &str)],
) -> Result<Zeroizing<String>, Fault> {
    let body = form(fields);
    let mut call = Call::new("POST", Url::parse(url)?);
    call.headers.push(("content-type".into(), "application/x-www-form-urlencoded".into()));
    call.body = Some(body.as_bytes());
    let answer = client.send(&call)?;
    token(&answer).ok_or_else(|| {
        let body = answer.json().unwrap_or_default();
        let said = body["error_description"].as_str().or(body["error"].as_str()).unwrap_or_default();
        let said = said.lines().next().unwrap_or_default();
        Fault::new(
            format!("{} gave no token: {} {said}", call.url.host(), answer.status),
            "check the identity that the variables name; docs/custody.md lists them",
        )
    })
}

/// `access_token` of an answer.
pub(super) fn token(answer: &Answer) -> Option<Zeroizing<String>> {
    let token = answer.json().filter(|_| answer.is_success())?["access_token"].as_str()?.to_owned();
    Some(Zeroizing::new(token))
}

/// What a file that a variable names says.
pub(super) fn file(around: &Surroundings, path: &str) -> Result<Zeroizing<String>, Fault> {
    let path = around.path(path);
    std::fs::read_to_string(&path).map(Zeroizing::new).map_err(|fault| Fault::at("read", &path, &fault))
}

/// An answer's body, if it is one of success. Clouds name what is wrong in `error.message` or `message`, never
/// what is kept.
pub(super) fn success(answer: &Answer, cloud: &str) -> Result<Value, Fault> {
    let body = answer.json().unwrap_or_default();
    if answer.is_success() {
        return Ok(body);
    }
    let said = [&body["error"]["message"], &body["message"], &body["Message"]];
    let said = said.iter().find_map(|said| said.as_str()).unwrap_or_default();
    let hint = match answer.status {
        401 | 403 => "the identity may not do this: docs/custody.md lists the rights that are needed",
        _ => "docs/custody.md says which settings count",
    };
    Err(Fault::new(format!("{cloud} answered {}: {}", answer.status, said.replace('\n', " ")), hint))
}
