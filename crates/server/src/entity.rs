//! Entities: what a body says of a resource, taken out piece by piece; what is left over is refused.

use crate::call::Call;
use crate::error::{EntityFault, Problem};
use crate::json;
use crate::resource::ResourceType;
use counterfoil_core::id::{Malformed, RoleName};
use counterfoil_core::roles::Roles;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

/// The most elements that a list in an entity may have.
const MOST_ELEMENTS: usize = 10_000;

/// What a body says of a resource. Whatever is read is taken out of it.
#[derive(Debug, Default)]
pub(crate) struct Entity {
    id: Option<String>,
    attributes: Map<String, Value>,
    relationships: Map<String, Value>,
}

/// One end of a relationship.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Linked {
    /// The type of what is meant.
    pub(crate) kind: String,
    /// Its id.
    pub(crate) id: String,
}

impl Call {
    /// The body as JSON; nothing, if there is none.
    ///
    /// # Errors
    /// If it is of another content type, or not JSON that means one thing.
    pub(crate) fn json(&self) -> Result<Option<Value>, Problem> {
        if self.body.is_empty() {
            return Ok(None);
        }
        if !self.is_json() {
            return Err(Problem::MediaType { wanted: "application/json" });
        }
        json::parse(&self.body).map(Some).map_err(Problem::NotJson)
    }

    fn is_json(&self) -> bool {
        let given = self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        given.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
    }

    /// The body as an entity of this type that is to be made.
    ///
    /// # Errors
    /// If it is no such entity.
    pub(crate) fn new_entity(&self, kind: &ResourceType) -> Result<Entity, Problem> {
        Entity::read(self.json()?.ok_or_else(nothing_there)?, kind)
    }

    /// The body as an entity of this type that is to be changed.
    ///
    /// # Errors
    /// If it is no such entity, or another one.
    pub(crate) fn changed_entity(&self, kind: &ResourceType, id: &str) -> Result<Entity, Problem> {
        let mut entity = self.new_entity(kind)?;
        match entity.id.take() {
            Some(named) if named == id => Ok(entity),
            Some(_) => Err(other_resource("/data/id", format!("'id' must be '{id}', as in the path"))),
            None => Err(other_resource("/data/id", format!("'id' is missing; it must be '{id}'"))),
        }
    }

    /// The body as the ends of a relationship.
    ///
    /// # Errors
    /// If it is not.
    pub(crate) fn linkage(&self) -> Result<Vec<Linked>, Problem> {
        let mut document = object(self.json()?.ok_or_else(nothing_there)?, "the body")?;
        linked(document.remove("data").unwrap_or_default(), "/data")
    }
}

impl Entity {
    fn read(document: Value, kind: &ResourceType) -> Result<Self, Problem> {
        let mut document = object(document, "the body")?;
        let data = document.remove("data").ok_or_else(|| Problem::NotJson("'data' is missing".to_owned()))?;
        let mut data = object(data, "'data'")?;
        match data.remove("type") {
            Some(Value::String(named)) if named == kind.name => {}
            _ => return Err(other_resource("/data/type", format!("'type' must be '{}'", kind.name))),
        }
        let id = match data.remove("id") {
            None | Some(Value::Null) => None,
            Some(Value::String(id)) => Some(id),
            Some(_) => return Err(other_resource("/data/id", "'id' must be text".to_owned())),
        };
        let mut part = |name: &str| match data.remove(name) {
            None | Some(Value::Null) => Ok(Map::new()),
            Some(part) => object(part, name),
        };
        Ok(Self { id, attributes: part("attributes")?, relationships: part("relationships")? })
    }

    /// The id that the client names.
    pub(crate) fn id(&mut self) -> Option<String> {
        self.id.take()
    }

    /// A text.
    ///
    /// # Errors
    /// If it is something else.
    pub(crate) fn text(&mut self, name: &str) -> Result<Option<String>, Problem> {
        match self.attributes.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(invalid(name, "This must be text")),
        }
    }

    /// A text of a certain form.
    ///
    /// # Errors
    /// If it is not.
    pub(crate) fn parsed<T>(&mut self, name: &str) -> Result<Option<T>, Problem>
    where
        T: for<'a> TryFrom<&'a str, Error = Malformed>,
    {
        let Some(text) = self.text(name)? else { return Ok(None) };
        T::try_from(text.as_str()).map(Some).map_err(|malformed| invalid(name, &malformed.to_string()))
    }

    /// A text of a certain form that must be there.
    ///
    /// # Errors
    /// If it is not.
    pub(crate) fn required<T>(&mut self, name: &str) -> Result<T, Problem>
    where
        T: for<'a> TryFrom<&'a str, Error = Malformed>,
    {
        self.parsed(name)?.ok_or_else(|| missing(name))
    }

    /// True or false.
    ///
    /// # Errors
    /// If it is something else.
    pub(crate) fn boolean(&mut self, name: &str) -> Result<Option<bool>, Problem> {
        match self.attributes.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(value)),
            Some(_) => Err(invalid(name, "This must be true or false")),
        }
    }

    /// A list of roles.
    ///
    /// # Errors
    /// If it is something else.
    pub(crate) fn roles(&mut self, name: &str) -> Result<Option<Roles>, Problem> {
        let elements = match self.attributes.remove(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Array(elements)) if elements.len() <= MOST_ELEMENTS => elements,
            Some(_) => return Err(invalid(name, "This must be a list of roles")),
        };
        let role = |element: &Value| {
            let text = element.as_str().ok_or_else(|| invalid(name, "Each role must be text"))?;
            RoleName::try_from(text).map_err(|malformed| invalid(name, &malformed.to_string()))
        };
        elements.iter().map(role).collect::<Result<Roles, _>>().map(Some)
    }

    /// The ends of a relationship.
    ///
    /// # Errors
    /// If it is something else.
    pub(crate) fn linked(&mut self, name: &str) -> Result<Option<Vec<Linked>>, Problem> {
        let pointer = format!("/data/relationships/{name}");
        match self.relationships.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(mut relationship)) => {
                linked(relationship.remove("data").unwrap_or_default(), &pointer).map(Some)
            }
            Some(_) => Err(bad_linkage(&pointer)),
        }
    }

    /// Refuses what is left over.
    ///
    /// # Errors
    /// If anything is. Of what resources of the type have, that it can't be given here.
    pub(crate) fn finish(self, kind: &ResourceType, otherwise: EntityFault) -> Result<(), Problem> {
        if let Some((name, _)) = self.attributes.iter().next() {
            let fault = if kind.has(name) { otherwise } else { EntityFault::Unknown };
            let detail = match fault {
                EntityFault::NotEditable => "This can't be changed",
                EntityFault::NotAllowed => "This can't be given here",
                _ => "There is no such attribute",
            };
            return Err(Problem::attribute(name, fault, detail));
        }
        if let Some((name, _)) = self.relationships.iter().next() {
            let pointer = format!("/data/relationships/{}", name.chars().take(60).collect::<String>());
            let detail = "There is no such relationship here".to_owned();
            return Err(Problem::Entity { pointer, fault: EntityFault::Relationship, detail });
        }
        Ok(())
    }
}

fn linked(data: Value, pointer: &str) -> Result<Vec<Linked>, Problem> {
    let Value::Array(elements) = data else { return Err(bad_linkage(pointer)) };
    if elements.len() > MOST_ELEMENTS {
        return Err(bad_linkage(pointer));
    }
    let end = |element: &Value| {
        let text = |name: &str| element.get(name).and_then(Value::as_str).map(str::to_owned);
        Some(Linked { kind: text("type")?, id: text("id")? })
    };
    elements.iter().map(|element| end(element).ok_or_else(|| bad_linkage(pointer))).collect()
}

fn object(value: Value, what: &str) -> Result<Map<String, Value>, Problem> {
    match value {
        Value::Object(members) => Ok(members),
        _ => Err(Problem::NotJson(format!("{what} must be an object"))),
    }
}

fn nothing_there() -> Problem {
    Problem::NotJson("there is no body".to_owned())
}

fn other_resource(pointer: &str, detail: String) -> Problem {
    Problem::Entity { pointer: pointer.to_owned(), fault: EntityFault::OtherResource, detail }
}

fn bad_linkage(pointer: &str) -> Problem {
    let detail = "'data' must be a list of objects with 'type' and 'id'".to_owned();
    Problem::Entity { pointer: pointer.to_owned(), fault: EntityFault::Relationship, detail }
}

fn invalid(name: &str, detail: &str) -> Problem {
    Problem::attribute(name, EntityFault::Invalid, detail)
}

fn missing(name: &str) -> Problem {
    let detail = format!("You must provide a value for the attribute '{name}' with this request");
    Problem::attribute(name, EntityFault::Required, detail)
}
