//! Counting in memory, within bounds.

use super::words::{name_of_access, name_of_outcome};
use super::{OTHER, Outcome};
use crate::store::tables::usage::{Count, LastUsed, hour_of};
use counterfoil_core::catalog::Access;
use counterfoil_core::id::{GroupName, IssuerId, KeyId};
use counterfoil_core::time::Timestamp;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How many families of one key and hour are told apart.
const MOST_FAMILIES: usize = 64;
/// The longest family that is kept, in bytes.
const LONGEST_FAMILY: usize = 200;
/// How many keys and hours one shard counts before it counts no further ones.
const MOST_KEY_HOURS: usize = 16_384;
/// How many locks there are, so that requests seldom wait for each other.
const SHARDS: usize = 16;

/// One use of a key, by a token that proved itself.
#[derive(Clone, Debug)]
pub struct UseRecord<'a> {
    /// Which key.
    pub key: KeyId,
    /// Whose key.
    pub team: IssuerId,
    /// The group of endpoints, if the path belongs to one.
    pub group: Option<GroupName>,
    /// Reading or writing.
    pub access: Access,
    /// The family of paths: the path with its ids replaced.
    pub family: &'a str,
    /// How it ended.
    pub outcome: Outcome,
    /// When.
    pub at: Timestamp,
}

/// The counts of this process.
#[derive(Debug)]
pub(crate) struct Tally {
    shards: [Mutex<Shard>; SHARDS],
    place: RandomState,
    not_counted: AtomicU64,
}

#[derive(Debug, Default)]
struct Shard {
    hours: HashMap<(KeyId, Timestamp), KeyHour>,
    last_used: HashMap<KeyId, LastUse>,
}

/// One key in one hour. It stays until the hour is over, so that the bound on families holds for
/// the hour and not only until the next batch.
#[derive(Debug)]
struct KeyHour {
    team: IssuerId,
    families: HashMap<Box<str>, Vec<Way>>,
}

/// One way of using a family.
#[derive(Debug)]
struct Way {
    group: Option<GroupName>,
    access: Access,
    outcome: Outcome,
    count: u64,
}

#[derive(Clone, Copy, Debug)]
struct LastUse {
    at: Timestamp,
    taken: bool,
}

impl Default for Tally {
    fn default() -> Self {
        Self { shards: Default::default(), place: RandomState::new(), not_counted: AtomicU64::new(0) }
    }
}

impl Tally {
    /// Counts one use.
    pub(crate) fn note(&self, used: &UseRecord<'_>) {
        let mut shard = self.shard(used.key);
        let last = shard.last_used.entry(used.key).or_insert(LastUse { at: used.at, taken: false });
        if used.at > last.at {
            *last = LastUse { at: used.at, taken: false };
        }
        let hour = hour_of(used.at);
        let is_full = shard.hours.len() >= MOST_KEY_HOURS;
        if is_full && !shard.hours.contains_key(&(used.key, hour)) {
            self.not_counted.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let fresh = || KeyHour { team: used.team, families: HashMap::new() };
        shard.hours.entry((used.key, hour)).or_insert_with(fresh).note(used);
    }

    /// When a key was last used, as far as it is in memory.
    pub(crate) fn last_used(&self, key: KeyId) -> Option<Timestamp> {
        self.shard(key).last_used.get(&key).map(|last| last.at)
    }

    /// How many uses found no room.
    pub(crate) fn not_counted(&self) -> u64 {
        self.not_counted.load(Ordering::Relaxed)
    }

    /// Takes what was counted since the last time. What keys were last used at stays readable
    /// until [`Tally::written`].
    pub(crate) fn take(&self, now: Timestamp) -> (Vec<Count>, Vec<LastUsed>) {
        let (mut counts, mut used) = (Vec::new(), Vec::new());
        for shard in &self.shards {
            locked(shard).take(now, &mut counts, &mut used);
        }
        (counts, used)
    }

    /// Forgets last uses that are written down.
    pub(crate) fn written(&self, used: &[LastUsed]) {
        for LastUsed { key, at } in used {
            let mut shard = self.shard(*key);
            if shard.last_used.get(key).is_some_and(|last| last.at == *at) {
                shard.last_used.remove(key);
            }
        }
    }

    fn shard(&self, key: KeyId) -> MutexGuard<'_, Shard> {
        let place = usize::try_from(self.place.hash_one(key) % SHARDS as u64).unwrap_or(0);
        locked(&self.shards[place])
    }
}

impl Shard {
    fn take(&mut self, now: Timestamp, counts: &mut Vec<Count>, used: &mut Vec<LastUsed>) {
        for ((key, hour), of_key) in &mut self.hours {
            of_key.take(*key, *hour, counts);
        }
        let over = hour_of(now.minus(Duration::from_secs(60)));
        self.hours.retain(|(_, hour), _| *hour >= over);
        for (key, last) in self.last_used.iter_mut().filter(|(_, last)| !last.taken) {
            last.taken = true;
            used.push(LastUsed { key: *key, at: last.at });
        }
    }
}

impl KeyHour {
    fn note(&mut self, used: &UseRecord<'_>) {
        let family = bounded(used.family);
        let family = if self.families.contains_key(family) || self.families.len() < MOST_FAMILIES {
            family
        } else {
            OTHER
        };
        match self.families.get_mut(family) {
            Some(ways) => count_one(ways, used),
            None => count_one(self.families.entry(family.into()).or_default(), used),
        }
    }

    fn take(&mut self, key: KeyId, hour: Timestamp, into: &mut Vec<Count>) {
        for (family, ways) in &mut self.families {
            for way in ways.iter_mut().filter(|way| way.count > 0) {
                into.push(Count {
                    key,
                    since: hour,
                    team: self.team,
                    group: way.group.as_ref().map(|group| group.as_str().to_owned()).unwrap_or_default(),
                    access: name_of_access(way.access).to_owned(),
                    family: family.to_string(),
                    outcome: name_of_outcome(way.outcome).to_owned(),
                    count: std::mem::take(&mut way.count),
                });
            }
        }
    }
}

fn count_one(ways: &mut Vec<Way>, used: &UseRecord<'_>) {
    let is_same =
        |way: &&mut Way| way.access == used.access && way.outcome == used.outcome && way.group == used.group;
    match ways.iter_mut().find(is_same) {
        Some(way) => way.count = way.count.saturating_add(1),
        None => {
            ways.push(Way {
                group: used.group.clone(),
                access: used.access,
                outcome: used.outcome,
                count: 1,
            });
        }
    }
}

/// A family, cut where it is too long.
fn bounded(family: &str) -> &str {
    &family[..family.floor_char_boundary(LONGEST_FAMILY)]
}

fn locked(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn used(key: &str, family: &'static str, at: i64) -> UseRecord<'static> {
        UseRecord {
            key: KeyId::try_from(key).unwrap(),
            team: IssuerId::try_from("57246542-96fe-1a63-e053-0824d011072a").unwrap(),
            group: Some(GroupName::try_from("metadata").unwrap()),
            access: Access::Read,
            family,
            outcome: Outcome::Allowed,
            at: Timestamp::from_millis(at),
        }
    }

    fn key() -> KeyId {
        KeyId::try_from("ABCDE12345").unwrap()
    }

    #[test]
    fn uses_are_counted_by_everything_that_tells_them_apart() {
        let tally = Tally::default();
        let base = used("ABCDE12345", "/v1/apps", HOUR);
        let all = [
            base.clone(),
            base.clone(),
            UseRecord { family: "/v1/apps/{id}", ..base.clone() },
            UseRecord { outcome: Outcome::Forbidden, ..base.clone() },
            UseRecord { access: Access::Write, ..base.clone() },
            UseRecord { group: None, ..base.clone() },
            UseRecord { at: Timestamp::from_millis(2 * HOUR), ..base.clone() },
        ];
        all.iter().for_each(|used| tally.note(used));
        let (counts, _) = tally.take(Timestamp::from_millis(2 * HOUR));
        let mut found: Vec<u64> = counts.iter().map(|count| count.count).collect();
        found.sort_unstable();
        assert_eq!(found, [1, 1, 1, 1, 1, 2]);
    }

    #[test]
    fn what_was_taken_is_not_taken_again() {
        let tally = Tally::default();
        tally.note(&used("ABCDE12345", "/v1/apps", HOUR));
        assert_eq!(tally.take(Timestamp::from_millis(HOUR)).0.len(), 1);
        let (counts, last) = tally.take(Timestamp::from_millis(HOUR));
        assert!(counts.is_empty() && last.is_empty());
    }

    #[test]
    fn the_last_use_is_known_until_it_is_written_down_and_never_goes_back() {
        let tally = Tally::default();
        tally.note(&used("ABCDE12345", "/v1/apps", HOUR + 5));
        tally.note(&used("ABCDE12345", "/v1/apps", HOUR + 3));
        let (_, last) = tally.take(Timestamp::from_millis(HOUR));
        assert_eq!(last, [LastUsed { key: key(), at: Timestamp::from_millis(HOUR + 5) }]);
        assert_eq!(tally.last_used(key()), Some(Timestamp::from_millis(HOUR + 5)));
        tally.note(&used("ABCDE12345", "/v1/apps", HOUR + 9));
        tally.written(&last);
        assert_eq!(tally.last_used(key()), Some(Timestamp::from_millis(HOUR + 9)));
        let (_, last) = tally.take(Timestamp::from_millis(HOUR));
        tally.written(&last);
        assert_eq!(tally.last_used(key()), None);
    }

    #[test]
    fn too_many_families_of_a_key_and_hour_count_as_other_even_over_several_batches() {
        let tally = Tally::default();
        for number in 0..MOST_FAMILIES + 10 {
            let family = format!("/v1/{number}");
            tally.note(&UseRecord { family: &family, ..used("ABCDE12345", "", HOUR) });
            if number == 10 {
                assert_eq!(tally.take(Timestamp::from_millis(HOUR)).0.len(), 11);
            }
        }
        let (counts, _) = tally.take(Timestamp::from_millis(HOUR));
        let other: Vec<u64> =
            counts.iter().filter(|count| count.family == OTHER).map(|count| count.count).collect();
        assert_eq!(other, [10]);
        tally.note(&used("ABCDE12345", "/v1/fresh", 2 * HOUR));
        let (counts, _) = tally.take(Timestamp::from_millis(2 * HOUR));
        assert_eq!(counts[0].family, "/v1/fresh");
    }

    #[test]
    fn a_family_that_is_too_long_is_cut_between_letters() {
        let long = "é".repeat(LONGEST_FAMILY);
        assert_eq!(bounded(&long).len(), LONGEST_FAMILY);
        assert_eq!(bounded(&format!("x{long}")).len(), LONGEST_FAMILY - 1);
    }

    #[test]
    fn memory_is_bounded_and_what_found_no_room_is_counted() {
        let tally = Tally::default();
        let most = (MOST_KEY_HOURS * SHARDS) as u64;
        let (keys, hours) = (2_000_u64, 200_i64);
        for number in 0..keys {
            let id = KeyId::try_from(format!("K{number:09}").as_str()).unwrap();
            for hour in 0..hours {
                tally.note(&UseRecord { key: id, ..used("ABCDE12345", "/v1/apps", hour * HOUR) });
            }
        }
        let (counts, _) = tally.take(Timestamp::from_millis(hours * HOUR));
        assert!(counts.len() as u64 <= most);
        assert_eq!(counts.len() as u64 + tally.not_counted(), keys * 200);
    }
}
