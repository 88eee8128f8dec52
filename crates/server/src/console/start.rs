//! `/` and `/console`: to one's team, or to choose one.

use super::answer::{moved, page};
use super::frame::{Frame, Section};
use super::visitor::Visitor;
use crate::error::Problem;
use crate::reply::Reply;
use askama::Template;
use http::StatusCode;

#[derive(Template)]
#[template(path = "start.html")]
struct Start {
    frame: Frame,
}

/// `/`.
pub(crate) async fn root(_: Visitor) -> Result<Reply, Problem> {
    Ok(moved("/console"))
}

/// `/console`.
pub(crate) async fn choose(visitor: Visitor) -> Result<Reply, Problem> {
    match visitor.teams.as_slice() {
        [only] if !visitor.is_operator() => Ok(moved(&format!("/console/teams/{}", only.id))),
        [] if visitor.is_operator() => Ok(moved("/console/operator/teams")),
        _ => {
            let frame = visitor.frame("Your teams", Section::None);
            Ok(page(&visitor, StatusCode::OK, &Start { frame }))
        }
    }
}
