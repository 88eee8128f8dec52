//! The binary, run as people run it.

#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that can't go on fails")]

mod app_store_server;
mod bootstrap;
mod catalog;
mod crash;
#[path = "../../benches/http/crowd.rs"]
mod crowd;
mod flood;
mod help;
mod holder;
mod http;
mod installation;
mod keeping;
mod operator;
mod output;
mod sandbox;
mod sandbox_told;
mod serve;
mod settings;
mod token;
