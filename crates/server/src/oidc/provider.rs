//! One provider: the way there, and what a way back is worth.

mod known;

use super::attempt::Attempt;
use super::fetch::{Asked, FetchFault, Fetcher};
use super::id_token::{Demand, Identity, TokenFault, verified};
use super::settings::ProviderSettings;
use crate::query::encoded;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use counterfoil_authority::{Authority, Failure};
use http::{HeaderValue, StatusCode};
use known::{Discovered, Known};
use serde::Deserialize;
use std::sync::Arc;
use tokio::sync::Mutex;

/// The longest code that is taken.
const LONGEST_CODE: usize = 4_096;

/// Why somebody could not be signed in by a provider. Its words are for the log; people are told less.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum SignOnFault {
    /// It can't be asked, or gives no good answer.
    #[error("the provider gives no good answer: {0}")]
    Away(String),
    /// It says no.
    #[error("the provider refuses: {0}")]
    Refused(String),
    /// The answer is another provider's.
    #[error("the answer comes from another provider than was asked")]
    MixedUp,
    /// What it says of its visitor is not to be believed.
    #[error("the provider's token was not taken: {0}")]
    Token(#[from] TokenFault),
    /// It is our fault.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl From<FetchFault> for SignOnFault {
    fn from(fault: FetchFault) -> Self {
        Self::Away(fault.to_string())
    }
}

/// A provider.
#[derive(Debug)]
pub(crate) struct Provider {
    settings: ProviderSettings,
    slug: String,
    way_back: String,
    fetcher: Arc<Fetcher>,
    known: Mutex<Known>,
}

#[derive(Deserialize)]
struct TokenAnswer {
    id_token: Option<String>,
    error: Option<String>,
}

impl Provider {
    pub(super) fn new(settings: ProviderSettings, public_url: &str, fetcher: Arc<Fetcher>) -> Self {
        let slug = settings.slug();
        let way_back = format!("{}/sign-in/with/{slug}/callback", public_url.trim_end_matches('/'));
        Self { settings, slug, way_back, fetcher, known: Mutex::default() }
    }

    /// What people know it by.
    pub(crate) fn name(&self) -> &str {
        &self.settings.name
    }

    /// What it is called in paths.
    pub(crate) fn slug(&self) -> &str {
        &self.slug
    }

    /// What it calls itself.
    pub(crate) fn issuer(&self) -> &str {
        self.settings.issuer.as_str()
    }

    /// Whether an address counts as proven: the provider says that it has proven it, and the settings trust it for
    /// that domain.
    pub(crate) fn proves_address(&self, identity: &Identity) -> bool {
        let domain =
            identity.email.as_deref().and_then(|email| email.rsplit_once('@')).map(|(_, domain)| domain);
        let is_trusted = |domain: &str| {
            self.settings.trusted_domains.iter().any(|trusted| trusted.eq_ignore_ascii_case(domain))
        };
        identity.email_verified && domain.is_some_and(is_trusted)
    }

    /// Where the browser goes.
    ///
    /// # Errors
    /// If the provider does not say where.
    pub(crate) async fn way_there(
        &self,
        authority: &Authority,
        attempt: &Attempt,
    ) -> Result<String, SignOnFault> {
        let discovered = self.discovered().await?;
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, attempt.verifier(authority).as_bytes()));
        let scope = ["openid"].into_iter().chain(self.settings.scopes.iter().map(String::as_str));
        let mut fields = vec![
            ("response_type", "code".to_owned()),
            ("client_id", self.settings.client_id.clone()),
            ("redirect_uri", self.way_back.clone()),
            ("scope", scope.collect::<Vec<_>>().join(" ")),
            ("state", attempt.state(authority)),
            ("nonce", attempt.nonce(authority)),
            ("code_challenge", challenge),
            ("code_challenge_method", "S256".to_owned()),
        ];
        if attempt.purpose.asks_anew() {
            fields.extend([("prompt", "login".to_owned()), ("max_age", "0".to_owned())]);
        }
        let place = discovered.authorization.as_str();
        let joint = if place.contains('?') { '&' } else { '?' };
        Ok(format!("{place}{joint}{}", form(&fields)))
    }

    /// Who came back with this code. `named` is what the answer calls its issuer, if it does.
    ///
    /// # Errors
    /// If the answer is another's, the provider does not take the code, or what it says of its visitor is not to be
    /// believed.
    pub(crate) async fn identity(
        &self,
        authority: &Authority,
        attempt: &Attempt,
        code: &str,
        named: Option<&str>,
    ) -> Result<Identity, SignOnFault> {
        let discovered = self.discovered().await?;
        let is_it = named.map_or(!discovered.names_itself, |named| named == self.issuer());
        if !is_it || attempt.provider != self.slug {
            return Err(SignOnFault::MixedUp);
        }
        let token = self.token_for(&discovered, code, &attempt.verifier(authority)).await?;
        let nonce = attempt.nonce(authority);
        let demand = Demand {
            issuer: self.issuer(),
            client_id: &self.settings.client_id,
            nonce: &nonce,
            now: authority.now(),
            authenticated_since: attempt.purpose.asks_anew().then(|| attempt.begun_at()),
        };
        self.believed(&discovered, &token, &demand).await
    }

    async fn token_for(
        &self,
        discovered: &Discovered,
        code: &str,
        verifier: &str,
    ) -> Result<String, SignOnFault> {
        if !(1..=LONGEST_CODE).contains(&code.len()) {
            return Err(SignOnFault::Refused("no code".to_owned()));
        }
        let mut fields = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.to_owned()),
            ("redirect_uri", self.way_back.clone()),
            ("code_verifier", verifier.to_owned()),
        ];
        let authorization = self.authorization(discovered, &mut fields);
        let asked = Asked { issuer: &self.settings.issuer, url: &discovered.token };
        let (status, body) = self.fetcher.post(asked, form(&fields), authorization).await?;
        let answer: Option<TokenAnswer> = serde_json::from_slice(&body).ok();
        let error = answer.as_ref().and_then(|answer| answer.error.as_deref()).map(plain);
        match (answer.and_then(|answer| answer.id_token), error) {
            (Some(token), None) if status == StatusCode::OK => Ok(token),
            (_, Some(error)) => Err(SignOnFault::Refused(error)),
            (_, None) => Err(SignOnFault::Away(format!("status {} without a token", status.as_u16()))),
        }
    }

    /// What proves us: in the header where the provider takes that, else among the fields.
    fn authorization(
        &self,
        discovered: &Discovered,
        fields: &mut Vec<(&'static str, String)>,
    ) -> Option<HeaderValue> {
        let id = &self.settings.client_id;
        match &self.settings.client_secret {
            Some(secret) if discovered.takes_basic => {
                let pair = format!("{}:{}", encoded(id), encoded(secret));
                HeaderValue::try_from(format!("Basic {}", STANDARD.encode(pair))).ok()
            }
            Some(secret) => {
                fields.extend([("client_id", id.clone()), ("client_secret", secret.to_string())]);
                None
            }
            None => {
                fields.push(("client_id", id.clone()));
                None
            }
        }
    }

    /// A key that nobody knows may be a new one: then the keys are asked for again, but not for every token.
    async fn believed(
        &self,
        discovered: &Discovered,
        token: &str,
        demand: &Demand<'_>,
    ) -> Result<Identity, SignOnFault> {
        let keys = self.keys(discovered).await?;
        match verified(token, &keys, demand) {
            Err(TokenFault::UnknownKey) => {
                let keys = self.keys_again(discovered, keys).await?;
                Ok(verified(token, &keys, demand)?)
            }
            found => Ok(found?),
        }
    }
}

/// What a provider calls an error, if it is one of its words and no more.
pub(crate) fn plain(error: &str) -> String {
    let good = (1..=60).contains(&error.len())
        && error.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if good { error.to_owned() } else { "without a reason".to_owned() }
}

fn form(fields: &[(&str, String)]) -> String {
    fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::SignOn;

    pub(super) fn provider(trusted: &[&str]) -> Provider {
        let settings = ProviderSettings {
            name: "Example".into(),
            issuer: "https://id.example".try_into().unwrap(),
            client_id: "us".into(),
            client_secret: None,
            scopes: vec!["email".into()],
            trusted_domains: trusted.iter().map(|domain| (*domain).to_owned()).collect(),
            authorities: None,
        };
        SignOn::new(vec![settings], "https://keys.example").unwrap().providers.pop().unwrap()
    }

    #[test]
    fn an_address_is_proven_by_a_provider_that_is_trusted_for_its_domain() {
        let provider = provider(&["Example.com"]);
        for (email, email_verified, proven) in [
            (Some("ada@example.com"), true, true),
            (Some("ada@EXAMPLE.com"), true, true),
            (Some("ada@example.com"), false, false),
            (Some("ada@sub.example.com"), true, false),
            (Some("ada@example.com.evil.example"), true, false),
            (Some("example.com"), true, false),
            (None, true, false),
        ] {
            let identity = Identity {
                issuer: String::new(),
                subject: "ada".into(),
                email: email.map(str::to_owned),
                email_verified,
            };
            assert_eq!(provider.proves_address(&identity), proven, "{email:?}");
        }
    }

    #[test]
    fn a_providers_error_is_a_word_or_nothing() {
        assert_eq!(plain("access_denied"), "access_denied");
        for text in ["", "<script>", "Access denied", &"a".repeat(61)] {
            assert_eq!(plain(text), "without a reason");
        }
    }
}
