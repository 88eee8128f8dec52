//! A link that is not good, or not any more.

use crate::console::answer::page;
use crate::console::frame::{Frame, Section};
use crate::console::visitor::Visitor;
use crate::reply::Reply;
use askama::Template;
use http::StatusCode;

#[derive(Template)]
#[template(path = "way_in/over.html")]
struct Over {
    frame: Frame,
    advice: &'static str,
}

/// The page of a link that leads nowhere, with whom to ask for another.
pub(super) fn show(visitor: &Visitor, advice: &'static str) -> Reply {
    let frame = visitor.frame("This link is over", Section::None);
    page(visitor, StatusCode::GONE, &Over { frame, advice })
}
