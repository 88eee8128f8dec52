//! The header fields of a request: what it shows, what it is called, and what the service behind may see.
//!
//! Security invariants: what says who asks comes from the verdict alone, whatever way a client spells it; the
//! token goes no further; nothing tells the service of another method or path than was judged.

use crate::allowed::Allowed;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName};
use std::hash::{BuildHasher, RandomState};
use std::ops::Deref;

/// What a request is called.
pub(super) static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What our own identity headers begin with.
const OURS: &str = "x-counterfoil";

/// By which one framework or another is told of another method or path.
const PRETENCES: [&str; 7] = [
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
    "x-original-url",
    "x-original-uri",
    "x-rewrite-url",
    "x-rewrite-uri",
];

/// What a request shows.
pub(super) enum Credential<'h> {
    Nothing,
    OtherScheme,
    Bearer(&'h str),
}

impl<'h> Credential<'h> {
    /// # Errors
    /// The name of the field that is there twice.
    pub(super) fn of(headers: &'h HeaderMap) -> Result<Self, &'static str> {
        let mut given = headers.get_all(AUTHORIZATION).iter();
        let Some(first) = given.next() else { return Ok(Self::Nothing) };
        if given.next().is_some() {
            return Err("Authorization");
        }
        let text = first.to_str().unwrap_or_default();
        let (scheme, credential) = text.split_once(' ').unwrap_or((text, ""));
        let is_bearer = scheme.eq_ignore_ascii_case("bearer");
        Ok(if is_bearer { Self::Bearer(credential.trim_matches(' ')) } else { Self::OtherScheme })
    }
}

/// Makes of a client's header fields those of a request that may pass.
pub(super) fn identify(headers: &mut HeaderMap, allowed: &Allowed) {
    let going: Vec<HeaderName> = headers.keys().filter(|name| must_go(name.as_str())).cloned().collect();
    for name in going {
        headers.remove(name);
    }
    for (name, value) in allowed.headers() {
        headers.insert(name, value);
    }
}

fn must_go(name: &str) -> bool {
    name == AUTHORIZATION.as_str()
        || begins(name, OURS)
        || PRETENCES.iter().any(|other| name.len() == other.len() && begins(name, other))
}

/// Whether a name begins so for somebody who takes all that is neither letter nor digit for the same, as CGI
/// does with `-` and `_`.
fn begins(name: &str, other: &str) -> bool {
    let plain = |byte: u8| if byte.is_ascii_alphanumeric() { byte } else { b'-' };
    let start = name.as_bytes().get(..other.len());
    start.is_some_and(|start| start.iter().zip(other.as_bytes()).all(|(one, two)| plain(*one) == *two))
}

/// The name that the client gives, if it is fit to be repeated; else one of our own, written as a UUID.
pub(super) struct RequestId(String);

impl RequestId {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let given = headers.get(&REQUEST_ID).and_then(|value| value.to_str().ok());
        Self(given.filter(|text| is_fit(text)).map_or_else(fresh, str::to_owned))
    }
}

impl Deref for RequestId {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

fn is_fit(text: &str) -> bool {
    (8..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// It names, and guards nothing: the randomness of hash tables will do.
fn fresh() -> String {
    let random = RandomState::new();
    let (high, low) = (random.hash_one(0), random.hash_one(1));
    let [a, b, c] = [high >> 32, high >> 16 & 0xffff, high & 0xffff];
    format!("{a:08x}-{b:04x}-{c:04x}-{:04x}-{:012x}", low >> 48, low & 0xffff_ffff_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn a_credential_is_told_by_its_scheme_in_any_case() {
        for (value, expected) in [
            ("Bearer abc", "bearer abc"),
            ("bearer  abc ", "bearer abc"),
            ("BEARER abc", "bearer abc"),
            ("Basic abc", "other"),
            ("Bearer", "bearer "),
            ("", "other"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, HeaderValue::from_static(value));
            let found = match Credential::of(&headers).ok().unwrap() {
                Credential::Nothing => "nothing".to_owned(),
                Credential::OtherScheme => "other".to_owned(),
                Credential::Bearer(token) => format!("bearer {token}"),
            };
            assert_eq!(found, expected, "{value:?}");
            headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer x"));
            assert_eq!(Credential::of(&headers).err(), Some("Authorization"));
        }
    }

    #[test]
    fn whatever_could_pass_for_ours_must_go() {
        for name in [
            "x-counterfoil-team",
            "x_counterfoil_team",
            "x-counterfoil",
            "authorization",
            "x_http_method_override",
        ] {
            assert!(must_go(name), "{name}");
        }
        for name in ["x-counterfeit", "accept", "x-http-methods", "x-request-id"] {
            assert!(!must_go(name), "{name}");
        }
    }

    #[test]
    fn a_name_that_is_unfit_is_replaced() {
        let named = |name: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(&REQUEST_ID, HeaderValue::from_static(name));
            RequestId::of(&headers).to_owned()
        };
        assert_eq!(named("build-4711"), "build-4711");
        for unfit in ["short", "with space", "<script>"] {
            assert_eq!(named(unfit).len(), 36);
        }
        assert_ne!(named("short"), named("short"));
    }
}
