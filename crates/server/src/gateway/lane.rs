//! Where tokens wait whose signature must be checked, so that nobody else waits behind them.
//!
//! Who waits here checks for himself once it is his turn: what he brings is neither copied nor handed to another
//! thread, which would cost a third as much as the check. Before each check the runtime looks at what has come, and
//! whoever can be answered at once is answered first, so that a token known before waits for one check at most. The
//! keys that are named have their turns one after the other, so that a flood under one key id makes room for the
//! others; what waits is bounded, and whoever finds no room is told at once.

use counterfoil_core::id::KeyId;
use std::collections::{HashMap, VecDeque};
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use tokio::sync::{Notify, oneshot};
use tokio::task::yield_now;

/// How many may wait: at twenty thousand checks a second, a tenth of a second's work.
const MOST: usize = 2048;
/// How many of them under one key id: a crowd that comes at once with a new token fits in.
const MOST_OF_A_KEY: usize = MOST / 2;
/// Who has waited for so long is not waited for any more, or soon won't be.
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// More checks at a time than these would only take time from those who answer.
const MOST_AT_A_TIME: usize = 4;
/// After so many checks all whose token is checked go on together, or before if nobody waits any more. Answers that are
/// sent one after the other wake whoever reads them once, not once each; the first of them waits for a millisecond.
const TOGETHER: usize = 16;

/// The lane.
pub(crate) struct Lane(Arc<Shared>);

/// The lane has no room, or the wait became too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;

struct Shared {
    queue: Mutex<Queue>,
    at_a_time: usize,
    /// Those who have checked go on.
    go_on: Notify,
}

/// Nobody waits while fewer check than may.
#[derive(Default)]
struct Queue {
    of_key: HashMap<KeyId, VecDeque<Place>>,
    /// The keys of which something waits, in the order of their turns.
    turns: VecDeque<KeyId>,
    waiting: usize,
    checking: usize,
    /// How many have checked and not gone on; never any once nobody checks.
    checked: usize,
}

/// One who waits. Dropped without a call it tells him that there was no room.
struct Place {
    since: Instant,
    call: oneshot::Sender<Turn>,
}

/// Leave to check. When it is dropped, by whomever, the next is called.
struct Turn(Option<Arc<Shared>>);

impl Lane {
    /// For as many checks at a time as there are cores, up to a few.
    pub(crate) fn new() -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        Self::at_a_time(cores.min(MOST_AT_A_TIME))
    }

    fn at_a_time(at_a_time: usize) -> Self {
        Self(Arc::new(Shared { queue: Mutex::default(), at_a_time, go_on: Notify::new() }))
    }

    /// Does `work` for a token that names `key`, once its turn comes. If this is dropped before, it is not done.
    ///
    /// # Errors
    /// If there is no room.
    pub(crate) async fn run<T>(&self, key: KeyId, work: impl FnOnce() -> T) -> Result<T, Full> {
        let turn = self.enter(key)?.await.map_err(|_| Full)?;
        // The runtime comes back after it has looked at the sockets and seen to everybody else who is ready.
        yield_now().await;
        // A panic is that one check's: whoever waits for it is told that there was no room.
        let done = catch_unwind(AssertUnwindSafe(work)).map_err(|_| Full);
        let go_on = self.0.go_on.notified();
        drop(turn);
        go_on.await;
        done
    }

    /// How many wait.
    pub(crate) fn waiting(&self) -> usize {
        self.0.queue().waiting
    }

    fn enter(&self, key: KeyId) -> Result<oneshot::Receiver<Turn>, Full> {
        let (call, called) = oneshot::channel();
        let place = Place { since: Instant::now(), call };
        let mut queue = self.0.queue();
        if queue.checking < self.0.at_a_time {
            queue.checking += 1;
            drop(queue);
            place.call(Turn(Some(Arc::clone(&self.0))));
        } else {
            let dropped = queue.enter(key, place)?;
            drop(queue);
            // Whoever waited there is woken without the lock.
            drop(dropped);
        }
        Ok(called)
    }
}

impl Shared {
    /// The next who is to check; if nobody waits, one fewer checks.
    fn next(&self) -> Option<Place> {
        let mut queue = self.queue();
        let next = queue.leave();
        queue.checking -= usize::from(next.is_none());
        queue.checked += 1;
        if next.is_none() || queue.checked >= TOGETHER {
            queue.checked = 0;
            drop(queue);
            self.go_on.notify_waiters();
        }
        next
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Gives the turn to who waits here, or back if he has gone or it comes too late for him.
    fn call(self, turn: Turn) -> Option<Turn> {
        if self.since.elapsed() > LONGEST_WAIT {
            return Some(turn);
        }
        self.call.send(turn).err()
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(shared) = self.0.take() else { return };
        while let Some(place) = shared.next() {
            match place.call(Self(Some(Arc::clone(&shared)))) {
                None => return,
                Some(mut refused) => refused.0 = None,
            }
        }
    }
}

impl Queue {
    /// Takes one in. If all places are taken, the latest of the key that has most of them makes room, if
    /// that has more than this one.
    fn enter(&mut self, key: KeyId, place: Place) -> Result<Option<Place>, Full> {
        let own = self.of_key.get(&key).map_or(0, VecDeque::len);
        if own >= MOST_OF_A_KEY {
            return Err(Full);
        }
        let dropped = if self.waiting >= MOST { Some(self.make_room(own).ok_or(Full)?) } else { None };
        let of_key = self.of_key.entry(key).or_default();
        if of_key.is_empty() {
            self.turns.push_back(key);
        }
        of_key.push_back(place);
        self.waiting += 1;
        Ok(dropped)
    }

    fn make_room(&mut self, own: usize) -> Option<Place> {
        let longest = self.of_key.values_mut().max_by_key(|waiting| waiting.len())?;
        if longest.len() <= own + 1 {
            return None;
        }
        self.waiting -= 1;
        longest.pop_back()
    }

    fn leave(&mut self) -> Option<Place> {
        let key = self.turns.pop_front()?;
        let of_key = self.of_key.get_mut(&key)?;
        let place = of_key.pop_front();
        if of_key.is_empty() {
            self.of_key.remove(&key);
        } else {
            self.turns.push_back(key);
        }
        self.waiting -= usize::from(place.is_some());
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::pin::{Pin, pin};
    use std::task::{Context, Poll, Waker};

    fn key(name: &str) -> KeyId {
        KeyId::try_from(name).unwrap()
    }

    /// A place, and where its call would arrive.
    fn place() -> (Place, oneshot::Receiver<Turn>) {
        let (call, called) = oneshot::channel();
        (Place { since: Instant::now(), call }, called)
    }

    /// Those whose places are left, in that order.
    fn order<'w>(queue: &mut Queue, waiting: &mut [(&'w str, oneshot::Receiver<Turn>)]) -> Vec<&'w str> {
        let mut order = Vec::new();
        while let Some(place) = queue.leave() {
            assert!(place.call(Turn(None)).is_none());
            let called = waiting.iter_mut().find_map(|(who, called)| called.try_recv().ok().map(|_| *who));
            order.extend(called);
        }
        order
    }

    #[test]
    fn the_keys_are_served_by_turns_each_in_the_order_of_coming() {
        let mut queue = Queue::default();
        let mut waiting = Vec::new();
        for (name, who) in [
            ("AAAAAAAAAA", "A1"),
            ("AAAAAAAAAA", "A2"),
            ("AAAAAAAAAA", "A3"),
            ("BBBBBBBBBB", "B1"),
            ("CCCCCCCCCC", "C1"),
        ] {
            let (place, called) = place();
            queue.enter(key(name), place).unwrap();
            waiting.push((who, called));
        }
        assert_eq!(queue.waiting, 5);
        assert_eq!(order(&mut queue, &mut waiting), ["A1", "B1", "C1", "A2", "A3"]);
        assert_eq!((queue.waiting, queue.of_key.len(), queue.turns.len()), (0, 0, 0));
    }

    #[test]
    fn a_flood_under_some_keys_makes_room_for_another() {
        let mut queue = Queue::default();
        let mut waiting = Vec::new();
        for number in 0..MOST {
            let (place, called) = place();
            let room = queue.enter(key(&format!("FLOOD{:05}", number % 8)), place);
            assert!(matches!(room, Ok(None)));
            waiting.push(("flood", called));
        }
        let (place, called) = place();
        waiting.push(("good", called));
        let dropped = queue.enter(key("GOODGOOD00"), place).unwrap();
        assert!(dropped.is_some());
        assert_eq!(queue.waiting, MOST);
        drop(dropped);
        let place = order(&mut queue, &mut waiting).iter().position(|who| *who == "good").unwrap();
        assert!(place <= 8, "{place}");
    }

    #[test]
    fn one_key_has_so_many_places_and_no_more() {
        let mut queue = Queue::default();
        for _ in 0..MOST_OF_A_KEY {
            assert!(queue.enter(key("FLOODFLOOD"), place().0).is_ok());
        }
        assert!(queue.enter(key("FLOODFLOOD"), place().0).is_err());
        assert!(queue.enter(key("GOODGOOD00"), place().0).is_ok());
    }

    #[test]
    fn where_all_have_as_many_the_last_to_come_finds_no_room() {
        let mut queue = Queue::default();
        for number in 0..MOST {
            queue.enter(key(&format!("K{number:09}")), place().0).unwrap();
        }
        assert!(queue.enter(key("GOODGOOD00"), place().0).is_err());
    }

    #[tokio::test]
    async fn a_check_is_done_and_a_panic_is_that_checks_alone() {
        let lane = Lane::at_a_time(1);
        assert_eq!(lane.run(key("AAAAAAAAAA"), || 7).await, Ok(7));
        let panics = lane.run(key("AAAAAAAAAA"), || panic!("as asked"));
        assert_eq!(panics.await, Err::<(), _>(Full));
        assert_eq!(lane.run(key("BBBBBBBBBB"), || 8).await, Ok(8));
        assert_eq!(lane.0.queue().checking, 0);
    }

    #[tokio::test]
    async fn what_nobody_waits_for_is_not_done_and_holds_nobody_up() {
        let (lane, said) = (Lane::at_a_time(1), RefCell::new(Vec::new()));
        let run = |what| {
            let said = &said;
            lane.run(key("AAAAAAAAAA"), move || said.borrow_mut().push(what))
        };
        let mut at_its_turn = Box::pin(run("left at its turn"));
        let mut in_the_queue = Box::pin(run("left in the queue"));
        let mut just_called = Box::pin(run("left when called"));
        let mut waits = Box::pin(run("waited"));
        for run in [&mut at_its_turn, &mut in_the_queue, &mut just_called, &mut waits] {
            assert!(poll(run.as_mut()).is_none());
        }
        assert_eq!(lane.waiting(), 3);
        drop(in_the_queue);
        drop(at_its_turn);
        assert_eq!(lane.waiting(), 1);
        drop(just_called);
        waits.await.unwrap();
        assert_eq!(*said.borrow(), ["waited"]);
        assert_eq!((lane.waiting(), lane.0.queue().checking), (0, 0));
    }

    #[tokio::test]
    async fn who_waited_too_long_is_told_so_and_the_next_is_called() {
        let lane = Lane::at_a_time(1);
        let mut first = pin!(lane.run(key("AAAAAAAAAA"), || 1));
        let mut late = pin!(lane.run(key("AAAAAAAAAA"), || 2));
        let mut next = pin!(lane.run(key("AAAAAAAAAA"), || 3));
        assert!(poll(first.as_mut()).is_none() && poll(late.as_mut()).is_none());
        assert!(poll(next.as_mut()).is_none());
        let long_ago = Instant::now().checked_sub(LONGEST_WAIT * 2).unwrap();
        lane.0.queue().of_key.get_mut(&key("AAAAAAAAAA")).unwrap()[0].since = long_ago;
        assert_eq!(tokio::join!(first, late, next), (Ok(1), Err(Full), Ok(3)));
    }

    #[tokio::test]
    async fn those_whose_tokens_are_checked_go_on_together_and_nobody_is_left() {
        let lane = Arc::new(Lane::at_a_time(1));
        let said = Arc::new(Mutex::new(String::new()));
        let runs: Vec<_> = (0..TOGETHER + 2)
            .map(|_| {
                let (lane, said) = (Arc::clone(&lane), Arc::clone(&said));
                tokio::spawn(async move {
                    lane.run(key("AAAAAAAAAA"), || said.lock().unwrap().push('c')).await.unwrap();
                    said.lock().unwrap().push('g');
                })
            })
            .collect();
        for run in runs {
            tokio::time::timeout(LONGEST_WAIT, run).await.expect("nobody is left waiting").unwrap();
        }
        let said = said.lock().unwrap();
        assert_eq!(said.find('g'), Some(TOGETHER), "{said}");
        assert!(said.ends_with("ccgg"), "{said}");
        let queue = lane.0.queue();
        assert_eq!((queue.checked, queue.checking), (0, 0));
    }

    #[tokio::test]
    async fn whoever_is_known_is_answered_between_two_checks() {
        let (lane, said) = (Arc::new(Lane::at_a_time(1)), Arc::new(Mutex::new(String::new())));
        let checks: Vec<_> = (0..200)
            .map(|_| {
                let (lane, said) = (Arc::clone(&lane), Arc::clone(&said));
                tokio::spawn(
                    async move { lane.run(key("AAAAAAAAAA"), || said.lock().unwrap().push('c')).await },
                )
            })
            .collect();
        let known = tokio::spawn({
            let said = Arc::clone(&said);
            async move {
                for _ in 0..200 {
                    yield_now().await;
                    said.lock().unwrap().push('k');
                }
            }
        });
        known.await.unwrap();
        for check in checks {
            assert_eq!(check.await.unwrap(), Ok(()));
        }
        let said = said.lock().unwrap();
        let while_both = said.trim_matches('c');
        assert!(while_both.len() > 300, "{said}");
        assert!(!while_both.contains("cc"), "{said}");
    }

    fn poll<F: Future>(future: Pin<&mut F>) -> Option<F::Output> {
        match future.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(done) => Some(done),
            Poll::Pending => None,
        }
    }
}
