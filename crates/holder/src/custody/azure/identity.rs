//! Who calls Azure: an app's secret or a federated token, a managed identity, or whoever signed in with `az` or `azd`.

use crate::fault::Fault;
use crate::surroundings::Surroundings;
use async_trait::async_trait;
use azure_core::Result;
use azure_core::credentials::{AccessToken, Secret, TokenCredential, TokenRequestOptions};
use azure_core::error::{Error, ErrorKind};
use azure_core::http::ClientOptions;
use azure_core::time::{Duration, OffsetDateTime};
use azure_identity::{
    ClientAssertionCredentialOptions, ClientSecretCredential, ClientSecretCredentialOptions,
    DeveloperToolsCredential, ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId,
    WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use std::sync::Arc;

/// The identity that the variables name; if they name none, whichever there is, or nobody where one `may_be_absent`.
pub(super) fn find(
    around: &Surroundings,
    options: &ClientOptions,
    may_be_absent: bool,
) -> Result<Arc<dyn TokenCredential>> {
    let text = |name: &str| around.text(name).map(str::to_owned);
    let (tenant, app) = (text("AZURE_TENANT_ID"), text("AZURE_CLIENT_ID"));
    if let (Some(tenant), Some(app)) = (&tenant, &app) {
        if let Some(secret) = text("AZURE_CLIENT_SECRET") {
            let options = ClientSecretCredentialOptions { client_options: options.clone() };
            return Ok(ClientSecretCredential::new(tenant, app.clone(), Secret::new(secret), Some(options))?);
        }
        if let Some(file) = text("AZURE_FEDERATED_TOKEN_FILE") {
            let client_options = options.clone();
            return Ok(WorkloadIdentityCredential::new(Some(WorkloadIdentityCredentialOptions {
                credential_options: ClientAssertionCredentialOptions { client_options },
                client_id: Some(app.clone()),
                tenant_id: Some(tenant.clone()),
                token_file_path: Some(around.path(file)),
            }))?);
        }
    }
    if may_be_absent {
        return Ok(Arc::new(Nobody));
    }
    let managed = ManagedIdentityCredential::new(Some(ManagedIdentityCredentialOptions {
        user_assigned_id: app.map(UserAssignedId::ClientId),
        client_options: options.clone(),
    }));
    let managed = managed.ok().map(|managed| managed as Arc<dyn TokenCredential>);
    let sources =
        managed.into_iter().chain([DeveloperToolsCredential::new(None)? as Arc<dyn TokenCredential>]);
    Ok(Arc::new(FirstThatGives { sources: sources.collect() }))
}

/// Nobody in particular, for an endpoint that asks nobody who he is.
#[derive(Debug)]
struct Nobody;

#[async_trait]
impl TokenCredential for Nobody {
    async fn get_token(&self, _: &[&str], _: Option<TokenRequestOptions<'_>>) -> Result<AccessToken> {
        Ok(AccessToken::new("nobody", OffsetDateTime::now_utc() + Duration::hours(1)))
    }
}

/// Asks one after the other.
#[derive(Debug)]
struct FirstThatGives {
    sources: Vec<Arc<dyn TokenCredential>>,
}

#[async_trait]
impl TokenCredential for FirstThatGives {
    async fn get_token(
        &self,
        scopes: &[&str],
        options: Option<TokenRequestOptions<'_>>,
    ) -> Result<AccessToken> {
        for source in &self.sources {
            if let Ok(token) = source.get_token(scopes, options.clone()).await {
                return Ok(token);
            }
        }
        Err(Error::new(
            ErrorKind::Credential,
            Fault::new(
                "there is no identity for Azure",
                "run `az login`, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET",
            ),
        ))
    }
}
