//! As much of a WebDriver client as these tests need: chromedriver speaks JSON over HTTP, and so do we.
//!
//! Each browser has a chromedriver of its own on a port that it chose itself, and a profile in a room of its own. All
//! are gone when the browser is dropped.

use serde_json::{Value, json};
use std::fmt::{self, Display};
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// A script may run as long as axe on a page of many rows, on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(60);

/// Ports that turn out to be half taken before it is given up.
const STARTS: usize = 10;

/// Browsers that do not come up before it is given up.
const BROWSERS: usize = 3;

/// How often a room is emptied until nothing in it is written any more, and how long that waits each time.
const SWEEPS: usize = 100;
const BETWEEN_SWEEPS: Duration = Duration::from_millis(50);

/// Where WebDriver puts the id of an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Flags of a browser that shows nothing to anybody and asks nobody for anything but our server.
const FLAGS: &[&str] = &[
    "headless=new",
    "no-first-run",
    "no-default-browser-check",
    "disable-background-networking",
    "disable-component-update",
    "disable-default-apps",
    "disable-dev-shm-usage",
    "disable-extensions",
    "disable-gpu",
    "disable-sync",
    "force-color-profile=srgb",
    "hide-scrollbars",
    "host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
    "lang=en-GB",
    "metrics-recording-only",
    "password-store=basic",
    "window-size=1280,900",
];

/// A session with a browser.
pub(crate) struct Session {
    driver: Child,
    port: u16,
    path: String,
    /// Where the browser keeps whatever it writes.
    room: TempDir,
}

/// Something on a page.
#[derive(Clone, Debug)]
pub(crate) struct Element(String);

/// What WebDriver refused, and why.
#[derive(Debug)]
pub(crate) struct Refused(pub(crate) String);

impl Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Session {
    /// A browser that keeps what it downloads in this directory. What it is given besides stands in `preferences`.
    ///
    /// On a machine that does much else a browser may not come up in time; that says nothing of what is tested, and
    /// another is started.
    pub(crate) fn start(downloads: &Path, javascript: bool) -> Self {
        let capabilities = capabilities(downloads, javascript);
        let mut why = String::new();
        for _ in 0..BROWSERS {
            let room = tempfile::tempdir().unwrap();
            let (driver, port) = listening_driver(room.path());
            let mut session = Self { driver, port, path: String::new(), room };
            match session.command("POST", "/session", &capabilities) {
                Ok(made) => {
                    session.path = format!("/session/{}", made["sessionId"].as_str().unwrap());
                    return session;
                }
                Err(refused) => why = refused.to_string(),
            }
        }
        panic!("no browser in {BROWSERS} starts: {why}")
    }

    /// Sends a command of this session.
    pub(crate) fn post(&self, command: &str, parameters: &Value) -> Result<Value, Refused> {
        self.command("POST", &format!("{}{command}", self.path), parameters)
    }

    /// Asks for something of this session.
    pub(crate) fn get(&self, what: &str) -> Result<Value, Refused> {
        self.command("GET", &format!("{}{what}", self.path), &Value::Null)
    }

    /// A command of Chromium's own protocol.
    pub(crate) fn devtools(&self, command: &str, parameters: &Value) -> Value {
        let body = json!({"cmd": command, "params": parameters});
        self.post("/goog/cdp/execute", &body).unwrap_or_else(|refused| panic!("{command}: {refused}"))
    }

    /// Every element that this XPath finds.
    pub(crate) fn find(&self, xpath: &str) -> Result<Vec<Element>, Refused> {
        let found = self.post("/elements", &json!({"using": "xpath", "value": xpath}))?;
        let id = |found: &Value| Some(Element(found[ELEMENT].as_str()?.to_owned()));
        Ok(found.as_array().into_iter().flatten().filter_map(id).collect())
    }

    /// Does something with an element.
    pub(crate) fn with(&self, element: &Element, what: &str, parameters: &Value) -> Result<Value, Refused> {
        self.post(&format!("/element/{}/{what}", element.0), parameters)
    }

    /// Asks for something of an element.
    pub(crate) fn of(&self, element: &Element, what: &str) -> Result<Value, Refused> {
        self.get(&format!("/element/{}/{what}", element.0))
    }

    fn command(&self, method: &str, path: &str, parameters: &Value) -> Result<Value, Refused> {
        let text = exchange(self.port, method, path, parameters)
            .unwrap_or_else(|fault| panic!("chromedriver: {method} {path}: {fault}"));
        let answer: Value =
            serde_json::from_str(&text).unwrap_or_else(|fault| panic!("chromedriver: {fault}: {text}"));
        match answer["value"]["error"].as_str() {
            Some(error) => Err(Refused(format!("{error}: {}", answer["value"]["message"]))),
            None => Ok(answer["value"].clone()),
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if !self.path.is_empty() {
            let _ = exchange(self.port, "DELETE", &self.path, &Value::Null);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        // The browser's own processes end a moment after the driver says that it has.
        for _ in 0..SWEEPS {
            match std::fs::remove_dir_all(self.room.path()) {
                Err(fault) if fault.kind() != ErrorKind::NotFound => thread::sleep(BETWEEN_SWEEPS),
                _ => return,
            }
        }
    }
}

impl Element {
    /// As an argument of a script.
    pub(crate) fn argument(&self) -> Value {
        json!({ELEMENT: self.0})
    }
}

/// A chromedriver and its port. It takes any port that is free at 127.0.0.1 and ends if that one is not free at
/// `[::1]`, where something else may happen to use it: then another is started.
fn listening_driver(room: &Path) -> (Child, u16) {
    let mut said = String::new();
    for _ in 0..STARTS {
        let mut driver = Command::new("chromedriver")
            .args(["--port=0", "--log-level=SEVERE"])
            .env("TMPDIR", room)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver can't be started: `cargo xtask programs` installs it");
        match port_of(&mut driver) {
            Ok(port) => return (driver, port),
            Err(output) => said = output,
        }
        let _ = driver.kill();
        let _ = driver.wait();
        assert!(said.contains("port not available"), "chromedriver does not say where it listens: {said}");
    }
    panic!("chromedriver found no port in {STARTS} starts: {said}")
}

/// Where a chromedriver says that it listens, or all that it said instead.
fn port_of(driver: &mut Child) -> Result<u16, String> {
    let mut output = BufReader::new(driver.stdout.take().unwrap());
    let mut said = String::new();
    let mut start = 0;
    while output.read_line(&mut said).is_ok_and(|count| count > 0) {
        let line = said[start..].trim_end().trim_end_matches('.');
        if let Some((_, port)) = line.rsplit_once("successfully on port ") {
            return Ok(port.parse().unwrap());
        }
        start = said.len();
    }
    Err(said)
}

fn capabilities(downloads: &Path, javascript: bool) -> Value {
    let mut flags: Vec<&str> = FLAGS.to_vec();
    if is_root() {
        flags.push("no-sandbox");
    }
    let allowed = if javascript { 1 } else { 2 };
    json!({"capabilities": {"alwaysMatch": {
        "browserName": "chrome",
        "pageLoadStrategy": "normal",
        "timeouts": {"script": 50_000, "pageLoad": 50_000},
        "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        "goog:chromeOptions": {
            "args": flags,
            "prefs": {
                "download.default_directory": downloads,
                "download.prompt_for_download": false,
                "credentials_enable_service": false,
                "profile.managed_default_content_settings.javascript": allowed,
            },
        },
    }}})
}

/// Chromium's sandbox does not work for root.
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
}

fn exchange(port: u16, method: &str, path: &str, parameters: &Value) -> std::io::Result<String> {
    let body = if parameters.is_null() { String::new() } else { parameters.to_string() };
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let length = body.len();
    let head = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close");
    let type_ = "Content-Type: application/json; charset=utf-8";
    write!(stream, "{head}\r\n{type_}\r\nContent-Length: {length}\r\n\r\n{body}")?;
    answer(BufReader::new(stream))
}

/// The body of an answer; chromedriver always says how long it is.
fn answer(mut stream: impl BufRead) -> std::io::Result<String> {
    let mut length = 0;
    let mut line = String::new();
    while stream.read_line(&mut line)? > 0 && !line.trim_end().is_empty() {
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().map_err(std::io::Error::other)?;
        }
        line.clear();
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(String::from_utf8_lossy(&body).into_owned())
}

#[test]
fn nothing_of_a_browser_is_left() {
    let downloads = tempfile::tempdir().unwrap();
    let session = Session::start(downloads.path(), true);
    let room = session.room.path().to_owned();
    assert_ne!(std::fs::read_dir(&room).unwrap().count(), 0, "the browser writes elsewhere");
    drop(session);
    assert!(!room.exists());
}
