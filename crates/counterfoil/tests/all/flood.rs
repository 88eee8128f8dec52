//! Crowds of bad clients beside good ones, at a server that has one processor.

use crate::crowd::{Crowd, Tokens};
use crate::installation::{Installation, Serving};
use crate::token::Key;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use counterfoil_core::catalog::Catalog;
use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

/// As a browser that hangs, or somebody who means it.
const HALF_A_HEAD: &[u8] = b"GET /authorize HTTP/1.1\r\nHost: localhost\r\nX-Orig";

/// A server whose keys may ask as often as they like, and two keys of different teams.
fn crowded() -> (Installation, Serving, [Key; 2]) {
    let installation = Installation::new();
    let catalog = Catalog::appstore().to_toml();
    let generous = catalog.replace("requests_per_hour = 3600", "requests_per_hour = 1000000000");
    assert_ne!(generous, catalog);
    let file = installation.beside("catalog.toml");
    fs::write(&file, generous).unwrap();
    let catalog = ["--catalog", file.to_str().unwrap()];
    let keys = [installation.bootstrap(&catalog).key, installation.bootstrap(&[]).key];
    let serve = [&["serve", "--json", "--listen", "127.0.0.1:0"][..], &catalog].concat();
    let serving = Serving::start(on_one_processor(&installation.command(&serve)));
    (installation, serving, keys)
}

fn on_one_processor(command: &Command) -> Command {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let allowed = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).unwrap().trim();
    let one = allowed.split([',', '-']).next().unwrap();
    let mut pinned = Command::new("taskset");
    pinned.args(["-c", one]).arg(command.get_program()).args(command.get_args()).env_clear();
    pinned.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    pinned.current_dir(command.get_current_dir().unwrap()).stdin(std::process::Stdio::null());
    pinned
}

/// The token with another signature.
fn forged(token: &str, number: usize) -> String {
    let (message, _) = token.rsplit_once('.').unwrap();
    let mut signature = [0x5a; 64];
    signature[..8].copy_from_slice(&number.to_be_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn tokens(crowd: Crowd, keys: &[Key]) -> Tokens {
    let of_all = |count| keys.iter().cycle().take(count).map(Key::token);
    let forged = (0..).zip(of_all(crowd.forged_tokens())).map(|(number, token)| forged(&token, number));
    Tokens {
        known: of_all(20).collect(),
        new: of_all(crowd.new_tokens()).collect(),
        forged: forged.collect(),
    }
}

/// Under the same key ids as the good. `cargo bench --bench http -- flood` does it at full size: what is built for
/// tests is many times slower.
#[test]
fn forged_tokens_under_good_key_ids_do_not_keep_good_requests_out() {
    let (_installation, serving, keys) = crowded();
    let crowd = Crowd { good_a_second: 200, bad_a_second: 500, seconds: 4 };
    let told = crowd.storm(serving.listen(), &tokens(crowd, &keys));
    told.expect_promised_answers();
    assert!(told.good.served * 10 >= told.good.asked * 9, "{told:?}");
    assert!(told.bad.answers.values().sum::<u32>() > 0, "{told:?}");
}

#[test]
fn two_thousand_who_never_finish_their_head_do_not_keep_good_requests_out() {
    let (_installation, serving, keys) = crowded();
    let slow: Vec<_> = (0..2000).map(|_| half_a_head(serving.listen())).collect();
    let crowd = Crowd { good_a_second: 200, bad_a_second: 0, seconds: 2 };
    let told = crowd.storm(serving.listen(), &tokens(crowd, &keys));
    told.expect_promised_answers();
    assert!(told.good.served * 100 >= told.good.asked * 99, "{told:?}");
    drop(slow);
}

fn half_a_head(address: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(5))).unwrap();
    stream.write_all(HALF_A_HEAD).unwrap();
    stream
}
