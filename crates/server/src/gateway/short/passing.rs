//! The body of an answer, on its way to the client.

use super::answer::Answer;
use super::body::Body;
use crate::gateway::leash::Leash;
use crate::gateway::upstream::{Cord, Failure, Upstream};
use crate::gateway::vigil::{CutShort, Vigil};
use crate::listen::Outlet;
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::task::Poll;

/// An answer whose head is written.
pub(super) struct Passing<'p> {
    cord: Cord,
    body: Body,
    is_kept: bool,
    upstream: &'p Upstream,
    vigil: Vigil,
}

impl<'p> Passing<'p> {
    pub(super) const fn of(cord: Cord, answer: Answer, upstream: &'p Upstream, leash: Leash) -> Self {
        let Answer { body, is_kept } = answer;
        Self { cord, body, is_kept, upstream, vigil: Vigil::new(leash, upstream.settings().idle) }
    }

    /// Passes it on to its end, piece by piece: the upstream is asked for no more than the client takes. What is here
    /// whole is written and left to be sent. A body that breaks off is no whole one to the client either: then its
    /// connection is cut.
    pub(super) async fn through(mut self, client: &mut Outlet<'_>) -> io::Result<()> {
        loop {
            if self.pass(client)? {
                self.give_back();
                return Ok(());
            }
            while_it_may(&mut self.vigil, client.send()).await?;
            if self.more(client).await? == 0 {
                return if self.body.end(client.written().bytes()) { Ok(()) } else { Err(self.cut_off()) };
            }
            self.hand_on(client).await?;
        }
    }

    /// Sends what came from where it lies, if it goes on as it is and is not the end.
    async fn hand_on(&mut self, client: &mut Outlet<'_>) -> io::Result<()> {
        let came = self.cord.came();
        if self.body.takes_as_it_is(came.len()) {
            while_it_may(&mut self.vigil, client.send_with(came)).await?;
            self.cord.take(came.len());
        }
        Ok(())
    }

    /// Writes what is here of it. Says whether that was the rest.
    fn pass(&mut self, client: &mut Outlet<'_>) -> io::Result<bool> {
        let passed = self.body.pass(self.cord.came(), client.written().bytes());
        let passed = passed.map_err(|_| self.cut_off())?;
        self.cord.take(passed.count);
        Ok(passed.is_whole)
    }

    /// Waits for more of it.
    async fn more(&mut self, client: &mut Outlet<'_>) -> io::Result<usize> {
        let next = next(&mut self.cord, &mut self.vigil);
        match client.wait(next).await? {
            Ok(Ok(count)) if self.vigil.lets_pass() => Ok(count),
            Ok(Ok(_)) | Err(CutShort::Ended) => Err(cut()),
            Ok(Err(_)) => Err(self.cut_off()),
            Err(CutShort::Silent) => {
                self.upstream.failed(Failure::Silent);
                Err(cut())
            }
        }
    }

    fn cut_off(&self) -> io::Error {
        self.upstream.failed(Failure::CutOff);
        cut()
    }

    fn give_back(self) {
        if self.is_kept {
            self.upstream.take_cord_back(self.cord);
        }
    }
}

/// Sends to a client that may take its time, for as long as it may have it.
async fn while_it_may(vigil: &mut Vigil, sending: impl Future<Output = io::Result<()>>) -> io::Result<()> {
    let mut sending = pin!(sending);
    poll_fn(|cx| match sending.as_mut().poll(cx) {
        Poll::Ready(sent) => Poll::Ready(sent),
        Poll::Pending => vigil.poll_ended(cx).map(|()| Err(cut())),
    })
    .await
}

/// What is read next, unless something ends the wait for it.
async fn next(cord: &mut Cord, vigil: &mut Vigil) -> Result<io::Result<usize>, CutShort> {
    let mut reading = pin!(cord.read());
    poll_fn(|cx| match reading.as_mut().poll(cx) {
        Poll::Ready(read) => Poll::Ready(Ok(read)),
        Poll::Pending => vigil.poll(cx).map(Err),
    })
    .await
}

fn cut() -> io::Error {
    io::ErrorKind::ConnectionAborted.into()
}
