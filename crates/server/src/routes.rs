//! The one table of doors: method, path, what is demanded, who answers, and what the API's description says of
//! it. There is no other way in: matching, demands, queries and the description are all made from these rows.

use crate::api::{
    access_requests, actors, advice, api_keys, audit_events, burn, diagnose, feed, health, jwks, key_in_use,
    leaks, registered_apps, user_invitations, users, visible_apps,
};
use crate::call::Call;
use crate::demand::Demand;
use crate::error::Problem;
use crate::pages;
use crate::proof::Proven;
use crate::query::Parameter;
use crate::reply::Reply;
use crate::resource::ResourceType;
use counterfoil_core::catalog::Administration;
use http::Method;
use std::pin::Pin;

/// An answer on its way.
pub(crate) type Answering = Pin<Box<dyn Future<Output = Result<Reply, Problem>> + Send>>;
/// Answers somebody who was proven and may come in.
pub(crate) type ProvenHandler = fn(Call, Proven) -> Answering;

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
    let here: Vec<(&'static Route, Vec<String>)> = ROUTES
        .iter()
        .filter_map(|route| captured(route.path, path).map(|captures| (route, captures)))
        .collect();
    let Some((first, _)) = here.first() else { return Found::Nothing };
    let (first, public) = (*first, here.iter().all(|(route, _)| matches!(route.door, Door::Public(_))));
    let allowed = allowed(here.iter().map(|(route, _)| route.method));
    match here.into_iter().find(|(route, _)| route.method.takes(method)) {
        Some((route, captures)) => Found::Route { route, captures },
        None => Found::OtherMethods { route: first, allowed, public },
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

const KEYS: Demand = Demand::Administers(Administration::Keys);
const PEOPLE: Demand = Demand::Administers(Administration::People);
const AUDIT: Demand = Demand::Administers(Administration::Audit);
const NO_QUERY: &[Parameter] = &[];

/// A row; what it says of query, body and answer is added to it.
const fn row(method: Verb, path: &'static str, door: Door, about: &'static str) -> Route {
    Route { method, path, door, about, query: NO_QUERY, body: Body::None, answer: Answer::Nothing }
}

impl Route {
    const fn query(mut self, query: &'static [Parameter]) -> Self {
        self.query = query;
        self
    }

    const fn takes(mut self, body: Body) -> Self {
        self.body = body;
        self
    }

    const fn answers(mut self, answer: Answer) -> Self {
        self.answer = answer;
        self
    }
}

/// For requests that lead nowhere.
pub(crate) static NOWHERE: Route = row(Verb::Get, "", Door::Public(|call| Box::pin(health::live(call))), "");

macro_rules! public {
    ($handler:path) => {
        Door::Public(|call| Box::pin($handler(call)))
    };
}

macro_rules! proven {
    ($demand:expr, $handler:path) => {
        Door::Proven($demand, |call, proven| Box::pin($handler(call, proven)))
    };
}

/// All doors.
pub(crate) static ROUTES: &[Route] = &[
    // Health.
    row(Verb::Get, "/livez", public!(health::live), "The process answers").answers(Answer::Json("Health")),
    row(Verb::Get, "/readyz", public!(health::ready), "The ledger is read and trusted")
        .answers(Answer::Json("Health")),
    row(Verb::Get, "/metrics", public!(health::metrics), "Figures for Prometheus")
        .answers(Answer::Other("application/openmetrics-text")),
    row(Verb::Get, "/v1/openapi.json", public!(health::description), "This description")
        .answers(Answer::Json("Description")),
    // Keys.
    row(
        Verb::Get,
        "/v1/apiKeys",
        proven!(KEYS, api_keys::list),
        "Lists the team's keys; revoked ones for 30 days",
    )
    .query(api_keys::LIST)
    .answers(Answer::Many(&api_keys::TYPE)),
    row(Verb::Post, "/v1/apiKeys", proven!(Demand::GeneratesKey, api_keys::generate), "Generates a key")
        .takes(Body::New(&api_keys::TYPE, &["nickname", "keyType"], &["roles", "publicKey"]))
        .answers(Answer::Created(&api_keys::TYPE)),
    row(
        Verb::Get,
        "/v1/apiKeys/{id}",
        proven!(Demand::OwnKeyOrKeys, api_keys::get),
        "Reads a key, revoked or not",
    )
    .query(api_keys::ONE)
    .answers(Answer::One(&api_keys::TYPE)),
    row(
        Verb::Patch,
        "/v1/apiKeys/{id}",
        proven!(Demand::EndsKey, api_keys::change),
        "Revokes a key: `isActive: false`",
    )
    .takes(Body::Change(&api_keys::TYPE, &["isActive", "revocationReason", "revocationRemark"]))
    .answers(Answer::One(&api_keys::TYPE)),
    row(
        Verb::Post,
        "/v1/apiKeys/{id}/download",
        proven!(Demand::OwnKeyOrKeys, api_keys::download),
        "Hands the private half over, once",
    )
    .answers(Answer::Other("application/x-pem-file")),
    row(
        Verb::Get,
        "/v1/apiKeys/{id}/advice",
        proven!(Demand::OwnKeyOrKeys, advice::get),
        "The smallest roles that would do, from use",
    )
    .answers(Answer::One(&advice::TYPE)),
    row(
        Verb::Get,
        "/v1/keyInUse",
        proven!(Demand::Anyone, key_in_use::get),
        "What the presented key is and may do",
    )
    .answers(Answer::One(&key_in_use::TYPE)),
    // People.
    row(Verb::Get, "/v1/users", proven!(Demand::People, users::list), "Lists the team's users")
        .query(users::LIST)
        .answers(Answer::Many(&users::TYPE)),
    row(Verb::Get, "/v1/users/{id}", proven!(Demand::People, users::get), "Reads a user")
        .query(users::ONE)
        .answers(Answer::One(&users::TYPE)),
    row(
        Verb::Patch,
        "/v1/users/{id}",
        proven!(Demand::People, users::change),
        "Changes a user's roles or attributes",
    )
    .takes(Body::Change(
        &users::TYPE,
        &["firstName", "lastName", "roles", "allAppsVisible", "provisioningAllowed"],
    ))
    .answers(Answer::One(&users::TYPE)),
    row(
        Verb::Delete,
        "/v1/users/{id}",
        proven!(Demand::People, users::remove),
        "Ends a user's membership, and keys",
    ),
    row(
        Verb::Get,
        "/v1/users/{id}/visibleApps",
        proven!(Demand::People, visible_apps::list_of_user),
        "Lists the apps that a user sees",
    )
    .query(visible_apps::LIST)
    .answers(Answer::Many(&visible_apps::TYPE)),
    row(
        Verb::Get,
        "/v1/users/{id}/relationships/visibleApps",
        proven!(Demand::People, visible_apps::linkage_of_user),
        "Lists the ids of the apps that a user sees",
    )
    .query(visible_apps::LINKAGE)
    .answers(Answer::Linkage),
    row(
        Verb::Post,
        "/v1/users/{id}/relationships/visibleApps",
        proven!(Demand::People, visible_apps::add),
        "Lets a user see more apps",
    )
    .takes(Body::Linkage),
    row(
        Verb::Patch,
        "/v1/users/{id}/relationships/visibleApps",
        proven!(Demand::People, visible_apps::replace),
        "Lets a user see these apps and no others",
    )
    .takes(Body::Linkage),
    row(
        Verb::Delete,
        "/v1/users/{id}/relationships/visibleApps",
        proven!(Demand::People, visible_apps::remove),
        "Lets a user see these apps no more",
    )
    .takes(Body::Linkage),
    row(
        Verb::Get,
        "/v1/userInvitations",
        proven!(Demand::People, user_invitations::list),
        "Lists open invitations",
    )
    .query(user_invitations::LIST)
    .answers(Answer::Many(&user_invitations::TYPE)),
    row(
        Verb::Post,
        "/v1/userInvitations",
        proven!(Demand::People, user_invitations::invite),
        "Invites somebody",
    )
    .takes(Body::New(
        &user_invitations::TYPE,
        &["email", "firstName", "lastName", "roles"],
        &["allAppsVisible", "provisioningAllowed", "withheldPermissions"],
    ))
    .answers(Answer::Created(&user_invitations::TYPE)),
    row(
        Verb::Get,
        "/v1/userInvitations/{id}",
        proven!(Demand::People, user_invitations::get),
        "Reads an invitation; 410 once it is over",
    )
    .query(user_invitations::ONE)
    .answers(Answer::One(&user_invitations::TYPE)),
    row(
        Verb::Delete,
        "/v1/userInvitations/{id}",
        proven!(Demand::People, user_invitations::cancel),
        "Takes an invitation back",
    ),
    row(
        Verb::Get,
        "/v1/userInvitations/{id}/visibleApps",
        proven!(Demand::People, visible_apps::list_of_invitation),
        "Lists the apps that will be seen",
    )
    .query(visible_apps::LIST)
    .answers(Answer::Many(&visible_apps::TYPE)),
    row(Verb::Get, "/v1/actors", proven!(Demand::People, actors::list), "Tells who is behind ids")
        .query(actors::LIST)
        .answers(Answer::Many(&actors::TYPE)),
    // The team.
    row(
        Verb::Get,
        "/v1/accessRequests",
        proven!(KEYS, access_requests::list),
        "How the team's access to the API stands",
    )
    .query(access_requests::LIST)
    .answers(Answer::Many(&access_requests::TYPE)),
    row(
        Verb::Post,
        "/v1/accessRequests",
        proven!(Demand::OwnerSession, access_requests::request),
        "Asks for access: the owner, signed in, agrees to the terms",
    )
    .query(access_requests::ONE)
    .takes(Body::New(&access_requests::TYPE, &["termsAgreed"], &[]))
    .answers(Answer::Created(&access_requests::TYPE)),
    row(Verb::Get, "/v1/auditEvents", proven!(AUDIT, audit_events::list), "The team's ledger, newest first")
        .query(audit_events::LIST)
        .answers(Answer::Many(&audit_events::TYPE)),
    row(Verb::Get, "/v1/registeredApps", proven!(PEOPLE, registered_apps::list), "Lists the team's apps")
        .query(registered_apps::LIST)
        .answers(Answer::Many(&registered_apps::TYPE)),
    row(Verb::Post, "/v1/registeredApps", proven!(PEOPLE, registered_apps::register), "Registers an app")
        .takes(Body::New(&registered_apps::TYPE, &["bundleId", "name"], &[]))
        .answers(Answer::Created(&registered_apps::TYPE)),
    row(Verb::Get, "/v1/registeredApps/{id}", proven!(PEOPLE, registered_apps::get), "Reads an app")
        .query(registered_apps::ONE)
        .answers(Answer::One(&registered_apps::TYPE)),
    row(Verb::Delete, "/v1/registeredApps/{id}", proven!(PEOPLE, registered_apps::remove), "Forgets an app"),
    // Holders, finders, verifiers.
    row(
        Verb::Post,
        "/v1/diagnose",
        public!(diagnose::diagnose),
        "Examines the token in Authorization, for whoever holds the key",
    )
    .takes(Body::Json("DiagnoseRequest"))
    .answers(Answer::Json("Diagnosis")),
    row(
        Verb::Post,
        "/v1/burn",
        public!(burn::burn),
        "Ends the key whose private half signed the token (`aud` counterfoil-burn)",
    )
    .answers(Answer::Json("Burned")),
    row(
        Verb::Post,
        "/v1/leaks",
        public!(leaks::report),
        "Whose found private halves are (tokens with `aud` counterfoil-leak)",
    )
    .takes(Body::Json("LeakReport"))
    .answers(Answer::Json("LeakResults")),
    row(
        Verb::Get,
        feed::PATH,
        Door::Replica(|call, replica| Box::pin(feed::follow(call, replica))),
        "What a verifier elsewhere follows: a snapshot, then facts",
    )
    .query(feed::QUERY)
    .answers(Answer::Json("Feed")),
    row(
        Verb::Get,
        "/v1/teams/{issuerId}/jwks.json",
        public!(jwks::get),
        "The public halves of a team's active keys; no substitute for a verdict",
    )
    .answers(Answer::Json("Jwks")),
    // Pages.
    row(Verb::Get, "/set-up", public!(pages::set_up), "Where the first link leads")
        .query(pages::QUERY)
        .answers(Answer::Other("text/html")),
    row(Verb::Get, "/sign-in", public!(pages::sign_in), "Where a link to sign in leads")
        .query(pages::QUERY)
        .answers(Answer::Other("text/html")),
    row(Verb::Post, "/sign-in", public!(pages::open_session), "Uses the link up and signs in")
        .takes(Body::Form)
        .answers(Answer::Other("text/html")),
    row(Verb::Post, "/sign-out", public!(pages::sign_out), "Signs out").answers(Answer::Other("text/html")),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn lead(method: &str, path: &str) -> (Option<&'static str>, Vec<String>, bool) {
        let found = find(&Method::from_bytes(method.as_bytes()).unwrap(), path);
        let exact = matches!(found, Found::Route { .. });
        (found.route().map(|route| route.path), found.captures(), exact)
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
            "/",
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
    fn no_two_rows_take_the_same_request() {
        for (at, route) in ROUTES.iter().enumerate() {
            let path = route.path.replace(['{', '}'], "");
            let same = |other: &&Route| other.method == route.method && captured(other.path, &path).is_some();
            assert_eq!(ROUTES.iter().filter(same).count(), 1, "row {at}: {}", route.path);
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
