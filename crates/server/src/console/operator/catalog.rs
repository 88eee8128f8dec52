//! The catalog in force: what it says, and its fingerprint.

use crate::console::answer::page;
use crate::console::frame::{Frame, Section};
use crate::console::labels::role_title;
use crate::console::visitor::Visitor;
use crate::error::Problem;
use crate::reply::Reply;
use askama::Template;
use counterfoil_core::catalog::{Administration, Catalog, Grade, Group, KindHolder};
use http::StatusCode;

#[derive(Template)]
#[template(path = "operator/catalog.html")]
struct CatalogPage {
    frame: Frame,
    name: String,
    fingerprint: String,
    review: bool,
    services: Vec<Service>,
    kinds: Vec<Kind>,
    roles: Vec<Role>,
    grid: Vec<Line>,
    toml: String,
}

struct Service {
    title: String,
    audience: String,
    lifetime: String,
    requests: String,
    groups: usize,
}

struct Kind {
    title: String,
    name: String,
    holder: String,
    limit: u32,
    needs_access: bool,
}

struct Role {
    title: String,
    name: String,
    about: String,
    administers: String,
}

/// What each role opens of a group.
struct Line {
    group: String,
    grades: Vec<&'static str>,
}

/// `/console/operator/catalog`.
pub(crate) async fn show(visitor: Visitor) -> Result<Reply, Problem> {
    let catalog = &visitor.catalog;
    let template = CatalogPage {
        frame: visitor.frame("Catalog", Section::OperatorCatalog),
        name: catalog.name.clone(),
        fingerprint: catalog.fingerprint().to_string(),
        review: catalog.access.review,
        services: services(catalog),
        kinds: kinds(catalog),
        roles: roles(catalog),
        grid: catalog.groups.iter().map(|group| line(catalog, group)).collect(),
        toml: catalog.to_toml(),
    };
    Ok(page(&visitor, StatusCode::OK, &template))
}

fn services(catalog: &Catalog) -> Vec<Service> {
    let groups = |name| catalog.groups.iter().filter(|group| group.service == name).count();
    let services = catalog.services.iter();
    services
        .map(|service| Service {
            title: service.title.clone(),
            audience: service.audience.clone(),
            lifetime: format!("{} min", service.lifetime.as_secs() / 60),
            requests: service.requests_per_hour.map_or_else(|| "–".to_owned(), |most| most.to_string()),
            groups: groups(service.name.clone()),
        })
        .collect()
}

fn kinds(catalog: &Catalog) -> Vec<Kind> {
    let holder = |holder: &KindHolder| match holder {
        KindHolder::TeamWithRoles(_) => "The team's, with roles".to_owned(),
        KindHolder::Team => "The team's".to_owned(),
        KindHolder::Member { permission, .. } => match permission {
            Some(permission) => format!("A person's, with {}", role_title(catalog, permission)),
            None => "A person's".to_owned(),
        },
    };
    catalog
        .kinds
        .iter()
        .map(|kind| Kind {
            title: kind.title.clone(),
            name: kind.name.to_string(),
            holder: holder(&kind.holder),
            limit: kind.limit,
            needs_access: kind.needs_access,
        })
        .collect()
}

fn roles(catalog: &Catalog) -> Vec<Role> {
    let part = |part: &Administration| match part {
        Administration::Keys => "keys",
        Administration::People => "people",
        Administration::Audit => "audit",
    };
    let roles = catalog.roles.iter();
    roles
        .map(|role| Role {
            title: role.title.clone(),
            name: role.name.to_string(),
            about: role.about.clone(),
            administers: role.administers.iter().map(part).collect::<Vec<_>>().join(", "),
        })
        .collect()
}

fn line(catalog: &Catalog, group: &Group) -> Line {
    let grade = |role: &counterfoil_core::catalog::Role| match role.grade(group) {
        Grade::None => "–",
        Grade::ReadSome => "Some",
        Grade::Read => "Read",
        Grade::Write => "Write",
    };
    Line { group: group.title.clone(), grades: catalog.roles.iter().map(grade).collect() }
}
