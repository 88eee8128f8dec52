//! Many clients at once, most of them bad.

use super::*;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

#[tokio::test]
async fn two_thousand_slow_heads_do_not_slow_a_good_client() {
    let house = open(Limits { connections: 10_000, ..Limits::default() }).await;
    let mut crowd = Vec::new();
    for _ in 0..2000 {
        let mut stream = house.connect().await;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: ").await.unwrap();
        crowd.push(stream);
    }
    let begin = Instant::now();
    for _ in 0..50 {
        house.is_fine().await;
    }
    assert!(begin.elapsed() < millis(2500), "50 requests took {:?}", begin.elapsed());
    let summary = house.figures.now();
    assert_eq!((summary.connections, summary.requests, summary.made_room), (2050, 50, 0));
}

#[tokio::test]
async fn a_flood_over_the_cap_makes_room_for_good_clients() {
    let house = open(Limits { connections: 200, ..Limits::default() }).await;
    let mut flood = Vec::new();
    for _ in 0..1000 {
        flood.push(house.connect().await);
    }
    for _ in 0..20 {
        house.is_fine().await;
    }
    let summary = house.close().await;
    assert!(summary.made_room >= 800, "{summary:?}");
    assert_eq!(summary.requests, 20);
}

#[tokio::test]
async fn who_never_asked_anything_makes_room_before_who_did() {
    let house = open(Limits { connections: 2, ..Limits::default() }).await;
    let mut known = house.connect().await;
    known.write_all(keeping("/").as_bytes()).await.unwrap();
    one_answer(&mut known, "fine").await;
    let mut stranger = house.connect().await;
    until(2, || house.figures.now().connections).await;
    house.is_fine().await;
    assert_eq!(rest(&mut stranger).await, "");
    known.write_all(keeping("/").as_bytes()).await.unwrap();
    assert_answer(&one_answer(&mut known, "fine").await, 200, "fine");
}

#[tokio::test]
async fn who_has_as_many_connections_as_an_address_may_gets_no_more_and_others_do() {
    let house = open(Limits { connections_per_address: 2, head: LONG, ..Limits::default() }).await;
    let mut kept = [house.connect().await, house.connect().await];
    until(2, || house.figures.now().connections).await;
    assert_eq!(rest(&mut house.connect().await).await, "");
    let to = house.socket();
    let from = async |address| {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(address, 0)).unwrap();
        socket.connect(to).await.unwrap()
    };
    for mut stream in [from(IpAddr::from([127, 0, 0, 3])).await, from(SPARED).await, from(SPARED).await] {
        stream.write_all(keeping("/").as_bytes()).await.unwrap();
        one_answer(&mut stream, "fine").await;
    }
    assert_eq!((house.figures.now().connections, house.figures.now().turned_away), (5, 1));
    for stream in &mut kept {
        stream.write_all(keeping("/").as_bytes()).await.unwrap();
        one_answer(stream, "fine").await;
    }
}

#[tokio::test]
async fn a_house_full_of_requests_lets_newcomers_wait_and_loses_none() {
    let house = open(Limits { connections: 3, ..Limits::default() }).await;
    let mut busy = Vec::new();
    for _ in 0..3 {
        let mut stream = house.connect().await;
        stream.write_all(closing("/wait").as_bytes()).await.unwrap();
        house.waiting.notified().await;
        busy.push(stream);
    }
    let mut newcomer = house.connect().await;
    newcomer.write_all(closing("/").as_bytes()).await.unwrap();
    let early = timeout(millis(300), newcomer.read_u8()).await;
    assert!(early.is_err(), "answered beyond the cap: {early:?}");
    for mut stream in busy {
        house.go_on.notify_one();
        assert_answer(&rest(&mut stream).await, 200, "waited");
    }
    assert_answer(&rest(&mut newcomer).await, 200, "fine");
}

const SERVE_ALONE: &str = "listen::crowds::serve_alone_for_another_test";

/// The server process of the next test.
#[tokio::test]
#[ignore = "run by out_of_file_descriptors_the_server_goes_on"]
async fn serve_alone_for_another_test() {
    let house = open(Limits::default()).await;
    println!("\nlistening at {}", house.socket());
    let _ = house.done.await;
}

#[tokio::test]
async fn out_of_file_descriptors_the_server_goes_on() {
    let test = std::env::current_exe().unwrap();
    let mut server = Command::new("sh")
        .args(["-c", "ulimit -n 64; exec \"$0\" --ignored --nocapture --exact \"$1\""])
        .arg(test)
        .arg(SERVE_ALONE)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let socket: SocketAddr = loop {
        let line = timeout(LONG, lines.next_line()).await.unwrap().unwrap().expect("the server speaks");
        if let Some(socket) = line.strip_prefix("listening at ") {
            break socket.parse().unwrap();
        }
    };
    let mut idle = Vec::new();
    for _ in 0..200 {
        idle.push(TcpStream::connect(socket).await.unwrap());
    }
    for _ in 0..3 {
        let mut good = TcpStream::connect(socket).await.unwrap();
        good.write_all(closing("/").as_bytes()).await.unwrap();
        assert_answer(&rest(&mut good).await, 200, "fine");
    }
    server.kill().await.unwrap();
}
