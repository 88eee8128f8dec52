//! What people are told of by mail without having asked: sign-ins with other browsers, and revocations.

use super::Place;
use super::place::{HOUR, MINUTE, address, team_key};
use counterfoil_authority::keys::NewKeyRequest;
use counterfoil_authority::outbox::{Content, Says};
use counterfoil_authority::people::Whom;
use counterfoil_authority::sign_in::{How, SeenFrom};
use counterfoil_authority::{Authority, Request, Settings, SiteSettings};
use counterfoil_core::event::{Actor, RevocationReason};
use counterfoil_core::id::{KeyId, MemberId, PersonId};
use std::sync::Arc;

const BROWSER: &str = "A browser";

fn from(marks: &str) -> SeenFrom {
    let (kept_address, agent) = ("192.0.2.0/24".to_owned(), BROWSER.to_owned());
    SeenFrom { address: None, kept_address, agent, marks: marks.to_owned() }
}

async fn sign_in(server: &Authority, person: PersonId, marks: &str) {
    server.open_session_for(person, How::Passkey, &from(marks)).await.unwrap();
}

/// Whatever is to be sent now.
async fn mails(server: &Authority) -> Vec<Content> {
    let mut contents = Vec::new();
    while let Some(taken) = server.take_mail().await.unwrap() {
        contents.extend(server.content_of(&taken).await.unwrap());
        server.mail_was_sent(&taken).await.unwrap();
    }
    contents
}

async fn holder(place: &Place) -> PersonId {
    place.server().person_by_email(&address("holder@example.com")).await.unwrap().unwrap().id
}

/// Another server on the same database, whose site is another.
async fn server_with(place: &Place, change: impl FnOnce(&mut SiteSettings)) -> Arc<Authority> {
    let mut settings: Settings = place.house.settings.clone();
    change(&mut settings.site);
    let server = Authority::start(settings).await.unwrap();
    server.sends_mail_from_now();
    server
}

pub(crate) async fn a_sign_in_with_another_browser_is_told_and_the_first_one_is_not(place: &Place) {
    let (server, person) = (place.server(), holder(place).await);
    server.sends_mail_from_now();
    sign_in(&server, person, "").await;
    assert!(mails(&server).await.is_empty(), "the first time");

    place.clock.pass(MINUTE);
    let marks = server.marks_of_browser(person, "");
    sign_in(&*place.another().await, person, &marks).await;
    sign_in(&server, person, &marks).await;
    assert!(mails(&server).await.is_empty(), "a browser that is known, on whichever server");

    let eve = place.another_team("eve@example.com").await;
    let eve = server.person_of(eve.0, eve.1).await.unwrap().unwrap().person;
    place.clock.pass(MINUTE);
    for shown in ["", "nonsense.mark", &server.marks_of_browser(eve, "")] {
        sign_in(&server, person, shown).await;
        let told = mails(&server).await;
        assert_eq!(told.len(), 1, "{shown}");
        assert_eq!(told[0].to.as_str(), "holder@example.com");
        let Says::SignedInAnew { how, at, address, agent } = &told[0].says else { panic!("{told:?}") };
        let expected = (How::Passkey, place.clock.now(), "192.0.2.0/24", BROWSER);
        assert_eq!((*how, *at, address.as_str(), agent.as_str()), expected);
    }
}

pub(crate) async fn a_browser_is_known_for_some_people_and_keeps_nothing_else(place: &Place) {
    let server = place.server();
    let people = [1, 2, 3].map(|number| PersonId::from_random([number; 16]));
    let mut marks = "a cookie; of=another.kind".to_owned();
    for person in people {
        marks = server.marks_of_browser(person, &marks);
    }
    assert_eq!(marks.split('.').count(), 3, "{marks}");
    assert!(marks.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)), "{marks}");
    assert_eq!(server.marks_of_browser(people[2], &marks), marks);
    assert!(server.marks_of_browser(people[0], &marks).ends_with(&marks[..marks.len() - 25]), "{marks}");
    for number in 0..200 {
        marks = server.marks_of_browser(PersonId::from_random([number; 16]), &marks);
    }
    assert!(marks.len() < 250, "{marks}");
}

pub(crate) async fn whoever_was_erased_or_wants_no_notices_gets_none(place: &Place) {
    let person = holder(place).await;
    let quiet = server_with(place, |site| {
        site.tells_of_sign_ins = false;
        site.tells_of_revocations = false;
    })
    .await;
    sign_in(&quiet, person, "").await;
    place.clock.pass(HOUR);
    sign_in(&quiet, person, "").await;
    let key = place.key().await;
    quiet.follow_once().await.unwrap();
    quiet.burn(place.id(), key).await.unwrap();
    assert!(mails(&quiet).await.is_empty());

    place.server().sends_mail_from_now();
    let member = place.joined("eve@example.com", "DEVELOPER").await;
    let eve = place.server().person_of(place.id(), member).await.unwrap().unwrap().person;
    mails(&place.server()).await;
    sign_in(&place.server(), eve, "").await;
    place.clock.pass(MINUTE);
    sign_in(&place.server(), eve, "").await;
    place.server().erase_person(&Whom::Person(eve)).await.unwrap();
    assert!(mails(&place.server()).await.is_empty());
}

async fn revoke(place: &Place, by: Actor, keys: &[KeyId]) {
    let reason = RevocationReason::NoLongerUsed;
    place.server().revoke(place.id(), &Request::by(by), keys.to_vec(), reason, None).await.unwrap();
}

async fn made_by(place: &Place, member: MemberId) -> KeyId {
    let new: NewKeyRequest = team_key("key", "SALES");
    place.server().generate(place.id(), &Request::by(Actor::User(member)), &new).await.unwrap().value
}

/// To whom it goes, of which keys, and whether they leaked.
fn told(content: &Content) -> (&str, Vec<KeyId>, bool) {
    let Says::KeysRevoked { keys, leaked, .. } = &content.says else { panic!("{content:?}") };
    (content.to.as_str(), keys.clone(), *leaked)
}

pub(crate) async fn whoever_has_to_do_with_a_key_is_told_once_that_another_revoked_it(place: &Place) {
    let server = place.server();
    let ada = place.joined("ada@example.com", "ADMIN").await;
    let mut keys = [made_by(place, ada).await, made_by(place, ada).await];
    keys.sort_unstable();
    let owners = place.key().await;
    server.sends_mail_from_now();

    revoke(place, Actor::User(ada), &[made_by(place, ada).await]).await;
    assert!(mails(&server).await.is_empty(), "who does it knows of it");

    revoke(place, place.owner(), &[keys[0], keys[1], owners]).await;
    let told_of = mails(&server).await;
    assert_eq!(told_of.iter().map(told).collect::<Vec<_>>(), [("ada@example.com", keys.to_vec(), false)]);

    let own = place.individual_key(ada).await;
    server.burn(place.id(), own).await.unwrap();
    let leaked = mails(&server).await;
    let mut whom: Vec<_> = leaked.iter().map(told).collect();
    whom.sort();
    let expected = ["ada@example.com", "holder@example.com"].map(|email| (email, vec![own], true));
    assert_eq!(whom, expected, "the owner too, since somebody else has the half");
}
