//! A connection's alarm clock.

use super::bell::Familiar;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::task::coop::has_budget_remaining;
use tokio::time::{Instant, Sleep, sleep_until};

/// Rings at a deadline that moves with every request. It is set anew only if the deadline came nearer; if it
/// went away, the alarm rings once for nothing. The clock is asked only if it may have something new to say.
pub(super) struct Alarm {
    sleep: Pin<Box<Sleep>>,
    task: Familiar,
    /// The clock was asked and will wake the task. One that is asked when the task's turn is over does not: it
    /// only has the task asked again.
    is_heard: bool,
}

impl Alarm {
    pub(super) fn at(deadline: Instant) -> Self {
        Self { sleep: Box::pin(sleep_until(deadline)), task: Familiar::default(), is_heard: false }
    }

    /// Ready when the deadline has passed.
    pub(super) fn poll_late(&mut self, deadline: Instant, cx: &mut Context<'_>) -> Poll<()> {
        self.is_heard &= !self.task.is_new(cx);
        if deadline < self.sleep.deadline() || self.sleep.is_elapsed() {
            self.set(deadline);
        }
        while !self.is_heard {
            let has_turn = has_budget_remaining();
            if self.sleep.as_mut().poll(cx).is_pending() {
                self.is_heard = has_turn;
                return Poll::Pending;
            }
            if Instant::now() >= deadline {
                return Poll::Ready(());
            }
            self.set(deadline);
        }
        Poll::Pending
    }

    fn set(&mut self, deadline: Instant) {
        self.sleep.as_mut().reset(deadline);
        self.is_heard = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use std::time::Duration;
    use tokio::task::coop::poll_proceed;

    const SHORT: Duration = Duration::from_secs(1);
    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test(start_paused = true)]
    async fn it_rings_at_the_deadline_it_was_last_given() {
        for (first, last) in [(SHORT, LONG), (LONG, SHORT), (SHORT, SHORT)] {
            let began = Instant::now();
            let mut alarm = Alarm::at(began + first);
            let once = poll_fn(|cx| Poll::Ready(alarm.poll_late(began + first, cx)));
            assert_eq!(once.await, Poll::Pending);
            poll_fn(|cx| alarm.poll_late(began + last, cx)).await;
            let late = began.elapsed();
            assert!(late >= last && late < last + SHORT, "{first:?} {last:?} {late:?}");
        }
    }
    #[tokio::test(start_paused = true)]
    async fn it_rings_for_a_task_whose_turn_was_over_when_it_was_set() {
        let deadline = Instant::now() + SHORT;
        let mut alarm = Alarm::at(deadline);
        let busy = poll_fn(|cx| {
            while let Poll::Ready(turn) = poll_proceed(cx) {
                turn.made_progress();
            }
            Poll::Ready(alarm.poll_late(deadline, cx))
        });
        assert_eq!(busy.await, Poll::Pending);
        let rung = tokio::time::timeout(LONG, poll_fn(|cx| alarm.poll_late(deadline, cx)));
        assert_eq!(rung.await, Ok(()));
    }
}
