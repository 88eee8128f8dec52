//! Profiles: ids and places of keys under a name, in `config.toml`. No secret is ever in it.

use crate::fault::Fault;
use crate::reference::Ref;
use crate::surroundings::Surroundings;
use counterfoil_core::id::{IssuerId, KeyId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// All profiles, and which is taken when none is named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Profiles {
    /// The one that is in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Each by its name.
    #[serde(default)]
    pub profiles: BTreeMap<String, Profile>,
}

/// One source of a key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The key id.
    pub key_id: String,
    /// The team; none for an individual key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer_id: Option<String>,
    /// Where the private half is kept: a REF.
    pub private_key: String,
    /// The server, if not App Store Connect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

const FILE: &str = "config.toml";

impl Profiles {
    /// Reads what is kept; nothing, if there is no file.
    ///
    /// # Errors
    /// The file can't be read, or is not one of ours.
    pub fn read(surroundings: &Surroundings) -> Result<Self, Fault> {
        let Some(folder) = surroundings.settings_folder() else { return Ok(Self::default()) };
        let path = folder.join(FILE);
        match fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text).map_err(|fault| damaged(&path, &fault)),
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(fault) => Err(Fault::at("read", &path, &fault)),
        }
    }

    /// Writes them in place of what was there, whole or not at all.
    ///
    /// # Errors
    /// There is no home to keep them in, or the system would not.
    pub fn write(&self, surroundings: &Surroundings) -> Result<PathBuf, Fault> {
        let folder = surroundings.settings_folder().ok_or_else(no_home)?;
        let text = toml::to_string(self).map_err(|fault| Fault::new(fault, "give plain names"))?;
        let path = folder.join(FILE);
        write_whole(&path, text.as_bytes()).map_err(|fault| Fault::at("write", &path, &fault))?;
        Ok(path)
    }

    /// The profile of that name.
    ///
    /// # Errors
    /// There is none.
    pub fn named(&self, name: &str) -> Result<&Profile, Fault> {
        self.profiles.get(name).ok_or_else(|| {
            let names: Vec<_> = self.profiles.keys().map(String::as_str).collect();
            let known = if names.is_empty() {
                "there are none".into()
            } else {
                format!("there are {}", names.join(", "))
            };
            Fault::new(
                format!("there is no profile `{name}`; {known}"),
                "`counterfoil profile add NAME --key-id ID --private-key REF` keeps one",
            )
        })
    }

    /// Keeps a profile.
    ///
    /// # Errors
    /// Its name or one of its ids is malformed, its REF is none or carries a secret, or the name is taken and
    /// `replace` is not meant.
    pub fn add(&mut self, name: &str, profile: Profile, replace: bool) -> Result<(), Fault> {
        let is_name = (1..=64).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
        if !is_name {
            return Err(Fault::new(
                "a profile's name is at most 64 letters, digits, `-`, `_` and `.`",
                "choose another name",
            ));
        }
        profile.check()?;
        if !replace && self.profiles.contains_key(name) {
            return Err(Fault::new(
                format!("there is a profile `{name}` already"),
                "say --replace to put this one in its place",
            ));
        }
        self.profiles.insert(name.to_owned(), profile);
        Ok(())
    }

    /// Forgets a profile.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn remove(&mut self, name: &str) -> Result<(), Fault> {
        self.named(name)?;
        self.profiles.remove(name);
        self.profile.take_if(|used| used == name);
        Ok(())
    }

    /// Takes this one when none is named.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn take(&mut self, name: Option<&str>) -> Result<(), Fault> {
        if let Some(name) = name {
            self.named(name)?;
        }
        self.profile = name.map(str::to_owned);
        Ok(())
    }
}

impl Profile {
    fn check(&self) -> Result<(), Fault> {
        let see = "the key's page shows both ids";
        KeyId::try_from(self.key_id.as_str()).map_err(|fault| Fault::new(fault, see))?;
        if let Some(issuer) = &self.issuer_id {
            IssuerId::try_from(issuer.as_str()).map_err(|fault| Fault::new(fault, see))?;
        }
        Ref::try_from(self.private_key.as_str())?;
        Ok(())
    }
}

/// Writes a file of ours, for its owner alone: whole or not at all, also if the machine stops.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let fresh = path.with_extension(format!("{}.new", std::process::id()));
    let written = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&fresh)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&fresh, path))
        .and_then(|()| fs::File::open(folder)?.sync_all());
    if written.is_err() {
        let _ = fs::remove_file(&fresh);
    }
    written
}

fn no_home() -> Fault {
    Fault::new("there is no home folder to keep it in", "set HOME or XDG_CONFIG_HOME")
}

fn damaged(path: &Path, fault: &toml::de::Error) -> Fault {
    Fault::new(
        format!("{} is damaged: {}", path.display(), fault.message()),
        "mend it, or move it away and add the profiles anew",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile() -> Profile {
        Profile {
            key_id: "2X9R4HXF34".into(),
            issuer_id: Some("57246542-96fe-1a63-e053-0824d011072a".into()),
            private_key: "keyring:ci".into(),
            url: None,
        }
    }

    fn surrounded(folder: &Path) -> Surroundings {
        Surroundings::new([("XDG_CONFIG_HOME", folder.as_os_str())], folder)
    }

    #[test]
    fn what_is_added_is_there_the_next_time() {
        let temp = tempfile::tempdir().unwrap();
        let around = surrounded(temp.path());
        let mut profiles = Profiles::read(&around).unwrap();
        profiles.add("ci", profile(), false).unwrap();
        profiles.take(Some("ci")).unwrap();
        profiles.write(&around).unwrap();
        assert_eq!(Profiles::read(&around).unwrap(), profiles);
        assert_eq!(profiles.named("ci").unwrap(), &profile());
        profiles.remove("ci").unwrap();
        assert_eq!(profiles, Profiles::default());
    }

    #[test]
    fn a_profile_is_not_replaced_unless_it_is_meant() {
        let mut profiles = Profiles::default();
        profiles.add("ci", profile(), false).unwrap();
        assert_eq!(
            profiles.add("ci", profile(), false).unwrap_err().message(),
            "there is a profile `ci` already"
        );
        profiles.add("ci", profile(), true).unwrap();
    }

    #[test]
    fn a_secret_or_a_malformed_id_never_gets_in() {
        let key = Profile { private_key: "-----BEGIN PRIVATE KEY-----".into(), ..profile() };
        let id = Profile { key_id: "my key".into(), ..profile() };
        let issuer = Profile { issuer_id: Some("Acme".into()), ..profile() };
        for wrong in [key, id, issuer] {
            assert!(Profiles::default().add("ci", wrong, false).is_err());
        }
        assert!(Profiles::default().add("a b", profile(), false).is_err());
    }

    #[test]
    fn a_damaged_file_is_named_and_not_taken_for_none() {
        let temp = tempfile::tempdir().unwrap();
        fs::create_dir(temp.path().join("counterfoil")).unwrap();
        fs::write(temp.path().join("counterfoil/config.toml"), "profle = 1").unwrap();
        let fault = Profiles::read(&surrounded(temp.path())).unwrap_err();
        assert!(fault.message().contains("config.toml is damaged"), "{fault}");
    }
}
