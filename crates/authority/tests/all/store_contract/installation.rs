//! What every engine promises of answers, replicas, servers and settings.

use super::bed::{Bed, at};
use super::rows::{DAY, all, one, write};
use counterfoil_authority::store::tables::{answers, installation, replicas, servers};
use counterfoil_authority::store::{Position, StoreFault};

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
