//! *Request Access*: before the first key, the team's owner agrees to the terms and asks for access to the API.

use super::refusal;
use super::shelf::Shelf;
use super::who::Who;
use crate::console::{Frame, Moment, Notice, Section, TeamVisitor, page};
use crate::error::Problem;
use crate::reply::Reply;
use askama::Template;
use counterfoil_core::refusal::Refusal;
use counterfoil_core::team::Access;
use http::StatusCode;

/// Why keys of a table can't be generated yet, and who can change that.
pub(super) struct AccessGap {
    /// The owner's name.
    pub(super) asker: String,
    /// The title of the owner's role.
    pub(super) owner: String,
    pub(super) may_ask: bool,
    /// Since when the request waits, if one does.
    pub(super) asked: Option<Moment>,
    pub(super) declined: Option<Declined>,
    pub(super) href: String,
}

/// That access was declined, or withdrawn.
pub(super) struct Declined {
    pub(super) at: Moment,
    pub(super) reason: Option<String>,
}

/// What is missing for keys of this table; nothing, if they need no access or there is access.
pub(super) fn gap(visitor: &TeamVisitor, who: &Who, shelf: Shelf) -> Option<AccessGap> {
    if !shelf.kinds(&visitor.catalog).any(|kind| kind.needs_access) {
        return None;
    }
    let (asked, declined) = match &visitor.team.access {
        Access::Approved { .. } => return None,
        Access::NotRequested => (None, None),
        Access::Requested { at } => (Some((*at).into()), None),
        Access::Declined { at, reason } => {
            (None, Some(Declined { at: (*at).into(), reason: reason.as_ref().map(ToString::to_string) }))
        }
    };
    Some(AccessGap {
        asker: who.whom_to_ask(|team, member| team.owner == member).concat(),
        owner: visitor.catalog.owner_role().title.clone(),
        may_ask: visitor.is_owner(),
        asked,
        declined,
        href: visitor.here("/integrations/request-access"),
    })
}

#[derive(Template)]
#[template(path = "keys/access.html")]
struct Ask {
    frame: Frame,
    terms: String,
    terms_url: Option<String>,
    action: String,
    back: String,
    fault: Option<String>,
}

/// The page with the terms.
pub(crate) async fn form(visitor: TeamVisitor) -> Result<Reply, Problem> {
    Ok(shown(&visitor, StatusCode::OK, None))
}

/// Asks.
pub(crate) async fn request(visitor: TeamVisitor) -> Result<Reply, Problem> {
    let agreed = visitor.form()?.says("agree", "yes");
    match visitor.authority().request_access(visitor.team.id, &visitor.request(), agreed).await {
        Ok(answered) => {
            let notice =
                Notice::done("Access was requested. It is reviewed by whoever runs this installation.");
            Ok(visitor.moved_with(&back(&visitor), &notice).at(answered.position))
        }
        Err(failure) => match refusal(failure)? {
            Refusal::TermsNotAgreed => {
                let fault = "Tick the box to agree, then submit.".to_owned();
                Ok(shown(&visitor, StatusCode::UNPROCESSABLE_ENTITY, Some(fault)))
            }
            other => Ok(visitor.moved_with(&back(&visitor), &Notice::failed(other.to_string()))),
        },
    }
}

fn back(visitor: &TeamVisitor) -> String {
    visitor.here(Shelf::WithRoles.place())
}

fn shown(visitor: &TeamVisitor, status: StatusCode, fault: Option<String>) -> Reply {
    let rule = &visitor.catalog.access;
    let ask = Ask {
        frame: visitor.frame("Request Access", Section::Integrations),
        terms: rule.terms.trim().to_owned(),
        terms_url: rule.terms_url.clone(),
        action: visitor.here("/integrations/request-access"),
        back: back(visitor),
        fault,
    };
    page(visitor, status, &ask)
}
