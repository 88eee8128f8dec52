//! Everything but passkeys and pairs made in the browser works without JavaScript.

use crate::browser::Browser;
use crate::house::House;

#[test]
fn a_key_is_generated_downloaded_and_revoked() {
    let team = House::with_team();
    let ada = Browser::without_javascript(team.house.url());
    team.house.let_in(&ada, "ada@acme.example");
    ada.go(&team.page("")).click("Users and Access").click("Integrations").click("Generate API Key");
    ada.not_see("Made in this browser")
        .fill("Name", "By hand")
        .tick("Sales")
        .click("Generate")
        .see("By hand");
    ada.click("Download API Key").click("Download").downloaded("AuthKey_", ".p8");
    ada.go(&team.page("/integrations/api"))
        .not_see("Download API Key")
        .fill("Search by name or key ID", "hand");
    ada.click("Search").see("By hand").not_see("bootstrap").click("Revoke").click("Revoke").see("Revoked by");
}

#[test]
fn people_are_changed_and_a_menu_opens() {
    let team = House::with_team();
    team.join("dev@acme.example", ("Dev", "Eloper"), &["DEVELOPER"]);
    let ada = Browser::without_javascript(team.house.url());
    team.house.let_in(&ada, "ada@acme.example");
    ada.go(&team.page("/users")).click("Dev Eloper").tick("Marketing").click("Save").see("Marketing");
    ada.click("Ada Lovelace: profile and sign out").click("Sign Out").arrives("/sign-in");
    ada.see("Passkeys need JavaScript");
}
