//! `keyring:NAME`: the system's own store: the Secret Service (GNOME Keyring, KWallet, KeePassXC) on Linux, the
//! Keychain on macOS, the Credential Manager on Windows.

use super::{Kept, Store};
use crate::fault::Fault;
use keyring_core::{CredentialStore, Entry, Error};
use std::collections::HashMap;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Under which all items of ours are kept.
const SERVICE: &str = "counterfoil";

pub(super) struct Item {
    entry: Entry,
}

impl Item {
    pub(super) fn open(name: &str) -> Result<Self, Fault> {
        let entry = store()?.build(SERVICE, name, None).map_err(|fault| failed(&fault))?;
        Ok(Self { entry })
    }
}

impl Store for Item {
    fn find(&self) -> Result<Option<Kept>, Fault> {
        match self.entry.get_secret() {
            Ok(bytes) => Ok(Some(Kept::plain(Zeroizing::new(bytes)))),
            Err(Error::NoEntry) => Ok(None),
            Err(fault) => Err(failed(&fault)),
        }
    }

    fn replace(&self, pem: &str) -> Result<(), Fault> {
        self.entry.set_secret(pem.as_bytes()).map_err(|fault| failed(&fault))
    }

    fn remove(&self) -> Result<(), Fault> {
        self.entry.delete_credential().map_err(|fault| failed(&fault))
    }
}

/// What is kept under our service.
pub(super) fn list() -> Result<Vec<String>, Fault> {
    let spec = HashMap::from([("service", SERVICE)]);
    let entries = store()?.search(&spec).map_err(|fault| failed(&fault))?;
    let names = entries.iter().filter_map(Entry::get_specifiers).map(|(_, name)| format!("keyring:{name}"));
    Ok(names.collect())
}

#[cfg(target_os = "linux")]
fn store() -> Result<Arc<CredentialStore>, Fault> {
    let store = zbus_secret_service_keyring_store::Store::new().map_err(|fault| failed(&fault))?;
    Ok(store)
}

#[cfg(target_os = "macos")]
fn store() -> Result<Arc<CredentialStore>, Fault> {
    let store = apple_native_keyring_store::keychain::Store::new().map_err(|fault| failed(&fault))?;
    Ok(store)
}

#[cfg(target_os = "windows")]
fn store() -> Result<Arc<CredentialStore>, Fault> {
    let store = windows_native_keyring_store::Store::new().map_err(|fault| failed(&fault))?;
    Ok(store)
}

#[cfg(not(any(target_os = "linux", target_os = "macos", target_os = "windows")))]
fn store() -> Result<Arc<CredentialStore>, Fault> {
    Err(Fault::new("this system has no keyring that is known here", "use another store"))
}

/// A fault's own words name what failed; some carry what was read, which must not be shown.
fn failed(fault: &Error) -> Fault {
    let said = match fault {
        Error::BadEncoding(_) | Error::BadDataFormat(..) => "what is kept there can't be read".to_owned(),
        fault => fault.to_string(),
    };
    Fault::new(
        format!("the keyring failed: {said}"),
        "unlock it, or start one; a machine without a desktop has none: use file:, vault: or another store there",
    )
}
