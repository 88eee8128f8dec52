//! Giving the owner's role to somebody else.

use super::Someone;
use super::change::ended_keys;
use super::remove::{NamedKey, is_name};
use crate::console::answer::page;
use crate::console::faults::Faults;
use crate::console::frame::{Frame, Section};
use crate::console::labels::role_titles;
use crate::console::notice::Notice;
use crate::console::refused::refusal;
use crate::console::visitor::TeamVisitor;
use crate::error::Problem;
use crate::reply::Reply;
use askama::Template;
use counterfoil_authority::Failure;
use counterfoil_core::event::Event;
use counterfoil_core::team::Command;
use http::StatusCode;

#[derive(Template)]
#[template(path = "users/transfer.html")]
struct Transfer {
    frame: Frame,
    here: String,
    name: String,
    owner_title: String,
    /// What whoever gives it is afterwards.
    left_with: String,
    ends: Vec<NamedKey>,
    typed: String,
    faults: Faults,
}

/// `/console/teams/{issuerId}/users/{member}/transfer`.
pub(crate) async fn form(visitor: TeamVisitor) -> Result<Reply, Problem> {
    let someone = Someone::named(&visitor).await?;
    let events = foresee(&visitor, &someone)?;
    Ok(page(&visitor, StatusCode::OK, &told(&visitor, &someone, &events, "", Faults::default())))
}

/// `POST /console/teams/{issuerId}/users/{member}/transfer`.
pub(crate) async fn transfer(visitor: TeamVisitor) -> Result<Reply, Problem> {
    let someone = Someone::named(&visitor).await?;
    let events = foresee(&visitor, &someone)?;
    let form = visitor.form()?;
    let typed = form.text("name");
    if !is_name(typed, &someone) {
        let faults =
            Faults::one("name", format!("To confirm, type the name as it stands here: {}", someone.name()));
        let template = told(&visitor, &someone, &events, typed, faults);
        return Ok(page(&visitor, StatusCode::UNPROCESSABLE_ENTITY, &template));
    }
    match visitor.authority().transfer(visitor.team.id, visitor.actor(), someone.id).await {
        Ok(()) => {
            let title = &visitor.catalog.owner_role().title;
            let notice = Notice::done(format!("{} is the {title} now.", someone.name()));
            Ok(visitor.moved_with(&visitor.here(&format!("/users/{}", someone.id)), &notice))
        }
        Err(failure) => {
            let faults = Faults::one("name", refusal(failure)?.to_string());
            let template = told(&visitor, &someone, &events, typed, faults);
            Ok(page(&visitor, StatusCode::UNPROCESSABLE_ENTITY, &template))
        }
    }
}

fn foresee(visitor: &TeamVisitor, someone: &Someone) -> Result<Vec<Event>, Failure> {
    let command = Command::TransferOwnership { to: someone.id };
    visitor.authority().foresee(visitor.team.id, visitor.actor(), &command)
}

fn told(visitor: &TeamVisitor, someone: &Someone, events: &[Event], typed: &str, faults: Faults) -> Transfer {
    let owner = visitor.catalog.owner_role();
    let left = events.iter().find_map(|event| match event {
        Event::OwnershipTransferred { from_roles, .. } => Some(role_titles(&visitor.catalog, from_roles)),
        _ => None,
    });
    Transfer {
        frame: visitor.frame(&format!("Make {} the {}?", someone.name(), owner.title), Section::Users),
        here: visitor.here(&format!("/users/{}", someone.id)),
        name: someone.name(),
        owner_title: owner.title.clone(),
        left_with: left.unwrap_or_default(),
        ends: ended_keys(events).map(|id| NamedKey::of(visitor, id)).collect(),
        typed: typed.to_owned(),
        faults,
    }
}
