//! The doors, a file each. A handler parses, calls one use case, and renders; what it demands stands in
//! `routes.rs`.

pub(crate) mod access_requests;
pub(crate) mod actors;
pub(crate) mod advice;
pub(crate) mod api_keys;
pub(crate) mod audit_events;
pub(crate) mod burn;
pub(crate) mod diagnose;
pub(crate) mod feed;
pub(crate) mod feed_uses;
pub(crate) mod health;
pub(crate) mod jwks;
pub(crate) mod key_in_use;
pub(crate) mod leaks;
pub(crate) mod possession;
pub(crate) mod refusals;
pub(crate) mod registered_apps;
pub(crate) mod user_invitations;
pub(crate) mod users;
pub(crate) mod uses;
pub(crate) mod visible_apps;
