//! The console in a real browser, used as people use it.
//!
//! Chromium and chromedriver are Debian's; `COUNTERFOIL_TEST_NPM` names the packages of tests/npm. Run these tests by
//! `cargo xtask programs cargo test -p counterfoil --features browser-tests --test browser`.

#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that can't go on fails")]
#![expect(dead_code, reason = "the other test binaries need more of what is shared")]

mod browser;
mod checks;
mod getting_in;
mod house;
#[path = "../all/http.rs"]
mod http;
#[path = "../all/installation.rs"]
mod installation;
mod keyboard;
mod keys;
mod looks;
mod operator;
mod pages;
mod people;
mod provider;
mod roles;
mod single_sign_on;
mod step_up;
#[path = "../all/token.rs"]
mod token;
mod totp;
mod webdriver;
mod weight;
mod without_javascript;
