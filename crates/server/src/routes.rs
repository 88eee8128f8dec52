//! The one table of doors: method, path, what is demanded, who answers, and what the API's description says of
//! it. There is no other way in: matching, demands, queries and the description are all made from these rows.

mod pages;
mod table;

pub(crate) use pages::pages;
pub(crate) use table::{NOWHERE, ROUTES};

use crate::call::Call;
use crate::console::{PageDemand, Visitor};
use crate::demand::Demand;
use crate::error::Problem;
use crate::proof::Proven;
use crate::query::Parameter;
use crate::reply::Reply;
use crate::resource::ResourceType;
use http::Method;
use std::pin::Pin;
use std::sync::LazyLock;

/// An answer on its way.
pub(crate) type Answering = Pin<Box<dyn Future<Output = Result<Reply, Problem>> + Send>>;
/// Answers somebody who was proven and may come in.
pub(crate) type ProvenHandler = fn(Call, Proven) -> Answering;

/// Shows a page to somebody who may see it.
pub(crate) type PageHandler = fn(Visitor) -> Answering;

/// A row of the table.
#[derive(Debug)]
pub(crate) struct Route {
    /// The method; `HEAD` is taken where `GET` is.
    pub(crate) method: Verb,
    /// The path; `{…}` stands for one segment.
    pub(crate) path: &'static str,
    /// Who may come in, and who answers.
    pub(crate) door: Door,
    /// What it does, in a sentence.
    pub(crate) about: &'static str,
    /// The parameters that it takes.
    pub(crate) query: &'static [Parameter],
    /// The body that it takes.
    pub(crate) body: Body,
    /// What it answers if all is well.
    pub(crate) answer: Answer,
}

/// The methods that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Post,
    Patch,
    Delete,
}

/// Who may come in, and who answers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Door {
    /// Anybody.
    Public(fn(Call) -> Answering),
    /// Whoever meets this demand.
    Proven(Demand, ProvenHandler),
    /// A replica with its credential.
    Replica(fn(Call, String) -> Answering),
    /// Whoever meets this demand, in a browser.
    Page(PageDemand, PageHandler),
}

/// The body that a door takes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Body {
    /// None.
    None,
    /// A new resource: attributes that must, and that may, be there.
    New(&'static ResourceType, &'static [&'static str], &'static [&'static str]),
    /// A change of a resource: attributes that may be there.
    Change(&'static ResourceType, &'static [&'static str]),
    /// The ends of a relationship.
    Linkage,
    /// Some other JSON, by the name of its schema.
    Json(&'static str),
    /// A form of a page.
    Form,
}

/// What a door answers if all is well.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answer {
    /// A page of resources.
    Many(&'static ResourceType),
    /// A resource.
    One(&'static ResourceType),
    /// 201 and the resource.
    Created(&'static ResourceType),
    /// 204.
    Nothing,
    /// The ends of a relationship.
    Linkage,
    /// Some other JSON, by the name of its schema.
    Json(&'static str),
    /// Something that is no JSON.
    Other(&'static str),
}

/// What a request leads to.
#[derive(Debug)]
pub(crate) enum Found {
    /// A row, and what stands in its open places.
    Route { route: &'static Route, captures: Vec<String> },
    /// The path is there, but not for this method.
    OtherMethods { route: &'static Route, allowed: String, public: bool },
    /// Nothing of ours.
    Nothing,
}

impl Found {
    /// The row, or one of the same path.
    pub(crate) const fn route(&self) -> Option<&'static Route> {
        match self {
            Self::Route { route, .. } | Self::OtherMethods { route, .. } => Some(route),
            Self::Nothing => None,
        }
    }

    /// What stands in the open places.
    pub(crate) fn captures(&self) -> Vec<String> {
        match self {
            Self::Route { captures, .. } => captures.clone(),
            Self::OtherMethods { .. } | Self::Nothing => Vec::new(),
        }
    }
}

/// Finds the row of a request.
pub(crate) fn find(method: &Method, path: &str) -> Found {
    let here: Vec<(&'static Route, Vec<String>)> =
        all().filter_map(|route| captured(route.path, path).map(|captures| (route, captures))).collect();
    let Some((first, _)) = here.first() else { return Found::Nothing };
    let (first, public) = (*first, here.iter().all(|(route, _)| route.door.is_public()));
    let allowed = allowed(here.iter().map(|(route, _)| route.method));
    match here.into_iter().find(|(route, _)| route.method.takes(method)) {
        Some((route, captures)) => Found::Route { route, captures },
        None => Found::OtherMethods { route: first, allowed, public },
    }
}

/// A page, for whoever checks them all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRow {
    /// The method.
    pub method: &'static str,
    /// The path; `{…}` stands for one segment.
    pub path: &'static str,
    /// Who may come in: `Anyone`, `Member`, `Administers(Keys)`…
    pub demand: String,
    /// Whether they must have proven themselves a moment ago.
    pub fresh: bool,
}

/// Every page of the console.
#[must_use]
pub fn page_rows() -> Vec<PageRow> {
    let row = |route: &Route| match route.door {
        Door::Page(PageDemand { who, fresh }, _) => {
            let (method, path) = (route.method.name(), route.path);
            Some(PageRow { method, path, demand: format!("{who:?}"), fresh })
        }
        Door::Public(_) | Door::Proven(..) | Door::Replica(_) => None,
    };
    pages().filter_map(row).collect()
}

/// All rows.
fn all() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().chain(pages())
}

/// Whether a path is one of our own doors', whatever the method. All that lies below the console is.
pub(crate) fn is_ours(path: &str) -> bool {
    path == "/"
        || begins_as_ours(path)
            && (is_of_console(path) || all().any(|route| captured(route.path, path).is_some()))
}

/// The only start that a path can have is the last of those that do not sort behind it: none is another's.
fn begins_as_ours(path: &str) -> bool {
    let behind = STARTS.partition_point(|start| *start <= path);
    behind.checked_sub(1).and_then(|at| STARTS.get(at)).is_some_and(|start| path.starts_with(start))
}

/// Whether a path lies where only pages are.
pub(crate) fn is_of_console(path: &str) -> bool {
    path.strip_prefix("/console").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What our paths begin with, up to their first open place: most requests for others need no closer look.
static STARTS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut starts: Vec<&str> = all().filter_map(|route| route.path.split('{').next()).collect();
    starts.retain(|start| *start != "/");
    starts.sort_unstable();
    starts.dedup_by(|longer, shorter| longer.starts_with(&**shorter));
    starts
});

impl Door {
    /// Whether it tells anybody which methods it takes.
    const fn is_public(&self) -> bool {
        matches!(self, Self::Public(_) | Self::Page(..))
    }
}

impl Verb {
    /// Its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    fn takes(self, method: &Method) -> bool {
        method.as_str() == self.name() || (self == Self::Get && method == Method::HEAD)
    }
}

fn allowed(methods: impl Iterator<Item = Verb>) -> String {
    let mut names: Vec<&str> = Vec::new();
    for method in methods {
        names.push(method.name());
        if method == Verb::Get {
            names.push("HEAD");
        }
    }
    names.join(", ")
}

/// What stands in the open places of a template, if the path fits it.
fn captured(template: &str, path: &str) -> Option<Vec<String>> {
    let (mut captures, mut segments) = (Vec::new(), path.split('/'));
    for part in template.split('/') {
        let segment = segments.next()?;
        if part.starts_with('{') {
            captures.push(Some(segment).filter(|segment| !segment.is_empty())?.to_owned());
        } else if part != segment {
            return None;
        }
    }
    segments.next().is_none().then_some(captures)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lead(method: &str, path: &str) -> (Option<&'static str>, Vec<String>, bool) {
        let found = find(&Method::from_bytes(method.as_bytes()).unwrap(), path);
        let exact = matches!(found, Found::Route { .. });
        (found.route().map(|route| route.path), found.captures(), exact)
    }

    #[test]
    fn what_begins_as_a_path_of_ours_is_found_as_by_a_look_at_all() {
        let at_all = |path: &str| STARTS.iter().any(|start| path.starts_with(start));
        for route in all() {
            let last = route.path.len() - 1;
            for path in [route.path.to_owned(), route.path[..last].to_owned(), format!("{}~", route.path)] {
                assert_eq!(begins_as_ours(&path), at_all(&path), "{path}");
            }
        }
        for path in ["", "/", "/v1/", "/v1/apps/1", "/v2/sandboxTesters", "/zzz", "//", "~"] {
            assert_eq!(begins_as_ours(path), at_all(path), "{path}");
        }
    }

    #[test]
    fn a_path_leads_to_its_row_alone() {
        assert_eq!(lead("GET", "/v1/apiKeys/A1"), (Some("/v1/apiKeys/{id}"), vec!["A1".to_owned()], true));
        assert_eq!(lead("HEAD", "/v1/apiKeys"), (Some("/v1/apiKeys"), vec![], true));
        assert_eq!(lead("PUT", "/v1/apiKeys"), (Some("/v1/apiKeys"), vec![], false));
        for path in [
            "/v1/apiKeys/",
            "/v1/apikeys",
            "/v1/apiKeys/A1/",
            "/v1/apiKeys/A1/B2",
            "/v1",
            "/consoles",
            "",
            "/V1/apiKeys",
        ] {
            assert_eq!(lead("GET", path), (None, vec![], false), "{path}");
        }
    }

    #[test]
    fn other_methods_are_named() {
        let Found::OtherMethods { allowed, .. } = find(&Method::PUT, "/v1/apiKeys/A1") else { panic!() };
        assert_eq!(allowed, "GET, HEAD, PATCH");
    }

    #[test]
    fn every_row_is_the_first_that_takes_its_own_path() {
        for route in all() {
            let path = route.path.replace(['{', '}'], "");
            let takes =
                |other: &&Route| other.method == route.method && captured(other.path, &path).is_some();
            let first = all().find(takes).map(|first| first.path);
            assert_eq!(first, Some(route.path), "a row with words stands before one with an open place");
            assert_eq!(all().filter(takes).filter(|other| other.path == route.path).count(), 1);
        }
    }

    #[test]
    fn every_parameter_of_a_row_is_named_once_and_explained() {
        for route in ROUTES {
            for (at, parameter) in route.query.iter().enumerate() {
                assert!(!parameter.about.is_empty(), "{} {}", route.path, parameter.name);
                assert!(
                    route.query[..at].iter().all(|other| other.name != parameter.name),
                    "{} {}",
                    route.path,
                    parameter.name
                );
            }
        }
    }
}
