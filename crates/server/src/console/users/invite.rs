//! Inviting somebody.

use super::proposal::{Boxes, Proposal, field_of};
use crate::console::answer::page;
use crate::console::faults::Faults;
use crate::console::form::Form;
use crate::console::frame::{Frame, Section};
use crate::console::refused::refusal;
use crate::console::visitor::TeamVisitor;
use crate::error::Problem;
use crate::reply::Reply;
use askama::Template;
use counterfoil_authority::Failure;
use counterfoil_authority::people::{Email, NewInvitation, PersonName};
use counterfoil_core::refusal::{Refusal, Thing};
use counterfoil_core::roles::Roles;
use http::StatusCode;

#[derive(Template)]
#[template(path = "users/invite.html")]
struct Invite {
    frame: Frame,
    base: String,
    roles_page: String,
    typed: Typed,
    boxes: Boxes,
    faults: Faults,
}

/// Who shall be invited, as it was typed.
#[derive(Clone, Debug, Default)]
struct Typed {
    email: String,
    first: String,
    last: String,
}

/// `/console/teams/{issuerId}/users/invite`.
pub(crate) async fn form(visitor: TeamVisitor) -> Result<Reply, Problem> {
    let proposal = Proposal::of_nobody(&visitor.catalog);
    let template = told(&visitor, Typed::default(), &proposal, Faults::default());
    Ok(page(&visitor, StatusCode::OK, &template))
}

/// `POST /console/teams/{issuerId}/users/invite`.
pub(crate) async fn invite(visitor: TeamVisitor) -> Result<Reply, Problem> {
    let form = visitor.form()?;
    let mut faults = Faults::default();
    let (typed, email, names) = read_person(&form, &mut faults);
    let proposal = Proposal::read(&form, &mut faults);
    let again = |typed, faults| {
        let template = told(&visitor, typed, &proposal, faults);
        page(&visitor, StatusCode::UNPROCESSABLE_ENTITY, &template)
    };
    proposal.must_see_something(&visitor.team, &mut faults);
    let (Some(email), Some((first_name, last_name)), true) = (email, names, faults.is_empty()) else {
        return Ok(again(typed, faults));
    };
    let new = NewInvitation {
        email,
        first_name,
        last_name,
        withheld: withheld(&visitor, &proposal.roles),
        roles: proposal.roles.clone(),
        sees: proposal.sees.clone(),
        provisioning_allowed: proposal.provisioning,
    };
    match visitor.authority().invite(visitor.team.id, &visitor.request(), &new).await {
        Ok(answered) => {
            super::invitations::invited(&visitor, answered.value, &typed.email, answered.position).await
        }
        Err(failure @ Failure::TooManyMails { .. }) => {
            Ok(again(typed, Faults::one("email", failure.to_string())))
        }
        Err(failure) => {
            let refusal = refusal(failure)?;
            Ok(again(typed, said(&refusal)))
        }
    }
}

fn read_person(form: &Form, faults: &mut Faults) -> (Typed, Option<Email>, Option<(PersonName, PersonName)>) {
    let text = |field| form.text(field).to_owned();
    let typed = Typed { email: text("email"), first: text("first"), last: text("last") };
    let email = faults.parse::<Email>("email", &typed.email);
    let first = faults.parse::<PersonName>("first", &typed.first);
    let last = faults.parse::<PersonName>("last", &typed.last);
    (typed, email, first.zip(last))
}

/// What usually comes with the roles and was not ticked.
fn withheld(visitor: &TeamVisitor, ticked: &Roles) -> Roles {
    let usual = visitor.catalog.permissions.iter().filter(|permission| !permission.given_with.is_empty());
    usual.map(|permission| &permission.name).filter(|name| !ticked.contains(name)).cloned().collect()
}

fn said(refusal: &Refusal) -> Faults {
    match refusal {
        Refusal::Taken(Thing::User, email) => {
            Faults::one("email", format!("{email} is in this team already"))
        }
        Refusal::Taken(Thing::Invitation, email) => {
            Faults::one("email", format!("{email} is invited already: resend or withdraw that invitation"))
        }
        other => Faults::one(field_of(other), other.to_string()),
    }
}

fn told(visitor: &TeamVisitor, typed: Typed, proposal: &Proposal, faults: Faults) -> Invite {
    Invite {
        frame: visitor.frame("Invite somebody", Section::Users),
        base: visitor.here("/users"),
        roles_page: visitor.here("/roles"),
        typed,
        boxes: proposal.boxes(visitor, &Roles::none()),
        faults,
    }
}
