//! What the client asks, what it takes in, and what shuts its fence.

use crate::script::Script;
use crate::town::catalog;
use counterfoil_core::catalog::Catalog;
use counterfoil_verify::fact::Position;
use counterfoil_verify::feed::{CatalogFrom, Follower, Source, SourceFault, State, Trouble};
use counterfoil_verify::{Awake, Settings, Verifier};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

const EPOCH: &str = "0b5f6542-96fe-1a63-e053-0824d011072a";
const OTHER_EPOCH: &str = "1b5f6542-96fe-1a63-e053-0824d011072a";
const TEAM: &str = "57246542-96fe-1a63-e053-0824d011072a";
const PATIENCE: Duration = Duration::from_secs(20);

fn hash(position: u64) -> String {
    format!("{position:064x}")
}

fn in_force(catalog: &Catalog) -> Value {
    json!({ "name": catalog.name, "fingerprint": catalog.fingerprint().to_string() })
}

fn with_text(catalog: &Catalog) -> Value {
    let mut told = in_force(catalog);
    told["text"] = catalog.to_toml().into();
    told
}

fn snapshot(epoch: &str, position: u64) -> Value {
    let team = json!({ "team": TEAM, "standing": "ACTIVE", "access": "APPROVED", "members": [], "apps": [], "keys": [] });
    json!({
        "epoch": epoch, "head": position, "time": "", "age": 0, "catalog": with_text(&Catalog::appstore()),
        "through": { "position": position, "hash": hash(position) }, "teams": [team],
    })
}

fn news(position: u64, facts: &[Value]) -> Value {
    json!({
        "epoch": EPOCH, "head": position, "time": "", "age": 0, "catalog": in_force(&Catalog::appstore()),
        "through": { "position": position, "hash": hash(position) }, "facts": facts,
    })
}

fn suspended(position: u64) -> Value {
    json!({ "position": position, "kind": "TEAM_SUSPENDED", "team": TEAM })
}

/// A follower of a script.
struct Following {
    script: Script,
    follower: Follower,
}

impl Following {
    async fn of(script: Script) -> Self {
        Self::with(script, |source| source).await
    }

    async fn with(script: Script, change: impl FnOnce(Source) -> Source) -> Self {
        let verifier = Verifier::new(Arc::new(Catalog::appstore()), Settings::default());
        let source = Source::new(&script.url, "secret").unwrap();
        let follower = Follower::spawn(change(source), Arc::new(verifier)).unwrap();
        Self { script, follower }
    }

    async fn until(&mut self, what: &str, reached: impl Fn(&State) -> bool) -> State {
        let waited = tokio::time::timeout(PATIENCE, async {
            loop {
                let state = self.follower.state();
                if reached(&state) {
                    return state;
                }
                let _ = tokio::time::timeout(Duration::from_millis(50), self.follower.changed()).await;
            }
        });
        waited.await.unwrap_or_else(|_| panic!("{what}: {:?}", self.follower.state()))
    }

    async fn reads_to(&mut self, position: u64) -> State {
        let read = |state: &State| state.place.is_some_and(|place| place.position == Position(position));
        self.until("never read so far", read).await
    }

    /// Waits for this trouble; answers whether the fence is shut then.
    async fn is_troubled(&mut self, trouble: &Trouble) -> bool {
        let found = |state: &State| state.trouble.as_ref() == Some(trouble);
        self.until(&trouble.to_string(), found).await;
        self.follower.age().is_none()
    }
}

async fn script(lines: &[Value]) -> Script {
    let script = Script::new().await;
    lines.iter().for_each(|line| script.says(line));
    script
}

#[tokio::test]
async fn a_snapshot_is_asked_for_and_then_what_is_after_it_with_epoch_and_hash() {
    let script = script(&[snapshot(EPOCH, 10), news(12, &[suspended(11)]), news(12, &[])]).await;
    let mut following = Following::of(script).await;
    let state = following.reads_to(12).await;
    while following.script.asked().len() < 3 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let after = |position: u64| {
        format!("/v1/feed?after={position}&epoch={EPOCH}&hash={}&wait=1 Bearer secret", hash(position))
    };
    let asked = following.script.asked();
    assert_eq!(asked, ["/v1/feed Bearer secret".to_owned(), after(10), after(12)]);
    assert_eq!((state.snapshots, state.facts, state.head), (1, 1, Some(Position(12))));
    assert_eq!(following.follower.verifier().place(), state.place);
}

#[tokio::test]
async fn a_feed_that_comes_back_is_followed_on_from_where_it_was() {
    let mut following = Following::of(script(&[snapshot(EPOCH, 10)]).await).await;
    following.reads_to(10).await;
    assert!(
        !following.is_troubled(&Trouble::NotAnswered(503)).await,
        "a cut lets the view grow older, and no more"
    );
    following.script.says(&news(11, &[suspended(11)]));
    let state = following.reads_to(11).await;
    assert_eq!((state.snapshots, state.trouble), (1, None));
}

#[tokio::test]
async fn what_is_not_known_to_this_release_shuts_the_fence_and_is_never_passed_over() {
    let mut following = Following::of(script(&[snapshot(EPOCH, 10)]).await).await;
    following.reads_to(10).await;
    let paused = json!({ "position": 11, "kind": "KEY_PAUSED", "team": TEAM });
    following.script.says(&news(11, &[paused]));
    let is_not_understood = |state: &State| matches!(state.trouble, Some(Trouble::NotUnderstood(_)));
    let state = following.until("never troubled", is_not_understood).await;
    assert_eq!(following.follower.age(), None);
    assert!(state.trouble.unwrap().to_string().contains("KEY_PAUSED is not known to this release"));
    following.script.says(&news(11, &[suspended(11)]));
    following.reads_to(11).await;
    let asked = following.script.asked();
    assert_eq!(asked[1], asked[2], "it is asked for again from the same place");
    assert!(following.follower.age().is_some());
}

#[tokio::test]
async fn another_ledger_shuts_the_fence_and_is_read_anew() {
    let mut following = Following::of(script(&[snapshot(EPOCH, 10)]).await).await;
    following.reads_to(10).await;
    following.script.answers(409, "");
    assert!(following.is_troubled(&Trouble::OtherLedger).await);
    following.script.says(&snapshot(OTHER_EPOCH, 4));
    let state = following.reads_to(4).await;
    assert_eq!((state.snapshots, state.trouble), (2, None));
    assert!(following.follower.age().is_some());
}

#[tokio::test]
async fn news_of_another_epoch_or_out_of_order_are_not_taken_in() {
    let mut other = news(11, &[]);
    other["epoch"] = OTHER_EPOCH.into();
    for (line, trouble) in [
        (other, Trouble::OtherLedger),
        (
            news(12, &[suspended(12), suspended(11)]),
            Trouble::DoesNotFollow("its facts are not in order".to_owned()),
        ),
    ] {
        let mut following = Following::of(script(&[snapshot(EPOCH, 10), line]).await).await;
        assert!(following.is_troubled(&trouble).await);
        assert_eq!(following.follower.verifier().place().unwrap().position, Position(10));
        following.script.says(&snapshot(EPOCH, 13));
        following.reads_to(13).await;
    }
}

/// Else a server that lags would take back what was revoked since.
#[tokio::test]
async fn a_snapshot_of_less_of_the_same_ledger_is_refused() {
    let mut following = Following::of(script(&[snapshot(EPOCH, 10)]).await).await;
    following.reads_to(10).await;
    following.script.answers(409, "");
    following.script.says(&snapshot(EPOCH, 9));
    let behind = Trouble::Behind { theirs: Position(9), ours: Position(10) };
    assert!(following.is_troubled(&behind).await);
    following.script.says(&snapshot(EPOCH, 10));
    following.until("never read anew", |state| state.snapshots == 2).await;
}

#[tokio::test]
async fn a_view_is_as_old_as_the_servers_own_and_no_fresher() {
    let mut line = snapshot(EPOCH, 10);
    line["age"] = 7000.into();
    let mut following = Following::of(script(&[line]).await).await;
    following.reads_to(10).await;
    let age = following.follower.age().unwrap();
    assert!(age >= Duration::from_secs(7), "{age:?}");
    let now = Awake::read();
    let fence = following.follower.verifier().fence();
    let service = &Catalog::appstore().services[0];
    assert!(matches!(fence.check(service, now), counterfoil_verify::fence::Freshness::Refuse { .. }));
}

#[tokio::test]
async fn who_has_not_read_to_the_head_is_not_fresher_for_it() {
    let mut half = news(11, &[]);
    half["head"] = 12.into();
    let mut old = snapshot(EPOCH, 10);
    old["age"] = 7000.into();
    let mut following = Following::of(script(&[old, half]).await).await;
    following.reads_to(11).await;
    assert!(following.follower.age().unwrap() >= Duration::from_secs(7));
    following.script.says(&news(12, &[]));
    following.reads_to(12).await;
    assert!(following.follower.age().unwrap() < Duration::from_secs(7));
}

#[tokio::test]
async fn another_catalog_is_taken_up_with_the_fact_that_adopts_it() {
    let other = catalog(Duration::from_secs(30));
    let adopted = json!({ "position": 11, "kind": "CATALOG_ADOPTED", "name": other.name,
        "fingerprint": other.fingerprint().to_string(), "text": other.to_toml() });
    let mut line = news(11, &[adopted]);
    line["catalog"] = in_force(&other);
    let mut following = Following::of(script(&[snapshot(EPOCH, 10), line]).await).await;
    following.reads_to(11).await;
    let judged_by = following.follower.verifier().catalog();
    assert_eq!(judged_by.fingerprint(), other.fingerprint());
}

#[tokio::test]
async fn a_catalog_that_is_not_the_one_that_was_given_or_named_shuts_the_fence() {
    let other = catalog(Duration::from_secs(30));
    let mut line = snapshot(EPOCH, 10);
    line["catalog"] = with_text(&other);
    let source = |source: Source| source.catalog_from(CatalogFrom::Embedder);
    let mut following = Following::with(script(&[line.clone()]).await, source).await;
    let given = "appstore is in force, and another one was given here".to_owned();
    assert!(following.is_troubled(&Trouble::Catalog(given)).await);
    line["catalog"]["fingerprint"] = hash(1).into();
    let mut following = Following::of(script(&[line]).await).await;
    let is_refused = |state: &State| matches!(state.trouble, Some(Trouble::Catalog(_)));
    following.until("never refused", is_refused).await;
    assert_eq!((following.follower.age(), following.follower.state().snapshots), (None, 0));
}

#[tokio::test]
async fn a_credential_that_is_not_good_is_told_and_tried_again() {
    let script = Script::new().await;
    script.answers(401, "");
    script.says(&snapshot(EPOCH, 10));
    let mut following = Following::of(script).await;
    following.is_troubled(&Trouble::NotLetIn).await;
    following.reads_to(10).await;
}

#[tokio::test]
async fn a_server_is_believed_by_a_certificate_that_is_trusted_and_by_no_other() {
    for is_trusted in [true, false] {
        let (script, certificate) = Script::over_tls().await;
        script.says(&snapshot(EPOCH, 10));
        let trusted = if is_trusted { certificate } else { Script::over_tls().await.1 };
        let mut following = Following::with(script, |source| source.trusting(trusted.as_bytes())).await;
        if is_trusted {
            following.reads_to(10).await;
            continue;
        }
        let is_refused = |state: &State| matches!(&state.trouble, Some(Trouble::Unreachable { why, .. }) if why.contains("certificate"));
        following.until("never refused", is_refused).await;
        assert!(following.script.asked().is_empty(), "the credential went to a stranger");
    }
}

#[tokio::test]
async fn certificates_that_are_none_are_refused() {
    let source = Source::new("https://localhost:1", "secret").unwrap().trusting(b"no certificate");
    let verifier = Arc::new(Verifier::new(Arc::new(Catalog::appstore()), Settings::default()));
    let fault = Follower::spawn(source, verifier).unwrap_err();
    assert!(matches!(fault, SourceFault::NothingTrusted(_)), "{fault}");
}

#[test]
fn without_a_runtime_nothing_is_followed() {
    let source = Source::new("http://localhost:1", "secret").unwrap();
    let verifier = Arc::new(Verifier::new(Arc::new(Catalog::appstore()), Settings::default()));
    assert_eq!(Follower::spawn(source, verifier).unwrap_err(), SourceFault::NoRuntime);
}

#[test]
fn no_credential_goes_over_a_network_in_the_clear_unless_it_is_said_to_be_safe() {
    let url = "http://keys.example.com";
    assert_eq!(Source::new(url, "secret").unwrap_err(), SourceFault::InTheClear(url.to_owned()));
    assert!(Source::on_trusted_network(url, "secret").is_ok());
    for credential in ["", "two lines\n", "mit Ümlaut"] {
        assert_eq!(Source::new("https://keys.example.com", credential).unwrap_err(), SourceFault::Credential);
    }
    assert!(!format!("{:?}", Source::new("https://keys.example.com", "secret").unwrap()).contains("secret"));
}

#[tokio::test]
async fn a_follower_that_is_stopped_asks_no_more() {
    let Following { script, follower } = Following::of(script(&[snapshot(EPOCH, 10)]).await).await;
    let mut waiting = follower;
    assert!(waiting.has_read(Position(10)).await);
    assert!(waiting.stop().await.uses.is_empty());
    script.says(&news(11, &[]));
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(script.asked().len(), 1);
}
