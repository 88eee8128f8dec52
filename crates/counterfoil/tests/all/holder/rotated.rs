//! `rotate`, against a real server.

mod by_hand;
mod individual;
mod stopped;

use super::hand::{Hand, assert_no_key, ran};
use crate::installation::{PATIENCE, Ran, Serving};
use crate::token::Key;
use counterfoil_core::catalog::Catalog;
use counterfoil_core::id::KeyId;
use counterfoil_holder::custody::Means;
use counterfoil_holder::fault::Fault;
use counterfoil_holder::http::{Client, Url};
use counterfoil_holder::rotate::{Moment, Rotator, State, Until, Wanted};
use counterfoil_holder::sources;
use counterfoil_holder::surroundings::Surroundings;
use serde_json::{Value, json};
use std::fs;
use std::time::Duration;

/// A server, an administrator, and a key that is to be rotated.
struct Scene {
    hand: Hand,
    server: Serving,
    old: String,
}

impl Scene {
    fn new() -> Self {
        let hand = Hand::new();
        let server = hand.installation.serve(&[]);
        let old = generated(&hand, &server);
        Self { hand, server, old }
    }

    /// Another key to be rotated.
    fn again(&mut self) {
        fs::remove_file(self.hand.installation.beside("old.p8")).unwrap();
        let _ = fs::remove_file(self.hand.installation.beside("new.p8"));
        self.old = generated(&self.hand, &self.server);
    }

    fn rotate(&self, more: &[&str], code: i32) -> Value {
        self.hand.json(&self.server, &[&["rotate", &self.old], more].concat(), code)
    }

    fn told(&self, more: &[&str]) -> Ran {
        ran(self.hand.command(&[&["rotate", &self.old, "--url", &self.server.url()], more].concat()))
    }

    fn keys(&self) -> Vec<Value> {
        let mut all = self.server.get("/v1/apiKeys?limit=200", Some(&self.hand.made.key)).json();
        let rows = all["data"].as_array_mut().unwrap().iter_mut();
        let with_id = |row: &mut Value| {
            row["attributes"]["id"] = row["id"].take();
            row["attributes"].take()
        };
        rows.map(with_id).collect()
    }

    fn is_active(&self, id: &str) -> bool {
        self.keys().iter().any(|key| key["id"] == id && key["isActive"] == true)
    }

    /// The server takes what the half in that file signs.
    fn works(&self, id: &str, file: &str) -> bool {
        let key = Key::read(id, Some(&self.hand.made.team), &self.hand.installation.beside(file));
        self.server.get("/v1/keyInUse", Some(&key)).status == 200
    }

    fn state(&self) -> State {
        State::read(&self.around(), KeyId::try_from(self.old.as_str()).unwrap()).unwrap().unwrap()
    }

    fn around(&self) -> Surroundings {
        Surroundings::new([("HOME", self.hand.home())], self.hand.installation.beside("."))
    }

    fn wanted(&self, to: &[&str], local: bool) -> Wanted {
        Wanted {
            old: KeyId::try_from(self.old.as_str()).unwrap(),
            to: to.iter().map(|place| (*place).to_owned()).collect(),
            local,
            with: None,
            with_id: None,
            with_gap: false,
            settle: None,
        }
    }

    /// Begins or goes on, as the command does, and stops where `moment` says.
    fn run(&self, wanted: &Wanted, moment: &dyn Fn(Moment) -> Result<(), Fault>) -> Result<(), Fault> {
        let around = self.around();
        let ask = |_: &str| Err(Fault::new("nobody is there", "ask nobody"));
        let means = Means::new(&around, &ask);
        let (client, catalog) = (Client::new(PATIENCE, &around)?, Catalog::appstore());
        let typed = sources::Wanted {
            key_id: Some(self.hand.made.key.id.clone()),
            issuer_id: Some(self.hand.made.team.clone()),
            private_key: Some(self.hand.path().display().to_string()),
            profile: None,
        };
        let acting = sources::choose(&typed, &around)?.open(&means)?.key;
        let base = Url::parse(&self.server.url())?;
        let rotator = Rotator {
            client: &client,
            acting: &acting,
            catalog: &catalog,
            base: &base,
            around: &around,
            means: &means,
            say: &|_| (),
            moment,
        };
        let mut state = match State::read(&around, wanted.old)? {
            Some(state) => state,
            None => rotator.plan(wanted)?,
        };
        state.write(&around)?;
        rotator.run(&mut state, &Until { now: true, ..Until::default() })
    }
}

fn generated(hand: &Hand, server: &Serving) -> String {
    let made = ["keys", "generate", "--name", "CI upload", "--role", "DEVELOPER", "--to", "old.p8"];
    hand.json(server, &made, 0)["key"]["id"].as_str().unwrap().to_owned()
}

fn text<'a>(document: &'a Value, pointer: &str) -> &'a str {
    document.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{pointer}: {document}"))
}

#[test]
fn what_is_done_is_done_and_needs_no_key_any_more() {
    let scene = Scene::new();
    let plan = scene.rotate(&["--to", "new.p8", "--plan"], 0);
    assert_eq!((text(&plan, "/state"), &plan["new"], scene.keys().len()), ("planned", &Value::Null, 3));
    let told = scene.told(&["--to", "new.p8", "--local", "--now"]);
    assert_eq!(told.code, 0, "{told:?}");
    assert_no_key(&fs::read_to_string(scene.hand.installation.beside("new.p8")).unwrap(), &told);
    let (keys, state) = (scene.keys(), scene.state());
    let old = keys.iter().find(|key| key["id"] == scene.old).unwrap();
    assert_eq!((&old["isActive"], &old["revocationReason"]), (&json!(false), &json!("SUPERSEDED")));
    for again in [&["rotate", &scene.old, "--to", "new.p8"][..], &["rotate", "resume", &scene.old]] {
        let again = ran(scene.hand.bare(&[again, &["--json"]].concat()));
        assert_eq!((again.code, text(&again.document(), "/state")), (0, "done"), "{again:?}");
    }
    assert_eq!((scene.keys().len(), scene.state()), (keys.len(), state));
    let status = ran(scene.hand.bare(&["rotate", "status", "--json"])).document();
    assert_eq!(text(&status, "/rotations/0/old"), scene.old);
    ran(scene.hand.command(&["rotate", "cancel", &scene.old, "--url", &scene.server.url()]))
        .assert_refused(1, "it is too late to cancel");
}

#[test]
fn what_could_not_be_done_to_the_end_is_refused_before_anything_is_made() {
    let scene = Scene::new();
    scene.hand.file("other.p8", &scene.hand.pem());
    for (to, words) in [
        ("env:KEY", "env:KEY can't be written"),
        ("nowhere/new.p8", "can't write into"),
        ("other.p8", "keeps another half"),
        ("nostore:x", "there is no store of that name"),
    ] {
        scene.told(&["--to", "new.p8", "--to", to]).assert_refused(1, words);
    }
    scene.told(&["--to", "new.p8", "--to", "file:new.p8"]).assert_refused(1, "said not at all, or twice");
    scene.told(&[]).assert_refused(1, "said not at all, or twice");
    let individual = text(&scene.hand.made.document, "/individualKey/id").to_owned();
    ran(scene.hand.command(&["rotate", &individual, "--to", "new.p8", "--url", &scene.server.url()]))
        .assert_refused(1, "nobody has two of them");
    assert_eq!(scene.keys().len(), 3);
    assert!(!scene.hand.installation.beside("new.p8").exists());
    let status = ran(scene.hand.bare(&["rotate", "status", "--json"])).document();
    assert_eq!(status, json!({"rotations": []}));
}

#[test]
fn it_waits_until_the_new_key_is_used_and_the_old_one_rests() {
    let scene = Scene::new();
    let begin = ["--to", "new.p8", "--settle", "2s", "--no-wait"];
    let waits = scene.rotate(&begin, 0);
    assert_eq!(text(&waits, "/state"), "settling");
    assert_eq!(text(&scene.rotate(&begin, 0), "/state"), "settling", "a look is no use");
    assert!(scene.is_active(&scene.old));
    let key = Key::read(
        text(&waits, "/new"),
        Some(&scene.hand.made.team),
        &scene.hand.installation.beside("new.p8"),
    );
    scene.server.get("/v1/apps", Some(&key));
    let done = scene.hand.json(&scene.server, &["rotate", "resume", &scene.old], 0);
    assert_eq!(text(&done, "/state"), "done");
    assert!(!scene.is_active(&scene.old));
}

#[test]
fn a_key_rotates_itself_and_its_own_looks_are_no_use() {
    let scene = Scene::new();
    let admin = scene.hand.made.key.id.clone();
    let place = scene.hand.path().display().to_string();
    let rotate = |more: &[&str]| {
        scene.hand.json(&scene.server, &[&["rotate", &admin, "--to", &place], more].concat(), 0)
    };
    for _ in 0..3 {
        assert_eq!(text(&rotate(&["--settle", "1s", "--no-wait"]), "/state"), "settling");
        std::thread::sleep(Duration::from_millis(700));
    }
    let done = rotate(&["--now"]);
    assert_eq!(text(&done, "/state"), "done");
    let new = Key::read(text(&done, "/new"), Some(&scene.hand.made.team), &scene.hand.path());
    assert_eq!(scene.server.get("/v1/apiKeys", Some(&new)).status, 200);
    assert_eq!(scene.server.get("/v1/apiKeys", Some(&scene.hand.made.key)).status, 401);
}

#[test]
fn an_in_app_purchase_key_is_rotated_too() {
    let mut scene = Scene::new();
    let made = ["keys", "generate", "--name", "Receipts", "--kind", "in-app-purchase", "--to", "receipts.p8"];
    scene.old = text(&scene.hand.json(&scene.server, &made, 0), "/key/id").to_owned();
    let done = scene.rotate(&["--to", "receipts.p8", "--now"], 0);
    let keys = scene.keys();
    let new = keys.iter().find(|key| key["id"] == done["new"]).unwrap();
    assert_eq!((text(&done, "/state"), text(new, "/keyType")), ("done", "IN_APP_PURCHASE"));
    assert_eq!((text(new, "/nickname"), scene.is_active(&scene.old)), ("Receipts", false));
}

#[test]
fn another_profile_may_act_for_a_key_that_may_not_rotate_itself() {
    let scene = Scene::new();
    let (admin, path) = (scene.hand.made.key.id.clone(), scene.hand.path().display().to_string());
    let add = |name: &str, id: &str, half: &str| {
        let (team, url) = (&scene.hand.made.team, scene.server.url());
        let add = [
            "profile",
            "add",
            name,
            "--key-id",
            id,
            "--private-key",
            half,
            "--url",
            &url,
            "--issuer-id",
            team,
        ];
        assert_eq!(ran(scene.hand.bare(&add)).code, 0);
    };
    add("admin", &admin, &path);
    add("ci", &scene.old, "old.p8");
    let rotate = |who: &[&str]| {
        ran(scene.hand.bare(&[&["rotate", &scene.old, "--to", "new.p8", "--now", "--json"], who].concat()))
    };
    rotate(&["--profile", "ci"]).assert_refused(1, "403");
    assert!(!scene.hand.installation.beside("new.p8").exists());
    assert_eq!(rotate(&["--as", "admin", "--profile", "ci"]).code, 2, "one of both");
    rotate(&["--as", "nobody"]).assert_refused(1, "there is no profile `nobody`");
    let done = rotate(&["--as", "admin"]);
    assert_eq!((done.code, text(&done.document(), "/state")), (0, "done"), "{done:?}");
    assert!(!scene.is_active(&scene.old) && scene.is_active(&admin));
}

#[test]
fn what_is_called_off_leaves_all_as_it_was() {
    let scene = Scene::new();
    let begun = scene.rotate(&["--to", "new.p8", "--no-wait"], 0);
    let cancel = || scene.hand.json(&scene.server, &["rotate", "cancel", &scene.old], 0);
    assert_eq!(text(&cancel(), "/state"), "cancelled");
    assert_eq!(text(&cancel(), "/state"), "cancelled");
    assert!(scene.is_active(&scene.old) && !scene.is_active(text(&begun, "/new")));
    assert!(!scene.hand.installation.beside("new.p8").exists());
    let replaced = scene.rotate(&["--to", "old.p8", "--no-wait"], 0);
    let cancel = scene.hand.command(&["rotate", "cancel", &scene.old, "--url", &scene.server.url()]);
    ran(cancel).assert_refused(1, "has the new half in the place of the old one");
    assert!(scene.works(text(&replaced, "/new"), "old.p8"));
}
