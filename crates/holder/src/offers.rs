//! What an app's own server signs for StoreKit, with an in-app purchase key: offers, and who may have one.
//!
//! The shapes are those of Apple's server libraries: the older promotional offer is a signature over a line of fields,
//! everything newer a JWS. None of them is a token: they open nothing, and go to the app.

use crate::fault::Fault;
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use counterfoil_core::half::PrivateHalf;
use counterfoil_core::id::{BundleId, IssuerId, KeyId};
use counterfoil_core::jws;
use counterfoil_core::time::Timestamp;
use serde_json::{Map, Value, json};
use std::fmt;

/// Stands between the fields of the older form: U+2063, which shows nowhere.
const SEPARATOR: &str = "\u{2063}";

/// Who signs, and for which app.
#[derive(Clone, Copy)]
pub struct Signer<'s> {
    /// An in-app purchase key's half.
    pub half: &'s PrivateHalf,
    /// Its id.
    pub key: KeyId,
    /// The app.
    pub bundle: &'s BundleId,
}

/// A value that is used once: a UUID in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nonce(String);

impl Nonce {
    /// A fresh one.
    ///
    /// # Errors
    /// The system has no randomness.
    pub fn fresh() -> Result<Self, Fault> {
        let mut bytes = [0; 16];
        SystemRandom::new().fill(&mut bytes).map_err(|_| machine("the system gives no randomness"))?;
        Ok(Self::of(u128::from_be_bytes(bytes)))
    }

    /// Version 4, as RFC 9562 has it.
    fn of(random: u128) -> Self {
        let marked = random & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
        let digits = format!("{marked:032x}");
        let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| digits.get(part).unwrap_or_default());
        Self(parts.join("-"))
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A promotional offer of the older form. The app hands all of it to StoreKit, which asks for exactly these values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer<'o> {
    /// The subscription.
    pub product: &'o str,
    /// Which of its offers.
    pub offer: &'o str,
    /// Who it is for, as the app tells StoreKit; may be empty.
    pub username: &'o str,
    /// Used once.
    pub nonce: Nonce,
    /// From when it counts: StoreKit takes it for a day.
    pub at: Timestamp,
}

impl Signer<'_> {
    /// Signs an offer of the older form: ECDSA over the fields in a line, as base64 of DER.
    ///
    /// # Errors
    /// A field can't be signed, or the library failed.
    pub fn promotional_offer(&self, offer: &Offer<'_>) -> Result<String, Fault> {
        for field in [offer.product, offer.offer, offer.username] {
            if field.contains(SEPARATOR) {
                return Err(Fault::new(
                    "a field has a U+2063 in it, which stands between fields",
                    "leave it out",
                ));
            }
        }
        let signature = self.half.sign(self.line(offer).as_bytes());
        let signature = signature.map_err(|fault| machine(&fault.to_string()))?;
        Ok(STANDARD.encode(der_signature(&signature)))
    }

    fn line(&self, offer: &Offer<'_>) -> String {
        let (username, at) = (offer.username.to_lowercase(), offer.at.as_millis().to_string());
        let fields = [
            self.bundle.as_str(),
            self.key.as_str(),
            offer.product,
            offer.offer,
            &username,
            &offer.nonce.0,
            &at,
        ];
        fields.join(SEPARATOR)
    }

    /// Signs a request to StoreKit, as a JWS.
    ///
    /// # Errors
    /// The library failed.
    pub fn request(
        &self,
        issuer: &IssuerId,
        request: &Request<'_>,
        nonce: &Nonce,
        at: Timestamp,
    ) -> Result<String, Fault> {
        let mut claims = request.claims();
        let own = [
            ("bid", json!(self.bundle.as_str())),
            ("iss", json!(issuer.to_string())),
            ("aud", json!(request.audience())),
            ("iat", json!(at.as_seconds())),
            ("nonce", json!(nonce.0)),
        ];
        claims.extend(own.map(|(name, value)| (name.to_owned(), value)));
        let header = json!({"alg": "ES256", "kid": self.key.as_str(), "typ": "JWT"}).to_string();
        jws::sign(self.half, &header, &Value::Object(claims).to_string())
            .map_err(|fault| machine(&fault.to_string()))
    }
}

/// What StoreKit is asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Request<'r> {
    /// A promotional offer, of the newer form.
    PromotionalOffer {
        /// The subscription.
        product: &'r str,
        /// Which of its offers.
        offer: &'r str,
        /// Any transaction of the customer; Apple recommends it.
        transaction: Option<&'r str>,
    },
    /// Whether a customer may have an introductory offer.
    IntroductoryOffer {
        /// The subscription.
        product: &'r str,
        /// Whether.
        is_allowed: bool,
        /// Any transaction of the customer.
        transaction: &'r str,
    },
    /// A request of the Advanced Commerce API, made in the app.
    AdvancedCommerce(&'r Value),
}

impl Request<'_> {
    const fn audience(&self) -> &'static str {
        match self {
            Self::PromotionalOffer { .. } => "promotional-offer",
            Self::IntroductoryOffer { .. } => "introductory-offer-eligibility",
            Self::AdvancedCommerce(_) => "advanced-commerce-api",
        }
    }

    fn claims(&self) -> Map<String, Value> {
        let claims = match self {
            Self::PromotionalOffer { product, offer, transaction } => vec![
                ("productId", json!(product)),
                ("offerIdentifier", json!(offer)),
                ("transactionId", json!(transaction)),
            ],
            Self::IntroductoryOffer { product, is_allowed, transaction } => vec![
                ("productId", json!(product)),
                ("allowIntroductoryOffer", json!(is_allowed)),
                ("transactionId", json!(transaction)),
            ],
            Self::AdvancedCommerce(request) => vec![("request", json!(STANDARD.encode(request.to_string())))],
        };
        let said = claims.into_iter().filter(|(_, value)| !value.is_null());
        said.map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

fn machine(what: &str) -> Fault {
    Fault::new(what, "this is the machine's failure; try again")
}

/// The two numbers of a signature as certificates and the older offers have them: each without leading zeros, and
/// never negative.
pub(crate) fn der_signature(signature: &[u8; 64]) -> Vec<u8> {
    let (r, s) = signature.split_at(32);
    let body: Vec<u8> = [r, s].into_iter().flat_map(der_number).collect();
    // Two numbers of 33 bytes and their heads: the length always fits a byte.
    let length = u8::try_from(body.len()).unwrap_or(u8::MAX);
    [&[0x30, length], body.as_slice()].concat()
}

fn der_number(digits: &[u8]) -> Vec<u8> {
    let zeros = digits.iter().take_while(|digit| **digit == 0).count().min(digits.len() - 1);
    let digits = digits.get(zeros..).unwrap_or_default();
    let sign: &[u8] = if digits.first().is_some_and(|first| *first >= 0x80) { &[0] } else { &[] };
    let length = u8::try_from(sign.len() + digits.len()).unwrap_or(u8::MAX);
    [&[0x02, length], sign, digits].concat()
}

#[cfg(test)]
mod tests;
