//! The APIs behind the keys, to try automation against: a local App Store Connect that remembers.
//!
//! It knows nothing of keys. It stands behind a gateway, trusts what that says in header fields of whose data is
//! meant and which apps may be seen, and is for nothing but trying: what it does is not what Apple does with your
//! apps, only in the same form.

mod analytics;
mod dates;
mod developers;
mod document;
mod engine;
mod entity;
mod external_purchase;
mod fault;
mod fixtures;
mod ids;
mod notary;
mod outgoing;
mod pem;
mod plain;
mod public;
mod query;
mod reports;
mod root;
mod route;
mod rules;
mod sandbox;
mod seed;
mod serve;
mod server_api;
mod signed;
mod store;
pub mod table;
mod uploads;
mod used_again;
mod webhooks;

pub use sandbox::{KeepFault, Limits, OpenFault, Sandbox, Settings};
pub use serve::{listen, serve};
