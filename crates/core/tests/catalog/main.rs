//! The catalog, seen from outside.

#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that can't go on fails")]

mod appstore;
mod docs;
mod faults;
mod paths;
mod roles;
mod routes;
mod toml;

use counterfoil_core::catalog::{Catalog, RequestPath};
use counterfoil_core::id::RoleName;

const PARCELS: &str = include_str!("../../../../catalogs/parcels.toml");
const SMALL: &str = include_str!("../data/small-catalog.toml");

fn parse(text: &str) -> Catalog {
    Catalog::parse(text).unwrap_or_else(|faults| panic!("{faults}"))
}

fn path(text: &str) -> RequestPath<'_> {
    RequestPath::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn roles(names: &[&str]) -> Vec<RoleName> {
    names.iter().map(|name| RoleName::try_from(*name).unwrap()).collect()
}
