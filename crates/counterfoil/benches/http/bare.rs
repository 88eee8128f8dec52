//! What hyper answers if nothing is asked of it: the reference, and the upstream of the proxies.

use crate::machine::{Process, Server, pinned};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::env;
use tokio::net::{TcpListener, TcpStream};

/// What the process that answers is called.
pub(crate) const ROLE: &str = "bare";
/// About as long as the fields by which the server tells who asks.
static BODY: [u8; 320] = [b' '; 320];

/// A process that answers everything with the same bytes.
pub(crate) fn on(processor: usize) -> Server {
    let mut command = pinned(processor, env::current_exe().unwrap());
    let (process, line) = Process::start_and_hear(command.env(crate::ROLE, ROLE));
    Server { name: ROLE, address: line.trim().to_owned(), process }
}

/// Answers for ever, in a runtime as the server's own.
pub(crate) fn answer() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("{}", listener.local_addr().unwrap());
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(converse(stream));
        }
    });
}

async fn converse(stream: TcpStream) {
    stream.set_nodelay(true).unwrap();
    let answers = http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(one));
    // Whoever hangs up has measured enough.
    let _ = answers.await;
}

async fn one(_: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut response = Response::new(Full::new(Bytes::from_static(&BODY)));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}
