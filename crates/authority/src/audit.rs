//! The audit: the ledger, read by people, newest first.

use crate::authority::Authority;
use crate::failure::Failure;
use crate::store::{LedgerRow, Position};
use counterfoil_core::event::{Actor, Entry, Event, Holding, Stream};
use counterfoil_core::id::{IssuerId, KeyId, Malformed, MemberId};
use counterfoil_core::time::Timestamp;
use std::time::Duration;

/// How many rows are read at a time.
const ROWS_AT_ONCE: usize = 1_000;
/// How far dates can run against the order of the ledger: no server writes whose clock is further behind
/// the last event.
const MOST_OUT_OF_ORDER: Duration = Duration::from_secs(5 * 60);

/// Which entries are wanted. An empty filter leaves everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// Only what one of these did.
    pub actors: Vec<ActorFilter>,
    /// Only what happened to one of these keys.
    pub keys: Vec<KeyId>,
    /// Only these kinds of events, by name.
    pub kinds: Vec<String>,
    /// Only what one of these did, or what was done to them.
    pub involved: Vec<Involved>,
    /// Only what happened at this moment or later.
    pub since: Option<Timestamp>,
    /// Only what happened before this moment.
    pub until: Option<Timestamp>,
    /// Only entries before this version: where the page before ended.
    pub before: Option<u64>,
    /// How many at most.
    pub limit: usize,
    /// How much is read for a page.
    pub reach: Reach,
}

/// How much of the audit is read for one page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// Whatever it takes to count all entries that are wanted.
    #[default]
    Whole,
    /// At most this many entries, which are not counted: the page may hold fewer than its limit, or none,
    /// and the next goes on from there.
    Entries(usize),
}

/// Whoever or whatever an entry can be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Involved {
    /// A member, who did it or to whom it was done.
    Member(MemberId),
    /// A key: it happened to the key, or was done by its token or its holder.
    Key(KeyId),
    /// The operator, who did it.
    Operator,
}

/// Who did something, as an id that somebody typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActorFilter {
    /// A member.
    User(MemberId),
    /// A key's token, or whoever holds the key.
    Key(KeyId),
    /// The operator.
    Operator,
}

/// A page of the audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditPage {
    /// The entries, newest first.
    pub entries: Vec<AuditEntry>,
    /// Where the next page begins, if there is one: its `before`.
    pub next: Option<u64>,
    /// How many entries there are on all pages; `None` if they were not counted.
    pub total: Option<u64>,
}

/// One entry of the audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its number among the team's.
    pub version: u64,
    /// Where it stands in the ledger.
    pub position: Position,
    /// When it happened.
    pub at: Timestamp,
    /// Who did it.
    pub by: Actor,
    /// What happened.
    pub event: Event,
}

impl Authority {
    /// A page of a team's audit. Who may read it, the caller has settled.
    ///
    /// # Errors
    /// If there is no such team, or the store can't be read.
    pub async fn audit(&self, team: IssuerId, query: &AuditQuery) -> Result<AuditPage, Failure> {
        let versions = self.ledger().team(team)?.version;
        self.page(Stream::Team(team), versions, query).await
    }

    /// One entry of a team's audit, if it is the team's.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn audit_entry(&self, team: IssuerId, at: Position) -> Result<Option<AuditEntry>, Failure> {
        let Some(before) = at.0.checked_sub(1).map(Position) else { return Ok(None) };
        let row = self.store().rows_after(before, 1).await?.into_iter().next();
        row.filter(|row| row.position == at && row.stream == team.to_string())
            .map(AuditEntry::try_from)
            .transpose()
    }

    /// A page of the installation's own audit: epochs, catalogs, replicas. For the operator.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn audit_of_installation(&self, query: &AuditQuery) -> Result<AuditPage, Failure> {
        let versions = self.ledger().state()?.installation_version();
        self.page(Stream::Installation, versions, query).await
    }

    async fn page(&self, of: Stream, versions: u64, query: &AuditQuery) -> Result<AuditPage, Failure> {
        let mut reading = Reading::of(query, versions);
        while let Some(rows) = self.rows_before(of, reading.before, reading.at_once()).await? {
            for row in rows {
                reading.take(row.version, AuditEntry::try_from(row)?);
            }
            if reading.is_done() {
                break;
            }
        }
        Ok(reading.end())
    }

    async fn rows_before(
        &self,
        of: Stream,
        before: u64,
        most: usize,
    ) -> Result<Option<Vec<LedgerRow>>, Failure> {
        let rows = self.store().stream_before(&of.to_string(), before, most).await?;
        Ok(Some(rows).filter(|rows| !rows.is_empty()))
    }
}

/// A page in the making, read backwards.
struct Reading<'q> {
    query: &'q AuditQuery,
    page: AuditPage,
    /// Every entry from here on was looked at.
    before: u64,
    /// How many more may be looked at.
    left: usize,
    /// Whether nothing that is older can be wanted.
    is_over: bool,
    counts: bool,
}

impl<'q> Reading<'q> {
    /// Who wants to know how many there are, must look at all; unless all are wanted.
    fn of(query: &'q AuditQuery, versions: u64) -> Self {
        let (end, is_whole) = (versions + 1, query.reach == Reach::Whole);
        let counts = is_whole && query.is_filtered();
        let total = match query.reach {
            Reach::Entries(_) => None,
            Reach::Whole if counts => Some(0),
            Reach::Whole => Some(versions),
        };
        Self {
            query,
            page: AuditPage { entries: Vec::new(), next: None, total },
            before: if counts { end } else { query.before.unwrap_or(end).min(end) },
            left: match query.reach {
                Reach::Whole => usize::MAX,
                Reach::Entries(most) => most.max(1),
            },
            is_over: false,
            counts,
        }
    }

    fn at_once(&self) -> usize {
        self.left.min(ROWS_AT_ONCE)
    }

    fn take(&mut self, version: u64, entry: AuditEntry) {
        self.before = version;
        self.left = self.left.saturating_sub(1);
        self.is_over |= self.query.since.is_some_and(|since| entry.at.plus(MOST_OUT_OF_ORDER) < since);
        if self.query.wants(&entry) {
            if self.counts {
                self.page.total = self.page.total.map(|total| total + 1);
            }
            self.page.take(entry, self.query);
        }
    }

    fn is_done(&self) -> bool {
        self.is_over || self.left == 0 || (!self.counts && self.page.next.is_some())
    }

    /// A page that stopped for having looked at enough says where to go on.
    fn end(mut self) -> AuditPage {
        let is_more = self.left == 0 && self.before > 1 && !self.is_over;
        if self.page.next.is_none() && is_more {
            self.page.next = Some(self.before);
        }
        self.page
    }
}

impl AuditPage {
    fn take(&mut self, entry: AuditEntry, query: &AuditQuery) {
        if query.before.is_some_and(|before| entry.version >= before) {
            return;
        }
        if self.entries.len() < query.limit {
            self.entries.push(entry);
        } else if self.next.is_none() {
            self.next = self.entries.last().map(|last| last.version);
        }
    }
}

impl AuditQuery {
    fn is_filtered(&self) -> bool {
        !(self.actors.is_empty()
            && self.keys.is_empty()
            && self.kinds.is_empty()
            && self.involved.is_empty()
            && self.since.is_none()
            && self.until.is_none())
    }

    fn wants(&self, entry: &AuditEntry) -> bool {
        (self.actors.is_empty() || self.actors.iter().any(|actor| actor.is(entry.by)))
            && (self.keys.is_empty() || entry.event.key().is_some_and(|key| self.keys.contains(&key)))
            && (self.kinds.is_empty() || self.kinds.iter().any(|kind| kind == entry.event.name()))
            && (self.involved.is_empty() || self.involved.iter().any(|involved| involved.is_in(entry)))
            && self.since.is_none_or(|since| entry.at >= since)
            && self.until.is_none_or(|until| entry.at < until)
    }
}

impl Involved {
    fn is_in(self, entry: &AuditEntry) -> bool {
        match self {
            Self::Member(member) => {
                entry.by == Actor::User(member) || members_in(&entry.event).contains(&Some(member))
            }
            Self::Key(key) => {
                entry.event.key() == Some(key)
                    || matches!(entry.by, Actor::ApiKey(by) | Actor::Holder(by) if by == key)
            }
            Self::Operator => entry.by == Actor::Operator,
        }
    }
}

/// The members that an event happened to.
const fn members_in(event: &Event) -> [Option<MemberId>; 2] {
    match event {
        Event::TeamOpened { owner, .. } => [Some(*owner), None],
        Event::MemberJoined { member, .. }
        | Event::MemberChanged { member, .. }
        | Event::MemberRemoved { member } => [Some(*member), None],
        Event::OwnershipTransferred { from, to, .. } => [Some(*from), Some(*to)],
        Event::KeyGenerated { holder: Holding::Member(member), .. } => [Some(*member), None],
        _ => [None, None],
    }
}

impl ActorFilter {
    fn is(self, actor: Actor) -> bool {
        match (self, actor) {
            (Self::User(wanted), Actor::User(member)) => wanted == member,
            (Self::Key(wanted), Actor::ApiKey(key) | Actor::Holder(key)) => wanted == key,
            (Self::Operator, Actor::Operator) => true,
            (Self::User(_) | Self::Key(_) | Self::Operator, _) => false,
        }
    }
}

impl TryFrom<&str> for Involved {
    type Error = Malformed;

    fn try_from(text: &str) -> Result<Self, Malformed> {
        Ok(match ActorFilter::try_from(text)? {
            ActorFilter::User(member) => Self::Member(member),
            ActorFilter::Key(key) => Self::Key(key),
            ActorFilter::Operator => Self::Operator,
        })
    }
}

impl TryFrom<&str> for ActorFilter {
    type Error = Malformed;

    fn try_from(text: &str) -> Result<Self, Malformed> {
        if text == "OPERATOR" {
            return Ok(Self::Operator);
        }
        if let Ok(key) = KeyId::try_from(text) {
            return Ok(Self::Key(key));
        }
        let malformed = Malformed { what: "an actor", rule: "a user id, a key id or OPERATOR" };
        MemberId::try_from(text).map(Self::User).map_err(|_| malformed)
    }
}

impl TryFrom<LedgerRow> for AuditEntry {
    type Error = Failure;

    fn try_from(row: LedgerRow) -> Result<Self, Failure> {
        let Entry { at, by, event, .. } = Entry::from_bytes(&row.bytes).map_err(|fault| {
            Failure::LedgerStopped(format!("row {} of the ledger: {fault}", row.position))
        })?;
        Ok(Self { version: row.version, position: row.position, at, by, event })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_is_typed_as_an_id() {
        let user = "57246542-96fe-1a63-e053-0824d011072a";
        assert_eq!(ActorFilter::try_from("OPERATOR"), Ok(ActorFilter::Operator));
        assert_eq!(
            ActorFilter::try_from("ABCDE12345"),
            Ok(ActorFilter::Key(KeyId::try_from("ABCDE12345").unwrap()))
        );
        assert_eq!(ActorFilter::try_from(user), Ok(ActorFilter::User(MemberId::try_from(user).unwrap())));
        assert!(ActorFilter::try_from("ada@example.com").is_err());
    }
}
