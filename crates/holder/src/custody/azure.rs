//! `azure:VAULT/SECRET`: a secret in Azure Key Vault.

mod identity;

use super::{Kept, Means, Store, cloud};
use crate::fault::Fault;
use crate::http::{Answer, Call, Client, Url};
use crate::surroundings::Surroundings;
use serde_json::{Value, json};
use zeroize::Zeroizing;

const VERSION: &str = "api-version=7.4";
const CLOUD: &str = "Azure";

pub(super) struct Secret<'a> {
    secret: &'a str,
    vault: Vault,
}

impl<'a> Secret<'a> {
    pub(super) fn open(vault: &str, secret: &'a str, means: &Means<'_>) -> Result<Self, Fault> {
        Ok(Self { secret, vault: Vault::open(vault, means.surroundings)? })
    }

    fn path(&self) -> String {
        format!("/secrets/{}?{VERSION}", self.secret)
    }
}

impl Store for Secret<'_> {
    fn find(&self) -> Result<Option<Kept>, Fault> {
        let answer = self.vault.call("GET", &self.path(), None)?;
        if answer.status == 404 {
            return Ok(None);
        }
        let body = cloud::success(&answer, CLOUD)?;
        let text = body["value"].as_str().map(|text| text.as_bytes().to_vec());
        Ok(text.map(|bytes| Kept::plain(Zeroizing::new(bytes))))
    }

    /// A new version; older ones stay.
    fn replace(&self, pem: &str) -> Result<(), Fault> {
        let body = json!({ "value": pem, "contentType": "application/x-pem-file" });
        let answer = self.vault.call("PUT", &self.path(), Some(&body))?;
        if answer.status == 409 {
            return Err(Fault::new(
                "a secret of this name was removed from the vault and can still be recovered there",
                "`az keyvault secret purge` ends it for good; or name another secret",
            ));
        }
        cloud::success(&answer, CLOUD).map(|_| ())
    }

    /// The vault keeps what was removed for as long as it is set to.
    fn remove(&self) -> Result<(), Fault> {
        cloud::success(&self.vault.call("DELETE", &self.path(), None)?, CLOUD).map(|_| ())
    }
}

/// The secrets of a vault.
pub(super) fn list(vault: &str, means: &Means<'_>) -> Result<Vec<String>, Fault> {
    if vault.is_empty() {
        return Err(Fault::new("no vault is named", "say azure:VAULT"));
    }
    let client = Vault::open(vault, means.surroundings)?;
    let mut names = Vec::new();
    let mut next = format!("/secrets?{VERSION}");
    loop {
        let page = cloud::success(&client.call("GET", &next, None)?, CLOUD)?;
        let listed = page["value"].as_array().into_iter().flatten();
        let named = listed.filter_map(|secret| secret["id"].as_str()?.rsplit('/').next());
        names.extend(named.map(|name| format!("azure:{vault}/{name}")));
        // The next page is a whole URL; only its path is followed, so that the token stays with this vault.
        match page["nextLink"].as_str().filter(|link| !link.is_empty()) {
            Some(link) => next = Url::parse(link)?.target().to_owned(),
            None => return Ok(names),
        }
    }
}

struct Vault {
    client: Client,
    url: Url,
    token: Option<Zeroizing<String>>,
}

impl Vault {
    /// An endpoint that was named may be one that asks nobody who he is.
    fn open(vault: &str, around: &Surroundings) -> Result<Self, Fault> {
        let named = around.text("COUNTERFOIL_AZURE_ENDPOINT");
        let usual =
            if vault.contains("://") { vault.to_owned() } else { format!("https://{vault}.vault.azure.net") };
        let client = cloud::client(around)?;
        let token = match identity::token(&client, around, named.is_none()) {
            Err(_) if named.is_some() => None,
            token => Some(token?),
        };
        Ok(Self { url: Url::parse(named.unwrap_or(&usual))?, client, token })
    }

    fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Answer, Fault> {
        let body = body.map(|body| Zeroizing::new(body.to_string()));
        let mut call = Call::new(method, self.url.with(path)?);
        call.bearer = self.token.as_ref().map(|token| token.as_str());
        call.body = body.as_ref().map(|body| body.as_bytes());
        self.client.send(&call)
    }
}
