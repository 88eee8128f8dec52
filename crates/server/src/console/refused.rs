//! What a use case refused, for whoever shows it: beside a field, or as a page, in the words of the console.

use super::labels::role_title;
use crate::error::Problem;
use counterfoil_authority::Failure;
use counterfoil_core::catalog::Catalog;
use counterfoil_core::refusal::{Limited, Refusal, Thing};

/// The rule that forbade something.
///
/// # Errors
/// Anything else that went wrong is no answer to what was typed.
pub(crate) fn refusal(failure: Failure) -> Result<Refusal, Problem> {
    match failure {
        Failure::Refused(refusal) => Ok(refusal),
        other => Err(other.into()),
    }
}

/// A rule's sentence for people: roles and permissions by their titles, and things by the words that pages have for
/// them. The rule's own words are the API's.
pub(crate) fn in_words(catalog: &Catalog, refusal: &Refusal) -> String {
    match refusal {
        Refusal::RoleMissing { act, allowed } => {
            let titles: Vec<&str> = allowed.iter().map(|role| role_title(catalog, role)).collect();
            format!("{act} needs one of these roles: {}.", titles.join(", "))
        }
        Refusal::OwnerOnly { act, owner } => {
            format!("{act} is for the {} alone.", role_title(catalog, owner))
        }
        Refusal::PermissionMissing { permission, .. } => {
            let title = role_title(catalog, permission);
            format!("This needs the permission {title}. Whoever administers your team's people can give it.")
        }
        Refusal::LimitReached { what: Limited::KeysOfTeam(_), limit } => {
            format!(
                "A team can have {limit} active keys of this sort, and yours has them. Revoke one that is not needed first."
            )
        }
        Refusal::NoSuch(thing, _) => format!("There is no such {} here.", word(*thing)),
        other => other.to_string(),
    }
}

const fn word(thing: Thing) -> &'static str {
    match thing {
        Thing::Team => "team",
        Thing::Key => "key",
        Thing::User => "person",
        Thing::Invitation => "invitation",
        Thing::App => "app",
        Thing::Replica => "replica",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use counterfoil_core::id::{KindName, RoleName};

    #[test]
    fn people_read_titles_and_words_where_programs_read_names() {
        let catalog = Catalog::appstore();
        let kind = KindName::try_from("TEAM").unwrap();
        let role = |name: &str| RoleName::try_from(name).unwrap();
        for (refusal, words) in [
            (
                Refusal::OwnerOnly { act: "This", owner: role("ACCOUNT_HOLDER") },
                "This is for the Account Holder alone.",
            ),
            (
                Refusal::PermissionMissing {
                    kind: kind.clone(),
                    permission: role("GENERATE_INDIVIDUAL_KEYS"),
                },
                "This needs the permission Generate Individual API Keys. Whoever administers your team's people can give it.",
            ),
            (
                Refusal::LimitReached { what: Limited::KeysOfTeam(kind), limit: 50 },
                "A team can have 50 active keys of this sort, and yours has them. Revoke one that is not needed first.",
            ),
            (Refusal::NoSuch(Thing::Key, "X".to_owned()), "There is no such key here."),
            (Refusal::RolesMissing, "At least one role is needed. Nothing is open without one."),
        ] {
            assert_eq!(in_words(&catalog, &refusal), words);
        }
    }
}
