//! What every store keeps of its promise, against files, commands and fakes of what is elsewhere.

use crate::fake::{Asked, serve};
use crate::place::Place;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use counterfoil_core::half::PrivateHalf;
use counterfoil_holder::custody::{self, Existing, Means};
use counterfoil_holder::fault::Fault;
use counterfoil_holder::pem;
use counterfoil_holder::reference::Ref;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fs;

pub(crate) fn half() -> PrivateHalf {
    PrivateHalf::generate(&aws_lc_rs::rand::SystemRandom::new()).unwrap()
}

/// Calls `act` with means that ask nobody.
pub(crate) fn with_means<T>(place: &Place, act: impl FnOnce(&Means<'_>) -> T) -> T {
    let nobody = |_: &str| Err(Fault::new("nobody to ask", ""));
    act(&Means::new(&place.surroundings(), &nobody))
}

/// What each store that can say what it keeps has to do.
pub(crate) fn keeps_its_promise(reference: &str, means: &Means<'_>) {
    let reference = Ref::try_from(reference).unwrap();
    let open = || custody::open(&reference, means).unwrap();
    let (first, second) = (half(), half());
    let there = || pem::read_half(&open().get().unwrap().bytes).unwrap().0.public();
    assert!(open().find().unwrap().is_none(), "nothing is there yet");
    assert!(open().get().is_err() && open().remove().is_err());
    custody::keep(&*open(), &first, Existing::Stays).unwrap();
    assert_eq!(there(), first.public());
    custody::keep(&*open(), &first, Existing::Stays).unwrap();
    assert!(custody::keep(&*open(), &second, Existing::Stays).is_err(), "another half is not overwritten");
    assert_eq!(there(), first.public());
    custody::keep(&*open(), &second, Existing::IsReplaced).unwrap();
    assert_eq!(there(), second.public());
    open().remove().unwrap();
    assert!(open().find().unwrap().is_none());
}

#[test]
fn files_keep_their_promise_and_are_listed() {
    let place = Place::new();
    with_means(&place, |means| {
        keeps_its_promise("file:a.p8", means);
        place.file("AuthKey_2X9R4HXF34.p8", "x");
        assert_eq!(custody::list("file", means).unwrap(), ["file:AuthKey_2X9R4HXF34.p8"]);
        assert_eq!(custody::list("file:.", means).unwrap(), ["file:./AuthKey_2X9R4HXF34.p8"]);
    });
    assert_eq!(fs::read_dir(place.path("")).unwrap().count(), 1, "nothing is left beside");
}

#[test]
fn variables_are_read_and_listed_and_never_written() {
    let mut place = Place::new();
    let half = half();
    place.set("KEY", &STANDARD.encode(half.to_pem().unwrap().as_bytes())).set("OTHER", &"x".repeat(200));
    with_means(&place, |means| {
        let reference = Ref::try_from("env:KEY").unwrap();
        let store = custody::open(&reference, means).unwrap();
        assert_eq!(pem::read_half(&store.get().unwrap().bytes).unwrap().0.public(), half.public());
        assert!(custody::keep(&*store, &half, Existing::IsReplaced).is_err());
        assert!(store.remove().is_err());
        assert_eq!(custody::list("env", means).unwrap(), ["env:KEY"]);
    });
}

#[test]
fn a_command_is_told_what_is_wanted_and_gets_the_half_through_a_pipe() {
    let place = Place::new();
    with_means(&place, |means| {
        let open = |command: &str| Ref::try_from(format!("exec:{command}").as_str()).unwrap();
        let good = open("if [ $COUNTERFOIL_CUSTODY = put ]; then cat > kept; else cat kept; fi");
        let half = half();
        custody::keep(&*custody::open(&good, means).unwrap(), &half, Existing::Stays).unwrap();
        assert_eq!(fs::read(place.path("kept")).unwrap(), half.to_pem().unwrap().as_bytes());
        for command in ["true", "exit 3", "cat > /dev/null; echo hello"] {
            let bad = open(command);
            assert!(
                custody::keep(&*custody::open(&bad, means).unwrap(), &half, Existing::Stays).is_err(),
                "{command}"
            );
        }
    });
}

#[test]
fn what_is_put_has_to_come_back_as_itself() {
    let place = Place::new();
    let (mine, other) = (half(), half());
    place.file("other", &other.to_pem().unwrap());
    with_means(&place, |means| {
        let reference = Ref::try_from("exec:cat > /dev/null < /dev/null; cat other").unwrap();
        let fault =
            custody::keep(&*custody::open(&reference, means).unwrap(), &mine, Existing::Stays).unwrap_err();
        assert_eq!(fault.message(), "what is kept there is not the half that was put");
    });
}

/// A fake of Vault's key-value engine, of either version: secrets by path, with their version.
struct FakeVault {
    is_versioned: bool,
    secrets: BTreeMap<String, (u64, Map<String, Value>)>,
    /// How often somebody else writes just before we do.
    races: u32,
}

impl FakeVault {
    fn serve(is_versioned: bool, races: u32) -> String {
        let vault = Self { is_versioned, secrets: BTreeMap::new(), races };
        serve(vault, Self::answer)
    }

    fn answer(&mut self, asked: &Asked) -> (u16, Value) {
        let denied = (403, json!({ "errors": ["permission denied"] }));
        if let Some(method) = asked.path.strip_prefix("/v1/auth/") {
            return login(method, &asked.json())
                .map_or(denied, |token| (200, json!({ "auth": { "client_token": token } })));
        }
        if asked.header("x-vault-token") != "the token" || asked.header("x-vault-namespace") != "team/a" {
            return denied;
        }
        if asked.path.starts_with("/v1/sys/internal/ui/mounts/") {
            let version = if self.is_versioned { "2" } else { "1" };
            let data = json!({ "path": "deep/kv/", "type": "kv", "options": { "version": version } });
            return (200, json!({ "data": data }));
        }
        let path = asked.path.strip_prefix("/v1/deep/kv/").unwrap_or_default().to_owned();
        match (asked.method.as_str(), self.is_versioned.then(|| path.split_once('/')).flatten()) {
            ("GET", None | Some(("metadata", _))) if asked.query == "list=true" => {
                let keys: Vec<_> = self.secrets.keys().map(|key| key.rsplit('/').next()).collect();
                (200, json!({ "data": { "keys": keys } }))
            }
            ("GET", Some(("data", path))) => {
                self.secrets.get(path).map_or((404, json!({ "errors": [] })), |(version, data)| {
                    (200, json!({ "data": { "data": data, "metadata": { "version": version } } }))
                })
            }
            ("GET", _) => self
                .secrets
                .get(&path)
                .map_or((404, json!({ "errors": [] })), |(_, data)| (200, json!({ "data": data }))),
            ("POST", Some(("data", path))) => self.write(path, &asked.json()),
            ("POST", _) => {
                self.secrets.insert(path, (0, asked.json().as_object().unwrap().clone()));
                (204, Value::Null)
            }
            ("DELETE", Some(("metadata", path))) => {
                self.secrets.remove(path);
                (204, Value::Null)
            }
            ("DELETE", _) => {
                self.secrets.remove(&path);
                (204, Value::Null)
            }
            _ => (405, Value::Null),
        }
    }

    fn write(&mut self, path: &str, body: &Value) -> (u16, Value) {
        let secret = self.secrets.entry(path.to_owned()).or_default();
        if self.races > 0 {
            self.races -= 1;
            secret.0 += 1;
            secret.1.insert("theirs".into(), json!("written meanwhile"));
        }
        if body["options"]["cas"] != json!(secret.0) {
            let said = "check-and-set parameter did not match the current version";
            return (400, json!({ "errors": [said] }));
        }
        *secret = (secret.0 + 1, body["data"].as_object().unwrap().clone());
        (200, json!({ "data": { "version": secret.0 } }))
    }
}

fn login(method: &str, body: &Value) -> Option<&'static str> {
    let is_good = match method {
        "approle/login" => *body == json!({ "role_id": "r", "secret_id": "s" }),
        "jwt/login" => *body == json!({ "role": "ci", "jwt": "a.b.c" }),
        "k8s/login" => *body == json!({ "role": "pod", "jwt": "pod token" }),
        _ => false,
    };
    is_good.then_some("the token")
}

fn with_vault(url: &str, variables: &[(&str, &str)]) -> Place {
    let mut place = Place::new();
    place.set("VAULT_ADDR", url).set("VAULT_NAMESPACE", "team/a");
    for (name, value) in variables {
        place.set(name, value);
    }
    place
}

#[test]
fn both_versions_of_vaults_engine_keep_their_promise() {
    for is_versioned in [true, false] {
        let url = FakeVault::serve(is_versioned, 0);
        let place = with_vault(&url, &[("VAULT_TOKEN", "the token")]);
        with_means(&place, |means| {
            keeps_its_promise("vault:deep/kv/apple/asc", means);
            keeps_its_promise("vault:deep/kv/apple/asc#p8", means);
        });
    }
}

#[test]
fn other_fields_of_a_secret_stay_and_what_others_write_meanwhile_is_not_lost() {
    let url = FakeVault::serve(true, 2);
    let place = with_vault(&url, &[("VAULT_TOKEN", "the token")]);
    with_means(&place, |means| {
        let (ours, theirs) = ("vault:deep/kv/a", "vault:deep/kv/a#theirs");
        let (ours, theirs) = (Ref::try_from(ours).unwrap(), Ref::try_from(theirs).unwrap());
        custody::keep(&*custody::open(&ours, means).unwrap(), &half(), Existing::IsReplaced).unwrap();
        let kept = || custody::open(&theirs, means).unwrap().get().unwrap().bytes.to_vec();
        assert_eq!(kept(), b"written meanwhile");
        custody::open(&ours, means).unwrap().remove().unwrap();
        assert_eq!(kept(), b"written meanwhile");
        assert_eq!(custody::list("vault:deep/kv", means).unwrap(), ["vault:deep/kv/a"]);
    });
    let url = FakeVault::serve(true, 100);
    let place = with_vault(&url, &[("VAULT_TOKEN", "the token")]);
    with_means(&place, |means| {
        let ours = Ref::try_from("vault:deep/kv/a").unwrap();
        assert!(
            custody::keep(&*custody::open(&ours, means).unwrap(), &half(), Existing::IsReplaced).is_err()
        );
    });
}

#[test]
fn vault_lets_in_by_token_role_or_jwt_and_says_why_not() {
    let url = FakeVault::serve(true, 0);
    let reference = Ref::try_from("vault:deep/kv/a").unwrap();
    let found = |place: &Place| {
        with_means(place, |means| {
            custody::open(&reference, means).and_then(|store| store.find().map(|it| it.is_some()))
        })
    };
    let place = with_vault(&url, &[("VAULT_ROLE_ID", "r"), ("VAULT_SECRET_ID", "s")]);
    assert_eq!(found(&place), Ok(false));
    let place = with_vault(&url, &[("VAULT_ROLE", "ci"), ("VAULT_JWT", "a.b.c")]);
    assert_eq!(found(&place), Ok(false));
    let place =
        with_vault(&url, &[("VAULT_ROLE", "pod"), ("VAULT_AUTH_MOUNT", "k8s"), ("VAULT_JWT_FILE", "token")]);
    place.file("token", "pod token\n");
    assert_eq!(found(&place), Ok(false));
    let place = with_vault(&url, &[]);
    place.file("../home/.vault-token", "the token\n");
    assert_eq!(found(&place), Ok(false));
    let place = with_vault(&url, &[("VAULT_TOKEN", "stale")]);
    assert_eq!(found(&place).unwrap_err().message(), "Vault answered 403: permission denied");
    assert!(found(&with_vault(&url, &[])).is_err());
    assert!(found(&Place::new()).unwrap_err().message().contains("VAULT_ADDR"));
}
