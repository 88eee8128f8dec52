//! `age:PATH`: a file encrypted with a passphrase or for recipients, as the `age` program writes and reads it.

use super::file::{read, remove, write};
use super::{Existing, Kept, Means, Store, another_is_there};
use crate::fault::Fault;
use age::armor::{ArmoredReader, ArmoredWriter, Format};
use age::secrecy::SecretString;
use age::{Decryptor, Encryptor, Identity, IdentityFile, Recipient};
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use zeroize::Zeroizing;

/// More than any form of a private half takes.
const LIMIT: u64 = 64 * 1024;
/// How hard a passphrase may be to try, as a power of two: what the `age` program takes, too.
const MOST_WORK: u8 = 22;

pub(super) struct File<'a> {
    path: PathBuf,
    means: &'a Means<'a>,
}

impl<'a> File<'a> {
    pub(super) fn new(path: PathBuf, means: &'a Means<'a>) -> Self {
        Self { path, means }
    }

    fn opened(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let decryptor = Decryptor::new_buffered(ArmoredReader::new(sealed)).map_err(|_| {
            Fault::new(
                format!("{} is no file of age", self.path.display()),
                "name another file, or file: for a plain one",
            )
        })?;
        let identities = match decryptor.is_scrypt() {
            true => vec![self.by_passphrase()?],
            false => self.by_identities()?,
        };
        let opened = decryptor.decrypt(identities.iter().map(|identity| &**identity as &dyn Identity));
        let mut bytes = Zeroizing::new(Vec::with_capacity(LIMIT as usize));
        let read = opened
            .map_err(|fault| fault.to_string())
            .and_then(|opened| opened.take(LIMIT).read_to_end(&mut bytes).map_err(|fault| fault.to_string()));
        read.map_err(|fault| {
            Fault::new(
                format!("{} can't be opened: {fault}", self.path.display()),
                "check the passphrase, or name the identity's file with --identity",
            )
        })?;
        Ok(bytes)
    }

    fn by_passphrase(&self) -> Result<Box<dyn Identity>, Fault> {
        let passphrase = self.means.passphrase(&format!("the passphrase of {}", self.path.display()))?;
        let mut identity = age::scrypt::Identity::new(SecretString::from(passphrase.to_string()));
        identity.set_max_work_factor(MOST_WORK);
        Ok(Box::new(identity))
    }

    fn by_identities(&self) -> Result<Vec<Box<dyn Identity>>, Fault> {
        let mut identities: Vec<Box<dyn Identity>> = Vec::new();
        for file in self.means.identities() {
            let at = |fault: &dyn std::fmt::Display| {
                Fault::new(
                    format!("{} is no file of age identities: {fault}", file.display()),
                    "it is what `age-keygen` writes: lines that begin with AGE-SECRET-KEY-1",
                )
            };
            let read = IdentityFile::from_file(file.display().to_string()).map_err(|fault| at(&fault))?;
            let read = read.into_identities().map_err(|fault| at(&fault))?;
            identities.extend(read.into_iter().map(|identity| identity as Box<dyn Identity>));
        }
        if identities.is_empty() {
            return Err(Fault::new(
                format!("{} is encrypted for recipients", self.path.display()),
                "name the file of the identity that opens it with --identity",
            ));
        }
        Ok(identities)
    }

    fn encryptor(&self) -> Result<Encryptor, Fault> {
        let recipients: Result<Vec<_>, _> = self.means.recipients().iter().map(|it| recipient(it)).collect();
        let recipients = recipients?;
        if recipients.is_empty() {
            let passphrase = self.means.passphrase(&format!("a passphrase for {}", self.path.display()))?;
            return Ok(Encryptor::with_user_passphrase(SecretString::from(passphrase.to_string())));
        }
        Encryptor::with_recipients(recipients.iter().map(|it| it as &dyn Recipient))
            .map_err(|fault| Fault::new(fault, "name at least one recipient of age: age1…"))
    }

    /// In text, which survives whatever a file goes through.
    fn sealed(&self, pem: &str) -> Result<Vec<u8>, Fault> {
        let encryptor = self.encryptor()?;
        let seal = || -> std::io::Result<Vec<u8>> {
            let armoured = ArmoredWriter::wrap_output(Vec::new(), Format::AsciiArmor)?;
            let mut writer = encryptor.wrap_output(armoured)?;
            writer.write_all(pem.as_bytes())?;
            writer.finish()?.finish()
        };
        seal().map_err(|fault| {
            Fault::new(format!("age failed: {fault}"), "this is the machine's failure; try again")
        })
    }
}

fn recipient(text: &str) -> Result<age::x25519::Recipient, Fault> {
    text.parse().map_err(|_| {
        Fault::new(
            format!("`{text}` is no recipient of age"),
            "it begins with age1; `age-keygen -y FILE` prints it",
        )
    })
}

impl Store for File<'_> {
    fn find(&self) -> Result<Option<Kept>, Fault> {
        let Some(sealed) = read(&self.path)? else { return Ok(None) };
        self.opened(&sealed).map(|bytes| Some(Kept::plain(bytes)))
    }

    fn put(&self, pem: &str) -> Result<(), Fault> {
        match self.find()? {
            Some(kept) if !super::is_same(&kept, pem) => Err(another_is_there()),
            Some(_) => self.replace(pem),
            None => write(&self.path, &self.sealed(pem)?, Existing::Stays),
        }
    }

    fn replace(&self, pem: &str) -> Result<(), Fault> {
        write(&self.path, &self.sealed(pem)?, Existing::IsReplaced)
    }

    fn remove(&self) -> Result<(), Fault> {
        remove(&self.path)
    }
}
