//! A team the naive way: lists, texts, and loops over all of it.

mod against;
mod deeds;

use super::books::{Book, Whose};
use counterfoil_core::event::{Actor, Sees};
use counterfoil_core::roles::Roles;
use counterfoil_core::team::{Command, NewMember};
use counterfoil_core::time::Timestamp;

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Team {
    pub(crate) standing: &'static str,
    pub(crate) access: &'static str,
    pub(crate) owner: String,
    pub(crate) members: Vec<Member>,
    pub(crate) invitations: Vec<Invitation>,
    pub(crate) apps: Vec<String>,
    pub(crate) keys: Vec<Key>,
    pub(crate) rotation: String,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Member {
    pub(crate) id: String,
    pub(crate) roles: Vec<String>,
    pub(crate) apps: Vec<String>,
    pub(crate) provisioning: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Invitation {
    pub(crate) id: String,
    pub(crate) roles: Vec<String>,
    pub(crate) apps: Vec<String>,
    pub(crate) provisioning: bool,
    pub(crate) until: Timestamp,
    pub(crate) state: &'static str,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    /// The member, or nothing for a key of the team.
    pub(crate) person: String,
    pub(crate) roles: Vec<String>,
    pub(crate) half: &'static str,
    pub(crate) made_by: Actor,
    /// By whom and why, or nothing as long as it is active.
    pub(crate) ended: String,
}

type Objections = Vec<&'static str>;

impl Team {
    /// As it is on its first day.
    pub(crate) fn new(book: &Book, owner: &str) -> Self {
        let mut roles = vec![book.owner.to_owned()];
        for (permission, with) in book.permissions {
            if with.contains(&book.owner) {
                roles.push((*permission).to_owned());
            }
        }
        roles.sort();
        let first = Member { id: owner.to_owned(), roles, apps: vec!["*".into()], provisioning: true };
        Self {
            standing: "active",
            access: if book.reviewed { "none" } else { "approved" },
            owner: owner.to_owned(),
            members: vec![first],
            rotation: "365".into(),
            ..Self::default()
        }
    }

    /// All that speaks against it. Who may not do a thing learns nothing else about it.
    pub(crate) fn objections(&self, book: &Book, by: Actor, command: &Command, now: Timestamp) -> Objections {
        let mut found = self.standstill(by, command);
        let who = self.who(book, by, command);
        if who.is_empty() {
            found.extend(self.what(book, by, command, now));
        }
        found.extend(who);
        found
    }

    fn standstill(&self, by: Actor, command: &Command) -> Objections {
        let erases_a_person = by == Actor::Operator && matches!(command, Command::RemoveMember { .. });
        let ends_keys =
            erases_a_person || matches!(command, Command::Revoke { .. } | Command::EraseHalf { .. });
        let of_operator =
            matches!(command, Command::Resume | Command::Close { .. } | Command::WithdrawAccess { .. });
        match self.standing {
            "suspended" if !ends_keys && !of_operator => vec!["TeamSuspended"],
            "closed" if !ends_keys => vec!["TeamClosed"],
            _ => vec![],
        }
    }

    fn who(&self, book: &Book, by: Actor, command: &Command) -> Objections {
        let is_owner = by == self.owner_actor();
        match command {
            Command::RequestAccess { .. } => objection(!is_owner, "OwnerOnly"),
            Command::TransferOwnership { .. } => objection(!is_owner && by != Actor::Operator, "OwnerOnly"),
            Command::ApproveAccess
            | Command::DeclineAccess { .. }
            | Command::WithdrawAccess { .. }
            | Command::Suspend { .. }
            | Command::Resume
            | Command::Close { .. }
            | Command::EraseHalf { .. } => objection(by != Actor::Operator, "OperatorOnly"),
            Command::Invite { .. }
            | Command::CancelInvitation { .. }
            | Command::ChangeMember { .. }
            | Command::RemoveMember { .. }
            | Command::RegisterApp { .. }
            | Command::RemoveApp { .. } => self.administers(book, by, "people"),
            Command::SetRotationAge { .. } => self.administers(book, by, "keys"),
            Command::Join { .. } => vec![],
            Command::GenerateKey(new) => self.who_generates(book, by, new.kind.as_str()),
            Command::Download { key } => self.who_downloads(book, by, key.as_str()),
            Command::Revoke { keys, .. } => {
                objection(keys.iter().any(|key| !self.sees_key(book, by, key.as_str())), "NoSuch")
            }
        }
    }

    fn what(&self, book: &Book, by: Actor, command: &Command, now: Timestamp) -> Objections {
        match command {
            Command::RequestAccess { terms_agreed } => [
                objection(self.access == "requested" || self.access == "approved", "AccessPending"),
                objection(!terms_agreed, "TermsNotAgreed"),
            ]
            .concat(),
            Command::ApproveAccess | Command::DeclineAccess { .. } => {
                objection(self.access != "requested", "AccessNotRequested")
            }
            Command::WithdrawAccess { .. } => objection(self.access != "approved", "AccessNotThere"),
            Command::Suspend { .. }
            | Command::Close { .. }
            | Command::Revoke { .. }
            | Command::SetRotationAge { .. } => vec![],
            Command::Resume => objection(self.standing != "suspended", "TeamNotSuspended"),
            Command::TransferOwnership { to } => [
                objection(self.member(&to.to_string()).is_none(), "NoSuch"),
                objection(to.to_string() == self.owner, "OwnerAlready"),
            ]
            .concat(),
            Command::Invite { invitation, as_member, withheld, .. } => [
                objection(self.invitation(&invitation.to_string()).is_some(), "Taken"),
                self.against_roles(book, by, &offered(book, as_member, withheld)),
                self.against_apps(&as_member.sees),
            ]
            .concat(),
            Command::CancelInvitation { invitation } => self.against_use(&invitation.to_string(), None),
            Command::Join { invitation, member } => [
                self.against_use(&invitation.to_string(), Some(now)),
                objection(self.member(&member.to_string()).is_some(), "Taken"),
            ]
            .concat(),
            Command::ChangeMember { member, roles, sees, .. } => {
                let Some(member) = self.member(&member.to_string()) else { return vec!["NoSuch"] };
                let roles = roles
                    .as_ref()
                    .map_or(vec![], |roles| self.against_change(book, by, member, &texts(roles)));
                [roles, sees.as_ref().map_or(vec![], |change| self.against_sight(member, change))].concat()
            }
            Command::RemoveMember { member } => [
                objection(self.member(&member.to_string()).is_none(), "NoSuch"),
                objection(member.to_string() == self.owner, "OwnerStays"),
            ]
            .concat(),
            Command::RegisterApp { app, .. } => objection(self.has_app(app.as_str()), "Taken"),
            Command::RemoveApp { app } => objection(!self.has_app(app.as_str()), "NoSuch"),
            Command::GenerateKey(new) => self.against_key(book, by, new),
            Command::Download { key } => self.against_download(key.as_str()),
            Command::EraseHalf { key } => objection(self.key(key.as_str()).is_none(), "NoSuch"),
        }
    }

    fn owner_actor(&self) -> Actor {
        Actor::User(self.owner.as_str().try_into().expect("an id"))
    }

    pub(crate) fn member(&self, id: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.id == id)
    }

    fn invitation(&self, id: &str) -> Option<&Invitation> {
        self.invitations.iter().find(|invitation| invitation.id == id)
    }

    pub(crate) fn key(&self, id: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.id == id)
    }

    fn has_app(&self, app: &str) -> bool {
        self.apps.iter().any(|known| known == app)
    }

    /// The person who acts, in person or by a key that is not revoked.
    fn person(&self, by: Actor) -> Option<&Member> {
        match by {
            Actor::User(user) => self.member(&user.to_string()),
            Actor::ApiKey(key) => {
                let key = self.key(key.as_str()).filter(|key| key.ended.is_empty())?;
                self.member(&key.person)
            }
            Actor::Operator | Actor::Holder(_) => None,
        }
    }

    /// The roles of whoever acts; nothing if that is nobody of the team.
    fn roles_of(&self, by: Actor) -> Option<Vec<String>> {
        if let Some(person) = self.person(by) {
            return Some(person.roles.clone());
        }
        let Actor::ApiKey(key) = by else { return None };
        self.key(key.as_str()).filter(|key| key.ended.is_empty()).map(|key| key.roles.clone())
    }

    fn administers(&self, book: &Book, by: Actor, what: &str) -> Objections {
        if by == Actor::Operator {
            return vec![];
        }
        let Some(roles) = self.roles_of(by) else { return vec!["Stranger"] };
        for role in roles.iter().filter_map(|role| book.role(role)) {
            if what == "people" && role.people || what == "keys" && role.keys {
                return vec![];
            }
        }
        vec!["RoleMissing"]
    }

    /// Administrators of keys and the operator see all keys; everybody their own.
    fn sees_key(&self, book: &Book, by: Actor, id: &str) -> bool {
        let Some(key) = self.key(id) else { return false };
        let own = self.person(by).is_some_and(|person| person.id == key.person);
        let held = matches!(by, Actor::Holder(held) if held.as_str() == id);
        own || held || self.administers(book, by, "keys").is_empty()
    }

    fn who_generates(&self, book: &Book, by: Actor, kind: &str) -> Objections {
        let Some(kind) = book.kind(kind) else { return vec!["KindUnknown"] };
        let Whose::Person(roles_for_it, permission) = kind.whose else {
            return if by == Actor::Operator {
                vec!["RoleMissing"]
            } else {
                self.administers(book, by, "keys")
            };
        };
        let Actor::User(user) = by else { return vec!["SelfOnly"] };
        let Some(member) = self.member(&user.to_string()) else { return vec!["Stranger"] };
        if !member.roles.iter().any(|role| roles_for_it.contains(&role.as_str())) {
            return vec!["RoleMissing"];
        }
        let lacks = permission.is_some_and(|permission| !member.roles.iter().any(|role| role == permission));
        objection(lacks, "PermissionMissing")
    }

    fn who_downloads(&self, book: &Book, by: Actor, id: &str) -> Objections {
        let Some(key) = self.key(id).filter(|_| self.sees_key(book, by, id)) else { return vec!["NoSuch"] };
        if !key.person.is_empty() {
            let in_person = matches!(by, Actor::User(user) if user.to_string() == key.person);
            return objection(!in_person, "SelfOnly");
        }
        if by == Actor::Operator { vec!["RoleMissing"] } else { self.administers(book, by, "keys") }
    }

    /// Whether whoever acts has all that this role opens and administers. The operator gives what it likes.
    fn holds(&self, book: &Book, by: Actor, role: &str) -> bool {
        let held = self.roles_of(by).unwrap_or_default();
        if by == Actor::Operator || held.iter().any(|held| held == role) {
            return true;
        }
        let held: Vec<_> = held.iter().filter_map(|role| book.role(role)).collect();
        let Some(role) = book.role(role) else { return held.iter().any(|held| held.people) };
        let most = |group: usize| held.iter().map(|held| held.opens[group]).max().unwrap_or_default();
        role.opens.iter().enumerate().all(|(group, grade)| *grade <= most(group))
            && (!role.keys || held.iter().any(|held| held.keys))
            && (!role.people || held.iter().any(|held| held.people))
            && (!role.audit || held.iter().any(|held| held.audit))
    }
}

fn objection(holds: bool, word: &'static str) -> Objections {
    if holds { vec![word] } else { vec![] }
}

/// The roles that come with an invitation.
fn offered(book: &Book, new: &NewMember, withheld: &Roles) -> Vec<String> {
    let mut roles = texts(&new.roles);
    for (permission, with) in book.permissions {
        let usual = new.roles.iter().any(|role| with.contains(&role.as_str()));
        if usual && !withheld.iter().any(|role| role.as_str() == *permission) {
            roles.push((*permission).to_owned());
        }
    }
    roles.sort();
    roles.dedup();
    roles
}

pub(crate) fn texts(roles: &Roles) -> Vec<String> {
    let mut texts: Vec<_> = roles.iter().map(ToString::to_string).collect();
    texts.sort();
    texts
}

/// The apps that are seen; `*` for all there are and will be.
pub(crate) fn seen(sees: &Sees) -> Vec<String> {
    match sees {
        Sees::AllApps => vec!["*".into()],
        Sees::Apps(apps) => apps.iter().map(ToString::to_string).collect(),
    }
}
