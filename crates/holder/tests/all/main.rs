//! The holder's crate, as the binary uses it.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that can't go on fails")]

#[cfg(feature = "cloud")]
mod alone;
mod causes;
#[cfg(feature = "cloud")]
mod clouds;
mod fake;
mod mint;
mod place;
mod sources;
mod stores;
