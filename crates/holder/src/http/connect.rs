//! Connections, in clear or over TLS with the system's roots, straight or through a proxy.

use super::Url;
use super::proxy::{Proxies, Proxy};
use crate::fault::Fault;
use bytes::Bytes;
use http::HeaderValue;
use http_body_util::Full;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use std::fmt::Display;
use std::sync::{Arc, OnceLock};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// More than any proxy says before it leads on.
const MOST_OF_A_HEAD: usize = 16 * 1024;

/// A connection to one server.
pub(super) struct Connection {
    to: Url,
    /// How requests are put to it.
    pub(super) way: Way,
    pub(super) sender: SendRequest<Full<Bytes>>,
}

/// How requests are put to who is at the other end.
pub(super) enum Way {
    /// As to the server itself.
    Straight,
    /// As to a proxy, which wants the whole URL, and to be told who asks.
    AskedOfProxy(Option<HeaderValue>),
}

/// What a connection lies on.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}
type Carrier = Box<dyn Stream>;

impl Connection {
    pub(super) fn leads_to(&self, url: &Url) -> bool {
        self.to.is_same_origin(url)
    }
}

/// Makes connections. Roots are read when the first is made over TLS.
pub(super) struct Connector {
    proxies: Proxies,
    tls: OnceLock<Arc<ClientConfig>>,
}

impl Connector {
    pub(super) const fn new(proxies: Proxies) -> Self {
        Self { proxies, tls: OnceLock::new() }
    }

    pub(super) async fn connect(&self, url: &Url) -> Result<Connection, Fault> {
        let (carrier, way) = match self.proxies.to(url)? {
            None => (reach_server(url).await?, Way::Straight),
            Some(proxy) if url.is_tls() => (self.tunnel(proxy, url).await?, Way::Straight),
            Some(proxy) => (self.reach(proxy).await?, Way::AskedOfProxy(proxy.password().cloned())),
        };
        if !url.is_tls() {
            return begin(url, way, carrier).await;
        }
        let hint = "check the URL and this machine's clock; a certificate of your own authority is named by SSL_CERT_FILE";
        let unproven = |fault: &dyn Display| {
            Fault::new(format!("{} did not prove who it is: {fault}", url.origin()), hint)
        };
        begin(url, way, self.secured(carrier, url.host(), &unproven).await?).await
    }

    /// A connection to a proxy.
    async fn reach(&self, proxy: &Proxy) -> Result<Carrier, Fault> {
        let variable = proxy.variable();
        let hint = format!("check {variable}; NO_PROXY names hosts that are called without it");
        let unreached = |fault: &dyn Display| {
            Fault::new(format!("the proxy that {variable} names can't be reached: {fault}"), &hint)
        };
        let stream = reached(proxy.host(), proxy.port()).await.map_err(|fault| unreached(&fault))?;
        if proxy.is_tls() { self.secured(stream, proxy.host(), &unreached).await } else { Ok(stream) }
    }

    /// A connection to a server through a proxy, which learns the server's name and nothing more.
    async fn tunnel(&self, proxy: &Proxy, url: &Url) -> Result<Carrier, Fault> {
        let mut carrier = self.reach(proxy).await?;
        let to = format!("{}:{}", url.host(), url.port());
        let mut request = format!("CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n").into_bytes();
        if let Some(password) = proxy.password() {
            request.extend([b"Proxy-Authorization: ", password.as_bytes(), b"\r\n"].concat());
        }
        request.extend(b"\r\n");
        let broken = |fault: &dyn Display| {
            Fault::new(format!("the proxy that {} names broke off: {fault}", proxy.variable()), "try again")
        };
        carrier.write_all(&request).await.map_err(|fault| broken(&fault))?;
        match status(&mut carrier).await.map_err(|fault| broken(&fault))? {
            200..=299 => Ok(carrier),
            status => Err(refused(proxy, url, status)),
        }
    }

    async fn secured(
        &self,
        carrier: Carrier,
        host: &str,
        unproven: &(dyn Fn(&dyn Display) -> Fault + Sync),
    ) -> Result<Carrier, Fault> {
        let host = host.trim_matches(['[', ']']);
        let name = ServerName::try_from(host.to_owned()).map_err(|_| {
            Fault::new(format!("`{host}` is no name that a certificate could bear"), "check the URL")
        })?;
        let connected = TlsConnector::from(self.tls()?).connect(name, carrier).await;
        Ok(Box::new(connected.map_err(|fault| unproven(&fault))?))
    }

    fn tls(&self) -> Result<Arc<ClientConfig>, Fault> {
        if let Some(made) = self.tls.get() {
            return Ok(Arc::clone(made));
        }
        let made = Arc::new(config()?);
        Ok(Arc::clone(self.tls.get_or_init(|| made)))
    }
}

async fn reach_server(url: &Url) -> Result<Carrier, Fault> {
    reached(url.host().trim_matches(['[', ']']), url.port()).await.map_err(|fault| {
        Fault::new(
            format!("{} can't be reached: {fault}", url.origin()),
            "check the URL, and whether the server runs and this machine may reach it",
        )
    })
}

async fn reached(host: &str, port: u16) -> std::io::Result<Carrier> {
    let stream = TcpStream::connect((host, port)).await?;
    // Small requests and their answers: a delay would only wait for more of them.
    let _ = stream.set_nodelay(true);
    Ok(Box::new(stream))
}

/// What a proxy answers, read to the end of its head and no further: what comes then is the server's.
async fn status(carrier: &mut Carrier) -> std::io::Result<u16> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() == MOST_OF_A_HEAD {
            return Err(std::io::Error::other("it says too much"));
        }
        head.push(carrier.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head);
    let status = head.strip_prefix("HTTP/1.").and_then(|rest| rest.split(' ').nth(1)?.trim().parse().ok());
    status.ok_or_else(|| std::io::Error::other("it does not speak HTTP"))
}

fn refused(proxy: &Proxy, url: &Url, status: u16) -> Fault {
    let variable = proxy.variable();
    let said =
        format!("the proxy that {variable} names does not lead to {}: it answers {status}", url.host());
    match status {
        407 => {
            Fault::new(said, format!("put name and password into {variable}: http://NAME:PASSWORD@HOST:PORT"))
        }
        _ => Fault::new(said, format!("have {} allowed there, or name it in NO_PROXY", url.host())),
    }
}

async fn begin(url: &Url, way: Way, carrier: Carrier) -> Result<Connection, Fault> {
    let (sender, connection) = handshake(TokioIo::new(carrier))
        .await
        .map_err(|fault| Fault::new(format!("{} broke off: {fault}", url.origin()), "try again"))?;
    tokio::spawn(connection);
    Ok(Connection { to: url.clone(), way, sender })
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
