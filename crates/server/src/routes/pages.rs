//! The rows of the pages. They are for browsers, and no part of the API's description.

mod integrations;
mod operator;
mod profile;
mod team;
mod way_in;

use super::{Answer, Body, Door, Route, Verb};
use crate::console::demand::{ANYONE, SIGNED_IN};
use crate::console::{assets, start};

/// All pages.
pub(crate) fn pages() -> impl Iterator<Item = &'static Route> {
    let rooms = [
        FRONT,
        way_in::ROWS,
        profile::OF_MEMBER,
        profile::OF_OPERATOR,
        team::ROWS,
        integrations::ROWS,
        operator::ROWS,
    ];
    rooms.into_iter().flatten()
}

/// A page that is looked at.
const fn get(path: &'static str, door: Door, about: &'static str) -> Route {
    Route { method: Verb::Get, path, door, about, query: &[], body: Body::None, answer: PAGE }
}

/// A form of a page that is sent.
const fn post(path: &'static str, door: Door, about: &'static str) -> Route {
    Route { method: Verb::Post, path, door, about, query: &[], body: Body::Form, answer: PAGE }
}

const PAGE: Answer = Answer::Other("text/html");

/// A page of whoever meets the demand: `page!(SIGNED_IN, start::choose)`.
macro_rules! page {
    ($demand:expr, $handler:path) => {
        $crate::routes::Door::Page($demand, |visitor| Box::pin($handler(visitor)))
    };
}
use page;

/// A page of a member of the team in the path: `in_team!(MEMBER, overview::show)`.
macro_rules! in_team {
    ($demand:expr, $handler:path) => {
        $crate::routes::Door::Page($demand, |visitor| {
            Box::pin(async move { $handler(visitor.in_team()?).await })
        })
    };
}
use in_team;

/// Where one arrives.
static FRONT: &[Route] = &[
    get("/", page!(ANYONE, start::root), "To the console"),
    get("/console", page!(SIGNED_IN, start::choose), "To one's team"),
    get("/console/assets/{file}", Door::Public(|call| Box::pin(assets::get(call))), "What pages load"),
];
