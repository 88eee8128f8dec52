//! What speaks against a thing itself, whoever wants it.

use super::{Member, Objections, Team, objection, texts};
use crate::model::books::{Book, Whose};
use counterfoil_core::event::{Actor, Sees};
use counterfoil_core::team::{NewKey, SightChange};
use counterfoil_core::time::Timestamp;

impl Team {
    /// What speaks against giving these roles.
    fn against_giving(&self, book: &Book, by: Actor, roles: &[String]) -> Objections {
        let mut found = vec![];
        for role in roles {
            if role == book.owner {
                found.push("RoleNotAssignable");
            } else if !book.knows(role) {
                found.push("RoleUnknown");
            } else if !self.holds(book, by, role) {
                found.push("GrantsMore");
            }
        }
        found
    }

    pub(super) fn against_roles(&self, book: &Book, by: Actor, roles: &[String]) -> Objections {
        let none = !roles.iter().any(|role| book.role(role).is_some());
        [self.against_giving(book, by, roles), objection(none, "RolesMissing")].concat()
    }

    pub(super) fn against_change(
        &self,
        book: &Book,
        by: Actor,
        member: &Member,
        roles: &[String],
    ) -> Objections {
        let new: Vec<_> = roles.iter().filter(|role| !member.roles.contains(role)).cloned().collect();
        let none = !roles.iter().any(|role| book.role(role).is_some());
        let demoted = member.id == self.owner && !roles.iter().any(|role| role == book.owner);
        [
            self.against_giving(book, by, &new),
            objection(none && member.id != self.owner, "RolesMissing"),
            objection(demoted, "OwnerStays"),
        ]
        .concat()
    }

    pub(super) fn against_sight(&self, member: &Member, change: &SightChange) -> Objections {
        let all = objection(member.apps == ["*"], "SeesAllApps");
        match change {
            SightChange::Exactly(sees) => self.against_apps(sees),
            SightChange::Also(apps) => [all, self.against_apps(&Sees::Apps(apps.clone()))].concat(),
            SightChange::NoMore(_) => all,
        }
    }

    pub(super) fn against_apps(&self, sees: &Sees) -> Objections {
        let Sees::Apps(apps) = sees else { return vec![] };
        objection(apps.iter().any(|app| !self.has_app(app.as_str())), "AppNotRegistered")
    }

    pub(super) fn against_use(&self, invitation: &str, now: Option<Timestamp>) -> Objections {
        let Some(found) = self.invitation(invitation) else { return vec!["NoSuch"] };
        match found.state {
            "accepted" => vec!["InvitationAccepted"],
            "cancelled" => vec!["InvitationCancelled"],
            _ => objection(now.is_some_and(|now| now > found.until), "InvitationExpired"),
        }
    }

    pub(super) fn against_key(&self, book: &Book, by: Actor, new: &NewKey) -> Objections {
        let kind = book.kind(new.kind.as_str()).expect("an unknown kind is settled already");
        let mut found = objection(self.key(new.key.as_str()).is_some(), "Taken");
        found.extend(objection(kind.needs_access && self.access != "approved", "AccessNotApproved"));
        let person = match (kind.whose, by) {
            (Whose::Person(..), Actor::User(user)) => user.to_string(),
            _ => String::new(),
        };
        let mut active = 0;
        for key in &self.keys {
            if key.kind == kind.name && key.ended.is_empty() && key.person == person {
                active += 1;
            }
        }
        found.extend(objection(active >= kind.limit, "LimitReached"));
        match (kind.whose, &new.roles) {
            (Whose::TeamWith(may), Some(roles)) if !roles.is_empty() => {
                for role in texts(roles) {
                    if !book.knows(&role) {
                        found.push("RoleUnknown");
                    } else if !may.contains(&role.as_str()) {
                        found.push("RoleNotForKind");
                    } else if !self.holds(book, by, &role) {
                        found.push("GrantsMore");
                    }
                }
            }
            (Whose::TeamWith(_), _) => found.push("RolesMissing"),
            (_, roles) => found.extend(objection(roles.is_some(), "RolesNotAllowed")),
        }
        found
    }

    pub(super) fn against_download(&self, id: &str) -> Objections {
        let key = self.key(id).expect("one that is not there is settled already");
        if !key.ended.is_empty() {
            return vec!["KeyRevoked"];
        }
        match key.half {
            "here" => vec![],
            "downloaded" => vec!["AlreadyDownloaded"],
            _ => vec!["NoPrivateHalf"],
        }
    }
}
