//! Mail that waits, and sign-ons by other providers that come back.

use super::Place;
use super::place::{DAY, HOUR, MINUTE, address, together};
use counterfoil_authority::Failure;
use counterfoil_authority::outbox::{Crowded, LEASE, Mail, MailState, Says, Setback, Taken};
use counterfoil_authority::people::Whom;
use counterfoil_authority::sign_in::Purpose;
use counterfoil_authority::store::tables::outbox;
use counterfoil_authority::store::{Row, Value};
use counterfoil_core::id::PersonId;
use std::time::Duration;

async fn holder(place: &Place) -> PersonId {
    place.server().person_by_email(&address("holder@example.com")).await.unwrap().unwrap().id
}

/// A link to sign in, on its way to the Account Holder.
async fn posted(place: &Place) -> Mail {
    let person = holder(place).await;
    place.server().sends_mail_from_now();
    place.server().mail_sign_in_link(person).await.unwrap();
    Mail::SignInLink(person)
}

async fn taken(place: &Place) -> Taken {
    place.server().take_mail().await.unwrap().unwrap()
}

async fn state(place: &Place, mail: Mail) -> Option<MailState> {
    place.another().await.mail_state(mail).await.unwrap()
}

fn for_now(reason: &str) -> Setback {
    Setback::ForNow(reason.to_owned())
}

pub(crate) async fn without_a_mail_server_nothing_is_put_into_the_outbox(place: &Place) {
    let person = holder(place).await;
    place.server().mail_sign_in_link(person).await.unwrap();
    assert!(!place.server().sends_mail());
    assert_eq!(place.server().mails_waiting().await.unwrap(), 0);
    assert_eq!(state(place, Mail::SignInLink(person)).await, None);
}

pub(crate) async fn a_mail_is_one_servers_until_its_time_is_over(place: &Place) {
    let mail = posted(place).await;
    let servers = [place.server(), place.another().await];
    let all = together(16, &servers, |server| async move { server.take_mail().await.unwrap() }).await;
    let first: Vec<_> = all.into_iter().flatten().collect();
    assert_eq!(first.len(), 1);
    assert_eq!(state(place, mail).await, Some(MailState::Waiting));

    place.clock.pass(LEASE);
    let second = taken(place).await;
    assert_eq!(second.name(), first[0].name(), "whoever gets it twice can tell");
    place.server().mail_was_not_sent(&first[0], for_now("too slow")).await.unwrap();
    place.server().mail_was_sent(&first[0]).await.unwrap();
    assert_eq!(state(place, mail).await, Some(MailState::Waiting), "who was too slow changes nothing");
    place.server().mail_was_sent(&second).await.unwrap();
    assert_eq!(state(place, mail).await, Some(MailState::Sent { at: place.clock.now() }));
    place.clock.pass(DAY);
    assert_eq!(place.server().take_mail().await.unwrap(), None);
}

pub(crate) async fn what_could_not_be_sent_is_tried_again_after_growing_pauses_for_a_day(place: &Place) {
    let (mail, begun) = (posted(place).await, place.clock.now());
    let mut tries = 0;
    loop {
        let now = place.clock.now();
        tries += 1;
        match place.server().mail_was_not_sent(&taken(place).await, for_now("not now")).await.unwrap() {
            MailState::NotYet { again_at, reason } => {
                assert_eq!(reason, "not now");
                assert_eq!(state(place, mail).await, Some(MailState::NotYet { again_at, reason }));
                assert_eq!(place.server().take_mail().await.unwrap(), None, "not before its time");
                place.clock.pass(again_at.since(now));
            }
            MailState::GivenUp { reason, at } => {
                assert_eq!(state(place, mail).await, Some(MailState::GivenUp { reason, at }));
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    let took = place.clock.now().since(begun);
    assert!((22 * HOUR..=24 * HOUR).contains(&took) && (15..30).contains(&tries), "{took:?} {tries}");
    place.clock.pass(DAY);
    assert_eq!(place.server().take_mail().await.unwrap(), None);
}

pub(crate) async fn what_is_refused_for_good_is_given_up_at_once(place: &Place) {
    let mail = posted(place).await;
    let refused = Setback::ForGood("nobody is called so".into());
    place.server().mail_was_not_sent(&taken(place).await, refused).await.unwrap();
    let expected = MailState::GivenUp { reason: "nobody is called so".into(), at: place.clock.now() };
    assert_eq!(state(place, mail).await, Some(expected));
}

pub(crate) async fn neither_an_address_nor_a_link_waits_in_the_database(place: &Place) {
    let mail = posted(place).await;
    let Mail::SignInLink(person) = mail else { unreachable!() };
    let server = place.server();
    let statement = outbox::last_about("SIGN_IN_LINK", &person.to_string());
    let rows = server.ledger().store().read(statement).await.unwrap();
    let text: String = rows.into_iter().flat_map(Row::into_values).map(|value| shown(&value)).collect();
    assert!(text.contains(&person.to_string()) && !text.contains('@'), "{text}");

    let content = server.content_of(&taken(place).await).await.unwrap().unwrap();
    let Says::SignIn { link, expires } = content.says else { panic!() };
    assert_eq!((content.to.as_str(), expires), ("holder@example.com", place.clock.now().plus(HOUR)));
    let looked = server.look_at_link(link.expose()).await.unwrap().unwrap();
    assert_eq!((looked.purpose, looked.expires), (Purpose::SignIn(person), expires));
    assert!(!text.contains(link.expose()));
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Integer(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        // What is random is no text, whatever letters it holds.
        Value::Bytes(bytes) => String::from_utf8(bytes.clone()).unwrap_or_default(),
    }
}

pub(crate) async fn an_address_is_invited_by_mail_ten_times_an_hour_and_no_more(place: &Place) {
    place.server().sends_mail_from_now();
    for _ in 0..9 {
        let invitation = place.invite("ada@example.com", "DEVELOPER").await.unwrap();
        place.invite("ADA@example.com", "DEVELOPER").await.unwrap_err();
        place.server().cancel_invitation(place.id(), &place.asks(), invitation).await.unwrap();
    }
    let invitation = place.invite("Ada@example.com", "DEVELOPER").await.unwrap();
    place.clock.pass(10 * MINUTE);
    let again = place.server().deliver_invitation(place.id(), place.owner(), invitation).await;
    let Err(Failure::TooManyMails { of, wait }) = again else { panic!("{again:?}") };
    assert_eq!((of, wait), (Crowded::Address, 50 * MINUTE));
    place.invite("bob@example.com", "DEVELOPER").await.unwrap();
    place.clock.pass(50 * MINUTE);
    place.server().deliver_invitation(place.id(), place.owner(), invitation).await.unwrap();
}

pub(crate) async fn links_to_sign_in_go_to_one_person_ten_times_an_hour_and_no_more(place: &Place) {
    for _ in 0..15 {
        posted(place).await;
    }
    assert_eq!(place.server().mails_waiting().await.unwrap(), 10);
    place.clock.pass(HOUR);
    posted(place).await;
    assert_eq!(place.server().mails_waiting().await.unwrap(), 11);
}

pub(crate) async fn whoever_was_erased_gets_no_mail_any_more(place: &Place) {
    place.server().sends_mail_from_now();
    let member = place.joined("eve@example.com", "DEVELOPER").await;
    let eve = place.server().person_of(place.id(), member).await.unwrap().unwrap().person;
    while let Some(other) = place.server().take_mail().await.unwrap() {
        place.server().mail_was_sent(&other).await.unwrap();
    }
    place.server().mail_sign_in_link(eve).await.unwrap();
    let taken = taken(place).await;
    place.server().erase_person(&Whom::Person(eve)).await.unwrap();
    assert!(place.server().content_of(&taken).await.unwrap().is_none());
    assert_eq!(state(place, Mail::SignInLink(eve)).await, None);
}

pub(crate) async fn an_invitation_brings_a_link_of_its_own_that_nobody_else_has_seen(place: &Place) {
    place.server().sends_mail_from_now();
    let invitation = place.invite("ada@example.com", "DEVELOPER").await.unwrap();
    let first = taken(place).await;
    assert_eq!(first.mail(), Mail::Invitation(invitation));
    let content = place.server().content_of(&first).await.unwrap().unwrap();
    let Says::Invited { team, link, .. } = content.says else { panic!() };
    assert_eq!((content.to.as_str(), team.as_str()), ("ada@example.com", "Rivets"));
    let looked = place.server().look_at_link(link.expose()).await.unwrap().unwrap();
    assert_eq!(looked.purpose, Purpose::Join(invitation));
}

pub(crate) async fn what_became_of_old_mail_is_forgotten(place: &Place) {
    let mail = posted(place).await;
    place.server().mail_was_sent(&taken(place).await).await.unwrap();
    place.clock.pass(29 * DAY);
    place.server().tick(place.clock.now()).await.unwrap();
    assert!(state(place, mail).await.is_some());
    place.clock.pass(2 * DAY);
    place.server().tick(place.clock.now()).await.unwrap();
    assert_eq!(state(place, mail).await, None);
}

pub(crate) async fn a_sign_on_comes_back_once_on_whichever_server(place: &Place) {
    let expires = place.clock.now().plus(15 * MINUTE);
    let name = place.server().sign_on_name().unwrap();
    let servers = [place.server(), place.another().await];
    let all = together(16, &servers, move |server| async move {
        server.sign_on_comes_back(&name, expires).await.unwrap()
    })
    .await;
    assert_eq!(all.into_iter().filter(|first| *first).count(), 1);
    place.clock.pass(15 * MINUTE + Duration::from_secs(1));
    place.server().tick(place.clock.now()).await.unwrap();
    assert!(place.server().sign_on_comes_back(&name, expires).await.unwrap(), "what is over is not kept");
}

pub(crate) async fn every_server_knows_what_another_handed_out_at_a_sign_on(place: &Place) {
    let (here, there) = (place.server(), place.another().await);
    assert_eq!(here.sign_on_code("state", b"name"), there.sign_on_code("state", b"name"));
    assert_ne!(here.sign_on_code("state", b"name"), here.sign_on_code("nonce", b"name"));
    assert_ne!(here.sign_on_name().unwrap(), here.sign_on_name().unwrap());
}
