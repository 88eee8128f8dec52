//! What the operator does on the server's machine.

use crate::installation::{Bootstrapped, Installation};
use serde_json::{Value, json};

/// A person, invited and let in.
fn joined(installation: &Installation, made: &Bootstrapped, email: &str, role: &str) -> String {
    let names = ["--first-name", "Grace", "--last-name", "Hopper"];
    let invite = ["people", "invite", &made.team, "--email", email, "--role", role];
    let invited = installation.json(&[&invite[..], &names].concat());
    let invitation = invited["invitation"]["id"].as_str().unwrap().to_owned();
    let joined = installation.json(&["people", "join", &invitation]);
    joined["user"]["id"].as_str().unwrap().to_owned()
}

fn kinds_of(installation: &Installation, made: &Bootstrapped) -> Vec<Value> {
    let serving = installation.serve(&[]);
    let events = serving.get("/v1/auditEvents?limit=200", Some(&made.key)).json();
    let events = events["data"].as_array().unwrap().iter();
    events.map(|event| json!([event["attributes"]["kind"], event["attributes"]["actor"]["type"]])).collect()
}

#[test]
fn access_is_listed_withdrawn_and_audited_as_the_operators_act() {
    let installation = Installation::new();
    let made = installation.bootstrap(&[]);
    let listed = installation.json(&["access", "list"]);
    assert_eq!(listed["teams"][0]["issuerId"], json!(made.team));
    assert_eq!(listed["teams"][0]["state"], json!("APPROVED"));
    let withdrawn = installation.json(&["access", "withdraw", &made.team, "--reason", "Terms have changed."]);
    assert_eq!(withdrawn["state"], json!("DECLINED"));
    assert_eq!(withdrawn["reason"], json!("Terms have changed."));
    let ran = installation.run(&["access", "approve", &made.team]);
    ran.assert_refused(1, "There is no request for access that waits for a decision.");
}

#[test]
fn every_act_of_the_operator_is_in_the_teams_audit() {
    let installation = Installation::new();
    let made = installation.bootstrap(&[]);
    installation.json(&["team", "suspend", &made.team]);
    installation.json(&["team", "resume", &made.team]);
    let kinds = kinds_of(&installation, &made);
    for expected in ["TEAM_SUSPENDED", "TEAM_RESUMED", "ACCESS_APPROVED"] {
        assert!(kinds.contains(&json!([expected, "OPERATOR"])), "{expected} in {kinds:?}");
    }
    assert!(kinds.contains(&json!(["KEY_GENERATED", "USER"])), "{kinds:?}");
    assert!(kinds.contains(&json!(["KEY_DOWNLOADED", "USER"])), "{kinds:?}");
}

#[test]
fn a_team_is_suspended_resumed_and_closed() {
    let installation = Installation::new();
    let made = installation.bootstrap(&[]);
    let state = |arguments: &[&str]| installation.json(arguments)["state"].as_str().unwrap().to_owned();
    assert_eq!(state(&["team", "suspend", &made.team, "--reason", "Invoice 17 is open."]), "SUSPENDED");
    installation.run(&["team", "suspend", &made.team]);
    assert_eq!(state(&["team", "resume", &made.team]), "ACTIVE");
    installation.run(&["team", "resume", &made.team]).assert_refused(1, "This team is not suspended.");
    assert_eq!(state(&["team", "close", &made.team, "--yes"]), "CLOSED");
    installation.run(&["team", "resume", &made.team]).assert_refused(1, "This team was closed for good.");
}

#[test]
fn an_unknown_team_is_refused_by_every_command_that_takes_one() {
    let installation = Installation::new();
    installation.bootstrap(&[]);
    let nobody = "57246542-96fe-1a63-e053-0824d011072a";
    for arguments in [
        &["access", "list", nobody][..],
        &["access", "approve", nobody],
        &["access", "decline", nobody],
        &["access", "withdraw", nobody],
        &["team", "list", nobody],
        &["team", "suspend", nobody],
        &["team", "resume", nobody],
        &["team", "close", nobody, "--yes"],
        &["team", "transfer", nobody, "--to", nobody],
        &["people", "list", nobody],
    ] {
        installation.run(arguments).assert_refused(1, "There is no resource of type 'teams'");
    }
}

#[test]
fn the_account_holders_role_goes_to_a_member_by_address() {
    let installation = Installation::new();
    let made = installation.bootstrap(&[]);
    let grace = joined(&installation, &made, "grace@acme.example", "ADMIN");
    let moved = installation.json(&["team", "transfer", &made.team, "--to", "Grace@acme.example"]);
    assert_eq!(moved["accountHolder"], json!(grace));
    let ran = installation.run(&["team", "transfer", &made.team, "--to", "nobody@acme.example"]);
    ran.assert_refused(1, "nobody with the address nobody@acme.example is in this team");
}

#[test]
fn people_are_listed_with_their_roles_and_invitations() {
    let installation = Installation::new();
    let made = installation.bootstrap(&[]);
    joined(&installation, &made, "grace@acme.example", "DEVELOPER");
    let invite = ["people", "invite", &made.team, "--email", "new@acme.example", "--role", "SALES"];
    installation.json(&[&invite[..], &["--first-name", "N", "--last-name", "W"]].concat());
    let listed = installation.json(&["people", "list", &made.team]);
    let people: Vec<_> = listed["people"]
        .as_array()
        .unwrap()
        .iter()
        .map(|person| json!([person["username"], person["state"]]))
        .collect();
    assert!(people.contains(&json!(["ada@acme.example", "ACCOUNT_HOLDER"])), "{people:?}");
    assert!(people.contains(&json!(["grace@acme.example", "MEMBER"])), "{people:?}");
    assert!(people.contains(&json!(["new@acme.example", "INVITED"])), "{people:?}");
    let ran = installation.run(&["people", "list"]);
    assert!(ran.stdout.starts_with("ISSUER ID ") && ran.stdout.contains("grace@acme.example"), "{ran:?}");
}

#[test]
fn an_invitation_is_accepted_once_and_needs_a_role_that_exists() {
    let installation = Installation::new();
    let made = installation.bootstrap(&[]);
    let names = ["--first-name", "G", "--last-name", "H"];
    let invite = ["people", "invite", &made.team, "--email", "g@acme.example", "--role", "WIZARD"];
    installation.run(&[&invite[..], &names].concat()).assert_refused(1, "There is no role WIZARD.");
    let invite = ["people", "invite", &made.team, "--email", "g@acme.example", "--role", "SALES"];
    let invited = installation.json(&[&invite[..], &names].concat());
    let invitation = invited["invitation"]["id"].as_str().unwrap();
    installation.json(&["people", "join", invitation]);
    installation
        .run(&["people", "join", invitation])
        .assert_refused(1, "This invitation was accepted already.");
}

#[test]
fn a_persons_sign_in_link_and_the_operators_are_good_for_an_hour() {
    let installation = Installation::new();
    installation.bootstrap(&[]);
    let person = installation.json(&["people", "sign-in-link", "ADA@acme.example"]);
    let operator = installation.json(&["operator", "link"]);
    for link in [person, operator] {
        assert!(link["url"].as_str().unwrap().starts_with("http://localhost:8787/sign-in?link="), "{link}");
        assert!(link["expiresAt"].as_str().unwrap().ends_with('Z'), "{link}");
    }
    let ran = installation.run(&["people", "sign-in-link", "nobody@acme.example"]);
    ran.assert_refused(1, "nobody here has the address nobody@acme.example");
}

#[test]
fn links_made_beside_a_server_lead_to_it() {
    let installation = Installation::new();
    let serving = installation.serve(&[]);
    let url = serving.document["publicUrl"].as_str().unwrap();
    let link = installation.json(&["operator", "link"]);
    assert!(link["url"].as_str().unwrap().starts_with(&format!("{url}/sign-in?link=")), "{link}");
}

#[test]
fn a_person_is_erased_everywhere_but_not_while_holding_a_team() {
    let installation = Installation::new();
    let made = installation.bootstrap(&[]);
    joined(&installation, &made, "grace@acme.example", "DEVELOPER");
    let ran = installation.run(&["people", "erase", "ada@acme.example", "--yes"]);
    ran.assert_refused(1, "The ACCOUNT_HOLDER can't be removed or demoted.");
    let erased = installation.json(&["people", "erase", "grace@acme.example", "--yes"]);
    assert_eq!(erased, json!({"erased": true, "teams": [made.team]}));
    let listed = installation.json(&["people", "list"]);
    assert_eq!(listed["people"].as_array().unwrap().len(), 1, "{listed}");
}

#[test]
fn a_replicas_credential_opens_the_feed_until_it_is_removed() {
    let installation = Installation::new();
    installation.bootstrap(&[]);
    let added = installation.json(&["replica", "add", "edge-1"]);
    assert_eq!(added["name"], json!("edge-1"));
    assert!(added["credential"].as_str().unwrap().len() >= 43, "{added}");
    let listed = installation.json(&["replica", "list"]);
    assert_eq!(listed["replicas"][0]["name"], json!("edge-1"), "{listed}");
    assert!(installation.run(&["replica", "add", "edge-1"]).code == 1);
    installation.json(&["replica", "remove", "edge-1"]);
    assert_eq!(installation.json(&["replica", "list"]), json!({"replicas": []}));
    assert!(installation.run(&["replica", "remove", "edge-1"]).code == 1);
}

#[test]
fn a_database_that_can_not_be_reached_is_told_without_its_password() {
    let installation = Installation::on("postgres://user:sesame@127.0.0.1:1/none".to_owned());
    let ran = installation.run(&["team", "list"]);
    ran.assert_refused(1, "the store can't be reached");
    assert!(!ran.stderr.contains("sesame"), "{ran:?}");
}
