//! Bodies of requests, taken whole before it is known who sends them.
//!
//! A stranger may open many connections and many requests on each. What they send is small as a rule, and each may
//! have that much; who sends more shares one room with all others who do, so that however many come, and however
//! slowly, memory is bounded. It is given back when the last that reads the body is done with it.

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Body;
use std::pin::pin;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zeroize::Zeroizing;

/// The longest body that is taken.
const LONGEST: usize = 1 << 20;
/// What each may send, whoever else sends: keys, people, forms and burned halves are far smaller.
const SMALL: usize = 8 << 10;
/// What all may send together beyond that.
const ROOM: usize = 64 << 20;

/// Where bodies are gathered.
pub(crate) struct Intake(Arc<Semaphore>);

/// Why a body was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotTaken {
    TooLong,
    /// Too many send long ones at the same time.
    NoRoom,
    Broken,
}

impl Default for Intake {
    fn default() -> Self {
        Self::with_room(ROOM)
    }
}

impl Intake {
    fn with_room(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes)))
    }

    /// The body, once all of it is there.
    ///
    /// # Errors
    /// It is too long, there is no room for it, or it broke off.
    pub(crate) async fn whole<B: Body<Data = Bytes>>(&self, body: B) -> Result<Bytes, NotTaken> {
        if body.size_hint().lower() > LONGEST as u64 {
            return Err(NotTaken::TooLong);
        }
        let mut body = pin!(body);
        let mut gathered = Gathered::default();
        while let Some(frame) = body.frame().await {
            if let Ok(piece) = frame.map_err(|_| NotTaken::Broken)?.into_data() {
                self.make_room(&mut gathered, piece.len())?;
                gathered.take(&piece);
            }
        }
        Ok(if gathered.bytes.is_empty() { Bytes::new() } else { Bytes::from_owner(gathered) })
    }

    fn make_room(&self, gathered: &mut Gathered, more: usize) -> Result<(), NotTaken> {
        let length = gathered.bytes.len().saturating_add(more);
        if length > LONGEST {
            return Err(NotTaken::TooLong);
        }
        let has = SMALL + gathered.room.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let Some(wanted) = length.checked_sub(has).filter(|wanted| *wanted > 0) else { return Ok(()) };
        let wanted = u32::try_from(wanted).map_err(|_| NotTaken::TooLong)?;
        let room = Arc::clone(&self.0).try_acquire_many_owned(wanted).map_err(|_| NotTaken::NoRoom)?;
        match &mut gathered.room {
            Some(taken) => taken.merge(room),
            None => gathered.room = Some(room),
        }
        Ok(())
    }
}

/// What of a body is there, and the room that it takes. It may hold a password or a private half, so it is overwritten
/// when it is done with.
#[derive(Default)]
struct Gathered {
    bytes: Zeroizing<Vec<u8>>,
    room: Option<OwnedSemaphorePermit>,
}

impl Gathered {
    /// Grows by copying to a place of twice the size, so that the old one is overwritten too.
    fn take(&mut self, piece: &[u8]) {
        let needed = self.bytes.len() + piece.len();
        if needed > self.bytes.capacity() {
            let mut larger = Vec::with_capacity(needed.max(self.bytes.capacity() * 2));
            larger.extend_from_slice(&self.bytes);
            self.bytes = Zeroizing::new(larger);
        }
        self.bytes.extend_from_slice(piece);
    }
}

impl AsRef<[u8]> for Gathered {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::channel::Channel;
    use http_body_util::{Empty, Full};

    fn body(length: usize) -> Full<Bytes> {
        Full::new(vec![b'x'; length].into())
    }

    #[tokio::test]
    async fn a_body_is_taken_up_to_its_limit_and_comes_as_it_was_sent() {
        let intake = Intake::default();
        assert_eq!(intake.whole(Empty::new()).await, Ok(Bytes::new()));
        assert_eq!(intake.whole(Full::new(Bytes::from_static(b"as sent"))).await.unwrap(), "as sent");
        assert_eq!(intake.whole(body(LONGEST)).await.map(|bytes| bytes.len()), Ok(LONGEST));
        assert_eq!(intake.whole(body(LONGEST + 1)).await, Err(NotTaken::TooLong));
        assert_eq!(intake.0.available_permits(), ROOM);
    }

    #[tokio::test]
    async fn who_does_not_say_how_much_comes_is_stopped_where_it_is_too_much() {
        let intake = Intake::default();
        let (mut sender, body) = Channel::<Bytes, std::io::Error>::new(1);
        tokio::spawn(async move { while sender.send_data(Bytes::from(vec![0; 100_000])).await.is_ok() {} });
        assert_eq!(intake.whole(body).await, Err(NotTaken::TooLong));
        assert_eq!(intake.0.available_permits(), ROOM);
    }

    #[tokio::test]
    async fn where_strangers_fill_the_room_the_small_are_taken_still_and_the_long_when_there_is_room_again() {
        let intake = Intake::with_room(LONGEST);
        let held = intake.whole(body(LONGEST)).await.unwrap();
        assert_eq!(intake.whole(body(SMALL)).await.map(|bytes| bytes.len()), Ok(SMALL));
        let copy = held.slice(5..10);
        drop(held);
        assert_eq!(intake.whole(body(LONGEST)).await, Err(NotTaken::NoRoom), "some of it is read still");
        drop(copy);
        assert_eq!(intake.whole(body(LONGEST)).await.map(|bytes| bytes.len()), Ok(LONGEST));
    }

    #[tokio::test]
    async fn who_sends_some_and_goes_leaves_nothing_behind() {
        let intake = Intake::with_room(LONGEST);
        let (mut sender, body) = Channel::<Bytes, std::io::Error>::new(1);
        let mut taking = Box::pin(intake.whole(body));
        sender.send_data(Bytes::from(vec![0; LONGEST])).await.unwrap();
        assert!(polled(taking.as_mut()).is_none());
        assert_eq!(intake.0.available_permits(), SMALL);
        sender.abort(std::io::ErrorKind::ConnectionReset.into());
        assert_eq!(taking.await, Err(NotTaken::Broken));
        assert_eq!(intake.0.available_permits(), LONGEST);
    }

    fn polled<F: Future>(future: std::pin::Pin<&mut F>) -> Option<F::Output> {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match future.poll(&mut context) {
            std::task::Poll::Ready(done) => Some(done),
            std::task::Poll::Pending => None,
        }
    }
}
