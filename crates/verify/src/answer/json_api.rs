//! Error documents of JSON:API, as App Store Connect writes them.

use super::Asked;
use crate::verdict::{Reason, Shown};
use http::StatusCode;
use serde::Serialize;

const FORBIDDEN: &str = "This request is forbidden for security reasons";
const NOT_ALLOWED: &str = "The API key in use does not allow this request";
const UNAVAILABLE: &str = "The service is not available at the moment";
const NO_PATH: &str = "The URL path is not valid";

/// The body. The request is not named in the answer to a stranger, so that all these answers are the same.
pub(super) fn body(status: StatusCode, shown: Shown, reason: Reason, asked: &Asked<'_>) -> Vec<u8> {
    let Words { code, title, detail } = words(status, shown, reason);
    let named = shown != Shown::Bare && !asked.id.is_empty();
    let see = asked.see.filter(|_| shown == Shown::AgreementMissing);
    let error = ErrorObject {
        id: named.then_some(asked.id),
        status: status.as_str(),
        code,
        title,
        detail: &detail,
        source: None,
        links: see.map(|see| Links { see }),
    };
    written(error)
}

/// The body of a refusal for the sake of a header field.
pub(super) fn header_given_twice(name: &str, id: &str) -> Vec<u8> {
    written(ErrorObject {
        id: Some(id),
        status: StatusCode::BAD_REQUEST.as_str(),
        code: "PARAMETER_ERROR.INVALID",
        title: "A parameter has an invalid value",
        detail: &format!("{name} is given twice"),
        source: Some(Source { header: name }),
        links: None,
    })
}

/// Of texts alone, this can't fail; if it did, an empty body would still refuse.
fn written(error: ErrorObject<'_>) -> Vec<u8> {
    serde_json::to_vec(&Document { errors: [error] }).unwrap_or_default()
}

struct Words {
    code: &'static str,
    title: &'static str,
    detail: String,
}

fn words(status: StatusCode, shown: Shown, reason: Reason) -> Words {
    let say = |code, title, detail: &str| Words { code, title, detail: detail.to_owned() };
    match shown {
        Shown::Ambiguous(how) => say("PATH_ERROR.AMBIGUOUS", NO_PATH, &how.to_string()),
        Shown::Later { .. } if matches!(reason, Reason::Overloaded { .. }) => say(
            "SERVICE_UNAVAILABLE.OVERLOADED",
            UNAVAILABLE,
            "Too many signatures wait to be checked; try again",
        ),
        Shown::Later { .. } => say(
            "SERVICE_UNAVAILABLE.STALE",
            UNAVAILABLE,
            "This server has not heard from the ledger for too long, and lets nobody in until it has",
        ),
        Shown::Bare => say(
            "NOT_AUTHORIZED",
            "Authentication credentials are missing or invalid.",
            "Provide a properly configured and signed bearer token, and make sure that it has not expired. \
             Sent to POST /v1/diagnose, the same token tells its holder which check fails.",
        ),
        Shown::TooMany { .. } => say(
            "RATE_LIMIT_EXCEEDED",
            "The request rate limit has been reached.",
            "We've received too many requests for this API. Please wait and try again or slow down your request rate.",
        ),
        Shown::NoSuchPath if status == StatusCode::NOT_FOUND => {
            say("PATH_ERROR", NO_PATH, "The resource path does not exist here")
        }
        Shown::NoSuchPath | Shown::Forbidden => say("FORBIDDEN_ERROR", FORBIDDEN, NOT_ALLOWED),
        Shown::AgreementMissing => say(
            "FORBIDDEN.REQUIRED_AGREEMENTS_MISSING_OR_EXPIRED",
            "A required agreement is missing or has expired.",
            "This request requires an in-effect agreement that has not been signed or has expired: \
             the team's access to the API is not approved.",
        ),
        Shown::Scope => {
            say("FORBIDDEN_ERROR.SCOPE", FORBIDDEN, "The scope of the token does not cover this request")
        }
    }
}

#[derive(Serialize)]
struct Document<'a> {
    errors: [ErrorObject<'a>; 1],
}

#[derive(Serialize)]
struct ErrorObject<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    status: &'a str,
    code: &'a str,
    title: &'a str,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Source<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    links: Option<Links<'a>>,
}

#[derive(Serialize)]
struct Source<'a> {
    header: &'a str,
}

#[derive(Serialize)]
struct Links<'a> {
    see: &'a str,
}
