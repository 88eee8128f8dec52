//! Clients that want too much, or give too little.

use super::*;

#[tokio::test]
async fn a_slow_head_is_cut_off_in_time_while_a_good_request_is_answered() {
    let house = open(Limits { head: millis(400), ..Limits::default() }).await;
    let slow = house.connect().await;
    let (mut reading, mut writing) = slow.into_split();
    let trickle = tokio::spawn(async move {
        for byte in keeping("/").bytes() {
            tokio::time::sleep(millis(50)).await;
            if writing.write_all(&[byte]).await.is_err() {
                return;
            }
        }
    });
    let begin = Instant::now();
    house.is_fine().await;
    assert!(begin.elapsed() < millis(400), "{:?}", begin.elapsed());
    assert_eq!(rest_or_reset(&mut reading).await, "");
    // The second that a connection gets for its goodbye is within this.
    assert!((millis(350)..millis(3000)).contains(&begin.elapsed()), "{:?}", begin.elapsed());
    until(1, || house.figures.now().timed_out).await;
    trickle.abort();
}

#[tokio::test]
async fn the_head_of_a_later_request_has_its_own_time_and_idleness_another() {
    let house = open(Limits { head: millis(300), idle: millis(900), ..Limits::default() }).await;
    let (mut idle, mut slow) = (house.connect().await, house.connect().await);
    for stream in [&mut idle, &mut slow] {
        stream.write_all(keeping("/").as_bytes()).await.unwrap();
        one_answer(stream, "fine").await;
    }
    tokio::time::sleep(millis(500)).await;
    slow.write_all(keeping("/").as_bytes()).await.unwrap();
    one_answer(&mut slow, "fine").await;
    let waited = time_to_close(&mut idle).await;
    assert!((millis(200)..millis(700)).contains(&waited), "{waited:?}");
    slow.write_all(b"GET / HT").await.unwrap();
    let waited = time_to_close(&mut slow).await;
    assert!((millis(200)..millis(2500)).contains(&waited), "{waited:?}");
}

#[tokio::test]
async fn a_body_that_says_it_is_too_big_is_refused_unread() {
    let house = open(Limits { body_bytes: 100, ..Limits::default() }).await;
    for (length, status, body) in [(100, 200, "100"), (101, 413, ""), (u64::MAX >> 1, 413, "")] {
        let head = format!(
            "POST /length HTTP/1.1\r\nHost: t\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
        );
        assert_answer(&house.say(&(head + &"x".repeat(100))).await, status, body);
    }
}

#[tokio::test]
async fn a_body_that_grows_too_big_is_413_whatever_the_service_says() {
    let house = open(Limits { body_bytes: 100, ..Limits::default() }).await;
    for (chunks, status, body) in [(10, 200, "100"), (11, 413, "")] {
        let head =
            "POST /length HTTP/1.1\r\nHost: t\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
        let text = format!("{head}{}0\r\n\r\n", "a\r\n0123456789\r\n".repeat(chunks));
        assert_answer(&house.say(&text).await, status, body);
    }
}

#[tokio::test]
async fn a_client_that_is_still_sending_gets_to_read_its_413() {
    let house = open(Limits { body_bytes: 100, ..Limits::default() }).await;
    let mut stream = house.connect().await;
    stream.write_all(b"POST /length HTTP/1.1\r\nHost: t\r\nContent-Length: 16777216\r\n\r\n").await.unwrap();
    for _ in 0..256 {
        stream.write_all(&[b'x'; 65536]).await.expect("nobody resets us");
    }
    let answer = rest(&mut stream).await;
    assert_answer(&answer, 413, "");
    assert!(answer.contains("\r\nconnection: close\r\n"), "{answer:?}");
}

#[tokio::test]
async fn a_body_that_stalls_or_crawls_is_cut_off_with_408() {
    let limits = Limits { body_stall: millis(300), body_bytes_per_second: 1000, ..Limits::default() };
    let house = open(limits).await;
    for pause in [10_000, 50] {
        let mut stream = house.connect().await;
        let begin = Instant::now();
        stream.write_all(b"POST /length HTTP/1.1\r\nHost: t\r\nContent-Length: 1000\r\n\r\n").await.unwrap();
        let (mut reading, mut writing) = stream.into_split();
        let crawl = tokio::spawn(async move {
            while writing.write_all(b"x").await.is_ok() {
                tokio::time::sleep(millis(pause)).await;
            }
        });
        assert_answer(&rest_or_reset(&mut reading).await, 408, "");
        assert!(begin.elapsed() >= millis(290), "{:?}", begin.elapsed());
        crawl.abort();
    }
}

#[tokio::test]
async fn a_body_at_a_fair_pace_takes_the_time_it_takes() {
    let limits = Limits { body_stall: millis(300), body_bytes_per_second: 100, ..Limits::default() };
    let house = open(limits).await;
    let mut stream = house.connect().await;
    stream.write_all(b"POST /length HTTP/1.1\r\nHost: t\r\nContent-Length: 200\r\n\r\n").await.unwrap();
    for _ in 0..10 {
        tokio::time::sleep(millis(100)).await;
        stream.write_all(&[b'x'; 20]).await.unwrap();
    }
    assert_answer(&one_answer(&mut stream, "200").await, 200, "200");
}

#[tokio::test]
async fn heads_with_too_many_bytes_or_fields_are_431() {
    let house = open(Limits { head_bytes: 10_000, head_fields: 20, ..Limits::default() }).await;
    let head = "GET / HTTP/1.1\r\nhost: t\r\nconnection: close\r\n";
    let bytes = |count| format!("{head}x: {}\r\n\r\n", "x".repeat(count - head.len() - "x: \r\n\r\n".len()));
    let fields = |count: usize| format!("{head}{}\r\n", "x: x\r\n".repeat(count - 2));
    for (text, status, body) in [
        (bytes(10_000), 200, "fine"),
        (bytes(10_001), 431, ""),
        (bytes(1_000_000), 431, ""),
        (fields(20), 200, "fine"),
        (fields(21), 431, ""),
        (fields(300), 431, ""),
    ] {
        assert_answer(&house.say(&text).await, status, body);
    }
}

#[tokio::test]
async fn an_answer_that_nobody_takes_is_given_up() {
    let house = open(Limits { answer_stall: millis(300), ..Limits::default() }).await;
    for (path, timed_out) in [("/lump", 1), ("/pieces", 2)] {
        let mut stream = house.connect().await;
        stream.write_all(keeping(path).as_bytes()).await.unwrap();
        until(timed_out, || house.figures.now().timed_out).await;
        assert!(rest_or_reset(&mut stream).await.len() < LARGE, "{path} was all taken");
    }
}

#[tokio::test]
async fn an_answer_that_is_taken_slowly_is_not_given_up() {
    let house = open(Limits { answer_stall: millis(300), idle: millis(300), ..Limits::default() }).await;
    for path in ["/lump", "/pieces"] {
        let mut stream = house.connect().await;
        stream.write_all(closing(path).as_bytes()).await.unwrap();
        let (mut taken, mut bytes) = (0, vec![0; 8 << 20]);
        while let count @ 1.. = stream.read(&mut bytes).await.unwrap() {
            taken += count;
            tokio::time::sleep(millis(if taken < LARGE / 4 { 50 } else { 0 })).await;
        }
        assert!(taken >= LARGE - PIECE.len(), "{path}: {taken}");
    }
}

#[tokio::test]
async fn a_panic_is_a_500_for_its_request_alone() {
    let house = open(Limits::default()).await;
    let mut stream = house.connect().await;
    stream.write_all(keeping("/panic").as_bytes()).await.unwrap();
    assert_answer(&one_answer(&mut stream, "").await, 500, "");
    stream.write_all(keeping("/").as_bytes()).await.unwrap();
    assert_answer(&one_answer(&mut stream, "fine").await, 200, "fine");
    assert_eq!(house.close().await.panics, 1);
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let house = open(Limits::default()).await;
    let post = "POST /length HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\nabc";
    let answers = house.say(&format!("{}{post}{}", keeping("/"), closing("/nowhere"))).await;
    let statuses: Vec<_> = answers.matches("HTTP/1.1 ").zip(answers.split("HTTP/1.1 ").skip(1)).collect();
    let statuses: Vec<_> = statuses.iter().map(|(_, answer)| &answer[..3]).collect();
    assert_eq!(statuses, ["200", "200", "404"], "{answers:?}");
    assert!(answers.contains("\r\n\r\nfineHTTP") && answers.contains("\r\n\r\n3HTTP"), "{answers:?}");
}

#[tokio::test]
async fn a_client_that_closed_its_half_still_gets_its_answer() {
    let house = open(Limits::default()).await;
    let mut stream = house.connect().await;
    stream.write_all(keeping("/wait").as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    house.waiting.notified().await;
    tokio::time::sleep(millis(50)).await;
    house.go_on.notify_one();
    assert_answer(&rest(&mut stream).await, 200, "waited");
}

#[tokio::test]
async fn a_body_that_the_service_ignores_does_no_harm() {
    let house = open(Limits::default()).await;
    let text = "POST /ignore HTTP/1.1\r\nHost: t\r\nConnection: close\r\nContent-Length: 500000\r\n\r\n";
    let answer = house.say(&format!("{text}{}", "x".repeat(500_000))).await;
    assert_answer(&answer, 200, "ignored");
    house.is_fine().await;
}

/// Like [`rest`], of a connection that may end in a reset because we are still sending.
async fn rest_or_reset(stream: &mut (impl AsyncReadExt + Unpin)) -> String {
    let mut text = Vec::new();
    let mut bytes = [0; 1024];
    while let Ok(count @ 1..) = timeout(LONG, stream.read(&mut bytes)).await.expect("it is closed") {
        text.extend_from_slice(&bytes[..count]);
    }
    String::from_utf8_lossy(&text).into_owned()
}
