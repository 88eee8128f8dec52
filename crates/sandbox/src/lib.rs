//! The APIs behind the keys, to try automation against: a local App Store Connect that remembers.
//!
//! It knows nothing of keys. It stands behind a gateway, trusts what that says in header fields of whose data is
//! meant and which apps may be seen, and is for nothing but trying: what it does is not what Apple does with your
//! apps, only in the same form.

mod dates;
mod document;
mod engine;
mod entity;
mod fault;
mod fixtures;
mod ids;
mod query;
mod reports;
mod route;
mod rules;
mod sandbox;
mod seed;
mod serve;
mod store;
pub mod table;

pub use sandbox::{KeepFault, OpenFault, Sandbox, Settings};
pub use serve::{listen, serve};
