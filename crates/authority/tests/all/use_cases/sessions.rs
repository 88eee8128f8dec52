//! Sessions: how long they are fresh, and what ends them.

use super::Place;
use super::place::{HOUR, MINUTE, invite_on};
use super::proving::{
    ADA, HOLDER, PASSWORD, ada, by_link, here, history, session, whose, why, with_app, with_passkey,
    with_password,
};
use crate::authenticator::code_of;
use counterfoil_authority::credentials::CredentialRefusal;
use counterfoil_authority::secret::Secret;
use counterfoil_authority::sign_in::{Happening, How, StepUp};
use counterfoil_core::event::Actor;

pub(crate) async fn a_session_is_fresh_for_a_while_and_again_after_a_step_up(place: &Place) {
    let link = with_password(place, ada(place).await).await;
    let passkey = with_passkey(place, &link).await;
    place.clock.pass(15 * MINUTE);
    let stale = session(place, &link).await;
    assert!(!stale.is_fresh(place.clock.now()));
    assert_eq!(why(place.server().begin_passkey(&stale).await), CredentialRefusal::NotFresh);
    let step_up = async |password: &str| {
        place.server().step_up_with_password(link.expose(), password, None, &here()).await.unwrap()
    };
    assert!(matches!(step_up("wrong").await, StepUp::No));
    let StepUp::Fresh(secret) = step_up(PASSWORD).await else { panic!("not stepped up") };
    assert!(place.server().session(link.expose()).await.unwrap().is_none(), "the old secret is over");
    let fresh = session(place, &secret).await;
    assert!(fresh.is_fresh(place.clock.now()) && fresh.id == stale.id);
    place.clock.pass(15 * MINUTE);
    let options = place.server().begin_step_up(&fresh).await.unwrap();
    let answer = passkey.answer(&options);
    let by_passkey = place.another().await.step_up_with_passkey(secret.expose(), &answer, &here()).await;
    let StepUp::Fresh(secret) = by_passkey.unwrap() else { panic!("not stepped up") };
    assert!(session(place, &secret).await.is_fresh(place.clock.now()));
    let seen = history(place, whose(place, ADA).await).await;
    assert!(
        seen.contains(&Happening::SteppedUp(How::Passkey))
            && seen.contains(&Happening::SteppedUp(How::Password))
    );
}

pub(crate) async fn a_step_up_asks_for_the_code_where_one_is_enrolled(place: &Place) {
    let link = with_password(place, ada(place).await).await;
    let (app, codes) = with_app(place, &link).await;
    place.clock.pass(MINUTE);
    let step_up = async |link: &Secret, code: Option<&str>| {
        place.server().step_up_with_password(link.expose(), PASSWORD, code, &here()).await.unwrap()
    };
    assert!(matches!(step_up(&link, None).await, StepUp::NeedsCode));
    assert!(matches!(step_up(&link, Some("000000")).await, StepUp::No));
    let StepUp::Fresh(link) = step_up(&link, Some(&code_of(&app, place.clock.now()))).await else {
        panic!("not stepped up")
    };
    assert!(matches!(step_up(&link, codes.expose().next()).await, StepUp::Fresh(_)));
}

pub(crate) async fn a_change_of_credentials_ends_the_other_sessions(place: &Place) {
    let ada = ada(place).await;
    let (one, other) = (by_link(place, ada).await, by_link(place, ada).await);
    let holders = by_link(place, whose(place, HOLDER).await).await;
    place.server().set_password(&session(place, &one).await, PASSWORD, &here()).await.unwrap();
    assert!(place.server().session(other.expose()).await.unwrap().is_none());
    session(place, &holders).await;
    let present = session(place, &one).await;
    let beside = by_link(place, ada).await;
    let listed = place.server().sessions_beside(&present).await.unwrap();
    assert_eq!((listed.len(), listed[0].address.as_str()), (2, "192.0.2.0/24"));
    let theirs = session(place, &holders).await.id;
    assert_eq!(why(place.server().end_session_beside(&present, theirs).await), CredentialRefusal::NoSuch);
    let id = session(place, &beside).await.id;
    place.server().end_session_beside(&present, id).await.unwrap();
    assert!(place.server().session(beside.expose()).await.unwrap().is_none());
    by_link(place, ada).await;
    place.server().end_other_sessions(&present, &here()).await.unwrap();
    assert_eq!(place.server().sessions_beside(&present).await.unwrap().len(), 1);
}

pub(crate) async fn whoever_leaves_the_last_team_is_signed_out(place: &Place) {
    let member = place.joined(ADA, "DEVELOPER").await;
    let link = by_link(place, whose(place, ADA).await).await;
    let (second, _) = place.another_team("boss@example.com").await;
    let invited = invite_on(&place.server(), second, Actor::Operator, ADA, "SALES").await.unwrap();
    let there = place.server().join(second, Actor::Operator, invited).await.unwrap().value;
    place.server().remove_member(place.id(), &place.asks(), member).await.unwrap();
    session(place, &link).await;
    let operator = counterfoil_authority::Request::by(Actor::Operator);
    place.server().remove_member(second, &operator, there).await.unwrap();
    assert!(place.server().session(link.expose()).await.unwrap().is_none());
}

pub(crate) async fn the_first_credential_needs_no_confirmation_and_the_second_does(place: &Place) {
    let link = by_link(place, ada(place).await).await;
    place.clock.pass(HOUR);
    let stale = session(place, &link).await;
    assert_eq!(why(place.server().begin_authenticator(&stale).await), CredentialRefusal::NoPassword);
    place.server().set_password(&stale, PASSWORD, &here()).await.unwrap();
    let again = why(place.server().set_password(&stale, "eleven grey owls in Bern", &here()).await);
    assert_eq!(again, CredentialRefusal::NotFresh);
}
