//! Advice on roles.

use super::Place;
use super::place::{asks, roles};
use counterfoil_core::catalog::Access;
use counterfoil_core::id::{GroupName, KeyId};

/// A key of this role, used for these.
async fn used(place: &Place, role: &str, targets: &[&str]) -> KeyId {
    let holder = place.holder_of(role).await;
    for target in targets {
        asks(&holder, &place.server(), "GET", target).await;
    }
    place.server().flush_usage().await.unwrap();
    holder.key
}

pub(crate) async fn an_administrators_key_that_only_reads_reports_is_told_so(place: &Place) {
    let sales = "/v1/salesReports?filter[frequency]=DAILY";
    let key = used(place, "ADMIN", &[sales, sales]).await;
    let advice = place.server().advice(place.id(), key).await.unwrap();
    assert_eq!(advice.roles_now, roles(&["ADMIN"]));
    assert_eq!(advice.smallest, ["SALES".try_into().unwrap()]);
    let found: Vec<_> =
        advice.used.iter().map(|used| (used.group.as_str(), used.access, used.requests)).collect();
    assert_eq!(found, [("sales-reports", Access::Read, 2)]);
    let never: Vec<&str> = advice.never_used.iter().map(GroupName::as_str).collect();
    assert!(never.contains(&"finance-reports") && !never.contains(&"sales-reports"), "{never:?}");
    assert_eq!(advice.since, place.team().keys.get(&key).unwrap().created_at);
}

pub(crate) async fn what_was_turned_away_is_no_reason_for_a_role(place: &Place) {
    let key = used(place, "CUSTOMER_SUPPORT", &["/v1/customerReviews/42", "/v1/financeReports"]).await;
    let advice = place.server().advice(place.id(), key).await.unwrap();
    let finance = advice.used.iter().find(|used| used.group.as_str() == "finance-reports").unwrap();
    assert_eq!((finance.requests, finance.refused), (1, 1));
    assert!(!advice.smallest.contains(&"FINANCE".try_into().unwrap()));
    assert_eq!(advice.smallest.len(), 1, "{:?}", advice.smallest);
}

pub(crate) async fn a_key_that_was_never_used_is_told_what_it_could_open(place: &Place) {
    let key = used(place, "ADMIN", &[]).await;
    let advice = place.server().advice(place.id(), key).await.unwrap();
    assert!(advice.used.is_empty() && advice.smallest.is_empty());
    assert!(advice.never_used.iter().any(|group| group.as_str() == "users"));
}
