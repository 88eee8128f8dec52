//! One person of the installation: the teams, a link to sign in, running the installation, erasing.

use super::people::name;
use crate::console::answer::page;
use crate::console::faults::Faults;
use crate::console::frame::{Frame, Section};
use crate::console::moment::Moment;
use crate::console::notice::Notice;
use crate::console::refused::refusal;
use crate::console::visitor::Visitor;
use crate::error::Problem;
use crate::query::encoded;
use crate::reply::Reply;
use askama::Template;
use counterfoil_authority::people::{Person, Whom};
use counterfoil_authority::sign_in::Purpose;
use counterfoil_core::id::{IssuerId, PersonId};
use counterfoil_core::refusal::{Refusal, Thing};
use http::StatusCode;
use std::time::Duration;

/// How long a link to sign in is good.
const LINK_LIFETIME: Duration = Duration::from_secs(3600);

#[derive(Template)]
#[template(path = "operator/person.html")]
struct PersonPage {
    frame: Frame,
    here: String,
    name: String,
    email: String,
    is_operator: bool,
    is_you: bool,
    teams: Vec<Membership>,
    typed: String,
    faults: Faults,
}

/// A link that is shown once.
#[derive(Template)]
#[template(path = "operator/link.html")]
struct Link {
    frame: Frame,
    here: String,
    name: String,
    link: String,
    until: Moment,
}

struct Membership {
    id: IssuerId,
    name: String,
    owns: bool,
}

/// `/console/operator/people/{person}`.
pub(crate) async fn show(visitor: Visitor) -> Result<Reply, Problem> {
    let person = named(&visitor).await?;
    told(&visitor, &person, StatusCode::OK, "", Faults::default()).await
}

/// `POST /console/operator/people/{person}/link`. The answer shows the link itself: nothing keeps it for a page
/// to come.
pub(crate) async fn make_link(visitor: Visitor) -> Result<Reply, Problem> {
    let person = named(&visitor).await?;
    let secret = visitor.authority().make_link(Purpose::SignIn(person.id), LINK_LIFETIME).await?;
    let template = Link {
        frame: visitor.frame("A link to sign in", Section::OperatorPeople),
        here: format!("/console/operator/people/{}", person.id),
        name: name(&person),
        link: visitor.call.place(&format!("/sign-in?link={}", encoded(secret.expose()))),
        until: visitor.authority().now().plus(LINK_LIFETIME).into(),
    };
    Ok(page(&visitor, StatusCode::OK, &template))
}

/// `POST /console/operator/people/{person}/operator`: `is` says whether the person shall run the installation.
pub(crate) async fn set_operator(visitor: Visitor) -> Result<Reply, Problem> {
    let person = named(&visitor).await?;
    let shall = visitor.form()?.text("is") == "yes";
    let said = if shall {
        visitor.authority().add_operator(person.id).await?;
        "runs this installation from now on."
    } else {
        visitor.authority().remove_operator(person.id).await?;
        "no longer runs this installation."
    };
    let is_you = visitor.person().is_ok_and(|you| you.id == person.id);
    let place = if is_you && !shall {
        "/console".to_owned()
    } else {
        format!("/console/operator/people/{}", person.id)
    };
    Ok(visitor.moved_with(&place, &Notice::done(format!("{} {said}", name(&person)))))
}

/// `POST /console/operator/people/{person}/erase`: with the address typed.
pub(crate) async fn erase(visitor: Visitor) -> Result<Reply, Problem> {
    let person = named(&visitor).await?;
    let form = visitor.form()?;
    let typed = form.text("email");
    if !typed.eq_ignore_ascii_case(&person.email) {
        let faults =
            Faults::one("email", format!("To erase, type the address as it stands here: {}", person.email));
        return told(&visitor, &person, StatusCode::UNPROCESSABLE_ENTITY, typed, faults).await;
    }
    match visitor.authority().erase_person(&Whom::Person(person.id)).await {
        Ok(_) => {
            let notice = Notice::done("The person is erased. The audit still says what a former member did.");
            Ok(visitor.moved_with("/console/operator/people", &notice))
        }
        Err(failure) => {
            let faults = Faults::one("email", refusal(failure)?.to_string());
            told(&visitor, &person, StatusCode::UNPROCESSABLE_ENTITY, typed, faults).await
        }
    }
}

async fn named(visitor: &Visitor) -> Result<Person, Problem> {
    let text = visitor.place(0);
    let unknown = || Problem::from(Refusal::NoSuch(Thing::User, text.to_owned()));
    let id = PersonId::try_from(text).map_err(|_| unknown())?;
    visitor.authority().person(id).await?.ok_or_else(unknown)
}

async fn told(
    visitor: &Visitor,
    person: &Person,
    status: StatusCode,
    typed: &str,
    faults: Faults,
) -> Result<Reply, Problem> {
    let memberships = visitor.authority().memberships(person.id).await?;
    let is_operator = visitor.authority().is_operator(person.id).await?;
    let mut teams = Vec::new();
    for (id, member) in memberships {
        let team = visitor.authority().ledger().team(id)?;
        teams.push(Membership { id, name: team.name.to_string(), owns: team.owner == member });
    }
    let template = PersonPage {
        frame: visitor.frame(&name(person), Section::OperatorPeople),
        here: format!("/console/operator/people/{}", person.id),
        name: name(person),
        email: person.email.clone(),
        is_operator,
        is_you: visitor.person().is_ok_and(|you| you.id == person.id),
        teams,
        typed: typed.to_owned(),
        faults,
    };
    Ok(page(visitor, status, &template))
}
