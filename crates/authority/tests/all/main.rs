//! The authority's tests that need nothing but this machine.

mod house;
mod other_ledger;
mod races;
mod races_sqlite;
#[cfg(test)]
mod store_contract;
#[cfg(test)]
mod store_sqlite;
mod use_cases;
mod use_cases_sqlite;
