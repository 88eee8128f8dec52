//! What the browser says of itself: for what, on whose page, which challenge.

use serde::Deserialize;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ceremony {
    /// A passkey was made.
    Create,
    /// A passkey was used.
    Get,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
    #[serde(default)]
    top_origin: Option<String>,
}

/// The challenge that is answered, as base64url.
pub(crate) fn challenge_of(bytes: &[u8]) -> Result<String, &'static str> {
    Ok(ClientData::parse(bytes)?.challenge)
}

/// Checks everything but the challenge.
pub(super) fn check(bytes: &[u8], ceremony: Ceremony, origin: &str) -> Result<(), &'static str> {
    let data = ClientData::parse(bytes)?;
    let kind = match ceremony {
        Ceremony::Create => "webauthn.create",
        Ceremony::Get => "webauthn.get",
    };
    if data.kind != kind {
        return Err("it was made for something else");
    }
    if data.origin != origin {
        return Err("it was made on another site");
    }
    if data.cross_origin || data.top_origin.is_some() {
        return Err("it was made within another site's page");
    }
    Ok(())
}

impl ClientData {
    fn parse(bytes: &[u8]) -> Result<Self, &'static str> {
        serde_json::from_slice(bytes).map_err(|_| "what the browser says of itself can't be read")
    }
}
