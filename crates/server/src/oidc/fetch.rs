//! How a provider is asked: one request, one connection, everything bounded, no redirect followed.

use super::address::is_public;
use super::settings::{ProviderFault, ProviderSettings, ProviderUrl};
use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HOST, USER_AGENT};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// How long a provider may take for one answer, from the look-up of its name to the last byte.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest answer that is taken; sets of keys are the longest, and below this by far.
const LONGEST: usize = 256 * 1024;

/// Why there is no answer. Nothing that the provider says is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FetchFault {
    #[error("{0} can't be reached: {1}")]
    Unreachable(String, String),
    #[error("{0} does not answer in time")]
    Slow(String),
    #[error("{0} leads to an address that is not one of the internet")]
    NotPublic(String),
    #[error("{0} broke off, or its answer is too long")]
    Broken(String),
    #[error("{0} answered with status {1}")]
    Status(String, u16),
}

/// What asks providers.
#[derive(Debug)]
pub(crate) struct Fetcher {
    usual: Arc<ClientConfig>,
    own: Vec<(ProviderUrl, Arc<ClientConfig>)>,
}

/// Of whom something is asked, and where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    /// The provider's issuer: its own host may have any address, since the settings name it.
    pub(crate) issuer: &'a ProviderUrl,
    /// What is asked.
    pub(crate) url: &'a ProviderUrl,
}

impl Fetcher {
    pub(super) fn new(settings: &[ProviderSettings]) -> Result<Self, ProviderFault> {
        let mut own = Vec::new();
        for provider in settings {
            if let Some(path) = &provider.authorities {
                own.push((provider.issuer.clone(), tls(&given(path)?)?));
            }
        }
        Ok(Self { usual: tls(&rustls_native_certs::load_native_certs().certs)?, own })
    }

    /// Gets a document; anything but 200 is a fault.
    pub(crate) async fn get(&self, asked: Asked<'_>) -> Result<Bytes, FetchFault> {
        let (status, body) = self.ask(asked, Method::GET, Bytes::new(), None).await?;
        if status == StatusCode::OK {
            Ok(body)
        } else {
            Err(FetchFault::Status(asked.url.host().to_owned(), status.as_u16()))
        }
    }

    /// Sends a form; answers whatever came back.
    pub(crate) async fn post(
        &self,
        asked: Asked<'_>,
        form: String,
        authorization: Option<HeaderValue>,
    ) -> Result<(StatusCode, Bytes), FetchFault> {
        self.ask(asked, Method::POST, form.into(), authorization).await
    }

    async fn ask(
        &self,
        asked: Asked<'_>,
        method: Method,
        body: Bytes,
        authorization: Option<HeaderValue>,
    ) -> Result<(StatusCode, Bytes), FetchFault> {
        let host = || asked.url.host().to_owned();
        let request = request(asked.url, &method, body, authorization);
        let request = request.map_err(|fault| FetchFault::Unreachable(host(), fault.to_string()))?;
        let asking = async {
            let response = self.send(asked, request).await?;
            let status = response.status();
            let body = Limited::new(response.into_body(), LONGEST).collect().await;
            Ok((status, body.map_err(|_| FetchFault::Broken(host()))?.to_bytes()))
        };
        tokio::time::timeout(PATIENCE, asking).await.unwrap_or_else(|_| Err(FetchFault::Slow(host())))
    }

    async fn send(
        &self,
        asked: Asked<'_>,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, FetchFault> {
        let url = asked.url;
        let unreachable = |why: String| FetchFault::Unreachable(url.host().to_owned(), why);
        let stream = TcpStream::connect(addresses(asked).await?.as_slice()).await;
        let stream = stream.map_err(|fault| unreachable(fault.to_string()))?;
        if !url.is_tls() {
            return exchange(stream, request).await.map_err(|fault| unreachable(fault.to_string()));
        }
        let name =
            ServerName::try_from(url.host().to_owned()).map_err(|fault| unreachable(fault.to_string()))?;
        let tls = TlsConnector::from(Arc::clone(self.tls_of(asked.issuer)));
        let stream = tls.connect(name, stream).await.map_err(|fault| unreachable(fault.to_string()))?;
        exchange(stream, request).await.map_err(|fault| unreachable(fault.to_string()))
    }

    fn tls_of(&self, issuer: &ProviderUrl) -> &Arc<ClientConfig> {
        self.own.iter().find(|(of, _)| of == issuer).map_or(&self.usual, |(_, tls)| tls)
    }
}

fn request(
    url: &ProviderUrl,
    method: &Method,
    body: Bytes,
    authorization: Option<HeaderValue>,
) -> http::Result<Request<Full<Bytes>>> {
    let mut request = Request::builder()
        .method(method)
        .uri(url.target())
        .header(HOST, url.authority())
        .header(ACCEPT, "application/json")
        .header(USER_AGENT, concat!("counterfoil/", env!("CARGO_PKG_VERSION")));
    if *method == Method::POST {
        request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    }
    if let Some(mut value) = authorization {
        value.set_sensitive(true);
        request = request.header(http::header::AUTHORIZATION, value);
    }
    request.body(Full::new(body))
}

/// The addresses of a host, looked up once: what is judged is what is connected to.
async fn addresses(asked: Asked<'_>) -> Result<Vec<SocketAddr>, FetchFault> {
    let url = asked.url;
    let found = tokio::net::lookup_host((url.host(), url.port())).await;
    let found = found.map_err(|fault| FetchFault::Unreachable(url.host().to_owned(), fault.to_string()))?;
    let is_named = url.host() == asked.issuer.host();
    let good: Vec<_> = found.filter(|address| is_named || is_public(address.ip())).collect();
    if good.is_empty() { Err(FetchFault::NotPublic(url.host().to_owned())) } else { Ok(good) }
}

async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, hyper::Error>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // It ends when the sender and the answer's body are dropped; what went wrong the sender is told.
    tokio::spawn(async move { drop(connection.await) });
    sender.send_request(request).await
}

fn tls(trusted: &[CertificateDer<'static>]) -> Result<Arc<ClientConfig>, ProviderFault> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(trusted.iter().cloned());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

fn given(path: &PathBuf) -> Result<Vec<CertificateDer<'static>>, ProviderFault> {
    let fault = |source| ProviderFault::NoAuthorities { path: path.clone(), source };
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let found = read.map_err(|source| fault(Some(source.into())))?;
    if found.is_empty() { Err(fault(None)) } else { Ok(found) }
}
