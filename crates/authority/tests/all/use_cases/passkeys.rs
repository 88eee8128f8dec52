//! Passkeys.

use super::Place;
use super::place::MINUTE;
use super::proving::{
    ADA, HOLDER, ada, by_link, here, history, let_in, session, sign_in, whose, why, with_passkey,
    with_password,
};
use crate::authenticator::Authenticator;
use counterfoil_authority::credentials::CredentialRefusal;
use counterfoil_authority::sign_in::{Happening, How, Outcome};
use std::sync::atomic::Ordering;

pub(crate) async fn a_passkey_signs_in_on_every_server_and_each_challenge_is_good_once(place: &Place) {
    let ada = ada(place).await;
    let link = by_link(place, ada).await;
    let passkey = with_passkey(place, &link).await;
    let beside = place.another().await;
    let options = place.server().begin_passkey_sign_in().await.unwrap();
    assert_eq!(options["allowCredentials"], serde_json::json!([]), "it tells of no account");
    let answer = passkey.answer(&options);
    let secret = let_in(beside.sign_in_with_passkey(&answer, &here()).await.unwrap());
    let found = session(place, &secret).await;
    assert_eq!((found.person(), found.how, found.is_strong), (Some(ada), How::Passkey, true));
    let again = place.server().sign_in_with_passkey(&answer, &here()).await.unwrap();
    assert!(matches!(again, Outcome::No), "replayed");
    let other_answer = passkey.answer(&options);
    let again = place.server().sign_in_with_passkey(&other_answer, &here()).await.unwrap();
    assert!(matches!(again, Outcome::No), "the challenge was answered");
    let late = place.server().begin_passkey_sign_in().await.unwrap();
    place.clock.pass(5 * MINUTE);
    let late = place.server().sign_in_with_passkey(&passkey.answer(&late), &here()).await.unwrap();
    assert!(matches!(late, Outcome::No), "too late");
    let used = place.server().credentials_of(ada).await.unwrap().passkeys.remove(0);
    assert!(used.last_used.is_some() && used.name == "My phone");
}

pub(crate) async fn wrong_passwords_of_others_never_delay_a_passkey(place: &Place) {
    let link = with_password(place, ada(place).await).await;
    let passkey = with_passkey(place, &link).await;
    for _ in 0..40 {
        sign_in(&place.server(), ADA, "wrong").await;
    }
    let options = place.server().begin_passkey_sign_in().await.unwrap();
    let_in(place.server().sign_in_with_passkey(&passkey.answer(&options), &here()).await.unwrap());
}

pub(crate) async fn a_passkey_whose_counter_goes_back_is_refused_and_noted(place: &Place) {
    let ada = ada(place).await;
    let passkey = with_passkey(place, &by_link(place, ada).await).await;
    let options = place.server().begin_passkey_sign_in().await.unwrap();
    let_in(place.server().sign_in_with_passkey(&passkey.answer(&options), &here()).await.unwrap());
    passkey.counter.store(1, Ordering::SeqCst);
    let options = place.server().begin_passkey_sign_in().await.unwrap();
    let refused = place.server().sign_in_with_passkey(&passkey.answer(&options), &here()).await.unwrap();
    assert!(matches!(refused, Outcome::No));
    assert!(history(place, ada).await.contains(&Happening::PasskeyCounterWentBack));
}

pub(crate) async fn a_passkey_is_added_once_by_the_session_that_began_and_removed(place: &Place) {
    let ada = ada(place).await;
    let link = by_link(place, ada).await;
    let one = session(place, &link).await;
    let options = place.server().begin_passkey(&one).await.unwrap();
    let (_, answer) = Authenticator::make(&options);
    let name = "Key".try_into().unwrap();
    let other = session(place, &by_link(place, ada).await).await;
    let elsewhere = why(place.server().add_passkey(&other, &name, &answer, &here()).await);
    assert_eq!(elsewhere, CredentialRefusal::Over);
    let id = place.server().add_passkey(&one, &name, &answer, &here()).await.unwrap();
    assert_eq!(why(place.server().add_passkey(&one, &name, &answer, &here()).await), CredentialRefusal::Over);
    let excluded = place.server().begin_passkey(&one).await.unwrap();
    assert_eq!(excluded["excludeCredentials"][0]["id"], id.as_str());
    place.server().rename_passkey(&one, &id, &"Blue key".try_into().unwrap()).await.unwrap();
    assert_eq!(place.server().credentials_of(ada).await.unwrap().passkeys[0].name, "Blue key");
    let holder = session(place, &by_link(place, whose(place, HOLDER).await).await).await;
    assert_eq!(why(place.server().remove_passkey(&holder, &id, &here()).await), CredentialRefusal::NoSuch);
    place.server().remove_passkey(&one, &id, &here()).await.unwrap();
    assert!(place.server().credentials_of(ada).await.unwrap().are_none());
}
