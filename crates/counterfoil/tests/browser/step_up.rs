//! What is delicate asks once more who it is, if that lies back too far.

use crate::getting_in::set_up;
use crate::house::House;

#[test]
fn a_quarter_of_an_hour_later_a_passkey_confirms_who_it_is_and_what_was_wanted_goes_on() {
    let house = House::new();
    let ada = house.anybody();
    set_up(&ada, &house);
    ada.click("Add a Passkey").arrives("/console").see("Acme");
    ada.click("Ada Lovelace: profile and sign out").click("Edit Profile").see("Passkeys");
    house.a_quarter_of_an_hour_passes();
    ada.reload().click("Set a password").arrives("/step-up").see("delicate");
    ada.click("Use your passkey").arrives("/console/teams/").see("At least 12 characters");
}

#[test]
fn whoever_came_by_a_link_long_ago_is_told_how_to_confirm() {
    let team = House::with_team();
    let key = team.key("Nightly", &["SALES"]);
    let ada = team.owner();
    team.house.a_quarter_of_an_hour_passes();
    ada.go(&team.page(&format!("/keys/{}/revoke", key.id))).arrives("/step-up");
    ada.see("counterfoil people sign-in-link ada@acme.example").click("Not now").see("Acme");
}
