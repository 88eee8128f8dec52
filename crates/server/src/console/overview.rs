//! A team's overview.

use super::answer::page;
use super::frame::{Frame, Section};
use super::visitor::TeamVisitor;
use crate::error::Problem;
use crate::reply::Reply;
use askama::Template;
use http::StatusCode;

#[derive(Template)]
#[template(path = "overview.html")]
struct Overview {
    frame: Frame,
}

/// `/console/teams/{issuerId}`.
pub(crate) async fn show(visitor: TeamVisitor) -> Result<Reply, Problem> {
    let frame = visitor.frame(visitor.team.name.as_str(), Section::Overview);
    Ok(page(&visitor, StatusCode::OK, &Overview { frame }))
}
