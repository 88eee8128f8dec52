//! Who sees what: each role what it may, and no more.

use crate::house::House;

#[test]
fn whoever_administers_no_keys_is_told_whom_to_ask() {
    let team = House::with_team();
    team.join("dev@acme.example", ("Dev", "Eloper"), &["DEVELOPER"]);
    let dev = team.house.sign_in("dev@acme.example");
    dev.go(&team.page("/users")).see("Users");
    assert!(!dev.offers("Integrations") && !dev.offers("Audit") && !dev.offers("Settings"));
    dev.expects("403").go(&team.page("/integrations/api")).see("Ada Lovelace").not_see("Generate API Key");
}

#[test]
fn an_admin_administers_keys_and_a_team_that_is_not_theirs_does_not_exist() {
    let team = House::with_team();
    team.join("grace@acme.example", ("Grace", "Hopper"), &["ADMIN"]);
    let grace = team.house.sign_in("grace@acme.example");
    grace.go(&team.page("/users")).click("Integrations").see("Team Keys");
    assert!(grace.offers("Generate API Key") && grace.offers("Audit") && grace.offers("Settings"));
    assert!(!grace.offers("Request Access"));
    let other = "/console/teams/57246542-96fe-1a63-e053-0824d011072a";
    grace.expects("404").go(other).not_see("Acme");
    grace.expects("403").go("/console/operator/teams").not_see("Acme");
}
