//! What verifiers are told of the ledger: the one in this process at each fold, those elsewhere by the feed.

use crate::authority::Authority;
use crate::entry::ProvenEntry;
use crate::failure::Failure;
use crate::state::{CatalogInForce, State};
use crate::store::{ChainHash, Head, LedgerRow, Position};
use counterfoil_core::event::{Entry, Stream};
use counterfoil_core::team::Team;
use counterfoil_verify::fact::{self, About, Fact, News, Place, Snapshot, TeamFacts, Through, facts_of_team};
use counterfoil_verify::{Awake, Verifier};
use std::sync::Arc;

/// Tells a verifier of a row that was folded into the state a moment ago. Another life of the ledger, and
/// whatever else does not fit, is told as a whole.
pub(crate) fn tell(verifier: &Verifier, state: &State, row: &ProvenEntry) {
    let Some(fact) = fact_of(state, row.position, &row.entry) else { return };
    if let Err(misfit) = verifier.apply(&fact) {
        tracing::info!(%misfit, "The verifier is told everything anew");
        tell_all(verifier, state);
    }
}

/// Tells a verifier everything, in place of what it knew.
pub(crate) fn tell_all(verifier: &Verifier, state: &State) {
    verifier.load_teams(
        place_of(state.head()),
        state.key_count(),
        state.teams().map(|team| facts_of_team(team)),
    );
}

/// A head, as verifiers name it.
pub(crate) fn place_of(head: Head) -> Place {
    Place { epoch: head.epoch, position: position_of(head.position), hash: hash_of(head.hash) }
}

const fn position_of(position: Position) -> fact::Position {
    fact::Position(position.0)
}

const fn hash_of(hash: ChainHash) -> fact::ChainHash {
    fact::ChainHash(hash.0)
}

/// What an event means to a verdict, in a state that has it.
fn fact_of(state: &State, position: Position, entry: &Entry) -> Option<Fact> {
    let team = match entry.of {
        Stream::Installation => None,
        Stream::Team(id) => state.team(id).map(AsRef::as_ref),
    };
    Fact::of(position_of(position), entry, team)
}

impl Authority {
    /// Everything as it is, for a verifier elsewhere. `time` is what time it is, as the feed writes it.
    ///
    /// # Errors
    /// If the ledger has stopped, was not heard of yet, or the text of its catalog can't be read.
    pub async fn feed_snapshot(&self, time: String) -> Result<Snapshot, Failure> {
        let heard = self.heard()?;
        self.follow_catalog().await?;
        let (head, catalog, teams) = {
            let state = self.ledger().state()?;
            (state.head(), state.catalog().cloned(), state.teams().cloned().collect::<Vec<Arc<Team>>>())
        };
        let catalog = catalog.map(|catalog| self.with_text(&catalog)).transpose()?;
        Ok(Snapshot {
            epoch: head.epoch,
            head: position_of(head.position),
            time,
            age: heard.age(),
            catalog,
            through: Through { position: position_of(head.position), hash: Some(hash_of(head.hash)) },
            teams: teams.iter().map(|team| facts_of_team(team)).collect::<Vec<TeamFacts>>(),
        })
    }

    /// What happened after a position, as far as this server has read: of at most `most` events.
    ///
    /// # Errors
    /// As [`Authority::feed_snapshot`], or if the ledger can't be read.
    pub async fn feed_news(&self, after: Position, most: usize, time: String) -> Result<News, Failure> {
        let heard = self.heard()?;
        self.follow_catalog().await?;
        let rows = self.store().rows_after(after, most).await?;
        let (head, catalog, through, mut facts) = {
            let state = self.ledger().state()?;
            let (through, facts) = facts_among(&state, after, &rows)?;
            (state.head(), state.catalog().cloned(), through, facts)
        };
        for fact in &mut facts {
            self.add_text(fact, catalog.as_ref())?;
        }
        let catalog = catalog.map(|CatalogInForce { name, fingerprint }| fact::CatalogInForce {
            name,
            fingerprint,
            text: None,
        });
        let head_position = position_of(head.position);
        Ok(News { epoch: head.epoch, head: head_position, time, age: heard.age(), catalog, through, facts })
    }

    /// The hash at a position.
    ///
    /// # Errors
    /// If the ledger can't be read.
    pub async fn hash_at(&self, position: Position) -> Result<ChainHash, Failure> {
        let Some(before) = position.0.checked_sub(1) else { return Ok(ChainHash::default()) };
        let rows = self.store().rows_after(Position(before), 1).await?;
        Ok(rows.first().map_or_else(ChainHash::default, |row| row.hash))
    }

    /// When the ledger was last heard of, taken before anything is read for an answer: whatever was
    /// acknowledged up to then is in it.
    fn heard(&self) -> Result<Heard, Failure> {
        let now = Awake::read();
        let age = self.verifier().fence().age(now);
        let age = age.ok_or_else(|| Failure::Unavailable("the ledger was not heard of yet".into()))?;
        Ok(Heard { now, age })
    }

    /// A catalog that was superseded since keeps its name and fingerprint: the one that is in force is
    /// told with its text.
    fn add_text(&self, fact: &mut Fact, in_force: Option<&CatalogInForce>) -> Result<(), Failure> {
        if let About::CatalogAdopted(adopted) = &mut fact.about
            && let Some(in_force) = in_force.filter(|in_force| in_force.fingerprint == adopted.fingerprint)
        {
            *adopted = self.with_text(in_force)?;
        }
        Ok(())
    }

    fn with_text(&self, in_force: &CatalogInForce) -> Result<fact::CatalogInForce, Failure> {
        let CatalogInForce { name, fingerprint } = in_force.clone();
        let text = self.ledger().text_of_catalog(&fingerprint)?;
        Ok(fact::CatalogInForce { name, fingerprint, text: Some(text) })
    }
}

/// When the ledger was heard of.
struct Heard {
    now: Awake,
    age: std::time::Duration,
}

impl Heard {
    /// How long ago that is by now, in milliseconds.
    fn age(&self) -> u64 {
        let age = self.age.saturating_add(Awake::read().since(self.now));
        u64::try_from(age.as_millis()).unwrap_or(u64::MAX)
    }
}

/// The facts among these rows, and how far they go: not beyond what the state has.
fn facts_among(state: &State, after: Position, rows: &[LedgerRow]) -> Result<(Through, Vec<Fact>), Failure> {
    let mut through = Through { position: position_of(after), hash: None };
    let mut facts = Vec::new();
    for row in rows.iter().take_while(|row| row.position <= state.head().position) {
        let entry =
            Entry::from_bytes(&row.bytes).map_err(|fault| Failure::LedgerStopped(fault.to_string()))?;
        facts.extend(fact_of(state, row.position, &entry));
        through = Through { position: position_of(row.position), hash: Some(hash_of(row.hash)) };
    }
    Ok((through, facts))
}
