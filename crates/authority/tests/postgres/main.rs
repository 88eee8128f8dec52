//! The authority's tests that need a PostgreSQL server: `COUNTERFOIL_TEST_POSTGRES` is the URL of
//! one where databases may be made.

#[cfg(test)]
#[path = "../all/authenticator.rs"]
mod authenticator;
#[cfg(test)]
mod clusters;
#[cfg(test)]
#[path = "../all/holder.rs"]
mod holder;
#[cfg(test)]
#[path = "../all/house.rs"]
mod house;
#[cfg(test)]
#[path = "../all/races.rs"]
mod races;
#[cfg(test)]
mod servers;
#[cfg(test)]
#[path = "../all/store_contract/mod.rs"]
mod store_contract;
#[cfg(test)]
mod store_postgres;
#[cfg(test)]
#[path = "../all/use_cases/mod.rs"]
mod use_cases;
#[cfg(test)]
mod use_cases_postgres;
