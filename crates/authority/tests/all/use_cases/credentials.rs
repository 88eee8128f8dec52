//! Passwords, codes, recovery codes, passkeys and identities; what they open, and for how long.

use super::Place;
use super::place::{DAY, HOUR, MINUTE, address, invite_on, together};
use crate::authenticator::{Authenticator, code_of};
use counterfoil_authority::Authority;
use counterfoil_authority::credentials::{
    CredentialFailure, CredentialRefusal, NewAuthenticator, RecoveryCodes, WeakPassword,
};
use counterfoil_authority::people::Whom;
use counterfoil_authority::restore::restore;
use counterfoil_authority::secret::Secret;
use counterfoil_authority::sign_in::{
    FailedBy, Happening, HistoryOf, How, Outcome, SeenFrom, Session, StepUp,
};
use counterfoil_authority::store::tables::attempts;
use counterfoil_core::event::Actor;
use counterfoil_core::id::PersonId;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

const PASSWORD: &str = "six wild geese over Lyon";
const ADA: &str = "ada@example.com";
const HOLDER: &str = "holder@example.com";

fn here() -> SeenFrom {
    SeenFrom {
        address: Some("192.0.2.7".parse().unwrap()),
        kept_address: "192.0.2.0/24".into(),
        agent: "A browser".into(),
        ..SeenFrom::default()
    }
}

/// A developer, who may do nothing delicate.
async fn ada(place: &Place) -> PersonId {
    place.joined(ADA, "DEVELOPER").await;
    whose(place, ADA).await
}

async fn whose(place: &Place, email: &str) -> PersonId {
    place.server().person_by_email(&address(email)).await.unwrap().unwrap().id
}

/// A session by a link of the operator's.
async fn by_link(place: &Place, person: PersonId) -> Secret {
    place.server().open_session_for(person, How::Link, &here()).await.unwrap()
}

async fn session(place: &Place, secret: &Secret) -> Session {
    place.server().session(secret.expose()).await.unwrap().unwrap()
}

async fn with_password(place: &Place, person: PersonId) -> Secret {
    let secret = by_link(place, person).await;
    place.server().set_password(&session(place, &secret).await, PASSWORD, &here()).await.unwrap();
    secret
}

/// The letters of the app's secret, and its recovery codes.
async fn with_app(place: &Place, secret: &Secret) -> (String, RecoveryCodes) {
    let session = session(place, secret).await;
    let new: NewAuthenticator = place.server().begin_authenticator(&session).await.unwrap();
    let code = code_of(new.secret(), place.clock.now());
    let codes = place.server().confirm_authenticator(&session, new.handle(), &code, &here()).await.unwrap();
    (new.secret().to_owned(), codes)
}

async fn with_passkey(place: &Place, secret: &Secret) -> Authenticator {
    let session = session(place, secret).await;
    let options = place.server().begin_passkey(&session).await.unwrap();
    let (authenticator, answer) = Authenticator::make(&options);
    let name = "My phone".try_into().unwrap();
    place.server().add_passkey(&session, &name, &answer, &here()).await.unwrap();
    authenticator
}

async fn sign_in(server: &Authority, email: &str, password: &str) -> Outcome {
    server.sign_in_with_password(email, password, &here()).await.unwrap()
}

async fn second_factor(place: &Place, email: &str) -> Secret {
    match sign_in(&place.server(), email, PASSWORD).await {
        Outcome::NeedsSecondFactor(pending) => pending,
        other => panic!("no second factor is asked for: {other:?}"),
    }
}

async fn by_code(server: &Authority, pending: &Secret, code: &str) -> Outcome {
    server.sign_in_with_code(pending.expose(), code, &here()).await.unwrap()
}

fn let_in(outcome: Outcome) -> Secret {
    match outcome {
        Outcome::In(secret) => secret,
        other => panic!("not let in: {other:?}"),
    }
}

fn why<T: std::fmt::Debug>(outcome: Result<T, CredentialFailure>) -> CredentialRefusal {
    match outcome {
        Err(CredentialFailure::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

async fn history(place: &Place, person: PersonId) -> Vec<Happening> {
    let page = place.server().sign_in_history(HistoryOf::Person(person), None, 100).await.unwrap();
    page.entries.into_iter().map(|entry| entry.what).collect()
}

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

pub(crate) async fn an_identity_elsewhere_belongs_to_one_person(place: &Place) {
    let (ada, holder) = (ada(place).await, whose(place, HOLDER).await);
    let (one, other) = (by_link(place, ada).await, by_link(place, holder).await);
    let (one, other) = (session(place, &one).await, session(place, &other).await);
    let issuer = "https://login.example.com";
    let link = async |session: &Session, subject: &str| {
        place.server().link_identity(session, issuer, subject, "ada@work.example", &here()).await
    };
    link(&one, "1").await.unwrap();
    link(&one, "1").await.unwrap();
    assert_eq!(why(link(&other, "1").await), CredentialRefusal::TakenIdentity);
    let found = place.another().await.person_by_identity(issuer, "1").await.unwrap();
    assert_eq!(found, Some(ada));
    assert_eq!(place.server().person_by_identity(issuer, "2").await.unwrap(), None);
    for subject in 2..=20 {
        link(&one, &subject.to_string()).await.unwrap();
    }
    assert_eq!(why(link(&one, "21").await), CredentialRefusal::TooMany(20));
    let unlinked = place.server().unlink_identity(&other, issuer, "1", &here()).await;
    assert_eq!(why(unlinked), CredentialRefusal::NoSuch);
    place.server().unlink_identity(&one, issuer, "1", &here()).await.unwrap();
    assert_eq!(place.server().person_by_identity(issuer, "1").await.unwrap(), None);
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

pub(crate) async fn sign_ins_are_read_page_by_page_by_person_team_and_operator(place: &Place) {
    let (ada, holder) = (ada(place).await, whose(place, HOLDER).await);
    let (_, stranger) = place.another_team("boss@example.com").await;
    let boss = place.server().person_by_email(&address("boss@example.com")).await.unwrap().unwrap().id;
    for person in [ada, holder, boss, ada, ada] {
        by_link(place, person).await;
        place.clock.pass(MINUTE);
    }
    let _ = stranger;
    let read = async |of, before: Option<_>, most| {
        place.server().sign_in_history(of, before.as_ref(), most).await.unwrap()
    };
    let first = read(HistoryOf::Person(ada), None, 2).await;
    assert_eq!(first.entries.len(), 2);
    assert!(first.entries[0].at > first.entries[1].at);
    let mark = first.next.unwrap().to_string();
    let rest = read(HistoryOf::Person(ada), Some(mark.as_str().try_into().unwrap()), 2).await;
    assert_eq!((rest.entries.len(), rest.next), (1, None));
    assert_eq!(read(HistoryOf::Team(place.id()), None, 10).await.entries.len(), 4);
    assert_eq!(read(HistoryOf::Everyone, None, 10).await.entries.len(), 5);
    place.clock.pass(366 * DAY);
    place.server().tick(place.clock.now()).await.unwrap();
    assert!(read(HistoryOf::Everyone, None, 10).await.entries.is_empty());
}

pub(crate) async fn credentials_come_back_with_a_backup_and_go_with_the_person(place: &Place) {
    let ada = ada(place).await;
    let link = with_password(place, ada).await;
    let (app, codes) = with_app(place, &link).await;
    let passkey = with_passkey(place, &link).await;
    place.server().add_operator(ada).await.unwrap();
    let copy = place.house.folder().join("copy");
    place.back_up(&copy).await;
    let folder = tempfile::tempdir().unwrap();
    let settings = place.elsewhere(folder.path());
    place.clock.pass(HOUR);
    restore(&settings, &copy, false, &mut |_| {}).await.unwrap();
    let there = Authority::start(settings).await.unwrap();
    assert!(there.session(link.expose()).await.unwrap().is_none());
    assert!(there.is_operator(ada).await.unwrap());
    let options = there.begin_passkey_sign_in().await.unwrap();
    let_in(there.sign_in_with_passkey(&passkey.answer(&options), &here()).await.unwrap());
    let Outcome::NeedsSecondFactor(pending) = sign_in(&there, ADA, PASSWORD).await else { panic!("no code") };
    let code = code_of(&app, place.clock.now());
    assert!(matches!(by_code(&there, &pending, &code).await, Outcome::No), "another seal key");
    assert!(matches!(by_code(&there, &pending, codes.expose().next().unwrap()).await, Outcome::No), "used?");
    assert_eq!(there.credentials_of(ada).await.unwrap().recovery_codes_left, 0);
    place.server().erase_person(&Whom::Person(ada)).await.unwrap();
    assert!(place.server().credentials_of(ada).await.unwrap().are_none());
    assert!(history(place, ada).await.is_empty());
    assert!(!place.server().is_operator(ada).await.unwrap());
    let options = place.server().begin_passkey_sign_in().await.unwrap();
    let gone = place.server().sign_in_with_passkey(&passkey.answer(&options), &here()).await.unwrap();
    assert!(matches!(gone, Outcome::No));
}
