//! What stores keep.

use super::{Means, vault};
use crate::fault::Fault;
use std::fs;

/// The REFs of what a store keeps: by its name (`keyring`), or a part of it (`file:FOLDER`, `vault:MOUNT/PATH`).
///
/// # Errors
/// There is no such store, it can't list, or it can't be reached.
pub fn list(store: &str, means: &Means<'_>) -> Result<Vec<String>, Fault> {
    let (store, part) = store.split_once(':').unwrap_or((store, ""));
    let mut found = match store {
        "file" => files("file", part, &[".p8", ".pem"], means)?,
        "gpg" => files("gpg", part, &[".gpg", ".asc"], means)?,
        "age" => files("age", part, &[".age"], means)?,
        "env" => variables(means),
        "vault" => vault::list(part, means)?,
        #[cfg(feature = "keyring")]
        "keyring" => super::keyring::list()?,
        #[cfg(feature = "cloud")]
        "aws" => super::aws::list(means)?,
        #[cfg(feature = "cloud")]
        "gcp" => super::gcp::list(part, means)?,
        #[cfg(feature = "cloud")]
        "azure" => super::azure::list(part, means)?,
        "exec" => {
            return Err(Fault::new(
                "exec: can put and get, and not list",
                "list with the store's own program",
            ));
        }
        _ if crate::reference::STORES.contains(&store) => return Err(not_here(store)),
        _ => {
            return Err(Fault::new(
                "there is no store of that name",
                "stores are file, env, keyring, vault, aws, gcp, azure, gpg and age",
            ));
        }
    };
    found.sort();
    Ok(found)
}

#[cfg(not(all(feature = "cloud", feature = "keyring")))]
fn not_here(store: &str) -> Fault {
    super::not_in_this_build(store)
}

#[cfg(all(feature = "cloud", feature = "keyring"))]
fn not_here(store: &str) -> Fault {
    Fault::new(format!("{store} can't list"), "list with the store's own program")
}

/// By their names: whether an encrypted file holds a half, only its passphrase would tell.
fn files(store: &str, folder: &str, endings: &[&str], means: &Means<'_>) -> Result<Vec<String>, Fault> {
    let typed = if folder.is_empty() { "." } else { folder };
    let path = means.surroundings.path(typed);
    let entries = fs::read_dir(&path).map_err(|fault| Fault::at("list", &path, &fault))?;
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let keys = names.filter(|name| endings.iter().any(|ending| name.ends_with(ending)));
    let before = if folder.is_empty() { String::new() } else { format!("{}/", folder.trim_end_matches('/')) };
    Ok(keys.map(|name| format!("{store}:{before}{name}")).collect())
}

/// Variables that hold a half, in whatever form.
fn variables(means: &Means<'_>) -> Vec<String> {
    let halves = means.surroundings.names().filter(|name| {
        let value = means.surroundings.text(name).unwrap_or_default();
        value.len() > 100 && crate::pem::read_half(value).is_ok()
    });
    halves.map(|name| format!("env:{name}")).collect()
}
