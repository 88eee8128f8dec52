//! Keys that were revoked, or burned by whoever found them.

use super::{TEAM_KEYS, burn, count};
use crate::town::Town;
use crate::visitor::Visitor;
use counterfoil_core::id::KeyId;
use http::StatusCode;
use std::time::Duration;

#[tokio::test]
async fn one_key_is_revoked_after_a_question_with_a_reason() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let owner = Visitor::owner(&town, team).await;
    let key = owner.generate("CI", "a").await;
    let place = format!("/keys/{key}/revoke");
    assert!(
        owner.get(&place).await.ok().text().contains("It can&#39;t be undone")
            || owner.get(&place).await.ok().text().contains("It can't be undone")
    );
    let fields = [("reason", "SUPERSEDED"), ("remark", "New <server>")];
    let said = owner.post(&place, &fields).await.is(StatusCode::SEE_OTHER);
    assert_eq!(said.header("location"), owner.place(TEAM_KEYS));
    let page = owner.get(TEAM_KEYS).await.ok().text();
    for words in ["Revoked", "Another key took its place", "New &#60;server&#62;", "Hedda Holder"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let page = owner.get(&format!("/keys/{key}")).await.ok().text();
    assert!(page.contains("Revoked by Hedda Holder. Another key took its place"), "{page}");
    assert!(page.contains("revoking ended them all at once") && !page.contains("Revoke Key"), "{page}");
    owner.get(&place).await.is(StatusCode::SEE_OTHER);
    owner.post(&place, &[]).await.is(StatusCode::SEE_OTHER);
    let revoked =
        town.authority.ledger().team(team.id).unwrap().keys.get(&key).unwrap().revoked.clone().unwrap();
    assert_eq!(revoked.reason.name(), "SUPERSEDED", "a revoked key stays as it was revoked");
    town.wait(Duration::from_secs(31 * 86_400));
    let owner = Visitor::owner(&town, team).await;
    assert!(
        !owner.get(TEAM_KEYS).await.ok().text().contains(key.as_str()),
        "after thirty days it is not listed"
    );
    owner.get(&format!("/keys/{key}")).await.ok();
}

#[tokio::test]
async fn several_keys_are_selected_and_revoked_at_once() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let owner = Visitor::owner(&town, team).await;
    let keys = [
        owner.generate("One", "1").await,
        owner.generate("Two", "2").await,
        owner.generate("Three", "3").await,
    ];
    let page = owner.get(&format!("{TEAM_KEYS}?edit=1")).await.ok().text();
    assert_eq!(count(&page, "type=\"checkbox\" name=\"key\""), 3);
    let place = format!("/keys/revoke?key={}&key={}&from=%2Fintegrations%2Fapi", keys[0], keys[1]);
    let page = owner.get(&place).await.ok().text();
    assert!(
        page.contains("These 2 keys")
            && page.contains("One")
            && page.contains("Two")
            && !page.contains("Three")
    );
    let fields = [("key", keys[0].as_str()), ("key", keys[1].as_str()), ("reason", "NO_LONGER_USED")];
    owner.post("/keys/revoke", &fields).await.is(StatusCode::SEE_OTHER);
    let left = town.authority.ledger().team(team.id).unwrap();
    let active: Vec<&KeyId> = left.keys.iter().filter(|(_, key)| key.is_active()).map(|(id, _)| id).collect();
    assert_eq!(active, [&keys[2]]);
}

#[tokio::test]
async fn a_leaked_key_is_shown_as_leaked() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let owner = Visitor::owner(&town, team).await;
    let key = town.team_key(team, "SALES").await;
    burn(&town, &key).await;
    for place in [TEAM_KEYS.to_owned(), format!("/keys/{}", key.id())] {
        let page = owner.get(&place).await.ok().text();
        assert!(page.contains("<span class=\"badge bad\">Leaked</span>"), "{place}: {page}");
        assert!(
            page.contains("omebody who held the private half") || page.contains("omebody showed to hold"),
            "{place}"
        );
    }
}
