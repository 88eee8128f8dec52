//! Changing what somebody may do: decided first, told, and then done.

use super::Someone;
use super::person::{PersonPage, TypedName};
use super::proposal::{Proposal, administers, field_of};
use crate::console::answer::page;
use crate::console::faults::Faults;
use crate::console::frame::{Frame, Section};
use crate::console::labels::{joined, role_title, role_titles, sight};
use crate::console::notice::Notice;
use crate::console::refused::refusal;
use crate::console::visitor::TeamVisitor;
use crate::error::Problem;
use crate::query::encoded;
use crate::reply::Reply;
use askama::Template;
use counterfoil_authority::people::{MemberChange, PersonName};
use counterfoil_core::catalog::Administration;
use counterfoil_core::event::{Event, Sees};
use counterfoil_core::id::KeyId;
use counterfoil_core::roles::Roles;
use counterfoil_core::team::{Command, SightChange};
use http::StatusCode;

/// What a change brings with it beyond what was ticked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Consequence {
    /// This key ends.
    EndsKey(KeyId),
    /// Somebody comes to administer something of the team.
    Administers,
    /// Whoever changes themselves can't take it back.
    LosesOwn,
}

#[derive(Template)]
#[template(path = "users/confirm.html")]
struct Confirm {
    frame: Frame,
    here: String,
    name: String,
    consequences: Vec<String>,
    changes: Vec<String>,
    fields: Vec<(&'static str, String)>,
    confirmed: String,
    ends_keys: bool,
}

/// What was typed about somebody, and what it would do.
struct Asked {
    someone: Someone,
    proposal: Proposal,
    typed: TypedName,
    faults: Faults,
    confirmed: String,
}

/// `POST /console/teams/{issuerId}/users/{member}`.
pub(crate) async fn save(visitor: TeamVisitor) -> Result<Reply, Problem> {
    let form = visitor.form()?;
    let asked = Asked::read(&visitor, &form).await?;
    if !asked.faults.is_empty() {
        return Ok(asked.again(&visitor, Faults::default()));
    }
    let events = match asked.foresee(&visitor) {
        Ok(events) => events,
        Err(failure) => return asked.refused(&visitor, failure),
    };
    let consequences = consequences(&visitor, &asked, &events);
    if !consequences.is_empty() && asked.confirmed != mark(&consequences) {
        return Ok(visitor.moved(&asked.confirmation(&visitor)));
    }
    asked.carry_out(&visitor, &events).await
}

/// `/console/teams/{issuerId}/users/{member}/change`: what a change would do, asked once more.
pub(crate) async fn confirm(visitor: TeamVisitor) -> Result<Reply, Problem> {
    let asked = Asked::read(&visitor, &visitor.query()).await?;
    let here = visitor.here(&format!("/users/{}", asked.someone.id));
    let Ok(events) = asked.foresee(&visitor) else { return Ok(visitor.moved(&here)) };
    let consequences = consequences(&visitor, &asked, &events);
    if consequences.is_empty() || !asked.faults.is_empty() {
        return Ok(visitor.moved(&here));
    }
    let name = asked.someone.name();
    let template = Confirm {
        frame: visitor.frame(&format!("Change what {name} may do?"), Section::Users),
        here,
        consequences: consequences.iter().map(|one| one.sentence(&visitor, &asked.someone)).collect(),
        changes: changes(&visitor, &asked.someone, &asked.proposal),
        fields: asked.fields(),
        confirmed: mark(&consequences),
        ends_keys: consequences.iter().any(|one| matches!(one, Consequence::EndsKey(_))),
        name,
    };
    Ok(page(&visitor, StatusCode::OK, &template))
}

impl Asked {
    async fn read(visitor: &TeamVisitor, form: &crate::console::form::Form) -> Result<Self, Problem> {
        let someone = Someone::named(visitor).await?;
        let mut faults = Faults::default();
        let mut proposal = Proposal::read(form, &mut faults);
        let owner = &visitor.catalog.owner_role().name;
        if visitor.team.owner == someone.id {
            proposal.roles = proposal.roles.with(owner);
        }
        if proposal.sees != someone.member.sees {
            proposal.must_see_something(&visitor.team, &mut faults);
        }
        let typed = TypedName {
            first: given_or(form, "first", &someone.person.first_name),
            last: given_or(form, "last", &someone.person.last_name),
        };
        faults.parse::<PersonName>("first", &typed.first);
        faults.parse::<PersonName>("last", &typed.last);
        Ok(Self { someone, proposal, typed, faults, confirmed: form.text("confirmed").to_owned() })
    }

    fn foresee(&self, visitor: &TeamVisitor) -> Result<Vec<Event>, counterfoil_authority::Failure> {
        let command = Command::ChangeMember {
            member: self.someone.id,
            roles: Some(self.proposal.roles.clone()),
            sees: Some(SightChange::Exactly(self.proposal.sees.clone())),
            provisioning_allowed: Some(self.proposal.provisioning),
        };
        visitor.authority().foresee(visitor.team.id, visitor.actor(), &command)
    }

    /// Only what is other than it was is asked for, so that what others change meanwhile stays.
    fn change(&self) -> MemberChange {
        let (was, person) = (&self.someone.member, &self.someone.person);
        let name =
            |typed: &str, was: &str| (typed != was).then(|| PersonName::try_from(typed).ok()).flatten();
        MemberChange {
            roles: Some(self.proposal.roles.clone()).filter(|roles| *roles != was.roles),
            sees: Some(self.proposal.sees.clone()).filter(|sees| *sees != was.sees).map(SightChange::Exactly),
            provisioning_allowed: Some(self.proposal.provisioning)
                .filter(|allowed| *allowed != was.provisioning_allowed),
            first_name: name(&self.typed.first, &person.first_name),
            last_name: name(&self.typed.last, &person.last_name),
        }
    }

    async fn carry_out(self, visitor: &TeamVisitor, events: &[Event]) -> Result<Reply, Problem> {
        let (team, change) = (visitor.team.id, self.change());
        let done =
            visitor.authority().change_member(team, &visitor.request(), self.someone.id, &change).await;
        match done {
            Ok(answered) => {
                let notice = Notice::done(told(visitor, &self, events, &change));
                let here = visitor.here(&format!("/users/{}", self.someone.id));
                Ok(visitor.moved_with(&here, &notice).at(answered.position))
            }
            Err(failure) => self.refused(visitor, failure),
        }
    }

    fn refused(
        self,
        visitor: &TeamVisitor,
        failure: counterfoil_authority::Failure,
    ) -> Result<Reply, Problem> {
        let refusal = refusal(failure)?;
        let faults = Faults::one(field_of(&refusal), refusal.to_string());
        Ok(self.again(visitor, faults))
    }

    /// The form again, with what was typed and what is wrong.
    fn again(self, visitor: &TeamVisitor, faults: Faults) -> Reply {
        let faults = if faults.is_empty() { self.faults } else { faults };
        let template = PersonPage::of(visitor, &self.someone, &self.proposal, self.typed, faults);
        page(visitor, StatusCode::UNPROCESSABLE_ENTITY, &template)
    }

    /// Where the change is told before it is done.
    fn confirmation(&self, visitor: &TeamVisitor) -> String {
        let place = visitor.here(&format!("/users/{}/change", self.someone.id));
        let names = format!("first={}&last={}", encoded(&self.typed.first), encoded(&self.typed.last));
        format!("{place}?{}&{names}", self.proposal.to_query())
    }

    fn fields(&self) -> Vec<(&'static str, String)> {
        let mut fields = self.proposal.fields();
        fields.extend([("first", self.typed.first.clone()), ("last", self.typed.last.clone())]);
        fields
    }
}

impl Consequence {
    fn sentence(&self, visitor: &TeamVisitor, someone: &Someone) -> String {
        let name = someone.name();
        match self {
            Self::EndsKey(key) => {
                let named = visitor.team.keys.get(key).map(|key| key.name.to_string()).unwrap_or_default();
                format!("It revokes the key “{named}” ({key}) of {name} at once. This can't be undone.")
            }
            Self::Administers => {
                format!("{name} will administer the team: see who may do what, and change it for others.")
            }
            Self::LosesOwn => {
                "You will no longer administer people, and can't give it back to yourself.".to_owned()
            }
        }
    }

    fn code(&self) -> String {
        match self {
            Self::EndsKey(key) => key.to_string(),
            Self::Administers => "administers".to_owned(),
            Self::LosesOwn => "loses".to_owned(),
        }
    }
}

/// What was told, so that only what was told is done: if it would be something else by now, it is told anew.
fn mark(consequences: &[Consequence]) -> String {
    consequences.iter().map(Consequence::code).collect::<Vec<_>>().join(" ")
}

/// The keys that events end.
pub(super) fn ended_keys(events: &[Event]) -> impl Iterator<Item = KeyId> {
    events.iter().filter_map(|event| match event {
        Event::KeyRevoked { key, .. } => Some(*key),
        _ => None,
    })
}

fn consequences(visitor: &TeamVisitor, asked: &Asked, events: &[Event]) -> Vec<Consequence> {
    let (was, becomes) = (&asked.someone.member.roles, &asked.proposal.roles);
    let administers_people =
        |roles: &Roles| visitor.catalog.administers(roles.iter(), Administration::People);
    let gains = !administers(&visitor.catalog, was) && administers(&visitor.catalog, becomes);
    let loses = asked.someone.id == visitor.member && administers_people(was) && !administers_people(becomes);
    let keys = ended_keys(events).map(Consequence::EndsKey);
    keys.chain(gains.then_some(Consequence::Administers))
        .chain(loses.then_some(Consequence::LosesOwn))
        .collect()
}

/// What was ticked, in words.
fn changes(visitor: &TeamVisitor, someone: &Someone, proposal: &Proposal) -> Vec<String> {
    let (was, catalog) = (&someone.member, &visitor.catalog);
    let only = |some: &Roles, others: &Roles| -> Vec<String> {
        let some = some.iter().filter(|role| !others.contains(role));
        some.map(|role| role_title(catalog, role).to_owned()).collect()
    };
    let (gained, lost) = (only(&proposal.roles, &was.roles), only(&was.roles, &proposal.roles));
    let mut changes = Vec::new();
    if !gained.is_empty() {
        changes.push(format!("Gives {}", joined(&gained)));
    }
    if !lost.is_empty() {
        changes.push(format!("Takes {}", joined(&lost)));
    }
    if proposal.sees != was.sees {
        changes.push(format!("Sees {} from now on", sight(&visitor.team, &proposal.sees)));
    }
    if proposal.provisioning != was.provisioning_allowed {
        let word = if proposal.provisioning { "Allows" } else { "Forbids" };
        changes.push(format!("{word} provisioning"));
    }
    changes
}

/// What was done, for the next page.
fn told(visitor: &TeamVisitor, asked: &Asked, events: &[Event], change: &MemberChange) -> String {
    let name = asked.someone.name();
    let ended: Vec<String> = ended_keys(events).map(|key| key.to_string()).collect();
    let is_renamed = change.first_name.is_some() || change.last_name.is_some();
    match (events.is_empty(), ended.is_empty()) {
        (true, _) if is_renamed => "The name is changed.".to_owned(),
        (true, _) => "Nothing was changed: all was so already.".to_owned(),
        (false, true) => {
            let roles = role_titles(&visitor.catalog, &asked.proposal.roles);
            let sees = match &asked.proposal.sees {
                Sees::AllApps => "all apps".to_owned(),
                sees @ Sees::Apps(_) => sight(&visitor.team, sees),
            };
            format!("Saved. {name} now has {roles} and sees {sees}.")
        }
        (false, false) => format!("Saved. The key {} of {name} is revoked.", joined(&ended)),
    }
}

fn given_or(form: &crate::console::form::Form, field: &str, present: &str) -> String {
    if form.has(field) { form.text(field).to_owned() } else { present.to_owned() }
}
