//! The front door of other APIs: who may pass, asked by a proxy (`/authorize`), or at the gateway itself.
//!
//! A verdict is no affair of the router's: it has no task of its own, no line in the log, no body. What is
//! known is answered at once; a token whose signature must be checked waits in the [`lane`].

pub(crate) mod answer;
pub(crate) mod authorize;
mod carry;
mod client;
pub(crate) mod ext_authz;
mod headers;
pub(crate) mod judge;
pub(crate) mod lane;
mod leash;
mod open;
pub(crate) mod proxy;
mod short;
pub(crate) mod stream;
pub(crate) mod tally;
mod upgrade;
pub(crate) mod upstream;
mod vigil;
