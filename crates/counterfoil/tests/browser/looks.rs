//! What every page must be, whoever looks at it and on whatever screen: readable to all, steady, and its picture kept.

use crate::browser::Browser;
use serde_json::{Value, json};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// A screen.
struct Screen {
    name: &'static str,
    scheme: &'static str,
    /// What axe looks for, as it is told.
    rules: &'static str,
    width: u32,
    height: u32,
}

const ALL: &str = "{resultTypes: ['violations']}";
/// All that differs in the dark.
const COLOURS: &str = "{resultTypes: ['violations'], runOnly: ['color-contrast', 'link-in-text-block']}";

const SCREENS: &[Screen] = &[
    Screen { name: "light", scheme: "light", rules: ALL, width: 1280, height: 900 },
    Screen { name: "dark", scheme: "dark", rules: COLOURS, width: 1280, height: 900 },
    Screen { name: "phone", scheme: "light", rules: ALL, width: 390, height: 844 },
];

/// Less than a letter's width on one line.
const MOST_SHIFT: f64 = 0.001;

/// Where pictures are kept: they are to be looked at.
pub(crate) fn screenshots() -> PathBuf {
    let built = Path::new(env!("CARGO_BIN_EXE_counterfoil"));
    let target = built.parent().and_then(Path::parent).unwrap();
    let place = target.join("screenshots");
    fs::create_dir_all(&place).unwrap();
    place
}

/// What is wrong with a page on each screen, and a picture of it there.
pub(crate) fn look(browser: &Browser, name: &str, path: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for screen in SCREENS {
        screen.show(browser);
        browser.go(path);
        let found = found(browser, screen.rules);
        faults.extend(found.into_iter().map(|fault| format!("{name} on {}: {fault}", screen.name)));
        fs::write(screenshots().join(format!("{name}-{}.png", screen.name)), browser.picture()).unwrap();
    }
    SCREENS[0].show(browser);
    faults
}

/// What is wrong with the page as it is shown now.
pub(crate) fn faults(browser: &Browser) -> Vec<String> {
    found(browser, ALL)
}

fn found(browser: &Browser, rules: &str) -> Vec<String> {
    shift(browser)
        .into_iter()
        .chain(overflow(browser))
        .chain(cut(browser))
        .chain(barriers(browser, rules))
        .collect()
}

impl Screen {
    fn show(&self, browser: &Browser) {
        let scheme = json!({"features": [{"name": "prefers-color-scheme", "value": self.scheme}]});
        browser.devtools("Emulation.setEmulatedMedia", &scheme);
        let (width, height, mobile) = (self.width, self.height, self.width < 600);
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile,
            "screenWidth": width, "screenHeight": height});
        browser.devtools("Emulation.setDeviceMetricsOverride", &metrics);
        // Else the next page may be the one that is resized, and moves for that.
        browser.until("return screen.width === arguments[0]", &[json!(self.width)]);
    }
}

/// What axe finds to be serious or critical.
fn barriers(browser: &Browser, rules: &str) -> Vec<String> {
    browser.script(&axe(), &[]);
    let run = format!(
        "axe.run(document, {rules}).then(found => arguments[arguments.length - 1](found.violations))"
    );
    let found = browser.later(&run, &[]);
    let is_grave = |it: &&Value| it["impact"] == "serious" || it["impact"] == "critical";
    let say = |it: &Value| {
        let nodes = it["nodes"].as_array().unwrap().iter();
        let nodes: Vec<String> =
            nodes.map(|node| format!("{} {}", node["html"], node["any"][0]["message"])).collect();
        format!("{} ({}): {}", it["id"], it["help"], nodes.join("; "))
    };
    found.as_array().unwrap().iter().filter(is_grave).map(say).collect()
}

fn axe() -> String {
    let packages =
        env::var("COUNTERFOIL_TEST_NPM").expect("COUNTERFOIL_TEST_NPM: see `cargo xtask programs`");
    fs::read_to_string(Path::new(&packages).join("axe-core/axe.min.js")).unwrap()
}

/// That one has to scroll sideways.
fn overflow(browser: &Browser) -> Option<String> {
    let script = "const page = document.scrollingElement; return page.scrollWidth - page.clientWidth";
    let beyond = browser.script(script, &[]).as_f64().unwrap();
    (beyond > 0.0).then(|| format!("reaches {beyond} pixels beyond the screen"))
}

/// What its card cuts off: nobody can scroll to it. Tables, code and ways that scroll for themselves are whole.
fn cut(browser: &Browser) -> Option<String> {
    let script = "
        const scrolls = '.scroll, .ways, .tabs, pre, svg, thead, .visually-hidden';
        const isCut = it => {
            const box = it.getBoundingClientRect(), card = it.parentElement.closest('.card, main').getBoundingClientRect();
            return box.width > 0 && box.right > card.right + 1 && !it.closest(scrolls);
        };
        return [...document.querySelectorAll('main *')].filter(isCut).slice(0, 3).map(it => it.outerHTML.slice(0, 150)).join('; ')";
    let found = browser.script(script, &[]).as_str().unwrap_or_default().to_owned();
    (!found.is_empty()).then(|| format!("is cut off: {found}"))
}

/// That the page moved under the reader's eyes while it was made. Looked at first: a picture moves it too.
fn shift(browser: &Browser) -> Option<String> {
    let script = "const done = arguments[arguments.length - 1]; let sum = 0;
        new PerformanceObserver(list => { for (const it of list.getEntries()) sum += it.value })
            .observe({type: 'layout-shift', buffered: true});
        setTimeout(() => done(sum), 60)";
    let sum = browser.later(script, &[]).as_f64().unwrap();
    (sum > MOST_SHIFT).then(|| format!("shifted by {sum}"))
}
