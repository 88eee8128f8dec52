//! Signing in with an account elsewhere.

use crate::getting_in::{invite, sign_out};
use crate::house::TeamHouse;
use crate::provider::sign_in_there;

/// The provider's pages ask for a font of somebody else, whom no test asks for anything, and have no picture.
const FONT: &str = "fonts.googleapis.com";
const PICTURE: &str = "favicon.ico";

#[test]
fn an_invited_person_joins_with_an_account_elsewhere_comes_back_and_confirms_by_it() {
    let (team, _provider) = TeamHouse::with_provider();
    let (ada, grace) = (team.owner(), team.house.anybody());
    let link = invite(&ada, &team);
    grace.expects(FONT).expects(PICTURE).go(&link).see("Acme").click("Join with Example");
    sign_in_there(&grace, "grace");
    grace.arrives(&team.page("")).see("From now on Example signs you in.");
    sign_out(&grace);

    grace.click("Continue with Example").arrives("/console").see("Acme");
    team.house.a_quarter_of_an_hour_passes();
    grace.go(&team.page("/profile")).see("Accounts elsewhere that sign you in").see("grace@example.com");
    grace.go(&team.page("/profile/password")).arrives("/step-up").see("delicate");
    grace.click("Continue with Example");
    sign_in_there(&grace, "grace");
    grace.arrives(&team.page("/profile/password")).see("Set a password");
}

#[test]
fn whoever_linked_nothing_is_let_in_nowhere() {
    let (team, _provider) = TeamHouse::with_provider();
    let eve = team.house.anybody();
    eve.expects(FONT).expects(PICTURE).expects("403").go("/sign-in").click("Continue with Example");
    sign_in_there(&eve, "ada");
    eve.see("No account here is linked to this one.").go("/console").arrives("/sign-in");
}
