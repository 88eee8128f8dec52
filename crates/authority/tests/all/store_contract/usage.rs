//! What every engine promises of what keys were used for.

use super::bed::{Bed, at, key, team};
use super::rows::{DAY, all, one, write};
use counterfoil_authority::store::StoreFault;
use counterfoil_authority::store::tables::usage;

pub(crate) async fn a_repeated_flush_counts_once(bed: &dyn Bed) {
    let store = bed.open().await;
    let flush = |batch| {
        usage::flush("server", batch, &[count(1, 7200, 3)], &[used(1, 7300 + batch as i64)], &[], at(7400))
    };
    write(&*store, flush(1)).await.unwrap();
    write(&*store, flush(2)).await.unwrap();
    assert_eq!(write(&*store, flush(1)).await, Err(StoreFault::Unexpected(usage::COUNTED_ALREADY)));
    write(&*store, usage::flush("other", 1, &[count(1, 7201, 1)], &[used(1, 7000)], &[], at(7400)))
        .await
        .unwrap();
    let counts: Vec<usage::Count> = all(&*store, usage::hours_of(key(1), at(7200))).await;
    assert_eq!(counts, [count(1, 7200, 7)]);
    let last: Option<usage::LastUsed> = one(&*store, usage::last_used(key(1))).await;
    assert_eq!(last, Some(used(1, 7302)), "a late flush does not move it back");
    assert_eq!(all::<usage::LastUsed>(&*store, usage::all_last_used(None, 10)).await.len(), 1);
    assert_eq!(all::<usage::LastUsed>(&*store, usage::all_last_used(Some(key(1)), 10)).await, []);
    assert_eq!(all::<usage::LastUsed>(&*store, usage::last_used_since(at(7303))).await, []);
}

pub(crate) async fn the_latest_expiry_stays(bed: &dyn Bed) {
    let store = bed.open().await;
    let expires = |moment| usage::LastExpiry { key: key(1), at: at(moment) };
    assert_eq!(one::<usage::LastExpiry>(&*store, usage::last_expiry(key(1))).await, None);
    for (batch, moment, latest) in [(1, 500, 500), (2, 900, 900), (3, 700, 900)] {
        write(&*store, usage::flush("server", batch, &[], &[], &[expires(moment)], at(400))).await.unwrap();
        assert_eq!(one(&*store, usage::last_expiry(key(1))).await, Some(expires(latest)));
    }
}

pub(crate) async fn old_hours_become_days_and_old_days_go(bed: &dyn Bed) {
    let store = bed.open().await;
    let today = 1000 * DAY;
    let old = today - 91 * DAY;
    let counts =
        [count(1, old, 1), count(1, old + 3600, 2), count(2, old + 7200, 4), count(1, today - 90 * DAY, 8)];
    write(&*store, usage::flush("server", 1, &counts, &[], &[], at(today))).await.unwrap();
    write(&*store, usage::roll_up(at(today + 5))).await.unwrap();
    write(&*store, usage::roll_up(at(today + 5))).await.unwrap();
    assert_eq!(
        all::<usage::Count>(&*store, usage::hours_of(key(1), at(0))).await,
        [count(1, today - 90 * DAY, 8)]
    );
    assert_eq!(all::<usage::Count>(&*store, usage::days_of(key(1), at(0))).await, [count(1, old, 3)]);
    assert_eq!(all::<usage::Count>(&*store, usage::days_of(key(2), at(0))).await, [count(2, old, 4)]);
    write(&*store, usage::flush("server", 2, &[count(1, old + 9, 1)], &[], &[], at(today))).await.unwrap();
    write(&*store, usage::roll_up(at(today))).await.unwrap();
    assert_eq!(
        all::<usage::Count>(&*store, usage::days_of(key(1), at(0))).await,
        [count(1, old, 4)],
        "added up"
    );
    write(&*store, usage::roll_up(at(today + 400 * DAY))).await.unwrap();
    assert_eq!(all::<usage::Count>(&*store, usage::days_of(key(2), at(0))).await, []);
}

fn count(number: u8, since: i64, count: u64) -> usage::Count {
    usage::Count {
        key: key(number),
        since: at(since),
        team: team(1),
        group: "users".into(),
        access: "READ".into(),
        family: "/v1/users".into(),
        outcome: "ALLOWED".into(),
        count,
    }
}

fn used(number: u8, moment: i64) -> usage::LastUsed {
    usage::LastUsed { key: key(number), at: at(moment) }
}
