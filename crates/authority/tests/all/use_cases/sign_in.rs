//! Links and sessions.

use super::Place;
use super::place::{DAY, HOUR, MINUTE, address, person, refusal, together};
use counterfoil_authority::sign_in::{FirstTeam, Purpose, SeenFrom, SetUpOutcome, Who};
use counterfoil_core::id::PersonId;
use counterfoil_core::refusal::{Refusal, Thing};

async fn holder(place: &Place) -> PersonId {
    place.server().person_by_email(&address("holder@example.com")).await.unwrap().unwrap().id
}

pub(crate) async fn a_link_lets_in_once(place: &Place) {
    let person = holder(place).await;
    let link = place.server().make_link(Purpose::SignIn(person), HOUR).await.unwrap();
    for _ in 0..2 {
        let seen = place.server().look_at_link(link.expose()).await.unwrap().unwrap();
        assert_eq!((seen.purpose, seen.expires), (Purpose::SignIn(person), place.clock.now().plus(HOUR)));
    }
    let secret = place.server().use_link(link.expose(), &Default::default()).await.unwrap().unwrap();
    let session = place.another().await.session(secret.expose()).await.unwrap().unwrap();
    assert_eq!(session.who, Who::Person(person));
    assert!(place.server().use_link(link.expose(), &Default::default()).await.unwrap().is_none());
    assert_eq!(place.server().look_at_link(link.expose()).await.unwrap(), None);
    assert!(place.server().use_link("made up", &Default::default()).await.unwrap().is_none());
}

pub(crate) async fn of_many_who_use_one_link_one_is_let_in(place: &Place) {
    let link = place.server().make_link(Purpose::Operator, HOUR).await.unwrap();
    let servers = [place.server(), place.another().await];
    let outcomes = together(16, &servers, |server| {
        let link = link.clone();
        async move { server.use_link(link.expose(), &Default::default()).await.unwrap() }
    })
    .await;
    let let_in: Vec<_> = outcomes.into_iter().flatten().collect();
    assert_eq!(let_in.len(), 1);
    let session = place.server().session(let_in[0].expose()).await.unwrap().unwrap();
    assert_eq!(session.who, Who::Operator);
}

pub(crate) async fn a_link_that_has_run_out_lets_nobody_in(place: &Place) {
    let link = place.server().make_link(Purpose::Operator, HOUR).await.unwrap();
    place.clock.pass(HOUR);
    assert_eq!(place.server().look_at_link(link.expose()).await.unwrap(), None);
    assert!(place.server().use_link(link.expose(), &Default::default()).await.unwrap().is_none());
}

pub(crate) async fn a_link_is_for_somebody_who_is_known(place: &Place) {
    let nobody = PersonId::from_random([9; 16]);
    let refused = refusal(place.server().make_link(Purpose::SignIn(nobody), HOUR).await);
    assert_eq!(refused, Refusal::NoSuch(Thing::User, nobody.to_string()));
}

pub(crate) async fn the_set_up_link_is_renewed_until_it_was_used(place: &Place) {
    let first = place.server().set_up_link_renewed().await.unwrap().unwrap();
    let second = place.another().await.set_up_link_renewed().await.unwrap().unwrap();
    assert!(place.server().use_link(second.expose(), &Default::default()).await.unwrap().is_none());
    let said = FirstTeam { person: person("first@example.com"), team: "First".try_into().unwrap() };
    let set_up = async |link: &str| place.server().set_up(link, &said, &SeenFrom::default()).await.unwrap();
    assert!(matches!(set_up(first.expose()).await, SetUpOutcome::Over), "the earlier link is over");
    let SetUpOutcome::Done { opened, session } = set_up(second.expose()).await else { panic!("not set up") };
    let session = place.another().await.session(session.expose()).await.unwrap().unwrap();
    assert_eq!(
        (session.who, session.operates, session.must_enrol),
        (Who::Person(opened.person), true, false)
    );
    assert_eq!(place.server().ledger().team(opened.team).unwrap().owner, opened.member);
    assert_eq!(place.server().operators().await.unwrap()[0].id, opened.person);
    assert!(matches!(set_up(second.expose()).await, SetUpOutcome::Over), "it is good once");
    assert!(place.server().set_up_link_renewed().await.unwrap().is_none());
}

pub(crate) async fn of_many_who_set_up_at_once_one_does(place: &Place) {
    let link = place.server().set_up_link_renewed().await.unwrap().unwrap();
    let servers = [place.server(), place.another().await];
    let outcomes = together(8, &servers, |server| {
        let link = link.clone();
        async move {
            let said = FirstTeam { person: person("first@example.com"), team: "First".try_into().unwrap() };
            server.set_up(link.expose(), &said, &SeenFrom::default()).await.unwrap()
        }
    })
    .await;
    let done = outcomes.iter().filter(|outcome| matches!(outcome, SetUpOutcome::Done { .. })).count();
    assert_eq!(done, 1);
    place.server().follow_once().await.unwrap();
    assert_eq!(place.server().ledger().state().unwrap().teams().count(), 2);
}

pub(crate) async fn a_session_ends_when_it_is_idle_or_old(place: &Place) {
    let open = || async {
        let link = place.server().make_link(Purpose::Operator, HOUR).await.unwrap();
        place.server().use_link(link.expose(), &Default::default()).await.unwrap().unwrap()
    };
    let idle = open().await;
    place.clock.pass(12 * HOUR - MINUTE);
    assert!(place.server().session(idle.expose()).await.unwrap().is_some());
    place.clock.pass(12 * HOUR - MINUTE);
    assert!(place.server().session(idle.expose()).await.unwrap().is_some(), "it was used meanwhile");
    place.clock.pass(12 * HOUR);
    assert!(place.server().session(idle.expose()).await.unwrap().is_none());
    let old = open().await;
    let expires = place.server().session(old.expose()).await.unwrap().unwrap().expires;
    assert_eq!(expires, place.clock.now().plus(7 * DAY));
    for _ in 0..14 {
        assert!(place.server().session(old.expose()).await.unwrap().is_some());
        place.clock.pass(12 * HOUR - MINUTE);
    }
    place.clock.pass(14 * MINUTE);
    assert!(place.server().session(old.expose()).await.unwrap().is_none());
}

pub(crate) async fn sessions_are_ended_one_by_one_and_all(place: &Place) {
    let person = holder(place).await;
    let mut open = Vec::new();
    for _ in 0..3 {
        let link = place.server().make_link(Purpose::SignIn(person), HOUR).await.unwrap();
        open.push(place.server().use_link(link.expose(), &Default::default()).await.unwrap().unwrap());
    }
    let waiting = place.server().make_link(Purpose::SignIn(person), HOUR).await.unwrap();
    place.server().end_session(open[0].expose()).await.unwrap();
    assert!(place.server().session(open[0].expose()).await.unwrap().is_none());
    assert!(place.server().session(open[1].expose()).await.unwrap().is_some());
    place.server().end_all_sessions(person).await.unwrap();
    for session in &open {
        assert!(place.server().session(session.expose()).await.unwrap().is_none());
    }
    assert!(place.server().use_link(waiting.expose(), &Default::default()).await.unwrap().is_none());
}
