//! A browser as a person uses it: by the words on the screen.
//!
//! Everything waits until it can be done, and fails with what the page shows instead. What leads to another page is
//! done when that page is there: whoever looks next, in whatever browser, finds it done. A browser that goes fails
//! its test if the console held an error or a policy was violated.

use crate::webdriver::{Element, Refused, Session};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::fs;
use std::path::PathBuf;
use std::thread::{panicking, sleep};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long anything on a page may take to appear.
const PATIENCE: Duration = Duration::from_secs(30);
const A_MOMENT: Duration = Duration::from_millis(40);

/// What can be pressed, by its words: what is shown, else its accessible name.
const PRESSABLE: &str =
    "*[self::a or self::button or self::summary or self::label or self::input[@type='submit']]";

/// Looks at what is about to be pressed: that it can't be, or which page this is and whether pressing it leads to
/// another one. Whether a script of the page then keeps the browser here, is noted on the page.
const ABOUT_TO_PRESS: &str = "
    const it = arguments[0], link = it.closest('a[href]'), button = it.closest('button, input');
    if (button?.disabled) return null;
    delete window.staysHere;
    const form = button?.type === 'submit' ? button.form : null;
    const isSent = form !== null && form.method !== 'dialog' && form.dataset.again === undefined
        && (form.noValidate || form.checkValidity());
    const page = (place) => place.split('#')[0];
    const isElsewhere = link !== null && (link.hash === '' || page(link.href) !== page(location.href));
    const isFollowed = isElsewhere && !link.hasAttribute('download');
    if (isSent || isFollowed)
        addEventListener(isSent ? 'submit' : 'click', it => { window.staysHere = it.defaultPrevented }, {once: true});
    return [performance.timeOrigin, isSent || isFollowed]";

/// Whether the browser is elsewhere by now, or a script of the page has kept it here.
const IS_SETTLED: &str = "return window.staysHere === true
    || performance.timeOrigin !== arguments[0] && document.readyState === 'complete'";

/// A browser with a profile of its own.
pub(crate) struct Browser {
    session: Session,
    root: String,
    downloads: TempDir,
    authenticator: String,
    /// What the console held and a test has said to be right.
    expected: RefCell<Vec<&'static str>>,
}

impl Browser {
    /// A browser for the console at this address.
    pub(crate) fn new(root: &str) -> Self {
        Self::with(root, true)
    }

    /// One that runs no scripts of pages.
    pub(crate) fn without_javascript(root: &str) -> Self {
        Self::with(root, false)
    }

    fn with(root: &str, javascript: bool) -> Self {
        let downloads = tempfile::tempdir().unwrap();
        let session = Session::start(downloads.path(), javascript);
        Self {
            session,
            root: root.to_owned(),
            downloads,
            authenticator: String::new(),
            expected: RefCell::default(),
        }
    }

    /// An authenticator in the machine, with a finger on it.
    pub(crate) fn with_authenticator(mut self) -> Self {
        let kind = json!({"protocol": "ctap2", "transport": "internal", "hasResidentKey": true,
            "hasUserVerification": true, "isUserVerified": true, "isUserConsenting": true});
        let made = self.session.post("/webauthn/authenticator", &kind).unwrap();
        self.authenticator = made.as_str().unwrap().to_owned();
        self
    }

    /// Puts the finger on the authenticator, or takes it away: then whatever asks for it waits.
    pub(crate) fn finger(&self, is_on: bool) -> &Self {
        let presence = json!({"authenticatorId": self.authenticator, "enabled": is_on});
        self.devtools("WebAuthn.setAutomaticPresenceSimulation", &presence);
        self
    }

    /// Goes to a path of the console, or to a whole address.
    pub(crate) fn go(&self, place: &str) -> &Self {
        let url = if place.starts_with('/') { format!("{}{place}", self.root) } else { place.to_owned() };
        self.session.post("/url", &json!({"url": url})).unwrap_or_else(|fault| panic!("{url}: {fault}"));
        self
    }

    /// Waits until the page has fetched this.
    pub(crate) fn loads(&self, path: &str) -> &Self {
        let script = "return performance.getEntriesByType('resource').some(it => new URL(it.name).pathname === arguments[0])";
        self.until(script, &[json!(path)]);
        sleep(A_MOMENT * 5);
        self
    }

    /// Waits until a script of the page says yes.
    pub(crate) fn until(&self, script: &str, arguments: &[Value]) -> &Self {
        let is_so = || Ok((self.try_script(script, arguments)? == true).then_some(()));
        self.wait(&format!("until {script}"), is_so);
        self
    }

    /// Loads the page again.
    pub(crate) fn reload(&self) -> &Self {
        self.session.post("/refresh", &json!({})).unwrap();
        self
    }

    /// Where the browser is: path and query.
    pub(crate) fn place(&self) -> String {
        let url = self.session.get("/url").unwrap().as_str().unwrap().to_owned();
        url.strip_prefix(&self.root).map_or(url.clone(), str::to_owned)
    }

    /// Waits until the browser is elsewhere.
    pub(crate) fn leaves(&self, place: &str) -> &Self {
        self.wait(&format!("to leave {place}"), || Ok((!self.place().starts_with(place)).then_some(())));
        self
    }

    /// Waits until the path begins so.
    pub(crate) fn arrives(&self, place: &str) -> &Self {
        self.wait(&format!("to arrive at {place}"), || Ok(self.place().starts_with(place).then_some(())));
        self
    }

    /// Presses what bears these words.
    pub(crate) fn click(&self, words: &str) -> &Self {
        self.press(&pressable("", words), words)
    }

    /// Presses what bears one of these words.
    pub(crate) fn click_first(&self, words: &[&str]) -> &Self {
        let alternatives: Vec<_> = words.iter().map(|words| pressable("", words)).collect();
        self.press(&alternatives.join(" | "), words[0])
    }

    /// Presses what bears these words in the row, card or section that holds the others.
    pub(crate) fn click_beside(&self, beside: &str, words: &str) -> &Self {
        let row = format!("//*[self::tr or self::li or self::article][contains(., {})]", quoted(beside));
        self.press(&pressable(&row, words), &format!("{words} beside {beside}"))
    }

    /// Presses it, and waits for the page that it leads to, if it leads to one.
    fn press(&self, xpath: &str, words: &str) -> &Self {
        let from = self.wait(&format!("to press “{words}”"), || {
            let Some(element) = self.shown(xpath)?.into_iter().next() else { return Ok(None) };
            let about = self.try_script(ABOUT_TO_PRESS, &[element.argument()])?;
            if about.is_null() {
                return Ok(None);
            }
            self.session.with(&element, "click", &json!({})).map(|_| Some(about))
        });
        if from[1] == true {
            self.wait(&format!("for the page that “{words}” leads to"), || {
                Ok((self.try_script(IS_SETTLED, &[from[0].clone()])? == true).then_some(()))
            });
        }
        self
    }

    /// Types into the field with this label, in place of what is there.
    pub(crate) fn fill(&self, label: &str, text: &str) -> &Self {
        self.wait(&format!("to fill in “{label}”"), || {
            let Some(field) = self.shown(&field(label))?.into_iter().next() else { return Ok(None) };
            self.session.with(&field, "clear", &json!({}))?;
            self.session.with(&field, "value", &json!({"text": text})).map(Some)
        });
        self
    }

    /// Ticks, or unticks, the box with this label.
    pub(crate) fn tick(&self, label: &str) -> &Self {
        self.wait(&format!("to tick “{label}”"), || {
            let Some(field) = self.session.find(&field(label))?.into_iter().next() else { return Ok(None) };
            self.session.with(&field, "click", &json!({})).map(Some)
        });
        self
    }

    /// Chooses an option of the list with this label.
    pub(crate) fn choose(&self, label: &str, option: &str) -> &Self {
        let option = format!("{}//option[normalize-space()={}]", field(label), quoted(option));
        self.press(&option, label)
    }

    /// Waits until the page shows these words.
    pub(crate) fn see(&self, words: &str) -> &Self {
        self.wait(&format!("to see “{words}”"), || Ok(self.text()?.contains(words).then_some(())));
        self
    }

    /// That the page does not show these words now.
    pub(crate) fn not_see(&self, words: &str) -> &Self {
        let text = self.text().unwrap();
        assert!(!text.contains(words), "“{words}” is shown at {}:\n{text}", self.place());
        self
    }

    /// Whether something with these words can be pressed now.
    pub(crate) fn offers(&self, words: &str) -> bool {
        !self.shown(&pressable("", words)).unwrap().is_empty()
    }

    /// What the page shows, without what is hidden.
    pub(crate) fn text(&self) -> Result<String, Refused> {
        let bodies = self.session.find("//body")?;
        let Some(body) = bodies.first() else { return Ok(String::new()) };
        Ok(self.session.of(body, "text")?.as_str().unwrap_or_default().to_owned())
    }

    /// The text of each element that this XPath finds, whether shown or not.
    pub(crate) fn texts(&self, xpath: &str) -> Vec<String> {
        let text = |element: &Element| {
            let text = self.session.of(element, "property/textContent").unwrap();
            text.as_str().unwrap_or_default().trim().to_owned()
        };
        self.session.find(xpath).unwrap().iter().map(text).collect()
    }

    /// The value of an attribute of each element that this XPath finds.
    pub(crate) fn attributes(&self, xpath: &str, name: &str) -> Vec<String> {
        let found = self.session.find(xpath).unwrap();
        let value = |element: &Element| self.session.of(element, &format!("attribute/{name}")).unwrap();
        found.iter().filter_map(|element| value(element).as_str().map(str::to_owned)).collect()
    }

    /// Sends keys to whatever has the focus; `\u{e004}` is Tab, `\u{e006}` Enter, `\u{e00d}` Space.
    pub(crate) fn keys(&self, keys: &str) -> &Self {
        let press =
            |key: char| [json!({"type": "keyDown", "value": key}), json!({"type": "keyUp", "value": key})];
        let actions: Vec<Value> = keys.chars().flat_map(press).collect();
        let keyboard = json!({"actions": [{"type": "key", "id": "keyboard", "actions": actions}]});
        self.session.post("/actions", &keyboard).unwrap();
        self
    }

    /// Runs a script in the page and answers what it returns.
    pub(crate) fn script(&self, script: &str, arguments: &[Value]) -> Value {
        self.try_script(script, arguments).unwrap_or_else(|fault| panic!("{fault}: {script:.200}"))
    }

    /// The same where the page may go while the script runs.
    fn try_script(&self, script: &str, arguments: &[Value]) -> Result<Value, Refused> {
        self.session.post("/execute/sync", &json!({"script": script, "args": arguments}))
    }

    /// Runs a script that hands its result to its last argument.
    pub(crate) fn later(&self, script: &str, arguments: &[Value]) -> Value {
        let body = json!({"script": script, "args": arguments});
        self.session.post("/execute/async", &body).unwrap_or_else(|fault| panic!("{fault}: {script:.200}"))
    }

    /// A command of Chromium's own protocol.
    pub(crate) fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.session.devtools(command, parameters)
    }

    /// The file that was downloaded under a name that begins and ends so.
    pub(crate) fn downloaded(&self, start: &str, end: &str) -> PathBuf {
        let fits = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(start) && name.ends_with(end)
        };
        self.wait(&format!("to have {start}…{end} downloaded"), || {
            let files = fs::read_dir(self.downloads.path()).unwrap().map(|entry| entry.unwrap().path());
            let is_whole = |path: &PathBuf| fs::metadata(path).is_ok_and(|file| file.len() > 0);
            Ok(files.filter(fits).find(is_whole))
        })
    }

    /// Everything that was sent by this browser since the last look: method, address and body of each request.
    pub(crate) fn sent(&self) -> Vec<String> {
        let log = self.session.post("/se/log", &json!({"type": "performance"})).unwrap();
        let message = |entry: &Value| serde_json::from_str::<Value>(entry["message"].as_str()?).ok();
        let entries = log.as_array().unwrap().iter().filter_map(message);
        let sent = entries.filter(|entry| entry["message"]["method"] == "Network.requestWillBeSent");
        sent.map(|entry| entry["message"]["params"]["request"].to_string()).collect()
    }

    /// That the console may hold lines with these words: the browser notes there what a test provoked.
    pub(crate) fn expects(&self, words: &'static str) -> &Self {
        self.expected.borrow_mut().push(words);
        self
    }

    /// A picture of the whole page, as PNG.
    pub(crate) fn picture(&self) -> Vec<u8> {
        let size = self.devtools("Page.getLayoutMetrics", &json!({}))["cssContentSize"].clone();
        let height = size["height"].as_f64().unwrap_or(900.0).min(6_000.0);
        let clip = json!({"x": 0, "y": 0, "width": size["width"], "height": height, "scale": 1});
        let shot = json!({"format": "png", "captureBeyondViewport": true, "clip": clip});
        let data = self.devtools("Page.captureScreenshot", &shot)["data"].clone();
        STANDARD.decode(data.as_str().unwrap()).unwrap()
    }

    /// What is found and shown.
    fn shown(&self, xpath: &str) -> Result<Vec<Element>, Refused> {
        let mut found = self.session.find(xpath)?;
        found.retain(|element| self.session.of(element, "displayed").is_ok_and(|shown| shown == json!(true)));
        Ok(found)
    }

    /// Tries until it is done. What the page refuses meanwhile (gone, covered, not there yet) is tried again.
    fn wait<T>(&self, what: &str, mut attempt: impl FnMut() -> Result<Option<T>, Refused>) -> T {
        let began = Instant::now();
        loop {
            let refused = match attempt() {
                Ok(Some(done)) => return done,
                Ok(None) => String::new(),
                Err(refused) => refused.to_string(),
            };
            if began.elapsed() > PATIENCE {
                self.fail(what, &refused)
            }
            sleep(A_MOMENT);
        }
    }

    fn fail(&self, what: &str, refused: &str) -> ! {
        let name = std::thread::current().name().unwrap_or("a-test").replace("::", "-");
        let picture = crate::looks::screenshots().join(format!("failed-{name}.png"));
        let _ = fs::write(&picture, self.picture());
        let (place, text) = (self.place(), self.text().unwrap_or_default());
        panic!("waited {what} {refused}\nat {place} ({}):\n{text}", picture.display())
    }

    /// Errors in the console, and violations of the policy, that no test expects.
    pub(crate) fn errors(&self) -> Vec<String> {
        let log = self.session.post("/se/log", &json!({"type": "browser"})).unwrap_or_default();
        let severe = log.as_array().into_iter().flatten().filter(|entry| entry["level"] == "SEVERE");
        let messages = severe.filter_map(|entry| entry["message"].as_str().map(str::to_owned));
        let expected = self.expected.borrow();
        messages.filter(|message| !expected.iter().any(|words| message.contains(words))).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !panicking() {
            let errors = self.errors();
            assert!(errors.is_empty(), "the browser's console: {errors:#?}");
        }
    }
}

fn pressable(within: &str, words: &str) -> String {
    let words = quoted(words);
    format!(
        "{within}//{PRESSABLE}[normalize-space()={words} or text()[normalize-space()={words}]
            or *[normalize-space()={words}] or @aria-label={words}]"
    )
}

/// The field that a label names, beside it or in it; or the field's own accessible name, or its placeholder.
fn field(label: &str) -> String {
    let label = quoted(label);
    let is = format!("normalize-space()={label} or .//text()[normalize-space()={label}]");
    let kinds = "*[self::input or self::textarea or self::select]";
    format!(
        "//{kinds}[@id=//label[{is}]/@for or ancestor::label[{is}] or @aria-label={label} or @placeholder={label}]"
    )
}

/// As XPath writes a text: it knows no escapes.
fn quoted(text: &str) -> String {
    if text.contains('\'') { format!("\"{text}\"") } else { format!("'{text}'") }
}
