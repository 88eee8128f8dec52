//! One message for the next page, carried by a cookie: what a `POST` did is said where it leads.

use crate::app::ApiSettings;
use crate::cookies;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderValue};

/// More than any message has.
const MOST_BYTES: usize = 600;

/// One message for the next page. Never a secret: a browser keeps it for a minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    /// Whether it tells of something that went well.
    pub(crate) good: bool,
    /// The message.
    pub(crate) text: String,
}

impl Notice {
    /// Something was done.
    pub(crate) fn done(text: impl Into<String>) -> Self {
        Self { good: true, text: text.into() }
    }

    /// Something was not done.
    pub(crate) fn failed(text: impl Into<String>) -> Self {
        Self { good: false, text: text.into() }
    }

    /// The message that a request brings along.
    pub(crate) fn brought(headers: &HeaderMap, settings: &ApiSettings) -> Option<Self> {
        let value = cookies::value(headers, cookies::notice_name(settings))?;
        let bytes = URL_SAFE_NO_PAD.decode(value.get(..value.len().min(2 * MOST_BYTES))?).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (kind, text) = text.split_at_checked(1)?;
        Some(Self { good: kind == "+", text: text.to_owned() }).filter(|notice| !notice.text.is_empty())
    }

    /// The cookie that carries it.
    pub(crate) fn cookie(&self, settings: &ApiSettings) -> Option<HeaderValue> {
        let cut = self.text.char_indices().map(|(at, _)| at).take_while(|at| *at <= MOST_BYTES).last()?;
        let text = if self.text.len() <= MOST_BYTES { &self.text } else { self.text.get(..cut)? };
        let kind = if self.good { "+" } else { "-" };
        cookies::noticed(&URL_SAFE_NO_PAD.encode(format!("{kind}{text}")), settings)
    }
}
