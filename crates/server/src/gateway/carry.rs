//! A refusal in header fields, for nginx: its `auth_request` knows 401 and 403 only, makes 500 of any other
//! refusal, and drops every body. Asked with `X-Counterfoil-Carry`, `/authorize` refuses by 403 and says in header
//! fields which status and body are meant; `deploy/nginx` puts the answer together again. Nothing is counted twice.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode};

/// Asks for it, whatever its value.
pub(crate) const ASKED: &str = "x-counterfoil-carry";
/// The status that is meant, and `_text` if the body is two paragraphs of text.
static REFUSED: HeaderName = HeaderName::from_static("x-counterfoil-refused");
/// The body, or its first paragraph.
static BODY: HeaderName = HeaderName::from_static("x-counterfoil-body");
/// The last paragraph of a body of two, without its line's end.
static BODY_END: HeaderName = HeaderName::from_static("x-counterfoil-body-end");

/// Says a refusal in header fields too. What passes stays as it is.
pub(crate) fn carry(response: &mut Response<Bytes>) {
    let status = response.status();
    if status.is_success() {
        return;
    }
    let body = response.body().clone();
    let (form, first, last) = paragraphs(&body);
    let refused = format!("{}{form}", status.as_u16());
    let fields = [(&REFUSED, Some(refused.as_bytes())), (&BODY, Some(first)), (&BODY_END, last)];
    for (name, value) in fields.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            response.headers_mut().insert(name.clone(), value);
        }
    }
    *response.status_mut() = StatusCode::FORBIDDEN;
}

/// JSON of one line, or two paragraphs of text.
fn paragraphs(body: &[u8]) -> (&'static str, &[u8], Option<&[u8]>) {
    let ends = body.strip_suffix(b"\n").and_then(|text| {
        let at = text.windows(2).position(|pair| pair == b"\n\n")?;
        Some((&text[..at], &text[at + 2..]))
    });
    ends.map_or(("", body, None), |(first, last)| ("_text", first, Some(last)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn carried(status: u16, body: &'static [u8]) -> (u16, Vec<(String, String)>) {
        let mut response = Response::builder().status(status).body(Bytes::from_static(body)).unwrap();
        carry(&mut response);
        let text = |value: &HeaderValue| value.to_str().unwrap().to_owned();
        let fields = response.headers().iter().map(|(name, value)| (name.to_string(), text(value)));
        (response.status().as_u16(), fields.collect())
    }

    fn fields(given: &[(&str, &str)]) -> Vec<(String, String)> {
        given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_refusal_is_carried_in_header_fields_under_a_status_that_nginx_knows() {
        let body = br#"{"errors":[{"status":"429"}]}"#;
        let expected = fields(&[
            ("x-counterfoil-refused", "429"),
            ("x-counterfoil-body", r#"{"errors":[{"status":"429"}]}"#),
        ]);
        assert_eq!(carried(429, body), (403, expected));
    }

    #[test]
    fn text_of_two_paragraphs_is_carried_in_two_fields() {
        let expected = fields(&[
            ("x-counterfoil-refused", "401_text"),
            ("x-counterfoil-body", "Unauthenticated"),
            ("x-counterfoil-body-end", "Request ID: A.0.0"),
        ]);
        assert_eq!(carried(401, b"Unauthenticated\n\nRequest ID: A.0.0\n"), (403, expected));
    }

    #[test]
    fn what_passes_is_left_alone() {
        assert_eq!(carried(200, b""), (200, Vec::new()));
    }
}
