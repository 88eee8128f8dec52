//! A connection's bytes on their way, watched.

use super::progress::Progress;
use super::socket::Duplex;
use bytes::Bytes;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// How long we listen on, without heed, to a peer that still sends what nobody wants (the rest of a body
/// or head that was refused): closing at once would reset the connection and with it take our answer from
/// the peer's hands.
const LINGER: Duration = Duration::from_secs(2);

/// How much is taken in while we only look whether the peer is still there. Who sends more than that ahead is looked
/// after no more until it is read.
const MOST_EARLY: usize = 8 * 1024;

/// Tells `progress` of every byte, and closes so that the last answer arrives.
pub(super) struct Wire {
    stream: Box<dyn Duplex>,
    progress: Arc<Progress>,
    lingering: Option<Pin<Box<Sleep>>>,
    /// What came while we only looked whether the peer is still there, or was given back.
    early: Bytes,
}

impl Wire {
    pub(super) fn new(stream: Box<dyn Duplex>, progress: Arc<Progress>) -> Self {
        Self { stream, progress, lingering: None, early: Bytes::new() }
    }

    /// Gives back what was read of it, to be read first.
    pub(super) fn unread(&mut self, bytes: Bytes) {
        self.early = if self.early.is_empty() { bytes } else { [&*bytes, &*self.early].concat().into() };
    }

    fn note_sent(&self, outcome: &Poll<io::Result<usize>>) {
        match outcome {
            Poll::Ready(Ok(bytes @ 1..)) => self.progress.sent(*bytes),
            Poll::Ready(_) => {}
            Poll::Pending => self.progress.blocked(),
        }
    }

    /// Looks whether the peer has gone, where that ends its request. HTTP/1 reads nothing until a request is
    /// answered, so nobody else would notice.
    pub(super) fn look_for_end(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if self.early.len() >= MOST_EARLY {
            return Ok(());
        }
        let mut bytes = [0; 512];
        let mut found = ReadBuf::new(&mut bytes);
        match Pin::new(&mut self.stream).poll_read(cx, &mut found) {
            Poll::Pending => Ok(()),
            Poll::Ready(Ok(())) if found.filled().is_empty() => Err(io::ErrorKind::ConnectionAborted.into()),
            Poll::Ready(Ok(())) => {
                self.early = [&*self.early, found.filled()].concat().into();
                // Whoever waits for it would not be woken: the socket has nothing more to tell.
                cx.waker().wake_by_ref();
                Ok(())
            }
            Poll::Ready(Err(error)) => Err(error),
        }
    }

    /// Hands over what came early.
    fn read_early(&mut self, into: &mut ReadBuf<'_>) {
        let count = self.early.len().min(into.remaining());
        into.put_slice(&self.early.split_to(count));
    }

    /// Reads and forgets until the peer is done or our patience is.
    fn poll_linger(&mut self, patience: &mut Pin<Box<Sleep>>, cx: &mut Context<'_>) -> Poll<()> {
        let mut bytes = [0; 4096];
        while patience.as_mut().poll(cx).is_pending() {
            let mut unheeded = ReadBuf::new(&mut bytes);
            match ready!(Pin::new(&mut self.stream).poll_read(cx, &mut unheeded)) {
                Ok(()) if !unheeded.filled().is_empty() => {}
                _ => break,
            }
        }
        Poll::Ready(())
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let outcome = if self.early.is_empty() {
            Pin::new(&mut self.stream).poll_read(cx, into)
        } else {
            self.read_early(into);
            Poll::Ready(Ok(()))
        };
        if into.filled().len() > before {
            self.progress.received();
        }
        outcome
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.note_sent(&outcome);
        outcome
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(cx, pieces);
        self.note_sent(&outcome);
        outcome
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.progress.ends_with_client_now() {
            self.look_for_end(cx)?;
        }
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.lingering.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
            if !self.progress.may_be_sending() {
                return Poll::Ready(Ok(()));
            }
        }
        let mut patience = self.lingering.take().unwrap_or_else(|| Box::pin(tokio::time::sleep(LINGER)));
        let outcome = self.poll_linger(&mut patience, cx);
        self.lingering = Some(patience);
        outcome.map(Ok)
    }
}
