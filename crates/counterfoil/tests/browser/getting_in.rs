//! Ways in, and back in.

use crate::browser::Browser;
use crate::house::{House, TeamHouse};
use crate::totp::code;

const PASSWORD: &str = "quarry lantern oblique sparrow";

#[test]
fn whoever_starts_it_sets_it_up_with_a_passkey_and_comes_back_by_it() {
    let house = House::new();
    let ada = house.anybody();
    set_up(&ada, &house);
    ada.click("Add a Passkey").arrives("/console").see("Acme");
    sign_out(&ada);
    come_back_by_passkey(&ada);
    ada.click("Ada Lovelace: profile and sign out").click("Run this installation").see("Acme");
}

#[test]
fn the_first_link_is_good_once() {
    let house = House::new();
    let ada = house.anybody();
    set_up(&ada, &house);
    let other = house.anybody();
    other.expects("410").go(house.set_up_link()).see("This link is not good, or not any more.");
}

#[test]
fn a_password_and_a_code_let_one_in_and_a_recovery_code_does_once() {
    let house = House::new();
    let ada = house.anybody();
    set_up(&ada, &house);
    ada.click("Set a Password").fill("Password", PASSWORD).fill("The same once more", PASSWORD);
    ada.click("Set Password").leaves("/secure/password");
    if ada.offers("Set Up an Authenticator App") {
        ada.click("Set Up an Authenticator App");
    }
    ada.see("Scan this with the app");
    let secret = ada.texts("//span[@class='copy']/code").remove(0);
    ada.fill("Code", &code(&secret, 0)).click("Confirm").see("Each of these is good once");
    let recovery = ada.texts("//ul[@id='codes']/li").remove(0);
    ada.click("I Have Kept Them");
    sign_out(&ada);
    by_password(&ada, &recovery);
    ada.arrives("/console").see("Acme");
    sign_out(&ada);
    ada.expects("422");
    by_password(&ada, &recovery);
    ada.arrives("/sign-in/code").fill("Code", &code(&secret, 1)).click("Sign In").arrives("/console");
}

#[test]
fn a_wrong_password_says_no_more_than_an_unknown_address() {
    let house = House::new();
    let browser = house.anybody();
    browser.expects("422");
    let told = ["nobody@acme.example", "somebody@acme.example"].map(|email| {
        browser.go("/sign-in").fill("E-mail", email).fill("Password", "anything at all").click("Sign In");
        browser.see("Something needs another look").texts("//div[@id='errors']//li")
    });
    assert_eq!(told[0], told[1]);
}

#[test]
fn an_invited_person_joins_in_a_browser_of_their_own() {
    let team = House::with_team();
    let (ada, grace) = (team.owner(), team.house.anybody());
    let link = invite(&ada, &team);
    grace.go(&link).see("Acme").see("Developer").click("Join").click("Add a Passkey").arrives("/console");
    grace.see("Acme");
    sign_out(&grace);
    come_back_by_passkey(&grace);
    ada.go(&team.page("/users")).see("grace@acme.example");
}

#[test]
fn a_passkey_is_offered_beside_the_fields_as_soon_as_there_is_one() {
    let house = House::new();
    let ada = house.anybody();
    set_up(&ada, &house);
    ada.click("Add a Passkey").arrives("/console");
    sign_out(&ada);
    ada.finger(true).go("/sign-in").arrives("/console");
}

#[test]
fn a_session_is_ended_from_elsewhere() {
    let team = House::with_team();
    let (here, there) = (team.owner(), team.owner());
    here.go(&team.page("/profile"))
        .see("Where you are signed in")
        .click("End all others")
        .see("All your other sessions are ended.");
    there.go(&team.page("")).arrives("/sign-in");
    here.go(&team.page("")).see("Acme");
}

pub(crate) fn set_up(browser: &Browser, house: &House) {
    browser.go(house.set_up_link()).fill("First name", "Ada").fill("Last name", "Lovelace");
    browser.fill("E-mail", "ada@acme.example").fill("Team", "Acme").click("Set Up").see("Add a passkey");
}

pub(crate) fn sign_out(browser: &Browser) {
    browser
        .go("/console")
        .click_first(&["Ada Lovelace: profile and sign out", "Grace Hopper: profile and sign out"]);
    browser.finger(false).click("Sign Out").arrives("/sign-in");
}

/// The page has asked already, beside the fields, when the finger comes: it answers the button.
fn come_back_by_passkey(browser: &Browser) {
    browser.go("/sign-in").loads("/sign-in/passkey/options").finger(true);
    browser.click("Sign in with a passkey").arrives("/console").see("Acme");
}

fn by_password(browser: &Browser, code: &str) {
    browser.go("/sign-in").fill("E-mail", "ada@acme.example").fill("Password", PASSWORD).click("Sign In");
    browser.arrives("/sign-in/code").fill("Code", code).click("Sign In");
}

/// Invites Grace as a Developer. The link that she is to be given.
pub(crate) fn invite(browser: &Browser, team: &TeamHouse) -> String {
    browser.go(&team.page("/users")).click("Invite").fill("E-mail", "grace@acme.example");
    browser.fill("First name", "Grace").fill("Last name", "Hopper").tick("Developer");
    browser.click("Invite").see("/join?link=");
    browser.texts("//code[contains(., '/join?link=')]").remove(0)
}
