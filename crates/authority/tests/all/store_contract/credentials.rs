//! What every engine promises of what people prove themselves with.

use super::bed::{Bed, at, person_id};
use super::rows::{challenge, one, passkey, proofs_of, write};
use counterfoil_authority::store::StoreFault;
use counterfoil_authority::store::tables::{authenticators, challenges, passkeys, recovery_codes};

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
