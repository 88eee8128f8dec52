//! What every engine promises of people, their memberships and their invitations.

use super::bed::{Bed, at, member, person_id, team};
use super::rows::{all, invitation, link, one, person, proofs_of, session, write};
use counterfoil_authority::store::tables::links::{Link, Purpose};
use counterfoil_authority::store::tables::people::{
    Invitation, MemberRow, Membership, Person, normalise_email,
};
use counterfoil_authority::store::tables::sessions::{Session, Who};
use counterfoil_authority::store::tables::{links, people, sessions};
use counterfoil_authority::store::{Statement, StoreFault};

pub(crate) async fn a_person_is_found_by_address_id_and_membership(bed: &dyn Bed) {
    let store = bed.open().await;
    let ada = person(1, "Ada@Example.com");
    write(&*store, vec![people::enrol(&ada).unwrap(), people::join(member(1), team(1), ada.id, at(5))])
        .await
        .unwrap();
    write(&*store, vec![people::rename(ada.id, "Augusta", "King")]).await.unwrap();
    let ada = Person { first_name: "Augusta".into(), last_name: "King".into(), ..ada };
    let address = normalise_email(" ADA@example.COM").unwrap();
    for statement in
        [people::person(ada.id), people::person_by_email(&address), people::person_of_member(member(1))]
    {
        assert_eq!(one::<Person>(&*store, statement).await.as_ref(), Some(&ada));
    }
    assert_eq!(all::<Person>(&*store, people::everyone()).await, std::slice::from_ref(&ada));
    let row = MemberRow {
        member: member(1),
        person: ada.id,
        email: ada.email.clone(),
        first_name: ada.first_name.clone(),
        last_name: ada.last_name.clone(),
        joined_at: at(5),
        left_at: None,
    };
    assert_eq!(all::<MemberRow>(&*store, people::members_of(team(1))).await, [row]);
    assert_eq!(one::<Person>(&*store, people::person(person_id(2))).await, None);
}

pub(crate) async fn an_address_belongs_to_one_person(bed: &dyn Bed) {
    let store = bed.open().await;
    write(&*store, vec![people::enrol(&person(1, "ada@example.com")).unwrap()]).await.unwrap();
    let again = vec![people::enrol(&person(2, "ADA@example.com")).unwrap()];
    assert_eq!(write(&*store, again).await, Err(StoreFault::Unexpected("an e-mail address nobody has yet")));
}

pub(crate) async fn a_person_is_in_a_team_once_at_a_time(bed: &dyn Bed) {
    let store = bed.open().await;
    let ada = person(1, "ada@example.com");
    let joins =
        [people::join(member(1), team(1), ada.id, at(5)), people::join(member(2), team(2), ada.id, at(6))];
    write(&*store, vec![people::enrol(&ada).unwrap()]).await.unwrap();
    write(&*store, joins.to_vec()).await.unwrap();
    let again = vec![people::join(member(3), team(1), ada.id, at(7))];
    let refused = Err(StoreFault::Unexpected("a person who is not in the team yet"));
    assert_eq!(write(&*store, again.clone()).await, refused);
    write(&*store, vec![people::leave(member(1), at(8))]).await.unwrap();
    assert_eq!(
        write(&*store, vec![people::leave(member(1), at(9))]).await,
        Err(StoreFault::Unexpected("the membership"))
    );
    write(&*store, again).await.unwrap();
    let left = one::<Membership>(&*store, people::membership(member(1))).await.unwrap();
    assert_eq!((left.left_at, left.person, left.team), (Some(at(8)), ada.id, team(1)));
    assert_eq!(all::<Membership>(&*store, people::memberships_of(ada.id)).await.len(), 3);
    assert_eq!(
        all::<MemberRow>(&*store, people::members_of(team(1))).await.len(),
        2,
        "who left is still named"
    );
}

pub(crate) async fn erasing_a_person_leaves_no_row(bed: &dyn Bed) {
    let store = bed.open().await;
    for (number, email) in [(1, "ada@example.com"), (2, "eve@example.com")] {
        let someone = person(number, email);
        let session = Session { who: Who::Person(someone.id), ..session(number) };
        let link = Link { person: Some(someone.id), ..link(number, Purpose::SignIn) };
        write(&*store, vec![people::enrol(&someone).unwrap()]).await.unwrap();
        write(&*store, vec![people::join(member(number), team(1), someone.id, at(5))]).await.unwrap();
        write(&*store, vec![sessions::open(&session), links::add(&link)]).await.unwrap();
        write(&*store, proofs_of(number)).await.unwrap();
        let elsewhere = Invitation { team: team(2), ..invitation(number, email) };
        write(&*store, vec![people::invite(&elsewhere).unwrap()]).await.unwrap();
    }
    write(&*store, people::erase(person_id(1))).await.unwrap();
    let tables = [
        "persons",
        "members",
        "sessions",
        "links",
        "invitations",
        "proven_addresses",
        "operators",
        "passwords",
        "authenticators",
        "recovery_codes",
        "passkeys",
        "identities",
        "challenges",
        "sign_in_events",
    ];
    for table in tables {
        let text: &'static str = format!("SELECT COUNT(*) FROM {table}").leak();
        let left = store.read(Statement::new(text, vec![])).await.unwrap()[0].integer(0);
        assert_eq!(left, Ok(1), "{table}");
    }
    assert_eq!(write(&*store, people::erase(person_id(1))).await, Err(StoreFault::Unexpected("the person")));
}

pub(crate) async fn an_unproven_address_is_given_back_and_a_proven_one_is_not(bed: &dyn Bed) {
    let store = bed.open().await;
    let (ada, address) = (person(1, "ada@example.com"), normalise_email("ada@example.com").unwrap());
    write(&*store, vec![people::enrol(&ada).unwrap()]).await.unwrap();
    write(&*store, vec![people::give_address_back(ada.id, &address)]).await.unwrap();
    assert_eq!(one::<Person>(&*store, people::person_by_email(&address)).await, None);
    let eve = person(2, "ada@example.com");
    write(&*store, vec![people::enrol(&eve).unwrap(), people::prove_address(eve.id, at(3))]).await.unwrap();
    write(&*store, vec![people::give_address_back(eve.id, &address)]).await.unwrap();
    let found = one::<Person>(&*store, people::person_by_email(&address)).await.unwrap();
    assert_eq!((found.id, found.email_proven_at), (eve.id, Some(at(3))));
}

pub(crate) async fn invitations_are_found_and_end(bed: &dyn Bed) {
    let store = bed.open().await;
    let invited = invitation(1, "Ada@example.com");
    write(&*store, vec![people::invite(&invited).unwrap()]).await.unwrap();
    let again = people::invite(&invitation(2, "ada@EXAMPLE.com")).unwrap();
    let refused = Err(StoreFault::Unexpected(people::NOT_INVITED));
    assert_eq!(write(&*store, vec![again]).await, refused);
    let eve = person(2, "eve@example.com");
    write(&*store, vec![people::enrol(&eve).unwrap(), people::join(member(2), team(1), eve.id, at(1))])
        .await
        .unwrap();
    let member = people::invite(&invitation(3, "eve@example.com")).unwrap();
    assert_eq!(write(&*store, vec![member]).await, refused, "who is in the team");
    let address = normalise_email("ada@example.com").unwrap();
    for statement in
        [people::invitation(invited.id), people::invitations_of(team(1)), people::invitations_to(&address)]
    {
        assert_eq!(all::<Invitation>(&*store, statement).await, std::slice::from_ref(&invited));
    }
    write(&*store, vec![people::end_invitation(invited.id)]).await.unwrap();
    let gone = write(&*store, vec![people::end_invitation(invited.id)]).await;
    assert_eq!(gone, Err(StoreFault::Unexpected("the invitation")));
}
