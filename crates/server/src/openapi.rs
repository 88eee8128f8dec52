//! The API's own description, OpenAPI 3.1.
//!
//! It is written from the table of routes and the tables of resource types that the doors themselves go by, with
//! no annotation beside a handler that could say something else. `crates/server/openapi.json` is this, checked in.

use crate::query::{MOST_A_PAGE, Parameter, ParameterKind, USUAL_PAGE};
use crate::resource::{Attribute, Form, ResourceType};
use crate::routes::{Answer, Body, Door, ROUTES, Route};
use serde_json::{Map, Value, json};

mod schemas;

/// The description.
pub(crate) fn document() -> Value {
    let mut paths = Map::new();
    for route in ROUTES {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method.name().to_ascii_lowercase()] = operation(route);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Counterfoil",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Keys in two halves: the issuer keeps the public one, the holder signs with the private one.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": {
            "schemas": schemas::all(),
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "ES256, signed with a key's private half" },
                "session": { "type": "apiKey", "in": "cookie", "name": "__Host-counterfoil", "description": "A signed-in browser; `counterfoil` over plain http" },
                "replica": { "type": "http", "scheme": "bearer", "description": "A replica's credential" },
            },
        },
    })
}

fn operation(route: &Route) -> Value {
    let mut parameters: Vec<Value> = path_parameters(route.path).collect();
    parameters.extend(route.query.iter().map(parameter));
    let mut operation = json!({
        "summary": route.about,
        "operationId": operation_id(route),
        "parameters": parameters,
        "responses": responses(route),
        "security": security(route),
    });
    if let Some(body) = body(route.body) {
        operation["requestBody"] = body;
    }
    operation
}

/// `GET /v1/apiKeys/{id}` is `get_v1_apiKeys_id`.
fn operation_id(route: &Route) -> String {
    let words: String =
        route.path.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { ' ' }).collect();
    let words: Vec<&str> = words.split_whitespace().collect();
    format!("{}_{}", route.method.name().to_ascii_lowercase(), words.join("_"))
}

fn path_parameters(path: &str) -> impl Iterator<Item = Value> {
    let named = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    named.map(|name| {
        let schema = json!({ "type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[A-Za-z0-9._-]*[A-Za-z0-9_-]$" });
        json!({ "name": name, "in": "path", "required": true, "schema": schema })
    })
}

fn parameter(parameter: &Parameter) -> Value {
    let list = |items: Value| json!({ "type": "array", "minItems": 1, "items": items });
    let one_of = |names: Vec<String>| list(json!({ "type": "string", "enum": names }));
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let schema = match parameter.kind {
        ParameterKind::Filter | ParameterKind::RequiredFilter => {
            list(json!({ "type": "string", "minLength": 1, "pattern": "^[^,\\s]+$" }))
        }
        ParameterKind::Sort(fields) => {
            one_of(fields.iter().flat_map(|field| [(*field).to_owned(), format!("-{field}")]).collect())
        }
        ParameterKind::Include(names) => one_of(owned(names)),
        ParameterKind::Fields(kind) => one_of(
            kind.attributes
                .iter()
                .map(|attribute| attribute.name.to_owned())
                .chain(kind.relationships.iter().map(|relationship| relationship.name.to_owned()))
                .collect(),
        ),
        ParameterKind::Limit => {
            json!({ "type": "integer", "minimum": 1, "maximum": MOST_A_PAGE, "default": USUAL_PAGE })
        }
        ParameterKind::Number => json!({ "type": "integer", "minimum": 0 }),
        ParameterKind::Cursor | ParameterKind::Text => json!({ "type": "string" }),
    };
    json!({
        "name": parameter.name,
        "in": "query",
        "description": parameter.about,
        "required": matches!(parameter.kind, ParameterKind::RequiredFilter),
        "style": "form",
        "explode": false,
        "schema": schema,
    })
}

fn security(route: &Route) -> Value {
    match route.door {
        Door::Public(_) | Door::Page(..) => json!([]),
        Door::Proven(..) => json!([{ "token": [] }, { "session": [] }]),
        Door::Replica(_) => json!([{ "replica": [] }]),
    }
}

fn body(body: Body) -> Option<Value> {
    let json_body = |schema: Value, required: bool| {
        Some(json!({ "required": required, "content": { "application/json": { "schema": schema } } }))
    };
    match body {
        Body::None => None,
        Body::New(kind, required, optional) => json_body(new_schema(kind, required, optional), true),
        Body::Change(kind, attributes) => json_body(change_schema(kind, attributes), true),
        Body::Linkage => json_body(schemas::reference("Linkage"), true),
        Body::Json(name) => json_body(schemas::reference(name), name != "DiagnoseRequest"),
        Body::Form => Some(json!({
            "required": true,
            "content": { "application/x-www-form-urlencoded": { "schema": { "type": "object" } } },
        })),
    }
}

fn new_schema(kind: &ResourceType, required: &[&str], optional: &[&str]) -> Value {
    let names = required.iter().chain(optional);
    let attributes = json!({
        "type": "object",
        "required": required,
        "properties": names.map(|name| ((*name).to_owned(), given(kind, name))).collect::<Map<_, _>>(),
        "additionalProperties": false,
    });
    entity(kind, &attributes, &["type", "attributes"])
}

fn change_schema(kind: &ResourceType, names: &[&str]) -> Value {
    let attributes = json!({
        "type": "object",
        "properties": names.iter().map(|name| ((*name).to_owned(), given(kind, name))).collect::<Map<_, _>>(),
        "additionalProperties": false,
    });
    entity(kind, &attributes, &["type", "id"])
}

fn entity(kind: &ResourceType, attributes: &Value, required: &[&str]) -> Value {
    let mut properties = json!({
        "type": { "type": "string", "enum": [kind.name] },
        "id": { "type": "string" },
        "attributes": attributes,
    });
    if kind.relationships.iter().any(|relationship| relationship.many) {
        let linkage = schemas::reference("Linkage");
        let relationships =
            kind.relationships.iter().map(|relationship| (relationship.name.to_owned(), linkage.clone()));
        properties["relationships"] =
            json!({ "type": "object", "properties": relationships.collect::<Map<_, _>>() });
    }
    json!({
        "type": "object",
        "required": ["data"],
        "properties": { "data": { "type": "object", "required": required, "properties": properties } },
    })
}

/// What a client may give: as the type has it, or what only requests have.
fn given(kind: &ResourceType, name: &str) -> Value {
    match kind.attributes.iter().find(|attribute| attribute.name == name) {
        Some(attribute) => {
            schemas::attribute(&Attribute { nullable: false, about: attribute.about, ..*attribute })
        }
        None if name == "termsAgreed" => json!({ "type": "boolean" }),
        None if name == "withheldPermissions" => json!({ "type": "array", "items": { "type": "string" } }),
        None => schemas::form(Form::Text),
    }
}

fn responses(route: &Route) -> Value {
    let mut responses = Map::new();
    let (status, good) = good_answer(route.answer);
    responses.insert(status.to_owned(), good);
    let mut error = |status: &str, about: &str| {
        let content = json!({ "application/json": { "schema": schemas::reference("Errors") } });
        responses.insert(status.to_owned(), json!({ "description": about, "content": content }));
    };
    error("400", "The request can't be understood");
    if !matches!(route.door, Door::Public(_)) || route.path == "/v1/burn" || route.path == "/v1/diagnose" {
        error("401", "Nothing was proven");
    }
    if matches!(route.door, Door::Proven(..)) {
        error("403", "This is not open to whoever asks, or a session must prove anew who it is");
    }
    if route.path.contains('{') {
        error("404", "There is no such thing");
        error("410", "It is over");
    }
    if !matches!(route.body, Body::None) {
        error("413", "The body is too long");
        error("415", "The body is of another type");
    }
    error("409", "It is not possible as things stand, or something in the body is wrong");
    error("503", "Not at the moment");
    Value::Object(responses)
}

fn good_answer(answer: Answer) -> (&'static str, Value) {
    let told = |about: &str, kind: &str, schema: Value| json!({ "description": about, "content": { kind: { "schema": schema } } });
    let json_told = |about: &str, schema: Value| told(about, "application/json", schema);
    match answer {
        Answer::Many(kind) => ("200", json_told("A page", schemas::page_of(kind))),
        Answer::One(kind) => ("200", json_told("The resource", schemas::document_of(kind))),
        Answer::Created(kind) => {
            let mut created = json_told("What was made", schemas::document_of(kind));
            created["headers"] =
                json!({ "Location": { "description": "Where it is", "schema": { "type": "string" } } });
            ("201", created)
        }
        Answer::Nothing => ("204", json!({ "description": "Done" })),
        Answer::Linkage => ("200", json_told("The ends of the relationship", schemas::reference("Linkage"))),
        Answer::Json(name) => ("200", json_told("The answer", schemas::reference(name))),
        Answer::Other(kind) => ("200", told("The answer", kind, json!({ "type": "string" }))),
    }
}
