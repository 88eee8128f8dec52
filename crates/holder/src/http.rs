//! Calls over HTTP, one after the other: a small client on one thread, set up when the first call is made.

mod connect;
mod proxy;
mod url;
mod wait;

pub use proxy::Proxies;
pub use url::Url;
pub use wait::asked_to_wait;

use crate::fault::Fault;
use crate::surroundings::Surroundings;
use bytes::Bytes;
use connect::{Connection, Connector, Way};
use http::header::{AUTHORIZATION, DATE, HOST, LOCATION, PROXY_AUTHORIZATION, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use http_body_util::{BodyExt as _, Full, Limited};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// More than any answer should have.
const MOST_BYTES: usize = 512 * 1024 * 1024;
/// How often one call is sent on within its host.
const MOST_REDIRECTS: usize = 5;
/// A connection that rests longer may have been closed at the other end, which nobody here would notice.
const KEPT: Duration = Duration::from_secs(1);

/// One call.
#[derive(Clone)]
pub struct Call<'a> {
    /// `GET` and so on.
    pub method: &'a str,
    /// Where to.
    pub url: Url,
    /// Further headers.
    pub headers: Vec<(String, String)>,
    /// The token, which goes to this host and no other.
    pub bearer: Option<&'a str>,
    /// What is sent; JSON unless a header says otherwise.
    pub body: Option<&'a [u8]>,
}

impl<'a> Call<'a> {
    /// A call without anything.
    #[must_use]
    pub const fn new(method: &'a str, url: Url) -> Self {
        Self { method, url, headers: Vec::new(), bearer: None, body: None }
    }
}

/// What was answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
    /// Where it came from, after redirects.
    pub url: Url,
}

impl Answer {
    /// Whether it is 2xx.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        self.status / 100 == 2
    }

    /// A header as text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body, if it is JSON.
    #[must_use]
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The server's clock when it answered.
    #[must_use]
    pub fn date(&self) -> Option<counterfoil_core::time::Timestamp> {
        crate::dates::of_http(self.headers.get(DATE)?.to_str().ok()?)
    }
}

/// Makes calls.
pub struct Client {
    runtime: Runtime,
    wire: Wire,
}

/// What a client makes its calls with, for who brings a runtime along.
pub(crate) struct Wire {
    connector: Connector,
    /// The last connection, for the next call to the same host.
    kept: Mutex<Option<(Connection, Instant)>>,
    timeout: Duration,
    most_bytes: usize,
}

impl Client {
    /// A client that waits no longer than `timeout` for an answer, and goes through the proxies that the variables
    /// name.
    ///
    /// # Errors
    /// The system gives it no means.
    pub fn new(timeout: Duration, around: &Surroundings) -> Result<Self, Fault> {
        Ok(Self { runtime: runtime()?, wire: Wire::new(timeout, around) })
    }

    /// The same, for answers that are known to be short: longer ones break off.
    #[must_use]
    pub fn reading_at_most(self, bytes: usize) -> Self {
        Self { wire: Wire { most_bytes: bytes, ..self.wire }, ..self }
    }

    /// Makes a call. A redirect is followed within the same scheme, host and port; another is the answer.
    ///
    /// # Errors
    /// There was no answer.
    pub fn send(&self, call: &Call<'_>) -> Result<Answer, Fault> {
        self.runtime.block_on(self.wire.send(call))
    }
}

/// One thread that waits for whoever is called.
pub(crate) fn runtime() -> Result<Runtime, Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|fault| Fault::new(format!("no means to call anybody: {fault}"), "raise the limits"))
}

impl Wire {
    pub(crate) fn new(timeout: Duration, around: &Surroundings) -> Self {
        let connector = Connector::new(Proxies::of(around));
        Self { connector, kept: Mutex::new(None), timeout, most_bytes: MOST_BYTES }
    }

    /// As [`Client::send`].
    pub(crate) async fn send(&self, call: &Call<'_>) -> Result<Answer, Fault> {
        let mut call = call.clone();
        for _ in 0..MOST_REDIRECTS {
            let answer = self.one(&call).await?;
            match redirect(&call, &answer) {
                Some(next) => call.url = next,
                None => return Ok(answer),
            }
        }
        Err(Fault::new(format!("{} redirects in circles", call.url), "give the URL that it is meant to be"))
    }

    async fn one(&self, call: &Call<'_>) -> Result<Answer, Fault> {
        let late = || {
            let waited = crate::mint::span::written(self.timeout);
            Fault::new(
                format!("{} did not answer within {waited}", call.url.host()),
                "try again; --timeout waits longer",
            )
        };
        tokio::time::timeout(self.timeout, self.exchange(call)).await.map_err(|_| late())?
    }

    async fn exchange(&self, call: &Call<'_>) -> Result<Answer, Fault> {
        let mut request = request(call)?;
        let mut connection = self.connection(&call.url).await?;
        if let Way::AskedOfProxy(password) = &connection.way {
            ask_of_proxy(&mut request, &call.url, password.as_ref())?;
        }
        let broken = |fault: &dyn std::fmt::Display| {
            Fault::new(
                format!("{} broke off: {fault}", call.url.host()),
                "look whether it happened before you do it again",
            )
        };
        let answer = connection.sender.send_request(request).await.map_err(|fault| broken(&fault))?;
        let (head, body) = answer.into_parts();
        let body = Limited::new(body, self.most_bytes).collect().await.map_err(|fault| broken(&fault))?;
        self.keep(Some((connection, Instant::now())));
        let body = body.to_bytes().to_vec();
        Ok(Answer { status: head.status.as_u16(), headers: head.headers, body, url: call.url.clone() })
    }

    /// The kept connection if it leads there and still stands, else another.
    async fn connection(&self, url: &Url) -> Result<Connection, Fault> {
        let kept = self.keep(None);
        let fresh = kept.filter(|(kept, since)| kept.leads_to(url) && since.elapsed() < KEPT);
        if let Some((mut connection, _)) = fresh
            && connection.sender.ready().await.is_ok()
        {
            return Ok(connection);
        }
        self.connector.connect(url).await
    }

    /// Keeps one connection, and gives back the one that was kept.
    fn keep(&self, one: Option<(Connection, Instant)>) -> Option<(Connection, Instant)> {
        std::mem::replace(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner), one)
    }
}

fn request(call: &Call<'_>) -> Result<Request<Full<Bytes>>, Fault> {
    let typed = |what: &str| {
        Fault::new(format!("{what} can't be sent over HTTP"), "give it as HTTP has it, such as GET")
    };
    let method = Method::from_bytes(call.method.as_bytes()).map_err(|_| typed("this method"))?;
    let body = Full::new(Bytes::copy_from_slice(call.body.unwrap_or_default()));
    let mut request = Request::builder().method(method).uri(call.url.target()).body(body);
    let headers = request.as_mut().map_err(|_| typed("this path"))?.headers_mut();
    let text = |text: &str| HeaderValue::from_str(text).map_err(|_| typed("this header"));
    headers.insert(HOST, text(&call.url.host_and_port())?);
    headers.insert(USER_AGENT, HeaderValue::from_static(concat!("counterfoil/", env!("CARGO_PKG_VERSION"))));
    if call.body.is_some() {
        headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    for (name, value) in &call.headers {
        let name = HeaderName::try_from(name.as_str()).map_err(|_| typed("this header"))?;
        headers.insert(name, text(value)?);
    }
    if let Some(token) = call.bearer {
        let mut value = text(&format!("Bearer {token}"))?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    request.map_err(|_| typed("this path"))
}

/// A proxy that is asked for something in clear is told the whole URL, and who asks.
fn ask_of_proxy(
    request: &mut Request<Full<Bytes>>,
    url: &Url,
    password: Option<&HeaderValue>,
) -> Result<(), Fault> {
    let whole = url.to_string();
    *request.uri_mut() =
        whole.parse().map_err(|_| Fault::new(format!("{url} can't be called"), "check it"))?;
    if let Some(password) = password {
        request.headers_mut().insert(PROXY_AUTHORIZATION, password.clone());
    }
    Ok(())
}

/// A member of a JSON object; null, if there is none, or this is no object.
pub(crate) fn taken(value: &mut serde_json::Value, member: &str) -> serde_json::Value {
    value.get_mut(member).map(serde_json::Value::take).unwrap_or_default()
}

/// Where to next: only what looks is sent on, and only within its own host.
fn redirect(call: &Call<'_>, answer: &Answer) -> Option<Url> {
    let is_one =
        matches!(answer.status, 301 | 302 | 303 | 307 | 308) && matches!(call.method, "GET" | "HEAD");
    let next = call.url.joined(answer.headers.get(LOCATION).filter(|_| is_one)?.to_str().ok()?).ok()?;
    next.is_same_origin(&call.url).then_some(next)
}
