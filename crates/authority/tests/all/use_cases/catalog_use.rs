//! Another catalog.

use super::Place;
use counterfoil_authority::Authority;
use counterfoil_authority::catalog_use::CatalogUseFault;
use counterfoil_core::catalog::{Catalog, Grade};
use counterfoil_core::id::GroupName;

/// The built-in catalog, but that ADMIN may no longer touch users.
fn without_users() -> Catalog {
    let mut catalog = Catalog::appstore();
    let admin = catalog.roles.iter_mut().find(|role| role.name.as_str() == "ADMIN").unwrap();
    admin.opens.remove("users");
    catalog
}

pub(crate) async fn the_keys_that_another_catalog_affects_are_listed(place: &Place) {
    let (kept, revoked) = (place.key().await, place.key().await);
    place.revoke(revoked).await;
    let affected = place.server().affected_by(&without_users()).unwrap();
    let users = GroupName::try_from("users").unwrap();
    assert_eq!(affected.len(), 1);
    assert_eq!((affected[0].team, affected[0].key), (place.id(), kept));
    assert_eq!(affected[0].was, [(users.clone(), Grade::Write)]);
    assert_eq!(affected[0].becomes, [(users, Grade::None)]);
    assert_eq!(place.server().affected_by(&Catalog::appstore()).unwrap(), []);
}

pub(crate) async fn another_catalog_is_in_force_on_all_servers_and_after_a_restart(place: &Place) {
    let other = without_users();
    let there = place.another().await;
    place.server().use_catalog(&other.to_toml()).await.unwrap();
    assert_eq!(place.server().catalog().fingerprint(), other.fingerprint());
    there.follow_once().await.unwrap();
    assert_eq!(there.catalog().fingerprint(), other.fingerprint());
    let anew = Authority::start(place.house.settings.clone()).await.unwrap();
    assert_eq!(anew.catalog().fingerprint(), other.fingerprint());
    there.use_catalog(&Catalog::appstore().to_toml()).await.unwrap();
    anew.follow_once().await.unwrap();
    assert_eq!(anew.catalog().fingerprint(), Catalog::appstore().fingerprint());
}

pub(crate) async fn the_same_catalog_again_changes_nothing(place: &Place) {
    let before = place.events().await;
    place.server().use_catalog(&format!("# a comment\n{}", Catalog::appstore().to_toml())).await.unwrap();
    assert_eq!(place.events().await, before);
}

pub(crate) async fn a_faulty_catalog_is_refused(place: &Place) {
    let refused = place.server().use_catalog("name = 7").await;
    assert!(matches!(refused, Err(CatalogUseFault::Faulty(_))), "{refused:?}");
}
