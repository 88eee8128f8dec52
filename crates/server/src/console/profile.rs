//! *Your profile*: who one is, and what one proves it with.

use super::answer::page;
use super::frame::{Frame, Section};
use super::keys::own::{self, OwnKeys};
use super::moment::Moment;
use super::security::history::{Entry, proved_by};
use super::security::{Place, device};
use super::single_sign_on::{Linked, linked};
use super::visitor::Visitor;
use crate::error::Problem;
use crate::reply::Reply;
use askama::Template;
use counterfoil_authority::credentials::Credentials;
use counterfoil_authority::people::Person;
use counterfoil_authority::sign_in::{HistoryOf, OpenSession, SessionId};
use http::StatusCode;

/// How much of the history stands on the profile itself.
const LATEST: u32 = 5;

#[derive(Template)]
#[template(path = "profile.html")]
struct Profile {
    frame: Frame,
    place: Place,
    person: Person,
    /// The person's own keys, on a page of a team.
    own: Option<OwnKeys>,
    credentials: Credentials,
    passkeys: Vec<PasskeyRow>,
    sessions: Vec<SessionRow>,
    entries: Vec<Entry>,
    has_passkeys: bool,
    linked: Linked,
}

/// A passkey as it is shown.
struct PasskeyRow {
    id: String,
    name: String,
    created: Moment,
    last_used: Option<Moment>,
}

/// A session as it is shown.
struct SessionRow {
    id: SessionId,
    is_this: bool,
    device: String,
    address: String,
    how: &'static str,
    since: Moment,
    last_seen: Moment,
}

/// The page.
pub(crate) async fn show(visitor: Visitor) -> Result<Reply, Problem> {
    let (person, session) = (visitor.person()?.clone(), visitor.signed_in()?.session);
    let authority = visitor.authority();
    let credentials = authority.credentials_of(person.id).await?;
    let open = authority.sessions_beside(&session).await?;
    let history = authority.sign_in_history(HistoryOf::Person(person.id), None, LATEST).await?;
    let own = match visitor.clone().in_team() {
        Ok(member) => Some(own::section(&member).await?),
        Err(_) => None,
    };
    let template = Profile {
        own,
        frame: visitor.frame("Your profile", Section::Profile),
        place: Place::of(&visitor, ""),
        passkeys: passkeys(&credentials),
        sessions: open.into_iter().map(|open| SessionRow::of(open, session.id)).collect(),
        entries: history.entries.into_iter().map(Entry::from).collect(),
        has_passkeys: authority.site().has_passkeys(),
        linked: linked(&visitor, &credentials, &visitor.call.path),
        credentials,
        person,
    };
    Ok(page(&visitor, StatusCode::OK, &template))
}

fn passkeys(credentials: &Credentials) -> Vec<PasskeyRow> {
    let row = |passkey: &counterfoil_authority::credentials::Passkey| PasskeyRow {
        id: passkey.id.to_string(),
        name: passkey.name.clone(),
        created: passkey.created_at.into(),
        last_used: passkey.last_used.map(Moment::from),
    };
    credentials.passkeys.iter().map(row).collect()
}

impl SessionRow {
    fn of(open: OpenSession, this: SessionId) -> Self {
        Self {
            id: open.id,
            is_this: open.id == this,
            device: device(&open.agent),
            address: open.address,
            how: proved_by(open.how),
            since: open.created_at.into(),
            last_seen: open.last_seen.into(),
        }
    }
}

impl Profile {
    fn password_since(&self) -> Option<Moment> {
        self.credentials.password_set_at.map(Moment::from)
    }

    fn authenticator_since(&self) -> Option<Moment> {
        self.credentials.authenticator_since.map(Moment::from)
    }
}
