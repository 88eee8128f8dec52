//! The door of every page: who looks, from where a form comes, and whether they may. No handler repeats it.

use super::answer::{moved, problem_page};
use super::demand::{PageDemand, Who};
use super::host;
use super::notice::Notice;
use super::visitor::Visitor;
use crate::call::Call;
use crate::cookies;
use crate::error::Problem;
use crate::origin;
use crate::query::encoded;
use crate::reply::Reply;
use crate::routes::PageHandler;
use counterfoil_core::catalog::Administration;
use counterfoil_core::refusal::Refusal;
use http::Method;
use std::time::Duration;

/// How long whoever opens a form has at least to fill it in: who would be asked sooner is asked before it.
const TO_FILL_IN: Duration = Duration::from_secs(5 * 60);
const SIGNED_OUT: &str =
    "Nothing was changed: you were signed out meanwhile. Sign in, then send it once more.";
const STALE: &str = "Nothing was changed yet. Confirm that it is you, then send it once more.";

/// Answers a page's request, whatever happens, with something that a browser shows.
pub(crate) async fn open(call: Call, demand: PageDemand, handler: PageHandler, by: &mut String) -> Reply {
    let id = call.id;
    if let Some(reply) = host::refuse(&call) {
        return reply;
    }
    let visitor = match visitor(call).await {
        Ok(visitor) => visitor,
        Err(problem) => return problem_page(None, &problem, &id),
    };
    *by = who(&visitor);
    if let Some(elsewhere) = demand.leads_elsewhere(&visitor) {
        return elsewhere;
    }
    let around = visitor.clone();
    let replied = match demand.check(&visitor) {
        Ok(()) => handler(visitor).await,
        Err(problem) => Err(problem),
    };
    match replied {
        Ok(reply) => with_position(reply, &around),
        Err(problem) => problem_page(Some(&around), &problem, &id),
    }
}

/// Who writes sees it on the next page, whichever server shows that.
fn with_position(reply: Reply, visitor: &Visitor) -> Reply {
    match reply.position {
        Some(position) => reply.with_cookie(cookies::written_to(position, visitor.settings())),
        None => reply,
    }
}

/// A page that there is not.
pub(crate) async fn nothing(call: Call, problem: Problem) -> Reply {
    let id = call.id;
    match Visitor::of(call).await {
        Ok(visitor) => problem_page(Some(&visitor), &problem, &id),
        Err(problem) => problem_page(None, &problem, &id),
    }
}

async fn visitor(call: Call) -> Result<Visitor, Problem> {
    if !call.method.is_safe() {
        origin::must_be_ours(&call.headers, &call.house.settings)?;
    }
    call.wait_for_position().await?;
    Visitor::of(call).await
}

impl PageDemand {
    /// Where whoever must do something else first is sent: sign in, enrol a second factor, prove themselves anew.
    fn leads_elsewhere(self, visitor: &Visitor) -> Option<Reply> {
        if self.who == Who::Anyone {
            return None;
        }
        let way = |place: &str| Some(moved(&format!("{place}?to={}", encoded(&back(&visitor.call)))));
        let Some(signed_in) = &visitor.signed_in else {
            return way("/sign-in").map(|reply| not_sent(reply, visitor, SIGNED_OUT));
        };
        if signed_in.session.must_enrol && self.who != Who::Enrolling {
            return way("/secure");
        }
        let ahead = if visitor.call.method.is_safe() { TO_FILL_IN } else { Duration::ZERO };
        let is_fresh = signed_in.session.is_fresh(visitor.authority().now().plus(ahead));
        if self.fresh && !is_fresh {
            return way("/step-up").map(|reply| not_sent(reply, visitor, STALE));
        }
        None
    }

    /// Whether it is met. Who belongs to a team and as what is told by a view of the ledger that is not too old, as
    /// for the API.
    fn check(self, visitor: &Visitor) -> Result<(), Problem> {
        let member = || {
            visitor.call.must_be_fresh()?;
            visitor.membership().ok_or(Problem::NoSuchPath)
        };
        match self.who {
            Who::Anyone | Who::Enrolling | Who::SignedIn => Ok(()),
            Who::Member => member().map(drop),
            Who::Administers(part) => {
                let (team, member) = member()?;
                let roles = team.members.get(member).map(|member| &member.roles);
                let may = roles.is_some_and(|roles| visitor.catalog.administers(roles.iter(), part));
                if may { Ok(()) } else { Err(missing(visitor, part)) }
            }
            Who::Owner => {
                let (team, member) = member()?;
                let owner = visitor.catalog.owner_role().name.clone();
                if team.owner == *member {
                    Ok(())
                } else {
                    Err(Refusal::OwnerOnly { act: "This", owner }.into())
                }
            }
            Who::Operator if visitor.is_operator() => Ok(()),
            Who::Operator => Err(Problem::NoSuchPath),
        }
    }
}

fn missing(visitor: &Visitor, part: Administration) -> Problem {
    let may = visitor.catalog.roles.iter().filter(|role| role.administers.contains(&part));
    Refusal::RoleMissing { act: "This", allowed: may.map(|role| role.name.clone()).collect() }.into()
}

/// Whoever had filled in a form reads that nothing came of it: it is empty when they are back.
fn not_sent(reply: Reply, visitor: &Visitor, said: &'static str) -> Reply {
    if visitor.call.method.is_safe() {
        reply
    } else {
        reply.noticed(&Notice::failed(said), visitor.settings())
    }
}

/// The page to come back to: this one; of a form, the one that it stood on.
fn back(call: &Call) -> String {
    if matches!(call.method, Method::GET | Method::HEAD) {
        return call.target.clone();
    }
    let referer = call.headers.get(http::header::REFERER).and_then(|value| value.to_str().ok());
    let ours = referer.and_then(|from| from.strip_prefix(call.house.settings.origin()));
    ours.filter(|path| path.starts_with('/')).unwrap_or("/console").to_owned()
}

fn who(visitor: &Visitor) -> String {
    match (visitor.membership(), &visitor.signed_in) {
        (Some((team, member)), _) => format!("user {member} of {}", team.id),
        (None, Some(signed_in)) => {
            signed_in.person.as_ref().map_or("operator".to_owned(), |person| format!("person {}", person.id))
        }
        (None, None) => String::new(),
    }
}
