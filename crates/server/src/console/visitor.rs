//! Who looks at a page: everything that the page may need to know of them.

use super::answer::moved;
use super::form::Form;
use super::frame::{Frame, Section};
use super::notice::Notice;
use crate::app::ApiSettings;
use crate::call::Call;
use crate::cookies::{self, shown_session};
use crate::error::Problem;
use crate::reply::Reply;
use counterfoil_authority::people::Person;
use counterfoil_authority::sign_in::{How, SeenFrom, Session, Who};
use counterfoil_authority::{Authority, Request};
use counterfoil_core::catalog::{Administration, Catalog};
use counterfoil_core::event::Actor;
use counterfoil_core::id::{IssuerId, MemberId};
use counterfoil_core::roles::Roles;
use counterfoil_core::team::Team;
use http::header::USER_AGENT;
use std::ops::Deref;
use std::sync::Arc;

/// The beginning of every page of a team.
const OF_TEAM: &str = "/console/teams/{issuerId}";

/// Who looks at a page.
#[derive(Clone)]
pub(crate) struct Visitor {
    /// The request.
    pub(crate) call: Call,
    /// Who is signed in, if somebody is.
    pub(crate) signed_in: Option<SignedIn>,
    /// The catalog in force.
    pub(crate) catalog: Arc<Catalog>,
    /// The teams that the person belongs to, the longest first.
    pub(crate) teams: Vec<TeamLink>,
    /// What an earlier request has to say.
    pub(crate) notice: Option<Notice>,
    /// The membership in the team of the path, if it is one of a team and the person is its member.
    membership: Option<(Arc<Team>, MemberId)>,
}

/// Somebody who is signed in.
#[derive(Clone)]
pub(crate) struct SignedIn {
    /// The session's secret, to change or end it by.
    pub(crate) secret: String,
    /// The session.
    pub(crate) session: Session,
    /// The person; nobody, for an operator who came by a link.
    pub(crate) person: Option<Person>,
    /// Whether they run the installation.
    pub(crate) is_operator: bool,
    /// Whether they came by a link and have nothing to come back with.
    pub(crate) has_no_way_back: bool,
}

/// A team that one can go to.
#[derive(Clone, Debug)]
pub(crate) struct TeamLink {
    /// Which.
    pub(crate) id: IssuerId,
    /// What it is called.
    pub(crate) name: String,
}

/// A member of the team in the path. It is a [`Visitor`] too.
#[derive(Clone)]
pub(crate) struct TeamVisitor {
    visitor: Visitor,
    /// The team as it is now.
    pub(crate) team: Arc<Team>,
    /// Who of it.
    pub(crate) member: MemberId,
    /// Their roles now.
    pub(crate) roles: Roles,
}

impl Visitor {
    /// Whoever sends this request.
    ///
    /// # Errors
    /// If the cookie is given twice, or the store can't be read.
    pub(crate) async fn of(call: Call) -> Result<Self, Problem> {
        let signed_in = signed_in(&call).await?;
        let person = signed_in.as_ref().and_then(|signed_in| signed_in.person.as_ref());
        let memberships = match person {
            Some(person) => call.authority().memberships(person.id).await?,
            None => Vec::new(),
        };
        let catalog = call.authority().catalog();
        let notice = Notice::brought(&call.headers, &call.house.settings);
        let mut visitor = Self { call, signed_in, catalog, teams: Vec::new(), notice, membership: None };
        visitor.look_up(&memberships)?;
        Ok(visitor)
    }

    fn look_up(&mut self, memberships: &[(IssuerId, MemberId)]) -> Result<(), Problem> {
        let here = self.team_in_path();
        for (id, member) in memberships {
            let Some(team) = self.call.authority().ledger().state()?.team(*id).cloned() else { continue };
            self.teams.push(TeamLink { id: *id, name: team.name.to_string() });
            if here == Some(*id) && team.members.contains_key(member) {
                self.membership = Some((team, *member));
            }
        }
        Ok(())
    }

    fn team_in_path(&self) -> Option<IssuerId> {
        self.call.route.path.starts_with(OF_TEAM).then(|| IssuerId::try_from(self.call.named()).ok())?
    }

    /// The member of the team in the path.
    ///
    /// # Errors
    /// If there is no such team, or the visitor does not belong to it: both look alike.
    pub(crate) fn in_team(self) -> Result<TeamVisitor, Problem> {
        let (team, member) = self.membership.clone().ok_or(Problem::NoSuchPath)?;
        let roles = team.members.get(&member).map_or_else(Roles::none, |member| member.roles.clone());
        Ok(TeamVisitor { visitor: self, team, member, roles })
    }

    /// The team in the path and who of it, if it is one of the visitor's.
    pub(crate) const fn membership(&self) -> Option<&(Arc<Team>, MemberId)> {
        self.membership.as_ref()
    }

    /// The person who is signed in.
    ///
    /// # Errors
    /// If nobody is, or the operator by a link, who is no person.
    pub(crate) fn person(&self) -> Result<&Person, Problem> {
        let person = self.signed_in.as_ref().and_then(|signed_in| signed_in.person.as_ref());
        person.ok_or_else(|| Problem::NotOpen {
            reason: Some("You came by the operator's link, which belongs to no person.".to_owned()),
        })
    }

    /// Who is signed in.
    ///
    /// # Errors
    /// If nobody is.
    pub(crate) fn signed_in(&self) -> Result<&SignedIn, Problem> {
        self.signed_in.as_ref().ok_or(Problem::Unproven)
    }

    /// From where the visitor comes.
    pub(crate) fn from(&self) -> SeenFrom {
        const LONGEST: usize = 300;
        let agent = self.call.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
        let agent = agent.unwrap_or_default().chars().take(LONGEST).collect();
        let marks = cookies::value(&self.call.headers, cookies::marks_name(self.settings()));
        SeenFrom {
            address: self.call.address,
            kept_address: self.call.from.as_str().to_owned(),
            agent,
            marks: marks.unwrap_or_default(),
        }
    }

    /// Whether the visitor runs the installation.
    pub(crate) fn is_operator(&self) -> bool {
        self.signed_in.as_ref().is_some_and(|signed_in| signed_in.is_operator)
    }

    /// The use cases.
    pub(crate) fn authority(&self) -> &Authority {
        self.call.authority()
    }

    /// How the console is served.
    pub(crate) fn settings(&self) -> &ApiSettings {
        &self.call.house.settings
    }

    /// The form that was sent.
    ///
    /// # Errors
    /// If the body is none.
    pub(crate) fn form(&self) -> Result<Form, Problem> {
        Form::of(&self.call)
    }

    /// What stands behind the question mark, as a form.
    pub(crate) fn query(&self) -> Form {
        Form::of_query(&self.call)
    }

    /// What stands in the open place of the path with that number, from 0; the team's id is 0.
    pub(crate) fn place(&self, number: usize) -> &str {
        self.call.captures.get(number).map_or("", String::as_str)
    }

    /// What stands around a page of that title.
    pub(crate) fn frame(&self, title: &str, section: Section) -> Frame {
        Frame::around(self, title, section)
    }

    /// A way on.
    pub(crate) fn moved(&self, place: &str) -> Reply {
        moved(place)
    }

    /// A way on, with a message for the page there.
    pub(crate) fn moved_with(&self, place: &str, notice: &Notice) -> Reply {
        moved(place).noticed(notice, self.settings())
    }
}

impl TeamVisitor {
    /// Whether the roles administer this part of the team.
    pub(crate) fn may(&self, part: Administration) -> bool {
        self.catalog.administers(self.roles.iter(), part)
    }

    /// Whether this is the team's owner.
    pub(crate) fn is_owner(&self) -> bool {
        self.team.owner == self.member
    }

    /// Who acts.
    pub(crate) const fn actor(&self) -> Actor {
        Actor::User(self.member)
    }

    /// What use cases must know of whoever asks.
    pub(crate) const fn request(&self) -> Request {
        Request::by(self.actor())
    }

    /// A page of this team: `visitor.here("/users")`.
    pub(crate) fn here(&self, rest: &str) -> String {
        format!("/console/teams/{}{rest}", self.team.id)
    }
}

impl Deref for TeamVisitor {
    type Target = Visitor;

    fn deref(&self) -> &Visitor {
        &self.visitor
    }
}

async fn signed_in(call: &Call) -> Result<Option<SignedIn>, Problem> {
    let Some(secret) = shown_session(&call.headers, &call.house.settings)? else { return Ok(None) };
    let Some(session) = call.authority().session(&secret).await? else { return Ok(None) };
    let person = match session.who {
        Who::Person(person) => match call.authority().person(person).await? {
            Some(person) => Some(person),
            None => return Ok(None),
        },
        Who::Operator => None,
    };
    let is_operator = session.operates;
    let has_no_way_back = match &person {
        Some(person) if matches!(session.how, How::Link | How::Invitation) => {
            call.authority().credentials_of(person.id).await?.are_none()
        }
        _ => false,
    };
    Ok(Some(SignedIn { secret, session, person, is_operator, has_no_way_back }))
}
