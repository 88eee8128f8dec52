//! Who calls Azure: an app's secret or a federated token, a managed identity, or whoever signed in with `az`.

use super::super::cloud;
use crate::fault::Fault;
use crate::http::{Call, Client, Url};
use crate::surroundings::Surroundings;
use serde_json::Value;
use std::process::{Command, Stdio};
use zeroize::Zeroizing;

const RESOURCE: &str = "https://vault.azure.net";
const SCOPE: &str = "https://vault.azure.net/.default";
const IN_MACHINE: &str = "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01";
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A token for key vaults. What is `nearby` is asked last.
pub(super) fn token(
    client: &Client,
    around: &Surroundings,
    nearby: bool,
) -> Result<Zeroizing<String>, Fault> {
    let text = |name: &str| around.text(name);
    if let (Some(tenant), Some(app)) = (text("AZURE_TENANT_ID"), text("AZURE_CLIENT_ID")) {
        let authority = text("AZURE_AUTHORITY_HOST").unwrap_or("https://login.microsoftonline.com");
        let url = format!("{}/{tenant}/oauth2/v2.0/token", authority.trim_end_matches('/'));
        let common = [("grant_type", "client_credentials"), ("client_id", app), ("scope", SCOPE)];
        if let Some(secret) = text("AZURE_CLIENT_SECRET") {
            return cloud::exchange(client, &url, &[&common[..], &[("client_secret", secret)]].concat());
        }
        if let Some(file) = text("AZURE_FEDERATED_TOKEN_FILE") {
            let token = cloud::file(around, file)?;
            let own = [("client_assertion_type", ASSERTION), ("client_assertion", token.trim())];
            return cloud::exchange(client, &url, &[&common[..], &own].concat());
        }
    }
    let found = of_app_service(client, around)
        .or_else(|| nearby.then(|| of_machine(around).or_else(of_az)).flatten());
    found.ok_or_else(|| {
        Fault::new(
            "there is no identity for Azure",
            "run `az login`, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET",
        )
    })
}

/// App Service, Functions and Container Apps.
fn of_app_service(client: &Client, around: &Surroundings) -> Option<Zeroizing<String>> {
    let (endpoint, header) = (around.text("IDENTITY_ENDPOINT")?, around.text("IDENTITY_HEADER")?);
    let url =
        format!("{endpoint}?api-version=2019-08-01&resource={}{}", cloud::encoded(RESOURCE), app(around));
    let mut call = Call::new("GET", Url::parse(&url).ok()?);
    call.headers.push(("x-identity-header".into(), header.into()));
    cloud::token(&client.send(&call).ok()?)
}

fn of_machine(around: &Surroundings) -> Option<Zeroizing<String>> {
    let url = format!("{IN_MACHINE}&resource={}{}", cloud::encoded(RESOURCE), app(around));
    let mut call = Call::new("GET", Url::parse(&url).ok()?);
    call.headers.push(("metadata".into(), "true".into()));
    cloud::token(&cloud::nearby().ok()?.send(&call).ok()?)
}

/// Which of several identities is meant.
fn app(around: &Surroundings) -> String {
    around
        .text("AZURE_CLIENT_ID")
        .map(|app| format!("&client_id={}", cloud::encoded(app)))
        .unwrap_or_default()
}

fn of_az() -> Option<Zeroizing<String>> {
    let output = Command::new("az")
        .args(["account", "get-access-token", "--output", "json", "--resource", RESOURCE])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .ok()?;
    let body: Value = serde_json::from_slice(&Zeroizing::new(output.stdout)).ok()?;
    body["accessToken"].as_str().map(|token| Zeroizing::new(token.to_owned()))
}
