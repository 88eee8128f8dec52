//! `exec`.

use super::hand::{Hand, ran};
use crate::installation::files_below;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

fn sh(hand: &Hand, flags: &[&str], script: &str) -> Command {
    hand.command(&[&["exec"], flags, &["--", "sh", "-c", script]].concat())
}

#[test]
fn a_child_finds_the_key_where_each_tool_looks_and_no_other_key() {
    let hand = Hand::new();
    let mut command = sh(
        &hand,
        &[],
        "printf '%s|%s|%s|%s|%s\\n' \"$APP_STORE_CONNECT_API_KEY_KEY_ID\" \"$APP_STORE_CONNECT_KEY_IDENTIFIER\" \
         \"$ASC_ISSUER_ID\" \"$APP_STORE_CONNECT_API_KEY_PATH\" \"$COUNTERFOIL_PASSPHRASE\"; printf '%s' \"$ASC_PRIVATE_KEY\"",
    );
    command.env("APP_STORE_CONNECT_API_KEY_PATH", "other.json").env("COUNTERFOIL_PASSPHRASE", "secret");
    command.env("ASC_PRIVATE_KEY_B64", "b3RoZXI=");
    let ran = ran(command);
    let (id, team) = (&hand.made.key.id, &hand.made.team);
    assert_eq!(ran.stdout, format!("{id}|{id}|{team}||\n{}", hand.pem()));
}

#[test]
fn how_a_child_ends_is_passed_on() {
    let hand = Hand::new();
    for (script, code) in [("exit 0", 0), ("exit 7", 7), ("kill -TERM $$", 143), ("kill -KILL $$", 137)] {
        assert_eq!(ran(sh(&hand, &[], script)).code, code, "{script}");
    }
    hand.run(&["exec", "--", "no-such-program-here"]).assert_refused(1, "no-such-program-here can't be run");
    assert_eq!(hand.run(&["exec"]).code, 2);
}

#[test]
fn a_signal_is_passed_on_to_the_child() {
    let hand = Hand::new();
    let mut command = sh(&hand, &[], "trap 'exit 42' TERM; echo ready; while :; do sleep 0.05; done");
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(42));
}

#[test]
fn a_key_file_is_in_memory_for_its_owner_and_gone_with_the_child() {
    let hand = Hand::new();
    let script = "cat {}; echo \"$API_PRIVATE_KEYS_DIR\"; stat -Lc %a {}; ls \"$API_PRIVATE_KEYS_DIR\"; \
                  echo \"[$ASC_PRIVATE_KEY]\"";
    let ran = ran(sh(&hand, &["--key-file", "--no-variables"], script));
    let text = ran.stdout.strip_prefix(&hand.pem()).unwrap_or_else(|| panic!("{ran:?}"));
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[1..], ["600", &format!("AuthKey_{}.p8", hand.made.key.id), "[]"], "{ran:?}");
    assert!(!std::path::Path::new(lines[0]).exists());
}

#[test]
fn a_key_file_is_gone_even_if_counterfoil_is_killed() {
    let hand = Hand::new();
    let mut command = sh(&hand, &["--key-file"], "echo \"$API_PRIVATE_KEYS_DIR\"; exec sleep 20");
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let folder = std::path::PathBuf::from(line.trim());
    let has_names = folder.join(format!("AuthKey_{}.p8", hand.made.key.id)).is_file();
    assert!(has_names, "{folder:?}");
    child.kill().unwrap();
    child.wait().unwrap();
    let began = Instant::now();
    while folder.exists() {
        assert!(began.elapsed() < Duration::from_secs(10), "{folder:?} stays");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn fresh_tokens_are_served_to_the_child_alone() {
    let hand = Hand::new();
    let server = hand.installation.serve(&[]);
    // No shell can ask by itself: the binary does.
    let ask = format!(
        "{} request GET \"$COUNTERFOIL_TOKEN_URL\" --private-key {} --key-id {} 2>/dev/null; echo; env | grep -c PRIVATE",
        env!("CARGO_BIN_EXE_counterfoil"),
        hand.path().display(),
        hand.made.key.id
    );
    let ran = ran(sh(&hand, &["--serve-token", "--no-variables"], &ask));
    let mut lines = ran.stdout.lines();
    let token = lines.next().unwrap();
    let answer = crate::http::ask(server.listen(), "GET", "/v1/keyInUse", Some(token), None).unwrap();
    assert_eq!(answer.status, 200, "{ran:?}");
    assert_eq!(lines.next_back(), Some("0"), "{ran:?}");
}

/// What earlier runs learned of the server's clock is in the tokens, and what is learned meanwhile in the next ones.
#[test]
fn served_tokens_say_the_servers_time() {
    let hand = Hand::new();
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let clocks = "home/.local/state/counterfoil/clocks.json";
    let learned = |ahead: i64| format!("{{\"http://127.0.0.1:9\":{{\"ahead\":{ahead},\"at\":{}}}}}", now());
    hand.file(clocks, &learned(5000));
    let later = hand.file("later.json", &learned(-5000));
    let ask = format!(
        "{} request GET \"$COUNTERFOIL_TOKEN_URL\" --private-key {} --key-id {} 2>/dev/null; echo",
        env!("CARGO_BIN_EXE_counterfoil"),
        hand.path().display(),
        hand.made.key.id
    );
    let script =
        format!("{ask}; cp {} \"$HOME/.local/state/counterfoil/clocks.json\"; {ask}", later.display());
    let mut command = sh(&hand, &["--serve-token", "--no-variables"], &script);
    command.env("COUNTERFOIL_URL", "http://127.0.0.1:9");
    let ran = ran(command);
    let ends: Vec<u64> =
        ran.stdout.lines().map(|token| expiry(token).unwrap_or_else(|| panic!("{ran:?}"))).collect();
    let around = |end: u64, ahead: i64| {
        let expected = now().saturating_add_signed(ahead) + 600;
        assert!(end.abs_diff(expected) < 60, "{end} is not about {expected}: {ran:?}");
    };
    around(ends[0], 5000);
    around(ends[1], -5000);
    assert_eq!(ends.len(), 2);
}

fn expiry(token: &str) -> Option<u64> {
    use base64::Engine as _;
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice::<serde_json::Value>(&claims).ok()?["exp"].as_u64()
}

#[test]
fn nothing_of_the_key_is_left_in_any_file_or_argument() {
    let hand = Hand::new();
    let body: String = hand.pem().lines().filter(|line| !line.starts_with('-')).collect();
    let secret = body[60..100].to_owned();
    let mut child = sh(&hand, &[], "echo ready; exec sleep 20").stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let arguments = std::fs::read(format!("/proc/{}/cmdline", child.id())).unwrap();
    assert!(!String::from_utf8_lossy(&arguments).contains(&secret));
    let own = hand.path();
    for path in files_below(&hand.installation.beside("")) {
        let holds = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).contains(&secret);
        assert!(!holds || path == own, "{path:?}");
    }
    Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(143));
}
