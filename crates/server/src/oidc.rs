//! Signing in by another provider: OpenID Connect, the code flow with PKCE.
//!
//! Written here rather than taken from a crate: what is needed is a hundred lines of rules, and the crates bring a
//! second cryptography along. What must hold:
//!
//! - Only providers that the settings name are spoken to, over https (http at this machine alone). No redirect is
//!   followed, every answer is bounded in bytes and time, and what a provider's own words lead to must have a public
//!   address, unless it is the issuer's own host.
//! - `state`, `nonce` and the PKCE verifier are brought forth from a random name by a key of ours; the name is in a
//!   cookie of the browser that begins, so another browser can't end what this one began, nor this one what
//!   another did. Each comes back once ([`attempt`]).
//! - The provider's own way back and its `iss` must be the one that was gone to: answers of one provider are never
//!   taken to another (mix-up).
//! - An ID token counts only with a signature of the issuer's keys by an asymmetric algorithm, for us, now, and with
//!   the nonce of this attempt ([`id_token`]).
//! - Who somebody is, is (issuer, subject). An address is only ever a hint, and proven only if the provider says so
//!   and the settings trust it for that domain.

mod address;
mod attempt;
mod fetch;
mod id_token;
mod keys;
mod provider;
mod settings;

pub(crate) use attempt::{Attempt, Purpose};
pub(crate) use id_token::Identity;
pub(crate) use provider::{Provider, SignOnFault, plain};
pub use settings::{ProviderFault, ProviderSettings, ProviderUrl};

use fetch::Fetcher;
use std::sync::Arc;

/// The providers that people may sign in by.
#[derive(Debug)]
pub struct SignOn {
    providers: Vec<Provider>,
}

impl SignOn {
    /// These providers, none of which has been asked anything yet.
    ///
    /// # Errors
    /// If two can't be told apart, or https can't be spoken.
    pub fn new(settings: Vec<ProviderSettings>, public_url: &str) -> Result<Self, ProviderFault> {
        settings::tell_apart(&settings)?;
        let fetcher = Arc::new(Fetcher::new(&settings)?);
        let provider = |settings| Provider::new(settings, public_url, Arc::clone(&fetcher));
        Ok(Self { providers: settings.into_iter().map(provider).collect() })
    }

    /// All of them, in the order of the settings.
    pub(crate) fn providers(&self) -> &[Provider] {
        &self.providers
    }

    /// The provider that is called so in paths.
    pub(crate) fn called(&self, slug: &str) -> Option<&Provider> {
        self.providers.iter().find(|provider| provider.slug() == slug)
    }

    /// The provider with this issuer.
    pub(crate) fn of_issuer(&self, issuer: &str) -> Option<&Provider> {
        self.providers.iter().find(|provider| provider.issuer() == issuer)
    }
}
