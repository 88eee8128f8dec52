//! Passwords: what they open, and how long whoever guesses must wait.

use super::Place;
use super::place::{HOUR, MINUTE};
use super::proving::{
    ADA, HOLDER, PASSWORD, ada, by_code, by_link, here, history, let_in, second_factor, session, sign_in,
    whose, why, with_app, with_passkey, with_password,
};
use crate::authenticator::code_of;
use counterfoil_authority::credentials::{CredentialRefusal, WeakPassword};
use counterfoil_authority::sign_in::{FailedBy, Happening, How, Outcome};
use counterfoil_authority::store::tables::attempts;
use std::time::Duration;

pub(crate) async fn a_password_lets_its_person_in_on_every_server(place: &Place) {
    let ada = ada(place).await;
    assert!(matches!(sign_in(&place.server(), ADA, PASSWORD).await, Outcome::No), "there is none yet");
    with_password(place, ada).await;
    let beside = place.another().await;
    let secret = let_in(sign_in(&beside, " ADA@Example.com", PASSWORD).await);
    let found = session(place, &secret).await;
    assert_eq!(
        (found.person(), found.how, found.is_strong, found.must_enrol),
        (Some(ada), How::Password, false, false)
    );
    for (email, password) in
        [(ADA, "six wild geese over Nice"), ("eve@example.com", PASSWORD), ("eve", PASSWORD)]
    {
        assert!(matches!(sign_in(&beside, email, password).await, Outcome::No), "{email}");
    }
    let failed = Happening::Failed(FailedBy::Password);
    let signed_in = Happening::SignedIn(How::Password);
    place.clock.pass(MINUTE);
    let seen = history(place, ada).await;
    assert_eq!(seen.iter().filter(|what| **what == failed).count(), 2);
    assert!(seen.contains(&signed_in) && seen.contains(&Happening::PasswordSet), "{seen:?}");
    assert_eq!(place.server().unknown_sign_ins().await.unwrap()[0].1, 2, "counted, and no more is kept");
}

pub(crate) async fn a_password_that_would_be_guessed_is_refused(place: &Place) {
    let secret = by_link(place, ada(place).await).await;
    let session = session(place, &secret).await;
    for (typed, weak) in [
        ("short", WeakPassword::Short),
        ("Password1234!", WeakPassword::Common),
        ("AdaLovelace1852", WeakPassword::Personal),
        ("adalocalhost18", WeakPassword::Personal),
    ] {
        let refused = why(place.server().set_password(&session, typed, &here()).await);
        assert_eq!(refused, CredentialRefusal::Weak(weak), "{typed}");
    }
}

pub(crate) async fn wrong_passwords_make_wait_and_lock_nobody_out(place: &Place) {
    with_password(place, ada(place).await).await;
    for _ in 0..5 {
        assert!(matches!(sign_in(&place.server(), ADA, "wrong").await, Outcome::No));
    }
    let Outcome::Wait(pause) = sign_in(&place.server(), ADA, PASSWORD).await else { panic!("looked at") };
    assert_eq!(pause, Duration::from_secs(1));
    place.clock.pass(pause);
    let_in(sign_in(&place.server(), ADA, PASSWORD).await);
}

pub(crate) async fn what_went_wrong_on_one_server_counts_on_all_and_outlives_a_restart(place: &Place) {
    with_password(place, ada(place).await).await;
    let (here, there) = (place.server(), place.another().await);
    for server in [&here, &there, &here, &there, &here] {
        assert!(matches!(sign_in(server, ADA, "wrong").await, Outcome::No));
    }
    let fresh = place.another().await;
    for server in [&here, &there, &fresh] {
        let Outcome::Wait(pause) = sign_in(server, ADA, PASSWORD).await else { panic!("looked at") };
        assert_eq!(pause, Duration::from_secs(1));
    }
    place.clock.pass(Duration::from_secs(1));
    let_in(sign_in(&fresh, ADA, PASSWORD).await);
    assert!(matches!(sign_in(&there, ADA, "wrong").await, Outcome::No), "forgotten everywhere");
    place.server().tick(place.clock.now()).await.unwrap();
    assert!(attempts_kept(place).await > 0);
    place.clock.pass(HOUR * 24 * 31);
    place.server().tick(place.clock.now()).await.unwrap();
    assert_eq!(attempts_kept(place).await, 0);
}

async fn attempts_kept(place: &Place) -> usize {
    place.server().ledger().store().read(attempts::every()).await.unwrap().len()
}

pub(crate) async fn whoever_administers_must_enrol_and_needs_the_second_factor_from_then_on(place: &Place) {
    let holder = whose(place, HOLDER).await;
    with_password(place, holder).await;
    let Outcome::MustEnrol(weak) = sign_in(&place.server(), HOLDER, PASSWORD).await else { panic!("let in") };
    assert!(session(place, &weak).await.must_enrol);
    let (app, _) = with_app(place, &weak).await;
    let strong = session(place, &weak).await;
    assert!(!strong.must_enrol && strong.is_strong);
    let pending = second_factor(place, HOLDER).await;
    assert!(matches!(by_code(&place.server(), &pending, "000000").await, Outcome::No));
    place.clock.pass(MINUTE);
    let code = code_of(&app, place.clock.now());
    let secret = let_in(by_code(&*place.another().await, &pending, &code).await);
    assert_eq!(session(place, &secret).await.how, How::PasswordAndCode);
    assert!(
        matches!(by_code(&place.server(), &pending, &code).await, Outcome::No),
        "the first step is used up"
    );
}

pub(crate) async fn a_password_alone_enrols_nothing_beside_a_passkey(place: &Place) {
    let holder = whose(place, HOLDER).await;
    let link = with_password(place, holder).await;
    with_passkey(place, &link).await;
    second_factor(place, HOLDER).await;
    let weak = place.server().open_session_for(holder, How::Password, &here()).await.unwrap();
    let weak = session(place, &weak).await;
    assert!(weak.must_enrol && weak.is_fresh(place.clock.now()));
    assert_eq!(why(place.server().begin_passkey(&weak).await), CredentialRefusal::NotFresh);
    assert_eq!(
        why(place.server().set_password(&weak, "eleven grey owls in Bern", &here()).await),
        CredentialRefusal::NotFresh
    );
}
