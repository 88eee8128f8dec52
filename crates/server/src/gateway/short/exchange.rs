//! The upstream is asked, and begins its answer.

use super::answer::{self, Answer, MOST_BYTES, Marks, TOO_LONG};
use crate::gateway::leash::Leash;
use crate::gateway::proxy::AT_ONCE;
use crate::gateway::upstream::{Cord, Lost, Upstream};
use crate::listen::{Outlet, Written};
use std::io;
use std::pin::{Pin, pin};
use std::time::Duration;
use tokio::time::Instant;

/// Why there is no answer.
pub(super) enum Stop {
    /// The client has gone.
    Gone(io::Error),
    /// The upstream gives none, or it may not go on.
    Lost(Lost),
}

impl From<io::Error> for Stop {
    fn from(gone: io::Error) -> Self {
        Self::Gone(gone)
    }
}

impl From<Lost> for Stop {
    fn from(lost: Lost) -> Self {
        Self::Lost(lost)
    }
}

/// An exchange with the upstream, up to the head of the answer.
pub(super) struct Exchange<'e> {
    upstream: &'e Upstream,
    leash: &'e Leash,
    /// From when on whoever waits is watched as a stream is.
    slow_from: Instant,
    slow: Option<Watch<'e>>,
}

/// Ends a wait that has become long.
type Watch<'e> = Pin<Box<dyn Future<Output = Lost> + Send + 'e>>;

impl<'e> Exchange<'e> {
    pub(super) fn with(upstream: &'e Upstream, leash: &'e Leash) -> Self {
        Self { upstream, leash, slow_from: Instant::now() + AT_ONCE, slow: None }
    }

    /// Sends a head, and writes that of the answer for the client.
    pub(super) async fn begin(
        mut self,
        head: &[u8],
        marks: &Marks<'_>,
        client: &mut Outlet<'_>,
    ) -> Result<(Cord, Answer), Stop> {
        let upstream = self.upstream;
        let mut cord = self.wait(client, upstream.send(head)).await?;
        let mut heads = Heads::default();
        loop {
            self.wait(client, more(&mut cord)).await?;
            if !self.leash.holds() {
                return Err(Lost::Ended.into());
            }
            if let Some(answer) = heads.read(&mut cord, marks, client.written())? {
                return Ok((cord, answer));
            }
        }
    }

    /// Waits for the upstream. Who waits for it for long may lose the right to it meanwhile.
    async fn wait<T>(
        &mut self,
        client: &mut Outlet<'_>,
        work: impl Future<Output = Result<T, Lost>>,
    ) -> Result<T, Stop> {
        let mut work = pin!(work);
        if self.slow.is_none()
            && let Some(done) = client.wait_until(self.slow_from, work.as_mut()).await?
        {
            return Ok(done?);
        }
        let (leash, answer) = (self.leash, self.upstream.settings().answer);
        let slow = self.slow.get_or_insert_with(|| Box::pin(too_long(leash, answer)));
        let either = async {
            tokio::select! {
                biased;
                done = work => done,
                lost = slow => Err(lost),
            }
        };
        Ok(client.wait(either).await??)
    }
}

async fn too_long(leash: &Leash, patience: Duration) -> Lost {
    tokio::select! {
        () = leash.ended() => Lost::Ended,
        () = tokio::time::sleep(patience) => Lost::SlowToAnswer,
    }
}

/// Waits for something to come; there is no answer if nothing more does.
async fn more(cord: &mut Cord) -> Result<(), Lost> {
    match cord.read().await {
        Ok(0) => Err(Lost::Reset(io::ErrorKind::UnexpectedEof.into())),
        Ok(_) => Ok(()),
        Err(fault) => Err(Lost::Reset(fault)),
    }
}

/// The heads of one answer.
#[derive(Default)]
struct Heads {
    /// How much of the next was there already and was no whole one.
    seen: usize,
    /// How long those of interim answers were.
    interim: usize,
}

impl Heads {
    /// Reads as many as there are, and writes the last one for the client.
    fn read(
        &mut self,
        cord: &mut Cord,
        marks: &Marks<'_>,
        into: &mut Written,
    ) -> Result<Option<Answer>, Lost> {
        while may_end_a_head(cord.came(), self.seen) {
            let Some(head) = answer::read(cord.came(), marks, into)? else { break };
            cord.take(head.length);
            if head.answer.is_some() {
                return Ok(head.answer);
            }
            self.seen = 0;
            self.interim += head.length;
        }
        self.seen = cord.came().len();
        if self.interim + self.seen > MOST_BYTES {
            return Err(TOO_LONG);
        }
        Ok(None)
    }
}

/// Whether a head may end behind what was seen of it: one that comes byte by byte is not read anew with each.
fn may_end_a_head(came: &[u8], seen: usize) -> bool {
    let new = came.get(seen.saturating_sub(3)..).unwrap_or_default();
    let ends = |rest: &[u8]| rest.starts_with(b"\n\r\n") || rest.starts_with(b"\n\n");
    !came.is_empty() && (seen == 0 || (0..new.len()).any(|at| ends(&new[at..])))
}
