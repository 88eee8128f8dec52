//! A verifier in a second process: what it lets in, how soon it hears of a revocation, and what it does when it
//! hears nothing.

use crate::apart::Apart;
use crate::ask::{Line, get};
use crate::cable::{Cable, Mood};
use crate::example::Embedded;
use crate::town::{Key, Town};
use counterfoil_verify::Awake;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::sleep;

/// How long anything may take that takes no time on a machine that does nothing else.
const PATIENCE: Duration = Duration::from_secs(20);
const BOUND: Duration = Duration::from_secs(1);

/// Asks until there is such an answer; all until then must be among those that may come before.
async fn until(address: SocketAddr, token: &str, status: u16, before: &[u16]) -> Duration {
    let began = Awake::read();
    let mut line = Line::to(address).await;
    loop {
        let answer = line.get(token).await;
        let took = Awake::read().since(began);
        if answer.status == status {
            return took;
        }
        assert!(before.contains(&answer.status), "{answer:?}");
        assert!(took < PATIENCE, "still {answer:?}");
        sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_process_hears_of_keys_and_of_their_end_within_moments() {
    let town = Town::build().await;
    let embedded = Embedded::start(&town.url(), &town.replica("edge").await).await;
    let mut took = Vec::new();
    for _ in 0..20 {
        let key = town.key("ADMIN").await;
        let token = key.token();
        until(embedded.address, &token, 200, &[401, 503]).await;
        let answer = get(embedded.address, &token).await;
        assert_eq!(answer.body, format!("Hello, {}\n", key.id));
        assert!(
            answer.headers["x-rate-limit"]
                .to_str()
                .unwrap()
                .starts_with("user-hour-lim:3600;user-hour-rem:35")
        );
        town.revoke(&key).await;
        took.push(until(embedded.address, &token, 401, &[200]).await);
        assert_eq!(get(embedded.address, &key.token()).await.status, 401);
    }
    took.sort_unstable();
    // Half of them: this machine may be doing other things.
    assert!(took[10] <= Duration::from_millis(100), "{took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_that_is_cut_or_hangs_shuts_the_verifier_at_its_bound_until_it_is_back() {
    let town = Town::stale_after(BOUND).await;
    let cable = Cable::to(town.address).await;
    let feed = format!("http://{}", cable.address);
    let embedded = Embedded::start(&feed, &town.replica("edge").await).await;
    for mood in [Mood::Cut, Mood::Swallows] {
        let (good, bad) = (town.key("ADMIN").await, town.key("ADMIN").await);
        for key in [&good, &bad] {
            until(embedded.address, &key.token(), 200, &[401, 503]).await;
        }
        cable.is(mood);
        town.revoke(&bad).await;
        let revoked = Awake::read();
        let shut = until(embedded.address, &bad.token(), 503, &[200]).await;
        assert!(shut <= BOUND * 2, "{mood:?} {shut:?}");
        stays_shut(embedded.address, &[&good, &bad], revoked).await;
        cable.is(Mood::Whole);
        until(embedded.address, &good.token(), 200, &[503]).await;
        assert_eq!(get(embedded.address, &bad.token()).await.status, 401, "{mood:?}");
    }
}

async fn stays_shut(address: SocketAddr, keys: &[&Key], since: Awake) {
    while Awake::read().since(since) < BOUND * 3 {
        for key in keys {
            let answer = get(address, &key.token()).await;
            assert_eq!(answer.status, 503, "{answer:?}");
            assert_eq!(answer.headers["retry-after"], "1");
            assert!(answer.body.contains("SERVICE_UNAVAILABLE.STALE"), "{answer:?}");
        }
        sleep(Duration::from_millis(50)).await;
    }
}

/// The time in which it was stopped counts: what is asked meanwhile is answered from what it then hears.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_verifier_that_was_stopped_lets_nothing_in_that_was_revoked_meanwhile() {
    let town = Town::stale_after(BOUND).await;
    let embedded = Embedded::start(&town.url(), &town.replica("edge").await).await;
    let (good, bad) = (town.key("ADMIN").await, town.key("ADMIN").await);
    for key in [&good, &bad] {
        until(embedded.address, &key.token(), 200, &[401, 503]).await;
    }
    embedded.signal("STOP");
    let mut lines = Vec::new();
    for _ in 0..8 {
        lines.push(Line::to(embedded.address).await);
    }
    town.revoke(&bad).await;
    let token = bad.token();
    let asked = lines.into_iter().map(|mut line| {
        let token = token.clone();
        tokio::spawn(async move { line.get(&token).await.status })
    });
    let asked: Vec<_> = asked.collect();
    sleep(BOUND * 2).await;
    embedded.signal("CONT");
    for status in asked {
        let status = status.await.unwrap();
        assert!([401, 503].contains(&status), "{status}");
    }
    until(embedded.address, &good.token(), 200, &[503]).await;
    assert_eq!(get(embedded.address, &bad.token()).await.status, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_stopped_and_goes_on_is_followed_again() {
    let server = Apart::start().await;
    let embedded = Embedded::start(&server.feed, &server.credential).await;
    until(embedded.address, &server.token, 200, &[401, 503]).await;
    server.signal("STOP");
    let shut = until(embedded.address, &server.token, 503, &[200]).await;
    assert!(shut <= BOUND * 2, "{shut:?}");
    server.signal("CONT");
    until(embedded.address, &server.token, 200, &[503]).await;
}
