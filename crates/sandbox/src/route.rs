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
    /// A resource of the published API, of a type that the table does not have, or a list below one.
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
        (Some(kind), [id, relation]) => {
            Ok(kind.relation(relation).map_or(Place::Unlisted, |relation| Place::Related(kind, id, relation)))
        }
        (Some(kind), [id, "relationships", relation]) => {
            kind.relation(relation).map(|relation| Place::Linkage(kind, id, relation)).ok_or_else(nowhere)
        }
        (None, [] | [_, _]) => Ok(Place::Unlisted),
        (None, [id]) => Ok(Place::Unknown(id)),
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
        assert!(matches!(at("/v1/ciProducts"), Ok(Place::Unlisted)));
        assert!(matches!(at("/v1/apps/7/appClips"), Ok(Place::Unlisted)));
        assert!(matches!(at("/v1/ciProducts/7"), Ok(Place::Unknown("7"))));
        for path in [
            "/",
            "/v1",
            "/v1/",
            "/v1/apps/",
            "/apps",
            "/v1/apps/7/relationships/friends",
            "/vv/apps",
            "/v1//7",
        ] {
            assert!(matches!(at(path), Err(Fault::NoSuchPath(_))), "{path}");
        }
    }
}
