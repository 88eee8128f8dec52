//! A server with the sandbox behind its gateway, where clients look for the real thing, and keys for every occasion.

use crate::detour::Detour;
use crate::installation::{Bootstrapped, Installation, Serving};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use serde_json::{Value, json};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Where App Store Connect is.
const CONNECT: &str = "https://api.appstoreconnect.apple.com";
/// Under which names the server is found.
const HOSTS: &[&str] = &[
    "localhost",
    "api.appstoreconnect.apple.com",
    "api.storekit.apple.com",
    "api.storekit-sandbox.apple.com",
];
/// The app of whose purchases is asked.
const BUNDLE: &str = "com.example.trains";
/// How many requests a key has an hour: few, so that clients soon see what comes after the last.
const HOUR: &str = "requests_per_hour = 60";
/// How long a client may take that should take seconds.
const LONGEST: Duration = Duration::from_secs(120);

/// The server, and what clients are told of it.
pub(crate) struct Stage {
    installation: Installation,
    serving: Serving,
    detour: Detour,
    given: Value,
}

impl Stage {
    /// For a client that can be told where the server is.
    pub(crate) fn told() -> Self {
        Self::set(&[])
    }

    /// For a client that knows only Apple's own hosts.
    pub(crate) fn led() -> Self {
        Self::set(&["--public-url", CONNECT])
    }

    fn set(more: &[&str]) -> Self {
        let installation = Installation::new();
        let catalog = with_a_short_hour(&installation);
        let made = installation.bootstrap(&["--catalog", &catalog]);
        let (keys, subscription) = prepare(&installation, &made);
        certify(&installation);
        let serve = ["serve", "--json", "--listen", "127.0.0.1:0", "--upstream", "sandbox"];
        let tls = ["--tls-cert", "chain.pem", "--tls-key", "key.pem"];
        let serving = Serving::launch(installation.command(&[&serve[..], &tls, more].concat()));
        let detour = Detour::to(serving.listen());
        let url = format!("https://localhost:{}", serving.listen().rsplit(':').next().unwrap());
        let given = json!({
            "url": url, "issuer": made.team, "keys": keys, "bundle": BUNDLE, "subscription": subscription,
        });
        Self { installation, serving, detour, given }
    }

    /// What this program of programs/ prints: one JSON document.
    pub(crate) fn see(&self, program: &str) -> Value {
        let output = until_done(self.command(program), program);
        let (told, log) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{program}: {log}\n{told}");
        serde_json::from_str(&told).unwrap_or_else(|fault| panic!("{program}: {fault}: {told}\n{log}"))
    }

    /// With nothing of our own environment but what is needed to find programs and packages.
    fn command(&self, program: &str) -> Command {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/programs").join(program);
        let runtime = if program.ends_with(".py") { "python3" } else { "node" };
        let ca = self.installation.beside("ca.pem");
        let mut command = Command::new(runtime);
        command.arg(path).arg(self.given.to_string()).env_clear();
        command.current_dir(self.installation.beside("")).env("HOME", self.installation.beside(""));
        command.env("PATH", env::var_os("PATH").unwrap());
        command.env("PYTHONPATH", packages("COUNTERFOIL_TEST_PYPI"));
        command.env("COUNTERFOIL_TEST_NPM", packages("COUNTERFOIL_TEST_NPM"));
        command.env("HTTPS_PROXY", self.detour.url()).env("NO_PROXY", "localhost");
        command.env("REQUESTS_CA_BUNDLE", &ca).env("SSL_CERT_FILE", &ca).env("NODE_EXTRA_CA_CERTS", &ca);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

fn packages(variable: &str) -> PathBuf {
    let packages = env::var_os(variable);
    packages.expect("this test needs programs of npm and PyPI: run it by `cargo xtask programs`").into()
}

/// The built-in catalog with another limit.
fn with_a_short_hour(installation: &Installation) -> String {
    let usual = installation.run(&["catalog", "show"]).stdout;
    let short = usual.replace("requests_per_hour = 3600", HOUR);
    assert_ne!(usual, short);
    let file = installation.beside("catalog.toml");
    fs::write(&file, short).unwrap();
    file.to_str().unwrap().to_owned()
}

/// Keys, and something that a customer subscribed to. One key may do all, one only fetch sales reports, one was revoked,
/// one is there to be used up; one is for purchases, and one was.
fn prepare(installation: &Installation, made: &Bootstrapped) -> (Value, String) {
    let serving = installation.serve(&["--upstream", "sandbox"]);
    let desk = Desk { installation, serving: &serving, made };
    let for_purchases = json!({ "keyType": "IN_APP_PURCHASE" });
    let keys = json!({
        "admin": { "id": made.key.id, "path": made.document["key"]["path"] },
        "sales": desk.key("sales", &team_key("SALES")),
        "spent": desk.key("spent", &team_key("ADMIN")),
        "revoked": desk.former_key("revoked", &team_key("ADMIN")),
        "purchases": desk.key("purchases", &for_purchases),
        "former": desk.former_key("former", &for_purchases),
    });
    let subscription = desk.subscription(&keys["purchases"]);
    serving.stop();
    (keys, subscription)
}

fn team_key(role: &str) -> Value {
    json!({ "keyType": "TEAM", "roles": [role] })
}

/// Where keys are made.
struct Desk<'d> {
    installation: &'d Installation,
    serving: &'d Serving,
    made: &'d Bootstrapped,
}

impl Desk<'_> {
    /// A new key: its id, and where its private half lies.
    fn key(&self, name: &str, attributes: &Value) -> Value {
        let mut attributes = attributes.clone();
        attributes["nickname"] = json!(name);
        let wanted = json!({ "data": { "type": "apiKeys", "attributes": attributes } });
        let id =
            self.serving.ask("POST", "/v1/apiKeys", Some(&self.made.key), Some(&wanted)).text("/data/id");
        let half =
            self.serving.ask("POST", &format!("/v1/apiKeys/{id}/download"), Some(&self.made.key), None);
        assert_eq!(half.status, 200, "{half:?}");
        let path = self.installation.beside(&format!("{name}.p8"));
        fs::write(&path, half.body).unwrap();
        json!({ "id": id, "path": path })
    }

    /// One that was revoked.
    fn former_key(&self, name: &str, attributes: &Value) -> Value {
        let key = self.key(name, attributes);
        let id = key["id"].as_str().unwrap();
        let change = json!({ "data": { "type": "apiKeys", "id": id, "attributes": { "isActive": false } } });
        let said =
            self.serving.ask("PATCH", &format!("/v1/apiKeys/{id}"), Some(&self.made.key), Some(&change));
        assert_eq!(said.status, 200, "{said:?}");
        key
    }

    /// The last transaction of the subscription of the customer with the long history.
    fn subscription(&self, key: &Value) -> String {
        let [id, path] = ["id", "path"].map(|name| key[name].as_str().unwrap());
        let of =
            ["--key-id", id, "--issuer-id", &self.made.team, "--private-key", path, "--bundle-id", BUNDLE];
        let ask = ["request", "GET", "/inApps/sandbox/customers", "--url", &self.serving.url()];
        let ran = self.installation.run(&[&ask[..], &of].concat());
        assert_eq!(ran.code, 0, "{ran:?}");
        let found: Value = serde_json::from_str(&ran.stdout).unwrap();
        let customers = found["customers"].as_array().unwrap();
        let long =
            customers.iter().find(|it| it["about"].as_str().unwrap().contains("several pages")).unwrap();
        long["purchases"][0]["transactionId"].as_str().unwrap().to_owned()
    }
}

/// Writes a certificate for all the hosts, its key, and the authority that vouches for it.
fn certify(installation: &Installation) {
    let mut authority = CertificateParams::default();
    // With one name for both, the leaf would seem to vouch for itself.
    authority.distinguished_name.push(DnType::CommonName, "Authority of tests");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate().unwrap();
    let ca = authority.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(authority, key);
    let hosts: Vec<String> = HOSTS.iter().map(|host| (*host).to_owned()).collect();
    let mut leaf = CertificateParams::new(hosts).unwrap();
    leaf.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate().unwrap();
    let chain = leaf.signed_by(&key, &issuer).unwrap().pem();
    for (name, text) in [("ca.pem", ca), ("chain.pem", chain), ("key.pem", key.serialize_pem())] {
        fs::write(installation.beside(name), text).unwrap();
    }
}

/// What it printed, and how it ended. One that hangs is ended, and fails the test.
fn until_done(mut command: Command, program: &str) -> Output {
    let child = command.spawn().unwrap_or_else(|fault| panic!("{program}: {fault}"));
    let (id, (done, wait)) = (child.id().to_string(), mpsc::channel());
    thread::spawn(move || done.send(child.wait_with_output()));
    wait.recv_timeout(LONGEST)
        .unwrap_or_else(|_| {
            let _ = Command::new("kill").args(["-KILL", &id]).status();
            panic!("{program} never ended")
        })
        .unwrap()
}
