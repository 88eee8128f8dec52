//! What a form says somebody shall be: roles, permissions, apps, provisioning. The same fields serve inviting
//! and changing.

use crate::console::faults::Faults;
use crate::console::form::Form;
use crate::console::visitor::TeamVisitor;
use crate::query::encoded;
use counterfoil_core::catalog::{Administration, Catalog};
use counterfoil_core::event::Sees;
use counterfoil_core::id::{AppId, RoleName};
use counterfoil_core::refusal::Refusal;
use counterfoil_core::roles::Roles;
use counterfoil_core::team::{App, Member, Team};
use std::sync::Arc;

const NO_APP: &str =
    "Tick the apps that shall be seen, or choose all apps. With none ticked, no app would be seen";

/// What somebody shall be.
#[derive(Clone, Debug)]
pub(super) struct Proposal {
    /// Roles and permissions.
    pub(super) roles: Roles,
    /// What apps are seen.
    pub(super) sees: Sees,
    /// Whether certificates and profiles may be used.
    pub(super) provisioning: bool,
}

/// The boxes to tick.
pub(crate) struct Boxes {
    /// Roles.
    pub(crate) roles: Vec<Tick>,
    /// Permissions.
    pub(crate) permissions: Vec<Tick>,
    /// The team's apps.
    pub(crate) apps: Vec<Tick>,
    /// Whether all apps are seen.
    pub(crate) all_apps: bool,
    /// Whether provisioning is allowed.
    pub(crate) provisioning: bool,
}

/// A box to tick.
pub(crate) struct Tick {
    /// What the form sends.
    pub(crate) value: String,
    /// What people read.
    pub(crate) title: String,
    /// What it means, in plain words.
    pub(crate) about: String,
    /// Whether it is ticked.
    pub(crate) ticked: bool,
    /// Whether it can't be ticked: why.
    pub(crate) shut: &'static str,
}

impl Proposal {
    /// What somebody is at present.
    pub(super) fn of(member: &Member) -> Self {
        let Member { roles, sees, provisioning_allowed, .. } = member;
        Self { roles: roles.clone(), sees: sees.clone(), provisioning: *provisioning_allowed }
    }

    /// What whoever is invited is unless something is ticked: nothing, with what usually comes with roles.
    pub(super) fn of_nobody(catalog: &Catalog) -> Self {
        let usual = catalog.permissions.iter().filter(|permission| !permission.given_with.is_empty());
        let roles = usual.map(|permission| permission.name.clone()).collect();
        Self { roles, sees: Sees::AllApps, provisioning: false }
    }

    /// What was ticked.
    pub(super) fn read(form: &Form, faults: &mut Faults) -> Self {
        let roles = form.all("role").filter_map(|name| faults.parse::<RoleName>("role", name)).collect();
        let sees = if form.text("sees") == "some" {
            Sees::Apps(form.all("app").filter_map(|app| faults.parse::<AppId>("app", app)).collect())
        } else {
            Sees::AllApps
        };
        Self { roles, sees, provisioning: form.has("provisioning") }
    }

    /// Says so if only some apps are to be seen and none is ticked: that looks like all of them to whoever forgot the
    /// ticks. Where there are no apps, nothing can be ticked.
    pub(super) fn must_see_something(&self, team: &Team, faults: &mut Faults) {
        let is_none = matches!(&self.sees, Sees::Apps(apps) if apps.is_empty());
        if is_none && !team.apps.is_empty() && faults.of("app").is_empty() {
            faults.add("app", NO_APP);
        }
    }

    /// The same for a link.
    pub(super) fn to_query(&self) -> String {
        let mut pairs: Vec<String> = self.fields().iter().map(|(name, value)| pair(name, value)).collect();
        pairs.retain(|pair| !pair.ends_with('='));
        pairs.join("&")
    }

    /// The same as fields of a form.
    pub(super) fn fields(&self) -> Vec<(&'static str, String)> {
        let mut fields: Vec<_> = self.roles.iter().map(|role| ("role", role.to_string())).collect();
        match &self.sees {
            Sees::AllApps => fields.push(("sees", "all".to_owned())),
            Sees::Apps(apps) => {
                fields.push(("sees", "some".to_owned()));
                fields.extend(apps.iter().map(|app| ("app", app.to_string())));
            }
        }
        if self.provisioning {
            fields.push(("provisioning", "yes".to_owned()));
        }
        fields
    }

    /// The boxes for it, as far as whoever ticks may.
    pub(super) fn boxes(&self, visitor: &TeamVisitor, present: &Roles) -> Boxes {
        let catalog = &visitor.catalog;
        let may = |role: &RoleName| present.contains(role) || catalog.covers(visitor.roles.as_slice(), role);
        let tick = |name: &RoleName, title: &str, about: &str| Tick {
            value: name.to_string(),
            title: title.to_owned(),
            about: about.to_owned(),
            ticked: self.roles.contains(name),
            shut: if may(name) {
                ""
            } else {
                "It opens more than you hold, and nobody gives more than they hold."
            },
        };
        let roles = catalog.roles.iter().filter(|role| !role.owns_team);
        let gone = self.roles.iter().filter(|role| !catalog.knows_role(role.as_str()));
        let gone = gone.map(|role| {
            tick(role, role.as_str(), "The catalog has no such role any more: it opens nothing.")
        });
        Boxes {
            roles: roles.map(|role| tick(&role.name, &role.title, &role.about)).chain(gone).collect(),
            permissions: catalog
                .permissions
                .iter()
                .map(|one| tick(&one.name, &one.title, &one.about))
                .collect(),
            apps: self.app_boxes(&visitor.team),
            all_apps: self.sees == Sees::AllApps,
            provisioning: self.provisioning,
        }
    }

    fn app_boxes(&self, team: &Team) -> Vec<Tick> {
        let is_seen = |id: &AppId| matches!(&self.sees, Sees::Apps(apps) if apps.contains(id));
        let tick = |(id, app): (&AppId, &Arc<App>)| Tick {
            value: id.to_string(),
            title: app.name.to_string(),
            about: app.bundle.to_string(),
            ticked: is_seen(id),
            shut: "",
        };
        team.apps.iter().map(tick).collect()
    }
}

/// Beside which field a refusal stands.
pub(super) const fn field_of(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::AppNotRegistered(_) | Refusal::SeesAllApps => "app",
        Refusal::RolesMissing
        | Refusal::RoleUnknown { .. }
        | Refusal::RoleNotAssignable { .. }
        | Refusal::GrantsMore { .. }
        | Refusal::OwnerStays { .. } => "role",
        Refusal::SelfOnly { .. } => "first",
        _ => "form",
    }
}

/// Whether one of these roles administers anything.
pub(super) fn administers(catalog: &Catalog, roles: &Roles) -> bool {
    [Administration::Keys, Administration::People, Administration::Audit]
        .iter()
        .any(|part| catalog.administers(roles.iter(), *part))
}

fn pair(name: &str, value: &str) -> String {
    format!("{name}={}", encoded(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_ticked_is_the_same_behind_a_question_mark() {
        for text in [
            "role=ADMIN&role=SALES&sees=all",
            "role=SALES&sees=some&app=1&app=2&provisioning=yes",
            "sees=some",
        ] {
            let mut faults = Faults::default();
            let proposal = Proposal::read(&Form::read(text).unwrap(), &mut faults);
            assert!(faults.is_empty());
            assert_eq!(proposal.to_query(), text);
        }
    }

    #[test]
    fn what_is_no_role_or_app_is_refused_beside_its_boxes() {
        let mut faults = Faults::default();
        let form = Form::read("role=%3Cscript%3E&sees=some&app=%2F").unwrap();
        let proposal = Proposal::read(&form, &mut faults);
        assert!(!faults.of("role").is_empty() && !faults.of("app").is_empty() && proposal.roles.is_empty());
    }
}
