//! Tokens: from a stranger's text to a token that is genuine, fresh, for us and short enough.
//!
//! There is one way: [`UnverifiedToken`] yields only what finds the key; [`UnverifiedToken::verify`]
//! proves the holder; [`SignedToken::judge`] judges the claims against a [`Demand`], and only then is
//! there a [`VerifiedToken`]. No step can be left out, for each consumes the one before.

mod claims;
mod date;
mod explain;
mod fault;
mod rules;

pub use explain::{Check, CheckName};
pub use fault::TokenFault;
pub use rules::{Demand, PossessionDemand};

use crate::half::{Thumbprint, VerifyingHalf};
use crate::id::{BundleId, KeyId};
use crate::jws::{Jws, Kid};
use crate::scope::Scope;
use crate::time::Timestamp;
use claims::{Claim, Claims};
use std::fmt;

/// A well-formed token that anybody may have written.
pub struct UnverifiedToken<'t> {
    jws: Jws<'t>,
    claims: Claims,
}

/// What names the key of a token that ends or reports a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// `kid` in the header.
    Id(KeyId),
    /// The claim `jkt`, where the key id is not known.
    Thumbprint(Thumbprint),
}

impl<'t> UnverifiedToken<'t> {
    /// Reads `token`, the text after `Bearer `.
    ///
    /// # Errors
    /// The first fault of form.
    pub fn parse(token: &'t str) -> Result<Self, TokenFault> {
        let jws = Jws::parse(token)?;
        let claims = Claims::read(jws.payload())?;
        Ok(Self { jws, claims })
    }

    /// The key that is said to have signed `token`, of which only the header is read if that says so.
    ///
    /// # Errors
    /// What [`Self::parse`] or [`Self::key_id`] finds wrong with it.
    pub fn key_named_by(token: &'t str) -> Result<KeyId, TokenFault> {
        match Jws::kid_in_header(token) {
            Ok(Kid::Id(id)) => Ok(id),
            _ => Self::parse(token)?.key_id(),
        }
    }

    /// The key that is said to have signed this.
    ///
    /// # Errors
    /// [`TokenFault::KeyIdMissing`], [`TokenFault::KeyIdMalformed`].
    pub fn key_id(&self) -> Result<KeyId, TokenFault> {
        match self.jws.kid() {
            Kid::Id(id) => Ok(*id),
            Kid::Absent => Err(TokenFault::KeyIdMissing),
            Kid::OtherText(_) | Kid::NotText => Err(TokenFault::KeyIdMalformed),
        }
    }

    /// `kid` as it stands in the header, for whoever explains why it finds nothing.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        match self.jws.kid() {
            Kid::Id(id) => Some(id.as_str()),
            Kid::OtherText(text) => Some(text),
            Kid::Absent | Kid::NotText => None,
        }
    }

    /// What names the key of a `counterfoil-burn` or `counterfoil-leak` token: `kid`, else `jkt`.
    ///
    /// # Errors
    /// [`TokenFault::KeyIdMissing`] if both are absent, or that the one that counts is malformed.
    pub fn naming(&self) -> Result<Naming, TokenFault> {
        match (self.key_id(), &self.claims.thumbprint) {
            (Err(TokenFault::KeyIdMissing), Claim::Is(thumbprint)) => Ok(Naming::Thumbprint(*thumbprint)),
            (Err(TokenFault::KeyIdMissing), Claim::Malformed(_)) => Err(TokenFault::ThumbprintMalformed),
            (id, _) => id.map(Naming::Id),
        }
    }

    /// Proves that the holder of `half` made this token.
    ///
    /// # Errors
    /// [`TokenFault::SignatureWrong`].
    pub fn verify(self, half: &VerifyingHalf) -> Result<SignedToken, TokenFault> {
        if self.jws.is_signed_by(half) {
            Ok(SignedToken { claims: self.claims })
        } else {
            Err(TokenFault::SignatureWrong)
        }
    }
}

/// Shows nothing: a token is a secret while it lasts.
impl fmt::Debug for UnverifiedToken<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("[unverified token]")
    }
}

/// A token whose maker holds the private half of the key. What it claims is not judged yet.
pub struct SignedToken {
    claims: Claims,
}

impl SignedToken {
    /// Judges every claim; the first that fails refuses the token.
    ///
    /// # Errors
    /// The first failing check's fault, in the order of [`CheckName::ALL`].
    pub fn judge(self, demand: &Demand<'_>) -> Result<VerifiedToken, TokenFault> {
        for rule in rules::ALL {
            if let rules::Ruling::Broken(fault) = rule(&self.claims, demand) {
                return Err(fault);
            }
        }
        VerifiedToken::of(self.claims, demand)
    }

    /// Judges every claim by itself, for the holder's eyes: the same rules as [`Self::judge`], each
    /// with what was expected, what was found and the likely mistake.
    #[must_use]
    pub fn checks(&self, demand: &Demand<'_>) -> [Check; CheckName::ALL.len()] {
        std::array::from_fn(|at| {
            explain::check(CheckName::ALL[at], rules::ALL[at](&self.claims, demand), &self.claims, demand)
        })
    }

    /// What `scope` leaves, whatever else is claimed; `None` if it is malformed. For the holder's eyes.
    #[must_use]
    pub fn scope(&self) -> Option<TokenScope> {
        match &self.claims.scope {
            Claim::Absent => Some(TokenScope::Whole),
            Claim::Is(scope) => Some(TokenScope::Limited(scope.clone())),
            Claim::Malformed(_) => None,
        }
    }

    /// Judges a token that only shows possession, to end or report a key: audience and expiry.
    ///
    /// # Errors
    /// The first fault.
    pub fn judge_possession(&self, demand: &PossessionDemand<'_>) -> Result<(), TokenFault> {
        rules::possession(&self.claims, demand)
    }
}

impl fmt::Debug for SignedToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("[signed token]")
    }
}

/// A token that is genuine, fresh, for us and short enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedToken {
    /// From when on it is good, and until before when.
    good: (Timestamp, Timestamp),
    expires: Timestamp,
    issued: Option<Timestamp>,
    scope: TokenScope,
    bundle: Option<BundleId>,
}

/// How a verified token stands to a moment other than the one it was judged at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timeliness {
    /// It keeps every rule of time.
    Good,
    /// It has expired.
    Over,
    /// It was made later, or lasts too long seen from there: the clock has stepped back.
    Early,
}

/// What a token leaves of what its key may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenScope {
    /// All of it: the token has no `scope`.
    Whole,
    /// Only requests that an entry covers; of an empty scope, none.
    Limited(Scope),
}

impl VerifiedToken {
    /// When it expires; until then it may be used again and again.
    #[must_use]
    pub const fn expires(&self) -> Timestamp {
        self.expires
    }

    /// How it stands to `now`. Of all that a token is judged by, time alone can change.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> Timeliness {
        let (from, until) = self.good;
        if now >= until {
            Timeliness::Over
        } else if now < from {
            Timeliness::Early
        } else {
            Timeliness::Good
        }
    }

    /// When it stops being good: its expiry and the leeway.
    #[must_use]
    pub const fn good_until(&self) -> Timestamp {
        self.good.1
    }

    /// When it says it was issued.
    #[must_use]
    pub const fn issued(&self) -> Option<Timestamp> {
        self.issued
    }

    /// What it leaves of what its key may do.
    #[must_use]
    pub const fn scope(&self) -> &TokenScope {
        &self.scope
    }

    /// The app it is for, if its kind of key names one.
    #[must_use]
    pub const fn bundle(&self) -> Option<&BundleId> {
        self.bundle.as_ref()
    }

    /// Of claims that broke no rule. The arms that refuse are there so that no rule left out could
    /// ever turn an absence into a grant.
    fn of(claims: Claims, demand: &Demand<'_>) -> Result<Self, TokenFault> {
        let Claim::Is(expires) = claims.expiry else { return Err(TokenFault::ExpiryMissing) };
        let good = rules::stretch(&claims, demand, expires);
        let scope = match claims.scope {
            Claim::Absent => TokenScope::Whole,
            Claim::Is(scope) => TokenScope::Limited(scope),
            Claim::Malformed(_) => return Err(TokenFault::ScopeMalformed),
        };
        let bundle = match claims.bundle {
            Claim::Is(bundle) if demand.claims.names_bundle => {
                Some(BundleId::try_from(bundle.as_ref()).map_err(|_| TokenFault::BundleMalformed)?)
            }
            _ => None,
        };
        let Claim::Is(issued) = claims.issued_at else {
            return Ok(Self { good, expires, issued: None, scope, bundle });
        };
        Ok(Self { good, expires, issued: Some(issued), scope, bundle })
    }
}
