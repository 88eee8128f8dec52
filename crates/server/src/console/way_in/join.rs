//! `/join`: where an invitation's link leads. A look never uses the link up.

use super::{admitted, let_in, on_the_way, over};
use crate::console::answer::{moved, page};
use crate::console::faults::Faults;
use crate::console::form::Form;
use crate::console::frame::Frame;
use crate::console::moment::Moment;
use crate::console::notice::Notice;
use crate::console::single_sign_on::{LinkWay, first_link, link_ways};
use crate::console::visitor::Visitor;
use crate::error::Problem;
use crate::reply::Reply;
use askama::Template;
use counterfoil_authority::Failure;
use counterfoil_authority::people::{Joiner, Joining, OpenInvitation};
use counterfoil_authority::secret::Secret;
use counterfoil_core::event::Actor;
use counterfoil_core::refusal::{Refusal, Thing};
use http::StatusCode;

const ASK: &str = "It was accepted or withdrawn, a newer one was sent, or its time is over. Ask whoever invited you \
    to send it again.";
const NO_LINK: &str = "The account there could not be asked for. Choose another way.";
const ALREADY: &str = "You are in this team already. Hand the link to whoever is invited: it is still good";
const ANOTHER: &str = "The invited address belongs to somebody else. Sign in as them, then accept";

/// A role that comes with joining.
struct RoleRow {
    title: String,
    about: String,
}

#[derive(Template)]
#[template(path = "way_in/join.html")]
struct Join {
    frame: Frame,
    link: String,
    inviter: String,
    open: OpenInvitation,
    expires: Moment,
    roles: Vec<RoleRow>,
    first_name: String,
    last_name: String,
    /// Who is signed in; an empty text, if nobody is.
    signed_in: String,
    /// Where the team is, if whoever is signed in belongs to it: they can't accept, and leave the link good.
    already: Option<String>,
    /// Whether whoever is here can accept as they are.
    may_accept: bool,
    /// Where one signs in, and comes back from.
    sign_in: String,
    /// The providers whose account may be linked in the same step.
    providers: Vec<LinkWay>,
    faults: Faults,
}

/// `GET /join`.
pub(crate) async fn show(visitor: Visitor) -> Result<Reply, Problem> {
    let link = visitor.query().text("link").to_owned();
    again(&visitor, StatusCode::OK, &link, None, Faults::default()).await
}

/// `POST /join`: as whoever is signed in, or as somebody new.
pub(crate) async fn accept(visitor: Visitor) -> Result<Reply, Problem> {
    let form = visitor.form()?;
    let joiner = match joiner(&visitor, &form) {
        Ok(joiner) => joiner,
        Err(faults) => return failed(&visitor, &form, faults).await,
    };
    let joined = visitor.authority().accept_invitation(form.text("link"), &joiner, &visitor.from()).await;
    match joined {
        Ok(Joining::Joined { team, position, session, .. }) => {
            let place = format!("/console/teams/{team}");
            let reply = match session {
                Some(session) => enter(&visitor, form.text("provider"), &session, &place).await?,
                None => moved(&place).noticed(&Notice::done("You are in."), visitor.settings()),
            };
            Ok(reply.at(position))
        }
        Ok(Joining::Over) => Ok(over::show(&visitor, ASK)),
        Ok(Joining::BelongsToAnother) => failed(&visitor, &form, Faults::one("accept", ANOTHER)).await,
        Err(Failure::Refused(Refusal::Taken(Thing::User, _))) => {
            failed(&visitor, &form, Faults::one("accept", ALREADY)).await
        }
        Err(failure) => {
            let faults = Faults::said("accept", failure.into())?;
            failed(&visitor, &form, faults).await
        }
    }
}

/// Whoever has joined goes on to add a way to come back; with a provider's button, to link an account there.
async fn enter(visitor: &Visitor, provider: &str, session: &Secret, place: &str) -> Result<Reply, Problem> {
    let opened = visitor.authority().session(session.expose()).await?;
    let person = opened.and_then(|opened| opened.person());
    if let (Some(person), false) = (person, provider.is_empty()) {
        let said = match first_link(visitor, provider, person, place).await {
            Ok(Ok(going)) => return admitted(visitor, session, going).await,
            Ok(Err(said)) => said,
            // The invitation is used up: without this session there would be no way back in.
            Err(_) => NO_LINK.to_owned(),
        };
        let secure = let_in(visitor, session, &on_the_way("/secure", place)).await?;
        return Ok(secure.noticed(&Notice::failed(said), visitor.settings()));
    }
    let_in(visitor, session, &on_the_way("/secure", place)).await
}

fn joiner(visitor: &Visitor, form: &Form) -> Result<Joiner, Faults> {
    if let (Some(signed_in), false) = (&visitor.signed_in, form.has("first-name")) {
        return Ok(Joiner::SignedIn(signed_in.session));
    }
    let mut faults = Faults::default();
    let first_name = faults.parse("first-name", form.text("first-name"));
    let last_name = faults.parse("last-name", form.text("last-name"));
    match (first_name, last_name) {
        (Some(first_name), Some(last_name)) => Ok(Joiner::New { first_name, last_name }),
        _ => Err(faults),
    }
}

async fn failed(visitor: &Visitor, form: &Form, faults: Faults) -> Result<Reply, Problem> {
    again(visitor, StatusCode::UNPROCESSABLE_ENTITY, form.text("link"), Some(form), faults).await
}

async fn again(
    visitor: &Visitor,
    status: StatusCode,
    link: &str,
    form: Option<&Form>,
    faults: Faults,
) -> Result<Reply, Problem> {
    let Some(open) = visitor.authority().look_at_invitation(link).await? else {
        return Ok(over::show(visitor, ASK));
    };
    let person = visitor.signed_in.as_ref().and_then(|signed_in| signed_in.person.as_ref());
    let typed = |name: &str, otherwise: &str| {
        form.filter(|form| form.has(name)).map_or(otherwise, |form| form.text(name)).to_owned()
    };
    let template = Join {
        frame: Frame::bare(&format!("Join {}", open.team_name)),
        link: link.to_owned(),
        inviter: inviter(visitor, &open).await?,
        expires: open.expires.into(),
        roles: roles(visitor, &open),
        first_name: typed("first-name", &open.first_name),
        last_name: typed("last-name", &open.last_name),
        signed_in: person.map_or_else(String::new, |person| person.email.clone()),
        already: already(visitor, &open),
        may_accept: person.is_some_and(|person| open.belongs_to.is_none_or(|owner| owner == person.id)),
        sign_in: on_the_way("/sign-in", &format!("/join?link={link}")),
        providers: link_ways(visitor),
        open,
        faults,
    };
    Ok(page(visitor, status, &template))
}

fn already(visitor: &Visitor, open: &OpenInvitation) -> Option<String> {
    let is_in = visitor.teams.iter().any(|team| team.id == open.team);
    is_in.then(|| format!("/console/teams/{}", open.team))
}

async fn inviter(visitor: &Visitor, open: &OpenInvitation) -> Result<String, Problem> {
    let Some(Actor::User(member)) = open.invited_by else { return Ok("An administrator".to_owned()) };
    let person = visitor.authority().person_of(open.team, member).await?;
    Ok(person.map_or_else(
        || "An administrator".to_owned(),
        |person| format!("{} {}", person.first_name, person.last_name),
    ))
}

fn roles(visitor: &Visitor, open: &OpenInvitation) -> Vec<RoleRow> {
    let known = |name| visitor.catalog.role(name);
    let row = |role: &counterfoil_core::catalog::Role| RoleRow {
        title: role.title.clone(),
        about: role.about.clone(),
    };
    open.roles.iter().filter_map(|name| known(name.as_str())).map(row).collect()
}
