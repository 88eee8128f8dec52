//! Envoy's questions.
//!
//! Over gRPC (`envoy.service.auth.v3.Authorization/Check`) and over HTTP (the original method and path, below a prefix)
//! they are put into the form in which any proxy asks at `/authorize`, and read by the same reader: the verdict and
//! the answer are the same. Over gRPC a request that passes also loses what the client said under our names.

mod framing;
mod messages;

use super::authorize::{self, judged};
use crate::app::House;
use crate::request_id::{REQUEST_ID, RequestId};
use bytes::Bytes;
use counterfoil_verify::answer::RATE_LIMIT;
pub(crate) use framing::Answered;
use framing::CallFault;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, WARNING};
use http::{Method, Request, Response, Uri, Version};
use hyper::body::Body;
use messages::{Action, Answer, CheckRequest, CheckResponse, Denied, Field, FieldOption, HttpRequest};
use messages::{HttpStatus, Passed, Status};
use std::collections::BTreeSet;
use std::sync::Arc;

const CHECK: &str = "/envoy.service.auth.v3.Authorization/Check";
/// `PERMISSION_DENIED` among gRPC's numbers. What the client gets stands beside it.
const PERMISSION_DENIED: i32 = 7;

static METHOD: HeaderName = HeaderName::from_static("x-original-method");
static FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
static TARGET: HeaderName = HeaderName::from_static("x-original-uri");

/// What tells the upstream who asks.
const IDENTITY: [&str; 8] = [
    "x-counterfoil-team",
    "x-counterfoil-key",
    "x-counterfoil-kind",
    "x-counterfoil-roles",
    "x-counterfoil-group",
    "x-counterfoil-user",
    "x-counterfoil-apps",
    "x-counterfoil-bundle",
];

/// How names begin by which a client could pass for another, or a request for another.
const PRETENCES: [&str; 7] = [
    "x-counterfoil-",
    "x-http-method",
    "x-method-override",
    "x-original-",
    "x-rewrite-",
    "x-forwarded-method",
    "x-forwarded-uri",
];

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Makes of a question over HTTP (`PATCH /authorize/v1/apps/1`) the one that every proxy asks. Were such fields there
/// already, they would then be there twice, which is refused.
pub(crate) fn as_every_proxy_asks<B>(request: &mut Request<B>) {
    let target =
        request.uri().path_and_query().and_then(|target| target.as_str().strip_prefix(authorize::PATH));
    let Some(target) = target.filter(|target| target.starts_with('/')) else { return };
    let Ok(target) = HeaderValue::from_str(target) else { return };
    let Ok(method) = HeaderValue::from_str(request.method().as_str()) else { return };
    let headers = request.headers_mut();
    headers.append(METHOD.clone(), method);
    headers.append(TARGET.clone(), target);
    *request.method_mut() = Method::GET;
    *request.uri_mut() = Uri::from_static(authorize::PATH);
}

/// Whether this is a question over gRPC.
pub(crate) fn is_asked<B>(request: &Request<B>) -> bool {
    request.uri().path() == CHECK && request.method() == Method::POST && request.version() == Version::HTTP_2
}

/// The answer to a question over gRPC. A call that is not understood fails, and Envoy then lets nobody in.
pub(crate) async fn check<B>(house: Arc<House>, request: Request<B>) -> Response<Answered>
where
    B: Body<Data = Bytes> + Send,
    B::Error: Into<BoxError>,
{
    let by = request.extensions().get().cloned();
    // Envoy need not send the request's body, and by our configuration does not.
    let Ok(body) = house.intake.whole(request.into_body()).await else {
        return framing::fault(CallFault::TooMuch);
    };
    let question = match framing::unframed::<CheckRequest>(&body) {
        Ok(question) => question.attributes.and_then(|told| told.request).and_then(|told| told.http),
        Err(fault) => return framing::fault(fault),
    };
    let question = question.unwrap_or_default();
    let Some(fields) = question.fields() else { return framing::fault(CallFault::NotUnderstood) };
    let id = RequestId::of(&fields);
    let from = house.kept_address(by.as_ref(), &fields);
    let (head, body) = judged(&house, &fields, &id, &from).await.into_parts();
    framing::answer(&if head.status.is_success() {
        passed(&head.headers, &question)
    } else {
        denied(head.status.as_u16(), &head.headers, &body)
    })
}

impl HttpRequest {
    /// What every proxy sends: the fields that tell of the request. `None` if one of them can't be one.
    fn fields(&self) -> Option<HeaderMap> {
        let mut fields = HeaderMap::with_capacity(5);
        for (name, text) in [(&METHOD, &self.method), (&TARGET, &self.path)] {
            if !text.is_empty() {
                fields.append(name.clone(), HeaderValue::from_bytes(text.as_bytes()).ok()?);
            }
        }
        for name in [&AUTHORIZATION, &REQUEST_ID, &FOR] {
            for value in self.values(name) {
                fields.append(name.clone(), HeaderValue::from_bytes(value).ok()?);
            }
        }
        Some(fields)
    }

    /// The values of a field, each as it came. Without `encode_raw_headers` Envoy joins those of a name that came
    /// several times by commas, which no token holds: they are taken apart again.
    fn values(&self, name: &HeaderName) -> Vec<&[u8]> {
        let is_it = |key: &str| key.eq_ignore_ascii_case(name.as_str());
        if let Some(map) = &self.header_map {
            return map.headers.iter().filter(|field| is_it(&field.key)).map(Field::bytes).collect();
        }
        let joined = self.headers.iter().filter(|(key, _)| is_it(key));
        joined.flat_map(|(_, value)| value.as_bytes().split(|byte| *byte == b',')).collect()
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        let raw = self.header_map.iter().flat_map(|map| &map.headers).map(|field| field.key.as_str());
        self.headers.keys().map(String::as_str).chain(raw)
    }
}

impl Field {
    fn bytes(&self) -> &[u8] {
        if self.raw_value.is_empty() { self.value.as_bytes() } else { &self.raw_value }
    }
}

/// The request goes on: with what we say of who asks, without what the client said of that, without its token.
fn passed(headers: &HeaderMap, question: &HttpRequest) -> CheckResponse {
    let says = |name: &HeaderName| name.as_str().starts_with("x-counterfoil-") || *name == REQUEST_ID;
    let tells = |name: &HeaderName| *name == RATE_LIMIT || *name == WARNING;
    let pretences = question.names().filter(|name| is_pretence(name)).map(str::to_ascii_lowercase);
    let going: BTreeSet<String> =
        IDENTITY.into_iter().chain(["authorization"]).map(str::to_owned).chain(pretences).collect();
    let passed = Passed {
        headers: options(headers, says),
        headers_to_remove: going.into_iter().filter(|name| !headers.contains_key(name)).collect(),
        response_headers_to_add: options(headers, tells),
    };
    CheckResponse { status: Some(Status { code: 0 }), answer: Some(Answer::Passed(passed)) }
}

/// The client gets this instead.
fn denied(status: u16, headers: &HeaderMap, body: &[u8]) -> CheckResponse {
    let denied = Denied {
        status: Some(HttpStatus { code: status.into() }),
        headers: options(headers, |name| *name != CONTENT_LENGTH),
        body: String::from_utf8_lossy(body).into_owned(),
    };
    CheckResponse { status: Some(Status { code: PERMISSION_DENIED }), answer: Some(Answer::Denied(denied)) }
}

fn options(headers: &HeaderMap, which: impl Fn(&HeaderName) -> bool) -> Vec<FieldOption> {
    let chosen = headers.iter().filter(|(name, _)| which(name));
    let option = |(name, value): (&HeaderName, &HeaderValue)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        let field = Field { key: name.to_string(), value, raw_value: Bytes::new() };
        FieldOption { header: Some(field), action: Action::Replace.into() }
    };
    chosen.map(option).collect()
}

/// Whether a name begins so for somebody who takes all that is neither letter nor digit for a hyphen.
fn is_pretence(name: &str) -> bool {
    let plain = |byte: u8| if byte.is_ascii_alphanumeric() { byte.to_ascii_lowercase() } else { b'-' };
    let begins = |start: &str| {
        let bytes = name.as_bytes().get(..start.len());
        bytes.is_some_and(|bytes| bytes.iter().zip(start.as_bytes()).all(|(one, two)| plain(*one) == *two))
    };
    PRETENCES.into_iter().any(begins)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_over_http_becomes_the_one_that_every_proxy_asks() {
        for (method, uri, expected) in [
            ("GET", "/authorize/v1/apps?limit=1", Some("/v1/apps?limit=1")),
            ("DELETE", "/authorize//v1/%2e%2e/a;b", Some("//v1/%2e%2e/a;b")),
            ("PATCH", "http://keys.example/authorize/", Some("/")),
            ("GET", "/authorize", None),
            ("GET", "/authorize?x=/v1", None),
            ("GET", "/authorized/v1", None),
            ("GET", "/v1/authorize/v1", None),
        ] {
            let mut request = Request::builder().method(method).uri(uri).body(()).unwrap();
            as_every_proxy_asks(&mut request);
            let told = request.headers().get(&TARGET).map(|value| value.to_str().unwrap());
            assert_eq!(told, expected, "{uri}");
            if expected.is_some() {
                assert_eq!(request.headers()[&METHOD], method);
                assert_eq!(
                    (request.method().as_str(), request.uri().to_string().as_str()),
                    ("GET", "/authorize")
                );
            }
        }
    }

    #[test]
    fn names_that_pretend_are_known_in_every_spelling() {
        for name in [
            "X-Counterfoil-Team",
            "x_counterfoil_key",
            "X-COUNTERFOIL_anything",
            "x.counterfoil.user",
            "x-http-method-override",
            "X-HTTP-Method",
            "X_Method_Override",
            "x-original-uri",
            "x-rewrite-url",
            "x-forwarded-uri",
        ] {
            assert!(is_pretence(name), "{name}");
        }
        for name in ["x-counterfoi", "x-counterfoils", "x-forwarded-for", "x-request-id", "authorization", ""]
        {
            assert!(!is_pretence(name), "{name}");
        }
    }

    #[test]
    fn joined_values_are_taken_apart_and_raw_ones_left_as_they_came() {
        let joined = HttpRequest {
            headers: [("authorization".to_owned(), "Bearer a,Bearer b".to_owned())].into(),
            ..HttpRequest::default()
        };
        assert_eq!(joined.values(&AUTHORIZATION), [b"Bearer a", b"Bearer b"]);
        let field = |value: &'static [u8]| Field {
            key: "authorization".to_owned(),
            raw_value: Bytes::from_static(value),
            ..Field::default()
        };
        let raw = HttpRequest {
            header_map: Some(messages::Fields { headers: vec![field(b"Bearer a,b"), field(b"\xff")] }),
            ..HttpRequest::default()
        };
        assert_eq!(raw.values(&AUTHORIZATION), [b"Bearer a,b".as_slice(), b"\xff"]);
    }

    #[test]
    fn what_can_be_no_header_field_is_not_understood() {
        for path in ["/v1/apps\r\nX-Counterfoil-Team: t", "/v1\0"] {
            let question = HttpRequest { method: "GET".into(), path: path.into(), ..HttpRequest::default() };
            assert!(question.fields().is_none(), "{path:?}");
        }
    }
}
