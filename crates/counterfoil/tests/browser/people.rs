//! People: who may do what, and what a change brings with it.

use crate::house::House;

#[test]
fn taking_the_permission_says_that_it_revokes_the_key_and_does_both() {
    let team = House::with_team();
    let dev = team.join("dev@acme.example", ("Dev", "Eloper"), &["DEVELOPER"]);
    let ada = team.owner();
    let own = team.house.sign_in("dev@acme.example");
    own.go(&team.page("/profile")).click("Generate API Key").see("Key ID");
    ada.go(&team.page("/users"))
        .click("Dev Eloper")
        .see("dev@acme.example")
        .tick("Generate Individual API Keys");
    ada.click("Save").see("revokes the key").click("Save and revoke the key").arrives(&team.page("/users"));
    ada.go(&team.page(&format!("/users/{dev}"))).see("None active");
    own.go(&team.page("/profile")).see("Individual API Key");
    assert!(!own.offers("Generate API Key"));
}

#[test]
fn ones_own_name_is_changed_and_others_see_it() {
    let team = House::with_team();
    team.join("dev@acme.example", ("Dev", "Eloper"), &["DEVELOPER"]);
    let (ada, dev) = (team.owner(), team.house.sign_in("dev@acme.example"));
    dev.go(&team.page("/profile"))
        .click("Change name")
        .fill("First name", "Grace")
        .fill("Last name", "Hopper");
    dev.click("Change Name").see("You are called Grace Hopper now").see("Changed the name");
    ada.go(&team.page("/users")).see("Grace Hopper").not_see("Dev Eloper");
}

#[test]
fn whoever_is_removed_is_named_and_sees_the_team_no_more() {
    let team = House::with_team();
    team.join("dev@acme.example", ("Dev", "Eloper"), &["DEVELOPER"]);
    let (ada, dev) = (team.owner(), team.house.sign_in("dev@acme.example"));
    dev.go(&team.page("")).see("Acme");
    ada.go(&team.page("/users")).click("Dev Eloper").click("Remove Dev Eloper…").see("What happens");
    ada.fill("To confirm, type Dev Eloper", "Dev Eloper").click("Remove").arrives(&team.page("/users"));
    ada.go(&team.page("/users")).not_see("dev@acme.example");
    dev.expects("40").go(&team.page("")).not_see("Acme");
}

#[test]
fn the_audit_says_in_sentences_what_was_done_and_hands_it_out() {
    let team = House::with_team();
    team.key("Nightly", &["SALES"]);
    let ada = team.owner();
    ada.go(&team.page("")).click("Audit").see("Nightly");
    ada.choose("Kind", "Key generated").click("Filter").see("Nightly").click("Export CSV");
    let csv = std::fs::read_to_string(ada.downloaded("", ".csv")).unwrap();
    assert!(csv.contains("KEY_GENERATED") && !csv.contains("KEY_DOWNLOADED"), "{csv}");
    ada.click("Sign-ins").see("Ada Lovelace");
}

#[test]
fn a_person_in_several_teams_goes_from_one_to_the_other() {
    let team = House::with_team();
    let other = ["bootstrap", "--team", "Beta", "--email", "ada@acme.example", "--out", "other-keys"];
    let other = team.house.installation.json(&other)["team"]["issuerId"].as_str().unwrap().to_owned();
    let ada = team.owner();
    ada.go("/console").see("Acme").click("Beta").arrives(&format!("/console/teams/{other}"));
    ada.click("Users and Access").click("Team: Beta. Go to another").click("Acme").arrives(&team.page(""));
}
