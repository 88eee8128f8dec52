//! Whoever runs the installation.

use crate::house::House;

#[test]
fn the_operator_sees_teams_people_health_and_the_catalog_and_no_keys() {
    let team = House::with_team();
    let operator = team.house.operator();
    operator.go("/console").click("Teams").see("Acme");
    operator.click("People").see("ada@acme.example");
    operator.click("Health").see("The ledger");
    operator.click("Catalog").see("appstore");
    operator.expects("40").go(&team.page("/integrations/api")).not_see("bootstrap");
}

#[test]
fn a_suspended_team_is_told_so_and_resumed() {
    let team = House::with_team();
    let (operator, ada) = (team.house.operator(), team.owner());
    operator.go("/console/operator/teams").click("Acme").click("Suspend").see("Suspended");
    ada.go(&team.page("")).see("suspended");
    operator.click("Resume").see("Active");
    ada.reload().not_see("suspended");
}
