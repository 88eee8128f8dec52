//! Many at once: limits hold exactly, and a half is handed over once. Run on one server and on two
//! that share a database.

use crate::house::{House, admin_key};
use counterfoil_authority::keys::{NewHalf, NewKeyRequest};
use counterfoil_authority::{Authority, Failure, Request};
use counterfoil_core::event::{Actor, RevocationReason};
use counterfoil_core::id::{IssuerId, KeyId, KeyName, KindName};
use counterfoil_core::refusal::Refusal;
use std::sync::Arc;

/// One, or several on one database.
pub(crate) type Servers = Vec<Arc<Authority>>;

/// 64 together, with 45 active keys there: five more, and not one beyond.
pub(crate) async fn sixty_four_generates_at_forty_five_make_exactly_fifty(servers: Servers, house: &House) {
    for number in 0..45 {
        generate(&servers[0], house, &format!("before {number}")).await.unwrap();
    }
    for server in &servers {
        server.follow_once().await.unwrap();
    }
    let outcomes = together(64, &servers, |server, number| {
        let house = house.clone();
        async move { generate(&server, &house, &format!("racing {number}")).await }
    })
    .await;
    let made = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(made, 5, "{outcomes:?}");
    for refused in outcomes.into_iter().filter_map(Result::err) {
        assert!(matches!(refused, Failure::Refused(Refusal::LimitReached { limit: 50, .. })), "{refused:?}");
    }
    for server in &servers {
        server.follow_once().await.unwrap();
        assert_eq!(active(server, house.team), 50);
    }
}

/// 64 together want one half: one gets it, and it is the right one.
pub(crate) async fn sixty_four_downloads_hand_over_exactly_one_half(servers: Servers, house: &House) {
    let key = generate(&servers[0], house, "wanted").await.unwrap();
    for server in &servers {
        server.follow_once().await.unwrap();
    }
    let outcomes = together(64, &servers, |server, _| {
        let (team, by) = (house.team, Actor::User(house.owner));
        async move { server.download(team, by, key).await }
    })
    .await;
    let halves: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().ok()).collect();
    assert_eq!(halves.len(), 1, "{outcomes:?}");
    let half = counterfoil_core::half::PrivateHalf::from_pem(&halves[0].pem).unwrap();
    let team = servers[0].ledger().team(house.team).unwrap();
    assert_eq!(half.public(), team.keys.get(&key).unwrap().public);
    for refused in outcomes.into_iter().filter_map(Result::err) {
        assert!(matches!(refused, Failure::Refused(Refusal::AlreadyDownloaded(_))), "{refused:?}");
    }
}

/// A download and a revocation together: whichever is first, no half outlives the revocation.
pub(crate) async fn a_half_is_not_handed_over_after_its_revocation(servers: Servers, house: &House) {
    for round in 0..10 {
        let key = generate(&servers[0], house, &format!("round {round}")).await.unwrap();
        for server in &servers {
            server.follow_once().await.unwrap();
        }
        let (last, first) = (servers[servers.len() - 1].clone(), servers[0].clone());
        let (team, by) = (house.team, Actor::User(house.owner));
        let download = tokio::spawn(async move { last.download(team, by, key).await });
        let revoke =
            first.revoke(team, &Request::by(by), vec![key], RevocationReason::Unspecified, None).await;
        revoke.unwrap();
        match download.await.unwrap() {
            Ok(_) | Err(Failure::Refused(Refusal::KeyRevoked(_))) => {}
            other => panic!("{other:?}"),
        }
        let after = servers[0].download(team, by, key).await.unwrap_err();
        assert!(matches!(after, Failure::Refused(Refusal::KeyRevoked(_))), "{after:?}");
    }
}

async fn together<T, F>(many: usize, servers: &Servers, act: impl Fn(Arc<Authority>, usize) -> F) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let tasks: Vec<_> = (0..many)
        .map(|number| tokio::spawn(act(Arc::clone(&servers[number % servers.len()]), number)))
        .collect();
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.push(task.await.unwrap());
    }
    outcomes
}

async fn generate(server: &Authority, house: &House, name: &str) -> Result<KeyId, Failure> {
    let new = NewKeyRequest {
        kind: KindName::try_from("TEAM").unwrap(),
        name: KeyName::try_from(name).unwrap(),
        roles: Some(admin_key()),
        half: NewHalf::Issuer,
    };
    let request = Request::by(Actor::User(house.owner));
    server.generate(house.team, &request, &new).await.map(|answered| answered.value)
}

fn active(server: &Authority, team: IssuerId) -> usize {
    server.ledger().team(team).unwrap().keys.values().filter(|key| key.is_active()).count()
}
