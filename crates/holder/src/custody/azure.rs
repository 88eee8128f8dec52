//! `azure:VAULT/SECRET`: a secret in Azure Key Vault, through Azure's own library.

mod identity;
mod transport;

use super::cloud::{self, Courier};
use super::{Kept, Means, Store};
use crate::fault::Fault;
use crate::http::{self, Url};
use crate::surroundings::Surroundings;
use azure_core::error::ErrorKind;
use azure_core::http::{ClientOptions, ExponentialRetryOptions, RetryOptions, StatusCode};
use azure_security_keyvault_secrets::models::SetSecretParameters;
use azure_security_keyvault_secrets::{ResourceExt as _, SecretClient, SecretClientOptions};
use futures_util::TryStreamExt as _;
use std::sync::Arc;
use tokio::runtime::Runtime;
use transport::Transport;
use zeroize::Zeroizing;

pub(super) struct Secret<'a> {
    secret: &'a str,
    vault: Vault,
}

impl<'a> Secret<'a> {
    pub(super) fn open(vault: &str, secret: &'a str, means: &Means<'_>) -> Result<Self, Fault> {
        Ok(Self { secret, vault: Vault::open(vault, means.surroundings)? })
    }
}

impl Store for Secret<'_> {
    fn find(&self) -> Result<Option<Kept>, Fault> {
        let asked = async { self.vault.client.get_secret(self.secret, None).await?.into_model() };
        match self.vault.runtime.block_on(asked) {
            Err(error) if error.http_status() == Some(StatusCode::NotFound) => Ok(None),
            Err(error) => Err(fault(&error)),
            Ok(secret) => Ok(secret.value.map(|text| Kept::plain(Zeroizing::new(text.into_bytes())))),
        }
    }

    /// A new version; older ones stay.
    fn replace(&self, pem: &str) -> Result<(), Fault> {
        let secret = SetSecretParameters {
            value: Some(pem.to_owned()),
            content_type: Some("application/x-pem-file".to_owned()),
            ..SetSecretParameters::default()
        };
        let put = async { self.vault.client.set_secret(self.secret, secret.try_into()?, None).await };
        match self.vault.runtime.block_on(put) {
            Err(error) if error.http_status() == Some(StatusCode::Conflict) => Err(Fault::new(
                "a secret of this name was removed from the vault and can still be recovered there",
                "`az keyvault secret purge` ends it for good; or name another secret",
            )),
            answer => answer.map(|_| ()).map_err(|error| fault(&error)),
        }
    }

    /// The vault keeps what was removed for as long as it is set to.
    fn remove(&self) -> Result<(), Fault> {
        let delete = self.vault.client.delete_secret(self.secret, None);
        self.vault.runtime.block_on(delete).map(|_| ()).map_err(|error| fault(&error))
    }
}

/// The secrets of a vault.
pub(super) fn list(vault: &str, means: &Means<'_>) -> Result<Vec<String>, Fault> {
    if vault.is_empty() {
        return Err(Fault::new("no vault is named", "say azure:VAULT"));
    }
    let Vault { client, runtime } = Vault::open(vault, means.surroundings)?;
    let listed = async { client.list_secret_properties(None)?.try_collect::<Vec<_>>().await };
    let secrets = runtime.block_on(listed).map_err(|error| fault(&error))?;
    let names = secrets.iter().filter_map(|secret| Some(secret.resource_id().ok()?.name));
    Ok(names.map(|name| format!("azure:{vault}/{name}")).collect())
}

struct Vault {
    client: SecretClient,
    runtime: Runtime,
}

impl Vault {
    /// An endpoint that was named stands in for the vault: the library takes it for the vault itself, to which it
    /// sends a token over TLS alone.
    fn open(vault: &str, around: &Surroundings) -> Result<Self, Fault> {
        let url =
            if vault.contains("://") { vault.to_owned() } else { format!("https://{vault}.vault.azure.net") };
        let named = around.text("COUNTERFOIL_AZURE_ENDPOINT").map(Url::parse).transpose()?;
        let is_named = named.is_some();
        let transport = Transport::new(Courier::new(around), Url::parse(&url)?, named);
        let client_options = ClientOptions {
            transport: Some(azure_core::http::Transport::new(Arc::new(transport))),
            retry: RetryOptions::exponential(ExponentialRetryOptions {
                max_retries: 2,
                ..Default::default()
            }),
            ..ClientOptions::default()
        };
        let identity = identity::find(around, &client_options, is_named).map_err(|error| fault(&error))?;
        let options = SecretClientOptions {
            client_options,
            verify_challenge_resource: Some(!is_named),
            ..SecretClientOptions::default()
        };
        let client = SecretClient::new(&url, identity, Some(options)).map_err(|error| fault(&error))?;
        Ok(Self { client, runtime: http::runtime()? })
    }
}

fn fault(error: &azure_core::Error) -> Fault {
    if let Some(fault) = cloud::wrapped(error) {
        return fault;
    }
    if let Some(status) = error.http_status() {
        return cloud::answered("Azure", status.into(), &error.to_string());
    }
    // Around what happened first the library only says that it happened.
    let said = cloud::causes(error).last().map(|cause| cloud::line(&cause.to_string())).unwrap_or_default();
    match error.kind() {
        ErrorKind::Credential => Fault::new(format!("Azure gave no token: {said}"), cloud::CHECK_IDENTITY),
        _ => Fault::new(format!("Azure: {said}"), "docs/custody.md says which settings count"),
    }
}
