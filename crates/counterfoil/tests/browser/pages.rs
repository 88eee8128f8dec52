//! Every page, looked at: on a screen in light and in dark, and on a phone.

use crate::browser::Browser;
use crate::getting_in::{invite, set_up};
use crate::house::{House, TeamHouse};
use crate::keys::generate;
use crate::looks::look;

#[test]
fn ways_in_are_readable_steady_and_fit() {
    let house = House::new();
    let browser = Browser::new(house.url());
    browser.expects("410");
    let set_up = house.set_up_link().to_owned();
    let faults =
        looks(&browser, &[("set-up", &set_up), ("sign-in", "/sign-in"), ("set-up-over", "/set-up?link=x")]);
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn pages_of_whoever_has_set_it_up_are_readable_steady_and_fit() {
    let house = House::new();
    let ada = house.anybody();
    set_up(&ada, &house);
    ada.click("Add a Passkey").arrives("/console").expects("404");
    let pages = [
        ("start", "/console"),
        ("operator-profile", "/console/operator/profile"),
        ("nothing-there", "/console/x"),
    ];
    assert_eq!(looks(&ada, &pages), Vec::<String>::new());
    ada.see("There is no such page.");
}

#[test]
fn the_way_in_that_is_under_way_is_readable_steady_and_fits() {
    let team = House::with_team();
    let (ada, visitor) = (team.owner(), Browser::new(team.house.url()));
    let link = team.house.installation.json(&["people", "sign-in-link", "ada@acme.example"]);
    let mut faults = looks(&visitor, &[("sign-in-link", link["url"].as_str().unwrap())]);
    let invitation = invite(&ada, &team);
    faults.extend(looks(&visitor, &[("join", &invitation)]));
    let profile = team.page("/profile");
    faults.extend(looks(
        &ada,
        &[
            ("secure", "/secure"),
            ("step-up", &format!("/step-up?to={profile}")),
            ("passkey-new", &format!("{profile}/passkeys/new")),
            ("password", &format!("{profile}/password")),
            ("name", &format!("{profile}/name")),
            ("authenticator", "/secure/authenticator"),
            ("sign-in-history", &format!("{profile}/history")),
        ],
    ));
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn a_team_that_has_nothing_yet_is_taught() {
    let team = House::with_team();
    let ada = team.owner();
    let bootstrapped = team.made.key.id.clone();
    ada.go(&team.page(&format!("/keys/{bootstrapped}/revoke"))).click("Revoke").see("Revoked by");
    team.house.installation.json(&["access", "withdraw", &team.made.team]);
    let faults = of_team(
        &ada,
        &team,
        &[
            ("empty-overview", ""),
            ("empty-keys", "/integrations/api"),
            ("empty-in-app", "/integrations/in-app-purchase"),
            ("request-access", "/integrations/request-access"),
        ],
    );
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn people_and_audit_are_readable_steady_and_fit() {
    let team = busy();
    let dev = team.join("dev@acme.example", ("Dev", "Eloper"), &["DEVELOPER"]);
    let (ada, own) = (team.owner(), team.house.sign_in("dev@acme.example"));
    let mut faults = of_team(
        &ada,
        &team,
        &[
            ("overview", ""),
            ("users", "/users"),
            ("invite", "/users/invite"),
            ("person", &format!("/users/{dev}")),
            ("remove", &format!("/users/{dev}/remove")),
            ("transfer", &format!("/users/{dev}/transfer")),
            ("audit", "/audit"),
            ("audit-sign-ins", "/audit/sign-ins"),
            ("settings", "/settings"),
        ],
    );
    faults.extend(of_team(
        &own,
        &team,
        &[("member-overview", ""), ("member-users", "/users"), ("profile", "/profile")],
    ));
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn keys_are_readable_steady_and_fit() {
    let team = busy();
    let ada = team.owner();
    ada.go(&team.page("/integrations/api"));
    let id = generate(&ada, "Waits for its download", &["Developer"]);
    let used = &team.made.key.id;
    let [downloaded, revoked] = ["Was downloaded", "Was revoked"].map(|name| team.key(name, &["SALES"]));
    ada.go(&team.page(&format!("/keys/{}/revoke", revoked.id))).click("Revoke").see("Revoked by");
    let faults = of_team(
        &ada,
        &team,
        &[
            ("keys", "/integrations/api"),
            ("keys-edit", "/integrations/api?edit=1"),
            ("individual-keys", "/integrations/api/individual"),
            ("in-app-purchase", "/integrations/in-app-purchase"),
            ("generate", "/integrations/api/generate"),
            ("generate-in-app", "/integrations/in-app-purchase/generate"),
            ("key", &format!("/keys/{used}")),
            ("key-fresh", &format!("/keys/{id}")),
            ("download", &format!("/keys/{id}/download")),
            ("key-downloaded", &format!("/keys/{}", downloaded.id)),
            ("key-revoked", &format!("/keys/{}", revoked.id)),
            ("revoke", &format!("/keys/{id}/revoke")),
            ("roles", "/roles"),
        ],
    );
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn the_operators_pages_are_readable_steady_and_fit() {
    let team = busy();
    let operator = team.house.operator();
    let faults = looks(
        &operator,
        &[
            ("operator-teams", "/console/operator/teams"),
            ("operator-team", &format!("/console/operator/teams/{}", team.made.team)),
            ("operator-open", "/console/operator/teams/open"),
            ("operator-access", "/console/operator/access"),
            ("operator-sign-ins", "/console/operator/people/sign-ins"),
            ("operator-people", "/console/operator/people"),
            ("operator-health", "/console/operator/health"),
            ("operator-catalog", "/console/operator/catalog"),
        ],
    );
    assert_eq!(faults, Vec::<String>::new());
}

/// A team with people and keys as teams have them.
fn busy() -> TeamHouse {
    let team = House::with_team();
    team.join("grace@acme.example", ("Grace", "Hopper"), &["ADMIN"]);
    team.join("katherine@acme.example", ("Katherine", "Johnson"), &["FINANCE", "SALES"]);
    for (name, roles) in [
        ("Release pipeline", &["APP_MANAGER"][..]),
        ("Screenshots & metadata", &["MARKETING", "APP_MANAGER"]),
        ("Nightly figures", &["SALES"]),
        ("Data warehouse, quarterly runs", &["FINANCE", "SALES", "CUSTOMER_SUPPORT"]),
    ] {
        let key = team.key(name, roles);
        for _ in 0..5 {
            team.house.serving.get("/v1/users", Some(&key));
        }
    }
    team
}

fn of_team(browser: &Browser, team: &TeamHouse, pages: &[(&str, &str)]) -> Vec<String> {
    pages.iter().flat_map(|(name, rest)| look(browser, name, &team.page(rest))).collect()
}

fn looks(browser: &Browser, pages: &[(&str, &str)]) -> Vec<String> {
    pages.iter().flat_map(|(name, path)| look(browser, name, path)).collect()
}
