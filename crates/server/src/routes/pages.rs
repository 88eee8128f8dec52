//! The rows of the pages. They are for browsers, and no part of the API's description.

use super::{Answer, Body, Door, Route, Verb};
use crate::console::demand::{ANYONE, MEMBER, SIGNED_IN};
use crate::console::{assets, overview, start};

const fn row(method: Verb, path: &'static str, door: Door, about: &'static str) -> Route {
    let body = if matches!(method, Verb::Post) { Body::Form } else { Body::None };
    Route { method, path, door, about, query: &[], body, answer: Answer::Other("text/html") }
}

/// A page of whoever meets the demand: `page!(SIGNED_IN, start::choose)`.
macro_rules! page {
    ($demand:expr, $handler:path) => {
        Door::Page($demand, |visitor| Box::pin($handler(visitor)))
    };
}

/// A page of a member of the team in the path: `in_team!(MEMBER, overview::show)`.
macro_rules! in_team {
    ($demand:expr, $handler:path) => {
        Door::Page($demand, |visitor| Box::pin(async move { $handler(visitor.in_team()?).await }))
    };
}

/// All pages.
pub(crate) static PAGES: &[Route] = &[
    row(Verb::Get, "/", page!(ANYONE, start::root), "To the console"),
    row(Verb::Get, "/console", page!(SIGNED_IN, start::choose), "To one's team"),
    row(
        Verb::Get,
        "/console/assets/{file}",
        Door::Public(|call| Box::pin(assets::get(call))),
        "What pages load",
    ),
    // Getting in.
    // A team.
    row(Verb::Get, "/console/teams/{issuerId}", in_team!(MEMBER, overview::show), "Overview"),
    // Users and Access: Users.
    // Users and Access: Integrations.
    // Audit, settings.
    // The operator.
];
