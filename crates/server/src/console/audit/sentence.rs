//! Every event as a sentence for people. There is no `_` arm here: whoever adds a kind of event says how it reads.

use crate::console::labels::{kind_title, role_titles, sight};
use crate::console::moment::Moment;
use counterfoil_authority::audit::AuditEntry;
use counterfoil_authority::directory::Directory;
use counterfoil_core::catalog::Catalog;
use counterfoil_core::event::{Actor, Event, Holding, PrivateHalfAt, RevocationReason, Sees};
use counterfoil_core::id::{KeyId, MemberId, Remark};
use counterfoil_core::roles::Roles;
use counterfoil_core::rotation::RotationAge;
use counterfoil_core::team::Team;
use std::fmt;

/// A sentence in parts, so that a page can link whom and what it is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sentence(pub(crate) Vec<Part>);

/// A part of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Words.
    Words(String),
    /// Somebody or something, and the page about it.
    Link(String, String),
}

/// What must be known to say a sentence.
pub(crate) struct Telling<'a> {
    /// What roles and kinds are called.
    pub(crate) catalog: &'a Catalog,
    /// The team, unless the installation's own events are told.
    pub(crate) team: Option<&'a Team>,
    /// Who its members are.
    pub(crate) directory: &'a Directory,
}

impl Telling<'_> {
    /// What an entry says.
    pub(crate) fn sentence(&self, entry: &AuditEntry) -> Sentence {
        let by = entry.by;
        match &entry.event {
            Event::LedgerBegun { .. }
            | Event::LedgerRestored { .. }
            | Event::FormatRaised { .. }
            | Event::CatalogAdopted { .. }
            | Event::ReplicaAdded { .. }
            | Event::ReplicaRemoved { .. }
            | Event::SealRotated => Sentence::default().words(&of_installation(&entry.event)),
            Event::TeamOpened { .. }
            | Event::AccessRequested { .. }
            | Event::AccessApproved
            | Event::AccessDeclined { .. }
            | Event::AccessWithdrawn { .. }
            | Event::TeamSuspended { .. }
            | Event::TeamResumed
            | Event::TeamClosed { .. }
            | Event::RotationAgeSet { .. }
            | Event::AppRegistered { .. }
            | Event::AppRemoved { .. } => self.of_team(by, &entry.event),
            Event::MemberInvited { .. }
            | Event::InvitationCancelled { .. }
            | Event::MemberJoined { .. }
            | Event::MemberChanged { .. }
            | Event::MemberRemoved { .. }
            | Event::OwnershipTransferred { .. } => self.of_people(by, &entry.event),
            Event::KeyGenerated { .. }
            | Event::KeyDownloaded { .. }
            | Event::HalfErased { .. }
            | Event::KeyRevoked { .. } => self.of_key(by, &entry.event),
        }
    }

    fn of_team(&self, by: Actor, event: &Event) -> Sentence {
        let begun = self.actor(by);
        match event {
            Event::TeamOpened { name, owner, roles } => {
                let opened = begun.words(&format!(" opened the team “{name}” with "));
                let with = self.member(opened, *owner);
                with.words(&format!(" as {}.", role_titles(self.catalog, &self.roles_only(roles))))
            }
            Event::AccessRequested { .. } => {
                begun.words(" asked for access to the API and agreed to the terms.")
            }
            Event::AccessApproved => begun.words(" approved access to the API."),
            Event::AccessDeclined { reason } => {
                begun.words(" declined access to the API").because(reason.as_ref())
            }
            Event::AccessWithdrawn { reason } => {
                begun.words(" took access to the API back").because(reason.as_ref())
            }
            Event::TeamSuspended { reason } => begun.words(" suspended the team").because(reason.as_ref()),
            Event::TeamResumed => begun.words(" resumed the team."),
            Event::TeamClosed { reason } => begun.words(" closed the team for good").because(reason.as_ref()),
            Event::RotationAgeSet { age: RotationAge::Days(days) } => {
                begun.words(&format!(" set that keys are due for rotation after {days} days."))
            }
            Event::RotationAgeSet { age: RotationAge::Never } => {
                begun.words(" set that keys are never due for rotation by their age.")
            }
            Event::AppRegistered { app, bundle, name } => {
                begun.words(&format!(" registered the app “{name}” ({bundle}, {app})."))
            }
            Event::AppRemoved { app } => {
                begun.words(&format!(" removed the app {app}. Nobody sees it any more."))
            }
            _ => begun,
        }
    }

    fn of_people(&self, by: Actor, event: &Event) -> Sentence {
        let begun = self.actor(by);
        match event {
            Event::MemberInvited { roles, sees, provisioning_allowed, .. } => begun.words(&format!(
                " invited somebody as {}.",
                self.standing(roles, sees, *provisioning_allowed)
            )),
            Event::InvitationCancelled { .. } => begun.words(" took an invitation back."),
            Event::MemberJoined { member, .. } => self
                .member(Sentence::default(), *member)
                .capitalised()
                .words(" accepted an invitation and joined the team."),
            Event::MemberChanged { member, roles, sees, provisioning_allowed } => {
                let changed = self.member(begun.words(" changed what "), *member);
                changed.words(&format!(" may do: now {}.", self.standing(roles, sees, *provisioning_allowed)))
            }
            Event::MemberRemoved { member } => {
                self.member(begun.words(" removed "), *member).words(" from the team.")
            }
            Event::OwnershipTransferred { from, to, .. } => {
                let owner = &self.catalog.owner_role().title;
                let made =
                    self.member(begun.words(" made "), *to).words(&format!(" the {owner} in place of "));
                self.member(made, *from).words(".")
            }
            _ => begun,
        }
    }

    fn of_key(&self, by: Actor, event: &Event) -> Sentence {
        match event {
            Event::KeyGenerated { key, kind, holder, private, name, .. } => {
                let kind = kind_title(self.catalog, kind);
                let begun = self.actor(by).words(&format!(" generated the {} ", uncapitalised(kind)));
                let named = self.key_named(begun, *key, Some(name.as_str()));
                let holding = self.holding(named, holder);
                match private {
                    PrivateHalfAt::Issuer => holding.words("."),
                    PrivateHalfAt::Holder => {
                        holding.words(". The pair was made elsewhere: no private half was here.")
                    }
                }
            }
            Event::KeyDownloaded { key } => {
                self.key(self.actor(by).words(" downloaded the private half of "), *key).words(".")
            }
            Event::HalfErased { key } => self
                .key(Sentence::default().words("The private half of "), *key)
                .words(" was erased: nobody came for it in time."),
            Event::KeyRevoked { key, reason, remark } => {
                let revoked = match by {
                    Actor::Holder(_) => {
                        Sentence::default().words("Leaked: whoever holds its private half ended the key ")
                    }
                    Actor::User(_) | Actor::ApiKey(_) | Actor::Operator => {
                        self.actor(by).words(" revoked the key ")
                    }
                };
                let revoked = self.key(revoked, *key).words(why(*reason));
                revoked.because(remark.as_ref())
            }
            _ => self.actor(by),
        }
    }

    /// Whose a key is, or with which roles.
    fn holding(&self, sentence: Sentence, holder: &Holding) -> Sentence {
        match holder {
            Holding::TeamWithRoles(roles) => {
                sentence.words(&format!(" with access as {}", role_titles(self.catalog, roles)))
            }
            Holding::Team => sentence,
            Holding::Member(member) => self.member(sentence.words(" of "), *member),
        }
    }

    /// Roles, permissions, apps and provisioning in a few words.
    fn standing(&self, roles: &Roles, sees: &Sees, provisioning: bool) -> String {
        let sight = match (self.team, sees) {
            (Some(team), sees) => sight(team, sees),
            (None, Sees::AllApps) => "all apps".to_owned(),
            (None, Sees::Apps(apps)) => format!("{} apps", apps.len()),
        };
        let provisioning = if provisioning { ", with provisioning" } else { "" };
        format!("{}, seeing {sight}{provisioning}", role_titles(self.catalog, roles))
    }

    fn roles_only(&self, roles: &Roles) -> Roles {
        roles.iter().filter(|role| self.catalog.permission(role.as_str()).is_none()).cloned().collect()
    }

    /// What whoever did it is called.
    pub(crate) fn actor_name(&self, by: Actor) -> String {
        self.actor(by).to_string()
    }

    /// Who did it, at the beginning of a sentence.
    fn actor(&self, by: Actor) -> Sentence {
        let begun = Sentence::default();
        match by {
            Actor::User(member) => self.member(begun, member).capitalised(),
            Actor::ApiKey(key) => self.key(begun.words("The key "), key),
            Actor::Operator => begun.words("The operator"),
            Actor::Holder(key) => self.key(begun.words("Whoever holds "), key),
        }
    }

    fn member(&self, sentence: Sentence, member: MemberId) -> Sentence {
        let name = self.directory.name(member).to_owned();
        match self.team.filter(|team| team.members.contains_key(&member)) {
            Some(team) => sentence.link(name, format!("/console/teams/{}/users/{member}", team.id)),
            None => sentence.words(&name),
        }
    }

    fn key(&self, sentence: Sentence, key: KeyId) -> Sentence {
        let name = self.team.and_then(|team| team.keys.get(&key)).map(|key| key.name.as_str());
        self.key_named(sentence, key, name)
    }

    fn key_named(&self, sentence: Sentence, key: KeyId, name: Option<&str>) -> Sentence {
        let label = name.map_or_else(|| key.to_string(), |name| format!("“{name}” ({key})"));
        match self.team {
            Some(team) => sentence.link(label, format!("/console/teams/{}/keys/{key}", team.id)),
            None => sentence.words(&label),
        }
    }
}

impl Sentence {
    fn words(mut self, words: &str) -> Self {
        match self.0.last_mut() {
            Some(Part::Words(before)) => before.push_str(words),
            _ => self.0.push(Part::Words(words.to_owned())),
        }
        self
    }

    fn link(mut self, label: String, place: String) -> Self {
        self.0.push(Part::Link(label, place));
        self
    }

    /// The end: with what somebody typed as a reason, if there is one.
    fn because(self, reason: Option<&Remark>) -> Self {
        match reason {
            Some(reason) => self.words(&format!(": “{reason}”.")),
            None => self.words("."),
        }
    }

    fn capitalised(mut self) -> Self {
        if let Some(Part::Words(words) | Part::Link(words, _)) = self.0.first_mut() {
            *words = capitalised(words);
        }
        self
    }
}

impl fmt::Display for Sentence {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| match part {
            Part::Words(words) | Part::Link(words, _) => out.write_str(words),
        })
    }
}

fn of_installation(event: &Event) -> String {
    match event {
        Event::LedgerBegun { .. } => "The ledger began.".to_owned(),
        Event::LedgerRestored { revocations_missing_since, .. } => format!(
            "The ledger was restored from a backup. Revocations after {} may be missing.",
            Moment(*revocations_missing_since)
        ),
        Event::FormatRaised { level } => format!("The ledger's format was raised to level {level}."),
        Event::CatalogAdopted { name, .. } => format!("The catalog “{name}” came into force."),
        Event::ReplicaAdded { name } => format!("The replica {name} was let in."),
        Event::ReplicaRemoved { name } => format!("The replica {name} was shut out."),
        Event::SealRotated => "The seal key was changed, and the old one destroyed.".to_owned(),
        _ => String::new(),
    }
}

const fn why(reason: RevocationReason) -> &'static str {
    match reason {
        RevocationReason::Unspecified => "",
        RevocationReason::KeyCompromised => ", since others have it or may have it",
        RevocationReason::Superseded => ", since another took its place",
        RevocationReason::NoLongerUsed => ", since nobody needs it",
        RevocationReason::MemberLeft => ", since its person left the team",
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}", first.to_uppercase(), letters.as_str()))
}

/// `Team key` within a sentence: `team key`; an abbreviation stays as it is.
fn uncapitalised(text: &str) -> String {
    let mut letters = text.chars();
    match (letters.next(), text.chars().nth(1)) {
        (Some(first), Some(second)) if second.is_lowercase() => {
            format!("{}{}", first.to_lowercase(), letters.as_str())
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
