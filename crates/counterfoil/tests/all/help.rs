//! What `--help` says, and what happens to what was typed wrong.

use crate::installation::Installation;

const COMMANDS: &[&[&str]] = &[
    &[],
    &["token"],
    &["request"],
    &["exec"],
    &["doctor"],
    &["keys"],
    &["keys", "list"],
    &["keys", "generate"],
    &["keys", "revoke"],
    &["keys", "blast-radius"],
    &["rotate"],
    &["rotate", "resume"],
    &["rotate", "cancel"],
    &["custody"],
    &["custody", "put"],
    &["profile"],
    &["profile", "add"],
    &["scan"],
    &["burn"],
    &["prices"],
    &["prices", "audit"],
    &["prices", "apply"],
    &["transaction"],
    &["transaction", "verify"],
    &["offer"],
    &["offer", "promotional"],
    &["offer", "introductory"],
    &["receipt"],
    &["completions"],
    &["man"],
    &["serve"],
    &["bootstrap"],
    &["access"],
    &["access", "decline"],
    &["team"],
    &["team", "transfer"],
    &["people"],
    &["people", "invite"],
    &["people", "join"],
    &["people", "sign-in-link"],
    &["people", "erase"],
    &["operator"],
    &["replica"],
    &["catalog"],
    &["catalog", "use"],
    &["catalog", "explain"],
    &["ledger"],
    &["ledger", "adopt"],
    &["seal"],
    &["seal", "rotate"],
    &["backup"],
    &["restore"],
];

#[test]
fn every_help_reads_as_it_was_reviewed() {
    let installation = Installation::new();
    for command in COMMANDS {
        let ran = installation.run(&[*command, &["--help"]].concat());
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{command:?}");
        let name = if command.is_empty() { "overview".to_owned() } else { command.join("-") };
        insta::assert_snapshot!(format!("help-{name}"), ran.stdout);
    }
}

#[test]
fn wrong_usage_exits_with_2_and_changes_nothing() {
    let installation = Installation::new();
    for arguments in [
        &["no-such-command"][..],
        &["serve", "--no-such-flag"],
        &["serve", "--listen", "nowhere"],
        &["serve", "--tls-cert", "c.pem"],
        &["serve", "--database", "mysql://x"],
        &["bootstrap"],
        &["bootstrap", "--team", "T", "--email", "no address", "--out", "keys"],
        &["bootstrap", "--team", " ", "--email", "a@b.example", "--out", "keys"],
        &["access", "approve"],
        &["access", "approve", "no-issuer-id"],
        &["team", "transfer", "57246542-96fe-1a63-e053-0824d011072a"],
        &["people", "join", "x"],
        &["people", "invite", "57246542-96fe-1a63-e053-0824d011072a", "--email", "a@b.example"],
        &["catalog", "explain", "GET"],
        &["catalog", "explain", "get it", "/v1/apps"],
        &["replica", "add"],
        &[],
    ] {
        let ran = installation.run(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {ran:?}");
        assert_eq!(ran.stdout, "", "{arguments:?}");
    }
    assert!(!installation.data().exists() && !installation.beside("keys").exists());
}

#[test]
fn the_version_is_told() {
    let ran = Installation::new().run(&["--version"]);
    assert_eq!(ran.stdout, format!("counterfoil {}\n", env!("CARGO_PKG_VERSION")));
}
