//! What a command does to a team, once nothing speaks against it.

use super::{Invitation, Key, Member, Team, offered, seen, texts};
use crate::model::books::{Book, Whose};
use counterfoil_core::event::{Actor, PrivateHalfAt};
use counterfoil_core::roles::Roles;
use counterfoil_core::team::{Command, NewKey, SightChange};

impl Team {
    /// Does it, and says whether anything is other than before.
    pub(crate) fn carry_out(&mut self, book: &Book, by: Actor, command: &Command) -> bool {
        let before = self.clone();
        match command {
            Command::RequestAccess { .. } => {
                self.access = if book.reviewed { "requested" } else { "approved" }
            }
            Command::ApproveAccess => self.access = "approved",
            Command::DeclineAccess { .. } | Command::WithdrawAccess { .. } => self.access = "declined",
            Command::Suspend { .. } => self.standing = "suspended",
            Command::Resume => self.standing = "active",
            Command::Close { .. } => self.standing = "closed",
            Command::TransferOwnership { to } => self.hand_over(book, by, &to.to_string()),
            Command::Invite { invitation, as_member, withheld, expires_at } => {
                self.invitations.push(Invitation {
                    id: invitation.to_string(),
                    roles: offered(book, as_member, withheld),
                    apps: seen(&as_member.sees),
                    provisioning: as_member.provisioning_allowed,
                    until: *expires_at,
                    state: "open",
                });
            }
            Command::CancelInvitation { invitation } => {
                self.close_invitation(&invitation.to_string(), "cancelled");
            }
            Command::Join { invitation, member } => self.join(&invitation.to_string(), &member.to_string()),
            Command::ChangeMember { member, roles, sees, provisioning_allowed } => {
                self.change(&member.to_string(), roles.as_ref(), sees.as_ref(), *provisioning_allowed);
                self.end_keys_that_may_not_be(book, by);
            }
            Command::RemoveMember { member } => self.remove(by, &member.to_string()),
            Command::SetRotationAge { age } => self.rotation = age.to_string(),
            Command::RegisterApp { app, .. } => self.apps.push(app.to_string()),
            Command::RemoveApp { app } => self.forget(app.as_str()),
            Command::GenerateKey(new) => self.generate(book, by, new),
            Command::Download { key } => self.half_of(key.as_str(), "downloaded"),
            Command::EraseHalf { key } => self.half_of(key.as_str(), "erased"),
            Command::Revoke { keys, reason, .. } => {
                keys.iter().for_each(|key| self.end(by, key.as_str(), reason.name()));
            }
        }
        *self != before
    }

    fn join(&mut self, invitation: &str, member: &str) {
        let from = self.invitation(invitation).expect("an invitation").clone();
        let Invitation { roles, apps, provisioning, .. } = from;
        self.members.push(Member { id: member.to_owned(), roles, apps, provisioning });
        self.close_invitation(invitation, "accepted");
    }

    fn close_invitation(&mut self, id: &str, state: &'static str) {
        self.invitations
            .iter_mut()
            .filter(|invitation| invitation.id == id)
            .for_each(|found| found.state = state);
    }

    fn change(
        &mut self,
        id: &str,
        roles: Option<&Roles>,
        sees: Option<&SightChange>,
        provisioning: Option<bool>,
    ) {
        for member in self.members.iter_mut().filter(|member| member.id == id) {
            member.roles = roles.map_or_else(|| member.roles.clone(), texts);
            match sees {
                None => {}
                Some(SightChange::Exactly(sees)) => member.apps = seen(sees),
                Some(SightChange::Also(apps)) => {
                    member.apps.extend(apps.iter().map(ToString::to_string));
                    member.apps.sort();
                    member.apps.dedup();
                }
                Some(SightChange::NoMore(apps)) => {
                    member.apps.retain(|seen| apps.iter().all(|app| app.as_str() != seen));
                }
            }
            member.provisioning = provisioning.unwrap_or(member.provisioning);
        }
    }

    fn remove(&mut self, by: Actor, id: &str) {
        let theirs: Vec<_> =
            self.keys.iter().filter(|key| key.person == id).map(|key| key.id.clone()).collect();
        theirs.iter().for_each(|key| self.end(by, key, "MEMBER_LEFT"));
        self.members.retain(|member| member.id != id);
    }

    fn hand_over(&mut self, book: &Book, by: Actor, to: &str) {
        for member in &mut self.members {
            if member.id == self.owner {
                member.roles.retain(|role| role != book.owner);
                if !member.roles.iter().any(|role| book.role(role).is_some()) {
                    member.roles.push(book.fallback.to_owned());
                }
            } else if member.id == to {
                for (permission, with) in book.permissions {
                    let could_be_taken = member.roles.iter().any(|role| with.contains(&role.as_str()));
                    if with.contains(&book.owner) && !could_be_taken {
                        member.roles.push((*permission).to_owned());
                    }
                }
                member.roles.push(book.owner.to_owned());
            }
            member.roles.sort();
            member.roles.dedup();
        }
        self.owner = to.to_owned();
        self.end_keys_that_may_not_be(book, by);
    }

    fn end_keys_that_may_not_be(&mut self, book: &Book, by: Actor) {
        for key in self.keys.clone() {
            let Some(Whose::Person(needs, permission)) = book.kind(&key.kind).map(|kind| kind.whose) else {
                continue;
            };
            let Some(member) = self.member(&key.person) else { continue };
            let may = member.roles.iter().any(|role| needs.contains(&role.as_str()))
                && permission.is_none_or(|permission| member.roles.iter().any(|role| role == permission));
            if !may {
                self.end(by, &key.id, "UNSPECIFIED");
            }
        }
    }

    fn forget(&mut self, app: &str) {
        self.apps.retain(|known| known != app);
        self.members.iter_mut().for_each(|member| member.apps.retain(|known| known != app));
        self.invitations.iter_mut().for_each(|invitation| invitation.apps.retain(|known| known != app));
    }

    fn generate(&mut self, book: &Book, by: Actor, new: &NewKey) {
        let of_person =
            matches!(book.kind(new.kind.as_str()).map(|kind| kind.whose), Some(Whose::Person(..)));
        self.keys.push(Key {
            id: new.key.to_string(),
            kind: new.kind.to_string(),
            name: new.name.to_string(),
            person: self
                .person(by)
                .filter(|_| of_person)
                .map_or_else(String::new, |person| person.id.clone()),
            roles: new.roles.as_ref().map_or_else(Vec::new, texts),
            half: match new.private {
                PrivateHalfAt::Issuer => "here",
                PrivateHalfAt::Holder => "never here",
            },
            made_by: by,
            ended: String::new(),
        });
    }

    fn half_of(&mut self, id: &str, now: &'static str) {
        for key in self.keys.iter_mut().filter(|key| key.id == id && key.half == "here") {
            key.half = now;
        }
    }

    fn end(&mut self, by: Actor, id: &str, why: &str) {
        for key in self.keys.iter_mut().filter(|key| key.id == id && key.ended.is_empty()) {
            key.ended = format!("{by:?} {why}");
        }
        self.half_of(id, "erased");
    }
}
