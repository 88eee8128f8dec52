//! A refusal as App Store Connect words it: status, header fields and exact body.
//!
//! The server's doors and an embedded [`Verifier`](crate::Verifier) say the same, so it is said here. No match
//! in here has an `_`: whoever adds something that is shown says what it looks like.

mod error_code;
mod json_api;

use crate::verdict::{Outcome, Quota, Reason, Shown, Verdict};
use counterfoil_core::catalog::Answers;
use counterfoil_core::time::Timestamp;
use http::header::{CONTENT_TYPE, RETRY_AFTER, WARNING};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use std::time::Duration;

/// What is left of a key's hour.
pub static RATE_LIMIT: HeaderName = HeaderName::from_static("x-rate-limit");

/// Exactly this: three clients stumble over a charset behind it.
static JSON: HeaderValue = HeaderValue::from_static("application/json");
static TEXT: HeaderValue = HeaderValue::from_static("text/plain");

/// What a refusal needs to know of the request beside the verdict.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Where it came in.
    pub door: Door,
    /// What it is called, so that it can be looked up; empty if nothing.
    pub id: &'a str,
    /// Where a team reads what it must agree to.
    pub see: Option<&'a str>,
    /// What time it is.
    pub now: Timestamp,
}

/// Where a request came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Where it is answered or forwarded: a path that there is not is 404.
    Gateway,
    /// Where somebody else asks whether it may pass, who understands no 404.
    ForwardAuth,
}

/// The answer to a request that may not pass; `None` if it may.
#[must_use]
pub fn refusal(verdict: &Verdict, asked: &Asked<'_>) -> Option<Response<Vec<u8>>> {
    let reason = match &verdict.outcome {
        Outcome::Allowed(_) => return None,
        Outcome::Refused(reason) => *reason,
    };
    let answers = verdict.service.as_ref().map_or(Answers::JsonApi, |service| service.answers);
    let mut response = worded(reason, answers, asked);
    tell(verdict, response.headers_mut());
    Some(response)
}

/// Adds what every answer to a proven token says, whether it passed or not: `X-Rate-Limit`, and a warning
/// if the view of the ledger is old.
pub fn tell(verdict: &Verdict, headers: &mut HeaderMap) {
    tell_holder(verdict.quota, verdict.stale_warning, headers);
}

/// The same, of a [`Holder`](crate::Holder) at a door of one's own.
pub fn tell_holder(quota: Option<Quota>, stale_warning: Option<Duration>, headers: &mut HeaderMap) {
    for (name, value) in told(quota, stale_warning) {
        headers.insert(name.clone(), value);
    }
}

/// The same, for whoever writes answers himself.
pub fn told(
    quota: Option<Quota>,
    stale_warning: Option<Duration>,
) -> impl Iterator<Item = (&'static HeaderName, HeaderValue)> {
    let warning = stale_warning.and_then(|age| {
        let text = format!("110 counterfoil \"The ledger was last heard of {} s ago\"", age.as_secs());
        HeaderValue::try_from(text).ok()
    });
    let told = [(&RATE_LIMIT, quota.map(rate_limit)), (&WARNING, warning)];
    told.into_iter().filter_map(|(name, value)| Some((name, value?)))
}

/// What `X-Rate-Limit` says.
#[must_use]
pub fn rate_limit(quota: Quota) -> HeaderValue {
    // Digits, letters and punctuation always fit.
    HeaderValue::try_from(hour(quota)).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// Written for each request of a proven token, so without the machinery of formatting, and exactly as long as it
/// becomes: then it is a header's value as it is.
fn hour(quota: Quota) -> String {
    const LIMIT: &str = "user-hour-lim:";
    const REMAINING: &str = ";user-hour-rem:";
    let length = LIMIT.len() + digits(quota.limit) + REMAINING.len() + digits(quota.remaining) + 1;
    let mut text = String::with_capacity(length);
    text.push_str(LIMIT);
    push_number(&mut text, quota.limit);
    text.push_str(REMAINING);
    push_number(&mut text, quota.remaining);
    text.push(';');
    text
}

fn digits(number: u32) -> usize {
    number.checked_ilog10().map_or(1, |tens| tens as usize + 1)
}

fn push_number(text: &mut String, number: u32) {
    let (mut digits, mut rest) = ([b'0'; 10], number);
    for pair in digits.as_chunks_mut().0.iter_mut().rev() {
        *pair = PAIRS[rest as usize % 100];
        rest /= 100;
    }
    let shown = &digits[digits.len() - self::digits(number)..];
    text.push_str(std::str::from_utf8(shown).unwrap_or("0"));
}

/// The digits of all numbers below a hundred.
const PAIRS: [[u8; 2]; 100] = {
    let (mut pairs, mut number) = ([[b'0'; 2]; 100], 0_u8);
    while number < 100 {
        pairs[number as usize] = [b'0' + number / 10, b'0' + number % 10];
        number += 1;
    }
    pairs
};

/// The answer to a request that has a header field twice of which there may be one.
#[must_use]
pub fn header_given_twice(name: &str, id: &str) -> Response<Vec<u8>> {
    let mut response = Response::new(json_api::header_given_twice(name, id));
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response.headers_mut().insert(CONTENT_TYPE, JSON.clone());
    response
}

fn worded(reason: Reason, answers: Answers, asked: &Asked<'_>) -> Response<Vec<u8>> {
    let shown = reason.shown();
    let status = status(shown, asked.door);
    let (content_type, body) = match answers {
        Answers::JsonApi => (&JSON, json_api::body(status, shown, reason, asked)),
        Answers::ErrorCode if shown == Shown::Bare => (&TEXT, error_code::bare(asked.id)),
        Answers::ErrorCode => (&JSON, error_code::body(status, shown)),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, content_type.clone());
    if let Some(after) = retry_after(shown) {
        put(response.headers_mut(), &RETRY_AFTER, when(after, shown, answers, asked.now));
    }
    response
}

/// The status of what is shown.
#[must_use]
pub const fn status(shown: Shown, door: Door) -> StatusCode {
    match shown {
        Shown::Ambiguous(_) => StatusCode::BAD_REQUEST,
        Shown::Later { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Shown::Bare => StatusCode::UNAUTHORIZED,
        Shown::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        Shown::NoSuchPath => match door {
            Door::Gateway => StatusCode::NOT_FOUND,
            Door::ForwardAuth => StatusCode::FORBIDDEN,
        },
        Shown::Forbidden | Shown::AgreementMissing | Shown::Scope => StatusCode::FORBIDDEN,
    }
}

const fn retry_after(shown: Shown) -> Option<Duration> {
    match shown {
        Shown::Later { retry_after } | Shown::TooMany { retry_after } => Some(retry_after),
        Shown::Ambiguous(_)
        | Shown::Bare
        | Shown::NoSuchPath
        | Shown::Forbidden
        | Shown::AgreementMissing
        | Shown::Scope => None,
    }
}

/// Whole seconds, at least one; App Store Server API says for a limit at what time instead, in milliseconds.
fn when(after: Duration, shown: Shown, answers: Answers, now: Timestamp) -> String {
    match (answers, shown) {
        (Answers::ErrorCode, Shown::TooMany { .. }) => now.plus(after).as_millis().to_string(),
        _ => after.as_millis().div_ceil(1000).max(1).to_string(),
    }
}

fn put(headers: &mut HeaderMap, name: &HeaderName, text: String) {
    if let Ok(value) = HeaderValue::try_from(text) {
        headers.insert(name.clone(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{LimitedBy, Served, Shut, Unproven};
    use counterfoil_core::catalog::AmbiguousPath;
    use counterfoil_core::id::ServiceName;

    const LATER: Duration = Duration::from_millis(1200);

    fn asked(door: Door) -> Asked<'static> {
        let see = Some("https://keys.example/terms");
        Asked {
            door,
            id: "0b5f6542-96fe-1a63-e053-0824d011072a",
            see,
            now: Timestamp::from_seconds(1_795_000_000),
        }
    }

    fn refused(reason: Reason, answers: Answers, door: Door) -> Response<Vec<u8>> {
        let service = Served { name: ServiceName::try_from("some-api").unwrap(), answers };
        refusal(&Verdict::refused(reason, Some(service)), &asked(door)).unwrap()
    }

    fn reasons() -> [Reason; 12] {
        [
            Reason::Ambiguous(AmbiguousPath::EmptySegment),
            Reason::Stale { retry_after: LATER },
            Reason::Overloaded { retry_after: LATER },
            Reason::Unproven(Unproven::NoCredential),
            Reason::Limited { retry_after: LATER, by: LimitedBy::Hour },
            Reason::NoSuchPath,
            Reason::Kind,
            Reason::Access(Shut::NotApproved),
            Reason::Access(Shut::Suspended),
            Reason::Role,
            Reason::App,
            Reason::Scope,
        ]
    }

    #[test]
    fn every_refusal_has_its_status_and_code() {
        let codes = [
            (400, "PATH_ERROR.AMBIGUOUS"),
            (503, "SERVICE_UNAVAILABLE.STALE"),
            (503, "SERVICE_UNAVAILABLE.OVERLOADED"),
            (401, "NOT_AUTHORIZED"),
            (429, "RATE_LIMIT_EXCEEDED"),
            (404, "PATH_ERROR"),
            (403, "FORBIDDEN_ERROR"),
            (403, "FORBIDDEN.REQUIRED_AGREEMENTS_MISSING_OR_EXPIRED"),
            (403, "FORBIDDEN_ERROR"),
            (403, "FORBIDDEN_ERROR"),
            (403, "FORBIDDEN_ERROR"),
            (403, "FORBIDDEN_ERROR.SCOPE"),
        ];
        for (reason, (status, code)) in reasons().into_iter().zip(codes) {
            let response = refused(reason, Answers::JsonApi, Door::Gateway);
            let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
            let error = &body["errors"][0];
            assert_eq!(
                (response.status().as_u16(), error["code"].as_str()),
                (status, Some(code)),
                "{reason}"
            );
            assert_eq!(error["status"], status.to_string());
            assert!(error["title"].is_string() && error["detail"].is_string());
            assert_eq!(error.get("id").is_none(), status == 401, "{reason}");
            assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
        }
    }

    #[test]
    fn forward_auth_says_403_for_a_path_that_no_group_holds() {
        let response = refused(Reason::NoSuchPath, Answers::JsonApi, Door::ForwardAuth);
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        assert!(
            String::from_utf8_lossy(response.body()).contains(r#""status":"403","code":"FORBIDDEN_ERROR""#)
        );
    }

    #[test]
    fn a_stranger_gets_one_body_for_all_to_the_byte() {
        let response = refused(Reason::Unproven(Unproven::Revoked), Answers::JsonApi, Door::Gateway);
        let text = r#"{"errors":[{"status":"401","code":"NOT_AUTHORIZED","title":"Authentication credentials are missing or invalid.","detail":"Provide a properly configured and signed bearer token, and make sure that it has not expired. Sent to POST /v1/diagnose, the same token tells its holder which check fails."}]}"#;
        assert_eq!(String::from_utf8_lossy(response.body()), text);
    }

    #[test]
    fn a_header_field_that_is_there_twice_is_named() {
        let response = header_given_twice("Authorization", "build-4711");
        let text = r#"{"errors":[{"id":"build-4711","status":"400","code":"PARAMETER_ERROR.INVALID","title":"A parameter has an invalid value","detail":"Authorization is given twice","source":{"header":"Authorization"}}]}"#;
        assert_eq!(
            (response.status(), &*String::from_utf8_lossy(response.body())),
            (StatusCode::BAD_REQUEST, text)
        );
    }

    #[test]
    fn app_store_server_api_answers_in_its_own_form() {
        let bare = refused(Reason::Unproven(Unproven::NoCredential), Answers::ErrorCode, Door::Gateway);
        assert_eq!(bare.headers()[CONTENT_TYPE], "text/plain");
        let text = String::from_utf8_lossy(bare.body()).into_owned();
        let id = text.strip_prefix("Unauthenticated\n\nRequest ID: ").unwrap();
        let id = id.strip_suffix(".0.0\n").unwrap();
        assert_eq!((id.len(), id), (26, "BNPWKQUW7YNGHYCTBASNAEIHFI"));
        let limited = Reason::Limited { retry_after: LATER, by: LimitedBy::Second };
        let limited = refused(limited, Answers::ErrorCode, Door::Gateway);
        assert_eq!(limited.headers()[RETRY_AFTER], "1795000001200");
        let text = r#"{"errorCode":4290000,"errorMessage":"Rate limit exceeded."}"#;
        assert_eq!(String::from_utf8_lossy(limited.body()), text);
    }

    #[test]
    fn who_may_come_again_is_told_when_in_whole_seconds() {
        for answers in [Answers::JsonApi, Answers::ErrorCode] {
            let stale = refused(Reason::Stale { retry_after: LATER }, answers, Door::Gateway);
            assert_eq!(stale.headers()[RETRY_AFTER], "2");
        }
        let at_once = Reason::Limited { retry_after: Duration::ZERO, by: LimitedBy::Hour };
        assert_eq!(refused(at_once, Answers::JsonApi, Door::Gateway).headers()[RETRY_AFTER], "1");
        assert!(!refused(Reason::Role, Answers::JsonApi, Door::Gateway).headers().contains_key(RETRY_AFTER));
    }

    #[test]
    fn every_number_of_an_hour_is_written_as_it_is() {
        for number in [0, 1, 9, 10, 3600, 99_999, u32::MAX] {
            let text = hour(Quota { limit: u32::MAX, remaining: number });
            assert_eq!(text, format!("user-hour-lim:4294967295;user-hour-rem:{number};"));
            assert_eq!(text.capacity(), text.len());
        }
    }

    #[test]
    fn the_hour_is_told_with_its_last_semicolon() {
        let verdict = Verdict {
            quota: Some(Quota { limit: 3600, remaining: 3571 }),
            stale_warning: Some(Duration::from_secs(7)),
            ..Verdict::refused(Reason::Role, None)
        };
        let response = refusal(&verdict, &asked(Door::Gateway)).unwrap();
        assert_eq!(response.headers()[&RATE_LIMIT], "user-hour-lim:3600;user-hour-rem:3571;");
        assert_eq!(response.headers()[WARNING], "110 counterfoil \"The ledger was last heard of 7 s ago\"");
    }
}
