//! What a provider says of itself and which keys it signs with, asked for and kept a while.

use super::super::fetch::{Asked, FetchFault};
use super::super::keys::Keys;
use super::super::settings::ProviderUrl;
use super::{Provider, SignOnFault};
use serde::Deserialize;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long what a provider says of itself is taken for true.
const KNOWN_FOR: Duration = Duration::from_secs(3600);
/// How often the keys are asked for again because a token names an unknown one.
const KEYS_AGAIN: Duration = Duration::from_secs(60);
/// How long a provider that gave no answer is not asked again: those who wait meanwhile are told at once.
const LEFT_ALONE: Duration = Duration::from_secs(3);
/// What is known of a provider for now.
#[derive(Debug, Default)]
pub(super) struct Known {
    itself: Option<(Arc<Discovered>, Instant)>,
    keys: Option<(Arc<Keys>, Instant)>,
    /// When they were last asked for because of a key that nobody knew.
    asked_again: Option<Instant>,
    failed: Option<(FetchFault, Instant)>,
}

/// What a provider says of itself.
#[derive(Clone, Debug)]
pub(super) struct Discovered {
    pub(super) authorization: ProviderUrl,
    pub(super) token: ProviderUrl,
    keys: ProviderUrl,
    pub(super) takes_basic: bool,
    pub(super) names_itself: bool,
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl Provider {
    pub(super) async fn discovered(&self) -> Result<Arc<Discovered>, SignOnFault> {
        let mut known = self.known.lock().await;
        if let Some((discovered, _)) = known.itself.as_ref().filter(|(_, since)| since.elapsed() < KNOWN_FOR)
        {
            return Ok(Arc::clone(discovered));
        }
        let place = format!("{}/.well-known/openid-configuration", self.issuer().trim_end_matches('/'));
        let url = ProviderUrl::try_from(place.as_str()).map_err(|rule| SignOnFault::Away(rule.to_owned()))?;
        let text = self.asked(&mut known, &url).await?;
        let discovered = Arc::new(self.read(&text)?);
        known.itself = Some((Arc::clone(&discovered), Instant::now()));
        Ok(discovered)
    }

    pub(super) async fn keys(&self, discovered: &Discovered) -> Result<Arc<Keys>, SignOnFault> {
        let mut known = self.known.lock().await;
        if let Some((keys, _)) = known.keys.as_ref().filter(|(_, since)| since.elapsed() < KNOWN_FOR) {
            return Ok(Arc::clone(keys));
        }
        self.keys_now(&mut known, discovered).await
    }

    /// The keys as they are now, if they were not asked for again a moment ago.
    pub(super) async fn keys_again(
        &self,
        discovered: &Discovered,
        old: Arc<Keys>,
    ) -> Result<Arc<Keys>, SignOnFault> {
        let mut known = self.known.lock().await;
        if known.asked_again.is_some_and(|since| since.elapsed() < KEYS_AGAIN) {
            return Ok(known.keys.as_ref().map_or(old, |(keys, _)| Arc::clone(keys)));
        }
        known.asked_again = Some(Instant::now());
        self.keys_now(&mut known, discovered).await
    }

    async fn keys_now(&self, known: &mut Known, discovered: &Discovered) -> Result<Arc<Keys>, SignOnFault> {
        let text = self.asked(known, &discovered.keys).await?;
        let keys = Keys::read(&text).ok_or_else(|| SignOnFault::Away("its keys can't be read".to_owned()))?;
        let keys = Arc::new(keys);
        known.keys = Some((Arc::clone(&keys), Instant::now()));
        Ok(keys)
    }

    async fn asked(&self, known: &mut Known, url: &ProviderUrl) -> Result<bytes::Bytes, SignOnFault> {
        if let Some((fault, _)) = known.failed.as_ref().filter(|(_, since)| since.elapsed() < LEFT_ALONE) {
            return Err(fault.clone().into());
        }
        let asked = self.fetcher.get(Asked { issuer: &self.settings.issuer, url }).await;
        known.failed = asked.as_ref().err().map(|fault| (fault.clone(), Instant::now()));
        Ok(asked?)
    }

    fn read(&self, text: &[u8]) -> Result<Discovered, SignOnFault> {
        let away = |what: &str| SignOnFault::Away(what.to_owned());
        let document: Document =
            serde_json::from_slice(text).map_err(|_| away("what it says of itself can't be read"))?;
        if document.issuer != self.issuer() {
            return Err(away("it calls itself another issuer than the settings do"));
        }
        let url = |text: &str| ProviderUrl::try_from(text).map_err(away);
        let methods = document.token_endpoint_auth_methods_supported;
        Ok(Discovered {
            authorization: url(&document.authorization_endpoint)?,
            token: url(&document.token_endpoint)?,
            keys: url(&document.jwks_uri)?,
            takes_basic: methods.is_none_or(|all| all.iter().any(|method| method == "client_secret_basic")),
            names_itself: document.authorization_response_iss_parameter_supported,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::provider;

    #[test]
    fn a_provider_that_calls_itself_otherwise_is_not_taken() {
        let document = |issuer: &str, token: &str| {
            format!(
                r#"{{"issuer":"{issuer}","authorization_endpoint":"https://id.example/a","token_endpoint":"{token}","jwks_uri":"https://id.example/k"}}"#
            )
        };
        let provider = provider(&[]);
        let good =
            provider.read(document("https://id.example", "https://other.example/t").as_bytes()).unwrap();
        assert!(good.takes_basic && !good.names_itself);
        for (issuer, token) in [
            ("https://id.example/", "https://id.example/t"),
            ("https://evil.example", "https://id.example/t"),
            ("https://id.example", "http://id.example/t"),
            ("https://id.example", "file:///etc/passwd"),
        ] {
            assert!(provider.read(document(issuer, token).as_bytes()).is_err(), "{issuer} {token}");
        }
        assert!(provider.read(b"<html>").is_err());
    }
}
