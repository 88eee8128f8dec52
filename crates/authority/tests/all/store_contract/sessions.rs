//! What every engine promises of links and of the sessions that they open.

use super::bed::{Bed, at, person_id, team};
use super::rows::{all, link, one, session, write};
use counterfoil_authority::store::tables::links::{Link, Purpose};
use counterfoil_authority::store::tables::sessions::{Session, Who};
use counterfoil_authority::store::tables::{links, sessions};
use counterfoil_authority::store::{StoreFault, first_of};

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
