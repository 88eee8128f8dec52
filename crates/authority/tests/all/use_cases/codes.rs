//! Codes of apps, and recovery codes.

use super::Place;
use super::place::{HOUR, MINUTE, together};
use super::proving::{
    ADA, ada, by_code, by_link, here, let_in, second_factor, session, whose, why, with_app, with_password,
};
use crate::authenticator::code_of;
use counterfoil_authority::credentials::CredentialRefusal;
use counterfoil_authority::sign_in::{Outcome, SeenFrom, Session};
use std::sync::Arc;
use std::sync::atomic::Ordering;

pub(crate) async fn a_code_is_good_once_and_outlives_a_rotation_of_the_seal_key(place: &Place) {
    let link = with_password(place, ada(place).await).await;
    let (app, _) = with_app(place, &link).await;
    let beside = place.another().await;
    place.server().rotate_seal().await.unwrap();
    place.clock.pass(MINUTE);
    let code = code_of(&app, place.clock.now());
    let pending = second_factor(place, ADA).await;
    let_in(by_code(&beside, &pending, &code).await);
    let pending = second_factor(place, ADA).await;
    assert!(matches!(by_code(&place.server(), &pending, &code).await, Outcome::No), "used");
    place.clock.pass(MINUTE);
    let_in(by_code(&place.server(), &pending, &code_of(&app, place.clock.now())).await);
}

pub(crate) async fn an_app_is_enrolled_by_a_code_of_it_in_the_session_that_began(place: &Place) {
    let link = with_password(place, ada(place).await).await;
    let (one, new) = {
        let one = session(place, &link).await;
        (one, place.server().begin_authenticator(&one).await.unwrap())
    };
    let code = code_of(new.secret(), place.clock.now());
    let other = session(place, &by_link(place, whose(place, ADA).await).await).await;
    let confirm = async |session: &Session, code: &str| {
        place.server().confirm_authenticator(session, new.handle(), code, &here()).await
    };
    assert_eq!(why(confirm(&other, &code).await), CredentialRefusal::Over, "another session");
    assert_eq!(why(confirm(&one, "000000").await), CredentialRefusal::WrongCode);
    let again = place.server().authenticator_again(&one, new.handle()).await.unwrap();
    assert_eq!((again.secret(), again.uri()), (new.secret(), new.uri()));
    assert!(new.uri().contains("ada%40example.com") && new.qr().width > 20);
    assert_eq!(confirm(&one, &code).await.unwrap().expose().count(), 10);
    assert_eq!(why(confirm(&one, &code).await), CredentialRefusal::Over, "it is used up");
}

pub(crate) async fn of_many_who_use_one_recovery_code_one_is_let_in(place: &Place) {
    let link = with_password(place, ada(place).await).await;
    let (_, codes) = with_app(place, &link).await;
    let code: String = codes.expose().nth(3).unwrap().to_uppercase();
    let mut pending = Vec::new();
    for _ in 0..4 {
        pending.push(second_factor(place, ADA).await);
    }
    let servers = [place.server(), place.another().await, place.another().await, place.another().await];
    let next = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let outcomes = together(16, &servers, |server| {
        let (pending, code) = (pending[next.fetch_add(1, Ordering::SeqCst) % 4].clone(), code.clone());
        async move { server.sign_in_with_code(pending.expose(), &code, &SeenFrom::default()).await.unwrap() }
    })
    .await;
    let let_in = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::In(_))).count();
    assert_eq!(let_in, 1);
    let left = place.server().credentials_of(whose(place, ADA).await).await.unwrap();
    assert_eq!(left.recovery_codes_left, 9);
    let renewed = place.server().renew_recovery_codes(&session(place, &link).await, &here()).await.unwrap();
    let pending = second_factor(place, ADA).await;
    let old = codes.expose().next().unwrap();
    let longest_wait = HOUR / 60;
    place.clock.pass(longest_wait);
    assert!(matches!(by_code(&place.server(), &pending, old).await, Outcome::No), "the set is renewed");
    let new = renewed.expose().next().unwrap().to_owned();
    place.clock.pass(longest_wait);
    assert!(matches!(by_code(&place.server(), &pending, &new).await, Outcome::In(_)));
}
