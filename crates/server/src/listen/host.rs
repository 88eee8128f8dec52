//! What all connections of a server have in common, and how one may end.

use super::body::Sent;
use super::fault::{Answers, Fault};
use super::figures::Figures;
use super::limits::Limits;
use super::progress::{InFlight, Progress};
use super::short_way::ShortWay;
use super::tls::Tls;
use bytes::Bytes;
use http::header::CONNECTION;
use http::{HeaderValue, Response, Version};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;
use tracing::error;

/// What a connection that is late gets to say goodbye in (HTTP/2's GOAWAY, TLS's close_notify).
pub(super) const GOODBYE: Duration = Duration::from_secs(1);

/// The least that hyper takes as a buffer. In HTTP/1 a head that does not end must not fill the buffer.
const SMALLEST_BUFFER: u32 = 8192;

/// How many header fields hyper reads without an allocation for each request.
const USUAL_FIELDS: usize = 100;

/// What all connections of a server have in common.
pub(super) struct Host<S> {
    pub(super) service: S,
    pub(super) short_way: Option<Arc<dyn ShortWay>>,
    pub(super) tls: Option<Arc<Tls>>,
    pub(super) limits: Limits,
    answers: Answers,
    pub(super) http: Builder<TokioExecutor>,
    pub(super) figures: Arc<Figures>,
}

impl<S> Host<S> {
    pub(super) fn new(
        service: S,
        tls: Option<Arc<Tls>>,
        limits: Limits,
        answers: Answers,
        figures: Arc<Figures>,
    ) -> Self {
        let http = http(&limits);
        Self { service, short_way: None, tls, limits, answers, http, figures }
    }

    pub(super) fn with_short_way(mut self, short_way: Option<Arc<dyn ShortWay>>) -> Self {
        self.short_way = short_way;
        self
    }

    /// For a connection that opens now.
    pub(super) fn progress(&self) -> Progress {
        Progress::new(&self.limits, Arc::clone(&self.figures))
    }

    /// Work of the service's. What it says in a panic is for the panic hook alone.
    pub(super) fn unpanicked<T>(&self, work: impl FnOnce() -> T) -> Result<T, Fault> {
        catch_unwind(AssertUnwindSafe(work)).map_err(|_| {
            self.figures.panic();
            error!("A request ended in a panic and was answered with 500.");
            Fault::Panicked
        })
    }

    /// The answer that is given in the service's place.
    pub(super) fn worded(&self, fault: Fault) -> Response<Bytes> {
        (self.answers)(fault)
    }

    /// The same for a request that came by hyper. The connection ends with such an answer, where the version can say
    /// so, lest the rest of a body that nobody reads be waited for.
    pub(super) fn fault<B>(&self, fault: Fault, version: Version, in_flight: InFlight) -> Response<Sent<B>> {
        let mut response = self.worded(fault);
        if version <= Version::HTTP_11 && fault != Fault::Panicked {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response.map(|body| Sent::by_listener(body, in_flight))
    }
}

/// hyper's own settings. Waiting for heads is [`Progress`]'s affair: hyper has one clock for a head and
/// for the time before it.
fn http(limits: &Limits) -> Builder<TokioExecutor> {
    let mut http = Builder::new(TokioExecutor::new());
    let head = limits.head_bytes.max(SMALLEST_BUFFER);
    http.http1().half_close(true).header_read_timeout(None).max_buf_size(head as usize);
    if limits.head_fields != USUAL_FIELDS {
        http.http1().max_headers(limits.head_fields);
    }
    http.http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.streams)
        .max_header_list_size(head)
        .max_pending_accept_reset_streams(20)
        .max_local_error_reset_streams(256)
        .max_send_buf_size(64 * 1024)
        .keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(Duration::from_secs(20));
    http
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Finished,
    HandshakeFailed,
    TooSlow,
    MadeRoom,
    Cut,
}
