//! REFs: where a private half is kept.

use std::fmt;
use std::path::PathBuf;

/// A place that keeps a private half.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ref {
    /// `file:PATH`, or a bare path.
    File(PathBuf),
    /// `env:VAR`: PEM or base64 in a variable; can only be read.
    Env(String),
    /// `keyring:NAME`.
    Keyring(String),
    /// `vault:MOUNT/PATH#FIELD`.
    Vault {
        /// Where the engine is mounted.
        mount: String,
        /// The secret below it.
        path: String,
        /// The field in the secret.
        field: String,
    },
    /// `aws:SECRET_ID`: a name or an ARN in AWS Secrets Manager.
    Aws(String),
    /// `gcp:projects/P/secrets/S`.
    Gcp {
        /// The project.
        project: String,
        /// The secret.
        secret: String,
    },
    /// `azure:VAULT/SECRET`: a vault's name or URL, and the secret in it.
    Azure {
        /// The vault.
        vault: String,
        /// The secret.
        secret: String,
    },
    /// `gpg:PATH`.
    Gpg(PathBuf),
    /// `age:PATH`.
    Age(PathBuf),
    /// `exec:COMMAND`.
    Exec(String),
}

/// The field of a Vault secret that is meant when none is named.
pub const VAULT_FIELD: &str = "private_key";

/// Every store's name, as it stands before the colon.
pub const STORES: [&str; 10] =
    ["file", "env", "keyring", "vault", "aws", "gcp", "azure", "gpg", "age", "exec"];

/// Why a text is not a REF. It never carries the text, which may be a private half by mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefFault {
    /// Nothing.
    #[error("a REF is empty")]
    Empty,
    /// The key itself.
    #[error("this is a private key; wanted is a REF, which says where it is kept")]
    IsAKey,
    /// A variable that no shell has filled in.
    #[error("this REF holds a variable that was not filled in")]
    Unexpanded,
    /// A store that there is none of.
    #[error("there is no store of that name before the colon")]
    NoSuchStore,
    /// A store without a place in it.
    #[error("this REF names a store and no place in it; wanted is `{0}`")]
    NoPlace(&'static str),
    /// The place is written in another way than the store's.
    #[error("the place in this REF is not written as its store wants it; wanted is `{0}`")]
    Place(&'static str),
}

impl RefFault {
    /// What to do about it.
    #[must_use]
    pub const fn mend(&self) -> &'static str {
        match self {
            Self::IsAKey => {
                "put it into a file or a variable, and give file:PATH or env:VARIABLE; revoke it if it was typed \
                 into a shell, which keeps a history"
            }
            Self::Unexpanded => {
                "let the shell or CI fill it in (double quotes, not single ones), or say env:NAME without the $"
            }
            Self::NoSuchStore => {
                "stores are file, env, keyring, vault, aws, gcp, azure, gpg, age and exec; a file whose name has a \
                 colon is file:NAME"
            }
            Self::Empty | Self::NoPlace(_) | Self::Place(_) => {
                "docs/custody.md shows a REF of each store, such as file:AuthKey_2X9R4HXF34.p8"
            }
        }
    }
}

impl Ref {
    /// The store's name, as it stands before the colon.
    #[must_use]
    pub const fn store(&self) -> &'static str {
        match self {
            Self::File(_) => "file",
            Self::Env(_) => "env",
            Self::Keyring(_) => "keyring",
            Self::Vault { .. } => "vault",
            Self::Aws(_) => "aws",
            Self::Gcp { .. } => "gcp",
            Self::Azure { .. } => "azure",
            Self::Gpg(_) => "gpg",
            Self::Age(_) => "age",
            Self::Exec(_) => "exec",
        }
    }

    /// Whether a private half can be put there.
    #[must_use]
    pub const fn can_be_written(&self) -> bool {
        !matches!(self, Self::Env(_))
    }
}

impl TryFrom<&str> for Ref {
    type Error = RefFault;

    fn try_from(text: &str) -> Result<Self, RefFault> {
        if text.trim().is_empty() {
            return Err(RefFault::Empty);
        }
        if looks_like_a_key(text) {
            return Err(RefFault::IsAKey);
        }
        match text.split_once(':') {
            Some((store, place)) if is_store_name(store) => of_store(store, place),
            _ => Ok(Self::File(plain(text)?.into())),
        }
    }
}

fn of_store(store: &str, place: &str) -> Result<Ref, RefFault> {
    match store {
        "file" => Ok(Ref::File(there(place, "file:PATH")?.into())),
        "env" => variable(there(place, "env:VARIABLE")?),
        "keyring" => Ok(Ref::Keyring(there(place, "keyring:NAME")?.to_owned())),
        "vault" => vault(there(place, VAULT)?),
        "aws" => Ok(Ref::Aws(there(place, "aws:SECRET_ID")?.to_owned())),
        "gcp" => gcp(there(place, GCP)?),
        "azure" => azure(there(place, AZURE)?),
        "gpg" => Ok(Ref::Gpg(there(place, "gpg:PATH")?.into())),
        "age" => Ok(Ref::Age(there(place, "age:PATH")?.into())),
        // A command is the shell's: its own variables are filled in there.
        "exec" if place.trim().is_empty() => Err(RefFault::NoPlace("exec:COMMAND")),
        "exec" => Ok(Ref::Exec(place.to_owned())),
        _ => Err(RefFault::NoSuchStore),
    }
}

const VAULT: &str = "vault:MOUNT/PATH#FIELD";
const GCP: &str = "gcp:projects/PROJECT/secrets/SECRET";
const AZURE: &str = "azure:VAULT/SECRET";

fn variable(name: &str) -> Result<Ref, RefFault> {
    let is_one = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_one && !name.starts_with(|first: char| first.is_ascii_digit()) {
        Ok(Ref::Env(name.to_owned()))
    } else {
        Err(RefFault::Place("env:VARIABLE"))
    }
}

fn vault(place: &str) -> Result<Ref, RefFault> {
    let (secret, field) = place.rsplit_once('#').unwrap_or((place, VAULT_FIELD));
    let (mount, path) = secret.split_once('/').ok_or(RefFault::Place(VAULT))?;
    let is_whole = !mount.is_empty() && !field.is_empty() && is_plain_path(path);
    let reference = Ref::Vault { mount: mount.into(), path: path.into(), field: field.into() };
    if is_whole { Ok(reference) } else { Err(RefFault::Place(VAULT)) }
}

fn gcp(place: &str) -> Result<Ref, RefFault> {
    match *place.split('/').collect::<Vec<_>>() {
        ["projects", project, "secrets", secret] if !project.is_empty() && !secret.is_empty() => {
            Ok(Ref::Gcp { project: project.into(), secret: secret.into() })
        }
        _ => Err(RefFault::Place(GCP)),
    }
}

fn azure(place: &str) -> Result<Ref, RefFault> {
    let (vault, secret) = place.trim_end_matches('/').rsplit_once('/').ok_or(RefFault::Place(AZURE))?;
    let vault = vault.trim_end_matches("/secrets").trim_end_matches('/');
    let is_whole = !vault.is_empty()
        && !secret.is_empty()
        && secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let reference = Ref::Azure { vault: vault.into(), secret: secret.into() };
    if is_whole { Ok(reference) } else { Err(RefFault::Place(AZURE)) }
}

/// No empty, `.` or `..` segment: what the place is must not depend on who reads it.
fn is_plain_path(path: &str) -> bool {
    path.split('/').all(|segment| !matches!(segment, "" | "." | ".."))
}

fn there<'a>(place: &'a str, wanted: &'static str) -> Result<&'a str, RefFault> {
    if place.trim().is_empty() { Err(RefFault::NoPlace(wanted)) } else { plain(place) }
}

/// Refuses what a shell or a CI system should have filled in.
fn plain(place: &str) -> Result<&str, RefFault> {
    let is_unexpanded = place.starts_with('$') || place.contains("${") || place.contains("$(");
    if is_unexpanded { Err(RefFault::Unexpanded) } else { Ok(place) }
}

fn is_store_name(text: &str) -> bool {
    text.len() > 1
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn looks_like_a_key(text: &str) -> bool {
    text.contains("PRIVATE KEY") || text.trim_start().starts_with("MIG") && text.len() > 100
}

impl fmt::Display for Ref {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:", self.store())?;
        match self {
            Self::File(path) | Self::Gpg(path) | Self::Age(path) => write!(out, "{}", path.display()),
            Self::Env(place) | Self::Keyring(place) | Self::Aws(place) | Self::Exec(place) => {
                out.write_str(place)
            }
            Self::Vault { mount, path, field } => write!(out, "{mount}/{path}#{field}"),
            Self::Gcp { project, secret } => write!(out, "projects/{project}/secrets/{secret}"),
            Self::Azure { vault, secret } => write!(out, "{vault}/{secret}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_store_is_read_and_written_back() {
        for (text, written) in [
            ("AuthKey_2X9R4HXF34.p8", "file:AuthKey_2X9R4HXF34.p8"),
            ("/a b/c:d.p8", "file:/a b/c:d.p8"),
            ("C:\\keys\\a.p8", "file:C:\\keys\\a.p8"),
            ("file:keys/a.p8", "file:keys/a.p8"),
            ("env:ASC_KEY", "env:ASC_KEY"),
            ("keyring:ci key", "keyring:ci key"),
            ("vault:secret/apple/asc", "vault:secret/apple/asc#private_key"),
            ("vault:secret/apple/asc#p8", "vault:secret/apple/asc#p8"),
            (
                "aws:arn:aws:secretsmanager:eu-west-1:1:secret:a",
                "aws:arn:aws:secretsmanager:eu-west-1:1:secret:a",
            ),
            ("gcp:projects/p/secrets/s", "gcp:projects/p/secrets/s"),
            ("azure:vault/asc-key", "azure:vault/asc-key"),
            ("azure:https://v.vault.azure.net/secrets/asc-key", "azure:https://v.vault.azure.net/asc-key"),
            ("gpg:key.p8.gpg", "gpg:key.p8.gpg"),
            ("age:key.p8.age", "age:key.p8.age"),
            ("exec:pass show \"$KEY\"", "exec:pass show \"$KEY\""),
        ] {
            let read = Ref::try_from(text).unwrap();
            assert_eq!(read.to_string(), written);
            assert_eq!(Ref::try_from(written).unwrap(), read);
            assert!(STORES.contains(&read.store()));
        }
    }

    #[test]
    fn what_is_no_ref_is_refused_by_name() {
        for (text, fault) in [
            ("", RefFault::Empty),
            (" \n", RefFault::Empty),
            ("-----BEGIN PRIVATE KEY-----\nMIG", RefFault::IsAKey),
            ("$ASC_KEY", RefFault::Unexpanded),
            ("file:${HOME}/a.p8", RefFault::Unexpanded),
            ("env:$ASC_KEY", RefFault::Unexpanded),
            ("env:ASC-KEY", RefFault::Place("env:VARIABLE")),
            ("env:1KEY", RefFault::Place("env:VARIABLE")),
            ("s3:bucket/key", RefFault::NoSuchStore),
            ("file:", RefFault::NoPlace("file:PATH")),
            ("exec: ", RefFault::NoPlace("exec:COMMAND")),
            ("vault:secret", RefFault::Place(VAULT)),
            ("vault:secret/../a", RefFault::Place(VAULT)),
            ("vault:/a", RefFault::Place(VAULT)),
            ("vault:secret/a#", RefFault::Place(VAULT)),
            ("gcp:p/s", RefFault::Place(GCP)),
            ("gcp:projects//secrets/s", RefFault::Place(GCP)),
            ("azure:secret", RefFault::Place(AZURE)),
            ("azure:vault/a_b", RefFault::Place(AZURE)),
        ] {
            assert_eq!(Ref::try_from(text), Err(fault), "{text:?}");
        }
    }

    #[test]
    fn only_variables_can_not_be_written() {
        assert!(!Ref::Env("A".into()).can_be_written());
        assert!(Ref::File("a".into()).can_be_written());
    }
}
