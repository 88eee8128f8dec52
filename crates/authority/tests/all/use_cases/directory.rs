//! Who is who in a team.

use super::Place;
use super::place::address;
use counterfoil_authority::people::Whom;

pub(crate) async fn whoever_left_is_still_named_until_erased(place: &Place) {
    let (server, team) = (place.server(), place.id());
    let member = place.joined("ada@example.com", "DEVELOPER").await;
    let there = server.directory(team).await.unwrap();
    assert_eq!((there.name(member), there.get(member).unwrap().has_left), ("Ada Lovelace", false));
    server.remove_member(team, &place.asks(), member).await.unwrap();
    let left = server.directory(team).await.unwrap();
    assert_eq!((left.name(member), left.get(member).unwrap().has_left), ("Ada Lovelace", true));
    server.erase_person(&Whom::Email(address("ada@example.com"))).await.unwrap();
    let erased = server.directory(team).await.unwrap();
    assert_eq!((erased.name(member), erased.get(member)), ("a former member", None));
}
