//! What keys were used for.

use super::Place;
use super::place::{DAY, HOUR, MINUTE, asks, together};
use counterfoil_authority::store::StoreFault;
use counterfoil_authority::store::tables::usage::{COUNTED_ALREADY, LastUsed, flush};
use counterfoil_authority::usage::{Outcome, Span};
use counterfoil_core::time::Timestamp;
use counterfoil_verify::Reason;
use std::time::Duration;

const APPS: &str = "/v1/apps";

pub(crate) async fn uses_are_known_at_once_here_and_after_a_flush_everywhere(place: &Place) {
    let (holder, idle) = (place.holder().await, place.key().await);
    let key = holder.key;
    let (here, there) = (place.server(), place.another().await);
    assert_eq!(asks(&holder, &here, "GET", APPS).await.reason(), None);
    assert_eq!(here.last_used(key).await.unwrap(), Some(place.clock.now()));
    assert_eq!(there.last_used(key).await.unwrap(), None);
    here.flush_usage().await.unwrap();
    assert_eq!(there.last_used(key).await.unwrap(), Some(place.clock.now()));
    let all = there.last_used_of(&[key, idle]).await.unwrap();
    assert_eq!(all.into_iter().collect::<Vec<_>>(), [(key, place.clock.now())]);
    let rows = there.usage_of(key, Timestamp::from_millis(0)).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].span, rows[0].count, rows[0].family.as_str()), (Span::Hour, 1, APPS));
    assert_eq!(rows[0].group.as_ref().unwrap().as_str(), "metadata");
}

pub(crate) async fn the_youngest_token_that_was_seen_is_known_everywhere_until_it_expires(place: &Place) {
    let holder = place.holder().await;
    let (here, there) = (place.server(), place.another().await);
    let good_for = Duration::from_secs(900);
    let mut until = None;
    for later in [Duration::ZERO, 10 * MINUTE] {
        place.clock.pass(later);
        assert_eq!(asks(&holder, &here, "GET", APPS).await.reason(), None);
        here.flush_usage().await.unwrap();
        until = Some(here.now().plus(good_for));
        assert_eq!(there.tokens_seen_until(holder.key).await.unwrap(), until);
    }
    assert_eq!(asks(&holder, &here, "GET", APPS).await.reason(), None);
    here.flush_usage().await.unwrap();
    assert_eq!(there.tokens_seen_until(holder.key).await.unwrap(), until);
    place.clock.pass(good_for);
    assert_eq!(there.tokens_seen_until(holder.key).await.unwrap(), None);
    assert_eq!(there.tokens_seen_until(place.key().await).await.unwrap(), None);
}

pub(crate) async fn two_servers_add_up_what_they_counted(place: &Place) {
    let holder = place.holder().await;
    let servers = [place.server(), place.another().await];
    for server in &servers {
        for _ in 0..3 {
            assert_eq!(asks(&holder, server, "GET", APPS).await.reason(), None);
        }
    }
    together(8, &servers, |server| async move { server.flush_usage().await.unwrap() }).await;
    assert_eq!(count_of(place, holder.key).await, 6);
}

pub(crate) async fn a_batch_that_was_written_already_is_not_counted_again(place: &Place) {
    let (holder, server) = (place.holder().await, place.server());
    let key = holder.key;
    assert_eq!(asks(&holder, &server, "GET", APPS).await.reason(), None);
    server.flush_usage().await.unwrap();
    let used = [LastUsed { key, at: place.clock.now() }];
    let again = flush(server.server(), 1, &[], &used, &[], place.clock.now());
    let refused = server.ledger().store().write(again).await.unwrap_err();
    assert_eq!(refused, StoreFault::Unexpected(COUNTED_ALREADY));
    assert_eq!(count_of(place, key).await, 1);
}

pub(crate) async fn what_a_server_counted_is_written_when_it_ends(place: &Place) {
    let holder = place.holder_of("SALES").await;
    let ending = place.another().await;
    assert_eq!(asks(&holder, &ending, "POST", APPS).await.reason(), Some(Reason::Role));
    ending.shutdown().await;
    let rows = place.server().usage_of(holder.key, Timestamp::from_millis(0)).await.unwrap();
    assert_eq!(
        rows.iter().map(|row| (row.outcome, row.count)).collect::<Vec<_>>(),
        [(Outcome::Forbidden, 1)]
    );
}

pub(crate) async fn hours_become_days_once_however_many_servers_add_up(place: &Place) {
    let holder = place.holder().await;
    let key = holder.key;
    for _ in 0..4 {
        assert_eq!(asks(&holder, &place.server(), "GET", APPS).await.reason(), None);
        place.clock.pass(HOUR);
    }
    place.server().flush_usage().await.unwrap();
    let servers = [place.server(), place.another().await];
    place.clock.pass(89 * DAY);
    place.server().roll_up().await.unwrap();
    assert_eq!(spans_of(place, key).await, [Span::Hour; 4]);
    place.clock.pass(2 * DAY);
    together(8, &servers, |server| async move { server.roll_up().await.unwrap() }).await;
    assert_eq!(spans_of(place, key).await, [Span::Day]);
    assert_eq!(count_of(place, key).await, 4);
    place.clock.pass(310 * DAY);
    place.server().roll_up().await.unwrap();
    assert_eq!(count_of(place, key).await, 0);
    assert!(place.server().last_used(key).await.unwrap().is_some(), "when it was last used stays");
}

async fn count_of(place: &Place, key: counterfoil_core::id::KeyId) -> u64 {
    let rows = place.server().usage_of(key, Timestamp::from_millis(0)).await.unwrap();
    rows.iter().map(|row| row.count).sum()
}

async fn spans_of(place: &Place, key: counterfoil_core::id::KeyId) -> Vec<Span> {
    let rows = place.server().usage_of(key, Timestamp::from_millis(0)).await.unwrap();
    rows.iter().map(|row| row.span).collect()
}
