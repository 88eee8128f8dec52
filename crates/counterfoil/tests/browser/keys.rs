//! Keys, from *Request Access* to *Revoke*, word for word as public instructions say.

use crate::browser::Browser;
use crate::house::{House, TeamHouse};
use crate::token::Key;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use counterfoil_core::half::PrivateHalf;
use std::fs;
use std::path::Path;

#[test]
fn a_team_key_is_generated_downloaded_once_used_and_revoked() {
    let team = House::with_team();
    let ada = team.owner();
    to_team_keys(&ada, &team);
    let id = generate(&ada, "Release robot", &["Admin"]);
    to_team_keys(&ada, &team);
    ada.click_beside("Release robot", "Download API Key").see("once").click("Download");
    let key = downloaded(&ada, &team, &id);
    ada.arrives(&team.page(&format!("/keys/{id}"))).see("What to do next");
    assert_eq!(status(&team, &key), 200);
    to_team_keys(&ada, &team);
    assert!(!ada.offers("Download API Key"), "the link is there until it was used");
    ada.click_beside("Release robot", "Revoke").see("can't be undone").click("Revoke").see("Revoked by");
    assert_eq!(status(&team, &key), 401);
}

#[test]
fn several_keys_are_selected_and_revoked_at_once() {
    let team = House::with_team();
    let [first, second, third] = ["one", "two", "three"].map(|name| team.key(name, &["ADMIN"]));
    let ada = team.owner();
    to_team_keys(&ada, &team);
    ada.click("Edit").tick(&format!("Select one, {}", first.id)).tick(&format!("Select two, {}", second.id));
    ada.click("Revoke Key")
        .see("These 2 keys")
        .choose("Why", "Nobody needs it any more")
        .click("Revoke")
        .see("Revoked by");
    let answers = [&first, &second, &third].map(|key| status(&team, key));
    assert_eq!(answers, [401, 401, 200]);
}

#[test]
fn a_key_is_found_by_its_name_and_by_its_id() {
    let team = House::with_team();
    let key = team.key("nightly build", &["SALES"]);
    let ada = team.owner();
    to_team_keys(&ada, &team);
    let (found, other) = (&key.id, &team.made.key.id);
    for typed in ["NIGHT", found] {
        ada.fill("Search by name or key ID", typed).see(found);
        assert!(!ada.offers(&format!("Copy the key ID {other}")), "{other} is shown for {typed}");
    }
    for nothing in ["nothing of that name", "Revoke", "Sales"] {
        ada.fill("Search by name or key ID", nothing).see("No active key fits.");
    }
}

#[test]
fn a_developer_generates_downloads_and_revokes_an_individual_key() {
    let team = House::with_team();
    team.join("dev@acme.example", ("Dev", "Eloper"), &["DEVELOPER"]);
    let dev = team.house.sign_in("dev@acme.example");
    dev.go(&team.page("")).click("Dev Eloper: profile and sign out").click("Edit Profile");
    dev.see("Individual API Key").see("notarization").click("Generate API Key").see("Key ID");
    dev.go(&team.page("/profile")).click("Download API Key").see("once").click("Download");
    let file = dev.downloaded("ApiKey_", ".p8");
    assert!(PrivateHalf::from_pem(&fs::read_to_string(&file).unwrap()).is_ok());
    dev.go(&team.page("/profile")).not_see("Download API Key").click("Revoke").see("can't be undone");
    dev.click("Revoke").go(&team.page("/profile")).see("Individual API Key");
    assert!(dev.offers("Generate API Key"));
}

#[test]
fn an_in_app_purchase_key_needs_a_name_alone() {
    let team = House::with_team();
    let ada = team.owner();
    to_team_keys(&ada, &team);
    ada.click("In-App Purchase")
        .click("Generate API Key")
        .fill("Name", "Receipts")
        .click("Generate")
        .see("Receipts");
    ada.go(&team.page("/integrations/in-app-purchase")).click("Download API Key").click("Download");
    let file = ada.downloaded("SubscriptionKey_", ".p8");
    assert!(PrivateHalf::from_pem(&fs::read_to_string(&file).unwrap()).is_ok());
}

#[test]
fn a_pair_made_in_the_browser_never_sends_its_private_half() {
    let team = House::with_team();
    let ada = team.owner();
    ada.go(&team.page("/integrations/api/generate")).fill("Name", "Made here").tick("Admin");
    ada.tick("Made in this browser").click("Generate").see("Save the private half now");
    ada.click("Download API Key");
    let file = ada.downloaded("AuthKey_", ".p8");
    let id = file.file_stem().unwrap().to_str().unwrap().trim_start_matches("AuthKey_").to_owned();
    let key = Key::read(&id, Some(&team.made.team), &file);
    assert_eq!(status(&team, &key), 200);
    let sent = ada.sent();
    assert!(sent.iter().any(|request| request.contains("\"publicKey")), "the public half was sent: {sent:?}");
    for form in forms_of_the_private_number(&file) {
        assert!(!sent.iter().any(|request| request.contains(&form)), "{form} was sent");
    }
    ada.click("I have saved it").arrives(&team.page(&format!("/keys/{id}")));
}

#[test]
fn what_was_made_in_the_browser_is_there_for_whoever_decides_to_stay() {
    let team = House::with_team();
    let ada = team.owner();
    ada.go(&team.page("/integrations/api/generate")).fill("Name", "Made here").tick("Admin");
    ada.tick("Made in this browser").click("Generate").see("Save the private half now");
    let stays =
        "document.querySelector('[data-made-on]').addEventListener('click', it => it.preventDefault())";
    ada.script(stays, &[]);
    ada.script("document.querySelector('[data-made-on]').click()", &[]);
    ada.click("Download API Key");
    let file = ada.downloaded("AuthKey_", ".p8");
    assert!(PrivateHalf::from_pem(&fs::read_to_string(&file).unwrap()).is_ok());
}

#[test]
fn a_role_is_picked_by_its_task() {
    let team = House::with_team();
    let ada = team.owner();
    ada.go(&team.page("/integrations/api/generate"));
    let ticked = "//input[@name='role'][@checked]";
    assert!(ada.attributes(ticked, "value").is_empty(), "nothing is ticked beforehand");
    ada.see("Usual choice").choose("What shall the key do?", "Download sales reports: units and trends");
    let script =
        "return [...document.querySelectorAll('input[name=role]:checked')].map(it => it.value).join()";
    assert_eq!(ada.script(script, &[]), "SALES");
}

#[test]
fn access_is_requested_declined_with_a_reason_asked_for_again_and_approved() {
    let team = House::with_team();
    let reason = ["access", "withdraw", &team.made.team, "--reason", "The terms have changed."];
    team.house.installation.json(&reason);
    let ada = team.owner();
    let operator = team.house.operator();
    to_integrations(&ada, &team);
    ada.see("The terms have changed.");
    request_access(&ada);
    operator
        .go("/console/operator/access")
        .see("Acme")
        .click("Decline…")
        .fill("Reason", "Tell us more first.");
    operator.click("Decline").see("Tell us more first.");
    ada.reload().see("Tell us more first.");
    request_access(&ada);
    operator.go("/console/operator/access").see("Acme").click("Approve").see("Nothing waits for you");
    ada.reload().not_see("waits for its review");
    assert!(ada.offers("Generate API Key"));
}

fn request_access(browser: &Browser) {
    browser.click("Request Access").tick("I have read the terms, and agree to them for my team.");
    browser.click("Submit").see("waits for its review");
}

/// Where the issuer id and the keys of the team are.
fn to_team_keys(browser: &Browser, team: &TeamHouse) {
    to_integrations(browser, team);
    browser.see("Team Keys").see("Individual Keys").see("Issuer ID").see(&team.made.team);
}

fn to_integrations(browser: &Browser, team: &TeamHouse) {
    browser.go(&team.page("")).click("Users and Access").click("Integrations").see("App Store Connect API");
}

/// Generates a team key as people do and stays on the page that shows it. The key's id.
pub(crate) fn generate(browser: &Browser, name: &str, roles: &[&str]) -> String {
    browser.click("Generate API Key").fill("Name", name);
    for role in roles {
        browser.tick(role);
    }
    browser.click("Generate").leaves("/console/teams/x").see("Key ID").see(name);
    id_of(browser)
}

/// The id of the key whose page this is.
fn id_of(browser: &Browser) -> String {
    let place = browser.place();
    let (_, id) = place.split_once("/keys/").unwrap_or_else(|| panic!("{place} is not a key's page"));
    id.chars().take_while(char::is_ascii_alphanumeric).collect()
}

fn downloaded(browser: &Browser, team: &TeamHouse, id: &str) -> Key {
    let file = browser.downloaded("AuthKey_", ".p8");
    assert_eq!(file.file_name().unwrap().to_str(), Some(format!("AuthKey_{id}.p8").as_str()));
    Key::read(id, Some(&team.made.team), &file)
}

/// What a request with a token of this key is answered with.
fn status(team: &TeamHouse, key: &Key) -> u16 {
    team.house.serving.get("/v1/apiKeys", Some(key)).status
}

/// How the private number of a key file may look in a request.
fn forms_of_the_private_number(file: &Path) -> Vec<String> {
    let pem = fs::read_to_string(file).unwrap();
    let lines: Vec<&str> = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = STANDARD.decode(lines.concat()).unwrap();
    let number = &der[36..68];
    let hex: String = number.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut forms =
        vec![hex, URL_SAFE_NO_PAD.encode(number), STANDARD.encode(number), "PRIVATE KEY".to_owned()];
    forms.extend(lines.iter().map(|line| (*line).to_owned()));
    forms
}
