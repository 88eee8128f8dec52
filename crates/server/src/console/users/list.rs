//! Everybody of the team, and whoever is invited.

use super::invitations::mail_badge;
use super::may_read;
use crate::console::answer::page;
use crate::console::frame::{Frame, Section};
use crate::console::labels::{Badge, permission_badges, role_badges, sight};
use crate::console::moment::Moment;
use crate::console::part::Part;
use crate::console::visitor::TeamVisitor;
use crate::console::whom_to_ask::{Helper, whom_to_ask};
use crate::error::Problem;
use crate::reply::Reply;
use askama::Template;
use counterfoil_authority::people::PersonOfTeam;
use counterfoil_core::catalog::Administration;
use counterfoil_core::roles::Roles;
use http::StatusCode;

/// How many open invitations are shown; whoever looks for more types a name.
const MOST_INVITED: usize = 50;

#[derive(Template)]
#[template(path = "users.html")]
struct Users {
    frame: Frame,
    base: String,
    may_change: bool,
    typed: String,
    roles: Vec<RoleChoice>,
    people: Vec<Row>,
    invited: Vec<Invited>,
    /// How many there are, whatever is shown.
    total: usize,
    found: usize,
    part: Part,
    is_filtered: bool,
}

#[derive(Template)]
#[template(path = "users/shut.html")]
struct Shut {
    frame: Frame,
    me: String,
    helpers: Vec<Helper>,
}

/// A role to filter by.
struct RoleChoice {
    name: String,
    title: String,
    chosen: bool,
}

struct Row {
    href: String,
    name: String,
    email: String,
    roles: Vec<Badge>,
    permissions: Vec<Badge>,
    sees: String,
    is_you: bool,
    joined: Moment,
}

struct Invited {
    id: String,
    name: String,
    email: String,
    roles: Vec<Badge>,
    expires: Moment,
    is_over: bool,
    /// What became of its mail, if mail is sent.
    mail: Option<(&'static str, &'static str, String)>,
}

/// What the list is narrowed to.
struct Wanted {
    text: String,
    role: String,
}

impl Wanted {
    fn admits(&self, words: [&str; 3], roles: &Roles) -> bool {
        let has_text = self.text.is_empty()
            || format!("{} {} {}", words[0], words[1], words[2]).to_lowercase().contains(&self.text);
        let has_role = self.role.is_empty() || roles.iter().any(|role| role.as_str() == self.role);
        has_text && has_role
    }
}

/// `/console/teams/{issuerId}/users`.
pub(crate) async fn show(visitor: TeamVisitor) -> Result<Reply, Problem> {
    if !may_read(&visitor) {
        return shut(&visitor).await;
    }
    let query = visitor.query();
    let wanted = Wanted { text: query.text("q").to_lowercase(), role: query.text("role").to_owned() };
    let people = people(&visitor, &wanted).await?;
    let part = Part::of(&visitor.here("/users"), &query, &["q", "role"], people.len());
    let template = Users {
        frame: visitor.frame("Users", Section::Users),
        base: visitor.here("/users"),
        may_change: visitor.may(Administration::People),
        typed: query.text("q").to_owned(),
        roles: role_choices(&visitor, &wanted.role),
        invited: invited(&visitor, &wanted).await?,
        total: visitor.team.members.len(),
        found: people.len(),
        people: part.cut(people),
        part,
        is_filtered: !(wanted.text.is_empty() && wanted.role.is_empty()),
    };
    Ok(page(&visitor, StatusCode::OK, &template))
}

async fn shut(visitor: &TeamVisitor) -> Result<Reply, Problem> {
    let template = Shut {
        frame: visitor.frame("Users", Section::Users),
        me: visitor.here(&format!("/users/{}", visitor.member)),
        helpers: whom_to_ask(visitor, Administration::People).await?,
    };
    Ok(page(visitor, StatusCode::OK, &template))
}

async fn people(visitor: &TeamVisitor, wanted: &Wanted) -> Result<Vec<Row>, Problem> {
    let people = visitor.authority().people_of(visitor.team.id).await?;
    let mut rows: Vec<Row> = people.into_iter().filter_map(|person| row(visitor, wanted, person)).collect();
    rows.sort_by_cached_key(|row| (row.name.to_lowercase(), row.email.clone()));
    Ok(rows)
}

fn row(visitor: &TeamVisitor, wanted: &Wanted, person: PersonOfTeam) -> Option<Row> {
    let member = visitor.team.members.get(&person.member)?;
    let words = [person.first_name.as_str(), person.last_name.as_str(), person.email.as_str()];
    wanted.admits(words, &member.roles).then(|| Row {
        href: visitor.here(&format!("/users/{}", person.member)),
        name: format!("{} {}", person.first_name, person.last_name),
        roles: role_badges(&visitor.catalog, &member.roles),
        permissions: permission_badges(&visitor.catalog, &member.roles),
        sees: sight(&visitor.team, &member.sees),
        is_you: person.member == visitor.member,
        joined: member.joined_at.into(),
        email: person.email,
    })
}

async fn invited(visitor: &TeamVisitor, wanted: &Wanted) -> Result<Vec<Invited>, Problem> {
    let (now, open) = (visitor.authority().now(), visitor.authority().invitations_of(visitor.team.id).await?);
    let mut rows = Vec::new();
    for one in open {
        let Some(invitation) = visitor.team.invitations.get(&one.invitation) else { continue };
        let words = [one.first_name.as_str(), one.last_name.as_str(), one.email.as_str()];
        if rows.len() < MOST_INVITED && wanted.admits(words, &invitation.roles) {
            rows.push(Invited {
                id: one.invitation.to_string(),
                name: format!("{} {}", one.first_name, one.last_name),
                roles: role_badges(&visitor.catalog, &invitation.roles),
                expires: one.expires_at.into(),
                is_over: now > one.expires_at,
                mail: mail_badge(visitor, one.invitation).await?,
                email: one.email,
            });
        }
    }
    Ok(rows)
}

fn role_choices(visitor: &TeamVisitor, chosen: &str) -> Vec<RoleChoice> {
    let roles = visitor.catalog.roles.iter().map(|role| (&role.name, &role.title));
    let all = roles.chain(visitor.catalog.permissions.iter().map(|one| (&one.name, &one.title)));
    all.map(|(name, title)| RoleChoice {
        name: name.to_string(),
        title: title.clone(),
        chosen: name.as_str() == chosen,
    })
    .collect()
}
