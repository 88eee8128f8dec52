//! The rows.

use super::{Answer, Body, Door, Route, Verb};
use crate::api::{
    access_requests, actors, advice, api_keys, audit_events, burn, diagnose, feed, feed_uses, health, jwks,
    key_in_use, leaks, refusals, registered_apps, user_invitations, users, uses, visible_apps,
};
use crate::demand::Demand;
use crate::gateway::authorize;
use crate::query::Parameter;
use counterfoil_core::catalog::Administration;

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
        "/v1/apiKeys/{id}/uses",
        proven!(Demand::OwnKeyOrKeys, uses::list),
        "The calls of a key since a chosen moment, counted by the hour, the oldest first",
    )
    .query(uses::LIST)
    .answers(Answer::Many(&uses::TYPE)),
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
    row(Verb::Get, "/v1/actors/{id}", proven!(Demand::People, actors::get), "Tells who is behind an id")
        .query(actors::ONE)
        .answers(Answer::One(&actors::TYPE)),
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
    row(Verb::Get, "/v1/auditEvents/{id}", proven!(AUDIT, audit_events::get), "Reads an event of the ledger")
        .query(audit_events::ONE)
        .answers(Answer::One(&audit_events::TYPE)),
    row(
        Verb::Get,
        "/v1/refusals",
        proven!(AUDIT, refusals::list),
        "What holders were told lately, and why; newest first, for 30 days and a thousand at most",
    )
    .query(refusals::LIST)
    .answers(Answer::Many(&refusals::TYPE)),
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
        Verb::Post,
        "/v1/feed/uses",
        Door::Replica(|call, replica| Box::pin(feed_uses::count(call, replica))),
        "What keys were used for at a verifier elsewhere; a batch counts once, however often it is told",
    )
    .takes(Body::Json("UsageReport")),
    row(
        Verb::Get,
        "/v1/teams/{issuerId}/jwks.json",
        public!(jwks::get),
        "The public halves of a team's active keys; no substitute for a verdict",
    )
    .answers(Answer::Json("Jwks")),
    // The front door.
    row(
        Verb::Get,
        authorize::PATH,
        public!(authorize::ask),
        "May this request pass? A proxy tells of it in header fields",
    )
    .answers(Answer::Other("text/plain")),
    row(
        Verb::Post,
        authorize::PATH,
        public!(authorize::ask),
        "The same, for proxies that ask with the method of the request",
    )
    .answers(Answer::Other("text/plain")),
];
