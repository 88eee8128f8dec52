//! `file:PATH`.

use super::{Kept, Store};
use crate::fault::Fault;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::PathBuf;
use zeroize::Zeroizing;

/// More than any form of a private half takes.
const LIMIT: usize = 64 * 1024;

pub(super) struct File {
    path: PathBuf,
}

impl File {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }
}

impl Store for File {
    fn get(&self) -> Result<Kept, Fault> {
        let at = |fault: &std::io::Error| Fault::at("read", &self.path, fault);
        let file = fs::File::open(&self.path).map_err(|fault| at(&fault))?;
        let mode = file.metadata().map_err(|fault| at(&fault))?.permissions().mode();
        let mut bytes = Zeroizing::new(Vec::with_capacity(LIMIT + 1));
        file.take(LIMIT as u64 + 1).read_to_end(&mut bytes).map_err(|fault| at(&fault))?;
        let others = Fault::new(
            format!("others on this machine can read {}", self.path.display()),
            format!("chmod 600 {}", self.path.display()),
        );
        Ok(Kept { bytes, warnings: if mode & 0o077 == 0 { Vec::new() } else { vec![others] } })
    }

    fn put(&self, pem: &str) -> Result<(), Fault> {
        let written = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&self.path)
            .and_then(|mut file| file.write_all(pem.as_bytes()).and_then(|()| file.sync_all()));
        written.map_err(|fault| Fault::at("write", &self.path, &fault))
    }

    fn remove(&self) -> Result<(), Fault> {
        fs::remove_file(&self.path).map_err(|fault| Fault::at("remove", &self.path, &fault))
    }
}
