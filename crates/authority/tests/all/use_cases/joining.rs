//! Accepting invitations by their links.

use super::Place;
use super::place::{DAY, address, invite_on, refusal, together};
use counterfoil_authority::people::{Delivery, Joiner, Joining};
use counterfoil_authority::secret::Secret;
use counterfoil_authority::sign_in::{How, SeenFrom, Session};
use counterfoil_core::event::Actor;
use counterfoil_core::id::{InvitationId, PersonId};
use counterfoil_core::refusal::{Over, Refusal, Thing};

const ADA: &str = "ada@example.com";

fn new() -> Joiner {
    Joiner::New { first_name: "Ada".try_into().unwrap(), last_name: "King".try_into().unwrap() }
}

/// The link that is shown to the inviter.
async fn shown(place: &Place, invitation: InvitationId) -> Secret {
    match place.server().deliver_invitation(place.id(), place.owner(), invitation).await.unwrap() {
        Delivery::Link(secret) => secret,
        Delivery::Mailed => panic!("it went by mail"),
    }
}

/// The link that went by mail, as the mail says it.
async fn mailed(place: &Place) -> Secret {
    let taken = place.server().take_mail().await.unwrap().expect("no mail waits");
    let content = place.server().content_of(&taken).await.unwrap().expect("the mail is empty");
    place.server().mail_was_sent(&taken).await.unwrap();
    match content.says {
        counterfoil_authority::outbox::Says::Invited { link, .. } => link,
        other => panic!("another mail: {other:?}"),
    }
}

async fn accept(place: &Place, link: &Secret, joiner: &Joiner) -> Joining {
    place.server().accept_invitation(link.expose(), joiner, &SeenFrom::default()).await.unwrap()
}

async fn signed_in(place: &Place, person: PersonId) -> Session {
    let secret = place.server().open_session_for(person, How::Link, &SeenFrom::default()).await.unwrap();
    place.server().session(secret.expose()).await.unwrap().unwrap()
}

async fn person_by(place: &Place, email: &str) -> counterfoil_authority::people::Person {
    place.server().person_by_email(&address(email)).await.unwrap().unwrap()
}

pub(crate) async fn a_mailed_link_proves_the_address_and_is_good_once(place: &Place) {
    place.server().sends_mail_from_now();
    place.invite(ADA, "DEVELOPER").await.unwrap();
    let link = mailed(place).await;
    let open = place.server().look_at_invitation(link.expose()).await.unwrap().unwrap();
    assert_eq!((open.email.as_str(), open.belongs_to, open.invited_by), (ADA, None, Some(place.owner())));
    let Joining::Joined { member, session, .. } = accept(place, &link, &new()).await else {
        panic!("not in")
    };
    let session = place.server().session(session.unwrap().expose()).await.unwrap().unwrap();
    assert_eq!((session.how, session.is_strong, session.must_enrol), (How::Invitation, false, false));
    let ada = person_by(place, ADA).await;
    assert_eq!((session.person(), ada.last_name.as_str()), (Some(ada.id), "King"));
    assert!(ada.email_proven_at.is_some() && place.team().members.contains_key(&member));
    assert!(matches!(accept(place, &link, &new()).await, Joining::Over));
}

pub(crate) async fn a_link_that_was_shown_proves_nothing_and_whoever_proves_gets_the_address(place: &Place) {
    let link = shown(place, place.invite(ADA, "ADMIN").await.unwrap()).await;
    let Joining::Joined { session, .. } = accept(place, &link, &new()).await else { panic!("not in") };
    let squatter = place.server().session(session.unwrap().expose()).await.unwrap().unwrap();
    assert!(squatter.must_enrol, "an administrator enrols something before anything else");
    let unproven = person_by(place, ADA).await;
    assert!(unproven.email_proven_at.is_none());
    let (second, member) = place.another_team(ADA).await;
    let proven = person_by(place, ADA).await;
    assert_ne!(proven.id, unproven.id, "an address that nobody proved is matched to nobody");
    assert_eq!(place.server().person_of(second, member).await.unwrap().unwrap().person, proven.id);
    assert_eq!(place.server().memberships(unproven.id).await.unwrap().len(), 1, "and stays who it is");
}

pub(crate) async fn whoever_took_an_address_proves_it_by_a_mailed_link(place: &Place) {
    let link = shown(place, place.invite(ADA, "SALES").await.unwrap()).await;
    accept(place, &link, &new()).await;
    let unproven = person_by(place, ADA).await;
    let (second, _) = place.another_team("boss@example.com").await;
    place.server().sends_mail_from_now();
    invite_on(&place.server(), second, Actor::Operator, ADA, "SALES").await.unwrap();
    let link = mailed(place).await;
    let herself = Joiner::SignedIn(signed_in(place, unproven.id).await);
    assert!(matches!(accept(place, &link, &herself).await, Joining::Joined { session: None, .. }));
    let proven = person_by(place, ADA).await;
    assert_eq!(proven.id, unproven.id);
    assert!(proven.email_proven_at.is_some());
}

pub(crate) async fn where_the_address_is_somebodys_only_that_person_accepts_while_signed_in(place: &Place) {
    place.another_team(ADA).await;
    let (ada, holder) = (person_by(place, ADA).await, person_by(place, "holder@example.com").await);
    let link = shown(place, place.invite(ADA, "SALES").await.unwrap()).await;
    assert!(matches!(accept(place, &link, &new()).await, Joining::BelongsToAnother));
    let other = Joiner::SignedIn(signed_in(place, holder.id).await);
    assert!(matches!(accept(place, &link, &other).await, Joining::BelongsToAnother));
    let herself = Joiner::SignedIn(signed_in(place, ada.id).await);
    let Joining::Joined { member, session, .. } = accept(place, &link, &herself).await else {
        panic!("not in")
    };
    assert!(session.is_none());
    assert_eq!(place.server().person_of(place.id(), member).await.unwrap().unwrap().person, ada.id);
    let again = shown(place, place.invite("other@example.com", "SALES").await.unwrap()).await;
    let twice = place.server().accept_invitation(again.expose(), &herself, &SeenFrom::default()).await;
    assert_eq!(refusal(twice), Refusal::Taken(Thing::User, "other@example.com".into()));
}

pub(crate) async fn a_link_that_is_sent_again_ends_the_one_before(place: &Place) {
    let invitation = place.invite(ADA, "SALES").await.unwrap();
    let first = shown(place, invitation).await;
    let second = shown(place, invitation).await;
    assert!(place.server().look_at_invitation(first.expose()).await.unwrap().is_none());
    assert!(place.server().look_at_invitation(second.expose()).await.unwrap().is_some());
    let by_developer = Actor::User(place.joined("dev@example.com", "DEVELOPER").await);
    let refused = place.server().deliver_invitation(place.id(), by_developer, invitation).await;
    assert!(matches!(refusal(refused), Refusal::RoleMissing { .. }));
    place.server().cancel_invitation(place.id(), &place.asks(), invitation).await.unwrap();
    assert!(place.server().look_at_invitation(second.expose()).await.unwrap().is_none());
    let late = place.invite(ADA, "SALES").await.unwrap();
    let link = shown(place, late).await;
    place.clock.pass(8 * DAY);
    assert!(place.server().look_at_invitation(link.expose()).await.unwrap().is_none());
    let refused = place.server().deliver_invitation(place.id(), place.owner(), late).await;
    assert_eq!(refusal(refused), Refusal::InvitationOver(Over::Expired));
}

pub(crate) async fn of_many_who_accept_by_one_link_one_joins(place: &Place) {
    let link = shown(place, place.invite(ADA, "SALES").await.unwrap()).await;
    let servers = [place.server(), place.another().await];
    let outcomes = together(8, &servers, |server| {
        let link = link.clone();
        async move { server.accept_invitation(link.expose(), &new(), &SeenFrom::default()).await }
    })
    .await;
    let joined = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Joining::Joined { .. }))).count();
    assert_eq!(joined, 1, "{outcomes:?}");
    place.server().follow_once().await.unwrap();
    assert_eq!(place.team().members.len(), 2);
    let _ = invite_on(&place.server(), place.id(), place.owner(), "bob@example.com", "SALES").await.unwrap();
}
