//! `custody`.

use super::hand::{Hand, assert_no_key, ran};
use crate::installation::Ran;
use serde_json::json;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

impl Hand {
    /// `custody …`, with the means that stores need.
    fn custody(&self, arguments: &[&str]) -> Ran {
        let mut command = self.bare(&[&["custody"], arguments].concat());
        command.env("COUNTERFOIL_PASSPHRASE", "correct horse").env("ASC_KEY", self.pem());
        ran(command)
    }

    /// …with this on standard input.
    fn piped(&self, arguments: &[&str], input: &str) -> Ran {
        let mut command = self.bare(&[&["custody"], arguments].concat());
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        Ran {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

#[test]
fn a_half_goes_from_store_to_store_and_comes_back_as_it_was() {
    let hand = Hand::new();
    let put = hand.piped(&["put", "file:a.p8"], &hand.pem());
    assert_eq!(put.code, 0, "{put:?}");
    assert_no_key(&hand.pem(), &put);
    let mut places =
        vec!["file:a.p8", "exec:if [ $COUNTERFOIL_CUSTODY = put ]; then cat > kept; else cat kept; fi"];
    places.extend(cfg!(feature = "stores").then_some(["gpg:a.gpg", "age:a.age"]).into_iter().flatten());
    for pair in places.windows(2) {
        let copied = hand.custody(&["copy", pair[0], pair[1], "--json"]);
        assert_eq!(copied.document()["proven"], json!(true), "{copied:?}");
        assert_no_key(&hand.pem(), &copied);
        assert_eq!(hand.custody(&["get", pair[1]]).stdout, hand.pem());
    }
    assert_eq!(fs::metadata(hand.installation.beside("a.p8")).unwrap().permissions().mode() & 0o777, 0o600);
    let base64 = hand.custody(&["get", "--base64", "env:ASC_KEY"]).stdout;
    assert_eq!(base64.lines().count(), 1);
    let back = hand.piped(&["put", "file:b.p8"], &base64);
    assert_eq!((back.code, fs::read_to_string(hand.installation.beside("b.p8")).unwrap()), (0, hand.pem()));
}

#[test]
fn nothing_is_overwritten_unless_that_is_said() {
    let hand = Hand::new();
    let other = hand.made.document["individualKey"]["path"].as_str().unwrap().to_owned();
    let from = hand.path().to_str().unwrap().to_owned();
    assert_eq!(hand.custody(&["put", "a.p8", "--from", &from]).code, 0);
    assert_eq!(hand.custody(&["put", "a.p8", "--from", &from]).code, 0, "the same half again");
    hand.custody(&["put", "a.p8", "--from", &other])
        .assert_refused(1, "file:a.p8: something else is kept there already");
    assert_eq!(fs::read_to_string(hand.installation.beside("a.p8")).unwrap(), hand.pem());
    assert_eq!(hand.custody(&["put", "a.p8", "--from", &other, "--replace"]).code, 0);
    assert_ne!(fs::read_to_string(hand.installation.beside("a.p8")).unwrap(), hand.pem());
}

#[test]
fn what_is_kept_is_listed_and_removed_only_when_that_is_meant() {
    let hand = Hand::new();
    let from = hand.path().to_str().unwrap().to_owned();
    assert_eq!(hand.custody(&["put", "file:a.p8", "--from", &from]).code, 0);
    let listed = hand.custody(&["list", "--json"]).document();
    assert!(
        ["file:a.p8", "env:ASC_KEY"].iter().all(|it| listed["refs"].as_array().unwrap().contains(&json!(it))),
        "{listed}"
    );
    hand.custody(&["remove", "file:a.p8"]).assert_refused(1, "What file:a.p8 keeps will be gone");
    assert_eq!(hand.custody(&["remove", "file:a.p8", "--yes"]).code, 0);
    hand.custody(&["get", "file:a.p8"]).assert_refused(1, "file:a.p8: can't read");
}

#[test]
fn what_can_not_be_is_refused_with_what_to_do() {
    let hand = Hand::new();
    hand.custody(&["put", "env:KEY"]).assert_refused(2, "env:KEY can't be written");
    hand.custody(&["put", "file:a.p8"]).assert_refused(2, "nothing came in on standard input");
    hand.custody(&["get", "s3:key"]).assert_refused(2, "there is no store of that name");
    hand.custody(&["list", "s3"]).assert_refused(1, "there is no store of that name");
    hand.custody(&["get", "vault:secret/a"])
        .assert_refused(1, "vault:secret/a#private_key: VAULT_ADDR is not set");
    hand.piped(&["put", "file:a.p8"], "hello").assert_refused(1, "standard input");
    assert!(!hand.installation.beside("a.p8").exists());
}

#[test]
fn a_file_that_others_can_read_is_used_with_the_command_that_mends_it() {
    let hand = Hand::new();
    let path = hand.path();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let got = hand.custody(&["get", path.to_str().unwrap()]);
    assert_eq!(got.stdout, hand.pem());
    assert!(got.stderr.contains(&format!("chmod 600 {}", path.display())), "{}", got.stderr);
}
