//! What a request's body says: an entity, and what is made along with it.

use crate::fault::{EntityCode, Fault};
use crate::store::End;
use crate::table::{Relation, ResourceType, Way, called};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// How many ends a relation may be given at once.
const MOST_ENDS: usize = 1000;
/// How much that is wrong with one entity is said.
const MOST_FAULTS: usize = 50;

/// An entity of a request.
#[derive(Clone, Debug)]
pub(crate) struct Entity {
    pub(crate) kind: String,
    pub(crate) id: Option<String>,
    pub(crate) attributes: Map<String, Value>,
    pub(crate) relations: BTreeMap<String, Ends>,
}

/// Where a relation of a request leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ends {
    One(Option<End>),
    Many(Vec<End>),
}

impl Ends {
    pub(crate) fn all(&self) -> &[End] {
        match self {
            Self::One(end) => end.as_slice(),
            Self::Many(ends) => ends,
        }
    }

    /// The same, with the own name of the type to which this relation leads.
    pub(crate) fn towards(&self, relation: &Relation) -> Self {
        let named = |end: &End| End { kind: relation.to.clone(), id: end.id.clone() };
        match self {
            Self::One(end) => Self::One(end.as_ref().map(named)),
            Self::Many(ends) => Self::Many(ends.iter().map(named).collect()),
        }
    }
}

/// The body of a request that makes or changes something.
#[derive(Clone, Debug)]
pub(crate) struct Posted {
    pub(crate) data: Entity,
    /// What is made along with it, and referred to by ids that the request chose.
    pub(crate) included: Vec<Entity>,
}

/// What is demanded of an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Demand {
    New,
    Change,
}

impl Posted {
    /// Reads a body.
    ///
    /// # Errors
    /// If it is not JSON, or not of the form of a request.
    pub(crate) fn read(body: &[u8]) -> Result<Self, Fault> {
        let mut whole = object(body)?;
        let data = whole.remove("data").ok_or_else(|| Fault::BadBody("'data' is missing".to_owned()))?;
        let included = match whole.remove("included") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(all)) => all.into_iter().map(entity).collect::<Result<_, _>>()?,
            Some(_) => return Err(Fault::BadBody("'included' is no list".to_owned())),
        };
        Ok(Self { data: entity(data)?, included })
    }
}

/// Reads the body of a request on a relation: `{"data": [{"type", "id"}]}`.
///
/// # Errors
/// If it is not of that form.
pub(crate) fn linkage(body: &[u8]) -> Result<Ends, Fault> {
    let data = object(body)?.remove("data").ok_or_else(|| Fault::BadBody("'data' is missing".to_owned()))?;
    ends(data, "/data")
}

fn object(body: &[u8]) -> Result<Map<String, Value>, Fault> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(whole)) => Ok(whole),
        Ok(_) => Err(Fault::BadBody("it is no JSON object".to_owned())),
        Err(fault) => Err(Fault::BadBody(fault.to_string())),
    }
}

fn entity(value: Value) -> Result<Entity, Fault> {
    let Value::Object(mut data) = value else { return Err(Fault::BadBody("'data' is no object".to_owned())) };
    let Some(Value::String(kind)) = data.remove("type") else {
        return Err(Fault::BadBody("'data.type' is missing".to_owned()));
    };
    let id = match data.remove("id") {
        None | Some(Value::Null) => None,
        Some(Value::String(id)) => Some(id),
        Some(_) => return Err(Fault::BadBody("'data.id' is no text".to_owned())),
    };
    let mut relations = BTreeMap::new();
    for (name, relation) in members(data.remove("relationships"), "relationships")? {
        let given = match relation {
            Value::Object(mut relation) => relation.remove("data"),
            _ => return Err(Fault::BadBody(format!("'relationships.{name}' is no object"))),
        };
        // Links and meta of a relation are a reader's, not a request's.
        if let Some(given) = given {
            let pointer = format!("/data/relationships/{name}");
            relations.insert(name, ends(given, &pointer)?);
        }
    }
    Ok(Entity { kind, id, attributes: members(data.remove("attributes"), "attributes")?, relations })
}

fn members(value: Option<Value>, name: &str) -> Result<Map<String, Value>, Fault> {
    match value {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(members)) => Ok(members),
        Some(_) => Err(Fault::BadBody(format!("'data.{name}' is no object"))),
    }
}

fn ends(value: Value, pointer: &str) -> Result<Ends, Fault> {
    match value {
        Value::Null => Ok(Ends::One(None)),
        Value::Array(all) if all.len() > MOST_ENDS => {
            Err(Fault::BadBody(format!("{pointer} has more than {MOST_ENDS} entries")))
        }
        Value::Array(all) => {
            Ok(Ends::Many(all.iter().map(|one| end(one, pointer)).collect::<Result<_, _>>()?))
        }
        one => Ok(Ends::One(Some(end(&one, pointer)?))),
    }
}

fn end(value: &Value, pointer: &str) -> Result<End, Fault> {
    match (value["type"].as_str(), value["id"].as_str()) {
        (Some(kind), Some(id)) => Ok(End { kind: kind.to_owned(), id: id.to_owned() }),
        _ => Err(Fault::BadBody(format!("{pointer} needs a 'type' and an 'id'"))),
    }
}

impl Entity {
    /// The entity, if it is as the table says of its type; it and what it refers to have the names that their types
    /// have of their own.
    ///
    /// # Errors
    /// All that is wrong.
    pub(crate) fn understood(&self, kind: &ResourceType, demand: Demand) -> Result<Self, Fault> {
        self.check(kind, demand)?;
        let mut entity = self.clone();
        entity.kind.clone_from(&kind.name);
        for (name, ends) in &mut entity.relations {
            if let Some(relation) = kind.relation(name) {
                *ends = ends.towards(relation);
            }
        }
        Ok(entity)
    }

    /// Everything that is wrong is said at once.
    fn check(&self, kind: &ResourceType, demand: Demand) -> Result<(), Fault> {
        if self.kind != kind.called() {
            let detail = format!("'{}' is expected here, not '{}'", kind.called(), self.kind);
            return Err(Fault::Entity {
                code: EntityCode::WrongType,
                pointer: "/data/type".to_owned(),
                detail,
            });
        }
        let attributes = self.wrong_attributes(kind, demand).chain(self.missing_attributes(kind, demand));
        let relations = self.wrong_relations(kind, demand).chain(self.missing_relations(kind, demand));
        Fault::all(attributes.chain(relations).take(MOST_FAULTS))
    }

    fn wrong_attributes<'e>(
        &'e self,
        kind: &'e ResourceType,
        demand: Demand,
    ) -> impl Iterator<Item = Fault> + 'e {
        self.attributes.iter().filter_map(move |(name, value)| wrong_attribute(kind, demand, name, value))
    }

    fn missing_attributes<'e>(
        &'e self,
        kind: &'e ResourceType,
        demand: Demand,
    ) -> impl Iterator<Item = Fault> + 'e {
        let is_missing = |name: &str| self.attributes.get(name).is_none_or(Value::is_null);
        let demanded = kind.attributes.iter().filter(move |it| it.required && is_missing(&it.name));
        let missing =
            demanded.filter(move |it| demand == Demand::New || self.attributes.contains_key(&it.name));
        missing.map(|missing| {
            let detail = format!("You must provide a value for the attribute '{}'", missing.name);
            Fault::attribute(EntityCode::AttributeRequired, &missing.name, detail)
        })
    }

    fn wrong_relations<'e>(
        &'e self,
        kind: &'e ResourceType,
        demand: Demand,
    ) -> impl Iterator<Item = Fault> + 'e {
        self.relations.iter().filter_map(move |(name, given)| wrong_relation(kind, demand, name, given))
    }

    fn missing_relations<'e>(
        &'e self,
        kind: &'e ResourceType,
        demand: Demand,
    ) -> impl Iterator<Item = Fault> + 'e {
        let is_missing = |name: &str| self.relations.get(name).is_none_or(|ends| ends.all().is_empty());
        let missing = kind.relations.iter().filter(move |it| it.required && is_missing(&it.name));
        missing.filter(move |_| demand == Demand::New).map(|missing| {
            let detail = format!("You must provide a value for the relationship '{}'", missing.name);
            Fault::relation(EntityCode::RelationshipRequired, &missing.name, detail)
        })
    }

    /// Where a relation to one leads, if it was given.
    pub(crate) fn one(&self, relation: &str) -> Option<&End> {
        self.relations.get(relation).and_then(|ends| ends.all().first())
    }

    /// An attribute's text, if it was given one.
    pub(crate) fn text(&self, attribute: &str) -> Option<&str> {
        self.attributes.get(attribute).and_then(Value::as_str)
    }
}

fn wrong_attribute(kind: &ResourceType, demand: Demand, name: &str, value: &Value) -> Option<Fault> {
    let Some(attribute) = kind.attribute(name) else {
        let detail = format!("The attribute '{name}' is not an attribute of '{}'", kind.called());
        return Some(Fault::attribute(EntityCode::AttributeUnknown, name, detail));
    };
    let may = if demand == Demand::New { attribute.create } else { attribute.update };
    if !may {
        let when = if demand == Demand::New { "given to a new resource" } else { "changed" };
        let detail = format!("The attribute '{name}' can't be {when}");
        return Some(Fault::attribute(EntityCode::AttributeNotAllowed, name, detail));
    }
    let why = attribute.kind.refuses(value)?;
    Some(Fault::attribute(EntityCode::AttributeInvalid, name, why))
}

fn wrong_relation(kind: &ResourceType, demand: Demand, name: &str, given: &Ends) -> Option<Fault> {
    let Some(relation) = kind.relation(name) else {
        let detail = format!("'{name}' is not a relationship on the resource '{}'", kind.called());
        return Some(Fault::relation(EntityCode::RelationshipUnknown, name, detail));
    };
    let may = if demand == Demand::New { relation.create } else { relation.update };
    if !may {
        let detail = format!("The relationship '{name}' can't be given in this request");
        return Some(Fault::relation(EntityCode::RelationshipNotAllowed, name, detail));
    }
    fits(given, relation).err()
}

/// Whether what was given is as many, and of the type, as the relation says.
pub(crate) fn fits(given: &Ends, relation: &Relation) -> Result<(), Fault> {
    let (name, to) = (&relation.name, called(&relation.to));
    let invalid = |detail: String| Err(Fault::relation(EntityCode::RelationshipInvalid, name, detail));
    match (given, relation.way.is_many()) {
        (Ends::One(_), true) => return invalid(format!("The relationship '{name}' takes a list")),
        (Ends::Many(_), false) => return invalid(format!("The relationship '{name}' takes one resource")),
        _ => {}
    }
    match given.all().iter().find(|end| end.kind != to) {
        Some(end) => invalid(format!("'{to}' is expected in '{name}', not '{}'", end.kind)),
        None => Ok(()),
    }
}

/// Whether a relation is written down at the resource that has it.
pub(crate) const fn is_own(way: &Way) -> bool {
    matches!(way, Way::One | Way::Many)
}
