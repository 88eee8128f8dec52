//! What an upstream in this process has open to everybody: no token is asked for there, and none is passed on.
//!
//! Security invariants: only an upstream that this process itself is has such paths, and only to look and to put;
//! who asks there is nobody, whatever header fields come along; and a path is taken for open by the same bytes by
//! which the upstream takes it.

use super::leash::Leash;
use super::proxy::{Exchange, own, problem, target};
use super::stream::AnswerBody;
use super::upstream::Upstream;
use crate::app::House;
use crate::listen::Connection;
use crate::request_id::{REQUEST_ID, RequestId};
use bytes::Bytes;
use counterfoil_core::catalog::RequestPath;
use http::request::Parts;
use http::{HeaderValue, Method, Response};
use hyper::body::Body;
use std::sync::Arc;

/// The upstream that a request goes to without a verdict, if it goes to one.
pub(super) fn upstream(house: &House, head: &Parts) -> Option<Arc<Upstream>> {
    let upstream = house.settings.upstream.as_ref()?;
    if !upstream.is_open(head.uri.path()) {
        return None;
    }
    let looks_or_puts = matches!(head.method, Method::GET | Method::HEAD | Method::PUT);
    let is_clear = target(head).is_ok_and(|target| RequestPath::split(target).is_ok());
    (looks_or_puts && is_clear).then(|| Arc::clone(upstream))
}

/// Answers a request that is open to everybody.
pub(super) async fn serve<B>(
    house: &Arc<House>,
    upstream: &Arc<Upstream>,
    mut head: Parts,
    body: B,
    by: Option<Connection>,
    id: &RequestId,
) -> Response<AnswerBody>
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    if let Some(connection) = &by {
        connection.end_with_client();
    }
    let leash = Leash::none(house);
    let exchange = Exchange::begin(house, upstream, &mut head, by, None, id);
    match exchange.carry_out(head, body, &leash).await {
        Ok(mut response) => {
            if let Ok(id) = HeaderValue::from_str(id) {
                response.headers_mut().insert(REQUEST_ID, id);
            }
            response
        }
        Err(lost) => own(house, &problem(house, &lost), None, id),
    }
}
