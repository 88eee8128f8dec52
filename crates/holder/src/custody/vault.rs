//! `vault:MOUNT/PATH#FIELD`: a field of a secret in HashiCorp Vault or OpenBao, of the key-value engine, version 2
//! or 1. Other fields of the secret are kept as they are, and nothing that somebody else writes meanwhile is lost.

use super::{Kept, Means, Store};
use crate::fault::Fault;
use crate::http::{Answer, Call, Client, Url, taken};
use serde_json::{Map, Value, json};
use std::fs;
use std::time::Duration;
use zeroize::Zeroizing;

/// How often a write is tried that somebody else was faster with.
const TRIES: usize = 3;
const KUBERNETES_TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";

pub(super) struct Secret<'a> {
    vault: Vault,
    engine: Engine,
    field: &'a str,
}

/// Where the engine is mounted, and what is below it.
struct Engine {
    mount: String,
    path: String,
    is_versioned: bool,
}

/// A secret's fields, and which version of it they are.
struct Fields {
    fields: Map<String, Value>,
    version: u64,
}

impl<'a> Secret<'a> {
    pub(super) fn open(mount: &str, path: &str, field: &'a str, means: &Means<'_>) -> Result<Self, Fault> {
        let vault = Vault::sign_in(means)?;
        let engine = vault.engine(mount, path)?;
        Ok(Self { vault, engine, field })
    }

    fn read(&self) -> Result<Option<Fields>, Fault> {
        let answer = self.vault.call("GET", &self.engine.data(), None)?;
        if answer.status == 404 {
            // Deleted, but not for good: the next write builds on its version.
            let version = answer.json().and_then(|body| body["data"]["metadata"]["version"].as_u64());
            return Ok(version.map(|version| Fields { fields: Map::new(), version }));
        }
        let mut body = success(&answer)?.json().unwrap_or_default();
        let mut data = taken(&mut body, "data");
        let version = data["metadata"]["version"].as_u64().unwrap_or_default();
        let fields = if self.engine.is_versioned { taken(&mut data, "data") } else { data };
        match fields {
            Value::Object(fields) => Ok(Some(Fields { fields, version })),
            _ => Ok(Some(Fields { fields: Map::new(), version })),
        }
    }

    /// Only if nobody wrote since `version`. Version 1 of the engine can't be asked that.
    fn write(&self, secret: &Fields) -> Result<bool, Fault> {
        let body = match self.engine.is_versioned {
            true => json!({ "options": { "cas": secret.version }, "data": secret.fields }),
            false => Value::Object(secret.fields.clone()),
        };
        let answer = self.vault.call("POST", &self.engine.data(), Some(&body))?;
        if answer.status == 400 && said(&answer).contains("check-and-set") {
            return Ok(false);
        }
        success(&answer).map(|_| true)
    }

    fn change(&self, change: &dyn Fn(&mut Map<String, Value>)) -> Result<(), Fault> {
        for _ in 0..TRIES {
            let mut secret = self.read()?.unwrap_or(Fields { fields: Map::new(), version: 0 });
            change(&mut secret.fields);
            if self.write(&secret)? {
                return Ok(());
            }
        }
        Err(Fault::new("somebody else keeps writing this secret", "find out who; then do it again"))
    }
}

impl Store for Secret<'_> {
    fn find(&self) -> Result<Option<Kept>, Fault> {
        let Some(mut secret) = self.read()? else { return Ok(None) };
        match secret.fields.remove(self.field) {
            Some(Value::String(text)) => Ok(Some(Kept::plain(Zeroizing::new(text.into_bytes())))),
            Some(_) => {
                Err(Fault::new("this field of the secret is not a text", "name another field with #FIELD"))
            }
            None => Ok(None),
        }
    }

    fn replace(&self, pem: &str) -> Result<(), Fault> {
        self.change(&|fields| {
            fields.insert(self.field.to_owned(), json!(pem));
        })
    }

    /// With its last field a secret goes as a whole, all its versions included; otherwise older versions still hold
    /// the half.
    fn remove(&self) -> Result<(), Fault> {
        let Some(secret) = self.read()?.filter(|secret| secret.fields.contains_key(self.field)) else {
            return Err(Fault::new(
                "nothing is kept there",
                "`counterfoil custody list vault:MOUNT` shows what is",
            ));
        };
        if secret.fields.len() > 1 {
            return self.change(&|fields| {
                fields.remove(self.field);
            });
        }
        success(&self.vault.call("DELETE", &self.engine.metadata(), None)?).map(|_| ())
    }
}

/// The secrets below `MOUNT` or `MOUNT/PATH`.
pub(super) fn list(part: &str, means: &Means<'_>) -> Result<Vec<String>, Fault> {
    let (mount, path) = part.split_once('/').unwrap_or((part, ""));
    if mount.is_empty() {
        return Err(Fault::new(
            "which part of Vault is to be listed is not said",
            "say vault:MOUNT or vault:MOUNT/PATH",
        ));
    }
    let vault = Vault::sign_in(means)?;
    let engine = vault.engine(mount, path.trim_end_matches('/'))?;
    let answer = vault.call("GET", &format!("{}?list=true", engine.metadata()), None)?;
    if answer.status == 404 {
        return Ok(Vec::new());
    }
    let body = success(&answer)?.json().unwrap_or_default();
    let names = body["data"]["keys"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let below = format!(
        "vault:{}/{}",
        mount,
        if path.is_empty() { String::new() } else { format!("{}/", path.trim_end_matches('/')) }
    );
    Ok(names.map(|name| format!("{below}{name}")).collect())
}

impl Engine {
    fn data(&self) -> String {
        let between = if self.is_versioned { "/data/" } else { "/" };
        format!("v1/{}{between}{}", self.mount, self.path)
    }

    fn metadata(&self) -> String {
        let between = if self.is_versioned { "/metadata/" } else { "/" };
        format!("v1/{}{between}{}", self.mount, self.path)
    }
}

struct Vault {
    client: Client,
    url: Url,
    token: Zeroizing<String>,
    namespace: Option<String>,
}

impl Vault {
    /// With `VAULT_TOKEN` or the token that `vault login` left, else by AppRole, Kubernetes or JWT.
    fn sign_in(means: &Means<'_>) -> Result<Self, Fault> {
        let text = |name: &str| means.surroundings.text(name);
        let url = text("VAULT_ADDR").or(text("BAO_ADDR")).ok_or_else(|| {
            Fault::new(
                "VAULT_ADDR is not set",
                "set it to Vault's address, such as https://vault.example.com:8200",
            )
        })?;
        let mut vault = Self {
            client: Client::new(Duration::from_secs(30), means.surroundings)?,
            url: Url::parse(url)?,
            token: Zeroizing::new(String::new()),
            namespace: text("VAULT_NAMESPACE").map(str::to_owned),
        };
        vault.token = match text("VAULT_TOKEN").or(text("BAO_TOKEN")) {
            Some(token) => Zeroizing::new(token.to_owned()),
            None => match login(means)? {
                Some((mount, body)) => vault.login(&mount, &body)?,
                None => left_token(means)?,
            },
        };
        Ok(vault)
    }

    fn login(&self, mount: &str, body: &Value) -> Result<Zeroizing<String>, Fault> {
        let answer = self.call("POST", &format!("v1/auth/{mount}/login"), Some(body))?;
        let body = success(&answer).map_err(|fault| fault.of(format!("the login at auth/{mount}")))?.json();
        let token = body.as_ref().and_then(|body| body["auth"]["client_token"].as_str());
        token.map(|token| Zeroizing::new(token.to_owned())).ok_or_else(|| {
            Fault::new(
                format!("the login at auth/{mount} gave no token"),
                "check the role's settings in Vault",
            )
        })
    }

    /// Asks where the engine is mounted, which may be several segments deep, and which version it is. Who may not ask
    /// has version 2, as Vault makes it by default, in the first segment.
    fn engine(&self, mount: &str, path: &str) -> Result<Engine, Fault> {
        let whole = format!("{mount}/{path}");
        let answer =
            self.call("GET", &format!("v1/sys/internal/ui/mounts/{}", whole.trim_end_matches('/')), None)?;
        let said = if answer.is_success() { answer.json().unwrap_or_default() } else { Value::Null };
        let data = &said["data"];
        let mounted = data["path"].as_str().map(|mounted| mounted.trim_end_matches('/'));
        let mount = mounted.filter(|mounted| whole.starts_with(mounted)).unwrap_or(mount).to_owned();
        let path = whole.strip_prefix(&mount).unwrap_or(path).trim_matches('/').to_owned();
        let is_versioned =
            data["options"]["version"].as_str().map_or(data["type"].as_str() != Some("kv"), |it| it == "2");
        Ok(Engine { mount, path, is_versioned })
    }

    fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Answer, Fault> {
        let mut call = Call::new(method, self.url.with(path)?);
        let body = body.map(|body| Zeroizing::new(body.to_string().into_bytes()));
        call.body = body.as_ref().map(|body| body.as_slice());
        call.headers.push(("X-Vault-Request".into(), "true".into()));
        if !self.token.is_empty() {
            call.headers.push(("X-Vault-Token".into(), self.token.to_string()));
        }
        if let Some(namespace) = &self.namespace {
            call.headers.push(("X-Vault-Namespace".into(), namespace.clone()));
        }
        self.client.send(&call)
    }
}

/// Which login the variables mean: where the method is mounted, and what it is told.
fn login(means: &Means<'_>) -> Result<Option<(String, Value)>, Fault> {
    let text = |name: &str| means.surroundings.text(name);
    let mount = |usual: &str| text("VAULT_AUTH_MOUNT").unwrap_or(usual).trim_matches('/').to_owned();
    if let (Some(role), Some(secret)) = (text("VAULT_ROLE_ID"), text("VAULT_SECRET_ID")) {
        return Ok(Some((mount("approle"), json!({ "role_id": role, "secret_id": secret }))));
    }
    let Some(role) = text("VAULT_ROLE") else { return Ok(None) };
    if let Some(token) = text("VAULT_JWT") {
        return Ok(Some((mount("jwt"), json!({ "role": role, "jwt": token }))));
    }
    let file = text("VAULT_JWT_FILE").unwrap_or(KUBERNETES_TOKEN);
    let usual = if text("VAULT_JWT_FILE").is_some() { "jwt" } else { "kubernetes" };
    let path = means.surroundings.path(file);
    let token = fs::read_to_string(&path).map_err(|fault| Fault::at("read the token in", &path, &fault))?;
    Ok(Some((mount(usual), json!({ "role": role, "jwt": token.trim() }))))
}

fn left_token(means: &Means<'_>) -> Result<Zeroizing<String>, Fault> {
    let path = means.surroundings.home().map(|home| home.join(".vault-token"));
    let token = path.and_then(|path| fs::read_to_string(path).ok()).map(Zeroizing::new);
    token.map(|token| Zeroizing::new(token.trim().to_owned())).ok_or_else(|| {
        Fault::new(
            "there is no token for Vault",
            "set VAULT_TOKEN, or VAULT_ROLE_ID and VAULT_SECRET_ID, or VAULT_ROLE with VAULT_JWT or in a pod",
        )
    })
}

fn success(answer: &Answer) -> Result<&Answer, Fault> {
    if answer.is_success() {
        return Ok(answer);
    }
    let hint = match answer.status {
        403 => {
            "the token may have expired, or its policies don't open this path: `vault token capabilities PATH`"
        }
        404 => "check the mount and the path: `vault secrets list`",
        503 => "Vault is sealed or standing by",
        _ => "docs/custody.md says which settings count",
    };
    Err(Fault::new(format!("Vault answered {}: {}", answer.status, said(answer)), hint))
}

/// Vault's own words. They name paths and rules, never what is kept.
fn said(answer: &Answer) -> String {
    let body = answer.json().unwrap_or_default();
    let errors = body["errors"].as_array().into_iter().flatten().filter_map(Value::as_str);
    errors.collect::<Vec<_>>().join("; ").lines().collect::<Vec<_>>().join(" ")
}
