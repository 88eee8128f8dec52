//! Cookies: the session's, and how far its browser has written.

use crate::app::ApiSettings;
use crate::error::Problem;
use counterfoil_authority::store::Position;
use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

/// How far a session's browser has written, so that its next request sees it on whichever server.
pub(crate) const POSITION: &str = "counterfoil-position";

/// Everything that is called so is between a browser and us, and is no affair of an upstream's.
pub(crate) const OURS: [&str; 11] = [
    OVER_HTTPS,
    OVER_HTTP,
    POSITION,
    NOTICE_OVER_HTTPS,
    NOTICE_OVER_HTTP,
    PENDING_OVER_HTTPS,
    PENDING_OVER_HTTP,
    SIGN_ON_OVER_HTTPS,
    SIGN_ON_OVER_HTTP,
    MARKS_OVER_HTTPS,
    MARKS_OVER_HTTP,
];

const OVER_HTTPS: &str = "__Host-counterfoil";
const OVER_HTTP: &str = "counterfoil";
const PENDING_OVER_HTTPS: &str = "__Host-counterfoil-pending";
const PENDING_OVER_HTTP: &str = "counterfoil-pending";
const SIGN_ON_OVER_HTTPS: &str = "__Host-counterfoil-sign-on";
const SIGN_ON_OVER_HTTP: &str = "counterfoil-sign-on";
const MARKS_OVER_HTTPS: &str = "__Host-counterfoil-known";
const MARKS_OVER_HTTP: &str = "counterfoil-known";
const NOTICE_OVER_HTTPS: &str = "__Host-counterfoil-notice";
const NOTICE_OVER_HTTP: &str = "counterfoil-notice";

/// What the session's cookie is called. Over https no other site of the domain can set it.
pub(crate) const fn session_name(settings: &ApiSettings) -> &'static str {
    if settings.is_https() { OVER_HTTPS } else { OVER_HTTP }
}

/// The secret that a request shows, if it shows one.
///
/// # Errors
/// If it shows two: then somebody has planted one.
pub(crate) fn shown_session(headers: &HeaderMap, settings: &ApiSettings) -> Result<Option<String>, Problem> {
    let mut found = values(headers, session_name(settings));
    let first = found.next();
    if found.next().is_some() {
        return Err(Problem::Header { name: "Cookie", detail: "The session's cookie is given twice" });
    }
    Ok(first)
}

/// The value of a cookie.
pub(crate) fn value(headers: &HeaderMap, name: &str) -> Option<String> {
    values(headers, name).next()
}

/// Sets the session's cookie, for as long as the browser is open.
pub(crate) fn signed_in(secret: &str, settings: &ApiSettings) -> Option<HeaderValue> {
    set(session_name(settings), secret, "", settings)
}

/// Takes the session's cookie away.
pub(crate) fn signed_out(settings: &ApiSettings) -> Option<HeaderValue> {
    set(session_name(settings), "", "; Max-Age=0", settings)
}

/// Notes how far the browser has written.
pub(crate) fn written_to(position: Position, settings: &ApiSettings) -> Option<HeaderValue> {
    set(POSITION, &position.to_string(), "; Max-Age=60", settings)
}

/// What the cookie of somebody is called who has shown a password, and must show a code too.
pub(crate) const fn pending_name(settings: &ApiSettings) -> &'static str {
    if settings.is_https() { PENDING_OVER_HTTPS } else { PENDING_OVER_HTTP }
}

/// Notes that a code is asked for too.
pub(crate) fn pending(secret: &str, settings: &ApiSettings) -> Option<HeaderValue> {
    set(pending_name(settings), secret, "; Max-Age=300", settings)
}

/// Takes that note away.
pub(crate) fn pending_over(settings: &ApiSettings) -> Option<HeaderValue> {
    set(pending_name(settings), "", "; Max-Age=0", settings)
}

/// What the cookie of a page's message is called.
pub(crate) const fn notice_name(settings: &ApiSettings) -> &'static str {
    if settings.is_https() { NOTICE_OVER_HTTPS } else { NOTICE_OVER_HTTP }
}

/// Gives the next page a message.
pub(crate) fn noticed(value: &str, settings: &ApiSettings) -> Option<HeaderValue> {
    set(notice_name(settings), value, "; Max-Age=60", settings)
}

/// Takes the message away, once it was shown.
pub(crate) fn notice_shown(settings: &ApiSettings) -> Option<HeaderValue> {
    set(notice_name(settings), "", "; Max-Age=0", settings)
}

/// What the cookie of a sign-on by another provider is called.
pub(crate) const fn sign_on_name(settings: &ApiSettings) -> &'static str {
    if settings.is_https() { SIGN_ON_OVER_HTTPS } else { SIGN_ON_OVER_HTTP }
}

/// Keeps a sign-on until it comes back.
pub(crate) fn sign_on(value: &str, settings: &ApiSettings) -> Option<HeaderValue> {
    set(sign_on_name(settings), value, "; Max-Age=900", settings)
}

/// Takes it away, once it has come back.
pub(crate) fn sign_on_over(settings: &ApiSettings) -> Option<HeaderValue> {
    set(sign_on_name(settings), "", "; Max-Age=0", settings)
}

/// What the cookie is called in which a browser keeps the marks of those who signed in with it.
pub(crate) const fn marks_name(settings: &ApiSettings) -> &'static str {
    if settings.is_https() { MARKS_OVER_HTTPS } else { MARKS_OVER_HTTP }
}

/// Keeps the marks for as long as browsers keep anything: 400 days.
pub(crate) fn marks(value: &str, settings: &ApiSettings) -> Option<HeaderValue> {
    set(marks_name(settings), value, "; Max-Age=34560000", settings)
}

fn set(name: &str, value: &str, more: &str, settings: &ApiSettings) -> Option<HeaderValue> {
    let secure = if settings.is_https() { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{more}");
    HeaderValue::from_str(&text).ok().map(|mut value| {
        value.set_sensitive(true);
        value
    })
}

fn values<'h>(headers: &'h HeaderMap, name: &'h str) -> impl Iterator<Item = String> + 'h {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = all.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(move |(found, _)| *found == name).map(|(_, value)| value.to_owned())
}
