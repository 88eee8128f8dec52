//! The first page, as a browser measures it.

use crate::browser::Browser;
use crate::house::House;

/// In all: the page and whatever it loads, as sent.
const MOST_BYTES: f64 = 60.0 * 1024.0;
/// From the request to the whole page, at best of some; a machine that does much else is slow at times.
const MOST_MILLISECONDS: f64 = 50.0;
const TRIES: usize = 60;

#[test]
fn the_first_page_is_light_and_quick() {
    let house = House::new();
    let browser = Browser::new(house.url());
    let bytes = "return performance.getEntries().reduce((sum, it) => sum + (it.transferSize ?? 0), 0)";
    let loaded =
        "const it = performance.getEntriesByType('navigation')[0]; return it.responseEnd - it.requestStart";
    browser.go("/sign-in").see("Sign in");
    let weight = browser.script(bytes, &[]).as_f64().unwrap();
    assert!(weight > 1_000.0 && weight < MOST_BYTES, "{weight} bytes");
    let mut times = (0..TRIES).map(|_| browser.go("/sign-in").script(loaded, &[]).as_f64().unwrap());
    assert!(times.any(|time| time > 0.0 && time < MOST_MILLISECONDS), "never within {MOST_MILLISECONDS} ms");
}
