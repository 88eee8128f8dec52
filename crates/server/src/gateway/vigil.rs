//! Watches over a body that the upstream sends: it ends with its right, and when the upstream falls silent.

use super::leash::Leash;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, Sleep};

/// Why a body ends before its end.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub(super) enum CutShort {
    #[error("what was let in may not go on")]
    Ended,
    #[error("the upstream went silent")]
    Silent,
}

/// What watches over one body. Only who has to wait for a piece of it needs watching: most bodies never do.
pub(super) struct Vigil {
    leash: Leash,
    idle: Duration,
    has_moved: bool,
    watch: Option<Pin<Box<Watch>>>,
}

impl Vigil {
    pub(super) const fn new(leash: Leash, idle: Duration) -> Self {
        Self { leash, idle, has_moved: false, watch: None }
    }

    /// A piece came. Says whether it may go on.
    pub(super) fn lets_pass(&mut self) -> bool {
        self.has_moved = true;
        self.leash.holds()
    }

    /// Nothing comes at the moment.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<CutShort> {
        let (has_moved, idle) = (std::mem::take(&mut self.has_moved), self.idle);
        let watch = self.watch();
        if has_moved {
            watch.heard = Instant::now();
        }
        watch.poll(idle, cx)
    }

    /// What came is not taken at the moment: how long the upstream is silent meanwhile is no matter.
    pub(super) fn poll_ended(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.watch().ended.as_mut().poll(cx)
    }

    fn watch(&mut self) -> &mut Watch {
        self.watch.get_or_insert_with(|| Box::pin(Watch::new(&self.leash, self.idle)))
    }
}

/// Waits for what ends a body that pauses.
struct Watch {
    ended: Pin<Box<dyn Future<Output = ()> + Send>>,
    alarm: Pin<Box<Sleep>>,
    heard: Instant,
}

impl Watch {
    fn new(leash: &Leash, idle: Duration) -> Self {
        let leash = leash.clone();
        let ended = Box::pin(async move { leash.ended().await });
        Self { ended, alarm: Box::pin(tokio::time::sleep(idle)), heard: Instant::now() }
    }

    fn poll(&mut self, idle: Duration, cx: &mut Context<'_>) -> Poll<CutShort> {
        if self.ended.as_mut().poll(cx).is_ready() {
            return Poll::Ready(CutShort::Ended);
        }
        loop {
            ready!(self.alarm.as_mut().poll(cx));
            if self.heard.elapsed() >= idle {
                return Poll::Ready(CutShort::Silent);
            }
            self.alarm.as_mut().reset(self.heard + idle);
        }
    }
}
