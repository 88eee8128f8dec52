//! One message each way over HTTP/2, as gRPC has it. One call of one service needs no more of gRPC than this; a
//! framework for it would be a second stack of HTTP beside the one that there is.

use bytes::{BufMut, Bytes, BytesMut};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Response};
use hyper::body::{Body, Frame, SizeHint};
use prost::Message;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A byte that says whether what follows is compressed, and four of its length.
const PREFIX: usize = 5;

static GRPC: HeaderValue = HeaderValue::from_static("application/grpc");

/// Why a call fails, by gRPC's own numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallFault {
    /// It holds no such message.
    NotUnderstood = 3,
    /// It is too long, or did not come to its end.
    TooMuch = 8,
    /// It is compressed, which we never said that we read.
    Compressed = 12,
    /// Ours.
    Internal = 13,
}

/// The message of a call's body, which holds exactly one.
pub(super) fn unframed<M: Message + Default>(body: &Bytes) -> Result<M, CallFault> {
    let (flag, rest) = body.split_first().ok_or(CallFault::NotUnderstood)?;
    let (length, message) = rest.split_first_chunk::<4>().ok_or(CallFault::NotUnderstood)?;
    match (flag, u32::from_be_bytes(*length)) {
        (0, length) if length as usize == message.len() => {
            M::decode(message).map_err(|_| CallFault::NotUnderstood)
        }
        (0, _) => Err(CallFault::NotUnderstood),
        (1, _) => Err(CallFault::Compressed),
        _ => Err(CallFault::NotUnderstood),
    }
}

/// A call's answer.
pub(super) fn answer<M: Message>(message: &M) -> Response<Answered> {
    let length = message.encoded_len();
    let Ok(told) = u32::try_from(length) else { return fault(CallFault::Internal) };
    let mut framed = BytesMut::with_capacity(PREFIX + length);
    framed.put_u8(0);
    framed.put_u32(told);
    if message.encode(&mut framed).is_err() {
        return fault(CallFault::Internal);
    }
    let mut trailers = HeaderMap::with_capacity(1);
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    respond(Answered { message: Some(framed.freeze()), trailers: Some(trailers) })
}

/// The end of a call that failed: trailers and nothing else, which stand where the header fields do.
pub(super) fn fault(fault: CallFault) -> Response<Answered> {
    let mut response = respond(Answered { message: None, trailers: None });
    response.headers_mut().insert("grpc-status", HeaderValue::from(fault as u16));
    response
}

fn respond(body: Answered) -> Response<Answered> {
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, GRPC.clone());
    response
}

/// The body of a call's answer: one message, and trailers that say that all went well.
#[derive(Debug)]
pub(crate) struct Answered {
    message: Option<Bytes>,
    trailers: Option<HeaderMap>,
}

impl Body for Answered {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let message = self.message.take().map(Frame::data);
        let next = message.or_else(|| self.trailers.take().map(Frame::trailers));
        Poll::Ready(next.map(Ok))
    }

    fn is_end_stream(&self) -> bool {
        self.message.is_none() && self.trailers.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.message.as_ref().map_or(0, |message| message.len() as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    #[tokio::test]
    async fn what_is_framed_is_read_again() {
        let message = "said".to_owned();
        let collected = answer(&message).into_body().collect().await.unwrap();
        assert_eq!(collected.trailers().unwrap()["grpc-status"], "0");
        assert_eq!(unframed::<String>(&collected.to_bytes()), Ok(message));
    }

    #[test]
    fn what_is_no_single_message_is_not_understood() {
        for (bytes, fault) in [
            (&b""[..], CallFault::NotUnderstood),
            (b"\0\0\0\0", CallFault::NotUnderstood),
            (b"\0\0\0\0\x01", CallFault::NotUnderstood),
            (b"\0\0\0\0\0\0", CallFault::NotUnderstood),
            (b"\0\xff\xff\xff\xff\0", CallFault::NotUnderstood),
            (b"\0\0\0\0\x02\x0a\xff", CallFault::NotUnderstood),
            (b"\x02\0\0\0\0", CallFault::NotUnderstood),
            (b"\x01\0\0\0\0", CallFault::Compressed),
        ] {
            assert_eq!(unframed::<String>(&Bytes::from_static(bytes)), Err(fault), "{bytes:?}");
        }
        assert_eq!(unframed::<String>(&Bytes::from_static(b"\0\0\0\0\0")), Ok(String::new()));
    }

    #[test]
    fn a_call_that_failed_says_so_where_header_fields_stand() {
        let response = fault(CallFault::Compressed);
        assert_eq!(response.headers()["grpc-status"], "12");
        assert!(response.body().is_end_stream());
    }
}
