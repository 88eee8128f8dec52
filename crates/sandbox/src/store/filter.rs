//! What the resources of a list must have, as conditions of a statement.

use super::list::Growing;
use rusqlite::types::Value;

/// What the resources of a list must have.
#[derive(Clone, Debug)]
pub(crate) enum Filter {
    /// One of these ids.
    Ids(Vec<String>),
    /// One of these values of an attribute.
    Attribute(String, Vec<Value>),
    /// A relation, written down here, to one of these.
    Refers(String, Vec<String>),
    /// One of these that is of another type refers to it by that relation.
    ReferredBy { kind: String, by: String, ids: Vec<String> },
    /// A relation, written down here, to one that has one of these values of an attribute.
    RefersToOne { by: String, kind: String, attribute: String, values: Vec<Value> },
    /// One of another type that refers to it by that relation, and has one of these values of an attribute.
    ReferredByOne { kind: String, by: String, attribute: String, values: Vec<Value> },
    /// One of another type that refers to it by that relation, and to one of these by another.
    ReferredBeside { kind: String, by: String, beyond: String, ids: Vec<String> },
    /// A moment that is not before this one; or is.
    Since { name: String, moment: String, is: bool },
    /// A relation, written down here, to one of which another leads to one of these.
    RefersBeyond { by: String, kind: String, beyond: String, ids: Vec<String> },
    /// A value of an attribute; or none.
    HasValue(String, bool),
    /// Something to which a relation, written down here, leads; or nothing.
    Leads(String, bool),
    /// Something of another type that refers to it by that relation; or nothing.
    IsReferred { kind: String, by: String, is: bool },
}

/// Leaves of a list what this says.
pub(super) fn narrow(sql: &mut Growing, team: &str, kind: &str, filter: &Filter) {
    let team = sql.value(team.to_owned());
    let condition = match filter {
        Filter::Ids(ids) => {
            // One value, however many ids there are: a rule may have found more than a statement takes.
            let (kind, ids) =
                (sql.value(kind.to_owned()), sql.value(serde_json::Value::from(ids.clone()).to_string()));
            format!(
                "r.number IN (SELECT i.number FROM resources i WHERE i.team = {team} AND i.type = {kind}
                AND i.id IN (SELECT value FROM json_each({ids})))"
            )
        }
        Filter::Attribute(name, values) => {
            let (kind, name) = (sql.value(kind.to_owned()), sql.value(name.clone()));
            let values = sql.values(values.iter().cloned());
            format!(
                "r.number IN (SELECT f.number FROM facets f WHERE f.team = {team} AND f.type = {kind} AND f.name = {name} AND f.value IN ({values}))"
            )
        }
        Filter::Refers(by, ids) => {
            let (kind, by) = (sql.value(kind.to_owned()), sql.value(by.clone()));
            let ids = sql.values(ids.iter().cloned());
            format!(
                "r.number IN (SELECT k.owner FROM links k WHERE k.team = {team} AND k.target_id IN ({ids}) AND k.owner_type = {kind} AND k.name = {by})"
            )
        }
        Filter::ReferredBy { kind: owner, by, ids } => {
            let (owner, by) = (sql.value(owner.clone()), sql.value(by.clone()));
            let ids = sql.values(ids.iter().cloned());
            format!(
                "r.id IN (SELECT k.target_id FROM resources o JOIN links k ON k.owner = o.number AND k.name = {by} WHERE o.team = {team} AND o.type = {owner} AND o.id IN ({ids}))"
            )
        }
        Filter::RefersToOne { by, kind: other, attribute, values } => {
            let (kind, by) = (sql.value(kind.to_owned()), sql.value(by.clone()));
            let (other, attribute) = (sql.value(other.clone()), sql.value(attribute.clone()));
            let values = sql.values(values.iter().cloned());
            format!(
                "r.number IN (SELECT k.owner FROM facets f JOIN resources o ON o.number = f.number
                JOIN links k ON k.team = {team} AND k.target_type = {other} AND k.target_id = o.id
                AND k.owner_type = {kind} AND k.name = {by}
                WHERE f.team = {team} AND f.type = {other} AND f.name = {attribute} AND f.value IN ({values}))"
            )
        }
        Filter::ReferredByOne { kind: other, by, attribute, values } => {
            let (kind, by) = (sql.value(kind.to_owned()), sql.value(by.clone()));
            let (other, attribute) = (sql.value(other.clone()), sql.value(attribute.clone()));
            let values = sql.values(values.iter().cloned());
            format!(
                "r.id IN (SELECT k.target_id FROM facets f JOIN links k ON k.owner = f.number AND k.name = {by}
                AND k.target_type = {kind}
                WHERE f.team = {team} AND f.type = {other} AND f.name = {attribute} AND f.value IN ({values}))"
            )
        }
        Filter::ReferredBeside { kind: other, by, beyond, ids } => {
            let (kind, by) = (sql.value(kind.to_owned()), sql.value(by.clone()));
            let (other, beyond) = (sql.value(other.clone()), sql.value(beyond.clone()));
            let ids = sql.values(ids.iter().cloned());
            format!(
                "EXISTS (SELECT 1 FROM links k JOIN links b ON b.owner = k.owner AND b.name = {beyond}
                WHERE k.team = {team} AND k.target_type = {kind} AND k.target_id = r.id AND k.owner_type = {other}
                AND k.name = {by} AND b.target_id IN ({ids}))"
            )
        }
        Filter::Since { name, moment, is } => {
            let (name, moment) = (sql.value(name.clone()), sql.value(moment.clone()));
            let than = if *is { ">=" } else { "<" };
            format!(
                "EXISTS (SELECT 1 FROM facets f WHERE f.number = r.number AND f.name = {name}
                AND julianday(f.value) {than} julianday({moment}))"
            )
        }
        Filter::RefersBeyond { by, kind: other, beyond, ids } => {
            let (by, other) = (sql.value(by.clone()), sql.value(other.clone()));
            let beyond = sql.value(beyond.clone());
            let ids = sql.values(ids.iter().cloned());
            format!(
                "EXISTS (SELECT 1 FROM links k JOIN resources o ON o.team = {team} AND o.type = {other}
                AND o.id = k.target_id JOIN links b ON b.owner = o.number AND b.name = {beyond}
                WHERE k.owner = r.number AND k.name = {by} AND b.target_id IN ({ids}))"
            )
        }
        Filter::HasValue(name, is) => {
            let name = sql.value(name.clone());
            exists(
                *is,
                &format!(
                    "SELECT 1 FROM facets f WHERE f.number = r.number AND f.name = {name} AND f.value <> ''"
                ),
            )
        }
        Filter::Leads(by, is) => {
            let by = sql.value(by.clone());
            exists(*is, &format!("SELECT 1 FROM links k WHERE k.owner = r.number AND k.name = {by}"))
        }
        Filter::IsReferred { kind: other, by, is } => {
            let (kind, by) = (sql.value(kind.to_owned()), sql.value(by.clone()));
            let other = sql.value(other.clone());
            exists(
                *is,
                &format!(
                    "SELECT 1 FROM links k WHERE k.team = {team} AND k.target_type = {kind}
                    AND k.target_id = r.id AND k.owner_type = {other} AND k.name = {by}"
                ),
            )
        }
    };
    sql.condition(condition);
}

fn exists(is: bool, what: &str) -> String {
    format!("{} ({what})", if is { "EXISTS" } else { "NOT EXISTS" })
}
