//! From a path to what it is about, by the table alone.

use crate::fault::Fault;
use crate::table::{Relation, ResourceType, Table};

/// What a path is about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place<'t> {
    /// `/v1/apps`
    All(&'t ResourceType),
    /// `/v1/apps/{id}`
    One(&'t ResourceType, &'t str),
    /// `/v1/apps/{id}/builds`
    Related(&'t ResourceType, &'t str, &'t Relation),
    /// `/v1/apps/{id}/relationships/builds`
    Linkage(&'t ResourceType, &'t str, &'t Relation),
    /// A list of the published API that the table does not have.
    Unlisted,
    /// Something below a resource, of which the table says nothing.
    Below(&'t ResourceType, &'t str, &'t str),
    /// A resource of the published API, of a type that the table does not have, or something below one.
    Unknown(&'t str),
}

/// What this path is about.
///
/// # Errors
/// If nothing can be there.
pub(crate) fn place<'t>(table: &'t Table, path: &'t str) -> Result<Place<'t>, Fault> {
    let nowhere = || Fault::NoSuchPath(path.to_owned());
    let rest = path.strip_prefix('/').filter(|rest| is_version(rest)).ok_or_else(nowhere)?;
    let parts: Vec<&str> = rest.split('/').collect();
    if parts.iter().any(|part| part.is_empty()) {
        return Err(nowhere());
    }
    let collection = parts.get(..2).map(|parts| path_of(path, parts)).ok_or_else(nowhere)?;
    match (table.at(collection), parts.get(2..).unwrap_or_default()) {
        (Some(kind), []) => Ok(Place::All(kind)),
        (Some(kind), [id]) => Ok(Place::One(kind, id)),
        (Some(kind), [id, name]) => Ok(match kind.relation(name) {
            Some(relation) if relation.hidden => return Err(nowhere()),
            Some(relation) => Place::Related(kind, id, relation),
            None => Place::Below(kind, id, name),
        }),
        (Some(kind), [id, "relationships", name]) => Ok(match kind.relation(name) {
            Some(relation) if relation.hidden => return Err(nowhere()),
            Some(relation) => Place::Linkage(kind, id, relation),
            None => Place::Below(kind, id, name),
        }),
        (Some(kind), [id, "metrics", name]) => Ok(Place::Below(kind, id, name)),
        (None, []) => Ok(Place::Unlisted),
        (None, [id] | [id, _] | [id, "relationships" | "metrics", _]) => Ok(Place::Unknown(id)),
        _ => Err(nowhere()),
    }
}

/// `v1/…`
fn is_version(rest: &str) -> bool {
    let version = rest.split('/').next().and_then(|first| first.strip_prefix('v'));
    version.is_some_and(|number| number.len() == 1 && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The beginning of the path that has these two parts.
fn path_of<'p>(path: &'p str, parts: &[&str]) -> &'p str {
    let length = parts.iter().map(|part| part.len() + 1).sum();
    path.get(..length).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::TABLE;

    #[test]
    fn paths_lead_where_the_table_says() {
        let at = |path| place(&TABLE, path);
        assert!(matches!(at("/v1/apps"), Ok(Place::All(kind)) if kind.name == "apps"));
        assert!(
            matches!(at("/v2/inAppPurchases/7"), Ok(Place::One(kind, "7")) if kind.name == "inAppPurchases")
        );
        assert!(
            matches!(at("/v1/apps/7/builds"), Ok(Place::Related(_, "7", relation)) if relation.to == "builds")
        );
        assert!(matches!(at("/v1/builds/7/relationships/betaGroups"), Ok(Place::Linkage(..))));
        assert!(matches!(at("/v1/thingsToCome"), Ok(Place::Unlisted)));
        for path in [
            "/v1/apps/7/thingsToCome",
            "/v1/apps/7/relationships/thingsToCome",
            "/v1/apps/7/metrics/thingsToCome",
        ] {
            assert!(
                matches!(at(path), Ok(Place::Below(kind, "7", "thingsToCome")) if kind.name == "apps"),
                "{path}"
            );
        }
        for path in ["/v1/thingsToCome/7", "/v1/thingsToCome/7/app", "/v1/thingsToCome/7/relationships/app"] {
            assert!(matches!(at(path), Ok(Place::Unknown("7"))), "{path}");
        }
        for path in [
            "/",
            "/v1",
            "/v1/",
            "/v1/apps/",
            "/apps",
            "/v1/apps/7/friends/relationships/9",
            "/vv/apps",
            "/v1//7",
            "/v1/customerReviews/7/app",
            "/v1/customerReviews/7/relationships/app",
        ] {
            assert!(matches!(at(path), Err(Fault::NoSuchPath(_))), "{path}");
        }
    }
}
