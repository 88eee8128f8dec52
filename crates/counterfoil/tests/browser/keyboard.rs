//! The main flow by the keyboard alone, with the focus always to be seen.

use crate::browser::Browser;
use crate::house::House;

const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
const SPACE: &str = " ";

#[test]
fn a_key_is_generated_by_the_keyboard_alone() {
    let team = House::with_team();
    let ada = team.owner();
    ada.go(&team.page(""));
    to(&ada, "Users and Access").keys(ENTER).arrives(&team.page("/users"));
    to(&ada, "Integrations").keys(ENTER).arrives(&team.page("/integrations"));
    to(&ada, "Generate API Key").keys(ENTER).arrives(&team.page("/integrations/api/generate"));
    to(&ada, "name").keys("Typed");
    to(&ada, "role-SALES").keys(SPACE);
    to(&ada, "Generate").keys(ENTER).arrives(&team.page("/keys/")).see("Typed");
    to(&ada, "Download API Key").keys(ENTER).see("once");
}

#[test]
fn the_first_step_skips_to_the_content() {
    let team = House::with_team();
    let ada = team.owner();
    ada.go(&team.page("/users"));
    to(&ada, "Skip to the content").keys(ENTER);
    assert_eq!(ada.script("return document.activeElement.id", &[]), "main");
}

/// Steps on until the focus is on what has this id, these words or this name, and sees where it is at each step.
fn to<'a>(browser: &'a Browser, wanted: &str) -> &'a Browser {
    let script = "const it = document.activeElement; const style = getComputedStyle(it);
        const ring = it.type === 'radio' || it.type === 'checkbox' ? true : style.outlineStyle !== 'none';
        return [it.id, it.getAttribute('aria-label') ?? it.textContent.trim(), ring]";
    for _ in 0..80 {
        browser.keys(TAB);
        let focus = browser.script(script, &[]);
        assert_eq!(focus[2], true, "the focus on {focus} can't be seen at {}", browser.place());
        if focus[0] == wanted || focus[1] == wanted {
            return browser;
        }
    }
    panic!("{wanted} can't be reached by the keyboard at {}", browser.place())
}
