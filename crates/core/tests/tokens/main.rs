//! Halves, tokens and scopes from outside: what a stranger can send and what comes of it.

mod client;
mod differential;
mod explanations;
mod halves;
mod keys;
mod scopes;
mod secrets;
mod vectors;
mod wycheproof;
