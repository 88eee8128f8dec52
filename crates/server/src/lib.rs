//! Counterfoil over HTTP.

pub mod listen;
