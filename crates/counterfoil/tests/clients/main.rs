//! Public clients, unmodified, as they come from npm and PyPI, at the server's own gateway with the sandbox behind it.
//!
//! Run these tests by `cargo xtask programs cargo test -p counterfoil --features program-tests --test clients`.
//! What each client is seen to do stands in docs/sandbox.md.

#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that can't go on fails")]
#![expect(dead_code, reason = "the other test binaries need more of what is shared")]

mod connect;
mod detour;
#[path = "../all/http.rs"]
mod http;
#[path = "../all/installation.rs"]
mod installation;
mod purchases;
mod stage;
#[path = "../all/token.rs"]
mod token;
