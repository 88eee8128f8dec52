//! The other providers that people may sign in by: tables of the settings file, `[[provider]]`.

use super::file::Fault;
use super::near::nearest;
use counterfoil_server::{ProviderSettings, ProviderUrl};
use std::ops::Range;
use std::path::PathBuf;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use zeroize::Zeroizing;

/// The name of such a table.
pub(super) const PROVIDER: &str = "provider";

const KEYS: [&str; 8] =
    ["name", "issuer", "client-id", "client-secret", "client-secret-file", "scopes", "trusted-domains", "ca"];

/// What is asked for beside `openid`, unless it is said.
const USUAL_SCOPES: [&str; 2] = ["email", "profile"];

type Place = Range<usize>;

/// Reads all of them.
pub(super) fn read(value: &DeValue<'_>, at: Place) -> Result<Vec<ProviderSettings>, Fault> {
    let DeValue::Array(tables) = value else { return Err(no_table(at)) };
    tables.iter().map(provider).collect()
}

/// What is said in one table.
#[derive(Default)]
struct Said {
    name: Option<String>,
    issuer: Option<(String, Place)>,
    client_id: Option<String>,
    secret: Option<String>,
    secret_file: Option<(PathBuf, Place)>,
    scopes: Option<Vec<String>>,
    trusted_domains: Vec<String>,
    authorities: Option<PathBuf>,
}

fn provider(table: &Spanned<DeValue<'_>>) -> Result<ProviderSettings, Fault> {
    let at = table.span();
    let DeValue::Table(table) = table.get_ref() else { return Err(no_table(at)) };
    let said = Said::read(table)?;
    let missing = |key: &str| Fault {
        at: at.clone(),
        what: format!("this provider has no {key}"),
        hint: format!("name, issuer and client-id are needed: {key} = \"…\""),
    };
    let (issuer, issuer_at) = said.issuer.ok_or_else(|| missing("issuer"))?;
    let issuer = ProviderUrl::try_from(issuer.as_str());
    Ok(ProviderSettings {
        name: said.name.ok_or_else(|| missing("name"))?,
        issuer: issuer.map_err(|rule| fault(issuer_at, rule, "docs/single-sign-on.md shows one"))?,
        client_id: said.client_id.ok_or_else(|| missing("client-id"))?,
        client_secret: secret(said.secret, said.secret_file)?,
        scopes: said.scopes.unwrap_or_else(|| USUAL_SCOPES.map(str::to_owned).to_vec()),
        trusted_domains: said.trusted_domains,
        authorities: said.authorities,
    })
}

impl Said {
    fn read(table: &DeTable<'_>) -> Result<Self, Fault> {
        let mut said = Self::default();
        for (key, value) in table {
            let (name, at): (&str, _) = (key.get_ref(), value.span());
            match name {
                "name" => said.name = Some(text(name, value)?),
                "issuer" => said.issuer = Some((text(name, value)?, at)),
                "client-id" => said.client_id = Some(text(name, value)?),
                "client-secret" => said.secret = Some(text(name, value)?),
                "client-secret-file" => said.secret_file = Some((text(name, value)?.into(), at)),
                "scopes" => said.scopes = Some(texts(name, value)?),
                "trusted-domains" => said.trusted_domains = texts(name, value)?,
                "ca" => said.authorities = Some(text(name, value)?.into()),
                _ => return Err(unknown(name, key.span())),
            }
        }
        Ok(said)
    }
}

/// A secret stands in the file of settings or, better, in one of its own.
fn secret(here: Option<String>, file: Option<(PathBuf, Place)>) -> Result<Option<Zeroizing<String>>, Fault> {
    match (here, file) {
        (Some(_), Some((_, at))) => Err(fault(at, "client-secret is given too", "give one of the two")),
        (here, None) => Ok(here.map(Zeroizing::new)),
        (None, Some((path, at))) => match std::fs::read_to_string(&path) {
            Ok(secret) => Ok(Some(Zeroizing::new(secret.trim().to_owned()))),
            Err(why) => Err(Fault {
                at,
                what: format!("{} can't be read: {why}", path.display()),
                hint: "check the path, and that this user may read it".to_owned(),
            }),
        },
    }
}

fn text(name: &str, value: &Spanned<DeValue<'_>>) -> Result<String, Fault> {
    match value.get_ref() {
        DeValue::String(text) if !text.is_empty() => Ok(text.to_string()),
        _ => Err(Fault {
            at: value.span(),
            what: format!("{name} is not a text"),
            hint: format!("write it in quotes: {name} = \"…\""),
        }),
    }
}

fn texts(name: &str, value: &Spanned<DeValue<'_>>) -> Result<Vec<String>, Fault> {
    match value.get_ref() {
        DeValue::Array(all) => all.iter().map(|one| text(name, one)).collect(),
        _ => Err(Fault {
            at: value.span(),
            what: format!("{name} is not a list of texts"),
            hint: format!("write it in brackets: {name} = [\"…\"]"),
        }),
    }
}

fn unknown(name: &str, at: Place) -> Fault {
    let hint = match nearest(name, KEYS) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("a provider has {}", KEYS.join(", ")),
    };
    Fault { at, what: format!("a provider has no {name:?}"), hint }
}

fn no_table(at: Place) -> Fault {
    fault(at, "provider is not a list of tables", "write each below a line of its own: [[provider]]")
}

fn fault(at: Place, what: &str, hint: &str) -> Fault {
    Fault { at, what: what.to_owned(), hint: hint.to_owned() }
}
