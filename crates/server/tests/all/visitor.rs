//! Somebody who uses the console's pages of one team in a browser without scripts.

use crate::town::{Persona, Said, Team, Town};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use counterfoil_authority::sign_in::Purpose;
use counterfoil_core::id::PersonId;
use http::StatusCode;
use std::time::Duration;

/// What browsers send forms as.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// Somebody who is signed in and looks at one team.
pub(crate) struct Visitor<'t> {
    pub(crate) town: &'t Town,
    pub(crate) team: Team,
    pub(crate) session: Persona,
}

impl<'t> Visitor<'t> {
    pub(crate) async fn owner(town: &'t Town, team: Team) -> Self {
        Self::of(town, team, team.person).await
    }

    pub(crate) async fn with_roles(town: &'t Town, team: Team, granted: &[&str]) -> Self {
        let (_, person) = town.member(team, granted).await;
        Self::of(town, team, person).await
    }

    pub(crate) async fn of(town: &'t Town, team: Team, person: PersonId) -> Self {
        Self { town, team, session: town.signed_in(person).await }
    }

    pub(crate) async fn operator(town: &'t Town, team: Team) -> Self {
        let link = town.authority.make_link(Purpose::Operator, Duration::from_secs(60)).await.unwrap();
        let session = town.authority.use_link(link.expose(), &Default::default()).await.unwrap().unwrap();
        Self { town, team, session: Persona::Session(session.expose().to_owned()) }
    }

    /// The whole path of a page of the team; other paths stay as they are.
    pub(crate) fn place(&self, rest: &str) -> String {
        if rest.starts_with("/console") || rest.starts_with("/sign") {
            rest.to_owned()
        } else {
            format!("/console/teams/{}{rest}", self.team.id)
        }
    }

    pub(crate) async fn get(&self, rest: &str) -> Said {
        self.town.get(&self.place(rest)).by(&self.session).send().await
    }

    pub(crate) async fn post(&self, rest: &str, fields: &[(&str, &str)]) -> Said {
        self.town.post(&self.place(rest)).by(&self.session).raw(FORM, form(fields)).send().await
    }

    /// Where a form that went well leads.
    #[track_caller]
    pub(crate) fn led(&self, said: Said) -> String {
        let said = said.is(StatusCode::SEE_OTHER);
        let place = said.header("location").to_owned();
        place.strip_prefix(&self.place("")).unwrap_or(&place).to_owned()
    }
}

/// Fields as a form writes them.
pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    let pairs: Vec<String> =
        fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    pairs.join("&")
}

/// A text as it stands in a form and in a query.
pub(crate) fn encoded(text: &str) -> String {
    let one = |byte: u8| match byte {
        plain if plain.is_ascii_alphanumeric() => char::from(plain).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(one).collect()
}

/// The message that an answer has for the page that it leads to.
#[track_caller]
pub(crate) fn told(said: &Said) -> String {
    let cookies = said.headers.get_all("set-cookie").iter().filter_map(|line| line.to_str().ok());
    let mut values = cookies.filter_map(|line| line.strip_prefix("__Host-counterfoil-notice="));
    let value = values.next().expect("no message").split(';').next().unwrap();
    String::from_utf8(URL_SAFE_NO_PAD.decode(value).unwrap()).unwrap()
}
