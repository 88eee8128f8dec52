//! What these tests look for, they find: else a page without faults would say nothing.

use crate::browser::Browser;
use crate::house::House;
use crate::looks::faults;

#[test]
fn an_inline_style_and_a_picture_from_elsewhere_are_not_loaded_and_noticed() {
    let house = House::new();
    let browser = Browser::new(house.url());
    browser.go("/sign-in").script(
        "document.body.setAttribute('style', 'opacity: 0.5');
        document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.1:9/elsewhere.png'}))",
        &[],
    );
    assert_eq!(browser.script("return getComputedStyle(document.body).opacity", &[]), "1");
    let errors = browser.errors();
    let of_policy = errors.iter().filter(|error| error.contains("Content Security Policy")).count();
    assert_eq!(of_policy, 2, "{errors:?}");
}

#[test]
fn a_barrier_a_shift_and_a_page_too_wide_are_found() {
    let house = House::new();
    let browser = Browser::new(house.url());
    browser.go("/sign-in");
    assert_eq!(faults(&browser), Vec::<String>::new());
    browser.later(
        "const done = arguments[arguments.length - 1];
        const wide = Object.assign(document.createElement('button'), {type: 'button'});
        wide.style.cssText = 'display: block; width: 4000px; height: 300px';
        new PerformanceObserver(() => done()).observe({type: 'layout-shift'});
        setTimeout(() => document.querySelector('main').prepend(wide), 600)",
        &[],
    );
    let faults = faults(&browser);
    for expected in ["shifted by", "beyond the screen", "is cut off", "button-name"] {
        assert!(faults.iter().any(|fault| fault.contains(expected)), "{expected}: {faults:?}");
    }
}
