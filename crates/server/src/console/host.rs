//! Under which name pages are shown. Over plain http a browser keeps cookies and passkeys safe for `localhost`
//! alone, so pages are shown there and nowhere else.

use super::answer::{bare_page, moved_for_now};
use super::frame::Frame;
use crate::call::Call;
use crate::reply::Reply;
use askama::Template;
use http::StatusCode;

#[derive(Template)]
#[template(path = "way_in/elsewhere.html")]
struct Elsewhere {
    frame: Frame,
    localhost: String,
}

/// Sends whoever asks under an address of this machine to `localhost`, and tells whoever asks in clear under
/// another name what to do. Behind https nothing is refused.
pub(crate) fn refuse(call: &Call) -> Option<Reply> {
    if call.house.settings.is_https() {
        return None;
    }
    let asked = call.host.as_deref().unwrap_or_default();
    let (name, port) = split(asked);
    match name {
        "localhost" => None,
        "127.0.0.1" | "[::1]" if call.method.is_safe() => {
            Some(moved_for_now(&format!("http://localhost{port}{}", call.target)))
        }
        _ => {
            let frame = Frame::bare("This page needs https");
            let localhost = format!("http://localhost{port}");
            Some(bare_page(StatusCode::BAD_REQUEST, &Elsewhere { frame, localhost }))
        }
    }
}

/// A host, and its port with the colon before it.
fn split(asked: &str) -> (&str, &str) {
    match asked.rfind(':') {
        Some(at) if asked[at + 1..].bytes().all(|byte| byte.is_ascii_digit()) => asked.split_at(at),
        _ => (asked, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_told_from_its_port() {
        for (asked, parts) in [
            ("localhost:8787", ("localhost", ":8787")),
            ("localhost", ("localhost", "")),
            ("[::1]:80", ("[::1]", ":80")),
            ("[::1]", ("[::1]", "")),
            ("127.0.0.1:80@other.example", ("127.0.0.1:80@other.example", "")),
            ("", ("", "")),
        ] {
            assert_eq!(split(asked), parts);
        }
    }
}
