//! Plain requests, and what else comes by the same connection.

use super::{LONG, assert_answer, keeping, millis, one_answer, open, rest, until};
use counterfoil_server::listen::Limits;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

/// The bodies of all answers in `text`.
fn bodies(text: &str) -> Vec<&str> {
    text.split("HTTP/1.1 ").skip(1).map(|answer| answer.split_once("\r\n\r\n").unwrap().1).collect()
}

#[tokio::test]
async fn plain_requests_are_answered_in_their_order_however_they_are_cut() {
    let house = open(Limits::default()).await;
    let text = keeping("/").repeat(3) + &super::closing("/");
    for size in [1, 7, 100, text.len()] {
        let mut stream = house.connect().await;
        stream.set_nodelay(true).unwrap();
        for piece in text.as_bytes().chunks(size) {
            stream.write_all(piece).await.unwrap();
            tokio::task::yield_now().await;
        }
        assert_eq!(bodies(&rest(&mut stream).await), ["fine"; 4], "in pieces of {size}");
    }
    assert_eq!(house.close().await.requests, 16);
}

#[tokio::test]
async fn what_is_not_plain_goes_the_usual_way_and_so_does_what_follows() {
    let house = open(Limits::default()).await;
    let mut stream = house.connect().await;
    stream.write_all((keeping("/") + &keeping("/nowhere") + &keeping("/")).as_bytes()).await.unwrap();
    let begin = one_answer(&mut stream, "fine").await;
    let text = if bodies(&begin).len() == 3 { begin } else { begin + &one_answer(&mut stream, "fine").await };
    assert_eq!(bodies(&text), ["fine", "", "fine"]);
    stream.write_all(super::closing("/").as_bytes()).await.unwrap();
    assert_answer(&rest(&mut stream).await, 200, "fine");
    assert_eq!(house.close().await.requests, 4);
}

#[tokio::test]
async fn a_body_is_never_taken_for_a_request() {
    let house = open(Limits::default()).await;
    let inner = keeping("/");
    let chunk = format!("{:x}\r\n{inner}\r\n0\r\n\r\n", inner.len());
    for (field, body) in [
        (format!("Content-Length: {}", inner.len()), inner.clone()),
        ("Transfer-Encoding: chunked".to_owned(), chunk.clone()),
        (format!("content-LENGTH: {}\r\nX-Other: 1", inner.len()), inner.clone()),
        ("TRANSFER-encoding: Chunked".to_owned(), chunk),
    ] {
        let mut stream = house.connect().await;
        let text =
            format!("GET / HTTP/1.1\r\nHost: test\r\n{field}\r\n\r\n{body}{}", super::closing("/peer"));
        stream.write_all(text.as_bytes()).await.unwrap();
        let said = rest(&mut stream).await;
        assert_eq!(bodies(&said).len(), 2, "{field}: {said}");
        assert_eq!(bodies(&said)[0], "fine");
    }
}

#[tokio::test]
async fn heads_that_are_not_understood_are_refused_as_ever() {
    let house = open(Limits::default()).await;
    for head in [
        "GET / HTTP/1.1\r\nHost : test\r\n\r\n",
        "GET / HTTP/1.1\r\n Host: test\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: te\0st\r\n\r\n",
        "GET / HTTP/3.0\r\n\r\n",
        "GET  / HTTP/1.1\r\n\r\n",
        "G\0T / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "GET / HTTP/1.1\r\nContent-Length: +1\r\n\r\na",
    ] {
        let said = house.say(head).await;
        assert!(said.starts_with("HTTP/1.1 400 "), "{head:?}: {said:?}");
    }
    house.is_fine().await;
}

#[tokio::test]
async fn who_began_with_http_1_is_not_understood_in_http_2() {
    let house = open(Limits::default()).await;
    for first in ["/", "/nowhere"] {
        let mut stream = house.connect().await;
        stream.write_all(keeping(first).as_bytes()).await.unwrap();
        one_answer(&mut stream, if first == "/" { "fine" } else { "" }).await;
        stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
        let said = rest(&mut stream).await;
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 400 "), "{first}: {said:?}");
    }
}

#[tokio::test]
async fn a_panic_is_a_500_of_that_request_and_the_connection_goes_on() {
    let house = open(Limits::default()).await;
    let mut stream = house.connect().await;
    for path in ["/plain/panic", "/plain/panic/later", "/plain/panic/at-last"] {
        stream.write_all(keeping(path).as_bytes()).await.unwrap();
        let said = one_answer(&mut stream, "").await;
        assert!(said.starts_with("HTTP/1.1 500 "), "{said}");
    }
    stream.write_all(keeping("/").as_bytes()).await.unwrap();
    one_answer(&mut stream, "fine").await;
    assert_eq!(house.close().await.panics, 3);
}

#[tokio::test]
async fn a_drain_waits_for_an_answer_that_comes_later_and_for_nobody_else() {
    let house = open(Limits::default()).await;
    let (mut idle, mut busy) = (house.connect().await, house.connect().await);
    idle.write_all(keeping("/").as_bytes()).await.unwrap();
    one_answer(&mut idle, "fine").await;
    busy.write_all(keeping("/plain/wait").as_bytes()).await.unwrap();
    timeout(LONG, house.waiting.notified()).await.unwrap();
    house.stop.send(()).unwrap();
    assert_eq!(rest(&mut idle).await, "");
    house.go_on.notify_one();
    assert_answer(&rest(&mut busy).await, 200, "waited");
    let summary = timeout(LONG, house.done).await.unwrap().unwrap();
    assert_eq!((summary.requests, summary.cut), (2, 0));
}

#[tokio::test]
async fn an_answer_is_not_held_back_for_the_sake_of_the_next() {
    let house = open(Limits::default()).await;
    let mut stream = house.connect().await;
    stream.write_all((keeping("/") + &keeping("/plain/wait")).as_bytes()).await.unwrap();
    one_answer(&mut stream, "fine").await;
    house.go_on.notify_one();
    one_answer(&mut stream, "waited").await;
}

#[tokio::test]
async fn who_goes_away_takes_nothing_along() {
    let house = open(Limits::default()).await;
    let mut stream = house.connect().await;
    stream.write_all(keeping("/plain/wait").as_bytes()).await.unwrap();
    timeout(LONG, house.waiting.notified()).await.unwrap();
    drop(stream);
    house.go_on.notify_one();
    until(1, || house.figures.now().requests).await;
    house.is_fine().await;
}

#[tokio::test]
async fn what_is_brought_from_elsewhere_keeps_its_place_among_the_answers() {
    let house = open(Limits::default()).await;
    let paths = ["/", "/elsewhere/whole", "/plain/panic", "/elsewhere/whole", "/nowhere", "/elsewhere/whole"];
    let text: String = paths.into_iter().map(keeping).collect();
    for size in [1, 50, text.len()] {
        let mut stream = house.connect().await;
        stream.set_nodelay(true).unwrap();
        for piece in (text.clone() + &super::closing("/")).as_bytes().chunks(size) {
            stream.write_all(piece).await.unwrap();
            tokio::task::yield_now().await;
        }
        // Behind what goes the usual way there is nobody who brings anything.
        let expected = ["fine", "brought", "", "brought", "", "", "fine"];
        assert_eq!(bodies(&rest(&mut stream).await), expected, "in pieces of {size}");
    }
}

#[tokio::test]
async fn a_panic_of_who_brings_an_answer_is_a_500_unless_it_has_begun() {
    let house = open(Limits::default()).await;
    let mut stream = house.connect().await;
    stream.write_all(keeping("/elsewhere/panic").as_bytes()).await.unwrap();
    let said = one_answer(&mut stream, "").await;
    assert!(said.starts_with("HTTP/1.1 500 "), "{said}");
    stream.write_all((keeping("/") + &keeping("/elsewhere/panic-late")).as_bytes()).await.unwrap();
    let said = rest(&mut stream).await;
    assert!(said.contains("fine") && said.ends_with("HTTP/1.1 200 OK\r\n"), "{said:?}");
    assert_eq!(house.close().await.panics, 2);
}

#[tokio::test]
async fn an_answer_that_is_not_brought_to_its_end_ends_the_connection() {
    let house = open(Limits::default()).await;
    let mut stream = house.connect().await;
    stream.write_all((keeping("/elsewhere/cut") + &keeping("/")).as_bytes()).await.unwrap();
    assert_eq!(rest(&mut stream).await, "");
}

#[tokio::test]
async fn what_comes_while_an_answer_is_brought_is_read_in_its_order() {
    let house = open(Limits::default()).await;
    let (plain, other, last) = (keeping("/"), keeping("/nowhere"), super::closing("/"));
    for (text, with_first, expected) in [
        ([&*other, &plain, &last].concat(), other.len(), ["waited", "", "fine", "fine"]),
        ([&*plain, &other, &last].concat(), plain.len(), ["waited", "fine", "", "fine"]),
        ([&*other, &plain, &last].concat(), 20, ["waited", "", "fine", "fine"]),
        ([&*other, &plain, &last].concat(), 0, ["waited", "", "fine", "fine"]),
    ] {
        let (first, then) = text.split_at(with_first);
        let mut stream = house.connect().await;
        stream.write_all((keeping("/elsewhere/wait") + first).as_bytes()).await.unwrap();
        timeout(LONG, house.waiting.notified()).await.unwrap();
        for piece in then.as_bytes().chunks(60) {
            stream.write_all(piece).await.unwrap();
            tokio::time::sleep(millis(5)).await;
        }
        house.go_on.notify_one();
        timeout(LONG, house.waiting.notified()).await.unwrap();
        assert_eq!(bodies(&rest(&mut stream).await), expected, "{with_first}: {text}");
    }
}

#[tokio::test]
async fn who_goes_away_ends_what_is_brought_to_him() {
    let house = open(Limits::default()).await;
    let mut stream = house.connect().await;
    stream.write_all(keeping("/elsewhere/wait").as_bytes()).await.unwrap();
    timeout(LONG, house.waiting.notified()).await.unwrap();
    // Who has more to ask is still there.
    stream.write_all(keeping("/").as_bytes()).await.unwrap();
    assert!(timeout(millis(100), house.waiting.notified()).await.is_err());
    house.go_on.notify_one();
    let said = one_answer(&mut stream, "fine").await;
    assert_eq!(bodies(&said), ["waited", "fine"]);
    timeout(LONG, house.waiting.notified()).await.unwrap();
    for is_whole in [true, false] {
        let mut stream = house.connect().await;
        stream.write_all(keeping("/elsewhere/wait").as_bytes()).await.unwrap();
        timeout(LONG, house.waiting.notified()).await.unwrap();
        if is_whole {
            drop(stream);
            timeout(LONG, house.waiting.notified()).await.expect("it is dropped");
        } else {
            stream.shutdown().await.unwrap();
            timeout(LONG, house.waiting.notified()).await.expect("it is dropped");
            assert_eq!(rest(&mut stream).await, "");
        }
    }
}

#[tokio::test]
async fn who_takes_nothing_of_what_is_brought_is_cut_off() {
    let limits = Limits { answer_stall: millis(300), ..Limits::default() };
    let house = open(limits).await;
    let mut stream = house.connect().await;
    stream.write_all(keeping("/elsewhere/pieces").as_bytes()).await.unwrap();
    until(1, || house.figures.now().timed_out).await;
    rest(&mut stream).await;
}

#[tokio::test]
async fn a_wait_has_the_end_that_it_is_given() {
    let house = open(Limits::default()).await;
    let mut stream = house.connect().await;
    for _ in 0..3 {
        stream.write_all(keeping("/elsewhere/in-time").as_bytes()).await.unwrap();
        one_answer(&mut stream, "true false").await;
    }
}

#[tokio::test]
async fn a_drain_waits_for_what_is_brought_and_cuts_it_off_at_its_end() {
    let house = super::open_at("127.0.0.1:0", Limits::default(), None, millis(500)).await;
    let (mut waits, mut endless) = (house.connect().await, house.connect().await);
    waits.write_all(keeping("/elsewhere/wait").as_bytes()).await.unwrap();
    endless.write_all(keeping("/elsewhere/pieces").as_bytes()).await.unwrap();
    timeout(LONG, house.waiting.notified()).await.unwrap();
    until(2, || house.figures.now().requests).await;
    house.stop.send(()).unwrap();
    house.go_on.notify_one();
    assert_answer(&rest(&mut waits).await, 200, "waited");
    let summary = timeout(LONG, house.done).await.unwrap().unwrap();
    assert_eq!((summary.requests, summary.cut), (2, 1));
}
