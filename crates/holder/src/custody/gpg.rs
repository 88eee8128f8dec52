//! `gpg:PATH`: a file encrypted with a passphrase, as `gpg --symmetric` writes and reads it.
//!
//! With a passphrase at hand no program is needed. Without one, and for files that are encrypted for a key, the
//! `gpg` program is asked, whose agent may know the passphrase or ask for it.

use super::file::{read, remove, write};
use super::{Existing, Kept, Means, Store, another_is_there};
use crate::fault::Fault;
use pgp::composed::{ArmorOptions, Message, MessageBuilder};
use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::types::StringToKey;
use rand::rngs::OsRng;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use zeroize::Zeroizing;

/// How often the passphrase is hashed, as OpenPGP codes it: 65 million bytes, as gpg does.
const HASHED: u8 = 0xff;
/// More than any form of a private half takes.
const LIMIT: u64 = 64 * 1024;

pub(super) struct File<'a> {
    path: PathBuf,
    means: &'a Means<'a>,
}

impl<'a> File<'a> {
    pub(super) fn new(path: PathBuf, means: &'a Means<'a>) -> Self {
        Self { path, means }
    }

    fn opened(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
        if let Some(passphrase) = self.means.given_passphrase()? {
            return opened(sealed, &passphrase).map_err(|fault| fault.of(self.path.display()));
        }
        if is_there() {
            return by_program(&["--decrypt"], sealed);
        }
        let passphrase = self.means.passphrase(&format!("the passphrase of {}", self.path.display()))?;
        opened(sealed, &passphrase)
    }

    fn sealed(&self, pem: &str) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let recipients = self.means.recipients();
        if !recipients.is_empty() {
            let mut arguments = vec!["--encrypt"];
            recipients.iter().for_each(|recipient| arguments.extend(["--recipient", recipient]));
            return by_program(&arguments, pem.as_bytes());
        }
        let passphrase = self.means.passphrase(&format!("a passphrase for {}", self.path.display()))?;
        let is_text = self.path.extension().is_some_and(|ending| ending == "asc");
        sealed(pem, &passphrase, is_text).map_err(|fault| {
            Fault::new(format!("OpenPGP failed: {fault}"), "this is the machine's failure; try again")
        })
    }

    fn written(&self, pem: &str, existing: Existing) -> Result<(), Fault> {
        write(&self.path, &self.sealed(pem)?, existing)
    }
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
            None => self.written(pem, Existing::Stays),
        }
    }

    fn replace(&self, pem: &str) -> Result<(), Fault> {
        self.written(pem, Existing::IsReplaced)
    }

    fn remove(&self) -> Result<(), Fault> {
        remove(&self.path)
    }
}

fn opened(sealed: &[u8], passphrase: &str) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let read = || -> pgp::errors::Result<Zeroizing<Vec<u8>>> {
        let (message, _) = Message::from_reader(std::io::Cursor::new(sealed.to_vec()))?;
        let mut message = message.decrypt_with_password(&passphrase.into())?;
        if message.is_compressed() {
            message = message.decompress()?;
        }
        let mut bytes = Zeroizing::new(Vec::with_capacity(LIMIT as usize));
        message.take(LIMIT).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_err(|_| {
        Fault::new(
            "this passphrase does not open it, or it is no file of gpg --symmetric",
            "check the passphrase; without one, the gpg program is asked, also for files encrypted for a key",
        )
    })
}

fn sealed(pem: &str, passphrase: &str, is_text: bool) -> pgp::errors::Result<Zeroizing<Vec<u8>>> {
    let s2k = StringToKey::new_iterated(OsRng, HashAlgorithm::Sha256, HASHED);
    let mut message = MessageBuilder::from_bytes("", pem.as_bytes().to_vec())
        .seipd_v1(OsRng, SymmetricKeyAlgorithm::AES256);
    message.encrypt_with_password(s2k, &passphrase.into())?;
    let bytes = if is_text {
        message.to_armored_string(OsRng, ArmorOptions::default())?.into_bytes()
    } else {
        message.to_vec(OsRng)?
    };
    Ok(Zeroizing::new(bytes))
}

fn is_there() -> bool {
    let quiet = |command: &mut Command| {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()
    };
    quiet(Command::new("gpg").arg("--version")).is_ok_and(|status| status.success())
}

/// Everything goes through pipes.
fn by_program(arguments: &[&str], input: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let failed = |what: &str| {
        Fault::new(
            format!("gpg {what}"),
            "give the passphrase in COUNTERFOIL_PASSPHRASE or by --passphrase-file, or see what gpg said above",
        )
    };
    let mut child = Command::new("gpg")
        .args(["--quiet", "--batch"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|_| failed("can't be run"))?;
    // It answers only once it has read everything, which fits into a pipe.
    let _ = child.stdin.take().map(|mut to| to.write_all(input));
    let mut output = Zeroizing::new(Vec::with_capacity(LIMIT as usize));
    let read = child.stdout.take().map(|from| from.take(LIMIT).read_to_end(&mut output));
    let is_done = child.wait().is_ok_and(|status| status.success());
    if is_done && matches!(read, Some(Ok(_))) { Ok(output) } else { Err(failed("did not do it")) }
}
