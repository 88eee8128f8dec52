//! What the App Store signs for an app's own server: transactions, renewal info, notifications, app transactions.
//!
//! [`Unverified`] shows what somebody claims; the way on is [`Unverified::verify`], to whoever gives roots that he
//! trusts. Roots are always given ([`Roots`]); none is built in.
//!
//! Certificates are judged by webpki, which TLS brings along anyway: signatures, dates, basic constraints. What it
//! does not tell is read by hand: the marks that Apple puts into these certificates, and answers on their revocation.

mod certificate;
mod chain;
mod claims;
mod fault;
mod revocation;
mod roots;

pub use claims::{Environment, Kind};
pub use fault::{Place, SignedFault};
pub use revocation::{Ask, Responders, Revocation, RevocationFault};
pub use roots::Roots;

use crate::offers::der_signature;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chain::Chain;
use claims::Claims;
use counterfoil_core::time::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

/// The longest signed data that is read.
pub const LONGEST: usize = 512 * 1024;
/// The members by which signed data stands in signed data, and (below) in answers and posts.
const INNER: [(&str, Kind); 3] = [
    ("signedTransactionInfo", Kind::Transaction),
    ("signedRenewalInfo", Kind::RenewalInfo),
    ("signedAppTransactionInfo", Kind::AppTransaction),
];
const OUTER: [&str; 4] =
    ["signedPayload", "signedTransactionInfo", "signedRenewalInfo", "signedAppTransactionInfo"];

/// What is expected of something that signed data says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected<T> {
    /// Whatever it says, it is not looked at.
    Whatever,
    /// This and nothing else.
    Exactly(T),
}

/// By what signed data is judged.
#[derive(Clone, Copy, Debug)]
pub struct Demand<'d> {
    /// Who is trusted in the end.
    pub roots: &'d Roots,
    /// For which app it is. Renewal info names none, and is not refused for that.
    pub bundle: Expected<&'d str>,
    /// The app's number. Only notifications and app transactions name it, and in the sandbox not even they.
    pub app: Expected<u64>,
    /// From where it comes.
    pub environment: Expected<Environment>,
    /// Whether those who issued its certificates are asked if they revoked them since.
    pub revocation: Revocation<'d>,
    /// The time that it is, for data that does not say when it was signed, and for answers on revocation.
    pub now: Timestamp,
}

/// Signed data that nobody has verified: what it says anybody may have written.
#[derive(Debug)]
pub struct Unverified<'t> {
    signed: &'t str,
    header: Vec<u8>,
    payload: Map<String, Value>,
    signature: Vec<u8>,
}

/// What the App Store said.
#[derive(Clone, Debug, PartialEq)]
pub struct Verified {
    /// What it is. Whoever waits for one kind looks here first: another is as genuine.
    pub kind: Kind,
    /// When it was signed, if it says so.
    pub signed_at: Option<Timestamp>,
    /// What it says.
    pub payload: Map<String, Value>,
    /// What it contains of further signed data, under the names that this has there. All was judged alike.
    pub inner: Vec<(&'static str, Verified)>,
}

impl<'t> Unverified<'t> {
    /// Reads signed data in its compact form.
    ///
    /// # Errors
    /// The first fault of form.
    pub fn read(text: &'t str) -> Result<Self, SignedFault> {
        if text.len() > LONGEST {
            return Err(SignedFault::TooLong);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(SignedFault::NotThreeSegments)?;
        let (header, payload) = signed.split_once('.').ok_or(SignedFault::NotThreeSegments)?;
        if payload.contains('.') {
            return Err(SignedFault::NotThreeSegments);
        }
        let decode =
            |part, text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| SignedFault::NotBase64(part));
        let (header, payload) = (decode("header", header)?, decode("payload", payload)?);
        let payload = serde_json::from_slice(&payload).map_err(|_| SignedFault::NotAnObject("payload"))?;
        Ok(Self { signed, header, payload, signature: decode("signature", signature)? })
    }

    /// What somebody claims.
    #[must_use]
    pub const fn claimed(&self) -> &Map<String, Value> {
        &self.payload
    }

    /// What its header says, which nobody verified either.
    #[must_use]
    pub fn header(&self) -> Value {
        serde_json::from_slice(&self.header).unwrap_or(Value::Null)
    }

    /// What it claims to be.
    #[must_use]
    pub fn kind(&self) -> Kind {
        Claims::of(&self.payload).kind
    }

    /// Security invariants: ES256 and nothing else; three certificates, which lead to a given root; the chain holds on the
    /// day of the signature; both bear Apple's marks; the leaf signed exactly these bytes; it is for
    /// this app and from this environment; if that is asked for, neither certificate is revoked. The same of everything
    /// signed in it.
    ///
    /// # Errors
    /// The first that does not hold.
    pub fn verify(self, demand: &Demand<'_>) -> Result<Verified, SignedFault> {
        let outer = self.verify_one(demand)?;
        let holder = outer.payload.get("data").or_else(|| outer.payload.get("appData"));
        let mut inner = Vec::new();
        for (name, kind) in INNER {
            if let Some(text) = holder.and_then(|holder| holder.get(name)).and_then(Value::as_str) {
                let one = Unverified::read(text)?.verify_one(demand)?;
                inner.push((
                    name,
                    if one.kind == kind { one } else { return Err(SignedFault::OtherKind(name)) },
                ));
            }
        }
        Ok(Verified { inner, ..outer })
    }

    fn verify_one(self, demand: &Demand<'_>) -> Result<Verified, SignedFault> {
        let certificates = Header::read(&self.header)?.certificates()?;
        let signature: [u8; 64] =
            self.signature.as_slice().try_into().map_err(|_| SignedFault::SignatureLength)?;
        let claims = Claims::of(&self.payload);
        let day = demand.day(claims.signed_at);
        let chain = Chain::judge(&certificates, demand.roots, day)?;
        chain.check_signature(self.signed.as_bytes(), &der_signature(&signature))?;
        claims.judge(demand)?;
        demand.check_revocation(&chain)?;
        let (kind, signed_at) = (claims.kind, claims.signed_at);
        Ok(Verified { kind, signed_at, payload: self.payload, inner: Vec::new() })
    }
}

impl Demand<'_> {
    /// The day on which the chain must hold.
    fn day(&self, signed_at: Option<Timestamp>) -> Timestamp {
        match self.revocation {
            Revocation::NotAsked => signed_at.unwrap_or(self.now),
            Revocation::Asked(_) => self.now,
        }
    }

    fn check_revocation(&self, chain: &Chain<'_>) -> Result<(), SignedFault> {
        match self.revocation {
            Revocation::NotAsked => Ok(()),
            Revocation::Asked(means) => {
                chain.revocable().into_iter().try_for_each(|one| revocation::check(one, means, self.now))
            }
        }
    }
}

/// The signed data in a text: the text itself, or what a JSON object has under the one name that such data has in
/// posts and answers.
///
/// # Errors
/// It is an object without any, or with several.
pub fn found_in(text: &str) -> Result<String, SignedFault> {
    let text = text.trim();
    if text.len() > LONGEST {
        return Err(SignedFault::TooLong);
    }
    if !text.starts_with('{') {
        return Ok(text.to_owned());
    }
    let object: Map<String, Value> =
        serde_json::from_str(text).map_err(|_| SignedFault::NotAnObject("text"))?;
    let mut found = OUTER.iter().filter_map(|name| object.get(*name)?.as_str());
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one.to_owned()),
        _ => Err(SignedFault::NotOne),
    }
}

/// What a header may say. Whatever would change how it is read, or bring another key, is refused; `kid` and `typ` say
/// nothing here. No member may come twice.
#[derive(Deserialize)]
struct Header {
    alg: String,
    x5c: Option<Vec<String>>,
    crit: Option<IgnoredAny>,
    b64: Option<IgnoredAny>,
    jwk: Option<IgnoredAny>,
    jku: Option<IgnoredAny>,
    x5u: Option<IgnoredAny>,
}

impl Header {
    fn read(bytes: &[u8]) -> Result<Self, SignedFault> {
        let header: Self = serde_json::from_slice(bytes).map_err(|_| SignedFault::NotAnObject("header"))?;
        if header.alg != "ES256" {
            return Err(SignedFault::Algorithm);
        }
        let refused = [
            ("crit", &header.crit),
            ("b64", &header.b64),
            ("jwk", &header.jwk),
            ("jku", &header.jku),
            ("x5u", &header.x5u),
        ];
        match refused.iter().find(|(_, value)| value.is_some()) {
            Some((name, _)) => Err(SignedFault::Member(name)),
            None => Ok(header),
        }
    }

    /// The first two. The third should be a root; it is not asked, since who is trusted is not the stranger's to say.
    fn certificates(&self) -> Result<[Vec<u8>; 2], SignedFault> {
        let texts = self.x5c.as_deref().unwrap_or_default();
        let [leaf, intermediate, _root] = texts else { return Err(SignedFault::ChainLength(texts.len())) };
        let decode =
            |text: &String, place| STANDARD.decode(text).map_err(|_| SignedFault::Certificate(place));
        Ok([decode(leaf, Place::Leaf)?, decode(intermediate, Place::Intermediate)?])
    }
}

#[cfg(test)]
mod tests;
