//! One post: connect, send, read the beginning of the answer, all within a time.

use super::{Answered, Outcome, Target};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST, USER_AGENT};
use http::{HeaderName, HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::handshake;
use hyper::rt::{Read, Write};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// How long a post may take, from the look-up of the host's name to the end of the answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Where machines of clouds are handed their credentials, beside the link-local address.
const CREDENTIALS: [IpAddr; 5] = [
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V6(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
];
/// What is said of a host that has one of these addresses.
pub(super) const OFF_LIMITS: &str =
    "It has a link-local address, or one where machines are handed credentials: nothing is sent there";
/// How much of an answer is kept.
pub(super) const LONGEST_KEPT: usize = 4096;

const AGENT: HeaderValue =
    HeaderValue::from_static(concat!("counterfoil-sandbox/", env!("CARGO_PKG_VERSION")));
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// How this machine checks whom it speaks to: by its own roots, read once.
static TLS: LazyLock<Trust> = LazyLock::new(trust_of_the_machine);

type Trust = Result<Arc<ClientConfig>, String>;

/// What a post says: JSON, with header fields beside it.
pub(crate) struct Content {
    pub(crate) fields: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Bytes,
}

/// Makes a post.
pub(super) async fn make(to: &Target, content: Content) -> Outcome {
    match timeout(PATIENCE, exchange(to, content, || TLS.clone())).await {
        Ok(outcome) => outcome,
        Err(_) => Err(format!("It did not answer within {} seconds", PATIENCE.as_secs())),
    }
}

async fn exchange(to: &Target, content: Content, trust: impl FnOnce() -> Trust) -> Outcome {
    let stream = connect(to).await?;
    if !to.is_tls() {
        return speak(to, content, TokioIo::new(stream)).await;
    }
    let name = ServerName::try_from(to.host().to_owned());
    let name = name.map_err(|_| "Its host is no name that a certificate could bear".to_owned())?;
    let connector = TlsConnector::from(trust()?);
    let stream = connector.connect(name, stream).await;
    let stream = stream.map_err(|fault| format!("It did not prove who it is: {fault}"))?;
    speak(to, content, TokioIo::new(stream)).await
}

async fn connect(to: &Target) -> Result<TcpStream, String> {
    let unreachable = |fault| format!("It can't be reached: {fault}");
    let found = lookup_host((to.host(), to.port())).await.map_err(unreachable)?;
    let all: Vec<SocketAddr> = found.collect();
    if all.iter().any(|address| is_off_limits(address.ip())) {
        return Err(OFF_LIMITS.to_owned());
    }
    TcpStream::connect(all.as_slice()).await.map_err(unreachable)
}

fn is_off_limits(address: IpAddr) -> bool {
    let is_link_local = match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => {
            Ipv6Addr::is_unicast_link_local(&address) || within(address).is_some_and(is_off_limits)
        }
    };
    is_link_local || CREDENTIALS.contains(&address)
}

/// The address of the older kind that one of the newer leads to: written into it, or by a network that translates.
fn within(address: Ipv6Addr) -> Option<IpAddr> {
    let translated = match address.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
        }
        _ => None,
    };
    address.to_ipv4_mapped().or(translated).map(IpAddr::V4)
}

async fn speak<S: Read + Write + Send + Unpin + 'static>(
    to: &Target,
    content: Content,
    stream: S,
) -> Outcome {
    let broken = |fault: hyper::Error| format!("It broke off: {}", whole(&fault));
    let (mut sender, connection) = handshake(stream).await.map_err(broken)?;
    tokio::spawn(connection);
    let request = request(to, content).map_err(|fault| format!("The request can't be made: {fault}"))?;
    let answer = sender.send_request(request).await.map_err(broken)?;
    read(answer).await.map_err(broken)
}

fn request(to: &Target, content: Content) -> Result<Request<Full<Bytes>>, http::Error> {
    let mut request = Request::post(to.path())
        .header(HOST, to.authority())
        .header(USER_AGENT, AGENT)
        .header(CONTENT_TYPE, JSON)
        .body(Full::new(content.body))?;
    for (name, value) in content.fields {
        request.headers_mut().insert(name, value);
    }
    Ok(request)
}

async fn read(answer: Response<Incoming>) -> Result<Answered, hyper::Error> {
    let (head, mut body) = answer.into_parts();
    let mut kept = Vec::new();
    while kept.len() < LONGEST_KEPT
        && let Some(frame) = body.frame().await
    {
        kept.extend_from_slice(&frame?.into_data().unwrap_or_default());
    }
    kept.truncate(LONGEST_KEPT);
    Ok(Answered { status: head.status.as_u16(), body: String::from_utf8_lossy(&kept).into_owned() })
}

/// An error with its causes.
fn whole(fault: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(fault.source(), |cause| cause.source());
    causes.fold(fault.to_string(), |text, cause| format!("{text}: {cause}"))
}

fn trust_of_the_machine() -> Trust {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err("This machine has no root certificates to check a server by".to_owned());
    }
    trust(roots)
}

fn trust(roots: RootCertStore) -> Trust {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|fault| format!("TLS can't be set up: {fault}"))?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use rustls::{ServerConfig, ServerConnection, Stream};
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::thread;

    /// Somebody who speaks TLS as `localhost`, and answers each post: where, and by which certificate.
    fn listener() -> (Target, CertificateDer<'static>) {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let certificate = made.cert.der().clone();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config =
            ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_no_client_auth().with_single_cert(vec![certificate.clone()], key).unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut connection = ServerConnection::new(Arc::clone(&config)).unwrap();
                let mut tls = Stream::new(&mut connection, &mut stream);
                let mut bytes = Vec::new();
                let mut some = [0; 1024];
                // Who does not trust the certificate says so here, and goes.
                while let Ok(read @ 1..) = tls.read(&mut some) {
                    bytes.extend_from_slice(&some[..read]);
                    if bytes.ends_with(b"{}") {
                        tls.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfine").unwrap();
                    }
                }
            }
        });
        (Target::read(&format!("https://localhost:{port}/hook")).unwrap(), certificate)
    }

    fn outcome(to: &Target, roots: RootCertStore) -> Outcome {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let content = Content { fields: Vec::new(), body: Bytes::from_static(b"{}") };
        runtime.block_on(exchange(to, content, || trust(roots)))
    }

    #[test]
    fn a_server_is_posted_to_if_it_proves_who_it_is_and_never_else() {
        let (to, certificate) = listener();
        let mut roots = RootCertStore::empty();
        roots.add(certificate).unwrap();
        assert_eq!(outcome(&to, roots), Ok(Answered { status: 200, body: "fine".to_owned() }));
        let (_, another) = listener();
        let mut roots = RootCertStore::empty();
        roots.add(another).unwrap();
        let refused = outcome(&to, roots).unwrap_err();
        assert!(refused.starts_with("It did not prove who it is: "), "{refused}");
    }
}
