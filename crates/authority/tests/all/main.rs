//! The authority's tests that need nothing but this machine.

#[cfg(test)]
mod authenticator;
#[cfg(test)]
mod holder;
#[cfg(test)]
mod house;
#[cfg(test)]
mod lending_simulated;
#[cfg(test)]
mod long_ledger;
#[cfg(test)]
mod opening;
#[cfg(test)]
mod other_ledger;
#[cfg(test)]
mod races;
#[cfg(test)]
mod races_sqlite;
#[cfg(test)]
mod store_contract;
#[cfg(test)]
mod store_sqlite;
#[cfg(test)]
mod use_cases;
#[cfg(test)]
mod use_cases_sqlite;
