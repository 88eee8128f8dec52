//! The audit.

use super::Place;
use super::place::{DAY, HOUR};
use counterfoil_authority::audit::{ActorFilter, AuditPage, AuditQuery, Involved, Reach};
use counterfoil_core::event::Actor;

async fn page(place: &Place, query: AuditQuery) -> AuditPage {
    place.server().audit(place.id(), &query).await.unwrap()
}

fn names(page: &AuditPage) -> Vec<&'static str> {
    page.entries.iter().map(|entry| entry.event.name()).collect()
}

pub(crate) async fn the_audit_is_read_page_by_page_newest_first(place: &Place) {
    let key = place.key().await;
    place.revoke(key).await;
    let first = page(place, AuditQuery { limit: 2, ..AuditQuery::default() }).await;
    assert_eq!(names(&first), ["KEY_REVOKED", "KEY_GENERATED"]);
    assert_eq!((first.total, first.next), (Some(5), Some(4)));
    let second = page(place, AuditQuery { limit: 3, before: first.next, ..AuditQuery::default() }).await;
    assert_eq!(names(&second), ["ACCESS_APPROVED", "ACCESS_REQUESTED", "TEAM_OPENED"]);
    assert_eq!((second.total, second.next), (Some(5), None));
    assert_eq!(second.entries.last().unwrap().version, 1);
    assert_eq!(
        page(place, AuditQuery { limit: 9, before: Some(1), ..AuditQuery::default() }).await.entries,
        []
    );
}

pub(crate) async fn the_audit_is_filtered_by_actor_key_and_kind(place: &Place) {
    let (one, other) = (place.key().await, place.key().await);
    place.revoke(one).await;
    place.server().download(place.id(), place.owner(), other).await.unwrap();
    let of_key = page(place, AuditQuery { keys: vec![one], limit: 1, ..AuditQuery::default() }).await;
    assert_eq!((names(&of_key), of_key.total), (vec!["KEY_REVOKED"], Some(2)));
    let rest =
        page(place, AuditQuery { keys: vec![one], limit: 1, before: of_key.next, ..AuditQuery::default() })
            .await;
    assert_eq!((names(&rest), rest.total, rest.next), (vec!["KEY_GENERATED"], Some(2), None));
    let kinds = vec!["KEY_DOWNLOADED".to_owned(), "ACCESS_REQUESTED".to_owned()];
    let of_kind = page(place, AuditQuery { kinds, limit: 9, ..AuditQuery::default() }).await;
    assert_eq!(names(&of_kind), ["KEY_DOWNLOADED", "ACCESS_REQUESTED"]);
    let operator = AuditQuery { actors: vec![ActorFilter::Operator], limit: 9, ..AuditQuery::default() };
    assert_eq!(names(&page(place, operator).await), ["ACCESS_APPROVED", "TEAM_OPENED"]);
    let owner =
        AuditQuery { actors: vec![ActorFilter::User(place.house.owner)], limit: 9, ..AuditQuery::default() };
    assert!(page(place, owner).await.entries.iter().all(|entry| entry.by == Actor::User(place.house.owner)));
}

pub(crate) async fn the_installation_has_an_audit_of_its_own(place: &Place) {
    place.server().add_replica(&"edge".try_into().unwrap()).await.unwrap();
    let query = AuditQuery { limit: 9, ..AuditQuery::default() };
    let page = place.server().audit_of_installation(&query).await.unwrap();
    assert_eq!(names(&page), ["REPLICA_ADDED", "CATALOG_ADOPTED", "LEDGER_BEGUN"]);
}

pub(crate) async fn the_audit_is_filtered_by_whom_it_is_about_and_by_time(place: &Place) {
    let member = place.joined("ada@example.com", "DEVELOPER").await;
    let before = place.clock.now();
    place.clock.pass(DAY);
    let key = place.key().await;
    place.clock.pass(DAY);
    place.server().remove_member(place.id(), &place.asks(), member).await.unwrap();
    let all = AuditQuery { limit: 99, ..AuditQuery::default() };
    for (query, expected) in [
        (
            AuditQuery { involved: vec![Involved::Member(member)], ..all.clone() },
            vec!["MEMBER_REMOVED", "MEMBER_JOINED"],
        ),
        (AuditQuery { involved: vec![Involved::Key(key)], ..all.clone() }, vec!["KEY_GENERATED"]),
        (
            AuditQuery { since: Some(before.plus(HOUR)), ..all.clone() },
            vec!["MEMBER_REMOVED", "KEY_GENERATED"],
        ),
        (
            AuditQuery {
                since: Some(before.plus(HOUR)),
                until: Some(before.plus(DAY + HOUR)),
                ..all.clone()
            },
            vec!["KEY_GENERATED"],
        ),
    ] {
        let found = page(place, query.clone()).await;
        assert_eq!(names(&found), expected, "{query:?}");
    }
}

pub(crate) async fn a_page_that_may_read_only_so_far_says_where_to_go_on(place: &Place) {
    let key = place.key().await;
    place.revoke(key).await;
    let wanted = AuditQuery {
        kinds: vec!["TEAM_OPENED".to_owned()],
        limit: 9,
        reach: Reach::Entries(2),
        ..AuditQuery::default()
    };
    let (mut before, mut pages, mut found) = (None, 0, Vec::new());
    loop {
        let read = page(place, AuditQuery { before, ..wanted.clone() }).await;
        assert_eq!(read.total, None);
        found.extend(names(&read));
        pages += 1;
        before = read.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!((pages, found), (3, vec!["TEAM_OPENED"]));
}
