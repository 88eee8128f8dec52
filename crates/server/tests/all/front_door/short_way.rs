//! What a proxy is told over a connection that it keeps: the same as by any other way.

use super::APPSTORE;
use crate::town::{Persona, Said, Town};
use counterfoil_server::App;
use counterfoil_server::listen::{Address, Connection, Field, Listener, Server, Short, ShortWay, Written};
use http::HeaderMap;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const LONG: Duration = Duration::from_secs(20);
const REFUSED: &str = include_str!("../../../../core/tests/vectors/tokens-refused.json");

/// A server, and how many of its answers took the short way.
struct Door {
    town: Town,
    address: std::net::SocketAddr,
    short: Arc<AtomicUsize>,
}

/// Counts what it lets through.
struct Counted(App, Arc<AtomicUsize>);

impl ShortWay for Counted {
    fn answer(&self, target: &str, fields: &[Field<'_>], by: &Connection, into: &mut Written) -> Short {
        let short = self.0.answer(target, fields, by, into);
        self.1.fetch_add(usize::from(!matches!(short, Short::NotMine)), Ordering::Relaxed);
        short
    }
}

impl Door {
    async fn open(town: Town) -> Self {
        let listener = Listener::bind(&"127.0.0.1:0".parse().unwrap()).await.unwrap();
        let Address::Tcp(address) = *listener.address() else { panic!("no port") };
        let short = Arc::new(AtomicUsize::new(0));
        let server = Server::new(listener).short_way(Counted(town.app.clone(), Arc::clone(&short)));
        tokio::spawn(server.serve(town.app.clone(), std::future::pending(), Duration::ZERO));
        Self { town, address, short }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    fn bearer(&self, persona: &Persona) -> String {
        let held = persona.held();
        format!("Authorization: Bearer {}", held.sign(&held.claims(self.town.now())))
    }

    fn taken(&self) -> usize {
        self.short.load(Ordering::Relaxed)
    }
}

/// Asks with these fields, on a connection that stays.
async fn ask(stream: &mut TcpStream, fields: &str) -> Said {
    let fields = if fields.is_empty() { String::new() } else { format!("{fields}\r\n") };
    let head = format!("GET /authorize HTTP/1.1\r\nHost: test\r\n{fields}\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    answer(stream).await
}

/// The next answer.
async fn answer(stream: &mut TcpStream) -> Said {
    let mut bytes = Vec::new();
    loop {
        if let Some(said) = whole(&bytes) {
            return said;
        }
        let count = timeout(LONG, stream.read_buf(&mut bytes)).await.expect("an answer").unwrap();
        assert!(count > 0, "closed after {:?}", String::from_utf8_lossy(&bytes));
    }
}

fn whole(bytes: &[u8]) -> Option<Said> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let mut headers = HeaderMap::new();
    for line in head.split("\r\n").skip(1).filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(": ").unwrap();
        headers.append(http::HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
    }
    let length: usize = headers["content-length"].to_str().unwrap().parse().unwrap();
    let body = bytes.get(end..end + length)?;
    assert_eq!(bytes.len(), end + length, "more than was asked for");
    Some(Said { status: head[9..12].parse().unwrap(), headers, bytes: body.to_vec() })
}

/// An answer but for what differs from one request to the next.
fn lasting(said: &Said) -> (u16, Vec<(String, String)>, String) {
    let id = said.header("x-request-id");
    let lasting = |text: &str| if id.len() == 36 { text.replace(id, "id") } else { text.to_owned() };
    let changing = ["date", "connection", "x-rate-limit"];
    let fields = said.headers.iter().filter(|(name, _)| !changing.contains(&name.as_str()));
    let fields = fields.map(|(name, value)| (name.to_string(), lasting(value.to_str().unwrap())));
    (said.status, fields.collect(), lasting(std::str::from_utf8(&said.bytes).unwrap()))
}

#[tokio::test]
async fn every_answer_is_the_same_by_either_way_to_the_order_of_its_fields() {
    let (town, team, admin) = Town::with_admin().await;
    let reports = town.team_key(team, "SALES").await;
    let door = Door::open(town).await;
    let (good, weak) = (door.bearer(&admin), door.bearer(&reports));
    let about = "X-Original-Method: GET\r\nX-Original-URI: /v1/apps?limit=2";
    let mut short = door.connect().await;
    for (plain, fields) in [
        (true, format!("{good}\r\n{about}")),
        (
            true,
            format!("{good}\r\n{about}\r\nX-Request-ID: a-given-name\r\nUser-Agent: proxy/1\r\nAccept: */*"),
        ),
        (
            true,
            format!(
                "{good}\r\nx-FORWARDED-method: PATCH\r\nX-Forwarded-Uri: /v1/apps/1\r\nX-Forwarded-For: 192.0.2.7"
            ),
        ),
        (true, format!("{good}\r\n{about}\r\nConnection: keep-alive")),
        (true, format!("{weak}\r\n{about}")),
        (true, format!("{weak}\r\n{about}\r\nX-Counterfoil-Carry: 1")),
        (true, about.to_owned()),
        (true, format!("Authorization: Basic YTpi\r\n{about}")),
        (true, format!("Authorization: Bearer nonsense\r\n{about}")),
        (true, format!("{good}\r\nX-Original-Method: GET\r\nX-Original-URI: /v1/../apps")),
        (true, format!("{good}\r\nX-Original-Method: GET\r\nX-Original-URI: /v1/nothing/here")),
        (false, good.clone()),
        (false, format!("{good}\r\n{good}\r\n{about}")),
        (false, format!("{good}\r\nX-Original-Method: GET")),
        (false, format!("{good}\r\n{about}\r\nX-Original-URI: /v1/users")),
        (false, format!("{good}\r\nX-Original-Method: G T\r\nX-Original-URI: /v1/apps")),
        (false, String::new()),
    ] {
        let before = door.taken();
        let by_short_way = ask(&mut short, &fields).await;
        assert_eq!(door.taken() - before, usize::from(plain), "{fields}");
        if !plain {
            short = door.connect().await;
        }
        let mut usual = door.connect().await;
        let fields = if fields.is_empty() { String::new() } else { format!("{fields}\r\n") };
        let head = format!("GET /authorize HTTP/1.1\r\nContent-Length: 0\r\n{fields}\r\n");
        usual.write_all(head.as_bytes()).await.unwrap();
        assert_eq!(lasting(&by_short_way), lasting(&answer(&mut usual).await), "{fields}");
    }
}

#[tokio::test]
async fn a_new_token_is_checked_and_a_known_one_known() {
    let (town, team, admin) = Town::with_admin().await;
    let door = Door::open(town).await;
    let mut stream = door.connect().await;
    let mut left = Vec::new();
    for _ in 0..2 {
        let fields = format!("{}\r\nX-Original-Method: GET\r\nX-Original-URI: /v1/apps", door.bearer(&admin));
        for _ in 0..3 {
            let said = ask(&mut stream, &fields).await.ok();
            left.push(
                said.header("x-rate-limit").rsplit(':').next().unwrap().trim_end_matches(';').to_owned(),
            );
        }
    }
    assert_eq!(left, ["3599", "3598", "3597", "3596", "3595", "3594"]);
    assert_eq!(door.taken(), 6);
    door.town.revoke(team, &admin).await;
    let fields = format!("{}\r\nX-Original-Method: GET\r\nX-Original-URI: /v1/apps", door.bearer(&admin));
    ask(&mut stream, &fields).await.fails(401, "NOT_AUTHORIZED");
}

#[tokio::test]
async fn a_limit_is_a_limit() {
    let catalog = APPSTORE.replacen("requests_per_hour = 3600", "requests_per_hour = 2", 1);
    let town = Town::build_with(Some(catalog)).await;
    let team = town.team("Rivets").await;
    let admin = town.team_key(team, "ADMIN").await;
    let door = Door::open(town).await;
    let mut stream = door.connect().await;
    let fields = format!("{}\r\nX-Original-Method: GET\r\nX-Original-URI: /v1/apps", door.bearer(&admin));
    for status in [200, 200, 429, 429] {
        let said = ask(&mut stream, &fields).await;
        assert_eq!((said.status, said.headers.contains_key("retry-after")), (status, status == 429));
    }
    assert_eq!(door.taken(), 4);
}

#[tokio::test]
async fn who_has_not_heard_of_the_ledger_refuses_here_too() {
    let (town, _, admin) = Town::with_admin().await;
    let door = Door::open(town).await;
    let mut stream = door.connect().await;
    let fields = format!("{}\r\nX-Original-Method: GET\r\nX-Original-URI: /v1/apps", door.bearer(&admin));
    ask(&mut stream, &fields).await.ok();
    door.town.authority.shutdown().await;
    door.town.authority.verifier().fence().shut();
    let said = ask(&mut stream, &fields).await.fails(503, "SERVICE_UNAVAILABLE.STALE");
    assert_eq!((said.header("retry-after"), said.header("x-rate-limit")), ("1", ""));
    assert_eq!(door.taken(), 2);
}

#[tokio::test]
async fn every_token_of_the_corpus_is_refused_by_this_way_as_by_the_others() {
    let (town, _, _) = Town::with_admin().await;
    let door = Door::open(town).await;
    let corpus: Value = serde_json::from_str(REFUSED).unwrap();
    let mut stream = door.connect().await;
    let mut asked = 0;
    for vector in corpus["vectors"].as_array().unwrap() {
        let token = vector["token"].as_str().unwrap();
        let fits = token.len() < 6000 && token.bytes().all(|byte| byte >= 0x20 && byte != 0x7f);
        if !fits {
            continue;
        }
        asked += 1;
        let fields =
            format!("Authorization: Bearer {token}\r\nX-Original-Method: GET\r\nX-Original-URI: /v1/apps");
        let said = ask(&mut stream, &fields).await;
        assert_eq!((said.status, said.code().as_str()), (401, "NOT_AUTHORIZED"), "{}", vector["name"]);
    }
    assert!(asked >= 300, "{asked}");
    assert_eq!(door.taken(), asked);
}
