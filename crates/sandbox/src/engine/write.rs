//! Making, changing and deleting resources.

use super::along::Along;
use super::{House, end_of};
use crate::document::attributes_text;
use crate::entity::{Demand, Ends, Entity, Posted, is_own};
use crate::fault::{EntityCode, Fault};
use crate::ids;
use crate::rules;
use crate::store::{End, Filter, Kept, Origin, ToKeep, Wanted, Writing};
use crate::table::{Alone, Attribute, Relation, ResourceType, Way};
use serde_json::{Map, Value};

/// What was made, or changed.
pub(crate) struct Made {
    pub(crate) kept: Kept,
}

/// A resource that is about to be made; rules may add to it.
pub(crate) struct Draft {
    pub(crate) id: Option<String>,
    pub(crate) attributes: Map<String, Value>,
    pub(crate) entity: Entity,
}

impl House<'_> {
    /// Makes what was posted, with everything that comes along.
    ///
    /// # Errors
    /// Everything that is wrong with the entity itself, else the first thing that can't be as others are.
    pub(crate) fn create(
        &self,
        writing: &Writing<'_>,
        kind: &ResourceType,
        posted: &Posted,
    ) -> Result<Made, Fault> {
        let (entity, along) = (posted.data.understood(kind, Demand::New)?, Along::of(&posted.included));
        let kept = self.create_one(writing, kind, &entity, &along)?;
        self.create_along(writing, kind, &kept, &entity, &along)?;
        rules::after_create(self, writing, &kept, &entity)?;
        Ok(Made { kept: self.find(writing, &kept.kind, &kept.id)? })
    }

    fn create_one(
        &self,
        writing: &Writing<'_>,
        kind: &ResourceType,
        entity: &Entity,
        along: &Along<'_>,
    ) -> Result<Kept, Fault> {
        let entity = &rules::completed(self, writing, entity)?;
        let whole = self.whole_of(writing, kind, entity)?;
        self.check_ends(writing, kind, entity, along)?;
        self.make_room(writing, kind, whole.as_ref())?;
        self.check_alone(writing, kind, &entity.attributes, whole.as_ref(), None)?;
        let mut draft = Draft { id: None, attributes: entity.attributes.clone(), entity: entity.clone() };
        rules::before_create(self, writing, kind, &mut draft)?;
        self.keep(writing, kind, draft, whole.as_ref())
    }

    /// Keeps a draft that was found good.
    pub(crate) fn keep(
        &self,
        writing: &Writing<'_>,
        kind: &ResourceType,
        draft: Draft,
        whole: Option<&Kept>,
    ) -> Result<Kept, Fault> {
        let id = draft.id.unwrap_or_else(|| ids::fresh(kind.ids));
        let app =
            if kind.name == APPS { Some(id.clone()) } else { whole.and_then(|whole| whole.app.clone()) };
        let attributes = attributes_text(kind, &draft.attributes);
        let hidden = hidden_text(kind, &draft.attributes);
        let facets = facets(kind, &draft.attributes);
        let new = ToKeep {
            kind: &kind.name,
            id: &id,
            app: app.as_deref(),
            attributes: &attributes,
            hidden: hidden.as_deref(),
            facets,
        };
        let number = writing.keep(&new)?;
        let kept = Kept { number, kind: kind.name.clone(), id, app, attributes };
        for (name, ends) in &draft.entity.relations {
            if kind.relation(name).is_some_and(|relation| is_own(&relation.way)) {
                self.link_all(writing, &kept, name, ends)?;
            }
        }
        Ok(kept)
    }

    pub(super) fn link_all(
        &self,
        writing: &Writing<'_>,
        owner: &Kept,
        name: &str,
        ends: &Ends,
    ) -> Result<(), Fault> {
        ends.all().iter().enumerate().try_for_each(|(place, end)| writing.link(owner, name, place, end))
    }

    /// The resource that a new one is to be a part of.
    fn whole_of(
        &self,
        writing: &Writing<'_>,
        kind: &ResourceType,
        entity: &Entity,
    ) -> Result<Option<Kept>, Fault> {
        let mut given = kind.wholes().filter_map(|part| Some((part, entity.one(&part.name)?)));
        let Some((relation, end)) = given.next() else { return whole_missing(kind).map_or(Ok(None), Err) };
        if let Some((other, _)) = given.next() {
            let detail = format!("It is a part of one thing: '{}' is given too", relation.name);
            return Err(Fault::relation(EntityCode::RelationshipInvalid, &other.name, detail));
        }
        self.must_be_there(writing, relation, end).map(Some)
    }

    pub(super) fn must_be_there(
        &self,
        writing: &Writing<'_>,
        relation: &Relation,
        end: &End,
    ) -> Result<Kept, Fault> {
        self.find(writing, &end.kind, &end.id).map_err(|fault| match fault {
            Fault::NoSuchResource { kind, id } => {
                let detail = format!("There is no resource of type '{kind}' with id '{id}'");
                Fault::relation(EntityCode::RelationshipInvalid, &relation.name, detail)
            }
            other => other,
        })
    }

    /// Every end that a relation is given is there, or is made along with it.
    pub(super) fn check_ends(
        &self,
        writing: &Writing<'_>,
        kind: &ResourceType,
        entity: &Entity,
        along: &Along<'_>,
    ) -> Result<(), Fault> {
        for (name, ends) in &entity.relations {
            let Some(relation) = kind.relation(name) else { continue };
            for end in ends.all() {
                if is_own(&relation.way) || !along.has(end) {
                    self.must_be_there(writing, relation, end)?;
                }
            }
        }
        Ok(())
    }

    /// Where a whole has one part of a type at most, a second is refused or takes the place of the first.
    fn make_room(
        &self,
        writing: &Writing<'_>,
        kind: &ResourceType,
        whole: Option<&Kept>,
    ) -> Result<(), Fault> {
        let Some(whole) = whole else { return Ok(()) };
        let Some(part) = kind.part_of(&whole.kind) else { return Ok(()) };
        let leads = |way: Way| {
            let relations = &self.kind(&whole.kind)?.relations;
            Ok::<bool, Fault>(relations.iter().any(|it| it.to == kind.name && it.way == way))
        };
        let has_many = leads(Way::ManyThatReferBy(part.name.clone()))?;
        if has_many || !leads(Way::OneThatRefersBy(part.name.clone()))? {
            return Ok(());
        }
        match writing.first_that_refers(&end_of(whole), &kind.name, &part.name)? {
            None => Ok(()),
            Some(there) if kind.replaces => self.forget(writing, &there),
            Some(there) => {
                let detail = format!(
                    "There is a resource of type '{}' already, with id '{}'",
                    kind.called(),
                    there.id
                );
                Err(Fault::state("ENTITY_STATE_INVALID", detail))
            }
        }
    }

    /// No other has the values that no two may have.
    pub(super) fn check_alone(
        &self,
        writing: &Writing<'_>,
        kind: &ResourceType,
        given: &Map<String, Value>,
        whole: Option<&Kept>,
        but: Option<&Kept>,
    ) -> Result<(), Fault> {
        for attribute in kind.attributes.iter().filter(|it| it.alone != Alone::Nowhere) {
            let Some(value) = given.get(&attribute.name).filter(|value| !value.is_null()) else { continue };
            if self.is_taken(writing, kind, attribute, value, whole, but)? {
                let detail = format!("The value {value} of '{}' has already been used", attribute.name);
                return Err(Fault::attribute(EntityCode::AttributeDuplicate, &attribute.name, detail));
            }
        }
        Ok(())
    }

    fn is_taken(
        &self,
        writing: &Writing<'_>,
        kind: &ResourceType,
        attribute: &Attribute,
        value: &Value,
        whole: Option<&Kept>,
        but: Option<&Kept>,
    ) -> Result<bool, Fault> {
        let text = value.as_str().unwrap_or_default().to_owned();
        let whole_end = whole.map(end_of);
        let part = whole.and_then(|whole| kind.part_of(&whole.kind));
        let origin = match (attribute.alone, &whole_end, part) {
            (Alone::InItsWhole, Some(to), Some(part)) => {
                Origin::Referring { to, kind: &kind.name, by: &part.name }
            }
            _ => Origin::All { kind: &kind.name },
        };
        let filter = Filter::Attribute(attribute.name.clone(), vec![text.into()]);
        let wanted = Wanted { filters: vec![filter], most: 2, ..Wanted::from(origin) };
        let others = writing.list(&wanted)?.kept;
        Ok(others.iter().any(|other| but.is_none_or(|but| but.number != other.number)))
    }

    /// Changes what a request says, and nothing else.
    ///
    /// # Errors
    /// As of [`House::create`].
    pub(crate) fn update(
        &self,
        writing: &Writing<'_>,
        kind: &ResourceType,
        id: &str,
        posted: &Posted,
    ) -> Result<Made, Fault> {
        let kept = self.find(writing, &kind.name, id)?;
        if posted.data.id.as_deref() != Some(id) {
            let detail = format!("The id of the path is '{id}'");
            return Err(Fault::Entity { code: EntityCode::WrongId, pointer: "/data/id".to_owned(), detail });
        }
        let entity = &posted.data.understood(kind, Demand::Change)?;
        let along = Along::of(&posted.included);
        self.check_ends(writing, kind, entity, &along)?;
        let whole = self.whole_there(writing, kind, &kept)?;
        self.check_alone(writing, kind, &entity.attributes, whole.as_ref(), Some(&kept))?;
        let mut values = attributes_of(&kept)?;
        values.extend(entity.attributes.clone());
        rules::before_update(self, writing, &kept, entity, &mut values)?;
        self.rewrite(writing, kind, &kept, &values)?;
        for (name, ends) in &entity.relations {
            if kind.relation(name).is_some_and(|relation| is_own(&relation.way)) {
                writing.unlink_all(kept.number, name)?;
                self.link_all(writing, &kept, name, ends)?;
            }
        }
        self.create_along(writing, kind, &kept, entity, &along)?;
        Ok(Made { kept: self.find(writing, &kind.name, id)? })
    }

    /// What a resource is a part of.
    fn whole_there(
        &self,
        writing: &Writing<'_>,
        kind: &ResourceType,
        kept: &Kept,
    ) -> Result<Option<Kept>, Fault> {
        for part in kind.wholes() {
            if let Some(end) = writing.targets(kept.number, &part.name)?.first() {
                return self.find(writing, &end.kind, &end.id).map(Some);
            }
        }
        Ok(None)
    }

    /// Keeps new values of a resource's attributes.
    pub(crate) fn rewrite(
        &self,
        writing: &Writing<'_>,
        kind: &ResourceType,
        kept: &Kept,
        values: &Map<String, Value>,
    ) -> Result<(), Fault> {
        let (attributes, hidden) = (attributes_text(kind, values), hidden_text(kind, values));
        let new = ToKeep {
            kind: &kind.name,
            id: &kept.id,
            app: kept.app.as_deref(),
            attributes: &attributes,
            hidden: hidden.as_deref(),
            facets: facets(kind, values),
        };
        writing.change(kept.number, &new)?;
        rules::after_change(self, writing, kept, values)
    }

    /// Deletes a resource and all that is a part of it.
    ///
    /// # Errors
    /// If there is none, or a rule keeps it.
    pub(crate) fn delete(&self, writing: &Writing<'_>, kind: &ResourceType, id: &str) -> Result<(), Fault> {
        let kept = self.find(writing, &kind.name, id)?;
        rules::before_delete(self, writing, &kept)?;
        self.forget(writing, &kept)
    }

    pub(crate) fn forget(&self, writing: &Writing<'_>, gone: &Kept) -> Result<(), Fault> {
        for kind in self.table.all() {
            let Some(part) = kind.part_of(&gone.kind) else { continue };
            while let Some(part) = writing.first_that_refers(&end_of(gone), &kind.name, &part.name)? {
                self.forget(writing, &part)?;
            }
        }
        writing.forget(gone)
    }
}

/// The type whose resources own what hangs below them.
const APPS: &str = "apps";

/// The fault of an entity that must be a part of something, and is of nothing.
fn whole_missing(kind: &ResourceType) -> Option<Fault> {
    let first = kind.wholes().find(|part| part.create && !part.loose)?;
    let names: Vec<String> = kind.wholes().map(|part| format!("'{}'", part.name)).collect();
    let detail = format!("You must provide a value for the relationship {}", names.join(" or "));
    Some(Fault::relation(EntityCode::RelationshipRequired, &first.name, detail))
}

/// A resource's attributes.
pub(crate) fn attributes_of(kept: &Kept) -> Result<Map<String, Value>, Fault> {
    serde_json::from_str(&kept.attributes)
        .map_err(|fault| Fault::Broken(format!("attributes of {} {}: {fault}", kept.kind, kept.id)))
}

fn hidden_text(kind: &ResourceType, values: &Map<String, Value>) -> Option<String> {
    let hidden = kind.attributes.iter().filter(|attribute| attribute.hidden);
    let given: Map<String, Value> = hidden
        .filter_map(|attribute| {
            let given = values.get(&attribute.name).filter(|value| !(attribute.blank && value.is_null()));
            Some((attribute.name.clone(), given?.clone()))
        })
        .collect();
    (!given.is_empty()).then(|| Value::Object(given).to_string())
}

/// What lists are filtered and sorted by. Of a list each text counts, of what has a state that.
fn facets<'f>(kind: &'f ResourceType, values: &'f Map<String, Value>) -> Vec<(&'f str, &'f Value)> {
    let is_asked =
        |it: &&Attribute| it.filter || it.sort || it.exists || it.range || it.alone != Alone::Nowhere;
    let mut facets = Vec::new();
    for attribute in kind.attributes.iter().filter(is_asked) {
        let value = values.get(&attribute.name).unwrap_or(&attribute.usually);
        match value {
            Value::Array(all) => facets.extend(all.iter().map(|one| (attribute.name.as_str(), one))),
            Value::Object(all) => facets.extend(all.get("state").map(|one| (attribute.name.as_str(), one))),
            one => facets.push((attribute.name.as_str(), one)),
        }
    }
    facets
}
