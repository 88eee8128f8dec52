//! The front door of other APIs: what a proxy is told at `/authorize`, and what our own doors count.

mod authorize;
mod fields;
mod hostile;
mod limits;
mod order;
mod revocation;
mod rights;
mod short_way;

use crate::town::{Ask, Town};

const APPSTORE: &str = include_str!("../../../../catalogs/appstore.toml");

/// What a proxy asks about, in nginx's words.
fn about<'t>(town: &'t Town, method: &str, target: &str) -> Ask<'t> {
    town.get("/authorize").with("x-original-method", method).with("x-original-uri", target)
}

/// A town whose keys have so many requests an hour.
async fn town_with_hour(requests: u32) -> Town {
    let hour = format!("requests_per_hour = {requests}");
    Town::build_with(Some(APPSTORE.replacen("requests_per_hour = 3600", &hour, 1))).await
}
