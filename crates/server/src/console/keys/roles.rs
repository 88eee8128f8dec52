//! What roles open, in plain words, from the catalog: beside every choice of a role, and on a page of its own.

use crate::console::{Frame, Section, TeamVisitor, page};
use crate::error::Problem;
use crate::reply::Reply;
use askama::Template;
use counterfoil_core::catalog::{
    Administration, Catalog, Grade, Group, KeyKind, KindHolder, Permission, Role,
};
use http::StatusCode;

/// What a role opens, in the catalog's words.
pub(crate) struct RoleWords {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) about: String,
    /// What of the team it administers.
    pub(crate) administers: String,
    /// The groups that it opens to read and change, to read, and to read some of.
    pub(crate) writes: String,
    pub(crate) reads: String,
    pub(crate) reads_some: String,
}

impl RoleWords {
    /// What a role opens by a key of `kind`, or in person if there is none.
    pub(crate) fn of(catalog: &Catalog, role: &Role, kind: Option<&KeyKind>) -> Self {
        let graded = |grade: Grade| {
            let groups = catalog.groups.iter().filter(|group| kind.is_none_or(|kind| kind.reaches(group)));
            let titles = groups.filter(|group| role.grade(group) == grade).map(|group| group.title.as_str());
            titles.collect::<Vec<_>>().join(", ")
        };
        Self {
            name: role.name.to_string(),
            title: role.title.clone(),
            about: role.about.clone(),
            administers: role.administers.iter().map(|part| part_words(*part)).collect::<Vec<_>>().join(", "),
            writes: graded(Grade::Write),
            reads: graded(Grade::Read),
            reads_some: graded(Grade::ReadSome),
        }
    }
}

const fn part_words(part: Administration) -> &'static str {
    match part {
        Administration::Keys => "the team's keys",
        Administration::People => "people and their roles",
        Administration::Audit => "the audit",
    }
}

/// How far a role opens a group, in a word.
const fn grade_words(grade: Grade) -> &'static str {
    match grade {
        Grade::None => "–",
        Grade::ReadSome => "Reads some",
        Grade::Read => "Reads",
        Grade::Write => "Changes",
    }
}

/// A line of the table: a group, and how far each role opens it.
struct Line {
    group: String,
    cells: Vec<&'static str>,
}

/// What keys of a kind leave shut whatever their roles.
struct KindWords {
    title: String,
    about: String,
    never: String,
    roles: String,
}

struct PermissionWords {
    title: String,
    about: String,
    given_with: String,
}

#[derive(Template)]
#[template(path = "keys/roles.html")]
struct Roles {
    frame: Frame,
    roles: Vec<RoleWords>,
    lines: Vec<Line>,
    kinds: Vec<KindWords>,
    permissions: Vec<PermissionWords>,
}

/// *Role permissions*.
pub(crate) async fn permissions(visitor: TeamVisitor) -> Result<Reply, Problem> {
    let catalog = &visitor.catalog;
    let roles = Roles {
        frame: visitor.frame("Role permissions", Section::Users),
        roles: catalog.roles.iter().map(|role| RoleWords::of(catalog, role, None)).collect(),
        lines: lines(catalog),
        kinds: catalog.kinds.iter().map(|kind| kind_words(catalog, kind)).collect(),
        permissions: permission_words(catalog),
    };
    Ok(page(&visitor, StatusCode::OK, &roles))
}

/// Groups that no role opens are no matter of roles.
fn lines(catalog: &Catalog) -> Vec<Line> {
    let is_opened = |group: &&Group| catalog.roles.iter().any(|role| role.grade(group) != Grade::None);
    let line = |group: &Group| Line {
        group: group.title.clone(),
        cells: catalog.roles.iter().map(|role| grade_words(role.grade(group))).collect(),
    };
    catalog.groups.iter().filter(is_opened).map(line).collect()
}

fn kind_words(catalog: &Catalog, kind: &KeyKind) -> KindWords {
    let shut = catalog.groups.iter().filter(|group| kind.never_opens.contains(&group.name));
    KindWords {
        title: kind.title.clone(),
        about: kind.about.clone(),
        never: shut.map(|group| group.title.as_str()).collect::<Vec<_>>().join(", "),
        roles: match &kind.holder {
            KindHolder::TeamWithRoles(_) => "The roles that it is given when it is generated.",
            KindHolder::Member { .. } => "Those of its person, as they are at any moment.",
            KindHolder::Team => "None: it opens its services whole.",
        }
        .to_owned(),
    }
}

fn permission_words(catalog: &Catalog) -> Vec<PermissionWords> {
    let titles = |permission: &Permission| {
        let roles = catalog.roles.iter().filter(|role| permission.given_with.contains(&role.name));
        roles.map(|role| role.title.as_str()).collect::<Vec<_>>().join(", ")
    };
    let words = |permission: &Permission| PermissionWords {
        title: permission.title.clone(),
        about: permission.about.clone(),
        given_with: titles(permission),
    };
    catalog.permissions.iter().map(words).collect()
}
