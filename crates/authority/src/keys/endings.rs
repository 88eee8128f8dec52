//! What goes along with the end of keys.

use super::erasures;
use crate::authority::Authority;
use crate::outbox::{Mail, concerned};
use crate::store::Statement;
use counterfoil_core::event::{Actor, Event};
use counterfoil_core::id::{KeyId, MemberId};
use counterfoil_core::team::Team;
use std::collections::BTreeMap;

impl Authority {
    /// What waited for its download is erased, and whoever has to do with a key is told that somebody else ended it:
    /// once, however many keys end together. `before` is the team as it was.
    pub(crate) fn endings(&self, before: &Team, by: Actor, events: &[Event]) -> Vec<Statement> {
        let mut along = erasures(events);
        if self.site().tells_of_revocations {
            for (member, key) in to_be_told(before, by, events) {
                match self.posting(Mail::KeysRevoked(member, key)) {
                    Ok(posted) => along.extend(posted),
                    Err(failure) => tracing::warn!(%failure, %key, "Nobody is told of a key's revocation"),
                }
            }
        }
        along
    }
}

/// Whom to tell, each by the first of the keys.
fn to_be_told(team: &Team, by: Actor, events: &[Event]) -> BTreeMap<MemberId, KeyId> {
    let mut told = BTreeMap::new();
    for event in events {
        let Event::KeyRevoked { key: id, .. } = event else { continue };
        let Some(key) = team.keys.get(id) else { continue };
        for member in concerned(team, key, by) {
            told.entry(member).or_insert(*id);
        }
    }
    told
}
