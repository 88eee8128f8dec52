//! What keys are used for, counted in memory until somebody comes for it.

pub(crate) mod report;

use crate::rules::Rules;
use counterfoil_core::catalog::Access;
use counterfoil_core::id::{GroupName, IssuerId, KeyId};
use counterfoil_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What a family is called of a path that no group holds, or that is one too many in an hour.
pub const OTHER: &str = "other";
/// How many families of one key and hour are told apart.
const MOST_FAMILIES: usize = 64;
/// How many hours of one key are kept for whoever comes for them.
const MOST_PAGES: usize = 4;
/// The number of [`OTHER`].
const OTHER_NUMBER: u32 = u32::MAX;
const HOUR: i64 = 3_600_000;

/// How often a key was used in one way within one hour, since it was last asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Use {
    /// Which key.
    pub key: KeyId,
    /// Whose key.
    pub team: IssuerId,
    /// When the hour began.
    pub since: Timestamp,
    /// The group of endpoints, if the path belongs to one.
    pub group: Option<GroupName>,
    /// Reading or writing.
    pub access: Access,
    /// The family of paths: the pattern of the catalog, or [`OTHER`].
    pub family: String,
    /// How it ended.
    pub outcome: UseOutcome,
    /// How often.
    pub count: u64,
}

/// When a key was last used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastUse {
    /// Which key.
    pub key: KeyId,
    /// When.
    pub at: Timestamp,
}

/// Until when the longest-lived token that was seen of a key may be used, by its own expiry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastExpiry {
    /// Which key.
    pub key: KeyId,
    /// The latest expiry of its good tokens.
    pub at: Timestamp,
}

/// How a use ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum UseOutcome {
    /// It was let through.
    Allowed,
    /// The key may not do it.
    Forbidden,
    /// There were too many.
    Limited,
    /// The holder was proven, but the token was not good.
    Refused,
}

/// Of one key. The way of the latest use stands apart: the next is mostly in the same way, and touches
/// nothing else.
#[derive(Default)]
pub(crate) struct Uses {
    latest: Option<Latest>,
    last: Option<Timestamp>,
    last_is_taken: bool,
    /// The latest expiry that nobody has come for yet.
    expiry: Option<Timestamp>,
    not_counted: u64,
    /// The last is that of the latest way.
    pages: Vec<Page>,
}

/// How often the latest way was used before it was written to its page.
struct Latest {
    noted: Noted,
    /// Where the catalog lies. Its page keeps it there.
    rules: usize,
    /// When its hour began, in milliseconds.
    from: i64,
    count: u64,
}

/// One hour of one catalog. It stays until the hour is over, so that the bound on families holds for
/// the hour and not only until it is asked.
struct Page {
    rules: Arc<Rules>,
    hour: i64,
    ways: Vec<Way>,
}

struct Way {
    family: u32,
    access: Access,
    outcome: UseOutcome,
    count: u64,
}

/// What is counted of one request.
#[derive(Clone, Copy)]
pub(crate) struct Noted {
    /// The catalog's number of the path's family; `None` if no group holds it.
    pub(crate) family: Option<u32>,
    pub(crate) access: Access,
    pub(crate) outcome: UseOutcome,
    pub(crate) at: Timestamp,
}

impl Uses {
    /// Counts one request. A token that was no good does not make its key used.
    pub(crate) fn note(&mut self, rules: &Arc<Rules>, noted: Noted) {
        if noted.outcome != UseOutcome::Refused && self.last.is_none_or(|last| last < noted.at) {
            self.last = Some(noted.at);
            self.last_is_taken = false;
        }
        match &mut self.latest {
            Some(latest) if latest.is(rules, noted) => latest.count += 1,
            _ => self.begin(rules, noted),
        }
    }

    /// Notes when a token expires that was verified just now. Not done for one that was verified before.
    pub(crate) fn see_expiry(&mut self, at: Timestamp) {
        self.expiry = self.expiry.max(Some(at));
    }

    /// The latest expiry seen since this was last asked.
    pub(crate) const fn take_expiry(&mut self) -> Option<Timestamp> {
        self.expiry.take()
    }

    /// Begins another way.
    fn begin(&mut self, rules: &Arc<Rules>, noted: Noted) {
        self.settle();
        let hour = noted.at.as_millis().div_euclid(HOUR);
        if !self.pages.last().is_some_and(|page| page.hour == hour && Arc::ptr_eq(&page.rules, rules)) {
            self.turn(rules, hour);
        }
        let rules = Arc::as_ptr(rules).addr();
        self.latest = Some(Latest { noted, rules, from: hour.saturating_mul(HOUR), count: 1 });
    }

    /// Writes the latest way to its page.
    fn settle(&mut self) {
        if let (Some(latest), Some(page)) = (self.latest.take(), self.pages.last_mut()) {
            page.count(latest.noted, latest.count);
        }
    }

    /// Takes what was counted since the last time, and forgets hours that are over.
    pub(crate) fn take(&mut self, key: KeyId, team: IssuerId, now: Timestamp, into: &mut Vec<Use>) {
        self.settle();
        for page in &mut self.pages {
            page.take(key, team, into);
        }
        let hour = now.as_millis().div_euclid(HOUR);
        self.pages.retain(|page| page.hour >= hour);
    }

    /// When it was last used, if that is news.
    pub(crate) fn take_last(&mut self) -> Option<Timestamp> {
        let fresh = self.last.filter(|_| !self.last_is_taken);
        self.last_is_taken = true;
        fresh
    }

    pub(crate) const fn last(&self) -> Option<Timestamp> {
        self.last
    }

    /// How many uses found no room, since this was last asked.
    pub(crate) fn take_not_counted(&mut self) -> u64 {
        std::mem::take(&mut self.not_counted)
    }

    /// Whether nothing would be lost with it but what was taken.
    pub(crate) fn is_idle(&self) -> bool {
        self.latest.is_none() && self.pages.is_empty() && self.last_is_taken && self.expiry.is_none()
    }

    /// A new page. If nobody comes for them, the oldest goes.
    fn turn(&mut self, rules: &Arc<Rules>, hour: i64) {
        if self.pages.len() >= MOST_PAGES {
            let lost = self.pages.remove(0);
            self.not_counted += lost.ways.iter().map(|way| way.count).sum::<u64>();
        }
        self.pages.push(Page { rules: rules.clone(), hour, ways: Vec::new() });
    }
}

impl Latest {
    fn is(&self, rules: &Arc<Rules>, noted: Noted) -> bool {
        let passed = noted.at.as_millis().wrapping_sub(self.from);
        (noted.family, noted.access, noted.outcome)
            == (self.noted.family, self.noted.access, self.noted.outcome)
            && (0..HOUR).contains(&passed)
            && Arc::as_ptr(rules).addr() == self.rules
    }
}

impl Page {
    fn count(&mut self, noted: Noted, count: u64) {
        let wanted = noted.family.unwrap_or(OTHER_NUMBER);
        let at = match self.ways.iter().position(|way| way.is(wanted, noted)) {
            Some(at) => at,
            None => self.open_way(wanted, noted),
        };
        self.ways[at].count += count;
    }

    /// The place of a way that is not there yet, or of the one that stands for it.
    fn open_way(&mut self, wanted: u32, noted: Noted) -> usize {
        let is_known = wanted == OTHER_NUMBER || self.ways.iter().any(|way| way.family == wanted);
        let family = if is_known || self.families() < MOST_FAMILIES { wanted } else { OTHER_NUMBER };
        if let Some(at) = self.ways.iter().position(|way| way.is(family, noted)) {
            return at;
        }
        self.ways.push(Way { family, access: noted.access, outcome: noted.outcome, count: 0 });
        self.ways.len() - 1
    }

    fn families(&self) -> usize {
        let mut families: Vec<_> = self.ways.iter().map(|way| way.family).collect();
        families.sort_unstable();
        families.dedup();
        families.len()
    }

    fn take(&mut self, key: KeyId, team: IssuerId, into: &mut Vec<Use>) {
        for way in self.ways.iter_mut().filter(|way| way.count > 0) {
            let family = self.rules.family(way.family);
            into.push(Use {
                key,
                team,
                since: Timestamp::from_millis(self.hour.saturating_mul(HOUR)),
                group: family.map(|(group, _)| group.name.clone()),
                access: way.access,
                family: family.map_or(OTHER, |(_, pattern)| pattern.as_str()).to_owned(),
                outcome: way.outcome,
                count: std::mem::take(&mut way.count),
            });
        }
    }
}

impl Way {
    fn is(&self, family: u32, noted: Noted) -> bool {
        self.family == family && self.access == noted.access && self.outcome == noted.outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use counterfoil_core::catalog::Catalog;

    fn rules() -> Arc<Rules> {
        Arc::new(Rules::new(Arc::new(Catalog::appstore())))
    }

    fn noted(family: u32, at: i64) -> Noted {
        Noted {
            family: Some(family),
            access: Access::Read,
            outcome: UseOutcome::Allowed,
            at: Timestamp::from_millis(at),
        }
    }

    fn taken(uses: &mut Uses, now: i64) -> Vec<Use> {
        let mut all = Vec::new();
        let team = IssuerId::try_from("57246542-96fe-1a63-e053-0824d011072a").unwrap();
        uses.take(KeyId::try_from("ABCDE12345").unwrap(), team, Timestamp::from_millis(now), &mut all);
        all
    }

    #[test]
    fn uses_are_counted_by_everything_that_tells_them_apart() {
        let (mut uses, rules) = (Uses::default(), rules());
        let base = noted(3, HOUR);
        for noted in [
            base,
            base,
            Noted { family: Some(4), ..base },
            Noted { family: None, ..base },
            Noted { access: Access::Write, ..base },
            Noted { outcome: UseOutcome::Limited, ..base },
            Noted { at: Timestamp::from_millis(2 * HOUR), ..base },
        ] {
            uses.note(&rules, noted);
        }
        let found = taken(&mut uses, 2 * HOUR);
        let mut counts: Vec<_> = found.iter().map(|used| used.count).collect();
        counts.sort_unstable();
        assert_eq!(counts, [1, 1, 1, 1, 1, 2]);
        let (group, pattern) = rules.family(3).unwrap();
        assert_eq!(
            (found[0].group.as_ref(), found[0].family.as_str()),
            (Some(&group.name), pattern.as_str())
        );
        assert_eq!(found[0].since, Timestamp::from_millis(HOUR));
        assert!(found.iter().any(|used| used.group.is_none() && used.family == OTHER));
        assert_eq!(taken(&mut uses, 2 * HOUR), []);
    }

    #[test]
    fn too_many_families_of_an_hour_count_as_other_even_over_several_batches() {
        let (mut uses, rules) = (Uses::default(), rules());
        let families = u32::try_from(MOST_FAMILIES).unwrap();
        for family in 0..families + 10 {
            uses.note(&rules, noted(family, HOUR));
            if family == 20 {
                assert_eq!(taken(&mut uses, HOUR).len(), 21);
            }
        }
        let other: Vec<_> = taken(&mut uses, HOUR)
            .into_iter()
            .filter(|used| used.family == OTHER)
            .map(|used| used.count)
            .collect();
        assert_eq!(other, [10]);
        uses.note(&rules, noted(families + 20, 2 * HOUR));
        assert_ne!(taken(&mut uses, 2 * HOUR)[0].family, OTHER);
    }

    #[test]
    fn what_was_counted_by_another_catalog_keeps_that_catalogs_names() {
        let (mut uses, first) = (Uses::default(), rules());
        let second = Arc::new(Rules::new(Arc::new(
            Catalog::parse(include_str!("../../../catalogs/parcels.toml")).unwrap(),
        )));
        uses.note(&first, noted(0, HOUR));
        uses.note(&second, noted(0, HOUR));
        let families: Vec<_> = taken(&mut uses, HOUR).into_iter().map(|used| used.family).collect();
        let expected = [&first, &second].map(|rules| rules.family(0).unwrap().1.as_str().to_owned());
        assert_eq!(families, expected);
    }

    #[test]
    fn the_last_use_never_goes_back_and_a_refused_token_does_not_move_it() {
        let (mut uses, rules) = (Uses::default(), rules());
        uses.note(&rules, noted(0, 5));
        uses.note(&rules, noted(0, 3));
        uses.note(&rules, Noted { outcome: UseOutcome::Refused, ..noted(0, 9) });
        assert_eq!(uses.take_last(), Some(Timestamp::from_millis(5)));
        assert_eq!(uses.take_last(), None);
        assert_eq!(uses.last(), Some(Timestamp::from_millis(5)));
    }

    #[test]
    fn the_latest_expiry_is_handed_over_once() {
        let mut uses = Uses::default();
        for at in [7, 9, 8] {
            uses.see_expiry(Timestamp::from_millis(at));
        }
        assert_eq!(uses.take_expiry(), Some(Timestamp::from_millis(9)));
        assert_eq!(uses.take_expiry(), None);
        uses.see_expiry(Timestamp::from_millis(3));
        assert_eq!(uses.take_expiry(), Some(Timestamp::from_millis(3)), "whoever came keeps the latest");
    }

    #[test]
    fn if_nobody_comes_memory_is_bounded_and_what_was_lost_is_counted() {
        let (mut uses, rules) = (Uses::default(), rules());
        for hour in 0..10 {
            uses.note(&rules, noted(0, hour * HOUR));
        }
        assert_eq!(taken(&mut uses, 9 * HOUR).len(), MOST_PAGES);
        assert_eq!((uses.take_not_counted(), uses.take_not_counted()), (6, 0));
    }
}
