//! Every command that has a key in its hands, and everything that it leaves behind.

use super::hand::{Hand, assert_no_key, ran};
use crate::installation::{Ran, Serving, files_below};
use counterfoil_core::half::PrivateHalf;
use std::fs;
use std::path::PathBuf;

/// A store that tells what could be seen of whoever uses it: arguments of all processes, and its own variables.
const SPY: &str = "exec:cat /proc/[0-9]*/cmdline >> seen 2> /dev/null; cat /proc/$PPID/environ /proc/self/environ >> seen; \
                   if [ $COUNTERFOIL_CUSTODY = put ]; then cat > kept.pem; else cat kept.pem; fi";

/// What of a private half may be nowhere: its text in pieces, and its number.
struct Canary {
    text: Vec<String>,
    number: Vec<u8>,
}

impl Canary {
    fn of(pem: &str) -> Self {
        let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        // The first 36 bytes of every P-256 key in this form are the same; then come the 32 of its number.
        let text = (48..88).step_by(8).map(|at| body[at..at + 16].to_owned()).collect();
        let der = PrivateHalf::from_pem(pem).unwrap().to_pem().unwrap();
        let number = decoded(&der)[36..68].to_vec();
        Self { text, number }
    }

    fn is_in(&self, bytes: &[u8]) -> bool {
        let has = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
        self.text.iter().any(|part| has(part.as_bytes())) || has(&self.number)
    }
}

fn decoded(pem: &str) -> Vec<u8> {
    use base64::Engine as _;
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    base64::engine::general_purpose::STANDARD.decode(body).unwrap()
}

/// Files that are meant to have it.
fn is_meant(path: &std::path::Path, own: &[PathBuf]) -> bool {
    let name = path.file_name().unwrap().to_string_lossy();
    own.contains(&path.to_path_buf()) || name.ends_with(".p8") || name == "kept.pem"
}

fn run(hand: &Hand, server: &Serving, arguments: &[&str]) -> Ran {
    let mut command = hand.command(arguments);
    command.env("COUNTERFOIL_URL", server.url());
    ran(command)
}

#[test]
fn a_canary_finds_a_half_in_text_and_in_bytes_and_no_other() {
    let (one, other) = (Hand::new(), Hand::new());
    let canary = Canary::of(&one.pem());
    assert!(canary.is_in(one.pem().as_bytes()) && canary.is_in(&decoded(&one.pem())));
    assert!(!canary.is_in(other.pem().as_bytes()) && !canary.is_in(&decoded(&other.pem())));
}

#[test]
fn no_command_leaves_anything_of_a_half_where_it_does_not_belong() {
    let hand = Hand::new();
    let server = hand.installation.serve(&[]);
    let (own, id) = (hand.path(), hand.made.key.id.clone());
    let path = own.to_str().unwrap().to_owned();
    let generated = ["keys", "generate", "--name", "CI", "--role", "SALES", "--to", "new.p8", "--json"];
    let new = run(&hand, &server, &generated).document()["key"]["id"].as_str().unwrap().to_owned();
    let commands: &[(&[&str], i32)] = &[
        (&["token", "--verbose"], 0),
        (&["token", "--json", "--scope", "GET /v1/apps"], 0),
        (&["request", "GET", "/v1/users", "--verbose"], 0),
        (&["request", "GET", "/v1/nowhere"], 1),
        (&["exec", "--key-file", "--serve-token", "--", "true"], 0),
        (&["doctor", "--verbose"], 0),
        (&["doctor", "--offline", "--json"], 0),
        (&["keys", "list"], 0),
        (&["keys", "show", &new], 0),
        (&["keys", "blast-radius", &new, "--since", "1h"], 0),
        (&["keys", "download", &id], 1),
        (&["custody", "put", SPY, "--from", &path], 0),
        (&["custody", "copy", SPY, "file:copy.p8"], 0),
        (&["custody", "list", "file"], 0),
        (&["profile", "add", "ci", "--key-id", &id, "--private-key", &path], 0),
        (&["profile", "list", "--json"], 0),
        (&["scan", "."], 1),
        (&["scan", ".", "--sarif"], 1),
        (&["rotate", &new, "--to", "new.p8", "--plan"], 0),
        (&["rotate", &new, "--to", "new.p8", "--now", "--json"], 0),
        (&["rotate", "status"], 0),
        (&["keys", "revoke", "0000000000", "--yes"], 1),
        (&["burn", &path, "--key-id", "ABCDEFGH12", "--yes"], 1),
        (&["burn", &path, "--yes"], 0),
        (&["token", "--private-key", "env:ASC_NOTHING"], 1),
    ];
    let canary = Canary::of(&hand.pem());
    for (arguments, code) in commands {
        let ran = run(&hand, &server, arguments);
        assert_eq!(ran.code, *code, "{arguments:?}: {ran:?}");
        assert_no_key(&hand.pem(), &ran);
        assert!(
            !canary.is_in(ran.stdout.as_bytes()) && !canary.is_in(ran.stderr.as_bytes()),
            "{arguments:?}"
        );
    }
    let halves = [hand.pem(), fs::read_to_string(hand.installation.beside("new.p8")).unwrap()];
    let own = [own];
    for half in &halves {
        let canary = Canary::of(half);
        for file in files_below(&hand.installation.beside("")) {
            let Ok(bytes) = fs::read(&file) else { continue };
            assert!(is_meant(&file, &own) || !canary.is_in(&bytes), "{file:?}");
        }
    }
    let seen = fs::read(hand.installation.beside("seen")).unwrap();
    assert!(seen.windows(7).any(|window| window == b"custody"), "the spy saw the command itself");
}
