//! A place with data, the commands run on it, and servers that serve it.

use crate::http::{self, Answer};
use crate::token::Key;
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long anything may take that should take no time.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A data directory and perhaps a database.
pub(crate) struct Installation {
    temp: TempDir,
    database: Option<String>,
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// What `bootstrap` made.
pub(crate) struct Bootstrapped {
    pub(crate) team: String,
    pub(crate) user: String,
    pub(crate) key: Key,
    pub(crate) document: Value,
}

impl Installation {
    /// On SQLite.
    pub(crate) fn new() -> Self {
        Self { temp: tempfile::tempdir().unwrap(), database: None }
    }

    /// On PostgreSQL.
    pub(crate) fn on(database: String) -> Self {
        Self { temp: tempfile::tempdir().unwrap(), database: Some(database) }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.temp.path().join("data")
    }

    /// A path beside the data.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.temp.path().join(name)
    }

    /// A command, in a clean environment, in a folder of its own.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_counterfoil"));
        command.args(arguments).current_dir(self.temp.path()).env_clear().stdin(Stdio::null());
        command.env("COUNTERFOIL_DATA", self.data());
        if let Some(database) = &self.database {
            command.env("COUNTERFOIL_DATABASE", database);
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        ran(self.command(arguments).output().unwrap())
    }

    /// Runs it with this on standard input.
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Ran {
        let mut command = self.command(arguments);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        ran(child.wait_with_output().unwrap())
    }

    /// Runs it with `--json`; it must succeed with exactly one document.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let ran = self.run(&[arguments, &["--json"]].concat());
        assert_eq!(ran.code, 0, "{arguments:?}: {ran:?}");
        ran.document()
    }

    /// Opens a team.
    pub(crate) fn bootstrap(&self, more: &[&str]) -> Bootstrapped {
        let usual = ["bootstrap", "--team", "Acme", "--email", "ada@acme.example", "--out", "keys"];
        let document = self.json(&[&usual, more].concat());
        let text = |pointer: &str| document.pointer(pointer).unwrap().as_str().unwrap().to_owned();
        let team = text("/team/issuerId");
        let key = Key::read(&text("/key/id"), Some(&team), Path::new(&text("/key/path")));
        Bootstrapped { user: text("/user/id"), team, key, document }
    }

    /// A server on a free port.
    pub(crate) fn serve(&self, more: &[&str]) -> Serving {
        Serving::start(self.command(&[&["serve", "--json", "--listen", "127.0.0.1:0"], more].concat()))
    }
}

impl Ran {
    /// The one document on standard output.
    pub(crate) fn document(&self) -> Value {
        assert_eq!(self.stdout.trim_end().lines().count(), 1, "one line of JSON: {self:?}");
        serde_json::from_str(&self.stdout).unwrap_or_else(|fault| panic!("{fault}: {self:?}"))
    }

    /// That it was refused with this exit code, these words and a hint.
    pub(crate) fn assert_refused(&self, code: i32, words: &str) {
        assert_eq!(self.code, code, "{self:?}");
        let says = |line: &str| line.strip_prefix("error: ").is_some_and(|said| said.contains(words));
        assert!(self.stderr.lines().any(says), "{words:?} is not in {self:?}");
        assert!(self.stderr.contains("\nhint: "), "no hint in {self:?}");
    }
}

fn ran(output: Output) -> Ran {
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A server that runs; killed when dropped.
pub(crate) struct Serving {
    child: Child,
    log: Option<JoinHandle<String>>,
    /// What it said when it was ready.
    pub(crate) document: Value,
    /// From the start of the process to that.
    pub(crate) took: Duration,
}

impl Serving {
    /// Starts it and waits until it is ready.
    pub(crate) fn start(command: Command) -> Self {
        let began = Instant::now();
        let mut serving = Self::launch(command);
        serving.until_ready(began);
        serving.took = began.elapsed();
        serving
    }

    /// Starts it and waits until it says that it listens: all that can be done where it speaks TLS.
    pub(crate) fn launch(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = child.stderr.take().unwrap();
        let log = std::thread::spawn(move || {
            let mut text = Vec::new();
            stderr.read_to_end(&mut text).unwrap();
            String::from_utf8_lossy(&text).into_owned()
        });
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        if line.is_empty() {
            let _ = child.wait();
            panic!("the server did not start: {}", log.join().unwrap());
        }
        let document = serde_json::from_str(&line).unwrap_or_else(|fault| panic!("{fault}: {line}"));
        Self { child, log: Some(log), document, took: Duration::ZERO }
    }

    fn until_ready(&self, began: Instant) {
        while self.get("/readyz", None).status != 200 {
            assert!(began.elapsed() < PATIENCE, "never ready");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Where it listens, as it says.
    pub(crate) fn listen(&self) -> &str {
        self.document["listen"].as_str().unwrap()
    }

    /// The same as a URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.listen())
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn get(&self, path: &str, key: Option<&Key>) -> Answer {
        self.ask("GET", path, key, None)
    }

    pub(crate) fn ask(&self, method: &str, path: &str, key: Option<&Key>, body: Option<&Value>) -> Answer {
        self.try_ask(method, path, key, body).unwrap()
    }

    /// As [`Serving::ask`], where the server may die meanwhile.
    pub(crate) fn try_ask(
        &self,
        method: &str,
        path: &str,
        key: Option<&Key>,
        body: Option<&Value>,
    ) -> std::io::Result<Answer> {
        let token = key.map(Key::token);
        http::ask(self.listen(), method, path, token.as_deref(), body)
    }

    /// Sends a signal by name, such as `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        let sent =
            Command::new("kill").args([&format!("-{name}"), &self.pid().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for the end; answers how it ended and what it had logged.
    pub(crate) fn wait(mut self) -> (ExitStatus, String) {
        let began = Instant::now();
        let status = loop {
            match self.child.try_wait().unwrap() {
                Some(status) => break status,
                None => assert!(began.elapsed() < PATIENCE, "it never ended"),
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        (status, self.log.take().unwrap().join().unwrap())
    }

    /// Ends it gently and answers what it had logged.
    pub(crate) fn stop(self) -> String {
        self.signal("TERM");
        let (status, log) = self.wait();
        assert_eq!(status.code(), Some(0), "{log}");
        log
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Every file below a directory.
pub(crate) fn files_below(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}
