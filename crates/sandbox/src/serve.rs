//! The sandbox over HTTP: on a connection that a gateway in the same process holds the other end of, or on a port.

use crate::sandbox::Sandbox;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use std::convert::Infallible;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::timeout;

/// How long a body may be.
const LONGEST_BODY: usize = 8 * 1024 * 1024;
/// How many requests are answered at a time; the others wait. Each may need a connection of its own to the store.
static TURNS: Semaphore = Semaphore::const_new(16);
/// How long a body may be on its way.
const SLOWEST_BODY: Duration = Duration::from_secs(120);
/// How long the head of a request may be on its way.
const SLOWEST_HEAD: Duration = Duration::from_secs(30);
/// How long a connection is left alone after a failed accept.
const BREATH: Duration = Duration::from_millis(50);

/// Answers what comes on one connection, until it ends.
pub async fn serve<S>(sandbox: Sandbox, stream: S)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let service = service_fn(move |request| answer(sandbox.clone(), request));
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(SLOWEST_HEAD);
    if let Err(fault) = builder.serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!(%fault, "A connection to the sandbox broke");
    }
}

/// Answers what comes to a port, until `stop`.
pub async fn listen(sandbox: Sandbox, listener: TcpListener, stop: impl Future<Output = ()>) {
    let mut connections = JoinSet::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => return,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let _ = stream.set_nodelay(true);
                    connections.spawn(serve(sandbox.clone(), stream));
                }
                Err(fault) => {
                    tracing::warn!(%fault, "A connection could not be accepted");
                    tokio::time::sleep(BREATH).await;
                }
            },
        }
    }
}

async fn answer(sandbox: Sandbox, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    if head.method == Method::PUT && !is_awaited(&sandbox, head.uri.path()).await {
        return Ok(plain(StatusCode::NOT_FOUND, "Nothing is waited for here\n"));
    }
    let Ok(body) = timeout(SLOWEST_BODY, Limited::new(body, LONGEST_BODY).collect()).await else {
        return Ok(plain(StatusCode::REQUEST_TIMEOUT, "The body took too long\n"));
    };
    let Ok(body) = body else {
        return Ok(plain(StatusCode::PAYLOAD_TOO_LARGE, "The body is too long, or broke off\n"));
    };
    let request = Request::from_parts(head, body.to_bytes());
    let _turn = TURNS.acquire().await;
    match spawn_blocking(move || sandbox.answer(&request)).await {
        Ok(response) => Ok(response.map(Full::new)),
        Err(fault) => {
            tracing::error!(%fault, "The sandbox broke while it answered");
            Ok(plain(
                StatusCode::INTERNAL_SERVER_ERROR,
                "The sandbox broke while it answered; its log says where\n",
            ))
        }
    }
}

/// Whether a body is worth being read: anybody may send parts of files, so they are taken only where one was
/// reserved.
async fn is_awaited(sandbox: &Sandbox, path: &str) -> bool {
    let (sandbox, path) = (sandbox.clone(), path.to_owned());
    let _turn = TURNS.acquire().await;
    spawn_blocking(move || sandbox.awaits(&path)).await.unwrap_or(false)
}

fn plain(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(http::header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
