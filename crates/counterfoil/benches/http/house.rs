//! A server of ours as it is run, with a team and its keys.

use crate::client;
use crate::machine::{Process, Server, pinned};
use aws_lc_rs::rand::SystemRandom;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use counterfoil_core::catalog::Catalog;
use counterfoil_core::half::PrivateHalf;
use counterfoil_core::jws;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};
use tempfile::TempDir;

/// As many as a team may have.
const KEYS: usize = 50;
/// So many that no round comes to the end of an hour's.
const REQUESTS_PER_HOUR: &str = "requests_per_hour = 1000000000";
const CATALOG: &str = "catalog.toml";
const DATA: &str = "data";
/// Servers on one database share it.
const SEAL_KEY: &str = "data/seal.key";
const BINARY: &str = env!("CARGO_BIN_EXE_counterfoil");

/// A server, its files, and who holds its keys.
pub(crate) struct House {
    pub(crate) server: Server,
    pub(crate) keys: Vec<Key>,
    pub(crate) dir: TempDir,
}

/// A key in its holder's hands.
pub(crate) struct Key {
    pub(crate) id: String,
    issuer: String,
    pub(crate) half: PrivateHalf,
}

impl House {
    /// A new one.
    pub(crate) fn on(processor: usize, more: &[&str]) -> Self {
        let mut house = Self::with_one_key(processor, more);
        for number in 1..KEYS {
            let another = house.keys[0].register_another(&house.server.address, number);
            house.keys.push(another);
        }
        house
    }

    /// A new one whose team has no more than its first key.
    pub(crate) fn with_one_key(processor: usize, more: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let database = more.windows(2).find(|pair| pair[0] == "--database").unwrap_or_default();
        let first = bootstrap(dir.path(), database);
        let server = serve(dir.path(), processor, more);
        Self { server, keys: vec![first], dir }
    }

    /// Another server on the same database.
    pub(crate) fn beside(&self, processor: usize, database: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join(DATA)).unwrap();
        for file in [CATALOG, SEAL_KEY] {
            fs::copy(self.dir.path().join(file), dir.path().join(file)).unwrap();
        }
        let server = serve(dir.path(), processor, &[database, &["--name", "beside"]].concat());
        Self { server, keys: Vec::new(), dir }
    }

    /// Tokens of all keys in turn, beginning with this number.
    pub(crate) fn tokens(&self, from: usize, count: usize) -> Vec<String> {
        let keys = self.keys.iter().cycle();
        keys.zip(from..from + count).map(|(key, number)| key.token(number)).collect()
    }
}

fn serve(dir: &Path, processor: usize, more: &[&str]) -> Server {
    let mut command = pinned(processor, BINARY);
    command.args(["serve", "--json", "--listen", "127.0.0.1:0"]).args(more);
    let log = File::create(dir.join("server.log")).unwrap();
    let (process, said) = Process::start_and_hear(in_dir(&mut command, dir).stderr(log));
    let said: Value = serde_json::from_str(&said).unwrap();
    let listen = said["listen"].as_str().unwrap_or_else(|| panic!("it does not serve: {said}"));
    Server { name: "ours", address: listen.to_owned(), process }
}

/// Opens the team. Its key may do everything.
fn bootstrap(dir: &Path, database: &[&str]) -> Key {
    let catalog = Catalog::appstore().to_toml().replace("requests_per_hour = 3600", REQUESTS_PER_HOUR);
    assert!(catalog.contains(REQUESTS_PER_HOUR));
    fs::write(dir.join(CATALOG), catalog).unwrap();
    let mut command = Command::new(BINARY);
    command.args(["bootstrap", "--team", "Bench", "--email", "ada@bench.example", "--out", "keys", "--json"]);
    let output = in_dir(command.args(database), dir).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |pointer: &str| said.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    let pem = fs::read_to_string(dir.join(text("/key/path"))).unwrap();
    Key { id: text("/key/id"), issuer: text("/team/issuerId"), half: PrivateHalf::from_pem(&pem).unwrap() }
}

fn in_dir<'c>(command: &'c mut Command, dir: &Path) -> &'c mut Command {
    command.current_dir(dir).env("COUNTERFOIL_DATA", DATA).env("COUNTERFOIL_CATALOG", CATALOG)
}

impl Key {
    /// A token as the usual clients make them; each number makes another.
    pub(crate) fn token(&self, number: usize) -> String {
        jws::sign(&self.half, &self.header(), &self.claims(number)).unwrap()
    }

    /// As good a token, but for its signature.
    pub(crate) fn forged(&self, number: usize) -> String {
        let [header, claims] = [self.header(), self.claims(number)].map(|part| URL_SAFE_NO_PAD.encode(part));
        format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode([0x5a; 64]))
    }

    fn header(&self) -> String {
        format!(r#"{{"alg":"ES256","kid":"{}","typ":"JWT"}}"#, self.id)
    }

    fn claims(&self, number: usize) -> String {
        let issued = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        format!(
            r#"{{"iss":"{}","iat":{issued},"exp":{},"aud":"appstoreconnect-v1","nonce":"{number}"}}"#,
            self.issuer,
            issued + 1200
        )
    }

    /// Has the server register the public half of another key, with this one's rights.
    pub(crate) fn register_another(&self, address: &str, number: usize) -> Self {
        let half = PrivateHalf::generate(&SystemRandom::new()).unwrap();
        let body = json!({ "data": { "type": "apiKeys", "attributes": {
            "nickname": format!("Bench {number}"), "keyType": "TEAM", "roles": ["ADMIN"], "publicKey": half.public().to_pem(),
        } } });
        let token = self.token(number);
        let answer = client::ask(address, "POST", "/v1/apiKeys", Some(&token), Some(&body)).unwrap();
        assert_eq!(answer.status, 201, "{answer:?}");
        Self { id: answer.text("/data/id"), issuer: self.issuer.clone(), half }
    }
}
