//! A team's overview: what its admins should look at, and for everybody else what they are and whom to ask.

use super::answer::page;
use super::frame::{Frame, Section};
use super::labels::{Badge, joined, role_badges, role_title, sight};
use super::moment::Moment;
use super::visitor::TeamVisitor;
use super::whom_to_ask::{Helper, whom_to_ask};
use crate::error::Problem;
use crate::reply::Reply;
use askama::Template;
use counterfoil_authority::directory::Directory;
use counterfoil_authority::overview::{Overview, RotationAge, WhyRotate};
use counterfoil_core::catalog::Administration;
use counterfoil_core::id::{KeyId, RoleName};
use counterfoil_core::roles::Roles;
use counterfoil_core::team::{Access, Standing};
use counterfoil_core::time::Timestamp;
use http::StatusCode;

#[derive(Template)]
#[template(path = "overview.html")]
struct AdminPage {
    frame: Frame,
    base: String,
    standing: Standing,
    access: &'static str,
    /// What is to be said of access that the team does not have.
    no_access: Option<NoAccess>,
    active: usize,
    people: usize,
    invited: usize,
    revoked: usize,
    all_good: bool,
    age: String,
    lists: Vec<List>,
}

#[derive(Template)]
#[template(path = "overview/member.html")]
struct MemberPage {
    frame: Frame,
    base: String,
    standing: Standing,
    roles: Vec<Badge>,
    sees: String,
    helpers: Vec<Helper>,
}

/// The team has no access to the API, so its keys open nothing.
struct NoAccess {
    /// Whether the visitor may ask for it.
    may_request: bool,
    /// What else there is to do.
    otherwise: String,
}

/// Keys with one thing to look at.
struct List {
    id: &'static str,
    title: String,
    about: String,
    keys: Vec<Item>,
}

/// A key of a list.
struct Item {
    name: String,
    id: KeyId,
    href: String,
    /// What is to be known of it.
    note: String,
    /// When that was, if it was at a time.
    at: Option<Moment>,
    badge: Option<Badge>,
    /// What to do.
    act: &'static str,
}

/// `/console/teams/{issuerId}`.
pub(crate) async fn show(visitor: TeamVisitor) -> Result<Reply, Problem> {
    if visitor.may(Administration::Keys) { of_keys(&visitor).await } else { of_member(&visitor).await }
}

async fn of_member(visitor: &TeamVisitor) -> Result<Reply, Problem> {
    let member = visitor.team.members.get(&visitor.member);
    let template = MemberPage {
        frame: visitor.frame(visitor.team.name.as_str(), Section::Overview),
        base: visitor.here(""),
        standing: visitor.team.standing,
        roles: role_badges(&visitor.catalog, &visitor.roles),
        sees: member.map(|member| sight(&visitor.team, &member.sees)).unwrap_or_default(),
        helpers: whom_to_ask(visitor, Administration::Keys).await?,
    };
    Ok(page(visitor, StatusCode::OK, &template))
}

async fn of_keys(visitor: &TeamVisitor) -> Result<Reply, Problem> {
    let found = visitor.authority().overview(visitor.team.id).await?;
    let directory = visitor.authority().directory(visitor.team.id).await?;
    let invited = visitor.authority().invitations_of(visitor.team.id).await?.len();
    let team = &visitor.team;
    let template = AdminPage {
        frame: visitor.frame(team.name.as_str(), Section::Overview),
        base: visitor.here(""),
        standing: team.standing,
        access: access(&team.access),
        no_access: no_access(visitor),
        active: found.active,
        people: team.members.len(),
        invited,
        revoked: team.keys.len() - found.active,
        all_good: found.is_all_good(),
        age: match found.rotation_age {
            RotationAge::Days(days) => format!("{days} days"),
            RotationAge::Never => "never".to_owned(),
        },
        lists: lists(visitor, &directory, &found),
    };
    Ok(page(visitor, StatusCode::OK, &template))
}

fn no_access(visitor: &TeamVisitor) -> Option<NoAccess> {
    let otherwise = match visitor.team.access {
        Access::Approved { .. } => return None,
        Access::Requested { .. } => "The request waits for its review.".to_owned(),
        Access::NotRequested | Access::Declined { .. } => {
            format!("The {} can request it.", visitor.catalog.owner_role().title)
        }
    };
    let is_open = matches!(visitor.team.access, Access::NotRequested | Access::Declined { .. });
    Some(NoAccess { may_request: visitor.is_owner() && is_open, otherwise })
}

const fn access(access: &Access) -> &'static str {
    match access {
        Access::NotRequested => "Not requested yet",
        Access::Requested { .. } => "Requested, waits for its review",
        Access::Approved { .. } => "Approved",
        Access::Declined { .. } => "Declined",
    }
}

/// What is to be looked at, the most urgent in front; what is empty is left out.
fn lists(visitor: &TeamVisitor, directory: &Directory, found: &Overview) -> Vec<List> {
    let lists = [
        waiting(visitor, found),
        rotate(visitor, directory, found),
        too_strong(visitor, found),
        never_used(visitor, found),
        unused(visitor, found),
    ];
    lists.into_iter().filter(|list| !list.keys.is_empty()).collect()
}

fn waiting(visitor: &TeamVisitor, found: &Overview) -> List {
    let item = |(id, days): &(KeyId, u64)| {
        let note = match days {
            0 => "Erased within a day".to_owned(),
            1 => "1 day left".to_owned(),
            days => format!("{days} days left"),
        };
        let class = if *days < 7 { "badge bad" } else { "badge warn" };
        let badge = Some(Badge { title: note, class });
        Item { badge, act: "Download", ..Item::of(visitor, *id) }
    };
    List {
        id: "waiting",
        title: "Not downloaded yet".to_owned(),
        about: "The private half is kept sealed until somebody takes it, once. If nobody does in time it is erased, and the key is of no use.".to_owned(),
        keys: found.waiting.iter().map(item).collect(),
    }
}

fn rotate(visitor: &TeamVisitor, directory: &Directory, found: &Overview) -> List {
    let item = |(id, why): &(KeyId, Vec<WhyRotate>)| {
        let words: Vec<String> = why.iter().map(|why| why_rotate(directory, *why)).collect();
        let made = visitor.team.keys.get(id).map(|key| key.created_at.into());
        Item {
            note: format!("{}. Generated", joined(&words)),
            at: made,
            act: "Rotate",
            ..Item::of(visitor, *id)
        }
    };
    List {
        id: "rotate",
        title: "Due for rotation".to_owned(),
        about: "Generate a new key, put it everywhere, check, and only then revoke the old one.".to_owned(),
        keys: found.rotate.iter().map(item).collect(),
    }
}

fn why_rotate(directory: &Directory, why: WhyRotate) -> String {
    match why {
        WhyRotate::Old => "Older than this team lets keys become".to_owned(),
        WhyRotate::DownloadedByLeaver(member) => {
            format!("Downloaded by {}, who has left", directory.name(member))
        }
        WhyRotate::GeneratedByLeaver(member) => {
            format!("Generated by {}, who has left", directory.name(member))
        }
    }
}

fn too_strong(visitor: &TeamVisitor, found: &Overview) -> List {
    let item = |(id, smallest): &(KeyId, Vec<RoleName>)| {
        let titles: Vec<String> =
            smallest.iter().map(|role| role_title(&visitor.catalog, role).to_owned()).collect();
        let has =
            visitor.team.keys.get(id).map(|key| visitor.team.roles_of_key(key)).unwrap_or_else(Roles::none);
        let badge = role_badges(&visitor.catalog, &has).into_iter().next();
        let note = format!("By what it was used for, {} would do", joined(&titles));
        Item { note, badge, act: "See its use", ..Item::of(visitor, *id) }
    };
    List {
        id: "too-strong",
        title: "May do more than it needs".to_owned(),
        about: "Whoever finds such a key administers your team with it. Replace it by one with less."
            .to_owned(),
        keys: found.too_strong.iter().map(item).collect(),
    }
}

fn never_used(visitor: &TeamVisitor, found: &Overview) -> List {
    let item = |id: &KeyId| {
        let made = visitor.team.keys.get(id).map(|key| key.created_at.into());
        Item { note: "Generated".to_owned(), at: made, act: "Look at it", ..Item::of(visitor, *id) }
    };
    List {
        id: "never-used",
        title: "Never used".to_owned(),
        about: "Was it put where it was meant for? A key that nobody needs is best revoked.".to_owned(),
        keys: found.never_used.iter().map(item).collect(),
    }
}

fn unused(visitor: &TeamVisitor, found: &Overview) -> List {
    let item = |(id, at): &(KeyId, Timestamp)| Item {
        note: "Last used".to_owned(),
        at: Some((*at).into()),
        act: "Look at it",
        ..Item::of(visitor, *id)
    };
    List {
        id: "unused",
        title: "Not used for 90 days".to_owned(),
        about: "What it was for may be gone. Revoke it, if so.".to_owned(),
        keys: found.unused.iter().map(item).collect(),
    }
}

impl Item {
    fn of(visitor: &TeamVisitor, id: KeyId) -> Self {
        let name = visitor.team.keys.get(&id).map(|key| key.name.to_string()).unwrap_or_default();
        let href = visitor.here(&format!("/keys/{id}"));
        Self { name, id, href, note: String::new(), at: None, badge: None, act: "" }
    }
}
