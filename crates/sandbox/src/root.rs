//! Certificate authorities of the sandbox's own.
//!
//! Each is made once, with a name that says what it is, and kept in the sandbox's folder for its owner alone. Nobody
//! else has a reason to believe what it signs.

use crate::ids;
use crate::pem;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub(crate) const DAY: Duration = Duration::from_secs(24 * 3600);
/// How long a root is good.
const LIFETIME: Duration = Duration::from_secs(20 * 365 * 24 * 3600);
/// What every certificate of the sandbox says of whose it is.
pub(crate) const ORGANIZATION: &str = "Counterfoil sandbox, for trying only";

/// A certificate that signs others, and its key.
pub(crate) struct Root {
    certificate: Vec<u8>,
    params: CertificateParams,
    key: KeyPair,
}

/// Why there is no root.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RootFault {
    /// Its file can't be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Its file is not what was written.
    #[error("{} is no certificate authority of the sandbox's; without it, a new one is made", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
    },
    /// It can't be made.
    #[error("a certificate authority can't be made: {0}")]
    Unmakeable(#[from] rcgen::Error),
}

impl Root {
    /// Opens the root that this file of the folder keeps, or makes it. What it is called is not read from the
    /// file: whoever changes `name` has to take another file.
    ///
    /// Two processes that make it at the same time end up with the same.
    ///
    /// # Errors
    /// If it can't be read, or can't be made and kept.
    pub(crate) fn open(folder: &Path, file: &str, name: &str, now: SystemTime) -> Result<Self, RootFault> {
        let path = folder.join(file);
        let fault = |source| RootFault::File { path: path.clone(), source };
        match fs::read_to_string(&path) {
            Ok(text) => return Self::read(&text, name, now).ok_or(RootFault::Damaged { path }),
            Err(source) if source.kind() != ErrorKind::NotFound => return Err(fault(source)),
            Err(_) => {}
        }
        let key = KeyPair::generate()?;
        let certificate = params(name, now).self_signed(&key)?;
        let text = format!("{}{}", key.serialize_pem(), certificate.pem());
        let fresh = folder.join(format!("{file}.{}", ids::uuid()));
        let kept = keep(&fresh, &path, &text);
        let _ = fs::remove_file(&fresh);
        kept.map_err(fault)?;
        let text = fs::read_to_string(&path).map_err(fault)?;
        Self::read(&text, name, now).ok_or(RootFault::Damaged { path })
    }

    fn read(text: &str, name: &str, now: SystemTime) -> Option<Self> {
        let certificate = pem::read(text, "CERTIFICATE")?;
        let key = KeyPair::from_pem(text).ok()?;
        Some(Self { certificate, params: params(name, now), key })
    }

    /// What signs others in its name.
    pub(crate) fn issuer(&self) -> Issuer<'_, &KeyPair> {
        Issuer::from_params(&self.params, &self.key)
    }

    /// The certificate, as DER.
    pub(crate) fn certificate(&self) -> &[u8] {
        &self.certificate
    }
}

/// Says from when until when a certificate is good.
pub(crate) fn set_validity(params: &mut CertificateParams, from: SystemTime, until: SystemTime) {
    params.not_before = date_time_ymd(1970, 1, 1) + since_epoch(from);
    params.not_after = date_time_ymd(1970, 1, 1) + since_epoch(until);
}

pub(crate) fn since_epoch(at: SystemTime) -> Duration {
    at.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO)
}

fn params(name: &str, now: SystemTime) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.distinguished_name.push(DnType::OrganizationName, ORGANIZATION);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages =
        vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
    set_validity(&mut params, now - DAY, now + LIFETIME);
    params
}

/// Writes a new file that nobody else can read, whole or not at all; who was faster has made it.
pub(crate) fn keep(fresh: &Path, path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(fresh)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    match fs::hard_link(fresh, path) {
        Err(fault) if fault.kind() != ErrorKind::AlreadyExists => Err(fault),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(folder: &Path) -> Result<Root, RootFault> {
        Root::open(folder, "root.pem", "A root", UNIX_EPOCH + DAY * 20_000)
    }

    #[test]
    fn a_root_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let made = open(folder.path()).unwrap();
        let again = open(folder.path()).unwrap();
        assert_eq!(made.certificate(), again.certificate());
        assert_eq!(made.key.serialize_der(), again.key.serialize_der());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
    }

    #[cfg(unix)]
    #[test]
    fn a_root_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        open(folder.path()).unwrap();
        let mode = fs::metadata(folder.path().join("root.pem")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_is_no_root_is_left_as_it_is_and_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("root.pem"), "my own").unwrap();
        let fault = open(folder.path()).err().unwrap().to_string();
        assert!(fault.contains("root.pem is no certificate authority"), "{fault}");
        assert_eq!(fs::read_to_string(folder.path().join("root.pem")).unwrap(), "my own");
    }

    #[test]
    fn who_makes_it_at_the_same_time_has_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let all: Vec<Vec<u8>> = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..8).map(|_| scope.spawn(|| open(folder.path()).unwrap().certificate)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(all.windows(2).all(|pair| pair[0] == pair[1]));
    }
}
