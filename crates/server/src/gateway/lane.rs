//! Where tokens wait whose signature must be checked, so that nobody else waits behind them.
//!
//! A few threads of its own do nothing but check. They serve the keys that are named by turns, so that a flood
//! under one key id makes room for the others; what waits is bounded, and whoever finds no room is told at once.

use counterfoil_core::id::KeyId;
use std::collections::{HashMap, VecDeque};
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// How many may wait: at twenty thousand checks a second, a tenth of a second's work.
const MOST: usize = 2048;
/// How many of them under one key id.
const MOST_OF_A_KEY: usize = 512;
/// Who has waited for so long is not waited for any more, or soon won't be.
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// More threads than these would only take time from those who answer.
const MOST_THREADS: usize = 4;

/// The lane. Its threads begin with the first check, and end with it.
pub(crate) struct Lane {
    shared: Arc<Shared>,
    most_threads: usize,
}

/// The lane has no room, or the wait became too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    work: Condvar,
}

#[derive(Default)]
struct Queue {
    of_key: HashMap<KeyId, VecDeque<Check>>,
    /// The keys of which something waits, in the order of their turns.
    turns: VecDeque<KeyId>,
    waiting: usize,
    threads: usize,
    idle: usize,
    is_over: bool,
}

/// One check. Dropped undone it tells whoever waits that there was no room.
struct Check {
    since: Instant,
    work: Box<dyn FnOnce() + Send>,
}

impl Lane {
    /// As many threads as there are cores, up to a few.
    pub(crate) fn new() -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        Self::with_threads(cores.min(MOST_THREADS))
    }

    fn with_threads(most_threads: usize) -> Self {
        Self { shared: Arc::default(), most_threads }
    }

    /// Does `work` for a token that names `key`, once its turn comes. If this is dropped before, it is not done.
    ///
    /// # Errors
    /// If there is no room.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        key: KeyId,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Full> {
        let (done, answer) = oneshot::channel();
        let work = move || {
            if !done.is_closed() {
                let _ = done.send(work());
            }
        };
        self.enter(key, Check { since: Instant::now(), work: Box::new(work) })?;
        answer.await.map_err(|_| Full)
    }

    /// How many wait.
    pub(crate) fn waiting(&self) -> usize {
        self.shared.queue().waiting
    }

    fn enter(&self, key: KeyId, check: Check) -> Result<(), Full> {
        let mut queue = self.shared.queue();
        let dropped = queue.enter(key, check)?;
        if queue.idle > 0 {
            self.shared.work.notify_one();
        } else if queue.threads < self.most_threads {
            queue.threads += 1;
            let begun = begin(Arc::clone(&self.shared));
            queue.threads -= usize::from(!begun);
            if queue.threads == 0 {
                queue.empty();
            }
        }
        drop(queue);
        // Whoever waited for it is woken without the lock.
        drop(dropped);
        Ok(())
    }
}

fn begin(shared: Arc<Shared>) -> bool {
    let thread = thread::Builder::new().name("lane".to_owned());
    thread.spawn(move || shared.check_on()).is_ok()
}

impl Drop for Lane {
    fn drop(&mut self) {
        let mut queue = self.shared.queue();
        queue.is_over = true;
        queue.empty();
        drop(queue);
        self.shared.work.notify_all();
    }
}

impl Shared {
    /// A thread's life.
    fn check_on(&self) {
        while let Some(check) = self.next() {
            if check.since.elapsed() <= LONGEST_WAIT {
                // A panic is that one check's: whoever waits for it is told that there was no room.
                let _ = catch_unwind(AssertUnwindSafe(check.work));
            }
        }
    }

    fn next(&self) -> Option<Check> {
        let mut queue = self.queue();
        loop {
            if queue.is_over {
                return None;
            }
            if let Some(check) = queue.leave() {
                return Some(check);
            }
            queue.idle += 1;
            queue = self.work.wait(queue).unwrap_or_else(PoisonError::into_inner);
            queue.idle -= 1;
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    /// Takes a check in. If all places are taken, the latest of the key that has most of them makes room, if
    /// that has more than this one.
    fn enter(&mut self, key: KeyId, check: Check) -> Result<Option<Check>, Full> {
        let own = self.of_key.get(&key).map_or(0, VecDeque::len);
        if own >= MOST_OF_A_KEY {
            return Err(Full);
        }
        let dropped = if self.waiting >= MOST { Some(self.make_room(own).ok_or(Full)?) } else { None };
        let of_key = self.of_key.entry(key).or_default();
        if of_key.is_empty() {
            self.turns.push_back(key);
        }
        of_key.push_back(check);
        self.waiting += 1;
        Ok(dropped)
    }

    fn make_room(&mut self, own: usize) -> Option<Check> {
        let longest = self.of_key.values_mut().max_by_key(|waiting| waiting.len())?;
        if longest.len() <= own + 1 {
            return None;
        }
        self.waiting -= 1;
        longest.pop_back()
    }

    fn leave(&mut self) -> Option<Check> {
        let key = self.turns.pop_front()?;
        let of_key = self.of_key.get_mut(&key)?;
        let check = of_key.pop_front();
        if of_key.is_empty() {
            self.of_key.remove(&key);
        } else {
            self.turns.push_back(key);
        }
        self.waiting -= usize::from(check.is_some());
        check
    }

    fn empty(&mut self) {
        self.of_key.clear();
        self.turns.clear();
        self.waiting = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    fn key(name: &str) -> KeyId {
        KeyId::try_from(name).unwrap()
    }

    fn noting(told: &mpsc::Sender<String>, what: String) -> Check {
        let told = told.clone();
        Check { since: Instant::now(), work: Box::new(move || drop(told.send(what))) }
    }

    fn order(queue: &mut Queue, said: &mpsc::Receiver<String>) -> Vec<String> {
        while let Some(check) = queue.leave() {
            (check.work)();
        }
        said.try_iter().collect()
    }

    #[test]
    fn the_keys_are_served_by_turns_each_in_the_order_of_coming() {
        let (told, said) = mpsc::channel();
        let mut queue = Queue::default();
        for (name, number) in
            [("AAAAAAAAAA", 1), ("AAAAAAAAAA", 2), ("AAAAAAAAAA", 3), ("BBBBBBBBBB", 1), ("CCCCCCCCCC", 1)]
        {
            queue.enter(key(name), noting(&told, format!("{}{number}", &name[..1]))).unwrap();
        }
        assert_eq!(queue.waiting, 5);
        assert_eq!(order(&mut queue, &said), ["A1", "B1", "C1", "A2", "A3"]);
        assert_eq!((queue.waiting, queue.of_key.len(), queue.turns.len()), (0, 0, 0));
    }

    #[test]
    fn a_flood_under_some_keys_makes_room_for_another() {
        let (told, said) = mpsc::channel();
        let mut queue = Queue::default();
        for number in 0..MOST {
            let name = format!("FLOOD{:05}", number % 8);
            let room = queue.enter(key(&name), noting(&told, name.clone()));
            assert!(matches!(room, Ok(None)));
        }
        let dropped = queue.enter(key("GOODGOOD00"), noting(&told, "good".to_owned())).unwrap();
        assert!(dropped.is_some());
        assert_eq!(queue.waiting, MOST);
        let place = order(&mut queue, &said).iter().position(|what| what == "good").unwrap();
        assert!(place <= 8, "{place}");
    }

    #[test]
    fn one_key_has_so_many_places_and_no_more() {
        let (told, _said) = mpsc::channel();
        let mut queue = Queue::default();
        for _ in 0..MOST_OF_A_KEY {
            assert!(queue.enter(key("FLOODFLOOD"), noting(&told, String::new())).is_ok());
        }
        assert!(queue.enter(key("FLOODFLOOD"), noting(&told, String::new())).is_err());
        assert!(queue.enter(key("GOODGOOD00"), noting(&told, String::new())).is_ok());
    }

    #[test]
    fn where_all_have_as_many_the_last_to_come_finds_no_room() {
        let (told, _said) = mpsc::channel();
        let mut queue = Queue::default();
        for number in 0..MOST {
            queue.enter(key(&format!("K{number:09}")), noting(&told, String::new())).unwrap();
        }
        assert!(queue.enter(key("GOODGOOD00"), noting(&told, String::new())).is_err());
    }

    #[tokio::test]
    async fn a_check_is_done_and_a_panic_is_that_checks_alone() {
        let lane = Lane::new();
        assert_eq!(lane.run(key("AAAAAAAAAA"), || 7).await, Ok(7));
        let panics = lane.run(key("AAAAAAAAAA"), || panic!("as asked"));
        assert_eq!(panics.await, Err::<(), _>(Full));
        assert_eq!(lane.run(key("BBBBBBBBBB"), || 8).await, Ok(8));
    }

    #[tokio::test]
    async fn what_nobody_waits_for_is_not_done() {
        let lane = Lane::with_threads(1);
        let (go, gone) = mpsc::channel::<()>();
        let (told, said) = mpsc::channel();
        let busy = lane.run(key("AAAAAAAAAA"), move || gone.recv());
        let mut busy = Box::pin(busy);
        assert!(futures_poll(busy.as_mut()).is_none());
        let told_too = told.clone();
        let dropped = lane.run(key("AAAAAAAAAA"), move || told_too.send("dropped"));
        let mut dropped = Box::pin(dropped);
        assert!(futures_poll(dropped.as_mut()).is_none());
        drop(dropped);
        go.send(()).unwrap();
        busy.await.unwrap().unwrap();
        lane.run(key("AAAAAAAAAA"), move || told.send("waited")).await.unwrap().unwrap();
        assert_eq!(said.try_iter().collect::<Vec<_>>(), ["waited"]);
        assert_eq!(lane.waiting(), 0);
    }

    fn futures_poll<F: Future>(future: std::pin::Pin<&mut F>) -> Option<F::Output> {
        match future.poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
            std::task::Poll::Ready(done) => Some(done),
            std::task::Poll::Pending => None,
        }
    }
}
