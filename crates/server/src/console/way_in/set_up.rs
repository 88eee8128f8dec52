//! `/set-up`: where the link of the first start leads. One form makes the operator's account and the first team.

use super::{let_in, on_the_way, over};
use crate::console::answer::page;
use crate::console::faults::Faults;
use crate::console::form::Form;
use crate::console::frame::Frame;
use crate::console::visitor::Visitor;
use crate::error::Problem;
use crate::reply::Reply;
use askama::Template;
use counterfoil_authority::people::NewPerson;
use counterfoil_authority::sign_in::{FirstTeam, Purpose, SetUpOutcome};
use http::StatusCode;

const RESTART: &str = "If nobody has set this installation up yet, restart the server: it prints a new link. If \
    it is set up, sign in; whoever runs it makes links with `counterfoil operator link`.";

#[derive(Default)]
struct Typed {
    link: String,
    first_name: String,
    last_name: String,
    email: String,
    team: String,
}

#[derive(Template)]
#[template(path = "way_in/set_up.html")]
struct SetUp {
    frame: Frame,
    typed: Typed,
    faults: Faults,
    owner: String,
}

/// `GET /set-up`.
pub(crate) async fn show(visitor: Visitor) -> Result<Reply, Problem> {
    let link = visitor.query().text("link").to_owned();
    if !is_good(&visitor, &link).await? {
        return Ok(over::show(&visitor, RESTART));
    }
    let typed = Typed { link, ..Typed::default() };
    Ok(again(&visitor, StatusCode::OK, typed, Faults::default()))
}

/// `POST /set-up`.
pub(crate) async fn set_up(visitor: Visitor) -> Result<Reply, Problem> {
    let typed = Typed::of(&visitor.form()?);
    if !is_good(&visitor, &typed.link).await? {
        return Ok(over::show(&visitor, RESTART));
    }
    let first = match typed.first() {
        Ok(first) => first,
        Err(faults) => return Ok(again(&visitor, StatusCode::UNPROCESSABLE_ENTITY, typed, faults)),
    };
    match visitor.authority().set_up(&typed.link, &first, &visitor.from()).await? {
        SetUpOutcome::Over => Ok(over::show(&visitor, RESTART)),
        SetUpOutcome::Done { opened, session } => {
            let to = format!("/console/teams/{}", opened.team);
            let_in(&visitor, &session, &on_the_way("/secure", &to)).await
        }
    }
}

async fn is_good(visitor: &Visitor, link: &str) -> Result<bool, Problem> {
    Ok(visitor.authority().look_at_link(link).await?.is_some_and(|link| link.purpose == Purpose::SetUp))
}

impl Typed {
    fn of(form: &Form) -> Self {
        let text = |name| form.text(name).to_owned();
        Self {
            link: text("link"),
            first_name: text("first-name"),
            last_name: text("last-name"),
            email: text("email"),
            team: text("team"),
        }
    }

    fn first(&self) -> Result<FirstTeam, Faults> {
        let mut faults = Faults::default();
        let first_name = faults.parse("first-name", self.first_name.as_str());
        let last_name = faults.parse("last-name", self.last_name.as_str());
        let email = faults.parse("email", self.email.as_str());
        let team = faults.parse("team", self.team.as_str());
        match (first_name, last_name, email, team) {
            (Some(first_name), Some(last_name), Some(email), Some(team)) => {
                Ok(FirstTeam { person: NewPerson { email, first_name, last_name }, team })
            }
            _ => Err(faults),
        }
    }
}

fn again(visitor: &Visitor, status: StatusCode, typed: Typed, faults: Faults) -> Reply {
    let owner = visitor.catalog.owner_role().title.clone();
    page(visitor, status, &SetUp { frame: Frame::bare("Set up Counterfoil"), typed, faults, owner })
}
