//! `scan` and `burn`.

use super::hand::{Hand, assert_no_key, ran};
use crate::installation::{Ran, Serving};
use serde_json::{Value, json};
use std::fs;
use std::process::Command;

impl Hand {
    fn scan(&self, arguments: &[&str]) -> Ran {
        ran(self.bare(&[&["scan"], arguments].concat()))
    }

    /// A repository with the key in its history, and gone from its files.
    fn repository(&self) -> String {
        let folder = self.installation.beside("repository");
        fs::create_dir(&folder).unwrap();
        let git = |arguments: &[&str]| {
            let mut git = Command::new("git");
            git.arg("-C").arg(&folder).args(["-c", "user.name=A", "-c", "user.email=a@b.c"]).args(arguments);
            assert!(git.env("GIT_CONFIG_GLOBAL", "/dev/null").status().unwrap().success());
        };
        git(&["init", "-q"]);
        fs::write(
            folder.join("settings.yml"),
            format!("key: |\n{}", self.pem().replace("-----\n", "-----\n  ")),
        )
        .unwrap();
        git(&["add", "."]);
        git(&["commit", "-q", "-m", "settings"]);
        fs::write(folder.join("settings.yml"), "key: gone\n").unwrap();
        git(&["commit", "-q", "-a", "-m", "oh"]);
        folder.to_str().unwrap().to_owned()
    }

    fn is_active(&self, server: &Serving) -> bool {
        server.ask("GET", "/v1/keyInUse", Some(&self.made.key), None).status == 200
    }
}

#[test]
fn nothing_found_is_a_success_and_says_how_much_was_looked_at() {
    let hand = Hand::new();
    hand.file("empty/readme", "nothing");
    let scanned = hand.scan(&["empty"]);
    assert_eq!(
        (scanned.code, scanned.stdout.as_str()),
        (0, "No private half was found in 7 bytes.\n"),
        "{scanned:?}"
    );
    assert_eq!(hand.scan(&["empty", "--json"]).document()["findings"], json!([]));
    hand.scan(&["missing"]).assert_refused(1, "can't read");
    hand.scan(&["empty", "--history"]).assert_refused(1, "empty: not a git repository");
}

#[test]
fn a_key_in_a_history_is_found_with_whose_it_is_and_ended() {
    let hand = Hand::new();
    let server = hand.installation.serve(&[]);
    let repository = hand.repository();
    assert_eq!(hand.scan(&[&repository]).code, 0);
    let found = hand.scan(&[&repository, "--history", "--json"]);
    let finding = &found.document()["findings"][0];
    assert_eq!(
        (found.code, &finding["path"], &finding["line"]),
        (1, &json!("settings.yml"), &json!(2)),
        "{found:?}"
    );
    assert_eq!((&finding["status"], finding["commit"].as_str().unwrap().len()), (&Value::Null, 40));
    let asked = hand.scan(&[&repository, "--history", "--json", "--url", &server.url()]);
    let finding = &asked.document()["findings"][0];
    assert_eq!((&finding["status"], &finding["keyId"]), (&json!("ACTIVE"), &json!(hand.made.key.id)));
    hand.scan(&[&repository, "--history", "--url", &server.url(), "--burn"])
        .assert_refused(1, "1 key will be revoked. This can't be undone. This needs a confirmation");
    let burned = hand.scan(&[&repository, "--history", "--json", "--url", &server.url(), "--burn", "--yes"]);
    assert_eq!(burned.document()["findings"][0]["status"], "REVOKED");
    for ran in [
        &found,
        &asked,
        &burned,
        &hand.scan(&[&repository, "--history"]),
        &hand.scan(&[&repository, "--history", "--sarif"]),
    ] {
        assert_eq!(ran.code, 1);
        assert_no_key(&hand.pem(), ran);
    }
}

#[test]
fn whoever_holds_the_file_ends_its_key_again_and_again() {
    let hand = Hand::new();
    let server = hand.installation.serve(&[]);
    let found = hand.file("found.txt", &hand.pem().replace('\n', "\\n"));
    let burn = |more: &[&str]| {
        ran(hand.bare(&[&["burn", found.to_str().unwrap(), "--url", &server.url()], more].concat()))
    };
    burn(&[]).assert_refused(1, &format!("Burning the key of this half at {} can't be undone", server.url()));
    burn(&["--yes", "--key-id", "ABCDEFGH12"])
        .assert_refused(1, &format!("{} knows no key with this half", server.url()));
    assert!(hand.is_active(&server));
    let first = burn(&["--yes", "--json"]).document();
    assert_eq!(
        (&first["id"], &first["revocationReason"]),
        (&json!(hand.made.key.id), &json!("KEY_COMPROMISED"))
    );
    assert!(!hand.is_active(&server));
    assert_eq!(burn(&["--yes", "--json"]).document(), first);
    let by_fastlane = json!({ "key_id": hand.made.key.id, "issuer_id": hand.made.team, "key": hand.pem() });
    let json = hand.file("api_key.json", &by_fastlane.to_string());
    let again = ran(hand.bare(&["burn", json.to_str().unwrap(), "--yes", "--json", "--url", &server.url()]));
    assert_eq!(again.document(), first);
    assert_no_key(&hand.pem(), &again);
    let mut nowhere = hand.bare(&["burn", "found.txt", "--yes"]);
    nowhere.env_remove("COUNTERFOIL_URL");
    ran(nowhere).assert_refused(2, "which server issued the key is not said");
}

#[test]
fn a_hook_lets_no_private_half_into_a_commit() {
    let hand = Hand::new();
    let repository = hand.repository();
    let installed = hand.scan(&["install-hook", &repository, "--json"]).document();
    assert!(installed["hook"].as_str().unwrap().ends_with("hooks/pre-commit"), "{installed}");
    let commit = |name: &str, text: &str| {
        fs::write(hand.installation.beside("repository").join(name), text).unwrap();
        let program = std::path::Path::new(env!("CARGO_BIN_EXE_counterfoil")).parent().unwrap().display();
        let mut git = Command::new("sh");
        git.arg("-c")
            .arg(format!("git add -A && git -c user.name=A -c user.email=a@b.c commit -q -m {name}"));
        git.current_dir(&repository).env("PATH", format!("{program}:/usr/local/bin:/usr/bin:/bin"));
        ran(git)
    };
    assert_eq!(commit("fine", "text").code, 0);
    let refused = commit("leak", &hand.pem());
    assert_ne!(refused.code, 0);
    assert!(
        refused.stdout.contains("leak:1: private half, pem")
            || refused.stderr.contains("leak:1: private half, pem"),
        "{refused:?}"
    );
}
