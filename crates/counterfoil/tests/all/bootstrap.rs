//! `bootstrap`: a team and its first key, for scripts.

use crate::installation::{Bootstrapped, Installation, files_below};
use crate::token::public_of;
use serde_json::json;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

#[test]
fn the_document_has_the_shape_that_scripts_read() {
    let Bootstrapped { document, team, user, key, .. } = Installation::new().bootstrap(&[]);
    let path = document["key"]["path"].clone();
    let expected = json!({
        "team": {"issuerId": team, "name": "Acme"},
        "user": {"id": user, "username": "ada@acme.example"},
        "key": {"id": key.id, "path": path},
    });
    assert_eq!(document, expected);
    assert!(std::path::Path::new(path.as_str().unwrap()).is_absolute());
}

#[test]
fn an_individual_key_and_a_sign_in_link_come_when_asked_for() {
    let installation = Installation::new();
    let made =
        installation.bootstrap(&["--individual", "--sign-in", "--public-url", "https://keys.example.com"]);
    let own = &made.document["individualKey"];
    assert!(own["path"].as_str().unwrap().ends_with(&format!("/ApiKey_{}.p8", own["id"].as_str().unwrap())));
    let link = made.document["signInUrl"].as_str().unwrap();
    assert!(link.starts_with("https://keys.example.com/sign-in?link="), "{link}");
}

#[test]
fn private_halves_lie_alone_in_files_for_their_owner() {
    let installation = Installation::new();
    let made = installation.bootstrap(&["--individual"]);
    let files = files_below(&installation.beside("keys"));
    assert_eq!(files.len(), 2, "{files:?}");
    for file in files {
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        public_of(&fs::read_to_string(&file).unwrap());
    }
    assert!(
        made.document["key"]["path"].as_str().unwrap().ends_with(&format!("keys/AuthKey_{}.p8", made.key.id))
    );
}

#[test]
fn the_data_directory_is_for_its_owner_alone_with_every_file_in_it() {
    let installation = Installation::new();
    let _serving = installation.serve(&[]);
    installation.bootstrap(&[]);
    assert_eq!(fs::metadata(installation.data()).unwrap().permissions().mode() & 0o777, 0o700);
    for file in files_below(&installation.data()) {
        // A running server may just have given a file its final name.
        let Ok(found) = fs::metadata(&file) else { continue };
        let mode = found.permissions().mode() & 0o777;
        assert!(mode == 0o600 || mode == 0o400, "{}: {mode:o}", file.display());
    }
}

#[test]
fn what_is_made_beside_a_server_works_there_within_a_second() {
    let installation = Installation::new();
    let serving = installation.serve(&[]);
    let made = installation.bootstrap(&["--individual"]);
    let done = Instant::now();
    while serving.get("/v1/apiKeys", Some(&made.key)).status != 200 {
        assert!(done.elapsed() < Duration::from_secs(1), "{:?}", serving.get("/v1/apiKeys", Some(&made.key)));
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_folder_that_can_not_be_written_is_refused_before_anything_is_made() {
    let installation = Installation::new();
    fs::write(installation.beside("file"), "").unwrap();
    let ran =
        installation.run(&["bootstrap", "--team", "Acme", "--email", "a@b.example", "--out", "file/keys"]);
    ran.assert_refused(1, "can't make the directory file/keys");
    assert!(!installation.data().exists());
}

#[test]
fn the_same_person_may_hold_several_teams() {
    let installation = Installation::new();
    let (first, second) = (installation.bootstrap(&[]), installation.bootstrap(&[]));
    assert_ne!(first.team, second.team);
    assert_eq!(installation.json(&["team", "list"])["teams"].as_array().unwrap().len(), 2);
}

#[test]
fn for_people_it_says_where_everything_is() {
    let installation = Installation::new();
    let ran =
        installation.run(&["bootstrap", "--team", "Acme", "--email", "ada@acme.example", "--out", "keys"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for words in ["Team Acme: issuer id ", "Account Holder ada@acme.example: user id ", "/keys/AuthKey_"] {
        assert!(ran.stdout.contains(words), "{words:?} in {ran:?}");
    }
}
