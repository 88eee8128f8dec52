//! What documents look like.

use crate::api::{
    access_requests, actors, advice, api_keys, audit_events, key_in_use, refusals, registered_apps,
    user_invitations, users, uses, visible_apps,
};
use crate::resource::{Attribute, Form, Relationship, ResourceType};
use serde_json::{Map, Value, json};

/// All types of resources.
pub(crate) static TYPES: &[&ResourceType] = &[
    &api_keys::TYPE,
    &advice::TYPE,
    &uses::TYPE,
    &key_in_use::TYPE,
    &users::TYPE,
    &visible_apps::TYPE,
    &user_invitations::TYPE,
    &actors::TYPE,
    &access_requests::TYPE,
    &audit_events::TYPE,
    &refusals::TYPE,
    &registered_apps::TYPE,
];

/// All schemas that have a name.
pub(super) fn all() -> Value {
    let mut schemas = others();
    for kind in TYPES {
        schemas[kind.name] = resource(kind);
    }
    schemas
}

/// A schema by its name.
pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// A page of resources.
pub(super) fn page_of(kind: &ResourceType) -> Value {
    json!({
        "type": "object",
        "required": ["data", "links", "meta"],
        "properties": {
            "data": { "type": "array", "items": reference(kind.name) },
            "included": { "type": "array", "items": { "type": "object" } },
            "links": reference("PageLinks"),
            "meta": reference("Paging"),
        },
    })
}

/// One resource.
pub(super) fn document_of(kind: &ResourceType) -> Value {
    json!({
        "type": "object",
        "required": ["data", "links"],
        "properties": {
            "data": reference(kind.name),
            "included": { "type": "array", "items": { "type": "object" } },
            "links": reference("SelfLink"),
        },
    })
}

/// An attribute.
pub(super) fn attribute(attribute: &Attribute) -> Value {
    let mut schema = form(attribute.form);
    if attribute.nullable {
        schema["type"] = json!([schema["type"], "null"]);
        if let Some(names) = schema["enum"].as_array_mut() {
            names.push(Value::Null);
        }
    }
    schema["description"] = attribute.about.into();
    schema
}

/// A form of values. What is told as an object may be a list of them.
pub(super) fn form(form: Form) -> Value {
    match form {
        Form::Text => json!({ "type": "string" }),
        Form::OneOf(names) => json!({ "type": "string", "enum": names }),
        Form::Date => json!({ "type": "string", "format": "date-time" }),
        Form::Bool => json!({ "type": "boolean" }),
        Form::Number => json!({ "type": "integer" }),
        Form::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        Form::Object => json!({ "type": "object" }),
        Form::Objects => json!({ "type": "array", "items": { "type": "object" } }),
    }
}

fn resource(kind: &ResourceType) -> Value {
    let attributes = kind.attributes.iter().map(|part| (part.name.to_owned(), attribute(part)));
    let mut properties = json!({
        "type": { "type": "string", "enum": [kind.name] },
        "id": { "type": "string" },
        "attributes": {
            "type": "object",
            "properties": attributes.collect::<Map<_, _>>(),
            "additionalProperties": false,
        },
        "links": reference("SelfLink"),
    });
    if !kind.relationships.is_empty() {
        let relationships = kind.relationships.iter().map(|part| (part.name.to_owned(), relationship(part)));
        properties["relationships"] =
            json!({ "type": "object", "properties": relationships.collect::<Map<_, _>>() });
    }
    json!({ "type": "object", "required": ["type", "id", "attributes"], "properties": properties })
}

fn relationship(relationship: &Relationship) -> Value {
    let end = json!({
        "type": "object",
        "required": ["type", "id"],
        "properties": { "type": { "type": "string", "enum": [relationship.leads_to] }, "id": { "type": "string" } },
    });
    let data = if relationship.many {
        json!({ "type": "array", "items": end })
    } else {
        json!({ "oneOf": [end, { "type": "null" }] })
    };
    json!({ "type": "object", "properties": { "data": data, "links": { "type": "object" } } })
}

fn others() -> Value {
    let text = json!({ "type": "string" });
    let or_null = |kind: &str| json!({ "type": [kind, "null"] });
    let object = |required: &[&str], properties: Value| json!({ "type": "object", "required": required, "properties": properties });
    let list = |items: Value| json!({ "type": "array", "items": items });
    let end = object(&["type", "id"], json!({ "type": text, "id": text }));
    let check = object(
        &["name", "ok", "expected", "found", "hint"],
        json!({ "name": text, "ok": or_null("boolean"), "expected": text, "found": text, "hint": or_null("string") }),
    );
    let leak = object(
        &["status", "keyId", "team", "lastUsed"],
        json!({
            "status": { "type": "string", "enum": ["ACTIVE", "REVOKED", "UNKNOWN"] },
            "keyId": or_null("string"),
            "team": or_null("object"),
            "lastUsed": or_null("string"),
        }),
    );
    let find = json!({ "type": "object", "required": ["token"], "properties": { "token": text }, "additionalProperties": false });
    let jwk = ["kty", "crv", "x", "y", "kid", "alg", "use"];
    json!({
        "Errors": object(&["errors"], json!({ "errors": { "type": "array", "minItems": 1, "items": reference("Error") } })),
        "Error": object(&["status", "code", "title", "detail"], json!({
            "id": text,
            "status": text,
            "code": text,
            "title": text,
            "detail": text,
            "source": { "type": "object" },
            "links": { "type": "object" },
            "meta": { "type": "object" },
        })),
        "SelfLink": object(&["self"], json!({ "self": text })),
        "PageLinks": object(&["self"], json!({ "self": text, "next": text })),
        "Paging": object(&["paging"], json!({
            "paging": object(&["total", "limit"], json!({ "total": { "type": "integer" }, "limit": { "type": "integer" } })),
        })),
        "Linkage": object(&["data"], json!({ "data": list(end) })),
        "Health": object(&["status"], json!({ "status": text })),
        "Description": { "type": "object" },
        "DiagnoseRequest": {
            "type": "object",
            "required": ["method", "path"],
            "properties": { "method": text, "path": text },
            "additionalProperties": false,
        },
        "Diagnosis": object(
            &["serverTime", "proven", "checks"],
            json!({ "serverTime": text, "proven": { "type": "boolean" }, "checks": list(check) }),
        ),
        "Burned": object(&["data"], json!({ "data": { "type": "object" } })),
        "LeakReport": {
            "type": "object",
            "required": ["finds"],
            "properties": { "finds": list(find) },
            "additionalProperties": false,
        },
        "LeakResults": object(&["results"], json!({ "results": list(leak) })),
        "Feed": object(&["epoch", "head", "time", "through"], json!({
            "epoch": text,
            "head": { "type": "integer" },
            "time": text,
            "through": { "type": "object" },
            "catalog": or_null("object"),
            "teams": list(json!({ "type": "object" })),
            "facts": list(json!({ "type": "object" })),
        })),
        "UsageReport": object(&["instance", "batch"], json!({
            "instance": text,
            "batch": { "type": "integer", "minimum": 1 },
            "uses": list(json!({ "type": "object" })),
            "last": list(json!({ "type": "object" })),
            "expiries": list(json!({ "type": "object" })),
        })),
        "Jwks": object(&["keys"], json!({
            "keys": list(object(&jwk, jwk.iter().map(|name| ((*name).to_owned(), text.clone())).collect::<Map<_, _>>().into())),
        })),
    })
}
