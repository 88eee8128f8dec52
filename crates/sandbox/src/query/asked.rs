//! Filters and orders, as a request names them and the table has them.

use super::bad;
use crate::fault::Fault;
use crate::store::{Filter, Order};
use crate::table::{Attribute, Kind, Relation, ResourceType, Table, Way};
use rusqlite::types::Value;

/// The filter that this parameter is, if the table has it.
///
/// # Errors
/// If it has none, or not with these values.
pub(super) fn filter(
    name: &str,
    of: &str,
    values: &[String],
    table: &Table,
    kind: &ResourceType,
) -> Result<Filter, Fault> {
    let unknown = || Fault::UnknownParameter(name.to_owned());
    if of == "id" {
        return Ok(Filter::Ids(values.to_vec()));
    }
    if let Some((by, attribute)) = of.split_once('.') {
        let relation = kind.relation(by).ok_or_else(unknown)?;
        if let Some(filter) = behind(table, relation, attribute, values) {
            return Ok(filter);
        }
        let there = table.of(&relation.to).and_then(|other| other.attribute(attribute));
        let there = there.filter(|attribute| attribute.filter).ok_or_else(unknown)?;
        let values = typed(name, there, values)?;
        let (kind, attribute) = (relation.to.clone(), attribute.to_owned());
        return match &relation.way {
            Way::One => Ok(Filter::RefersToOne { by: by.to_owned(), kind, attribute, values }),
            Way::OneThatRefersBy(by) | Way::ManyThatReferBy(by) => {
                Ok(Filter::ReferredByOne { kind, by: by.clone(), attribute, values })
            }
            _ => Err(unknown()),
        };
    }
    if let Some(attribute) = kind.attribute(of).filter(|attribute| attribute.filter) {
        return Ok(Filter::Attribute(of.to_owned(), typed(name, attribute, values)?));
    }
    if let Some(relation) = kind.relation(of).filter(|relation| relation.filter) {
        return Ok(by_relation(relation, values));
    }
    if let Some(filter) = since(name, of, values, kind)? {
        return Ok(filter);
    }
    beyond(kind, of, values).ok_or_else(unknown)
}

/// A filter by where the one leads to which a resource leads.
fn behind(table: &Table, relation: &Relation, name: &str, ids: &[String]) -> Option<Filter> {
    let there = table.of(&relation.to)?.relation(name)?;
    let is_written = |relation: &Relation| matches!(relation.way, Way::One | Way::Many);
    (relation.filter && there.filter && is_written(relation) && is_written(there)).then(|| {
        let (by, kind, beyond) = (relation.name.clone(), relation.to.clone(), name.to_owned());
        Filter::RefersBeyond { by, kind, beyond, ids: ids.to_vec() }
    })
}

/// A filter by a moment: `createdDateLessThan`, `createdDateGreaterThanOrEqualTo`.
///
/// # Errors
/// If it is none.
fn since(name: &str, of: &str, values: &[String], kind: &ResourceType) -> Result<Option<Filter>, Fault> {
    let from = of.strip_suffix("GreaterThanOrEqualTo").map(|attribute| (attribute, true));
    let found = from.or_else(|| of.strip_suffix("LessThan").map(|attribute| (attribute, false)));
    let Some((attribute, is)) = found else { return Ok(None) };
    if !kind.attribute(attribute).is_some_and(|attribute| attribute.range) {
        return Ok(None);
    }
    let [moment] = values else { return Err(bad(name, "It must be one moment")) };
    match Kind::Time.refuses(&moment.as_str().into()) {
        Some(why) => Err(bad(name, why)),
        None => Ok(Some(Filter::Since { name: attribute.to_owned(), moment: with_colon(moment), is })),
    }
}

/// The store reads zones such as `+01:00`, and clients write `+0100` too.
fn with_colon(moment: &str) -> String {
    match moment.split_at_checked(moment.len().saturating_sub(5)) {
        Some((clock, zone)) if zone.starts_with(['+', '-']) && !zone.contains(':') => {
            let (hours, minutes) = zone.split_at(3);
            format!("{clock}{hours}:{minutes}")
        }
        _ => moment.to_owned(),
    }
}

/// A filter by where those lead that refer to a resource.
fn beyond(kind: &ResourceType, of: &str, ids: &[String]) -> Option<Filter> {
    let relation = kind.relations.iter().find(|it| it.filter_beyond.as_deref() == Some(of))?;
    let Way::ManyThatReferBy(by) = &relation.way else { return None };
    let (kind, by, beyond) = (relation.to.clone(), by.clone(), of.to_owned());
    Some(Filter::ReferredBeside { kind, by, beyond, ids: ids.to_vec() })
}

/// A filter by whether there is something.
///
/// # Errors
/// If the table has none, or it says neither true nor false.
pub(super) fn exists(name: &str, of: &str, values: &[String], kind: &ResourceType) -> Result<Filter, Fault> {
    let is = match values {
        [one] if one == "true" => true,
        [one] if one == "false" => false,
        _ => return Err(bad(name, "It must be true or false")),
    };
    if kind.attribute(of).is_some_and(|attribute| attribute.exists) {
        return Ok(Filter::HasValue(of.to_owned(), is));
    }
    let relation = kind.relations.iter().find(|it| it.exists.as_deref() == Some(of));
    let relation = relation.ok_or_else(|| Fault::UnknownParameter(name.to_owned()))?;
    Ok(match &relation.way {
        Way::OneThatRefersBy(by) | Way::ManyThatReferBy(by) => {
            Filter::IsReferred { kind: relation.to.clone(), by: by.clone(), is }
        }
        _ => Filter::Leads(relation.name.clone(), is),
    })
}

/// By what this name of a request puts a list in order, if the table says so.
pub(super) fn order(table: &Table, kind: &ResourceType, name: &str) -> Option<Order> {
    if let Some(attribute) = kind.attribute(name).filter(|attribute| attribute.sort) {
        return Some(numbers_of(attribute, Order::Attribute(name.to_owned())));
    }
    if name == "id" && kind.sort_by_id {
        return Some(Order::Id);
    }
    let relation = kind.relation(name)?;
    let attribute = table.of(&relation.to)?.attribute(relation.sort.as_ref()?)?;
    Some(numbers_of(attribute, Order::Of { by: name.to_owned(), attribute: attribute.name.clone() }))
}

fn numbers_of(attribute: &Attribute, order: Order) -> Order {
    if attribute.kind == Kind::Version { Order::Numbers(Box::new(order)) } else { order }
}

fn by_relation(relation: &Relation, ids: &[String]) -> Filter {
    let ids = ids.to_vec();
    match &relation.way {
        Way::OneThatRefersBy(by) | Way::ManyThatReferBy(by) => {
            Filter::ReferredBy { kind: relation.to.clone(), by: by.clone(), ids }
        }
        Way::One | Way::Many | Way::OneWorkedOut | Way::ManyWorkedOut => {
            Filter::Refers(relation.name.clone(), ids)
        }
    }
}

fn typed(name: &str, attribute: &Attribute, values: &[String]) -> Result<Vec<Value>, Fault> {
    let one = |value: &String| match &attribute.kind {
        Kind::Number => match value.parse() {
            Ok(number) => Ok(Value::Integer(number)),
            Err(_) => Err(bad(name, format!("'{value}' is not a whole number"))),
        },
        Kind::OneOf(words) | Kind::SomeOf(words) if !words.contains(value) => {
            Err(bad(name, format!("'{value}' is not a valid value; it may be {}", words.join(", "))))
        }
        Kind::Flag if value != "true" && value != "false" => {
            Err(bad(name, format!("'{value}' is neither true nor false")))
        }
        _ => Ok(Value::Text(value.clone())),
    };
    values.iter().map(one).collect()
}
