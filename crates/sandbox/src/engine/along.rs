//! What a request makes along with its entity.

use super::{Draft, House, end_of};
use crate::entity::{Demand, Ends, Entity};
use crate::fault::{EntityCode, Fault};
use crate::rules;
use crate::store::{End, Kept, Writing};
use crate::table::{Relation, ResourceType, Way, called};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// What comes along with a request's entity, by type and by the id that the request chose, with its place there. Each is
/// made once.
pub(super) struct Along<'p>(RefCell<BTreeMap<End, (usize, &'p Entity)>>);

impl<'p> Along<'p> {
    pub(super) fn of(included: &'p [Entity]) -> Self {
        let named = |(place, entity): (usize, &'p Entity)| {
            let id = entity.id.clone()?;
            Some((End { kind: entity.kind.clone(), id }, (place, entity)))
        };
        Self(RefCell::new(included.iter().enumerate().filter_map(named).collect()))
    }

    pub(super) fn has(&self, end: &End) -> bool {
        self.0.borrow().contains_key(&as_sent(end))
    }

    fn take(&self, end: &End) -> Option<(usize, &'p Entity)> {
        self.0.borrow_mut().remove(&as_sent(end))
    }
}

/// An end as requests name it.
fn as_sent(end: &End) -> End {
    End { kind: called(&end.kind).to_owned(), id: end.id.clone() }
}

impl House<'_> {
    /// What a request makes along with its entity, and what of others is told of it.
    pub(super) fn create_along(
        &self,
        writing: &Writing<'_>,
        kind: &ResourceType,
        kept: &Kept,
        entity: &Entity,
        along: &Along<'_>,
    ) -> Result<(), Fault> {
        for (name, ends) in &entity.relations {
            let Some(relation) = kind.relation(name) else { continue };
            let (Way::OneThatRefersBy(by) | Way::ManyThatReferBy(by)) = &relation.way else { continue };
            let Some(back) = self.kind(&relation.to)?.relation(by) else { continue };
            for end in ends.all() {
                match along.take(end).filter(|_| back.part) {
                    Some((place, part)) => {
                        let made = self.create_part(writing, kept, relation, back, part, along);
                        made.map_err(|fault| fault.along(place))?;
                    }
                    None if back.part => self.must_be_its_part(writing, kept, relation, back, end)?,
                    None => self.told_by(writing, kept, relation, by, end)?,
                }
            }
        }
        Ok(())
    }

    fn create_part(
        &self,
        writing: &Writing<'_>,
        whole: &Kept,
        relation: &Relation,
        back: &Relation,
        entity: &Entity,
        along: &Along<'_>,
    ) -> Result<(), Fault> {
        let kind = self.kind(&relation.to)?;
        let mut entity = entity.clone();
        if back.create {
            entity.relations.insert(back.name.clone(), Ends::One(Some(as_sent(&end_of(whole)))));
        }
        let mut entity = entity.understood(kind, Demand::New)?;
        entity.relations.insert(back.name.clone(), Ends::One(Some(end_of(whole))));
        self.check_ends(writing, kind, &entity, along)?;
        self.check_alone(writing, kind, &entity.attributes, Some(whole), None)?;
        let mut draft = Draft { id: None, attributes: entity.attributes.clone(), entity };
        rules::before_create(self, writing, kind, &mut draft)?;
        let entity = draft.entity.clone();
        let kept = self.keep(writing, kind, draft, Some(whole))?;
        self.create_along(writing, kind, &kept, &entity, along)
    }

    /// Parts can't leave their whole: a relation to them names those that are there, or come along.
    fn must_be_its_part(
        &self,
        writing: &Writing<'_>,
        whole: &Kept,
        relation: &Relation,
        back: &Relation,
        end: &End,
    ) -> Result<(), Fault> {
        let part = self.must_be_there(writing, relation, end)?;
        if writing.targets(part.number, &back.name)?.contains(&end_of(whole)) {
            return Ok(());
        }
        let detail = format!("'{}' is a part of another resource", end.id);
        Err(Fault::relation(EntityCode::RelationshipInvalid, &relation.name, detail))
    }

    /// Has another refer to this.
    pub(super) fn told_by(
        &self,
        writing: &Writing<'_>,
        kept: &Kept,
        relation: &Relation,
        by: &str,
        end: &End,
    ) -> Result<(), Fault> {
        let other = self.must_be_there(writing, relation, end)?;
        let is_one = self.kind(&relation.to)?.relation(by).is_some_and(|back| back.way == Way::One);
        if is_one {
            writing.unlink_all(other.number, by)?;
        }
        writing.link(&other, by, 0, &end_of(kept))
    }
}
