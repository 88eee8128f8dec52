//! Settings, as far as they show from outside; the finer points are tested where they are read.

use crate::installation::{Installation, Serving};
use std::fs;

#[test]
fn a_flag_goes_before_a_variable_and_a_variable_before_the_file() {
    let installation = Installation::new();
    let config = installation.beside("c.toml");
    fs::write(&config, "public-url = \"https://file.example\"\nlisten = \"127.0.0.1:0\"\n").unwrap();
    let public_url = |flags: &[&str], variable: Option<&str>| {
        let mut command = installation.command(&[&["serve", "--json", "--config", "c.toml"], flags].concat());
        if let Some(variable) = variable {
            command.env("COUNTERFOIL_PUBLIC_URL", variable);
        }
        Serving::start(command).document["publicUrl"].as_str().unwrap().to_owned()
    };
    assert_eq!(public_url(&[], None), "https://file.example");
    assert_eq!(public_url(&[], Some("https://variable.example")), "https://variable.example");
    let flag = ["--public-url", "https://flag.example"];
    assert_eq!(public_url(&flag, Some("https://variable.example")), "https://flag.example");
}

#[test]
fn an_unknown_key_is_refused_with_its_place_and_the_one_that_was_meant() {
    let installation = Installation::new();
    fs::write(installation.beside("c.toml"), "# ours\nlog_level = \"info\"\n").unwrap();
    let ran = installation.run(&["serve", "--config", "c.toml"]);
    ran.assert_refused(1, "c.toml:2:1: there is no setting \"log_level\"");
    assert!(ran.stderr.contains("hint: did you mean log-level?"), "{ran:?}");
}

#[test]
fn a_catalog_that_is_not_in_force_is_refused() {
    let installation = Installation::new();
    installation.bootstrap(&[]);
    let other = concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalogs/parcels.toml");
    let ran = installation.run(&["serve", "--listen", "127.0.0.1:0", "--catalog", other]);
    ran.assert_refused(1, "the catalog in force here is «appstore»");
}

#[test]
fn another_seal_key_is_refused() {
    let installation = Installation::new();
    installation.bootstrap(&[]);
    fs::write(installation.data().join("seal.key"), "ab".repeat(32)).unwrap();
    installation.run(&["team", "list"]).assert_refused(1, "");
    let mut command = installation.command(&["team", "list"]);
    let output = command.env("COUNTERFOIL_SEAL_KEY", "not hex").output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("COUNTERFOIL_SEAL_KEY does not hold a seal key"), "{error}");
    assert!(!error.contains("not hex"), "{error}");
}
