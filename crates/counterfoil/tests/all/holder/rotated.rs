//! `rotate`, against a real server.

use super::hand::{Hand, assert_no_key, ran};
use crate::installation::{PATIENCE, Ran, Serving};
use crate::token::Key;
use aws_lc_rs::rand::SystemRandom;
use counterfoil_core::catalog::Catalog;
use counterfoil_core::half::PrivateHalf;
use counterfoil_core::id::KeyId;
use counterfoil_holder::custody::Means;
use counterfoil_holder::fault::Fault;
use counterfoil_holder::http::{Client, Url};
use counterfoil_holder::rotate::{Moment, Rotator, Stage, State, Step, Until, Wanted};
use counterfoil_holder::sources;
use counterfoil_holder::surroundings::Surroundings;
use serde_json::{Value, json};
use std::cell::Cell;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

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

/// Stopped at each moment in turn, and run again: one key more, one key less, and at no time none.
#[test]
fn wherever_it_is_stopped_it_goes_on_to_one_working_key() {
    stopped_everywhere(false);
}

#[test]
fn wherever_it_is_stopped_with_a_pair_made_here_it_goes_on_to_one_working_key() {
    stopped_everywhere(true);
}

fn stopped_everywhere(local: bool) {
    let mut scene = Scene::new();
    for stop_at in 0.. {
        let before = scene.keys().len();
        let wanted = scene.wanted(&["file:new.p8", "file:old.p8"], local);
        let passed = Cell::new(0);
        let lost = Cell::new(0);
        let moment = |moment: Moment| {
            passed.set(passed.get() + 1);
            if passed.get() <= stop_at {
                return Ok(());
            }
            let is_lost = matches!(moment, Moment::Downloaded | Moment::Storing)
                || local && matches!(moment, Moment::Generated | Moment::Noted(Stage::Generated));
            lost.set(usize::from(is_lost && scene.state().destinations[0].state != Step::Stored));
            Err(Fault::new("stopped", "run again"))
        };
        let stopped = scene.run(&wanted, &moment);
        let here = format!("local: {local}, stopped at {stop_at}: {stopped:?}");
        assert!(scene.is_active(&scene.old) || scene.state().state >= Stage::Revoking, "{here}");
        let ended = stopped.is_ok();
        scene.run(&wanted, &|_| Ok(())).unwrap_or_else(|fault| panic!("{here}: {fault:?}"));
        let state = scene.state();
        let new = state.new.clone().unwrap();
        assert_eq!(state.state, Stage::Done, "{here}");
        assert_eq!(scene.keys().len(), before + 1 + lost.get(), "{here}");
        assert!(!scene.is_active(&scene.old), "{here}");
        assert!(scene.works(&new, "new.p8") && scene.works(&new, "old.p8"), "{here}");
        let of_name = |key: &&Value| key["nickname"] == "CI upload" && key["isActive"] == true;
        let active = scene.keys();
        let active: Vec<_> = active.iter().filter(of_name).collect();
        assert_eq!(active.len(), 1, "{here}: {active:?}");
        assert_eq!((text(active[0], "/id"), &active[0]["roles"]), (new.as_str(), &json!(["DEVELOPER"])));
        let admin = Some(&scene.hand.made.key);
        let end = json!({"data": {"type": "apiKeys", "id": new, "attributes": {"isActive": false}}});
        assert_eq!(scene.server.ask("PATCH", &format!("/v1/apiKeys/{new}"), admin, Some(&end)).status, 200);
        scene.again();
        if ended {
            assert!(stop_at >= 10, "only {stop_at} moments");
            break;
        }
    }
}

/// A real kill, in the middle of putting the half away.
#[test]
fn a_killed_process_goes_on_where_it_was() {
    let scene = Scene::new();
    let slow = "exec:if [ $COUNTERFOIL_CUSTODY = put ]; then cat > slow.pem; touch begun; \
                while [ ! -f go ]; do sleep 0.05; done; else cat slow.pem; fi";
    let arguments = ["rotate", &scene.old, "--to", "new.p8", "--to", slow, "--now", "--json"];
    let mut command = scene.hand.command(&arguments);
    command.args(["--url", &scene.server.url()]).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let began = Instant::now();
    while !scene.hand.installation.beside("begun").exists() {
        assert!(began.elapsed() < PATIENCE, "it never came to the slow place");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    fs::write(scene.hand.installation.beside("go"), "").unwrap();
    let before = scene.keys().len();
    let path = scene.hand.home().join(format!(".local/state/counterfoil/rotations/{}.json", scene.old));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let done = scene.rotate(&["--to", "new.p8", "--to", slow, "--now"], 0);
    assert_eq!((text(&done, "/state"), scene.keys().len()), ("done", before), "{done}");
    let new = text(&done, "/new");
    assert!(scene.works(new, "new.p8") && scene.works(new, "slow.pem") && !scene.is_active(&scene.old));
    let pem = fs::read_to_string(scene.hand.installation.beside("new.p8")).unwrap();
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    assert!(!fs::read_to_string(&path).unwrap().contains(&body[60..90]), "the state has some of the half");
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
fn a_place_that_fails_is_mended_and_the_same_command_goes_on() {
    let scene = Scene::new();
    let second = "exec:if [ $COUNTERFOIL_CUSTODY = put ]; then test -f mended && cat > second.pem; \
                  else cat second.pem 2> /dev/null; fi";
    let arguments = ["--to", "new.p8", "--to", second, "--now"];
    scene.told(&arguments).assert_refused(1, "the command of exec: failed at put");
    let state = scene.state();
    assert_eq!((state.state, scene.keys().len()), (Stage::Generated, 4));
    assert!(scene.is_active(&scene.old));
    scene.told(&["--to", "elsewhere.p8"]).assert_refused(1, "was begun with other places");
    fs::write(scene.hand.installation.beside("mended"), "").unwrap();
    let done = scene.rotate(&arguments, 0);
    assert_eq!((text(&done, "/state"), done["new"].as_str()), ("done", state.new.as_deref()));
    assert!(scene.works(text(&done, "/new"), "second.pem") && scene.keys().len() == 4);
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
fn an_individual_key_ends_first_and_waits_for_the_one_that_its_owner_makes() {
    let scene = Scene::new();
    let old = text(&scene.hand.made.document, "/individualKey/id").to_owned();
    let begun = scene.hand.json(&scene.server, &["rotate", &old, "--to", "new.p8", "--with-gap"], 0);
    assert_eq!((text(&begun, "/state"), &begun["new"]), ("gap", &Value::Null));
    assert!(!scene.is_active(&old));
    let wrong = scene.hand.file("ApiKey_7K2M5NPQ8R.p8", &scene.hand.pem()).display().to_string();
    let resume = |with: &str| {
        ran(scene.hand.command(&["rotate", "resume", &old, "--with", with, "--url", &scene.server.url()]))
    };
    for _ in 0..2 {
        resume(&wrong).assert_refused(1, "does not accept 7K2M5NPQ8R");
    }
    assert!(!scene.hand.installation.beside("new.p8").exists());
}

#[test]
fn a_rotation_of_an_individual_key_ends_when_its_owner_made_another() {
    let scene = Scene::new();
    let old = text(&scene.hand.made.document, "/individualKey/id").to_owned();
    let begun = scene.hand.json(&scene.server, &["rotate", &old, "--to", "new.p8", "--with-gap"], 0);
    assert_eq!(text(&begun, "/state"), "gap");
    let half = PrivateHalf::generate(&SystemRandom::new()).unwrap();
    let new = made_by_its_owner(&scene, &half.public().to_pem());
    let name = format!("ApiKey_{new}.p8");
    scene.hand.file(&name, &half.to_pem().unwrap());
    let done = scene.hand.json(&scene.server, &["rotate", "resume", &old, "--with", &name], 0);
    assert_eq!((text(&done, "/state"), text(&done, "/new")), ("done", new.as_str()), "{done}");
    let key = Key::read(&new, None, &scene.hand.installation.beside("new.p8"));
    assert_eq!(scene.server.get("/v1/keyInUse", Some(&key)).status, 200);
    let again = ran(scene.hand.bare(&["rotate", "resume", &old, "--json"]));
    assert_eq!((again.code, again.document()), (0, done));
}

/// A new individual key, as its owner makes one in a browser that is signed in.
fn made_by_its_owner(scene: &Scene, public: &str) -> String {
    let link = scene.hand.installation.json(&["people", "sign-in-link", "ada@acme.example"]);
    let link = text(&link, "/url").rsplit_once("link=").unwrap().1.to_owned();
    let origin = text(&scene.server.document, "/publicUrl").to_owned();
    let host = origin.trim_start_matches("http://").to_owned();
    let post = |path: &str, kind: &str, cookie: &str, body: &str| {
        let mut stream = TcpStream::connect(scene.server.listen()).unwrap();
        let length = body.len();
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nCookie: {cookie}\r\nConnection: close\r\n\
             Content-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    let form = format!("link={link}&to=%2Fconsole");
    let answer = post("/sign-in", "application/x-www-form-urlencoded", "a=b", &form);
    let cookies = answer.lines().filter_map(|line| {
        let line = line.to_lowercase().starts_with("set-cookie: ").then(|| &line["set-cookie: ".len()..]);
        line?.split(';').next()
    });
    let cookie = cookies.collect::<Vec<_>>().join("; ");
    let attributes = json!({"nickname": "Mine", "keyType": "INDIVIDUAL", "publicKey": public});
    let body = json!({"data": {"type": "apiKeys", "attributes": attributes}}).to_string();
    let answer = post("/v1/apiKeys", "application/json", &cookie, &body);
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    let document: Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
    text(&document, "/data/id").to_owned()
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

/// App Store Connect, as far as it matters: no door for keys, and one that every key may pass.
#[test]
fn a_key_made_by_hand_is_stored_and_proven_and_the_rest_is_told() {
    let hand = Hand::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut line = String::new();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            reader.read_line(&mut line).unwrap();
            while reader.read_line(&mut String::new()).unwrap() > 2 {}
            let status = if line.starts_with("GET /v1/apps") { "200 OK" } else { "404 Not Found" };
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}");
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    let made = hand.file("AuthKey_7K2M5NPQ8R.p8", &hand.pem());
    let with = made.display().to_string();
    let mut command = hand.bare(&["rotate", "2X9R4HXF34", "--with", &with, "--to", "new.p8", "--json"]);
    command.args(["--issuer-id", super::hand::ISSUER, "--url", &url]);
    let told = ran(command);
    assert_eq!(told.code, 0, "{told:?}");
    let document = told.document();
    assert_eq!((text(&document, "/state"), text(&document, "/new")), ("revoke-by-hand", "7K2M5NPQ8R"));
    assert!(told.stderr.contains("Users and Access, Integrations"), "{told:?}");
    assert_eq!(fs::read_to_string(hand.installation.beside("new.p8")).unwrap(), hand.pem());
}
