//! How one connection gets on: what it is waiting for, and until when.

use super::figures::Figures;
use super::limits::Limits;
use http::Version;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::Instant;

/// The state of a connection that its socket, its requests and the house look at together.
pub(super) struct Progress {
    head: Duration,
    idle: Duration,
    answer_stall: Duration,
    figures: Arc<Figures>,
    /// The request in flight is to end with its client.
    ends_with_client: AtomicBool,
    state: Mutex<State>,
}

struct State {
    /// When the present wait began.
    since: Instant,
    /// When last something of an answer was taken.
    taken: Instant,
    /// Requests that have begun and whose answer is not yet wholly handed over.
    requests: u32,
    /// Answers of which a piece was handed over and the next is not yet asked for.
    offered: u32,
    /// The peer's side is full: something of an answer is on our hands.
    blocked: bool,
    /// Something has come that is not yet a request.
    in_head: bool,
    served: bool,
    http2: bool,
    /// A request's body was not read to its end.
    unread: bool,
    /// After what the present answer may not go on.
    over: Option<Work>,
}

/// Something that is waited for.
pub(super) type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// How little a connection would be missed, least first: those that never had a request, then by the
/// time since they had one.
pub(super) type Idleness = (bool, Instant);

/// A write on an HTTP/2 connection that is smaller may be an answer to a ping, which a peer can ask for
/// without ever taking an answer.
const MORE_THAN_PINGS: usize = 1024;

impl Progress {
    pub(super) fn new(limits: &Limits, figures: Arc<Figures>) -> Self {
        let now = Instant::now();
        let state = State {
            since: now,
            taken: now,
            requests: 0,
            offered: 0,
            blocked: false,
            in_head: false,
            served: false,
            http2: false,
            unread: false,
            over: None,
        };
        Self {
            head: limits.head,
            idle: limits.idle,
            answer_stall: limits.answer_stall,
            figures,
            ends_with_client: AtomicBool::new(false),
            state: Mutex::new(state),
        }
    }

    pub(super) fn figures(&self) -> &Figures {
        &self.figures
    }

    /// The handshake is done, the wait for the first request begins.
    pub(super) fn ready(&self) {
        self.state().since = Instant::now();
    }

    pub(super) fn received(&self) {
        let mut state = self.state();
        if state.requests == 0 && !state.in_head && !state.http2 {
            state.in_head = true;
            if state.served {
                state.since = Instant::now();
            }
        }
    }

    pub(super) fn sent(&self, bytes: usize) {
        let mut state = self.state();
        let was_blocked = std::mem::replace(&mut state.blocked, false);
        // An answer that goes out in one piece is sent when it is handed over, and the clock was read then.
        let in_one_piece = !state.http2 && !was_blocked && state.offered == 0 && state.served;
        if in_one_piece || state.http2 && bytes < MORE_THAN_PINGS {
            return;
        }
        state.taken = Instant::now();
        if state.requests == 0 && !state.in_head {
            state.since = state.taken;
        }
    }

    pub(super) fn blocked(&self) {
        let mut state = self.state();
        if !std::mem::replace(&mut state.blocked, true) {
            state.taken = Instant::now();
        }
    }

    /// A request's head is read. The request lasts until what is returned is dropped.
    pub(super) fn begin(self: &Arc<Self>, version: Version) -> InFlight {
        let mut state = self.state();
        state.requests += 1;
        state.in_head = false;
        state.unread = false;
        state.http2 = version == Version::HTTP_2;
        drop(state);
        InFlight { progress: Arc::clone(self), offered: false }
    }

    /// See [`super::Connection::end_with_client`]. HTTP/2 needs no help: there a client resets its request.
    pub(super) fn end_with_client(&self) {
        let is_http2 = self.state().http2;
        self.ends_with_client.store(!is_http2, Ordering::Relaxed);
    }

    /// See [`super::Connection::end_after`].
    pub(super) fn end_after(&self, over: Work) {
        let mut state = self.state();
        if !state.http2 {
            state.over = Some(over);
        }
    }

    /// Ready when the present answer may not go on and its client does not take what it was sent. Who takes it learns
    /// that from what comes next.
    pub(super) fn poll_over(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state();
        let is_blocked = state.blocked;
        match &mut state.over {
            Some(over) if is_blocked => over.as_mut().poll(cx),
            _ => Poll::Pending,
        }
    }

    /// Whether it matters at this moment that the client is still there.
    pub(super) fn ends_with_client_now(&self) -> bool {
        self.ends_with_client.load(Ordering::Relaxed)
    }

    /// A body was let go before its end.
    pub(super) fn left_unread(&self) {
        self.state().unread = true;
    }

    /// Whether the peer may still be sending what we have no more use for.
    pub(super) fn may_be_sending(&self) -> bool {
        let state = self.state();
        state.unread || state.in_head
    }

    /// When the present wait has lasted too long; `None` while it is the service that we wait for.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let state = self.state();
        match state.requests {
            _ if state.blocked => Some(state.taken + self.answer_stall),
            0 if state.in_head || !state.served => Some(state.since + self.head),
            0 => Some(state.since + self.idle),
            _ if state.offered > 0 => Some(state.taken + self.answer_stall),
            _ => None,
        }
    }

    /// `None` if a request is in flight.
    pub(super) fn idleness(&self) -> Option<Idleness> {
        let state = self.state();
        (state.requests == 0 && !state.blocked).then_some((state.served, state.since))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One request, from the end of its head to the end of its answer.
pub(super) struct InFlight {
    progress: Arc<Progress>,
    offered: bool,
}

impl InFlight {
    pub(super) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// A piece of the answer was handed over: from here on the peer may stall.
    pub(super) fn offer(&mut self) {
        let mut state = self.progress.state();
        state.taken = Instant::now();
        if !std::mem::replace(&mut self.offered, true) {
            state.offered += 1;
        }
    }

    /// The next piece is asked for: from here on we wait for the service.
    pub(super) fn taken(&mut self) {
        if std::mem::replace(&mut self.offered, false) {
            let mut state = self.progress.state();
            state.offered = state.offered.saturating_sub(1);
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.taken();
        self.progress.ends_with_client.store(false, Ordering::Relaxed);
        let mut state = self.progress.state();
        let _over = state.over.take();
        state.requests = state.requests.saturating_sub(1);
        if state.requests == 0 {
            state.served = true;
            state.in_head = false;
            state.since = Instant::now();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: Duration = Duration::from_secs(10);
    const IDLE: Duration = Duration::from_secs(75);
    const STALL: Duration = Duration::from_secs(30);

    fn progress() -> Arc<Progress> {
        let limits = Limits { head: HEAD, idle: IDLE, answer_stall: STALL, ..Limits::default() };
        Arc::new(Progress::new(&limits, Arc::default()))
    }

    fn left(progress: &Progress) -> Option<Duration> {
        progress.deadline().map(|deadline| deadline - Instant::now())
    }

    async fn pass(seconds: u64) {
        tokio::time::advance(Duration::from_secs(seconds)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_request_is_due_from_the_opening_however_its_head_trickles() {
        let progress = progress();
        pass(4).await;
        progress.received();
        assert_eq!(left(&progress), Some(HEAD - Duration::from_secs(4)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_in_the_service_has_no_deadline_of_ours() {
        let progress = progress();
        let _request = progress.begin(Version::HTTP_11);
        pass(1000).await;
        assert_eq!(left(&progress), None);
        assert_eq!(progress.idleness(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn between_requests_idle_time_runs_until_a_head_begins() {
        let progress = progress();
        drop(progress.begin(Version::HTTP_11));
        assert_eq!(left(&progress), Some(IDLE));
        pass(70).await;
        progress.received();
        assert_eq!(left(&progress), Some(HEAD));
        pass(6).await;
        progress.received();
        assert_eq!(left(&progress), Some(Duration::from_secs(4)));
    }

    #[tokio::test(start_paused = true)]
    async fn pings_do_not_keep_an_http2_connection_without_requests() {
        let progress = progress();
        drop(progress.begin(Version::HTTP_2));
        pass(60).await;
        progress.received();
        progress.sent(17);
        assert_eq!(left(&progress), Some(Duration::from_secs(15)));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_is_not_taken_has_a_deadline_until_it_is() {
        let progress = progress();
        let mut request = progress.begin(Version::HTTP_11);
        request.offer();
        pass(20).await;
        assert_eq!(left(&progress), Some(Duration::from_secs(10)));
        progress.sent(1);
        assert_eq!(left(&progress), Some(STALL));
        request.taken();
        assert_eq!(left(&progress), None);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_is_wholly_handed_over_but_not_taken_is_no_idleness() {
        let progress = progress();
        drop(progress.begin(Version::HTTP_11));
        progress.blocked();
        pass(20).await;
        progress.blocked();
        assert_eq!(left(&progress), Some(Duration::from_secs(10)));
        assert_eq!(progress.idleness(), None);
        progress.sent(1);
        assert_eq!(left(&progress), Some(IDLE));
        assert!(progress.idleness().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn strangers_are_missed_least_then_those_idle_longest() {
        let (known, stranger, old_friend) = (progress(), progress(), progress());
        drop(old_friend.begin(Version::HTTP_11));
        pass(1).await;
        drop(known.begin(Version::HTTP_11));
        assert!(stranger.idleness() < old_friend.idleness());
        assert!(old_friend.idleness() < known.idleness());
    }
}
