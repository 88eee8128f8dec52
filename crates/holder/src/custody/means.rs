//! What stores need beside a REF.

#![cfg_attr(
    not(any(feature = "age", feature = "gpg")),
    expect(dead_code, reason = "a server's build has no store that asks for any of it")
)]

use crate::fault::Fault;
use crate::surroundings::Surroundings;
use std::fs;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// Variables and folders, passphrases, and the keys that files are encrypted for.
pub struct Means<'a> {
    pub(crate) surroundings: &'a Surroundings,
    ask: &'a dyn Fn(&str) -> Result<Zeroizing<String>, Fault>,
    passphrase_file: Option<PathBuf>,
    identities: Vec<PathBuf>,
    recipients: Vec<String>,
}

impl<'a> Means<'a> {
    /// `ask` asks a person for a passphrase, saying what for.
    pub fn new(
        surroundings: &'a Surroundings,
        ask: &'a dyn Fn(&str) -> Result<Zeroizing<String>, Fault>,
    ) -> Self {
        Self { surroundings, ask, passphrase_file: None, identities: Vec::new(), recipients: Vec::new() }
    }

    /// With a file that holds the passphrase.
    #[must_use]
    pub fn with_passphrase_file(mut self, file: Option<PathBuf>) -> Self {
        self.passphrase_file = file;
        self
    }

    /// With files of identities that open what is encrypted for them.
    #[must_use]
    pub fn with_identities(mut self, files: impl IntoIterator<Item = PathBuf>) -> Self {
        self.identities.extend(files);
        self
    }

    /// With recipients that what is written is encrypted for.
    #[must_use]
    pub fn with_recipients(mut self, recipients: impl IntoIterator<Item = String>) -> Self {
        self.recipients.extend(recipients);
        self
    }

    /// The passphrase in the file that was named, else in `COUNTERFOIL_PASSPHRASE`; nothing, if a person has to be
    /// asked.
    pub(crate) fn given_passphrase(&self) -> Result<Option<Zeroizing<String>>, Fault> {
        let Some(file) = &self.passphrase_file else {
            let variable = self.surroundings.text("COUNTERFOIL_PASSPHRASE");
            return Ok(variable.map(|text| Zeroizing::new(text.to_owned())));
        };
        let path = self.surroundings.path(file);
        let text =
            fs::read_to_string(&path).map_err(|fault| Fault::at("read the passphrase in", &path, &fault))?;
        let text = Zeroizing::new(text);
        match text.lines().next().filter(|line| !line.is_empty()) {
            Some(line) => Ok(Some(Zeroizing::new(line.to_owned()))),
            None => Err(Fault::new(
                format!("there is no passphrase in {}", path.display()),
                "write it into the first line of that file",
            )),
        }
    }

    /// The passphrase that was given, else what a person types.
    pub(crate) fn passphrase(&self, what_for: &str) -> Result<Zeroizing<String>, Fault> {
        self.given_passphrase()?.map_or_else(|| (self.ask)(what_for), Ok)
    }

    /// Files of identities.
    pub(crate) fn identities(&self) -> impl Iterator<Item = PathBuf> {
        self.identities.iter().map(|file| self.surroundings.path(file))
    }

    /// Recipients.
    pub(crate) fn recipients(&self) -> &[String] {
        &self.recipients
    }
}
