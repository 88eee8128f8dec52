//! JSON:API resources: what a type has, and how one is written.

use crate::query::Query;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

/// What resources of a type have. Answers, `fields[…]` and the API's description are made from it.
#[derive(Debug)]
pub(crate) struct ResourceType {
    /// Its name.
    pub(crate) name: &'static str,
    /// The attributes, in the order in which they are written.
    pub(crate) attributes: &'static [Attribute],
    /// The relationships.
    pub(crate) relationships: &'static [Relationship],
}

/// An attribute of a type.
#[derive(Debug)]
pub(crate) struct Attribute {
    /// Its name.
    pub(crate) name: &'static str,
    /// What its values are.
    pub(crate) form: Form,
    /// Whether it may be null.
    pub(crate) nullable: bool,
    /// What it tells.
    pub(crate) about: &'static str,
}

/// What an attribute's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Text.
    Text,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// A date.
    Date,
    /// True or false.
    Bool,
    /// A whole number.
    Number,
    /// A list of texts.
    Texts,
    /// An object.
    Object,
    /// A list of objects.
    Objects,
}

/// A relationship of a type.
#[derive(Debug)]
pub(crate) struct Relationship {
    /// Its name.
    pub(crate) name: &'static str,
    /// The type of what it leads to.
    pub(crate) leads_to: &'static str,
    /// Whether it leads to many.
    pub(crate) many: bool,
}

/// An attribute that is always there.
pub(crate) const fn has(name: &'static str, form: Form, about: &'static str) -> Attribute {
    Attribute { name, form, nullable: false, about }
}

/// An attribute that may be null.
pub(crate) const fn may_have(name: &'static str, form: Form, about: &'static str) -> Attribute {
    Attribute { name, form, nullable: true, about }
}

impl ResourceType {
    /// Whether `fields[…]` may name this.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.attributes.iter().any(|attribute| attribute.name == name)
            || self.relationships.iter().any(|relationship| relationship.name == name)
    }
}

/// A resource as it is written.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Resource {
    #[serde(rename = "type")]
    kind: &'static str,
    id: String,
    attributes: Members,
    #[serde(skip_serializing_if = "Members::is_empty")]
    relationships: Members,
    #[serde(skip_serializing_if = "Option::is_none")]
    links: Option<Value>,
}

impl Resource {
    /// A resource without attributes yet.
    pub(crate) fn new(kind: &ResourceType, id: impl Into<String>) -> Self {
        Self {
            kind: kind.name,
            id: id.into(),
            attributes: Members::default(),
            relationships: Members::default(),
            links: None,
        }
    }

    /// This with an attribute.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.attributes.0.push((name, value.into()));
        self
    }

    /// This with a relationship to one thing or nothing.
    pub(crate) fn leading_to(mut self, name: &'static str, kind: &str, id: Option<String>) -> Self {
        let data = id.map_or(Value::Null, |id| json!({ "type": kind, "id": id }));
        self.relationships.0.push((name, json!({ "data": data })));
        self
    }

    /// This with a relationship whose value stands elsewhere, unless `data` has it.
    pub(crate) fn leading_to_many(mut self, name: &'static str, place: &str, data: Option<Value>) -> Self {
        let mut value = json!({ "links": { "self": format!("{place}/relationships/{name}"), "related": format!("{place}/{name}") } });
        if let Some(data) = data {
            value["data"] = data;
        }
        self.relationships.0.push((name, value));
        self
    }

    /// This with its own place.
    pub(crate) fn at(mut self, place: &str) -> Self {
        self.links = Some(json!({ "self": place }));
        self
    }

    /// Its id.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The name of its type.
    pub(crate) fn kind(&self) -> &'static str {
        self.kind
    }

    /// Leaves out what `fields[…]` does not name.
    pub(crate) fn trimmed(mut self, query: &Query) -> Self {
        if let Some(wanted) = query.fields(self.kind) {
            self.attributes.0.retain(|(name, _)| wanted.iter().any(|field| field == name));
            self.relationships.0.retain(|(name, _)| wanted.iter().any(|field| field == name));
        }
        self
    }
}

/// Members of an object, in the order in which they were added.
#[derive(Clone, Debug, Default)]
struct Members(Vec<(&'static str, Value)>);

impl Members {
    const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}
