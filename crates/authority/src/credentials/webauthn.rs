//! What an authenticator says (Web Authentication, level 3), checked. No clock, no store, no randomness.
//!
//! Our own, on aws-lc-rs: the usual crate brings 150 others, among them a second set of cryptography, for
//! attestation that we do not ask for. We ask for "none": which maker's authenticator somebody uses is none of our
//! business, so whatever statement comes is not looked at. What counts:
//!
//! - the browser says the right type, our challenge, and exactly our origin, not from within another's page;
//! - the authenticator says the hash of our name, that somebody was present, and was verified (PIN, finger, face);
//! - the signature is over exactly these bytes, by ES256, EdDSA (Ed25519) or RS256.

mod authenticator_data;
mod cbor;
mod client_data;
mod public_key;

pub(crate) use client_data::challenge_of;
pub(crate) use public_key::{ALGORITHMS, PublicKey};

use authenticator_data::AuthenticatorData;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cbor::Item;
use client_data::Ceremony;
use serde::Deserialize;

/// The longest answer of a browser that is looked at.
const LONGEST_RESPONSE: usize = 64 * 1024;

/// Whose passkeys these are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RelyingParty<'a> {
    /// Exactly as browsers write it.
    pub(crate) origin: &'a str,
    /// The name that passkeys belong to.
    pub(crate) id: &'a str,
}

/// A passkey that was just made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewPasskey {
    /// Its credential id, as base64url.
    pub(crate) id: String,
    /// Its public half, as COSE writes it.
    pub(crate) public_key: Vec<u8>,
    /// How often it has signed, if it counts.
    pub(crate) counter: u64,
}

/// What a browser answers when a passkey was made: `RegistrationResponseJSON`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Registration {
    id: String,
    raw_id: String,
    #[serde(rename = "type")]
    kind: String,
    response: Attestation,
}

#[derive(Debug, Deserialize)]
struct Attestation {
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    #[serde(rename = "attestationObject")]
    object: String,
}

/// What a browser answers when a passkey was used: `AuthenticationResponseJSON`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Authentication {
    id: String,
    raw_id: String,
    #[serde(rename = "type")]
    kind: String,
    response: Assertion,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Assertion {
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    authenticator_data: String,
    signature: String,
    #[serde(default)]
    user_handle: Option<String>,
}

impl Registration {
    /// Reads the answer; nothing of it is believed yet.
    pub(crate) fn parse(json: &str) -> Result<Self, &'static str> {
        let read: Self = parse(json)?;
        must_be_passkey(&read.kind, &read.id, &read.raw_id)?;
        Ok(read)
    }

    /// The challenge that is answered, as base64url.
    pub(crate) fn challenge(&self) -> Result<String, &'static str> {
        challenge_of(&decoded(&self.response.client_data)?)
    }

    /// The passkey that was made, if everything is right but the challenge, which the caller knows.
    pub(crate) fn verified(&self, party: RelyingParty<'_>) -> Result<NewPasskey, &'static str> {
        client_data::check(&decoded(&self.response.client_data)?, Ceremony::Create, party.origin)?;
        let object = decoded(&self.response.object)?;
        let object = Item::parse(&object)?;
        let Some(Item::Bytes(data)) = object.of_text("authData") else {
            return Err("the attestation holds no authenticator data");
        };
        let data = AuthenticatorData::parse(data)?;
        data.check(party.id)?;
        let made = data.credential.ok_or("the authenticator data holds no credential")?;
        if URL_SAFE_NO_PAD.encode(made.id) != self.id {
            return Err("the browser and the authenticator name different credentials");
        }
        PublicKey::parse(made.public_key)?;
        Ok(NewPasskey {
            id: self.id.clone(),
            public_key: made.public_key.to_vec(),
            counter: data.counter.into(),
        })
    }
}

impl Authentication {
    /// Reads the answer; nothing of it is believed yet.
    pub(crate) fn parse(json: &str) -> Result<Self, &'static str> {
        let read: Self = parse(json)?;
        must_be_passkey(&read.kind, &read.id, &read.raw_id)?;
        Ok(read)
    }

    /// Which passkey is said to have signed.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The challenge that is answered, as base64url.
    pub(crate) fn challenge(&self) -> Result<String, &'static str> {
        challenge_of(&decoded(&self.response.client_data)?)
    }

    /// Whom the authenticator takes for the passkey's owner, if it says so.
    pub(crate) fn user_handle(&self) -> Result<Option<Vec<u8>>, &'static str> {
        self.response.user_handle.as_deref().map(decoded).transpose()
    }

    /// How often the passkey has signed, if everything is right but the challenge and the owner, which the caller
    /// knows.
    pub(crate) fn verified(&self, party: RelyingParty<'_>, key: &PublicKey) -> Result<u64, &'static str> {
        let client_data = decoded(&self.response.client_data)?;
        client_data::check(&client_data, Ceremony::Get, party.origin)?;
        let data = decoded(&self.response.authenticator_data)?;
        let parsed = AuthenticatorData::parse(&data)?;
        parsed.check(party.id)?;
        let signed = [&data, digest(&SHA256, &client_data).as_ref()].concat();
        key.verify(&signed, &decoded(&self.response.signature)?)?;
        Ok(parsed.counter.into())
    }
}

fn parse<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, &'static str> {
    if json.len() > LONGEST_RESPONSE {
        return Err("the browser's answer is too long");
    }
    serde_json::from_str(json).map_err(|_| "the browser's answer can't be read")
}

fn must_be_passkey(kind: &str, id: &str, raw_id: &str) -> Result<(), &'static str> {
    const LONGEST: usize = 1023;
    let bytes = decoded(raw_id)?;
    if kind != "public-key" || id != raw_id || bytes.is_empty() || bytes.len() > LONGEST {
        return Err("the browser's answer names no passkey");
    }
    Ok(())
}

fn decoded(text: &str) -> Result<Vec<u8>, &'static str> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| "the browser's answer holds something that is not base64url")
}

#[cfg(test)]
pub(crate) mod tests;
