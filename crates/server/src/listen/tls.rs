//! TLS: the certificate and key in force, and their replacement while we serve.

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem};
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio_rustls::TlsAcceptor;
use tracing::{info, warn};
use zeroize::Zeroizing;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(3);

/// Why a certificate and key can't be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsFault {
    /// A file can't be read.
    #[error("can't read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A file is not PEM, or holds nothing of what it should.
    #[error("{} holds no {what} in PEM form", path.display())]
    NothingInside {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        what: &'static str,
    },
    /// The two do not go together, or are of no use to TLS.
    #[error("the certificate in {} and the key in {} can't be used", certificate.display(), key.display())]
    Unusable {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// The reason.
        source: rustls::Error,
    },
}

/// A certificate with its key, read from two PEM files and read again when they change.
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    look_every: Duration,
    current: RwLock<Current>,
}

struct Current {
    config: Arc<ServerConfig>,
    stamp: Stamp,
}

/// What changes when a file is written or another is put in its place: time, size, inode; for both files.
type Stamp = [Option<(i64, i64, u64, u64)>; 2];

impl Tls {
    /// Reads the chain of certificates, our own first, and the key that belongs to it.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, TlsFault> {
        let current = RwLock::new(read(certificate, key)?);
        Ok(Self { certificate: certificate.to_owned(), key: key.to_owned(), look_every: LOOK_EVERY, current })
    }

    /// Looks at the files in another rhythm than every three seconds.
    #[must_use]
    pub fn look_every(mut self, pause: Duration) -> Self {
        self.look_every = pause;
        self
    }

    /// For one handshake.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        TlsAcceptor::from(Arc::clone(&current.config))
    }

    /// Looks for ever whether the files changed, at once on SIGHUP. A pair that can't be used (half
    /// written, or the new certificate before the new key) leaves the old one in force.
    pub(super) async fn follow(self: Arc<Self>) {
        let mut hang_up = signal(SignalKind::hangup()).ok();
        let mut tried = self.stamp_in_force();
        loop {
            let asked = tokio::select! {
                () = tokio::time::sleep(self.look_every) => false,
                Some(()) = async { hang_up.as_mut()?.recv().await } => true,
            };
            let this = Arc::clone(&self);
            let look = tokio::task::spawn_blocking(move || this.look(tried, asked));
            tried = look.await.unwrap_or(tried);
        }
    }

    fn stamp_in_force(&self) -> Stamp {
        self.current.read().unwrap_or_else(PoisonError::into_inner).stamp
    }

    /// Reads the files again if they are not as they were when last tried.
    fn look(&self, tried: Stamp, asked: bool) -> Stamp {
        let found = stamp(&self.certificate, &self.key);
        if found == tried && !asked {
            return tried;
        }
        match read(&self.certificate, &self.key) {
            Ok(current) => self.put_in_force(current),
            Err(fault) => self.keep_the_old_one(&fault),
        }
        found
    }

    fn put_in_force(&self, current: Current) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = current;
        info!(certificate = %self.certificate.display(), "The TLS certificate was read again and is in force.");
    }

    fn keep_the_old_one(&self, fault: &TlsFault) {
        let reason = std::error::Error::source(fault).map(ToString::to_string).unwrap_or_default();
        warn!(%fault, reason, "The TLS files changed but can't be used; the old certificate stays in force.");
    }
}

/// The stamp is taken first: a change while we read is then seen at the next look.
fn read(certificate: &Path, key: &Path) -> Result<Current, TlsFault> {
    let stamp = stamp(certificate, key);
    let chain = chain(certificate)?;
    let private = private_key(key)?;
    let config = config(chain, private).map_err(|source| TlsFault::Unusable {
        certificate: certificate.to_owned(),
        key: key.to_owned(),
        source,
    })?;
    Ok(Current { config: Arc::new(config), stamp })
}

fn config(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsFault> {
    let bytes = fs::read(path).map_err(|source| unreadable(path, source))?;
    let chain: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(&bytes).collect();
    let what = "certificate";
    chain
        .ok()
        .filter(|chain| !chain.is_empty())
        .ok_or(TlsFault::NothingInside { path: path.to_owned(), what })
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsFault> {
    let bytes = Zeroizing::new(fs::read(path).map_err(|source| unreadable(path, source))?);
    PrivateKeyDer::from_pem_slice(&bytes)
        .map_err(|_| TlsFault::NothingInside { path: path.to_owned(), what: "private key" })
}

fn unreadable(path: &Path, source: io::Error) -> TlsFault {
    TlsFault::Unreadable { path: path.to_owned(), source }
}

fn stamp(certificate: &Path, key: &Path) -> Stamp {
    [certificate, key].map(|path| {
        let found = fs::metadata(path).ok()?;
        Some((found.mtime(), found.mtime_nsec(), found.size(), found.ino()))
    })
}
