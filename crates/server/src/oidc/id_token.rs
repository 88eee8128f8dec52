//! ID tokens: whether one was made by that issuer, for us, now, in answer to this attempt.

#[cfg(test)]
mod tests;

use super::keys::{Algorithm, Keys, Signed};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use counterfoil_core::time::Timestamp;
use serde::Deserialize;
use std::time::Duration;

/// How far a provider's clock and ours may differ.
pub(super) const LEEWAY: Duration = Duration::from_secs(60);
/// The longest token that is looked at.
const LONGEST: usize = 32 * 1024;
/// The longest subject, by OpenID Connect.
const LONGEST_SUBJECT: usize = 255;

/// Somebody, as a provider knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The provider.
    pub(crate) issuer: String,
    /// Who there; nothing else says who it is.
    pub(crate) subject: String,
    /// An address, as a hint.
    pub(crate) email: Option<String>,
    /// Whether the provider says that it has proven the address.
    pub(crate) email_verified: bool,
}

/// What a token must be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Demand<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    pub(super) nonce: &'a str,
    pub(super) now: Timestamp,
    /// Since when the provider must have asked its visitor, if it must.
    pub(super) authenticated_since: Option<Timestamp>,
}

/// What is wrong with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TokenFault {
    #[error("it is no token")]
    Malformed,
    #[error("its algorithm is not one that is taken")]
    Algorithm,
    #[error("the provider did not sign it")]
    Signature,
    #[error("it is signed by a key that the provider does not show")]
    UnknownKey,
    #[error("another issuer made it")]
    Issuer,
    #[error("it is for somebody else")]
    Audience,
    #[error("it has run out")]
    Expired,
    #[error("it is from the future")]
    Early,
    #[error("it answers another sign-in")]
    Nonce,
    #[error("it names nobody")]
    Subject,
    #[error("the provider did not ask its visitor anew")]
    NotAnew,
}

impl TokenFault {
    /// Whether all is well but that the visitor was not asked anew.
    pub(crate) const fn is_not_anew(self) -> bool {
        matches!(self, Self::NotAnew)
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: f64,
    iat: f64,
    nbf: Option<f64>,
    nonce: Option<String>,
    auth_time: Option<f64>,
    email: Option<String>,
    email_verified: Option<Verified>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// Some issuers write it as a text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Verified {
    Said(bool),
    Written(String),
}

/// Who a token says that somebody is.
///
/// These are security invariants: the algorithm is one of ours before any key is looked for; nothing of the claims
/// is read before the signature is good; issuer, audience, time and nonce are checked here and nowhere else.
pub(super) fn verified(token: &str, keys: &Keys, demand: &Demand<'_>) -> Result<Identity, TokenFault> {
    let payload = signed_payload(token, keys)?;
    let claims: Claims = serde_json::from_slice(&payload).map_err(|_| TokenFault::Malformed)?;
    if claims.iss != demand.issuer {
        return Err(TokenFault::Issuer);
    }
    if !claims.is_for(demand.client_id) {
        return Err(TokenFault::Audience);
    }
    claims.is_timely(demand.now)?;
    let nonce = claims.nonce.as_deref().unwrap_or_default();
    verify_slices_are_equal(nonce.as_bytes(), demand.nonce.as_bytes()).map_err(|_| TokenFault::Nonce)?;
    if demand.authenticated_since.is_some_and(|since| !claims.authenticated_since(since)) {
        return Err(TokenFault::NotAnew);
    }
    if !(1..=LONGEST_SUBJECT).contains(&claims.sub.len()) {
        return Err(TokenFault::Subject);
    }
    Ok(claims.identity())
}

fn signed_payload(token: &str, keys: &Keys) -> Result<Vec<u8>, TokenFault> {
    let malformed = TokenFault::Malformed;
    let (message, signature) = token.rsplit_once('.').filter(|_| token.len() <= LONGEST).ok_or(malformed)?;
    let (header, payload) = message.split_once('.').ok_or(malformed)?;
    let decoded = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| malformed);
    let header: Header = serde_json::from_slice(&decoded(header)?).map_err(|_| malformed)?;
    if header.crit.is_some() {
        return Err(malformed);
    }
    let algorithm = Algorithm::named(&header.alg).ok_or(TokenFault::Algorithm)?;
    let (payload, signature) = (decoded(payload)?, decoded(signature)?);
    match keys.check(algorithm, header.kid.as_deref(), message.as_bytes(), &signature) {
        Signed::Yes => Ok(payload),
        Signed::No => Err(TokenFault::Signature),
        Signed::ByUnknownKey => Err(TokenFault::UnknownKey),
    }
}

impl Claims {
    /// For us alone, or for several of which we are the one that asked.
    fn is_for(&self, client_id: &str) -> bool {
        let is_us = |party: &str| party == client_id;
        let (among, alone) = match &self.aud {
            Audience::One(one) => (is_us(one), true),
            Audience::Many(many) => (many.iter().any(|one| is_us(one)), many.len() == 1),
        };
        among && self.azp.as_deref().map_or(alone, is_us)
    }

    /// JSON has no number that compares with none.
    fn is_timely(&self, now: Timestamp) -> Result<(), TokenFault> {
        let (now, leeway) = (seconds(now), LEEWAY.as_secs_f64());
        if self.exp + leeway <= now {
            return Err(TokenFault::Expired);
        }
        if self.iat > now + leeway || self.nbf.is_some_and(|nbf| nbf > now + leeway) {
            return Err(TokenFault::Early);
        }
        Ok(())
    }

    fn authenticated_since(&self, since: Timestamp) -> bool {
        self.auth_time.is_some_and(|at| at + LEEWAY.as_secs_f64() >= seconds(since))
    }

    fn identity(self) -> Identity {
        let email_verified = match self.email_verified {
            Some(Verified::Said(said)) => said,
            Some(Verified::Written(text)) => text == "true",
            None => false,
        };
        Identity { issuer: self.iss, subject: self.sub, email: self.email, email_verified }
    }
}

#[expect(clippy::cast_precision_loss, reason = "seconds of this age are exact in 53 bits")]
fn seconds(at: Timestamp) -> f64 {
    at.as_seconds() as f64
}
