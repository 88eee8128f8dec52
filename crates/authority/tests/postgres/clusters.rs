//! What the one server of all tests can't show: a database that must speak TLS, one that forgets, and a primary whose
//! synchronous standby takes over. Each test makes the servers that it needs.

mod cluster;

use crate::house::{House, admin_key};
use cluster::{Cluster, Settings};
use counterfoil_authority::keys::{NewHalf, NewKeyRequest};
use counterfoil_authority::store::StoreFault;
use counterfoil_authority::store::postgres::Postgres;
use counterfoil_authority::{Failure, Request};
use counterfoil_core::event::Actor;
use counterfoil_core::id::KeyId;
use std::time::{Duration, Instant};

/// For how long a database may be away while the other one takes over.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_forgets_when_the_power_fails_is_refused() {
    for setting in ["fsync", "full_page_writes"] {
        let off = format!("{setting}=off");
        let cluster = Cluster::create(&Settings { options: &[&off], ..Settings::default() });
        assert!(said(&cluster.url()).await.contains(&off), "{setting}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_is_spoken_and_the_certificate_is_checked() {
    let (ours, theirs) = (certificate(), certificate());
    let cluster = Cluster::create(&Settings {
        options: &["ssl=on"],
        files: &[("server.crt", &ours.cert.pem()), ("server.key", &ours.signing_key.serialize_pem())],
        access: Some("hostssl all all all trust\n"),
    });
    let trusted = cluster.write("ours.pem", &ours.cert.pem());
    let stranger = cluster.write("theirs.pem", &theirs.cert.pem());
    let url = cluster.url().replace("127.0.0.1", "localhost");
    let checked = |roots: &str| format!("{url}?sslmode=verify-full&sslrootcert={roots}");

    Postgres::open(&checked(&trusted)).await.unwrap();
    let why = said(&checked(&stranger)).await;
    assert!(why.contains("certificate"), "{why}");
    let why = said(&format!("{}?sslmode=require&sslrootcert={trusted}", cluster.url())).await;
    assert!(why.contains("certificate"), "the name of the server is checked too: {why}");
    let why = said(&format!("{url}?sslmode=disable")).await;
    assert!(why.contains("pg_hba"), "the server takes nobody without TLS: {why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_is_refused_by_itself_and_passed_over_beside_its_primary() {
    let primary = Cluster::create(&Settings::default());
    let standby = primary.standby();
    let why = said(&standby.url()).await;
    assert!(why.contains("standby") && why.contains("primary"), "{why}");
    let both = standby.url_with(&primary);
    let house = House::build_on(Some(both)).await;
    generate(&house).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_when_the_synchronous_standby_takes_over() {
    let primary = Cluster::create(&Settings::default());
    let standby = primary.standby();
    primary.wait_for(standby.name()).await;
    let house = House::build_on(Some(primary.url_with(&standby))).await;
    let mut acknowledged = Vec::new();
    for _ in 0..10 {
        acknowledged.push(generate(&house).await.unwrap());
    }

    primary.break_down();
    assert!(generate(&house).await.is_err(), "nobody takes a write");
    standby.promote();
    acknowledged.push(generate_as_soon_as_possible(&house).await);

    let anew = house.another().await;
    for server in [house.server(), anew] {
        let team = server.ledger().team(house.team).unwrap();
        assert!(acknowledged.iter().all(|key| team.keys.contains_key(key)));
    }
}

fn certificate() -> rcgen::CertifiedKey<rcgen::KeyPair> {
    rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap()
}

/// Why a database is not taken.
async fn said(url: &str) -> String {
    match Postgres::open(url).await {
        Err(StoreFault::Unfit(why) | StoreFault::Unavailable(why)) => why,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was taken"),
    }
}

async fn generate(house: &House) -> Result<KeyId, Failure> {
    let new = NewKeyRequest {
        kind: "TEAM".try_into().unwrap(),
        name: "CI".try_into().unwrap(),
        roles: Some(admin_key()),
        half: NewHalf::Issuer,
    };
    let request = Request::by(Actor::User(house.owner));
    house.server().generate(house.team, &request, &new).await.map(|answered| answered.value)
}

async fn generate_as_soon_as_possible(house: &House) -> KeyId {
    let began = Instant::now();
    loop {
        match generate(house).await {
            Ok(key) => return key,
            Err(failure) => assert!(began.elapsed() < PATIENCE, "{failure}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
