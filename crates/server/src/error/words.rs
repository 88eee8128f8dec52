//! The words that answers share, and those of parameters and entities.

use super::told::{Source, Told};
use super::{EntityFault, ParameterFault};

pub(super) const FORBIDDEN: &str = "This request is forbidden for security reasons";
pub(super) const KEY_NOT_ALLOWED: &str = "The API key in use does not allow this request";
pub(super) const STATE: &str = "The request cannot be carried out in the present state";
pub(super) const PARAMETER: &str = "A parameter has an invalid value";
pub(super) const ATTRIBUTE: &str = "The provided entity includes an attribute with an invalid value";
const UNEXPECTED: &str = "An unexpected error occurred.";
pub(super) const UPSTREAM: &str = "The API behind this server gives no answer";
pub(super) const LIMITED: &str = "The request rate limit has been reached.";
pub(super) const UNAVAILABLE: &str = "The service is not available at the moment";

pub(super) fn not_open(detail: impl Into<String>) -> Told {
    Told::new(403, "FORBIDDEN_ERROR", FORBIDDEN, detail)
}

pub(super) fn unexpected() -> Told {
    Told::new(500, "UNEXPECTED_ERROR", UNEXPECTED, "The fault is on our side and was written down there")
}

pub(super) fn no_such(resource: &str, id: &str) -> Told {
    let detail = format!("There is no resource of type '{resource}' with id '{id}'");
    Told::new(404, "NOT_FOUND", "The specified resource does not exist", detail)
}

pub(super) fn parameter(name: &str, fault: ParameterFault, detail: &str) -> Told {
    let code = match fault {
        ParameterFault::Illegal => "PARAMETER_ERROR.ILLEGAL",
        ParameterFault::Invalid => "PARAMETER_ERROR.INVALID",
        ParameterFault::Required => "PARAMETER_ERROR.REQUIRED",
    };
    Told { source: Some(Source::Parameter(name.to_owned())), ..Told::new(400, code, PARAMETER, detail) }
}

pub(super) fn entity(pointer: &str, fault: EntityFault, detail: &str) -> Told {
    let (code, title) = match fault {
        EntityFault::Required => {
            ("ENTITY_ERROR.ATTRIBUTE.REQUIRED", "The provided entity is missing a required attribute")
        }
        EntityFault::Invalid => ("ENTITY_ERROR.ATTRIBUTE.INVALID", ATTRIBUTE),
        EntityFault::Duplicate => (
            "ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE",
            "The provided entity includes an attribute with a value that has already been used",
        ),
        EntityFault::Unknown => {
            ("ENTITY_ERROR.ATTRIBUTE.UNKNOWN", "The provided entity includes an unknown attribute")
        }
        EntityFault::NotAllowed => (
            "ENTITY_ERROR.ATTRIBUTE.NOT_ALLOWED",
            "The provided entity includes an attribute that is not allowed here",
        ),
        EntityFault::NotEditable => (
            "ENTITY_ERROR.ATTRIBUTE.NOT_EDITABLE",
            "The provided entity includes an attribute that cannot be changed",
        ),
        EntityFault::OtherResource => {
            ("ENTITY_ERROR.RESOURCE.INVALID", "The provided entity is of another type or has another id")
        }
        EntityFault::Relationship => (
            "ENTITY_ERROR.RELATIONSHIP.INVALID",
            "The provided entity includes a relationship with an invalid value",
        ),
    };
    Told { source: Some(Source::Pointer(pointer.to_owned())), ..Told::new(409, code, title, detail) }
}
