//! What every engine promises of the side tables.

use super::bed::{Bed, at, invitation_id, key, member, person_id, team};
use counterfoil_authority::sign_in::How;
use counterfoil_authority::store::tables::links::{Link, Purpose};
use counterfoil_authority::store::tables::people::{
    Invitation, MemberRow, Membership, Person, normalise_email,
};
use counterfoil_authority::store::tables::sessions::{Session, Who};
use counterfoil_authority::store::tables::{
    answers, authenticators, challenges, halves, identities, installation, links, operators, passkeys,
    passwords, people, recovery_codes, replicas, servers, sessions, sign_in_events, usage,
};
use counterfoil_authority::store::{Position, Row, Statement, Store, StoreFault, all_of, first_of};

const DAY: i64 = 24 * 3600;

pub(crate) async fn a_repeated_flush_counts_once(bed: &dyn Bed) {
    let store = bed.open().await;
    let flush = |batch| {
        usage::flush("server", batch, &[count(1, 7200, 3)], &[used(1, 7300 + batch as i64)], &[], at(7400))
    };
    write(&*store, flush(1)).await.unwrap();
    write(&*store, flush(2)).await.unwrap();
    assert_eq!(write(&*store, flush(1)).await, Err(StoreFault::Unexpected(usage::COUNTED_ALREADY)));
    write(&*store, usage::flush("other", 1, &[count(1, 7201, 1)], &[used(1, 7000)], &[], at(7400)))
        .await
        .unwrap();
    let counts: Vec<usage::Count> = all(&*store, usage::hours_of(key(1), at(7200))).await;
    assert_eq!(counts, [count(1, 7200, 7)]);
    let last: Option<usage::LastUsed> = one(&*store, usage::last_used(key(1))).await;
    assert_eq!(last, Some(used(1, 7302)), "a late flush does not move it back");
    assert_eq!(all::<usage::LastUsed>(&*store, usage::all_last_used(None, 10)).await.len(), 1);
    assert_eq!(all::<usage::LastUsed>(&*store, usage::all_last_used(Some(key(1)), 10)).await, []);
    assert_eq!(all::<usage::LastUsed>(&*store, usage::last_used_since(at(7303))).await, []);
}

pub(crate) async fn the_latest_expiry_stays(bed: &dyn Bed) {
    let store = bed.open().await;
    let expires = |moment| usage::LastExpiry { key: key(1), at: at(moment) };
    assert_eq!(one::<usage::LastExpiry>(&*store, usage::last_expiry(key(1))).await, None);
    for (batch, moment, latest) in [(1, 500, 500), (2, 900, 900), (3, 700, 900)] {
        write(&*store, usage::flush("server", batch, &[], &[], &[expires(moment)], at(400))).await.unwrap();
        assert_eq!(one(&*store, usage::last_expiry(key(1))).await, Some(expires(latest)));
    }
}

pub(crate) async fn old_hours_become_days_and_old_days_go(bed: &dyn Bed) {
    let store = bed.open().await;
    let today = 1000 * DAY;
    let old = today - 91 * DAY;
    let counts =
        [count(1, old, 1), count(1, old + 3600, 2), count(2, old + 7200, 4), count(1, today - 90 * DAY, 8)];
    write(&*store, usage::flush("server", 1, &counts, &[], &[], at(today))).await.unwrap();
    write(&*store, usage::roll_up(at(today + 5))).await.unwrap();
    write(&*store, usage::roll_up(at(today + 5))).await.unwrap();
    assert_eq!(
        all::<usage::Count>(&*store, usage::hours_of(key(1), at(0))).await,
        [count(1, today - 90 * DAY, 8)]
    );
    assert_eq!(all::<usage::Count>(&*store, usage::days_of(key(1), at(0))).await, [count(1, old, 3)]);
    assert_eq!(all::<usage::Count>(&*store, usage::days_of(key(2), at(0))).await, [count(2, old, 4)]);
    write(&*store, usage::flush("server", 2, &[count(1, old + 9, 1)], &[], &[], at(today))).await.unwrap();
    write(&*store, usage::roll_up(at(today))).await.unwrap();
    assert_eq!(
        all::<usage::Count>(&*store, usage::days_of(key(1), at(0))).await,
        [count(1, old, 4)],
        "added up"
    );
    write(&*store, usage::roll_up(at(today + 400 * DAY))).await.unwrap();
    assert_eq!(all::<usage::Count>(&*store, usage::days_of(key(2), at(0))).await, []);
}

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

pub(crate) async fn a_challenge_is_answered_once(bed: &dyn Bed) {
    let store = bed.open().await;
    let (asked, step_up) = (challenge(1), challenges::Purpose::StepUp);
    write(&*store, vec![challenges::add(&asked)]).await.unwrap();
    let find = |purpose, now| challenges::find(asked.hash, purpose, at(now));
    assert_eq!(one::<challenges::Challenge>(&*store, find(step_up, 9)).await, Some(asked.clone()));
    assert_eq!(one::<challenges::Challenge>(&*store, find(step_up, 10)).await, None, "it has run out");
    let other = challenges::Purpose::SignIn;
    assert_eq!(one::<challenges::Challenge>(&*store, find(other, 9)).await, None, "it is for something else");
    let over = Err(StoreFault::Unexpected(challenges::STILL_OPEN));
    for _ in 0..2 {
        write(&*store, vec![challenges::tried(asked.hash, 2)]).await.unwrap();
    }
    assert_eq!(write(&*store, vec![challenges::tried(asked.hash, 2)]).await, over);
    write(&*store, vec![challenges::use_up(asked.hash)]).await.unwrap();
    assert_eq!(write(&*store, vec![challenges::use_up(asked.hash)]).await, over);
    write(&*store, vec![challenges::spend(&asked)]).await.unwrap();
    assert_eq!(write(&*store, vec![challenges::spend(&asked)]).await, over);
    write(&*store, vec![challenges::purge(at(11))]).await.unwrap();
    write(&*store, vec![challenges::spend(&asked)]).await.unwrap();
}

pub(crate) async fn a_passkey_counts_upwards_or_not_at_all(bed: &dyn Bed) {
    let store = bed.open().await;
    write(&*store, vec![passkeys::add(&passkey(1, 3)), passkeys::add(&passkey(2, 0))]).await.unwrap();
    let known = Err(StoreFault::Unexpected(passkeys::A_NEW_PASSKEY));
    assert_eq!(write(&*store, vec![passkeys::add(&passkey(1, 3))]).await, known);
    let backwards = Err(StoreFault::Unexpected(passkeys::A_GROWING_COUNTER));
    for (id, counter, is_good) in
        [("passkey1", 4, true), ("passkey1", 4, false), ("passkey1", 0, false), ("passkey2", 0, true)]
    {
        let used = write(&*store, vec![passkeys::used(id, counter, at(5))]).await;
        assert_eq!(used.is_ok(), is_good, "{id} {counter}");
        assert!(is_good || used == backwards);
    }
    let found = one::<passkeys::Passkey>(&*store, passkeys::find("passkey1")).await.unwrap();
    assert_eq!((found.counter, found.last_used), (4, Some(at(5))));
    let theirs = Err(StoreFault::Unexpected(passkeys::THE_PASSKEY));
    assert_eq!(write(&*store, vec![passkeys::remove("passkey1", person_id(2))]).await, theirs);
    for number in 10..29 {
        let more = passkeys::Passkey { person: person_id(1), ..passkey(number, 0) };
        write(&*store, vec![passkeys::add(&more)]).await.unwrap();
    }
    let too_many = passkeys::Passkey { person: person_id(1), ..passkey(99, 0) };
    assert_eq!(write(&*store, vec![passkeys::add(&too_many)]).await, known, "twenty are enough");
}

pub(crate) async fn a_code_is_taken_once(bed: &dyn Bed) {
    let store = bed.open().await;
    let person = person_id(1);
    write(&*store, proofs_of(1)).await.unwrap();
    write(&*store, vec![authenticators::take(person, 5)]).await.unwrap();
    for step in [5, 4] {
        let taken = write(&*store, vec![authenticators::take(person, step)]).await;
        assert_eq!(taken, Err(StoreFault::Unexpected(authenticators::A_FRESH_CODE)));
    }
    write(&*store, vec![recovery_codes::use_up("1", person)]).await.unwrap();
    let used = write(&*store, vec![recovery_codes::use_up("1", person)]).await;
    assert_eq!(used, Err(StoreFault::Unexpected(recovery_codes::AN_UNUSED_CODE)));
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

pub(crate) async fn a_half_is_erased_once(bed: &dyn Bed) {
    let store = bed.open().await;
    write(&*store, vec![halves::keep(&half(1)), halves::keep(&half(2))]).await.unwrap();
    let twice = write(&*store, vec![halves::keep(&half(1))]).await;
    assert_eq!(twice, Err(StoreFault::Unexpected("a key without a pending half")));
    assert_eq!(one::<halves::PendingHalf>(&*store, halves::pending(key(1))).await, Some(half(1)));
    assert_eq!(all::<halves::PendingHalf>(&*store, halves::older_than(at(3), 10)).await, [half(1), half(2)]);
    assert_eq!(all::<halves::PendingHalf>(&*store, halves::older_than(at(2), 10)).await, [half(1)]);
    write(&*store, vec![halves::erase(key(1))]).await.unwrap();
    let gone = write(&*store, vec![halves::erase(key(1))]).await;
    assert_eq!(gone, Err(StoreFault::Unexpected("the pending half")));
    write(&*store, vec![halves::erase_if_any(key(1)), halves::erase_all()]).await.unwrap();
    assert_eq!(one::<halves::PendingHalf>(&*store, halves::pending(key(2))).await, None);
}

pub(crate) async fn a_half_is_resealed_only_while_it_waits(bed: &dyn Bed) {
    let store = bed.open().await;
    write(&*store, vec![halves::keep(&half(1))]).await.unwrap();
    let reseal = |number| halves::reseal(key(number), b"anew", "kek2", "kek1");
    write(&*store, vec![reseal(1), reseal(1), reseal(2)]).await.unwrap();
    let resealed = one::<halves::PendingHalf>(&*store, halves::pending(key(1))).await.unwrap();
    assert_eq!((resealed.sealed.as_slice(), resealed.kek.as_str()), (&b"anew"[..], "kek2"));
    assert_eq!(all::<halves::PendingHalf>(&*store, halves::not_sealed_by("kek1", 10)).await.len(), 1);
    assert_eq!(all::<halves::PendingHalf>(&*store, halves::not_sealed_by("kek2", 10)).await.len(), 0);
}

pub(crate) async fn a_seal_key_in_use_is_not_destroyed(bed: &dyn Bed) {
    let store = bed.open().await;
    let kek1 = halves::SealKey { kek: "kek1".into(), proof: vec![0, 1], created_at: at(1) };
    write(&*store, vec![halves::add_seal_key(&kek1), halves::keep(&half(1))]).await.unwrap();
    assert_eq!(all::<halves::SealKey>(&*store, halves::seal_keys()).await, std::slice::from_ref(&kek1));
    let again = write(&*store, vec![halves::add_seal_key(&kek1)]).await;
    assert_eq!(again, Err(StoreFault::Unexpected("a new seal key")));
    let refused = write(&*store, vec![halves::destroy_seal_key("kek1")]).await;
    assert_eq!(refused, Err(StoreFault::Unexpected("a seal key that seals nothing")));
    assert_eq!(store.read(halves::count_sealed_by("kek1")).await.unwrap()[0].count(0), Ok(1));
    write(&*store, vec![halves::erase(key(1)), halves::destroy_seal_key("kek1")]).await.unwrap();
    assert_eq!(all::<halves::SealKey>(&*store, halves::seal_keys()).await, []);
}

pub(crate) async fn a_link_lets_in_once(bed: &dyn Bed) {
    let store = bed.open().await;
    let setup = Link { team: Some(team(1)), ..link(1, Purpose::SetUp) };
    write(&*store, vec![links::add(&setup), links::add(&link(2, Purpose::Operator))]).await.unwrap();
    assert_eq!(
        all::<Link>(&*store, links::open_for(Purpose::SetUp, at(5))).await,
        std::slice::from_ref(&setup)
    );
    assert_eq!(all::<Link>(&*store, links::open_for(Purpose::SetUp, at(10))).await, []);
    let refused = Err(StoreFault::Unexpected("a link that is still good"));
    assert_eq!(write(&*store, vec![links::use_up(setup.hash, at(10))]).await, refused, "it has expired");
    let rows = write(&*store, vec![links::use_up(setup.hash, at(9))]).await.unwrap().remove(0);
    let used = Link { used_at: Some(at(9)), ..setup.clone() };
    assert_eq!(first_of::<Link>(rows).unwrap(), Some(used.clone()));
    assert_eq!(write(&*store, vec![links::use_up(setup.hash, at(9))]).await, refused, "it has been used");
    assert_eq!(one::<Link>(&*store, links::find(setup.hash)).await, Some(used));
    write(&*store, vec![links::purge(at(9)), links::end_all_for(Purpose::Operator)]).await.unwrap();
    assert!(one::<Link>(&*store, links::find(setup.hash)).await.is_some());
    assert_eq!(one::<Link>(&*store, links::find([2; 32])).await, None);
    write(&*store, vec![links::end_all_of(person_id(1)), links::purge(at(11)), links::end_all()])
        .await
        .unwrap();
    assert_eq!(one::<Link>(&*store, links::find(setup.hash)).await, None);
}

pub(crate) async fn sessions_end(bed: &dyn Bed) {
    let store = bed.open().await;
    let ada = Session { who: Who::Person(person_id(1)), ..session(1) };
    for open in [ada.clone(), session(2), session(3)] {
        write(&*store, vec![sessions::open(&open)]).await.unwrap();
    }
    let touches = vec![sessions::touch(ada.hash, at(7)), sessions::touch(ada.hash, at(6))];
    write(&*store, touches).await.unwrap();
    let ada = Session { last_seen: at(7), ..ada };
    assert_eq!(one::<Session>(&*store, sessions::find(ada.hash, at(99))).await, Some(ada.clone()));
    assert_eq!(one::<Session>(&*store, sessions::find(ada.hash, at(100))).await, None, "it has expired");
    assert_eq!(one::<Session>(&*store, sessions::find([2; 32], at(9))).await, Some(session(2)));
    write(&*store, vec![sessions::end([2; 32]), sessions::end_all_of(Who::Operator)]).await.unwrap();
    assert_eq!(one::<Session>(&*store, sessions::find([3; 32], at(9))).await, None);
    write(&*store, vec![sessions::purge(at(9), at(7))]).await.unwrap();
    assert!(one::<Session>(&*store, sessions::find(ada.hash, at(9))).await.is_some());
    write(&*store, vec![sessions::end_all_of(ada.who), sessions::end_all()]).await.unwrap();
    assert_eq!(one::<Session>(&*store, sessions::find(ada.hash, at(9))).await, None);
}

pub(crate) async fn an_answer_is_kept_once_for_a_day(bed: &dyn Bed) {
    let store = bed.open().await;
    let answer = |created_at, text: &str| answers::Answer {
        scope: [1; 32],
        body_hash: [2; 32],
        answer: text.into(),
        created_at: at(created_at),
    };
    let first = answer(0, "{\"id\":1}");
    write(&*store, answers::keep(&first).to_vec()).await.unwrap();
    let twin = write(&*store, answers::keep(&answer(DAY - 1, "{}")).to_vec()).await;
    assert_eq!(twin, Err(StoreFault::Unexpected("a request that was not answered yet")));
    assert_eq!(one(&*store, answers::find([1; 32], at(DAY - 1))).await, Some(first));
    assert_eq!(one::<answers::Answer>(&*store, answers::find([1; 32], at(DAY))).await, None);
    let later = answer(DAY, "{}");
    write(&*store, answers::keep(&later).to_vec()).await.unwrap();
    write(&*store, vec![answers::purge(at(2 * DAY - 1))]).await.unwrap();
    assert_eq!(one(&*store, answers::find([1; 32], at(DAY + 1))).await, Some(later));
    write(&*store, vec![answers::forget_all()]).await.unwrap();
    assert_eq!(one::<answers::Answer>(&*store, answers::find([1; 32], at(DAY + 1))).await, None);
}

pub(crate) async fn replicas_come_and_go(bed: &dyn Bed) {
    let store = bed.open().await;
    write(&*store, vec![replicas::add("edge", [1; 32], at(1))]).await.unwrap();
    for (name, credential) in [("edge", [2; 32]), ("edge2", [1; 32])] {
        let refused = write(&*store, vec![replicas::add(name, credential, at(1))]).await;
        assert_eq!(refused, Err(StoreFault::Unexpected("a name no replica has")));
    }
    write(&*store, vec![replicas::seen("edge", Position(7), at(2))]).await.unwrap();
    let expected = replicas::Replica {
        name: "edge".into(),
        credential_hash: [1; 32],
        created_at: at(1),
        position: Position(7),
        seen_at: Some(at(2)),
    };
    assert_eq!(one(&*store, replicas::by_credential([1; 32])).await, Some(expected.clone()));
    assert_eq!(all::<replicas::Replica>(&*store, replicas::all()).await, [expected]);
    write(&*store, vec![replicas::remove("edge")]).await.unwrap();
    assert_eq!(all::<replicas::Replica>(&*store, replicas::all()).await, []);
}

pub(crate) async fn servers_report(bed: &dyn Bed) {
    let store = bed.open().await;
    let server = |id: &str, seen| servers::Server {
        id: id.into(),
        name: "host".into(),
        started_at: at(1),
        seen_at: at(seen),
        reads_level: 3,
    };
    let reports = [server("a", 1), server("b", 2), server("a", 5)];
    write(&*store, reports.iter().map(servers::report).collect()).await.unwrap();
    assert_eq!(
        all::<servers::Server>(&*store, servers::seen_since(at(2))).await,
        [server("a", 5), server("b", 2)]
    );
    write(&*store, vec![servers::purge(at(3)), servers::gone("c")]).await.unwrap();
    assert_eq!(all::<servers::Server>(&*store, servers::seen_since(at(0))).await, [server("a", 5)]);
    write(&*store, vec![servers::gone("a")]).await.unwrap();
    assert_eq!(all::<servers::Server>(&*store, servers::seen_since(at(0))).await, []);
}

pub(crate) async fn settings_are_set(bed: &dyn Bed) {
    let store = bed.open().await;
    write(&*store, vec![installation::set_first("catalog", "one")]).await.unwrap();
    let refused = write(&*store, vec![installation::set_first("catalog", "two")]).await;
    assert_eq!(refused, Err(StoreFault::Unexpected("a setting that is not set yet")));
    write(&*store, vec![installation::set("catalog", "«zwei»")]).await.unwrap();
    let rows = store.read(installation::value("catalog")).await.unwrap();
    assert_eq!(installation::read(&rows).unwrap().as_deref(), Some("«zwei»"));
    write(&*store, vec![installation::unset("catalog")]).await.unwrap();
    assert_eq!(store.read(installation::value("catalog")).await.unwrap(), []);
}

async fn write(store: &dyn Store, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, StoreFault> {
    store.write(statements).await
}

async fn all<T: TryFrom<Row, Error = StoreFault>>(store: &dyn Store, statement: Statement) -> Vec<T> {
    all_of(store.read(statement).await.unwrap()).unwrap()
}

async fn one<T: TryFrom<Row, Error = StoreFault>>(store: &dyn Store, statement: Statement) -> Option<T> {
    first_of(store.read(statement).await.unwrap()).unwrap()
}

fn count(number: u8, since: i64, count: u64) -> usage::Count {
    usage::Count {
        key: key(number),
        since: at(since),
        team: team(1),
        group: "users".into(),
        access: "READ".into(),
        family: "/v1/users".into(),
        outcome: "ALLOWED".into(),
        count,
    }
}

fn used(number: u8, moment: i64) -> usage::LastUsed {
    usage::LastUsed { key: key(number), at: at(moment) }
}

fn person(number: u8, email: &str) -> Person {
    Person {
        id: person_id(number),
        email: email.into(),
        first_name: "Ada".into(),
        last_name: "Lovelace".into(),
        created_at: at(1),
        email_proven_at: None,
    }
}

/// Everything that a person can prove with, and what is kept of it.
fn proofs_of(number: u8) -> Vec<Statement> {
    let person = person_id(number);
    let app = authenticators::Authenticator {
        person,
        sealed: vec![number],
        kek: "kek1".into(),
        last_step: 1,
        enrolled_at: at(1),
    };
    let event = sign_in_events::SignInEvent {
        id: number.to_string(),
        at: at(1),
        person: Some(person),
        what: "SIGNED_IN".into(),
        how: "LINK".into(),
        address: String::new(),
        agent: String::new(),
    };
    vec![
        people::prove_address(person, at(1)),
        operators::add(person, at(1)),
        passwords::set(person, "hash", at(1)),
        authenticators::enrol(&app),
        recovery_codes::add(&number.to_string(), person, at(1)),
        passkeys::add(&passkey(number, 1)),
        identities::link(&identity(number, "1")),
        challenges::add(&challenge(number)),
        sign_in_events::add(&event),
    ]
}

fn passkey(number: u8, counter: u64) -> passkeys::Passkey {
    passkeys::Passkey {
        id: format!("passkey{number}"),
        person: person_id(number),
        name: "A phone".into(),
        public_key: vec![number],
        counter,
        created_at: at(1),
        last_used: None,
    }
}

fn identity(number: u8, subject: &str) -> identities::Identity {
    identities::Identity {
        provider: format!("https://login{number}.example.com"),
        subject: subject.into(),
        person: person_id(number),
        shown_as: "ada".into(),
        linked_at: at(1),
        last_used: None,
    }
}

fn challenge(number: u8) -> challenges::Challenge {
    challenges::Challenge {
        hash: [number; 32],
        purpose: challenges::Purpose::StepUp,
        person: Some(person_id(number)),
        session: "session".into(),
        detail: vec![1, 2],
        tries: 0,
        created_at: at(1),
        expires_at: at(10),
    }
}

fn invitation(number: u8, email: &str) -> Invitation {
    Invitation {
        id: invitation_id(number),
        team: team(1),
        email: email.into(),
        first_name: "Ada".into(),
        last_name: "Lovelace".into(),
        created_at: at(1),
        expires_at: at(9),
    }
}

fn half(number: u8) -> halves::PendingHalf {
    halves::PendingHalf {
        key: key(number),
        team: team(1),
        sealed: vec![number, 0, 255],
        kek: "kek1".into(),
        created_at: at(number.into()),
    }
}

fn link(number: u8, purpose: Purpose) -> Link {
    Link {
        hash: [number; 32],
        purpose,
        person: None,
        team: None,
        invitation: None,
        is_mailed: false,
        created_at: at(1),
        expires_at: at(10),
        used_at: None,
    }
}

fn session(number: u8) -> Session {
    Session {
        hash: [number; 32],
        id: format!("{number:032x}").as_str().try_into().unwrap(),
        who: Who::Operator,
        how: How::Passkey,
        is_strong: true,
        fresh_until: at(3),
        address: "192.0.2.0".into(),
        agent: "A browser".into(),
        created_at: at(1),
        last_seen: at(5),
        expires_at: at(100),
        operates: false,
    }
}
