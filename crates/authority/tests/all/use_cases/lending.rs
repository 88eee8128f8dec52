//! One hour's budget of a key, shared by several servers.

use super::Place;
use crate::holder::Holder;
use counterfoil_authority::Authority;
use counterfoil_verify::verdict::LimitedBy;
use counterfoil_verify::{Awake, Reason, Verdict};
use std::sync::Arc;
use std::time::Duration;

const APPS: &str = "/v1/apps";
const LIMIT: u32 = 3600;

/// A server that gives verdicts.
async fn ready(server: Arc<Authority>) -> Arc<Authority> {
    server.give_verdicts();
    server.follow_once().await.unwrap();
    server.report_as_living().await.unwrap();
    server
}

/// What a door does: who was refused only for want of a loan asks again once it was looked after.
async fn asks(holder: &Holder, server: &Authority) -> Verdict {
    server.verifier().fence().read_began_at(Awake::read());
    let verdict = holder.asks(server, "GET", APPS);
    match verdict.reason() {
        Some(Reason::Limited { by: LimitedBy::Lease, .. }) => {
            server.lend(Awake::read()).await.unwrap();
            holder.asks(server, "GET", APPS)
        }
        _ => verdict,
    }
}

/// How many requests pass until one is refused, and why that was.
async fn until_refused(holder: &Holder, server: &Authority) -> (u32, Reason) {
    for passed in 0..=LIMIT {
        if let Some(reason) = asks(holder, server).await.reason() {
            return (passed, reason);
        }
    }
    panic!("more than {LIMIT} requests passed")
}

pub(crate) async fn a_server_alone_has_the_whole_hour_and_tells_exactly_what_is_left(place: &Place) {
    let server = ready(place.server()).await;
    let holder = place.holder().await;
    server.follow_once().await.unwrap();
    for count in 1..=LIMIT {
        let verdict = asks(&holder, &server).await;
        assert_eq!(verdict.reason(), None, "request {count}");
        assert_eq!(verdict.quota.unwrap().remaining, LIMIT - count);
        if count % 100 == 0 {
            server.lend(Awake::read()).await.unwrap();
        }
    }
    let Some(Reason::Limited { retry_after, by: LimitedBy::Hour }) = asks(&holder, &server).await.reason()
    else {
        panic!("one too many passed")
    };
    let near_an_hour = Duration::from_secs(3500)..=Duration::from_secs(3660);
    assert!(near_an_hour.contains(&retry_after), "{retry_after:?}");
}

pub(crate) async fn two_servers_let_no_more_through_than_one(place: &Place) {
    let servers = [ready(place.server()).await, ready(place.another().await).await];
    let holder = place.holder().await;
    servers[1].follow_once().await.unwrap();
    let mut passed = [0, 0];
    for round in 0..2000 {
        let at = usize::from(round % 3 == 0);
        let verdict = asks(&holder, &servers[at]).await;
        passed[at] += u32::from(verdict.reason().is_none());
        let left = LIMIT - passed[0] - passed[1];
        assert!(verdict.quota.unwrap().remaining <= left, "more was told to be left than is");
    }
    assert!(passed[0] > 1000 && passed[1] > 500, "{passed:?}");
    let (rest, _) = until_refused(&holder, &servers[0]).await;
    let (more, _) = until_refused(&holder, &servers[1]).await;
    assert_eq!(passed[0] + passed[1] + rest + more, LIMIT);
}

pub(crate) async fn what_a_server_did_not_spend_others_may_when_it_ends(place: &Place) {
    let staying = ready(place.server()).await;
    let ending = ready(place.another().await).await;
    let holder = place.holder().await;
    ending.follow_once().await.unwrap();
    assert_eq!(asks(&holder, &ending).await.reason(), None);
    ending.shutdown().await;
    let refused = holder.asks(&ending, "GET", APPS).reason();
    assert!(matches!(refused, Some(Reason::Stale { .. })), "{refused:?}");
    assert_eq!(until_refused(&holder, &staying).await.0, LIMIT - 1);
}

pub(crate) async fn what_a_server_held_when_it_died_counts_as_spent(place: &Place) {
    let staying = ready(place.server()).await;
    let dying = ready(place.another().await).await;
    let holder = place.holder().await;
    dying.follow_once().await.unwrap();
    assert_eq!(asks(&holder, &dying).await.reason(), None);
    drop(dying);
    assert_eq!(until_refused(&holder, &staying).await.0, LIMIT - LIMIT / 50);
}

pub(crate) async fn a_key_that_was_in_use_need_not_wait_with_its_next_request(place: &Place) {
    let server = ready(place.server()).await;
    let holder = place.holder().await;
    server.follow_once().await.unwrap();
    assert_eq!(asks(&holder, &server).await.reason(), None);
    let began = Awake::read();
    let later = |seconds: u64| began.plus(Duration::from_secs(seconds));
    for seconds in (50..=500).step_by(50) {
        server.lend(later(seconds)).await.unwrap();
    }
    server.verifier().fence().read_began_at(later(540));
    let verdict = holder.asks_at(&server, "GET", APPS, later(540));
    assert_eq!((verdict.reason(), verdict.quota.unwrap().remaining), (None, LIMIT - 2));
}
