//! Asking over HTTP: one request a connection, or many on one.

use http::header::AUTHORIZATION;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use tokio::net::TcpStream;

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// A connection.
pub(crate) struct Line(SendRequest<Empty<Bytes>>);

impl Line {
    pub(crate) async fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        let (sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        Self(sender)
    }

    /// Asks for `/v1/apps`.
    pub(crate) async fn get(&mut self, token: &str) -> Answer {
        let request = Request::get("/v1/apps").header("host", "localhost");
        let request = request.header(AUTHORIZATION, format!("Bearer {token}")).body(Empty::new()).unwrap();
        let (head, body) = self.0.send_request(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = String::from_utf8_lossy(&body).into_owned();
        Answer { status: head.status.as_u16(), headers: head.headers, body }
    }
}

pub(crate) async fn get(address: SocketAddr, token: &str) -> Answer {
    Line::to(address).await.get(token).await
}
