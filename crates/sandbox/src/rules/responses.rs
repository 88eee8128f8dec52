//! Responses to reviews of customers: they are to be read some time later.

use crate::engine::{House, attributes_of, end_of};
use crate::fault::Fault;
use crate::store::{Kept, Writing};
use std::time::Duration;

/// How long a response waits.
const PUBLISHING: Duration = Duration::from_secs(60);

/// A response waits until it is published.
pub(super) fn made(house: &House<'_>, writing: &Writing<'_>, response: &Kept) -> Result<(), Fault> {
    writing.due_at(response.number, house.now + PUBLISHING)
}

/// Its time has come.
pub(super) fn published(house: &House<'_>, writing: &Writing<'_>, response: &Kept) -> Result<(), Fault> {
    let mut values = attributes_of(response)?;
    values.insert("state".to_owned(), "PUBLISHED".into());
    house.rewrite(writing, house.kind(&response.kind)?, response, &values)?;
    let Some(end) = writing.targets(response.number, "review")?.into_iter().next() else { return Ok(()) };
    let review = house.find(writing, &end.kind, &end.id)?;
    writing.link(&review, "publishedResponse", 0, &end_of(response))
}
