//! An answer that is told piece by piece, for what is too long to be held whole.

use bytes::Bytes;
use hyper::body::{Body, Frame};
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use tokio::sync::mpsc;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// How many pieces wait for a slow reader; the teller waits for the rest.
const PIECES: usize = 2;

/// What is being told. A clone is the same, and whoever takes it first has it.
#[derive(Clone)]
pub(crate) struct Flow(Arc<Mutex<Option<Told>>>);

/// Whoever tells it.
pub(crate) struct Teller(mpsc::Sender<Result<Bytes, BrokenOff>>);

/// What is told, as a body.
pub(crate) struct Told(mpsc::Receiver<Result<Bytes, BrokenOff>>);

/// It could not be told to its end.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the rest could not be read")]
pub(crate) struct BrokenOff;

impl Flow {
    /// What this work tells, in a task of its own. It ends when nobody listens any more.
    pub(crate) fn of<F>(work: impl FnOnce(Teller) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (sender, receiver) = mpsc::channel(PIECES);
        tokio::spawn(work(Teller(sender)));
        Self(Arc::new(Mutex::new(Some(Told(receiver)))))
    }

    /// What is told, for the one who sends it.
    pub(crate) fn take(&self) -> Option<Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Teller {
    /// Tells a piece, as soon as there is room; whether somebody still listens.
    pub(crate) async fn tell(&self, piece: impl Into<Bytes>) -> bool {
        self.0.send(Ok(piece.into())).await.is_ok()
    }

    /// Ends it so that nobody takes it for whole.
    pub(crate) async fn break_off(self) {
        let _ = self.0.send(Err(BrokenOff)).await;
    }
}

impl Body for Told {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let piece = ready!(self.0.poll_recv(cx));
        Poll::Ready(piece.map(|piece| piece.map(Frame::data).map_err(BoxError::from)))
    }
}

impl fmt::Debug for Flow {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("[told piece by piece]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    #[tokio::test]
    async fn what_is_told_arrives_whole_and_once() {
        let flow = Flow::of(|teller| async move {
            for piece in ["one ", "two ", "three"] {
                assert!(teller.tell(piece).await);
            }
        });
        let told = flow.clone().take().unwrap().collect().await.unwrap().to_bytes();
        assert_eq!(told, "one two three");
        assert!(flow.take().is_none());
    }

    #[tokio::test]
    async fn what_is_broken_off_is_not_taken_for_whole() {
        let flow = Flow::of(|teller| async move {
            teller.tell("one").await;
            teller.break_off().await;
        });
        assert!(flow.take().unwrap().collect().await.is_err());
    }

    #[tokio::test]
    async fn whoever_tells_learns_that_nobody_listens() {
        let (done, told) = tokio::sync::oneshot::channel();
        let flow = Flow::of(|teller| async move {
            while teller.tell("again ").await {}
            let _ = done.send(());
        });
        drop(flow);
        told.await.unwrap();
    }
}
