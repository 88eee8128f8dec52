//! From where a browser asks. A session's cookie goes along with whatever a page makes the browser send, so a
//! change by session counts only if the browser says that one of our own pages asked for it.

use crate::app::ApiSettings;
use crate::error::Problem;
use http::HeaderMap;
use http::header::ORIGIN;

/// Refuses what another site may have asked for.
///
/// # Errors
/// If `Origin` is another's, `Sec-Fetch-Site` says so, or both are missing. An `Origin: null`, which browsers send
/// where they shall not tell from where they come, counts as missing.
pub(crate) fn must_be_ours(headers: &HeaderMap, settings: &ApiSettings) -> Result<(), Problem> {
    let origin = headers.get(ORIGIN).filter(|value| value.as_bytes() != b"null");
    let origin = origin.map(|value| value.as_bytes() == settings.origin().as_bytes());
    let fetched = headers.get("sec-fetch-site").map(|value| value.as_bytes() == b"same-origin");
    match (origin, fetched) {
        (Some(true), None | Some(true)) | (None, Some(true)) => Ok(()),
        (Some(false), _) | (_, Some(false)) | (None, None) => Err(Problem::ForeignOrigin),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_may_ask_a_browser_for_changes() {
        let settings = ApiSettings::new("https://keys.example");
        for (origin, fetched, ours) in [
            (Some("https://keys.example"), None, true),
            (Some("https://keys.example"), Some("same-origin"), true),
            (None, Some("same-origin"), true),
            (None, None, false),
            (Some("null"), None, false),
            (Some("null"), Some("cross-site"), false),
            (Some("null"), Some("same-origin"), true),
            (Some("https://keys.example.evil"), None, false),
            (Some("http://keys.example"), None, false),
            (Some("https://keys.example:8443"), None, false),
            (Some("https://evil.example"), Some("same-origin"), false),
            (Some("https://keys.example"), Some("cross-site"), false),
            (None, Some("same-site"), false),
            (None, Some("none"), false),
        ] {
            let mut headers = HeaderMap::new();
            origin.map(|value| headers.insert("origin", value.parse().unwrap()));
            fetched.map(|value| headers.insert("sec-fetch-site", value.parse().unwrap()));
            assert_eq!(must_be_ours(&headers, &settings).is_ok(), ours, "{origin:?} {fetched:?}");
        }
    }
}
