//! A member's page: who it is, and what they may do.

use super::proposal::{Boxes, Proposal};
use super::{Someone, may_read};
use crate::console::answer::page;
use crate::console::faults::Faults;
use crate::console::frame::{Frame, Section};
use crate::console::labels::{Badge, kind_title, permission_badges, role_badges, sight};
use crate::console::moment::Moment;
use crate::console::visitor::TeamVisitor;
use crate::error::Problem;
use crate::reply::Reply;
use askama::Template;
use counterfoil_core::catalog::Administration;
use counterfoil_core::id::KeyId;
use http::StatusCode;

#[derive(Template)]
#[template(path = "users/person.html")]
pub(super) struct PersonPage {
    frame: Frame,
    base: String,
    here: String,
    roles_page: String,
    audit: String,
    name: String,
    first: String,
    last: String,
    email: String,
    joined: Moment,
    is_you: bool,
    is_owner: bool,
    owner_title: String,
    owner_role: String,
    may_list: bool,
    may_change: bool,
    may_transfer: bool,
    may_audit: bool,
    roles: Vec<Badge>,
    permissions: Vec<Badge>,
    sees: String,
    provisioning: bool,
    keys: Vec<OwnKey>,
    boxes: Boxes,
    faults: Faults,
}

/// A key of the person.
struct OwnKey {
    id: KeyId,
    kind: String,
    href: Option<String>,
}

/// What somebody typed as the person's name.
pub(super) struct TypedName {
    pub(super) first: String,
    pub(super) last: String,
}

/// `/console/teams/{issuerId}/users/{member}`.
pub(crate) async fn show(visitor: TeamVisitor) -> Result<Reply, Problem> {
    let someone = Someone::named(&visitor).await?;
    let proposal = Proposal::of(&someone.member);
    let typed =
        TypedName { first: someone.person.first_name.clone(), last: someone.person.last_name.clone() };
    let template = PersonPage::of(&visitor, &someone, &proposal, typed, Faults::default());
    Ok(page(&visitor, StatusCode::OK, &template))
}

impl PersonPage {
    /// The page of somebody, with a form that says what was typed and what is wrong with it.
    pub(super) fn of(
        visitor: &TeamVisitor,
        someone: &Someone,
        proposal: &Proposal,
        typed: TypedName,
        faults: Faults,
    ) -> Self {
        let (catalog, member, team) = (&visitor.catalog, &someone.member, &visitor.team);
        let owner = catalog.owner_role();
        let is_owner = team.owner == someone.id;
        Self {
            frame: visitor.frame(&someone.name(), Section::Users),
            base: visitor.here("/users"),
            here: visitor.here(&format!("/users/{}", someone.id)),
            roles_page: visitor.here("/roles"),
            audit: visitor.here(&format!("/audit?who={}", someone.id)),
            name: someone.name(),
            first: typed.first,
            last: typed.last,
            email: someone.person.email.clone(),
            joined: member.joined_at.into(),
            is_you: someone.id == visitor.member,
            is_owner,
            owner_title: owner.title.clone(),
            owner_role: owner.name.to_string(),
            may_list: may_read(visitor),
            may_change: visitor.may(Administration::People),
            may_transfer: visitor.is_owner() && !is_owner,
            may_audit: visitor.may(Administration::Audit),
            roles: role_badges(catalog, &member.roles),
            permissions: permission_badges(catalog, &member.roles),
            sees: sight(team, &member.sees),
            provisioning: member.provisioning_allowed,
            keys: own_keys(visitor, someone),
            boxes: proposal.boxes(visitor, &member.roles),
            faults,
        }
    }
}

fn own_keys(visitor: &TeamVisitor, someone: &Someone) -> Vec<OwnKey> {
    let keys = visitor.team.keys.iter();
    let own = keys.filter(|(_, key)| key.is_active() && key.member() == Some(someone.id));
    let may_look = visitor.may(Administration::Keys) || someone.id == visitor.member;
    own.map(|(id, key)| OwnKey {
        id: *id,
        kind: kind_title(&visitor.catalog, &key.kind).to_owned(),
        href: may_look.then(|| visitor.here(&format!("/keys/{id}"))),
    })
    .collect()
}
