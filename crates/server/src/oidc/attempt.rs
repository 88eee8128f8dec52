//! One attempt to sign in by a provider, from the way there to the way back.
//!
//! All of it is in a cookie of the browser, authenticated by a key of ours: who begins a thousand attempts fills no
//! table here, and any server takes any attempt back. `state`, `nonce` and the PKCE verifier are made of its random
//! name by that key, so that none of them is in the cookie, and whoever reads it on the way learns none.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use counterfoil_authority::{Authority, Failure};
use counterfoil_core::id::PersonId;
use counterfoil_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long somebody may take at the provider.
const LIFETIME: Duration = Duration::from_secs(15 * 60);
/// The longest cookie that is looked at.
const LONGEST: usize = 3_000;

/// An attempt that was begun here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attempt {
    name: [u8; 32],
    /// By which provider: its name in paths.
    pub(crate) provider: String,
    /// What for.
    pub(crate) purpose: Purpose,
    begun_at: i64,
}

/// What somebody goes to a provider for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Purpose {
    /// To sign in, and go on to this place.
    SignIn { to: String },
    /// To prove once more to be this person, and go on to this place.
    StepUp { person: PersonId, to: String },
    /// To let an account there sign this person in from now on, and go on to this place.
    Link { person: PersonId, to: String },
}

impl Attempt {
    /// A new one.
    ///
    /// # Errors
    /// If the machine has no randomness.
    pub(crate) fn begin(authority: &Authority, provider: &str, purpose: Purpose) -> Result<Self, Failure> {
        let name = authority.sign_on_name()?;
        Ok(Self { name, provider: provider.to_owned(), purpose, begun_at: authority.now().as_millis() })
    }

    /// What the browser keeps of it.
    pub(crate) fn to_cookie(&self, authority: &Authority) -> Option<String> {
        let text = URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).ok()?);
        let code = URL_SAFE_NO_PAD.encode(authority.sign_on_code("attempt", text.as_bytes()));
        Some(format!("{text}.{code}")).filter(|cookie| cookie.len() <= LONGEST)
    }

    /// The attempt in a cookie; nothing, unless it was begun here and not long ago.
    pub(crate) fn of_cookie(authority: &Authority, cookie: &str) -> Option<Self> {
        let (text, code) = cookie.split_once('.').filter(|_| cookie.len() <= LONGEST)?;
        let code = URL_SAFE_NO_PAD.decode(code).ok()?;
        let ours = authority.sign_on_code("attempt", text.as_bytes());
        verify_slices_are_equal(&ours, &code).ok()?;
        let attempt: Self = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        (attempt.begun_at() <= authority.now() && authority.now() < attempt.expires_at()).then_some(attempt)
    }

    /// Since when.
    pub(crate) const fn begun_at(&self) -> Timestamp {
        Timestamp::from_millis(self.begun_at)
    }

    /// Until when it may come back.
    pub(crate) fn expires_at(&self) -> Timestamp {
        self.begun_at().plus(LIFETIME)
    }

    /// Whether this is its `state`.
    pub(crate) fn is_state(&self, authority: &Authority, shown: &str) -> bool {
        verify_slices_are_equal(self.state(authority).as_bytes(), shown.as_bytes()).is_ok()
    }

    /// Notes that it has come back; `false` if it had before.
    ///
    /// # Errors
    /// If the store did not take it.
    pub(crate) async fn comes_back(&self, authority: &Authority) -> Result<bool, Failure> {
        authority.sign_on_comes_back(&self.name, self.expires_at()).await
    }

    pub(super) fn state(&self, authority: &Authority) -> String {
        self.made("state", authority)
    }

    pub(super) fn nonce(&self, authority: &Authority) -> String {
        self.made("nonce", authority)
    }

    /// The verifier of PKCE: 43 characters of 256 bits.
    pub(super) fn verifier(&self, authority: &Authority) -> String {
        self.made("verifier", authority)
    }

    fn made(&self, what: &str, authority: &Authority) -> String {
        URL_SAFE_NO_PAD.encode(authority.sign_on_code(what, &self.name))
    }
}

impl Purpose {
    /// Who began it, if somebody was signed in.
    pub(crate) const fn person(&self) -> Option<PersonId> {
        match self {
            Self::SignIn { .. } => None,
            Self::StepUp { person, .. } | Self::Link { person, .. } => Some(*person),
        }
    }

    /// Whether the provider must ask its visitor anew.
    pub(super) const fn asks_anew(&self) -> bool {
        matches!(self, Self::StepUp { .. })
    }
}
