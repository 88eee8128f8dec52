//! Which roots are trusted: those that somebody gives, or has put where such files are. None is built in.

use super::SignedFault;
use crate::fault::Fault;
use crate::surroundings::Surroundings;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, TrustAnchor};
use std::fs;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

/// More than a file of certificates has.
const LONGEST: u64 = 1024 * 1024;
const ENDINGS: [&str; 4] = ["cer", "crt", "der", "pem"];
/// Where packages and administrators put Apple's roots.
const FOLDERS: [&str; 3] = [
    "/usr/local/share/ca-certificates/apple",
    "/usr/local/share/apple-roots",
    "/usr/share/ca-certificates/apple",
];

/// Root certificates.
#[derive(Clone, Debug, Default)]
pub struct Roots(Vec<CertificateDer<'static>>);

impl Roots {
    /// These, in DER.
    ///
    /// # Errors
    /// One is no certificate.
    pub fn new(certificates: impl IntoIterator<Item = Vec<u8>>) -> Result<Self, SignedFault> {
        let all: Vec<_> = certificates.into_iter().map(CertificateDer::from).collect();
        let is_one = |der: &CertificateDer<'_>| webpki::anchor_from_trusted_cert(der).is_ok();
        if all.iter().all(is_one) { Ok(Self(all)) } else { Err(SignedFault::Certificate(super::Place::Root)) }
    }

    /// Those in these files, in DER or PEM.
    ///
    /// # Errors
    /// A file can't be read, or is no certificate.
    pub fn read(paths: &[PathBuf]) -> Result<Self, Fault> {
        let mut all = Vec::new();
        for path in paths {
            all.extend(in_file(path)?);
        }
        Ok(Self(all))
    }

    /// Those in these folders; a folder that is not there has none.
    ///
    /// # Errors
    /// As for [`Roots::read`].
    pub fn in_folders(folders: &[PathBuf]) -> Result<Self, Fault> {
        let mut paths = Vec::new();
        for folder in folders {
            match fs::read_dir(folder) {
                Ok(entries) => paths.extend(entries.filter_map(|entry| Some(entry.ok()?.path()))),
                Err(fault) if fault.kind() == ErrorKind::NotFound => {}
                Err(fault) => return Err(Fault::at("read", folder, &fault)),
            }
        }
        paths.retain(|path| path.extension().is_some_and(|ending| ENDINGS.iter().any(|one| ending == *one)));
        paths.sort();
        Self::read(&paths)
    }

    /// Where roots are looked for when none is given: `roots` beside the settings, then where systems have them.
    #[must_use]
    pub fn usual_folders(around: &Surroundings) -> Vec<PathBuf> {
        let own = around.settings_folder().map(|folder| folder.join("roots"));
        own.into_iter().chain(FOLDERS.map(PathBuf::from)).collect()
    }

    /// Whether nobody is trusted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The certificate that an anchor was made of.
    pub(super) fn certificate_of(&self, anchor: &TrustAnchor<'_>) -> Option<&[u8]> {
        let is_it = |root: &&CertificateDer<'static>| {
            webpki::anchor_from_trusted_cert(root).is_ok_and(|made| made == *anchor)
        };
        self.0.iter().find(is_it).map(AsRef::as_ref)
    }

    pub(super) fn anchors(&self) -> Result<Vec<TrustAnchor<'_>>, SignedFault> {
        let anchors =
            self.0.iter().map(|root| webpki::anchor_from_trusted_cert(root)).collect::<Result<_, _>>();
        anchors.map_err(|_| SignedFault::Certificate(super::Place::Root))
    }
}

fn in_file(path: &Path) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let mut bytes = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(LONGEST).read_to_end(&mut bytes));
    read.map_err(|fault| Fault::at("read", path, &fault))?;
    let none = || {
        Fault::new(
            format!("{} is no certificate", path.display()),
            "give a root certificate, in DER (as Apple has them) or PEM",
        )
    };
    let is_pem = bytes.trim_ascii_start().starts_with(b"-----BEGIN");
    let all = if is_pem {
        CertificateDer::pem_slice_iter(&bytes).collect::<Result<Vec<_>, _>>().map_err(|_| none())?
    } else {
        vec![CertificateDer::from(bytes)]
    };
    let is_one = |der: &CertificateDer<'_>| webpki::anchor_from_trusted_cert(der).is_ok();
    if !all.is_empty() && all.iter().all(is_one) { Ok(all) } else { Err(none()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_is_named_and_a_folder_that_is_not_there_is_passed_over() {
        let temp = tempfile::tempdir().unwrap();
        let folder = temp.path().to_owned();
        assert!(Roots::in_folders(&[folder.join("nowhere"), folder.clone()]).unwrap().is_empty());
        fs::write(folder.join("readme.txt"), "no root").unwrap();
        assert!(Roots::in_folders(std::slice::from_ref(&folder)).unwrap().is_empty());
        for content in
            [&b"no root"[..], b"", b"-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"]
        {
            let path = folder.join("a.cer");
            fs::write(&path, content).unwrap();
            let fault = Roots::in_folders(std::slice::from_ref(&folder)).unwrap_err();
            assert_eq!(fault.message(), format!("{} is no certificate", path.display()));
        }
    }
}
