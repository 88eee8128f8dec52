//! Connections, in clear or over TLS with the system's roots.

use super::Url;
use crate::fault::Fault;
use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::rt::{Read, Write};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use std::cell::OnceCell;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// A connection to one server.
pub(super) struct Connection {
    to: Url,
    pub(super) sender: SendRequest<Full<Bytes>>,
}

impl Connection {
    pub(super) fn leads_to(&self, url: &Url) -> bool {
        self.to.is_same_origin(url)
    }
}

/// Makes connections. Roots are read when the first is made over TLS.
#[derive(Default)]
pub(super) struct Connector {
    tls: OnceCell<Arc<ClientConfig>>,
}

impl Connector {
    pub(super) async fn connect(&self, url: &Url) -> Result<Connection, Fault> {
        let host = url.host().trim_matches(['[', ']']);
        let stream = TcpStream::connect((host, url.port())).await.map_err(|fault| {
            Fault::new(
                format!("{} can't be reached: {fault}", url.origin()),
                "check the URL, and whether the server runs and this machine may reach it",
            )
        })?;
        // Small requests and their answers: a delay would only wait for more of them.
        let _ = stream.set_nodelay(true);
        if !url.is_tls() {
            return begin(url, TokioIo::new(stream)).await;
        }
        let name = ServerName::try_from(host.to_owned()).map_err(|_| {
            Fault::new(format!("`{host}` is no name that a certificate could bear"), "check the URL")
        })?;
        let stream = TlsConnector::from(self.tls()?).connect(name, stream).await.map_err(|fault| {
            Fault::new(
                format!("{} did not prove who it is: {fault}", url.origin()),
                "check the URL and this machine's clock; a certificate of your own authority is named by SSL_CERT_FILE",
            )
        })?;
        begin(url, TokioIo::new(stream)).await
    }

    fn tls(&self) -> Result<Arc<ClientConfig>, Fault> {
        if let Some(made) = self.tls.get() {
            return Ok(Arc::clone(made));
        }
        let made = Arc::new(config()?);
        Ok(Arc::clone(self.tls.get_or_init(|| made)))
    }
}

async fn begin<S: Read + Write + Send + Unpin + 'static>(url: &Url, stream: S) -> Result<Connection, Fault> {
    let (sender, connection) = handshake(stream)
        .await
        .map_err(|fault| Fault::new(format!("{} broke off: {fault}", url.origin()), "try again"))?;
    tokio::spawn(connection);
    Ok(Connection { to: url.clone(), sender })
}

fn config() -> Result<ClientConfig, Fault> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err(Fault::new(
            "this machine has no root certificates to check a server by",
            "install them (Debian: ca-certificates), or name a file of them by SSL_CERT_FILE",
        ));
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config
        .map_err(|fault| Fault::new(format!("TLS can't be set up: {fault}"), "this should not happen"))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
