//! Everything of a team as text: what `export` writes, and `import` and `--fixtures` read.

use crate::engine::{Draft, House, attributes_of};
use crate::entity::{Ends, Entity, is_own};
use crate::fault::Fault;
use crate::rules::worked_out;
use crate::store::{End, Kept, Reading, Writing};
use crate::table::ResourceType;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The resources of a team.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fixtures {
    resources: Vec<Resource>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Resource {
    #[serde(rename = "type")]
    kind: String,
    id: String,
    #[serde(default)]
    attributes: Map<String, Value>,
    /// What is written down at this resource; each relation a list, in order.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    relationships: BTreeMap<String, Vec<Reference>>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reference {
    #[serde(rename = "type")]
    kind: String,
    id: String,
}

impl Fixtures {
    /// Reads fixtures.
    ///
    /// # Errors
    /// If this is not what `export` writes.
    pub(crate) fn read(text: &str) -> Result<Self, Fault> {
        serde_json::from_str(text)
            .map_err(|fault| Fault::Fixtures(format!("it is not what `sandbox export` writes: {fault}")))
    }

    pub(crate) fn written(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Everything of a team.
    pub(crate) fn of(reading: &Reading<'_>) -> Result<Self, Fault> {
        let all = reading.all()?;
        Ok(Self { resources: all.iter().map(|kept| Resource::of(reading, kept)).collect::<Result<_, _>>()? })
    }

    /// Keeps all of it, or says what is wrong with it. Wholes come before their parts, wherever they stand.
    pub(crate) fn plant(&self, house: House<'_>, writing: &Writing<'_>) -> Result<(), Fault> {
        let mut waiting: Vec<&Resource> = self.resources.iter().collect();
        while !waiting.is_empty() {
            let before = waiting.len();
            let mut left = Vec::new();
            for resource in waiting {
                if !resource.plant(house, writing)? {
                    left.push(resource);
                }
            }
            if let Some(orphan) = left.first().filter(|_| left.len() == before) {
                return Err(orphan.wrong("what it is a part of is not there"));
            }
            waiting = left;
        }
        self.resources.iter().try_for_each(|resource| resource.check(writing))
    }
}

impl Resource {
    fn of(reading: &Reading<'_>, kept: &Kept) -> Result<Self, Fault> {
        let mut attributes = attributes_of(kept)?;
        let hidden = reading.hidden(kept.number)?.unwrap_or_else(|| "{}".to_owned());
        let hidden: Map<String, Value> =
            serde_json::from_str(&hidden).map_err(|fault| Fault::Broken(fault.to_string()))?;
        attributes.extend(hidden);
        attributes.retain(|_, value| !value.is_null());
        let mut relationships: BTreeMap<String, Vec<Reference>> = BTreeMap::new();
        for (name, End { kind, id }) in reading.all_targets(kept.number)? {
            relationships.entry(name).or_default().push(Reference { kind, id });
        }
        Ok(Self { kind: kept.kind.clone(), id: kept.id.clone(), attributes, relationships })
    }

    fn wrong(&self, why: &str) -> Fault {
        Fault::Fixtures(format!("{} {}: {why}", self.kind, self.id))
    }

    /// Keeps it, unless what it is a part of is not there yet.
    fn plant(&self, house: House<'_>, writing: &Writing<'_>) -> Result<bool, Fault> {
        let kind = house.table.of(&self.kind).ok_or_else(|| self.wrong("there is no such type"))?;
        self.fits(kind)?;
        let whole = match kind.wholes().find_map(|part| self.relationships.get(&part.name)?.first()) {
            Some(whole) => match writing.find(&whole.kind, &whole.id)? {
                Some(whole) => Some(whole),
                None => return Ok(false),
            },
            None => None,
        };
        if writing.find(&self.kind, &self.id)?.is_some() {
            return Err(self.wrong("it is there twice"));
        }
        let draft = Draft {
            id: Some(self.id.clone()),
            attributes: self.attributes.clone(),
            entity: self.entity(kind),
        };
        house.keep(writing, kind, draft, whole.as_ref())?;
        Ok(true)
    }

    fn fits(&self, kind: &ResourceType) -> Result<(), Fault> {
        for (name, value) in &self.attributes {
            let attribute =
                kind.attribute(name).ok_or_else(|| self.wrong(&format!("{name} is no attribute of it")))?;
            if let Some(why) = attribute.kind.refuses(value) {
                return Err(self.wrong(&format!("{name}: {why}")));
            }
        }
        let is_known = |name: &String| kind.relation(name).is_some_and(|relation| is_own(&relation.way));
        match self.relationships.keys().find(|name| !is_known(name)) {
            Some(name) => Err(self.wrong(&format!("{name} is no relation that is written down at it"))),
            None => Ok(()),
        }
    }

    fn entity(&self, kind: &ResourceType) -> Entity {
        let end = |it: &Reference| End { kind: it.kind.clone(), id: it.id.clone() };
        let ends = |(name, all): (&String, &Vec<Reference>)| {
            let is_many = kind.relation(name).is_some_and(|relation| relation.way.is_many());
            let ends = match is_many {
                true => Ends::Many(all.iter().map(end).collect()),
                false => Ends::One(all.first().map(end)),
            };
            (name.clone(), ends)
        };
        let relations = self.relationships.iter().map(ends).collect();
        Entity { kind: self.kind.clone(), id: None, attributes: Map::new(), relations }
    }

    /// Everything that it refers to is there.
    fn check(&self, writing: &Writing<'_>) -> Result<(), Fault> {
        for end in self.relationships.values().flatten() {
            let is_there = worked_out::find(writing, &end.kind, &end.id)?.is_some()
                || writing.find(&end.kind, &end.id)?.is_some();
            if !is_there {
                return Err(self.wrong(&format!("it refers to {} {}, which is not there", end.kind, end.id)));
            }
        }
        Ok(())
    }
}
