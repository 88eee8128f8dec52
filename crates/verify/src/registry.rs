//! The registry: the fold of the ledger's facts to what a verdict needs.
//!
//! One writer, any number of readers. Readers take no lock and never wait: a record is reached through
//! a map that is read while it changes, and what of it may change is one atomic value, or one pointer
//! to parts that are replaced together.

mod bell;
mod fold;
mod records;

pub(crate) use bell::Bell;
pub(crate) use fold::Fold;
pub use fold::Misfit;
pub(crate) use records::{Holder, KeyRecord, MemberState, Records, RoleSet, header};
