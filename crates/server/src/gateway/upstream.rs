//! The API behind the gateway: where it is, how long it is waited for, and how it is asked.
//!
//! In HTTP/1.1 each connection carries one exchange at a time and is driven by whoever has it: no task stands between
//! a client and the upstream, so what one of them does not take, the other is not asked for, and when one goes the
//! other is told by the end of its connection. An upstream that agrees to HTTP/2, over TLS, is asked many things over
//! one connection; what holds for a connection there holds for a stream here.

mod cord;
mod failures;
mod line;
mod nudge;
mod pool;
mod sent;
mod tls;
mod trunk;
mod wire;

pub(super) use cord::Cord;
pub(super) use failures::Failure;
pub(super) use line::Line;
pub(super) use sent::{Doorkeeper, Pulse, Sent};

use cord::Unsent;
use failures::Failures;

use http::uri::{Authority, Scheme};
use http::{HeaderValue, Request, Response, Uri};
use hyper::body::Incoming;
use pool::Pool;
use rustls::pki_types::InvalidDnsNameError;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tls::Tls;
use tokio::io::DuplexStream;
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::time::timeout;
use trunk::{Trunk, Trunks, named_short};
use wire::Wire;

/// How the upstream is reached.
#[derive(Clone, Debug)]
pub struct UpstreamSettings {
    /// `http://` or `https://`, a host, perhaps a port, and nothing behind it.
    pub url: String,
    /// For name look-up, connection and TLS handshake together.
    pub connect: Duration,
    /// From the end of a request (or the last of its body that the upstream took) to the head of the answer.
    pub answer: Duration,
    /// Between two pieces of an answer, and without a byte either way on an upgraded connection.
    pub idle: Duration,
    /// Whether the upstream sees the client's `Host`, not its own.
    pub keep_host: bool,
    /// The certificates that vouch for it, as PEM; those of the system, if none.
    pub authorities: Option<PathBuf>,
}

impl UpstreamSettings {
    /// The usual settings.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            connect: Duration::from_secs(5),
            answer: Duration::from_secs(60),
            idle: Duration::from_secs(300),
            keep_host: false,
            authorities: None,
        }
    }
}

/// Why an upstream can't be used as it is described.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamFault {
    /// The URL is not one of an origin.
    #[error("{url:?} is no place to forward to: {rule}")]
    NotAnOrigin {
        /// The URL.
        url: String,
        /// What it should be.
        rule: &'static str,
    },
    /// The host is no name that a certificate could be for.
    #[error("{host:?} is no name that a certificate could be for")]
    NotACertificatesName {
        /// The host.
        host: String,
        /// Why not.
        source: InvalidDnsNameError,
    },
    /// The file of certificates can't be read, or there is none in it.
    #[error("no certificates to know the upstream by are in {}", path.display())]
    NoAuthorities {
        /// The file.
        path: PathBuf,
        /// What is wrong, if it could not be read.
        source: Option<rustls::pki_types::pem::Error>,
    },
    /// The system has no certificates.
    #[error("this machine has no certificates to know an https upstream by")]
    NoSystemAuthorities,
    /// TLS can't be set up at all.
    #[error("TLS to the upstream can't be set up")]
    Tls(#[from] rustls::Error),
}

/// Why there is no answer of the upstream.
#[derive(Debug, thiserror::Error)]
pub(super) enum Lost {
    #[error("the upstream can't be reached: {0}")]
    Unreachable(#[from] io::Error),
    #[error("the upstream could not be reached in time")]
    SlowToConnect,
    #[error("the upstream gave no answer: {0}")]
    Broke(#[from] hyper::Error),
    #[error("the upstream broke the connection before it answered: {0}")]
    Reset(io::Error),
    #[error("what the upstream answered is no HTTP: {0}")]
    Garbled(&'static str),
    #[error("the upstream gave no answer in time")]
    SlowToAnswer,
    #[error("the upstream switched protocols without being asked to")]
    Uninvited,
    #[error("what was asked for is not open any more")]
    Ended,
}

/// The upstream. Shared by all requests.
pub struct Upstream {
    settings: UpstreamSettings,
    host: String,
    port: u16,
    authority: HeaderValue,
    way: Way,
    pool: Arc<Pool<Wire>>,
    /// Those that plain requests go over.
    cords: Arc<Pool<Cord>>,
    failures: Failures,
}

/// How it is reached.
enum Way {
    /// Over TCP.
    Plain,
    /// Over TLS, where it may agree to HTTP/2.
    Tls(Box<Agreed>),
    /// In this process: it is handed the other end of each connection. What begins so is open to everybody.
    Within(Box<dyn Fn(DuplexStream) + Send + Sync>, &'static str),
}

/// What is agreed on with an upstream over TLS.
struct Agreed {
    tls: Tls,
    trunks: Arc<Trunks>,
    /// Who opens a connection that all may use: the others wait for it, rather than each opening one.
    turn: Mutex<()>,
    /// Whether it agreed to HTTP/1.1 only when it was last asked.
    is_old: AtomicBool,
}

/// How much of an exchange within this process may be on its way.
const WITHIN: usize = 256 * 1024;

const RULE: &str = "it must be http:// or https://, a host, perhaps a port, and no path";

impl Upstream {
    /// An upstream that has not been asked yet. Whether it is there is found out by the first request.
    ///
    /// # Errors
    /// If it can't be used as it is described.
    pub fn new(settings: UpstreamSettings) -> Result<Self, UpstreamFault> {
        let (uri, is_https) = origin(&settings.url)?;
        let bare = uri.host().unwrap_or_default();
        let host = bare.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(bare).to_owned();
        let authority = uri.authority().map(Authority::as_str).unwrap_or_default();
        let authority = HeaderValue::from_str(authority).map_err(|_| not_an_origin(&settings.url))?;
        let way = match is_https {
            true => Way::Tls(Box::new(Agreed::with(Tls::new(settings.authorities.as_deref(), &host)?))),
            false => Way::Plain,
        };
        let port = uri.port_u16().unwrap_or(if is_https { 443 } else { 80 });
        Ok(Self {
            settings,
            host,
            port,
            authority,
            way,
            pool: Arc::default(),
            cords: Arc::default(),
            failures: Failures::default(),
        })
    }

    /// An upstream in this process. It is handed one end of each connection, and answers HTTP/1.1 on it. What
    /// begins with `open` is open to everybody, without a token.
    pub fn within(
        name: &'static str,
        open: &'static str,
        serve: impl Fn(DuplexStream) + Send + Sync + 'static,
    ) -> Self {
        Self {
            settings: UpstreamSettings::new(name),
            host: name.to_owned(),
            port: 0,
            authority: HeaderValue::from_static(name),
            way: Way::Within(Box::new(serve), open),
            pool: Arc::default(),
            cords: Arc::default(),
            failures: Failures::default(),
        }
    }

    /// Whether a path is open to everybody.
    pub(super) fn is_open(&self, path: &str) -> bool {
        matches!(&self.way, Way::Within(_, open) if path.starts_with(open))
    }

    pub(super) const fn settings(&self) -> &UpstreamSettings {
        &self.settings
    }

    /// What it is called in `Host`.
    pub(super) const fn authority(&self) -> &HeaderValue {
        &self.authority
    }

    /// Asks, and hands the answer's head over with what its body still comes over. Who wants to speak something else
    /// from here on needs a connection `alone`.
    ///
    /// A request is sent a second time only if nothing of it was sent the first time: the upstream may have
    /// closed a connection that was idle.
    pub(super) async fn ask(
        &self,
        mut request: Request<Sent>,
        alone: bool,
    ) -> Result<(Response<Incoming>, Line), Lost> {
        loop {
            let (mut line, was_open) = self.line(alone).await?;
            match line.ask(request).await {
                Ok(response) => return Ok((response, line)),
                Err(mut failed) => match failed.take_message().filter(|_| was_open) {
                    Some(unsent) => request = named_short(unsent),
                    None => return Err(failed.into_error().into()),
                },
            }
        }
    }

    /// Takes back what an exchange went over that is over.
    pub(super) fn take_back(&self, line: Line) {
        match line {
            Line::Wire(wire) if wire.is_free() => self.pool.put(wire),
            Line::Wire(_) | Line::Strand(_) => {}
        }
    }

    /// Whether plain requests can go there past hyper.
    pub(super) const fn takes_heads(&self) -> bool {
        matches!(self.way, Way::Plain)
    }

    /// Sends the head of a request that has no body, and hands over what its answer comes by. It is sent a second time
    /// only if nothing of it was sent the first time, as by [`Self::ask`].
    pub(super) async fn send(&self, head: &[u8]) -> Result<Cord, Lost> {
        loop {
            let (mut cord, was_open) = self.cord().await?;
            match cord.send(head).await {
                Ok(()) => return Ok(cord),
                Err(Unsent::Whole(_)) if was_open => {}
                Err(Unsent::Whole(fault) | Unsent::InPart(fault)) => return Err(Lost::Reset(fault)),
            }
        }
    }

    /// Takes back what an exchange came by that is over, unless more came than belonged to it.
    pub(super) fn take_cord_back(&self, mut cord: Cord) {
        if cord.came().is_empty() {
            cord.rest();
            self.cords.put(cord);
        }
    }

    /// A connection for a plain request, and whether it was open before.
    async fn cord(&self) -> Result<(Cord, bool), Lost> {
        if let Some(cord) = self.free_cord() {
            return Ok((cord, true));
        }
        let dialled = timeout(self.settings.connect, Box::pin(self.connected())).await;
        Ok((Cord::over(dialled.map_err(|_| Lost::SlowToConnect)??), false))
    }

    /// Notes that it failed.
    pub(super) fn failed(&self, failure: Failure) {
        self.failures.count(failure);
    }

    /// How often it failed, by the way in which it did.
    pub(crate) fn failures(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.failures.figures()
    }

    /// What an exchange can go over, and whether it was open before.
    async fn line(&self, alone: bool) -> Result<(Line, bool), Lost> {
        if let (Way::Tls(agreed), false) = (&self.way, alone)
            && let Some(strand) = agreed.trunks.strand()
        {
            return Ok((Line::Strand(strand), true));
        }
        while let Some(mut wire) = self.pool.take() {
            wire.look().await;
            if wire.is_free() {
                return Ok((Line::Wire(wire), true));
            }
        }
        if let Some(cord) = self.free_cord() {
            return Ok((Line::Wire(Wire::over(cord.into_stream()).await?), true));
        }
        let dialled = timeout(self.settings.connect, Box::pin(self.dial(alone)));
        dialled.await.unwrap_or(Err(Lost::SlowToConnect))
    }

    fn free_cord(&self) -> Option<Cord> {
        while let Some(cord) = self.cords.take() {
            if cord.is_free() {
                return Some(cord);
            }
        }
        None
    }

    async fn dial(&self, alone: bool) -> Result<(Line, bool), Lost> {
        let wire = match &self.way {
            Way::Plain => Wire::over(self.connected().await?).await?,
            Way::Tls(agreed) if alone => {
                Wire::over(agreed.tls.connect_alone(self.connected().await?).await?).await?
            }
            Way::Tls(agreed) => return self.agree(agreed).await,
            Way::Within(serve, _) => {
                let (ours, theirs) = tokio::io::duplex(WITHIN);
                serve(theirs);
                Wire::over(ours).await?
            }
        };
        Ok((Line::Wire(wire), false))
    }

    /// Opens a connection in whatever the upstream agrees to. As long as that may be one for all, one is opened after
    /// the other.
    async fn agree(&self, agreed: &Agreed) -> Result<(Line, bool), Lost> {
        let turn = match agreed.is_old.load(Ordering::Relaxed) {
            true => None,
            false => Some(agreed.turn.lock().await),
        };
        if let Some(strand) = agreed.trunks.strand() {
            return Ok((Line::Strand(strand), true));
        }
        let turn = turn.filter(|_| !agreed.is_old.load(Ordering::Relaxed));
        let (stream, is_new) = agreed.tls.connect(self.connected().await?).await?;
        agreed.is_old.store(!is_new, Ordering::Relaxed);
        let line = match is_new {
            true => Line::Strand(agreed.trunks.put(Trunk::over(stream).await?)),
            false => Line::Wire(Wire::over(stream).await?),
        };
        drop(turn);
        Ok((line, false))
    }

    async fn connected(&self) -> io::Result<TcpStream> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

impl Agreed {
    fn with(tls: Tls) -> Self {
        Self { tls, trunks: Arc::default(), turn: Mutex::default(), is_old: AtomicBool::new(false) }
    }
}

impl fmt::Debug for Upstream {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Upstream").field(&self.settings.url).finish()
    }
}

/// The scheme, host and port of a URL that has nothing else: with a path before it, the path that is judged
/// would not be the path that is served.
fn origin(url: &str) -> Result<(Uri, bool), UpstreamFault> {
    let uri: Uri = url.parse().map_err(|_| not_an_origin(url))?;
    let is_https = match uri.scheme() {
        Some(scheme) if *scheme == Scheme::HTTPS => true,
        Some(scheme) if *scheme == Scheme::HTTP => false,
        _ => return Err(not_an_origin(url)),
    };
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let bare = uri.path() == "/" && uri.query().is_none() && !url.contains('#');
    let names_a_host = uri.host().is_some_and(|host| !host.is_empty()) && !authority.contains('@');
    if bare && names_a_host { Ok((uri, is_https)) } else { Err(not_an_origin(url)) }
}

fn not_an_origin(url: &str) -> UpstreamFault {
    UpstreamFault::NotAnOrigin { url: url.to_owned(), rule: RULE }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reached(url: &str) -> Option<(String, u16, bool)> {
        let upstream = Upstream::new(UpstreamSettings::new(url)).ok()?;
        Some((upstream.host.clone(), upstream.port, matches!(upstream.way, Way::Tls(_))))
    }

    #[test]
    fn an_upstream_is_an_origin() {
        for (url, host, port) in [
            ("http://api.internal", "api.internal", 80),
            ("http://127.0.0.1:9000/", "127.0.0.1", 9000),
            ("http://[::1]:9000", "::1", 9000),
        ] {
            assert_eq!(reached(url), Some((host.to_owned(), port, false)), "{url}");
        }
    }

    #[test]
    fn what_has_a_path_or_more_is_no_upstream() {
        for url in [
            "",
            "/",
            "api.internal:80",
            "ftp://api.internal",
            "http://",
            "http://api.internal/below",
            "http://api.internal/?x",
            "http://api.internal/#x",
            "http://user@api.internal",
            "http://user:word@api.internal",
            "http://api internal",
        ] {
            assert_eq!(reached(url), None, "{url}");
        }
    }

    #[test]
    fn certificates_must_be_there() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        let settings = UpstreamSettings {
            authorities: Some(file.clone()),
            ..UpstreamSettings::new("https://api.internal")
        };
        let missing = Upstream::new(settings.clone()).unwrap_err();
        assert!(matches!(missing, UpstreamFault::NoAuthorities { source: Some(_), .. }), "{missing}");
        std::fs::write(file, "nothing").unwrap();
        let empty = Upstream::new(settings).unwrap_err();
        assert!(matches!(empty, UpstreamFault::NoAuthorities { source: None, .. }), "{empty}");
    }
}
