//! The connection to the server: one request at a time, each with its time.

use super::Trouble;
use super::address::{Address, SourceFault};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, USER_AGENT};
use http::{HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// How long it may take to be connected.
const CONNECT: Duration = Duration::from_secs(2);
/// How long an answer may stand still.
const STALL: Duration = Duration::from_secs(5);
/// The longest answer that is taken: some ten million keys.
const LONGEST: usize = 4 << 30;

/// What came back.
pub(super) struct Answered {
    pub(super) status: StatusCode,
    pub(super) body: Vec<u8>,
}

/// The connection, made when it is needed and given up at the first thing that goes wrong.
pub(super) struct Wire {
    address: Address,
    authorization: HeaderValue,
    tls: Option<Arc<ClientConfig>>,
    open: Option<SendRequest<Full<Bytes>>>,
}

impl Wire {
    pub(super) fn new(address: Address, trusted: &[u8], credential: &str) -> Result<Self, SourceFault> {
        let mut authorization =
            HeaderValue::try_from(format!("Bearer {credential}")).map_err(|_| SourceFault::Credential)?;
        authorization.set_sensitive(true);
        let tls = address.is_tls.then(|| tls(trusted)).transpose()?;
        Ok(Self { address, authorization, tls, open: None })
    }

    /// Asks, and waits for the beginning of the answer for so long. Dropping this half way gives the
    /// connection up.
    pub(super) async fn get(&mut self, path: &str, patience: Duration) -> Result<Answered, Trouble> {
        let request = self.request(Method::GET, path, Bytes::new())?;
        self.ask(request, patience).await
    }

    /// Hands something over, and waits for the answer in the same way.
    pub(super) async fn post(
        &mut self,
        path: &str,
        json: Bytes,
        patience: Duration,
    ) -> Result<Answered, Trouble> {
        let mut request = self.request(Method::POST, path, json)?;
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.ask(request, patience).await
    }

    async fn ask(&mut self, request: Request<Full<Bytes>>, patience: Duration) -> Result<Answered, Trouble> {
        let mut sender = match self.open.take() {
            Some(sender) if !sender.is_closed() => sender,
            _ => self.connect().await?,
        };
        let answer = timeout(patience, sender.send_request(request)).await;
        let answer = answer
            .map_err(|_| self.unreachable("it does not answer"))?
            .map_err(|fault| self.unreachable(whole(&fault)))?;
        let status = answer.status();
        let body = self.body(answer.into_body()).await?;
        self.open = Some(sender);
        Ok(Answered { status, body })
    }

    fn request(&self, method: Method, path: &str, body: Bytes) -> Result<Request<Full<Bytes>>, Trouble> {
        Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.address.base))
            .header(HOST, self.address.authority())
            .header(AUTHORIZATION, self.authorization.clone())
            .header(ACCEPT, "application/json")
            .header(USER_AGENT, concat!("counterfoil-verify/", env!("CARGO_PKG_VERSION")))
            .body(Full::new(body))
            .map_err(|fault| self.unreachable(fault))
    }

    async fn body(&self, mut body: Incoming) -> Result<Vec<u8>, Trouble> {
        let mut whole_body = Vec::new();
        loop {
            let frame = timeout(STALL, body.frame()).await;
            let Some(frame) = frame.map_err(|_| self.unreachable("its answer stands still"))? else {
                return Ok(whole_body);
            };
            let frame = frame.map_err(|fault| self.unreachable(whole(&fault)))?;
            let data = frame.into_data().unwrap_or_default();
            if whole_body.len() + data.len() > LONGEST {
                return Err(self.unreachable("its answer does not end"));
            }
            whole_body.extend_from_slice(&data);
        }
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, Trouble> {
        let connecting = timeout(CONNECT, self.connected()).await;
        connecting.map_err(|_| self.unreachable("it can't be connected to in time"))?
    }

    async fn connected(&self) -> Result<SendRequest<Full<Bytes>>, Trouble> {
        let host = self.address.bare_host();
        let stream = TcpStream::connect((host, self.address.port)).await;
        let stream = stream.map_err(|fault| self.unreachable(fault))?;
        stream.set_nodelay(true).map_err(|fault| self.unreachable(fault))?;
        let Some(tls) = &self.tls else { return self.speak(stream).await };
        let name = ServerName::try_from(host.to_owned()).map_err(|fault| self.unreachable(fault))?;
        let stream = TlsConnector::from(tls.clone()).connect(name, stream).await;
        self.speak(stream.map_err(|fault| self.unreachable(fault))?).await
    }

    async fn speak<S>(&self, stream: S) -> Result<SendRequest<Full<Bytes>>, Trouble>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let spoken = handshake(TokioIo::new(stream)).await;
        let (sender, connection) = spoken.map_err(|fault| self.unreachable(whole(&fault)))?;
        // It ends when the sender is dropped; what went wrong the sender is told.
        tokio::spawn(async move { drop(connection.await) });
        Ok(sender)
    }

    fn unreachable(&self, why: impl Display) -> Trouble {
        Trouble::Unreachable { address: self.address.to_string(), why: why.to_string() }
    }
}

/// An error with its causes.
fn whole(fault: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(fault.source(), |cause| cause.source());
    causes.fold(fault.to_string(), |text, cause| format!("{text}: {cause}"))
}

fn tls(trusted: &[u8]) -> Result<Arc<ClientConfig>, SourceFault> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates(trusted)?);
    if roots.is_empty() {
        return Err(SourceFault::NothingTrusted("there is none among those given, or of the system".into()));
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|fault| SourceFault::NothingTrusted(fault.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// Those given, or the system's if none are.
fn certificates(trusted: &[u8]) -> Result<Vec<CertificateDer<'static>>, SourceFault> {
    if trusted.is_empty() {
        return Ok(rustls_native_certs::load_native_certs().certs);
    }
    let given: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(trusted).collect();
    given.map_err(|fault| SourceFault::NothingTrusted(fault.to_string()))
}
