//! Credentials as a whole: identities elsewhere, the history, backups.

use super::Place;
use super::place::{DAY, HOUR, MINUTE, address};
use super::proving::{
    ADA, HOLDER, PASSWORD, ada, by_code, by_link, here, history, let_in, session, sign_in, whose, why,
    with_app, with_passkey, with_password,
};
use crate::authenticator::code_of;
use counterfoil_authority::Authority;
use counterfoil_authority::credentials::CredentialRefusal;
use counterfoil_authority::people::Whom;
use counterfoil_authority::restore::restore;
use counterfoil_authority::sign_in::{HistoryOf, Outcome, Session};

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
