//! The audit: the ledger, read by people, newest first.

use crate::authority::Authority;
use crate::failure::Failure;
use crate::store::{LedgerRow, Position};
use counterfoil_core::event::{Actor, Entry, Event, Stream};
use counterfoil_core::id::{IssuerId, KeyId, Malformed, MemberId};
use counterfoil_core::time::Timestamp;

/// How many rows are read at a time.
const ROWS_AT_ONCE: usize = 1_000;

/// Which entries are wanted. An empty filter leaves everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// Only what one of these did.
    pub actors: Vec<ActorFilter>,
    /// Only what happened to one of these keys.
    pub keys: Vec<KeyId>,
    /// Only these kinds of events, by name.
    pub kinds: Vec<String>,
    /// Only entries before this version: where the page before ended.
    pub before: Option<u64>,
    /// How many at most.
    pub limit: usize,
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
    /// How many entries there are on all pages.
    pub total: u64,
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
        let mut page = AuditPage { entries: Vec::new(), next: None, total: 0 };
        let is_counted = query.is_filtered();
        let mut before =
            if is_counted { versions + 1 } else { query.before.unwrap_or(versions + 1).min(versions + 1) };
        while let Some(rows) = self.rows_before(of, before).await? {
            for row in rows {
                before = row.version;
                let entry = AuditEntry::try_from(row)?;
                if query.wants(&entry) {
                    page.take(entry, query);
                }
            }
            if !is_counted && page.next.is_some() {
                break;
            }
        }
        if !is_counted {
            page.total = versions;
        }
        Ok(page)
    }

    async fn rows_before(&self, of: Stream, before: u64) -> Result<Option<Vec<LedgerRow>>, Failure> {
        let rows = self.store().stream_before(&of.to_string(), before, ROWS_AT_ONCE).await?;
        Ok(Some(rows).filter(|rows| !rows.is_empty()))
    }
}

impl AuditPage {
    fn take(&mut self, entry: AuditEntry, query: &AuditQuery) {
        self.total += 1;
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
        !(self.actors.is_empty() && self.keys.is_empty() && self.kinds.is_empty())
    }

    fn wants(&self, entry: &AuditEntry) -> bool {
        (self.actors.is_empty() || self.actors.iter().any(|actor| actor.is(entry.by)))
            && (self.keys.is_empty() || entry.event.key().is_some_and(|key| self.keys.contains(&key)))
            && (self.kinds.is_empty() || self.kinds.iter().any(|kind| kind == entry.event.name()))
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
