//! Ending a membership: with the name typed, and with what it leaves to do said before.

use super::Someone;
use super::change::ended_keys;
use crate::console::answer::page;
use crate::console::faults::Faults;
use crate::console::frame::{Frame, Section};
use crate::console::notice::Notice;
use crate::console::refused::refusal;
use crate::console::visitor::TeamVisitor;
use crate::error::Problem;
use crate::reply::Reply;
use askama::Template;
use counterfoil_authority::Failure;
use counterfoil_authority::overview::keys_known_to;
use counterfoil_core::event::Event;
use counterfoil_core::id::KeyId;
use counterfoil_core::team::Command;
use http::StatusCode;

#[derive(Template)]
#[template(path = "users/remove.html")]
struct Remove {
    frame: Frame,
    here: String,
    name: String,
    email: String,
    is_you: bool,
    /// Keys that end with the membership.
    ends: Vec<NamedKey>,
    /// Keys of the team that should be rotated, since the person may have a copy.
    rotate: Vec<NamedKey>,
    typed: String,
    faults: Faults,
}

/// A key, as a page names it.
pub(super) struct NamedKey {
    pub(super) name: String,
    pub(super) id: KeyId,
    pub(super) href: String,
}

impl NamedKey {
    pub(super) fn of(visitor: &TeamVisitor, id: KeyId) -> Self {
        let name = visitor.team.keys.get(&id).map(|key| key.name.to_string()).unwrap_or_default();
        Self { name, id, href: visitor.here(&format!("/keys/{id}")) }
    }
}

/// `/console/teams/{issuerId}/users/{member}/remove`.
pub(crate) async fn form(visitor: TeamVisitor) -> Result<Reply, Problem> {
    let someone = Someone::named(&visitor).await?;
    let events = foresee(&visitor, &someone)?;
    Ok(page(&visitor, StatusCode::OK, &told(&visitor, &someone, &events, "", Faults::default())))
}

/// `POST /console/teams/{issuerId}/users/{member}/remove`.
pub(crate) async fn remove(visitor: TeamVisitor) -> Result<Reply, Problem> {
    let someone = Someone::named(&visitor).await?;
    let form = visitor.form()?;
    let typed = form.text("name");
    if !is_name(typed, &someone) {
        let events = foresee(&visitor, &someone)?;
        let faults =
            Faults::one("name", format!("To confirm, type the name as it stands here: {}", someone.name()));
        let template = told(&visitor, &someone, &events, typed, faults);
        return Ok(page(&visitor, StatusCode::UNPROCESSABLE_ENTITY, &template));
    }
    let done = visitor.authority().remove_member(visitor.team.id, &visitor.request(), someone.id).await;
    match done {
        Ok(answered) => {
            let notice = Notice::done(format!("{} is no longer in the team.", someone.name()));
            let place =
                if someone.id == visitor.member { "/console".to_owned() } else { visitor.here("/users") };
            Ok(visitor.moved_with(&place, &notice).at(answered.position))
        }
        Err(failure) => {
            let faults = Faults::one("name", refusal(failure)?.to_string());
            let template = told(&visitor, &someone, &[], typed, faults);
            Ok(page(&visitor, StatusCode::UNPROCESSABLE_ENTITY, &template))
        }
    }
}

/// Whether somebody typed the name: capitals and spaces don't matter, and the address does as well.
pub(super) fn is_name(typed: &str, someone: &Someone) -> bool {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    !typed.is_empty()
        && (plain(typed) == plain(&someone.name()) || plain(typed) == plain(&someone.person.email))
}

fn foresee(visitor: &TeamVisitor, someone: &Someone) -> Result<Vec<Event>, Failure> {
    let command = Command::RemoveMember { member: someone.id };
    visitor.authority().foresee(visitor.team.id, visitor.actor(), &command)
}

fn told(visitor: &TeamVisitor, someone: &Someone, events: &[Event], typed: &str, faults: Faults) -> Remove {
    let named = |id| NamedKey::of(visitor, id);
    Remove {
        frame: visitor.frame(&format!("Remove {}?", someone.name()), Section::Users),
        here: visitor.here(&format!("/users/{}", someone.id)),
        name: someone.name(),
        email: someone.person.email.clone(),
        is_you: someone.id == visitor.member,
        ends: ended_keys(events).map(named).collect(),
        rotate: keys_known_to(&visitor.team, someone.id).into_iter().map(named).collect(),
        typed: typed.to_owned(),
        faults,
    }
}
