//! *Integrations*: the tables of a team's keys.

use super::access::{AccessGap, gap};
use super::row::KeyRow;
use super::shelf::{Link, Shelf, column, tabs};
use super::who::Who;
use crate::api::api_keys::REVOKED_LISTED;
use crate::console::whom_to_ask::{Helper, whom_to_ask};
use crate::console::{Frame, Section, TeamVisitor, page};
use crate::error::Problem;
use crate::query::encoded;
use crate::reply::Reply;
use askama::Template;
use counterfoil_core::catalog::Administration;
use counterfoil_core::id::KeyId;
use counterfoil_core::team::Key;
use http::StatusCode;
use std::cmp::Reverse;

#[derive(Template)]
#[template(path = "keys/list.html")]
struct List {
    frame: Frame,
    column: Vec<Link>,
    tabs: Vec<Link>,
    /// What such keys are for.
    about: Vec<String>,
    issuer: String,
    /// The team's pages.
    base: String,
    /// This page.
    place: String,
    generate: String,
    profile: String,
    gap: Option<AccessGap>,
    search: String,
    /// This page with boxes to select keys by.
    edit: String,
    editing: bool,
    /// Whether the keys have roles, and persons.
    has_roles: bool,
    has_persons: bool,
    /// How many are active, found or not, and how many there may be.
    count: usize,
    room: Option<u32>,
    active: Vec<KeyRow>,
    revoked: Vec<KeyRow>,
}

/// `/integrations`: to the first table. Whoever may not see it is told whom to ask.
pub(crate) async fn integrations(visitor: TeamVisitor) -> Result<Reply, Problem> {
    let first = Shelf::ALL.into_iter().find(|shelf| shelf.is_there(&visitor.catalog));
    let place = visitor.here(first.unwrap_or(Shelf::WithRoles).place());
    if visitor.may(Administration::Keys) { Ok(visitor.moved(&place)) } else { ask(&visitor).await }
}

/// `/integrations/api`: *Team Keys*.
pub(crate) async fn team_keys(visitor: TeamVisitor) -> Result<Reply, Problem> {
    table(&visitor, Shelf::WithRoles).await
}

/// `/integrations/api/individual`: *Individual Keys*.
pub(crate) async fn individual_keys(visitor: TeamVisitor) -> Result<Reply, Problem> {
    table(&visitor, Shelf::OfMembers).await
}

/// `/integrations/in-app-purchase`.
pub(crate) async fn purchase_keys(visitor: TeamVisitor) -> Result<Reply, Problem> {
    table(&visitor, Shelf::OfTeam).await
}

async fn table(visitor: &TeamVisitor, shelf: Shelf) -> Result<Reply, Problem> {
    if !visitor.may(Administration::Keys) {
        return ask(visitor).await;
    }
    if !shelf.is_there(&visitor.catalog) {
        return Err(Problem::NoSuchPath);
    }
    let list = list(visitor, shelf).await?;
    Ok(page(visitor, StatusCode::OK, &list))
}

async fn list(visitor: &TeamVisitor, shelf: Shelf) -> Result<List, Problem> {
    let (query, catalog) = (visitor.query(), &visitor.catalog);
    let who = Who::of(visitor).await?;
    let all: Vec<(KeyId, &Key)> = on_shelf(visitor, shelf);
    let count = all.iter().filter(|(_, key)| key.is_active()).count();
    let search = query.text("q").to_owned();
    let mut active =
        rows(visitor, &who, &all, |id, key| key.is_active() && is_found(&search, id, key)).await?;
    let since = visitor.authority().now().minus(REVOKED_LISTED);
    let listed = |key: &Key| key.revoked.as_ref().is_some_and(|revocation| revocation.at >= since);
    let mut revoked = rows(visitor, &who, &all, |id, key| listed(key) && is_found(&search, id, key)).await?;
    active.sort_by_key(|row| (Reverse(row.created), row.id));
    revoked.sort_by_key(|row| (Reverse(row.revoked.as_ref().map(|revoked| revoked.at)), row.id));
    Ok(List {
        frame: visitor.frame(&shelf.section(catalog), Section::Integrations),
        column: column(visitor, shelf),
        tabs: tabs(visitor, shelf),
        about: shelf
            .kinds(catalog)
            .map(|kind| kind.about.clone())
            .filter(|about| !about.is_empty())
            .collect(),
        issuer: visitor.team.id.to_string(),
        base: visitor.here(""),
        place: visitor.here(shelf.place()),
        generate: visitor.here(shelf.generate_place()),
        profile: visitor.here("/profile#individual-key"),
        gap: gap(visitor, &who, shelf),
        edit: visitor.here(&format!("{}?edit=1&q={}", shelf.place(), encoded(&search))),
        editing: query.has("edit"),
        has_roles: shelf != Shelf::OfTeam,
        has_persons: shelf == Shelf::OfMembers,
        count,
        room: room(visitor, shelf),
        search,
        active,
        revoked,
    })
}

fn on_shelf(visitor: &TeamVisitor, shelf: Shelf) -> Vec<(KeyId, &Key)> {
    let stands_here = |key: &Key| match visitor.catalog.kind(key.kind.as_str()) {
        Some(kind) => Shelf::of(kind) == shelf,
        // What the catalog knows no more stands where its holder says.
        None => (shelf == Shelf::OfMembers) == key.member().is_some() && shelf != Shelf::OfTeam,
    };
    let keys = visitor.team.keys.iter().map(|(id, key)| (*id, key.as_ref()));
    keys.filter(|(_, key)| stands_here(key)).collect()
}

async fn rows(
    visitor: &TeamVisitor,
    who: &Who,
    all: &[(KeyId, &Key)],
    is_wanted: impl Fn(KeyId, &Key) -> bool,
) -> Result<Vec<KeyRow>, Problem> {
    let wanted: Vec<(KeyId, &Key)> = all.iter().copied().filter(|(id, key)| is_wanted(*id, key)).collect();
    let ids: Vec<KeyId> = wanted.iter().map(|(id, _)| *id).collect();
    let used = visitor.authority().last_used_of(&ids).await?;
    Ok(wanted
        .into_iter()
        .map(|(id, key)| KeyRow::of(visitor, who, id, key, used.get(&id).copied()))
        .collect())
}

/// By name or key id, whatever the case.
fn is_found(search: &str, id: KeyId, key: &Key) -> bool {
    let search = search.to_lowercase();
    id.as_str().to_lowercase().contains(&search) || key.name.as_str().to_lowercase().contains(&search)
}

/// How many there may be; nothing, where that is each member's or several kinds' affair.
fn room(visitor: &TeamVisitor, shelf: Shelf) -> Option<u32> {
    let mut kinds = shelf.kinds(&visitor.catalog).filter(|_| shelf != Shelf::OfMembers);
    let only = kinds.next().filter(|_| kinds.next().is_none());
    only.map(|kind| kind.limit)
}

#[derive(Template)]
#[template(path = "keys/ask.html")]
struct Ask {
    frame: Frame,
    roles: String,
    helpers: Vec<Helper>,
    profile: String,
}

/// Whoever may not see a team's keys is told whom to ask.
async fn ask(visitor: &TeamVisitor) -> Result<Reply, Problem> {
    let roles = visitor.catalog.roles.iter().filter(|role| role.administers.contains(&Administration::Keys));
    let ask = Ask {
        frame: visitor.frame("Integrations", Section::Users),
        roles: roles.map(|role| role.title.as_str()).collect::<Vec<_>>().join(" or "),
        helpers: whom_to_ask(visitor, Administration::Keys).await?,
        profile: visitor.here("/profile#individual-key"),
    };
    Ok(page(visitor, StatusCode::FORBIDDEN, &ask))
}
