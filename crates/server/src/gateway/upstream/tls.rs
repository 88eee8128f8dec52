//! TLS to the upstream: by whom it is vouched for, and what is spoken over it.

use super::UpstreamFault;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

const NEW: &[u8] = b"h2";
const OLD: &[u8] = b"http/1.1";

/// How connections are made.
pub(super) struct Tls {
    any: TlsConnector,
    alone: TlsConnector,
    name: ServerName<'static>,
}

impl Tls {
    /// To this host, which one of these authorities vouches for, or of the system's, if none are given.
    pub(super) fn new(authorities: Option<&Path>, host: &str) -> Result<Self, UpstreamFault> {
        let roots = match authorities {
            Some(path) => authorities_in(path)?,
            None => authorities_of_system()?,
        };
        let name = ServerName::try_from(host.to_owned())
            .map_err(|source| UpstreamFault::NotACertificatesName { host: host.to_owned(), source })?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let config = config.with_root_certificates(roots).with_no_client_auth();
        Ok(Self { any: speaking(&[NEW, OLD], &config), alone: speaking(&[OLD], &config), name })
    }

    /// A connection in what the upstream agrees to, and whether that is HTTP/2.
    pub(super) async fn connect(&self, stream: TcpStream) -> io::Result<(TlsStream<TcpStream>, bool)> {
        let stream = self.any.connect(self.name.clone(), stream).await?;
        let is_new = stream.get_ref().1.alpn_protocol() == Some(NEW);
        Ok((stream, is_new))
    }

    /// A connection for one exchange after the other, which may end in speaking something else.
    pub(super) async fn connect_alone(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        self.alone.connect(self.name.clone(), stream).await
    }
}

fn speaking(protocols: &[&[u8]], config: &ClientConfig) -> TlsConnector {
    let mut config = config.clone();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    TlsConnector::from(Arc::new(config))
}

fn authorities_in(path: &Path) -> Result<RootCertStore, UpstreamFault> {
    let none = |source| UpstreamFault::NoAuthorities { path: path.to_owned(), source };
    let file = File::open(path).map_err(|error| none(Some(rustls::pki_types::pem::Error::Io(error))))?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_reader_iter(file).collect();
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(found.map_err(|error| none(Some(error)))?);
    if added == 0 { Err(none(None)) } else { Ok(roots) }
}

fn authorities_of_system() -> Result<RootCertStore, UpstreamFault> {
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if added == 0 { Err(UpstreamFault::NoSystemAuthorities) } else { Ok(roots) }
}
