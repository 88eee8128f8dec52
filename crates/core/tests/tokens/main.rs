//! Halves, tokens and scopes from outside: what a stranger can send and what comes of it.
#![expect(clippy::unwrap_used, reason = "a test that meets what it does not expect fails by panicking")]

mod client;
mod differential;
mod explanations;
mod halves;
mod keys;
mod scopes;
mod secrets;
mod timeliness;
mod vectors;
mod wycheproof;
