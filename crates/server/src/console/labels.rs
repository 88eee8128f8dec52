//! How roles, kinds and what somebody sees are called on pages: by the catalog's titles.

use counterfoil_core::catalog::Catalog;
use counterfoil_core::event::Sees;
use counterfoil_core::id::{AppId, KindName, RoleName};
use counterfoil_core::roles::Roles;
use counterfoil_core::team::Team;

/// A role or a permission as a badge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Badge {
    /// The catalog's title; the name, if the catalog does not have it any more.
    pub(crate) title: String,
    /// The class of the badge.
    pub(crate) class: &'static str,
}

/// What a role or permission is called.
pub(crate) fn role_title<'c>(catalog: &'c Catalog, role: &'c RoleName) -> &'c str {
    let title = catalog.role(role.as_str()).map(|role| &role.title);
    let title = title.or_else(|| catalog.permission(role.as_str()).map(|permission| &permission.title));
    title.map_or(role.as_str(), String::as_str)
}

/// What roles are called, in the order of the catalog: `Admin, Developer and Sales`.
pub(crate) fn role_titles(catalog: &Catalog, roles: &Roles) -> String {
    let titles = in_order(catalog, roles).into_iter().map(|role| role_title(catalog, role).to_owned());
    joined(&titles.collect::<Vec<_>>())
}

/// Badges of the roles alone, without permissions.
pub(crate) fn role_badges(catalog: &Catalog, roles: &Roles) -> Vec<Badge> {
    let shown = in_order(catalog, roles).into_iter();
    shown
        .filter(|role| catalog.permission(role.as_str()).is_none())
        .map(|role| badge(catalog, role))
        .collect()
}

/// Badges of the permissions alone.
pub(crate) fn permission_badges(catalog: &Catalog, roles: &Roles) -> Vec<Badge> {
    let shown = in_order(catalog, roles).into_iter();
    shown
        .filter(|role| catalog.permission(role.as_str()).is_some())
        .map(|role| badge(catalog, role))
        .collect()
}

/// What a kind of key is called.
pub(crate) fn kind_title<'c>(catalog: &'c Catalog, kind: &'c KindName) -> &'c str {
    catalog.kind(kind.as_str()).map_or(kind.as_str(), |kind| kind.title.as_str())
}

/// What somebody sees: `all apps`, or the apps by name.
pub(crate) fn sight(team: &Team, sees: &Sees) -> String {
    match sees {
        Sees::AllApps => "all apps".to_owned(),
        Sees::Apps(apps) if apps.is_empty() => "no apps".to_owned(),
        Sees::Apps(apps) => {
            let name =
                |app: &AppId| team.apps.get(app).map_or_else(|| app.to_string(), |app| app.name.to_string());
            joined(&apps.iter().map(name).collect::<Vec<_>>())
        }
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn joined(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

/// `1 key`, `2 keys`.
pub(crate) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn badge(catalog: &Catalog, role: &RoleName) -> Badge {
    let class = match catalog.role(role.as_str()) {
        Some(role) if !role.administers.is_empty() => "badge accent",
        Some(_) => "badge",
        None if catalog.permission(role.as_str()).is_some() => "badge",
        None => "badge warn",
    };
    Badge { title: role_title(catalog, role).to_owned(), class }
}

/// Roles as the catalog orders them; what it does not have comes last.
fn in_order<'r>(catalog: &Catalog, roles: &'r Roles) -> Vec<&'r RoleName> {
    let known = catalog.roles.iter().map(|role| &role.name);
    let known: Vec<&RoleName> = known.chain(catalog.permissions.iter().map(|one| &one.name)).collect();
    let place = |role: &RoleName| known.iter().position(|one| *one == role).unwrap_or(usize::MAX);
    let mut ordered: Vec<&RoleName> = roles.iter().collect();
    ordered.sort_by_key(|role| place(role));
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles(names: &[&str]) -> Roles {
        names.iter().map(|name| RoleName::try_from(*name).unwrap()).collect()
    }

    #[test]
    fn roles_are_called_as_the_catalog_calls_them_in_its_order() {
        let catalog = Catalog::appstore();
        for (names, words) in [
            (vec![], ""),
            (vec!["SALES"], "Sales"),
            (vec!["SALES", "ADMIN"], "Admin and Sales"),
            (vec!["SALES", "GONE_ROLE", "ADMIN", "CREATE_APPS"], "Admin, Sales, Create Apps and GONE_ROLE"),
        ] {
            assert_eq!(role_titles(&catalog, &roles(&names)), words);
        }
    }

    #[test]
    fn a_badge_says_whether_a_role_administers_or_is_gone() {
        let catalog = Catalog::appstore();
        let held = roles(&["SALES", "GONE_ROLE", "ADMIN", "CREATE_APPS"]);
        let classes: Vec<_> = role_badges(&catalog, &held).into_iter().map(|badge| badge.class).collect();
        assert_eq!(classes, ["badge accent", "badge", "badge warn"]);
        assert_eq!(permission_badges(&catalog, &held).len(), 1);
    }
}
