//! The rules of Counterfoil.
//!
//! This crate has no clock, no I/O, no async, no HTTP and no SQL; time and fresh
//! ids are arguments. What it decides, every other room obeys.

pub mod calendar;
pub mod catalog;
pub mod event;
pub mod half;
pub mod id;
mod joiners;
pub mod jws;
pub mod refusal;
pub mod roles;
pub mod rotation;
pub mod scope;
mod short_text;
pub mod team;
pub mod time;
pub mod token;
