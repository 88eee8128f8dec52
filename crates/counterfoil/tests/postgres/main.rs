//! The binary on PostgreSQL, which `COUNTERFOIL_TEST_POSTGRES` names.

#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that can't go on fails")]
#![expect(dead_code, reason = "the other test binary needs more of what both share")]

mod away;
mod cable;
#[path = "../all/crash.rs"]
mod crash;
mod database;
#[path = "../all/http.rs"]
mod http;
#[path = "../all/installation.rs"]
mod installation;
mod restart;
mod servers;
#[path = "../all/token.rs"]
mod token;
