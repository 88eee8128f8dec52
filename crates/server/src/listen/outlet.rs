//! Where an answer goes that comes from elsewhere, piece by piece.

use super::alarm::Alarm;
use super::progress::InFlight;
use super::wire::Wire;
use super::written::Written;
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::task::{Context, Poll};
use tokio::io::AsyncWriteExt;
use tokio::time::Instant;

/// The client's end of a request whose answer comes from elsewhere. What is written and not sent when the answer is
/// whole is sent by the listener, with whatever else there is.
pub struct Outlet<'w> {
    wire: &'w mut Wire,
    written: &'w mut Written,
    in_flight: InFlight,
    alarm: &'w mut Alarm,
    has_begun: bool,
}

impl<'w> Outlet<'w> {
    pub(super) const fn new(
        wire: &'w mut Wire,
        written: &'w mut Written,
        in_flight: InFlight,
        alarm: &'w mut Alarm,
    ) -> Self {
        Self { wire, written, in_flight, alarm, has_begun: false }
    }

    /// Whether something of the answer is sent.
    pub(super) const fn has_begun(&self) -> bool {
        self.has_begun
    }

    /// What is to be sent.
    pub const fn written(&mut self) -> &mut Written {
        self.written
    }

    /// Sends what is written, and comes back once the client has taken it.
    ///
    /// # Errors
    /// If the client has gone.
    pub async fn send(&mut self) -> io::Result<()> {
        self.send_with(b"").await
    }

    /// The same, and this piece behind it, which is not copied for that.
    ///
    /// # Errors
    /// If the client has gone.
    pub async fn send_with(&mut self, piece: &[u8]) -> io::Result<()> {
        if self.written.is_empty() && piece.is_empty() {
            return Ok(());
        }
        self.has_begun = true;
        self.in_flight.offer();
        self.wire.write_all(self.written.as_bytes()).await?;
        // Its room is for the next piece; in the end the listener lets go of it.
        self.written.bytes().clear();
        self.wire.write_all(piece).await?;
        self.wire.flush().await?;
        self.in_flight.taken();
        Ok(())
    }

    /// Waits for something, for as long as the client is there.
    ///
    /// # Errors
    /// If the client has gone.
    pub async fn wait<T>(&mut self, work: impl Future<Output = T>) -> io::Result<T> {
        let mut work = pin!(work);
        poll_fn(|cx| match work.as_mut().poll(cx) {
            Poll::Ready(done) => Poll::Ready(Ok(done)),
            Poll::Pending => self.poll_gone(cx).map(Err),
        })
        .await
    }

    /// The same, but for no longer than until then: then there is nothing. The clock by which that is found costs nothing
    /// where it hardly ever is.
    ///
    /// # Errors
    /// If the client has gone.
    pub async fn wait_until<T>(
        &mut self,
        deadline: Instant,
        work: impl Future<Output = T>,
    ) -> io::Result<Option<T>> {
        let mut work = pin!(work);
        poll_fn(|cx| {
            if let Poll::Ready(done) = work.as_mut().poll(cx) {
                return Poll::Ready(Ok(Some(done)));
            }
            if self.alarm.poll_late(deadline, cx).is_ready() {
                return Poll::Ready(Ok(None));
            }
            self.poll_gone(cx).map(Err)
        })
        .await
    }

    fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        self.wire.look_for_end(cx).map_or_else(Poll::Ready, |()| Poll::Pending)
    }
}
