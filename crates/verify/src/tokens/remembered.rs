//! Verified tokens in a bounded room, found without a lock: who looks writes nothing that another processor reads, but
//! for one who looks for the same token, so two processors find twice as many.
//!
//! Who finds no room for a token has the one make room that has been there for longest. If it was asked for since it
//! was last its turn it goes to the back instead, so what is in use stays.

use super::Known;
use crate::sync::{Mutex, MutexGuard, PoisonError};
use foldhash::fast::RandomState;
use papaya::{Equivalent, Guard, HashMap};
use std::collections::VecDeque;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// How much text one place holds; a longer token takes several.
const TEXT_OF_A_PLACE: usize = 1024;
/// How much of a text is hashed: of its signature, as much as nobody can choose.
const END_OF_TEXT: usize = 16;
/// How many are sent to the back before one goes that is in use, lest anybody wait while thousands are.
const MOST_TO_THE_BACK: usize = 16;
/// For how many there is a table from the beginning. It grows if it must, but that slows who comes meanwhile.
const MOST_AT_FIRST: usize = 65_536;
/// Of so many places one more is freed than is needed.
const PLACES_TO_ONE_FREED: usize = 1024;

/// Tokens, and what is known of them.
pub(super) struct Remembered {
    tokens: HashMap<Text, Arc<Known>, RandomState>,
    /// Who changes what there is holds this.
    order: Mutex<Order>,
    places: usize,
}

/// All that are remembered, and how many places they take.
#[derive(Default)]
struct Order {
    queue: VecDeque<Text>,
    taken: usize,
}

impl Remembered {
    /// Room for so many tokens of the usual length.
    pub(super) fn new(places: usize) -> Self {
        let tokens = HashMap::with_capacity_and_hasher(places.min(MOST_AT_FIRST), RandomState::default());
        Self { tokens, order: Mutex::default(), places }
    }

    pub(super) fn get(&self, asked: &Asked<'_>) -> Option<Arc<Known>> {
        let tokens = self.tokens.pin();
        let known = tokens.get(asked)?;
        known.ask();
        Some(known.clone())
    }

    /// If the world has ended in which the token was judged, the entry could never be of use and would only hold that
    /// world in memory.
    pub(super) fn insert(&self, token: &str, known: Arc<Known>) {
        let text = Text { service: known.service, token: token.into() };
        let places = text.places();
        let mut order = self.order();
        if known.world.is_over() || places > self.places {
            return;
        }
        if order.taken + places > self.places {
            self.make_room(places, &mut order);
        }
        let reading = self.tokens.guard();
        if self.tokens.insert(text.clone(), known, &reading).is_some() {
            reading.flush();
        } else {
            order.taken += places;
            order.queue.push_back(text);
        }
    }

    /// After a world's end. Nothing judged in it comes later, and what is there leaves the memory as soon as nobody
    /// reads it.
    pub(super) fn clear(&self) {
        let mut order = self.order();
        let reading = self.tokens.guard();
        self.tokens.clear(&reading);
        reading.flush();
        *order = Order::default();
    }

    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Lets go of some, until so many places and a few more are free. What was let go of leaves the memory soon, but
    /// that has a price, whatever the number.
    fn make_room(&self, places: usize, order: &mut Order) {
        let reading = self.tokens.guard();
        let most = self.places - self.places / PLACES_TO_ONE_FREED;
        while order.taken > 0 && order.taken + places > most {
            let Some(text) = self.next_to_go(order, &reading) else { break };
            self.tokens.remove(&text, &reading);
            order.taken -= text.places();
        }
        reading.flush();
    }

    fn next_to_go(&self, order: &mut Order, reading: &impl Guard) -> Option<Text> {
        for _ in 0..MOST_TO_THE_BACK {
            let known = self.tokens.get(order.queue.front()?, reading);
            if !known.is_some_and(|known| known.was_asked_for()) {
                break;
            }
            order.queue.rotate_left(1);
        }
        order.queue.pop_front()
    }

    fn order(&self) -> MutexGuard<'_, Order> {
        self.order.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a token is found by: all of its text, and the service that it was judged for.
#[derive(Clone, PartialEq, Eq)]
struct Text {
    service: usize,
    token: Arc<str>,
}

/// The same, of a request.
pub(super) struct Asked<'t> {
    pub(super) service: usize,
    pub(super) token: &'t str,
}

impl Text {
    fn places(&self) -> usize {
        self.token.len().div_ceil(TEXT_OF_A_PLACE).max(1)
    }
}

impl Hash for Text {
    fn hash<H: Hasher>(&self, into: &mut H) {
        Asked { service: self.service, token: &self.token }.hash(into);
    }
}

impl Hash for Asked<'_> {
    /// Only the end of the text counts. That is of the signature, and what nobody signed never enters.
    fn hash<H: Hasher>(&self, into: &mut H) {
        let text = self.token.as_bytes();
        into.write(text.last_chunk::<END_OF_TEXT>().map_or(text, |end| end));
        into.write_usize(self.service);
    }
}

impl Equivalent<Text> for Asked<'_> {
    fn equivalent(&self, text: &Text) -> bool {
        self.service == text.service && *self.token == *text.token
    }
}
