//! The feed's client and the tower layer: beside a server in this process, with the example in another one.

#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that can't go on fails")]

mod apart;
mod ask;
mod cable;
mod example;
mod layer;
mod process;
mod script;
mod scripted;
mod town;
mod uses;
