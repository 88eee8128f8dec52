//! The authority: what may be asked of Counterfoil, one file a use case.
//!
//! [`Authority`] is the entrance. Below it lie the [`ledger`] (the state in memory and the one way
//! to change it) and the [`store`] (SQLite or PostgreSQL). Nothing in here knows HTTP.

pub mod advice;
pub mod audit;
pub mod authority;
pub mod backup;
pub mod calls;
pub mod catalog_use;
pub mod clock;
pub mod credentials;
pub mod directory;
pub mod entry;
mod facts;
pub mod failure;
mod follow;
mod foresee;
pub mod health;
pub mod housekeeping;
pub mod idempotency;
pub mod keys;
pub mod ledger;
mod lending;
pub mod outbox;
pub mod overview;
pub mod people;
pub mod refusals;
pub mod replicas;
pub mod restore;
pub mod seal;
pub mod seal_rotate;
pub mod seal_source;
pub mod secret;
pub mod sign_in;
pub mod sign_on;
pub mod site;
mod start;
pub mod state;
pub mod store;
pub mod teams;
pub mod upgrade;
pub mod usage;
mod verify_ledger;
mod witness;

pub use authority::{Answered, Authority, Request};
pub use failure::Failure;
pub use site::SiteSettings;
pub use start::{Settings, StartFault, has_seen_ledger};
pub use verify_ledger::{LedgerReport, LedgerReportFault, verify_ledger};
