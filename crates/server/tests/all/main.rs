//! The server's tests, in one binary.

mod api;
mod listen;
mod town;
