//! How a server ends.

use super::*;

#[tokio::test]
async fn a_drain_lets_the_request_in_flight_finish() {
    let house = open(Limits::default()).await;
    let mut stream = house.connect().await;
    stream.write_all(keeping("/wait").as_bytes()).await.unwrap();
    house.waiting.notified().await;
    let (go_on, socket) = (Arc::clone(&house.go_on), house.socket());
    let closed = tokio::spawn(house.close());
    while TcpStream::connect(socket).await.is_ok() {
        tokio::time::sleep(millis(5)).await;
    }
    assert!(!closed.is_finished(), "the drain did not wait for the request");
    go_on.notify_one();
    assert_answer(&rest(&mut stream).await, 200, "waited");
    let summary = closed.await.unwrap();
    assert_eq!((summary.requests, summary.cut), (1, 0));
}

#[tokio::test]
async fn a_drain_closes_idle_connections_at_once() {
    let house = open(Limits::default()).await;
    let mut fresh = house.connect().await;
    let mut kept = house.connect().await;
    kept.write_all(keeping("/").as_bytes()).await.unwrap();
    one_answer(&mut kept, "fine").await;
    let figures = Arc::clone(&house.figures);
    until(2, || figures.now().connections).await;
    let begin = Instant::now();
    assert_eq!(house.close().await.cut, 0);
    assert!(begin.elapsed() < millis(2000), "{:?}", begin.elapsed());
    assert_eq!((rest(&mut fresh).await, rest(&mut kept).await), (String::new(), String::new()));
}

#[tokio::test]
async fn what_outlasts_the_drain_is_cut_off() {
    let house = open_at("127.0.0.1:0", Limits::default(), None, millis(200)).await;
    let mut stream = house.connect().await;
    stream.write_all(keeping("/wait").as_bytes()).await.unwrap();
    house.waiting.notified().await;
    let begin = Instant::now();
    assert_eq!(house.close().await.cut, 1);
    assert!((millis(200)..millis(1000)).contains(&begin.elapsed()), "{:?}", begin.elapsed());
    assert_eq!(rest(&mut stream).await, "");
}

#[tokio::test]
async fn a_server_that_is_dropped_cuts_its_connections_off() {
    let house = open(Limits::default()).await;
    let mut stream = house.connect().await;
    stream.write_all(keeping("/wait").as_bytes()).await.unwrap();
    house.waiting.notified().await;
    house.done.abort();
    assert_eq!(rest(&mut stream).await, "");
}

#[tokio::test]
async fn who_never_stops_asking_does_not_keep_a_drain_waiting() {
    for path in ["/", "/nowhere"] {
        let house = open(Limits::default()).await;
        let (mut reading, mut writing) = house.connect().await.into_split();
        let text = keeping(path).repeat(100);
        let asks = tokio::spawn(async move { while writing.write_all(text.as_bytes()).await.is_ok() {} });
        let reads = tokio::spawn(async move { while let Ok(1..) = reading.read(&mut [0; 4096]).await {} });
        until(1000, || house.figures.now().requests).await;
        assert_eq!(house.close().await.cut, 0, "{path}");
        timeout(LONG, async { (asks.await.unwrap(), reads.await.unwrap()) }).await.unwrap();
    }
}
