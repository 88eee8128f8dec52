//! The authority's tests that need a PostgreSQL server: `COUNTERFOIL_TEST_POSTGRES` is the URL of
//! one where databases may be made.

#[path = "../all/house.rs"]
mod house;
#[path = "../all/races.rs"]
mod races;
mod servers;
#[cfg(test)]
#[path = "../all/store_contract/mod.rs"]
mod store_contract;
#[cfg(test)]
mod store_postgres;
