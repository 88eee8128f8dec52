//! People come, change and go.

use super::Place;
use super::place::{DAY, address, invite_on, person, refusal, roles, together};
use counterfoil_authority::audit::AuditQuery;
use counterfoil_authority::people::{MemberChange, Whom};
use counterfoil_authority::{Authority, Request};
use counterfoil_core::event::Actor;
use counterfoil_core::id::{InvitationId, KeyId, MemberId};
use counterfoil_core::refusal::{Over, Refusal, Thing};
use counterfoil_core::team::Private;

pub(crate) async fn an_invited_person_joins_with_what_the_invitation_says(place: &Place) {
    let invitation = place.invite("Ada@Example.com", "DEVELOPER").await.unwrap();
    let open = place.server().invitations_of(place.id()).await.unwrap();
    assert_eq!((open[0].invitation, open[0].email.as_str()), (invitation, "Ada@Example.com"));
    let joined = place.server().join(place.id(), Actor::Operator, invitation).await.unwrap();
    let member = &place.team().members[&joined.value];
    assert_eq!(member.roles, place.team().invitations[&invitation].roles);
    assert!(member.roles.contains(&"DEVELOPER".try_into().unwrap()));
    assert!(member.roles.contains(&"GENERATE_INDIVIDUAL_KEYS".try_into().unwrap()));
    let found = place.server().person_of(place.id(), joined.value).await.unwrap().unwrap();
    assert_eq!((found.email.as_str(), found.first_name.as_str()), ("Ada@Example.com", "Ada"));
    assert!(place.server().invitations_of(place.id()).await.unwrap().is_empty());
    assert_eq!(place.server().people_of(place.id()).await.unwrap().len(), 2);
}

pub(crate) async fn somebody_who_is_known_joins_another_team_as_the_same_person(place: &Place) {
    let first = place.joined("ada@example.com", "DEVELOPER").await;
    place.clock.pass(DAY);
    let (second_team, _) = place.another_team("boss@example.com").await;
    let invitation =
        invite_on(&place.server(), second_team, Actor::Operator, " ADA@example.com", "SALES").await.unwrap();
    let second = place.server().join(second_team, Actor::Operator, invitation).await.unwrap().value;
    let ada = place.server().person_by_email(&address("ada@example.com")).await.unwrap().unwrap();
    let memberships = place.server().memberships(ada.id).await.unwrap();
    assert_eq!(memberships, [(place.id(), first), (second_team, second)]);
    assert_eq!(place.server().person_of(second_team, first).await.unwrap(), None);
}

pub(crate) async fn an_address_is_invited_once_at_a_time(place: &Place) {
    let invitation = place.invite("ada@example.com", "DEVELOPER").await.unwrap();
    let again = refusal(place.invite("ADA@example.com ", "SALES").await);
    assert_eq!(again, Refusal::Taken(Thing::Invitation, "ADA@example.com".into()));
    place.server().cancel_invitation(place.id(), &place.asks(), invitation).await.unwrap();
    place.invite("ada@example.com", "SALES").await.unwrap();
}

pub(crate) async fn an_address_in_the_team_is_not_invited(place: &Place) {
    place.joined("ada@example.com", "DEVELOPER").await;
    let again = refusal(place.invite("ada@EXAMPLE.com", "SALES").await);
    assert_eq!(again, Refusal::Taken(Thing::User, "ada@EXAMPLE.com".into()));
}

pub(crate) async fn an_invitation_that_has_run_out_makes_way(place: &Place) {
    let late = place.invite("ada@example.com", "DEVELOPER").await.unwrap();
    place.clock.pass(8 * DAY);
    let next = place.invite("ada@example.com", "SALES").await.unwrap();
    let accepted = refusal(place.server().join(place.id(), Actor::Operator, late).await);
    assert_eq!(accepted, Refusal::InvitationOver(Over::Cancelled));
    place.server().join(place.id(), Actor::Operator, next).await.unwrap();
}

pub(crate) async fn an_invitation_that_is_over_is_not_accepted(place: &Place) {
    let join = |invitation| async move {
        refusal(place.server().join(place.id(), Actor::Operator, invitation).await)
    };
    let accepted = place.invite("ada@example.com", "DEVELOPER").await.unwrap();
    place.server().join(place.id(), Actor::Operator, accepted).await.unwrap();
    let cancelled = place.invite("bob@example.com", "DEVELOPER").await.unwrap();
    place.server().cancel_invitation(place.id(), &place.asks(), cancelled).await.unwrap();
    let late = place.invite("eve@example.com", "DEVELOPER").await.unwrap();
    place.clock.pass(8 * DAY);
    let unknown = InvitationId::from_random([9; 16]);
    assert_eq!(join(accepted).await, Refusal::InvitationOver(Over::Accepted));
    assert_eq!(join(cancelled).await, Refusal::InvitationOver(Over::Cancelled));
    assert_eq!(join(late).await, Refusal::InvitationOver(Over::Expired));
    assert_eq!(join(unknown).await, Refusal::NoSuch(Thing::Invitation, unknown.to_string()));
}

pub(crate) async fn of_many_who_accept_one_invitation_one_joins(place: &Place) {
    let invitation = place.invite("ada@example.com", "DEVELOPER").await.unwrap();
    let team = place.id();
    let servers = [place.server(), place.another().await];
    let outcomes = together(16, &servers, |server| async move {
        server.join(team, Actor::Operator, invitation).await.map(|answered| answered.value)
    })
    .await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    place.server().follow_once().await.unwrap();
    assert_eq!(place.team().members.len(), 2);
    assert_eq!(place.server().everyone().await.unwrap().len(), 2);
}

pub(crate) async fn of_many_who_invite_one_address_one_does(place: &Place) {
    let (team, by) = (place.id(), place.owner());
    let servers = [place.server(), place.another().await];
    let invite = |server: std::sync::Arc<Authority>| async move {
        invite_on(&server, team, by, "ada@example.com", "DEVELOPER").await
    };
    let outcomes = together(16, &servers, invite).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    for refused in outcomes.into_iter().filter(Result::is_err) {
        assert_eq!(refusal(refused), Refusal::Taken(Thing::Invitation, "ada@example.com".into()));
    }
}

pub(crate) async fn whoever_leaves_takes_the_key_along_and_may_come_back(place: &Place) {
    let ada = place.joined("ada@example.com", "DEVELOPER").await;
    let key = place.individual_key(ada).await;
    place.server().remove_member(place.id(), &place.asks(), ada).await.unwrap();
    assert_ended(place, key, ada).await;
    assert_eq!(place.server().person_of(place.id(), ada).await.unwrap(), None);
    assert_eq!(place.server().people_of(place.id()).await.unwrap().len(), 1);
    assert_ne!(place.joined("ada@example.com", "SALES").await, ada);
}

pub(crate) async fn roles_that_allow_no_key_end_it_and_its_half(place: &Place) {
    let ada = place.joined("ada@example.com", "DEVELOPER").await;
    let key = place.individual_key(ada).await;
    let change = MemberChange { roles: Some(roles(&["FINANCE"])), ..MemberChange::default() };
    place.server().change_member(place.id(), &place.asks(), ada, &change).await.unwrap();
    assert_eq!(place.team().members[&ada].roles, roles(&["FINANCE"]));
    assert_ended(place, key, ada).await;
}

/// The key is revoked, and its half gone from the store too.
async fn assert_ended(place: &Place, key: KeyId, holder: MemberId) {
    let record = place.team().keys.get(&key).unwrap().clone();
    assert!(!record.is_active());
    assert_eq!(record.private, Private::Erased);
    let pending = counterfoil_authority::store::tables::halves::pending(key);
    assert!(place.server().ledger().store().read(pending).await.unwrap().is_empty());
    assert!(place.server().download(place.id(), Actor::User(holder), key).await.is_err());
}

pub(crate) async fn a_name_is_changed_by_who_may(place: &Place) {
    let ada = place.joined("ada@example.com", "DEVELOPER").await;
    let rename = |by, first: &'static str| async move {
        let change = MemberChange { first_name: Some(first.try_into().unwrap()), ..MemberChange::default() };
        place.server().change_member(place.id(), &Request::by(by), ada, &change).await
    };
    rename(place.owner(), "Augusta").await.unwrap();
    let found = place.server().person_of(place.id(), ada).await.unwrap().unwrap();
    assert_eq!((found.first_name.as_str(), found.last_name.as_str()), ("Augusta", "Lovelace"));
    place.another_team("ada@example.com").await;
    assert!(matches!(refusal(rename(place.owner(), "Mallory").await), Refusal::SelfOnly { .. }));
    assert!(matches!(refusal(rename(Actor::User(ada), "Ada").await), Refusal::RoleMissing { .. }));
    rename(Actor::Operator, "Ada").await.unwrap();
    let found = place.server().person_of(place.id(), ada).await.unwrap().unwrap();
    assert_eq!(found.first_name, "Ada");
}

pub(crate) async fn the_account_holder_is_not_erased(place: &Place) {
    place.joined("ada@example.com", "DEVELOPER").await;
    place.clock.pass(DAY);
    let (second, _) = place.another_team("ada@example.com").await;
    let ada = Whom::Email(address("ada@example.com"));
    assert!(matches!(refusal(place.server().erase_person(&ada).await), Refusal::OwnerStays { .. }));
    assert_eq!(place.team().members.len(), 2, "nothing was done");
    place.server().close(second, None).await.unwrap();
    let erased = place.server().erase_person(&ada).await.unwrap();
    assert_eq!(erased.teams, [place.id(), second]);
    let unknown = Refusal::NoSuch(Thing::User, "ada@example.com".into());
    assert_eq!(refusal(place.server().erase_person(&ada).await), unknown);
}

pub(crate) async fn an_erased_person_is_nowhere_any_more(place: &Place) {
    let ada = place.joined("ada@example.com", "DEVELOPER").await;
    let key = place.individual_key(ada).await;
    let (second, _) = place.another_team("boss@example.com").await;
    let invited =
        invite_on(&place.server(), second, Actor::Operator, "ada@example.com", "SALES").await.unwrap();
    place.server().erase_person(&Whom::Email(address("ada@example.com"))).await.unwrap();
    assert!(!place.team().members.contains_key(&ada));
    assert!(!place.team().keys.get(&key).unwrap().is_active());
    let joined = refusal(place.server().join(second, Actor::Operator, invited).await);
    assert_eq!(joined, Refusal::InvitationOver(Over::Cancelled));
    let copy = place.house.folder().join("copy");
    place.back_up(&copy).await;
    let copy = std::fs::read(copy).unwrap();
    let is_there = copy.windows(15).any(|bytes| bytes.eq_ignore_ascii_case(b"ada@example.com"));
    assert!(!is_there, "the address is still in the backup");
    let query = AuditQuery { limit: 50, ..AuditQuery::default() };
    let audit = place.server().audit(place.id(), &query).await.unwrap();
    assert!(audit.entries.iter().any(|entry| entry.by == Actor::User(ada)), "the audit stays readable");
}

pub(crate) async fn nothing_personal_stands_in_the_ledger(place: &Place) {
    let ada = place.joined("ada@example.com", "DEVELOPER").await;
    let change = MemberChange { last_name: Some("King".try_into().unwrap()), ..MemberChange::default() };
    place.server().change_member(place.id(), &place.asks(), ada, &change).await.unwrap();
    place.server().open_team(&"Third".try_into().unwrap(), &person("bob@example.com")).await.unwrap();
    let rows = place.server().ledger().store().rows_after(Default::default(), 1_000).await.unwrap();
    for row in rows {
        let text = String::from_utf8(row.bytes).unwrap();
        for personal in ["example.com", "Ada", "Lovelace", "King"] {
            assert!(!text.contains(personal), "{text}");
        }
    }
}
