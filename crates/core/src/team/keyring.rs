//! The keys of a team: those of now apart from those that ended long ago.

use super::Key;
use crate::id::KeyId;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many keys may have ended before they are put away.
const MOST_ENDED: usize = 256;

type Shelf = BTreeMap<KeyId, Arc<Key>>;

/// All keys that a team ever had.
///
/// A team is copied for each decision. What has ended doesn't change any more, so it lies on shelves that copies share:
/// a team that has rotated its keys for years is copied as fast as a new one.
#[derive(Clone, Debug, Default)]
pub struct Keyring {
    at_hand: Shelf,
    ended_at_hand: usize,
    /// Each at least twice as long as the next, so there are few.
    shelves: Vec<Arc<Shelf>>,
}

impl Keyring {
    /// The key of this id, whether it ended or not.
    #[must_use]
    pub fn get(&self, id: &KeyId) -> Option<&Arc<Key>> {
        self.at_hand.get(id).or_else(|| self.shelves.iter().find_map(|shelf| shelf.get(id)))
    }

    /// Whether there ever was a key of this id.
    #[must_use]
    pub fn contains_key(&self, id: &KeyId) -> bool {
        self.get(id).is_some()
    }

    /// How many keys there ever were.
    #[must_use]
    pub fn len(&self) -> usize {
        self.at_hand.len() + self.shelves.iter().map(|shelf| shelf.len()).sum::<usize>()
    }

    /// Whether there never was a key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.at_hand.is_empty() && self.shelves.is_empty()
    }

    /// All keys, in the order of their ids.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&KeyId, &Arc<Key>)> {
        let mut all: Vec<_> =
            self.at_hand.iter().chain(self.shelves.iter().flat_map(|shelf| shelf.iter())).collect();
        if !self.shelves.is_empty() {
            all.sort_unstable_by_key(|(id, _)| **id);
        }
        all.into_iter()
    }

    /// The ids of all keys, in their order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &KeyId> {
        self.iter().map(|(id, _)| id)
    }

    /// All keys, in no order.
    pub fn values(&self) -> impl Iterator<Item = &Arc<Key>> {
        self.at_hand.values().chain(self.shelves.iter().flat_map(|shelf| shelf.values()))
    }

    /// The keys that have not ended, in the order of their ids.
    pub fn active(&self) -> impl Iterator<Item = (&KeyId, &Arc<Key>)> {
        self.at_hand.iter().filter(|(_, key)| key.is_active())
    }

    /// Puts a key in. One of the same id stays as it is.
    pub(super) fn add(&mut self, id: KeyId, key: Key) {
        if !self.contains_key(&id) {
            self.at_hand.insert(id, Arc::new(key));
        }
    }

    /// Changes a key, if it is there.
    pub(super) fn change(&mut self, id: KeyId, change: impl FnOnce(&mut Key)) {
        match self.at_hand.get_mut(&id) {
            Some(key) => {
                let was_active = key.is_active();
                change(Arc::make_mut(key));
                let has_ended = was_active && !key.is_active();
                self.ended_at_hand += usize::from(has_ended);
                if self.ended_at_hand > MOST_ENDED {
                    self.put_away();
                }
            }
            None => self.change_put_away(id, change),
        }
    }

    /// Changes each key that has not ended.
    pub(super) fn change_active(&mut self, mut change: impl FnMut(&mut Arc<Key>)) {
        self.at_hand.values_mut().filter(|key| key.is_active()).for_each(&mut change);
    }

    fn change_put_away(&mut self, id: KeyId, change: impl FnOnce(&mut Key)) {
        let shelf = self.shelves.iter_mut().find(|shelf| shelf.contains_key(&id));
        if let Some(key) = shelf.and_then(|shelf| Arc::make_mut(shelf).get_mut(&id)) {
            change(Arc::make_mut(key));
        }
    }

    fn put_away(&mut self) {
        let (active, mut ended): (Shelf, Shelf) =
            std::mem::take(&mut self.at_hand).into_iter().partition(|(_, key)| key.is_active());
        (self.at_hand, self.ended_at_hand) = (active, 0);
        while let Some(shelf) = self.shelves.pop_if(|shelf| shelf.len() < 2 * ended.len()) {
            ended.append(&mut Arc::unwrap_or_clone(shelf));
        }
        self.shelves.push(Arc::new(ended));
    }
}

/// The same keys; on which shelf they lie makes no difference.
impl PartialEq for Keyring {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl Eq for Keyring {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Actor, Holding, RevocationReason};
    use crate::half::PublicHalf;
    use crate::team::{Private, Revocation};
    use crate::time::Timestamp;

    /// The generator of the curve: a point as good as any.
    const A_HALF: &str = "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY\",\"y\":\"T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU\"}";

    fn key() -> Key {
        Key {
            kind: "TEAM".try_into().unwrap(),
            name: "CI".try_into().unwrap(),
            holder: Holding::Team,
            public: PublicHalf::from_jwk(A_HALF).unwrap(),
            private: Private::Pending,
            created_at: Timestamp::from_millis(0),
            created_by: Actor::Operator,
            downloaded_by: None,
            revoked: None,
        }
    }

    fn id(number: usize) -> KeyId {
        let mut random = [0; 40];
        let mut rest = u32::try_from(number).unwrap();
        for letter in random.chunks_exact_mut(4).rev() {
            letter.copy_from_slice(&(rest % 36).to_be_bytes());
            rest /= 36;
        }
        KeyId::from_random(random)
    }

    fn end(key: &mut Key) {
        let reason = RevocationReason::Superseded;
        key.private = Private::Erased;
        key.revoked = Some(Arc::new(Revocation {
            at: Timestamp::from_millis(0),
            by: Actor::Operator,
            reason,
            remark: None,
        }));
    }

    /// A ring of this many keys of which all but every hundredth have ended, and the same as a plain map.
    fn ring(keys: usize) -> (Keyring, BTreeMap<KeyId, Arc<Key>>) {
        let (mut ring, mut plain) = (Keyring::default(), BTreeMap::new());
        for number in 0..keys {
            ring.add(id(number), key());
            let mut same = key();
            if number % 100 != 0 {
                ring.change(id(number), end);
                end(&mut same);
            }
            plain.insert(id(number), Arc::new(same));
        }
        (ring, plain)
    }

    #[test]
    fn it_holds_what_a_plain_map_would() {
        for keys in [0, 1, 256, 257, 300, 2000, 5000] {
            let (ring, plain) = ring(keys);
            assert_eq!((ring.len(), ring.is_empty()), (plain.len(), plain.is_empty()));
            assert!(ring.iter().eq(plain.iter()), "{keys}");
            assert_eq!(ring.values().count(), keys);
            assert!(ring.active().eq(plain.iter().filter(|(_, key)| key.is_active())), "{keys}");
            assert!(plain.iter().all(|(id, key)| ring.get(id) == Some(key)));
            assert!(!ring.contains_key(&id(keys)));
        }
    }

    #[test]
    fn a_copy_shares_what_has_ended() {
        let (ring, _) = ring(20_000);
        assert!(ring.at_hand.len() <= 200 + MOST_ENDED, "{}", ring.at_hand.len());
        assert!(ring.shelves.len() <= 8, "{}", ring.shelves.len());
        let copy = ring.clone();
        assert!(ring.shelves.iter().zip(&copy.shelves).all(|(one, other)| Arc::ptr_eq(one, other)));
    }

    #[test]
    fn a_key_that_was_put_away_is_neither_replaced_nor_lost() {
        let (mut ring, plain) = ring(2000);
        ring.add(id(1), key());
        assert!(ring.iter().eq(plain.iter()));
        ring.change(id(1), |key| key.name = "other".try_into().unwrap());
        assert_eq!(ring.get(&id(1)).unwrap().name.as_str(), "other");
        ring.change_active(|key| Arc::make_mut(key).private = Private::Erased);
        assert!(ring.active().all(|(_, key)| key.private == Private::Erased));
    }

    #[test]
    fn rings_of_the_same_keys_are_equal_on_whatever_shelf_they_lie() {
        let (one, plain) = ring(2000);
        let mut other = Keyring::default();
        for (id, key) in plain.iter().rev() {
            other.add(*id, Key::clone(key));
        }
        assert!(one.shelves.len() > other.shelves.len());
        assert_eq!(one, other);
        other.change(id(0), end);
        assert_ne!(one, other);
    }
}
