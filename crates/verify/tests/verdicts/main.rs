//! Verdicts, from outside: what an embedding server sees.

#![expect(clippy::unwrap_used, reason = "a test that meets what it does not expect fails by panicking")]

mod bed;
mod cache;
mod feed;
mod hostile;
mod limits;
mod order;
mod races;
mod rights;
mod streams;
mod usage;
