//! Plain requests and all others: what the upstream hears and what the client gets is the same.

use super::{Behind, Gate, LONG, Talk, answer, client, fields_of, stage, talk};
use crate::town::{Town, URL};
use counterfoil_core::catalog::Catalog;
use counterfoil_server::{ApiSettings, Upstream, UpstreamSettings};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

/// Has a request leave the short way, and says nothing else.
const USUAL: &str = "Content-Length: 0\r\n";

/// A plain request with this token.
pub(super) fn plain(target: &str, token: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n")
}

/// What became of a request, but for what differs from one to the next.
#[derive(Debug, PartialEq, Eq)]
struct Became {
    heard: Option<(String, Vec<(String, String)>)>,
    status: String,
    fields: Vec<(String, String)>,
    body: String,
}

impl Gate {
    /// How many requests took the short way.
    pub(super) fn taken(&self) -> usize {
        self.short.load(Ordering::Relaxed)
    }

    /// Asks on a connection of its own, and reads one whole answer.
    async fn exchange(&self, behind: &Behind, target: &str, fields: &str) -> Became {
        let before = behind.all().len();
        let mut client = client(self.begin(&format!("GET {target}"), fields).await);
        let head = client.head().await;
        let id = fields_of(&head).into_iter().find(|(name, _)| name == "x-request-id").unwrap().1;
        let body = client.body_of(&head).await.replace(&id, "id");
        let lasting = |(name, value): (String, String)| {
            let changes =
                ["date", "x-rate-limit"].contains(&&*name) || name == "x-request-id" && value.len() == 36;
            let value = if changes { "changes".to_owned() } else { value };
            (name, value)
        };
        let sorted = |fields: Vec<(String, String)>| {
            let mut fields: Vec<_> = fields.into_iter().map(lasting).collect();
            // The order counts among fields of one name only.
            fields.sort_by(|one, other| one.0.cmp(&other.0));
            fields
        };
        let heard = behind.all().get(before).cloned();
        let heard = heard.map(|heard| {
            let mut fields = heard.fields;
            fields.retain(|(name, value)| (&**name, &**value) != ("content-length", "0"));
            (heard.line, sorted(fields))
        });
        let status = head.split("\r\n").next().unwrap_or_default().to_owned();
        Became { heard, status, fields: sorted(fields_of(&head)), body }
    }

    async fn either_way(&self, behind: &Behind, target: &str, fields: &str) -> Became {
        let before = self.taken();
        let usual = self.exchange(behind, target, &format!("{USUAL}{fields}")).await;
        assert_eq!(self.taken(), before, "{fields}");
        let short = self.exchange(behind, target, fields).await;
        assert_eq!(self.taken(), before + 1, "{target} {fields}");
        assert_eq!(short, usual, "{target} {fields}");
        short
    }
}

impl Talk {
    /// The body behind this head.
    pub(super) async fn body_of(&mut self, head: &str) -> String {
        let fields = fields_of(head);
        let find =
            |name: &str| fields.iter().find(|(found, _)| found == name).map(|(_, value)| value.clone());
        if [" 204 ", " 304 "].iter().any(|status| head[8..].starts_with(status)) {
            return String::new();
        }
        let body = async {
            match (find("transfer-encoding"), find("content-length")) {
                (Some(_), None) => self.until("0\r\n\r\n").await,
                (None, Some(length)) => self.exactly(length.parse().unwrap()).await,
                both => panic!("{both:?}: {head}"),
            }
        };
        timeout(LONG, body).await.expect("a body").expect("a whole body")
    }
}

#[tokio::test]
async fn the_upstream_hears_the_same_and_the_client_gets_the_same() {
    let behind = Behind::that(|heard| match heard.line.split(' ').nth(1).unwrap() {
        "/v1/apps/204" => "HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n".to_owned(),
        "/v1/apps/204l" => "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n".to_owned(),
        "/v1/apps/304" => "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\nETag: x\r\n\r\n".to_owned(),
        "/v1/apps/304n" => "HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n".to_owned(),
        "/v1/apps/304c" => "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned(),
        "/v1/apps/empty" => answer(""),
        "/v1/apps/chunked" => {
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: CHUNKED\r\n\r\n2;x=y\r\nab\r\n0A\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\n".to_owned()
        }
        "/v1/apps/trailers" => {
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n".to_owned()
        }
        "/v1/apps/gzip" => {
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n1\r\na\r\n0\r\n\r\n".to_owned()
        }
        "/v1/apps/end" => "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nto the end".to_owned(),
        "/v1/apps/old" => "HTTP/1.0 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nold".to_owned(),
        "/v1/apps/odd" => "HTTP/1.1 299 Quite fine\r\nContent-Length: 3\r\n\r\nodd".to_owned(),
        "/v1/apps/nameless" => "HTTP/1.1 404 \r\nContent-Length: 3\r\n\r\nodd".to_owned(),
        "/v1/apps/fields" => "HTTP/1.1 200 OK\r\ncontent-LENGTH: 3\r\nX-Counterfoil-Team: theirs\r\n\
            X_Counterfoil_Key: theirs\r\nConnection: keep-alive, X-Theirs\r\nConnection: x-other\r\nX-THEIRS: theirs\r\nX-Other: a\r\n\
            Keep-Alive: timeout=5\r\nX-Rate-Limit: theirs\r\nCache-Control: max-age=60\r\nX-Request-Id: theirs-0001\r\n\
            Set-Cookie: counterfoil=planted\r\nSet-Cookie: __Host-Counterfoil=planted; Secure\r\nSet-Cookie: theirs=1\r\n\
            Set-Cookie: more=2\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nWarning: theirs\r\nUpgrade: h2c\r\nProxy-Connection: x\r\n\
            TE: x\r\nTrailer: X\r\nX-Empty:\r\nX-Bytes: \u{fc}\r\nLink: <a>\r\nLink: <b>\r\n\r\nabc".to_owned(),
        "/v1/apps/named" => "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: Date, Content-Length, Set-Cookie, X-Request-Id\r\n\
            Date: x\r\nSet-Cookie: a=b\r\n\r\nabc".to_owned(),
        _ => answer("fine"),
    })
    .await;
    let gate = Gate::before(behind.address).await;
    for (target, fields) in [
        ("/v1/apps", ""),
        ("/v1/apps?limit=2&filter[name]=a,b&sort=-x&e=%20", "Accept: */*\r\nUser-Agent: client/1\r\n"),
        ("/v1/apps/1", "X-Request-Id: a-given-name\r\n"),
        ("/v1/apps/1", "X-Request-Id: <unfit>\r\nX-Request-Id: a-given-name\r\n"),
        (
            "/v1/apps/1",
            "Connection: keep-alive\r\nKeep-Alive: timeout=5\r\nPROXY-Connection: x\r\nProxy-authorization: x\r\n",
        ),
        (
            "/v1/apps/1",
            "ACCEPT: a\r\naccept: b\r\nX-Empty:\r\nX-Bytes: \u{fc}\r\nX-Tab: a\tb\r\nIf-None-Match: \"x\"\r\nRange: bytes=0-1\r\n",
        ),
        (
            "/v1/apps/1",
            "X-Forwarded-For: 203.0.113.9\r\nx-forwarded-proto: http\r\nX-FORWARDED-HOST: evil.example\r\nForwarded: for=x\r\n",
        ),
        ("/v1/apps/204", ""),
        ("/v1/apps/204l", ""),
        ("/v1/apps/304", ""),
        ("/v1/apps/304n", ""),
        ("/v1/apps/304c", ""),
        ("/v1/apps/empty", ""),
        ("/v1/apps/chunked", ""),
        ("/v1/apps/trailers", ""),
        ("/v1/apps/gzip", ""),
        ("/v1/apps/end", ""),
        ("/v1/apps/old", ""),
        ("/v1/apps/odd", ""),
        ("/v1/apps/nameless", ""),
        ("/v1/apps/fields", ""),
        ("/v1/apps/named", ""),
        ("/v1/nowhere", ""),
        ("/v1//apps", ""),
        ("/v1/apps/..", ""),
    ] {
        gate.either_way(&behind, target, fields).await;
    }
}

#[tokio::test]
async fn nothing_that_a_client_says_passes_for_something_else() {
    let behind = Behind::fine().await;
    let gate = Gate::before(behind.address).await;
    let names = [
        "X-Counterfoil-Team",
        "x-counterfoil-key",
        "X-COUNTERFOIL-ROLES",
        "X_Counterfoil_Team",
        "x-counterfoil_user",
        "X.Counterfoil.Apps",
        "X-Counterfoil-User",
        "X-Counterfoil",
        "X-HTTP-Method-Override",
        "X-Http-Method",
        "X_HTTP_Method_Override",
        "X-Method-Override",
        "X-Original-URL",
        "X-Rewrite-URL",
        "X-Original-Method",
        "X-Forwarded-Prefix",
        "X_Forwarded_For",
        "X-Forwarded-Uri",
        "X-Forwarded-Port",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Real-IP",
        "X-Client-IP",
        "True-Client-IP",
        "Forwarded",
        "Keep-Alive",
        "Proxy-Authorization",
        "Proxy-Connection",
    ];
    for name in names {
        for spelt in [name.to_owned(), name.to_uppercase(), name.to_lowercase()] {
            let fields = format!("{spelt}: forged\r\nX-Kept: kept\r\n{spelt}: forged\r\n");
            let heard = gate.either_way(&behind, "/v1/apps", &fields).await.heard.unwrap();
            assert!(!heard.1.iter().any(|(_, value)| value.contains("forged")), "{heard:?}");
            assert!(heard.1.contains(&("x-kept".to_owned(), "kept".to_owned())), "{heard:?}");
        }
    }
}

#[tokio::test]
async fn the_upstream_is_told_the_same_of_client_and_host() {
    let said = "X-Forwarded-For: 203.0.113.9\r\nx-forwarded-FOR: 192.0.2.1\r\nX-Forwarded-Proto: http\r\n\
        X-Forwarded-Host: api.example\r\nForwarded: for=203.0.113.9\r\n";
    for (trusted, keep_host) in [("", false), ("", true), ("127.0.0.0/8", false), ("127.0.0.0/8", true)] {
        let behind = Behind::fine().await;
        let gate = Gate::set(behind.address, |settings, upstream| {
            settings.trusted_proxies = trusted.parse().unwrap();
            upstream.keep_host = keep_host;
        })
        .await;
        for fields in ["", said] {
            let heard = gate.either_way(&behind, "/v1/apps", fields).await.heard.unwrap();
            let field =
                |name: &str| heard.1.iter().find(|(found, _)| found == name).map(|(_, value)| value.clone());
            let is_believed = !trusted.is_empty() && !fields.is_empty();
            let by = if is_believed { "203.0.113.9, 192.0.2.1, 127.0.0.1" } else { "127.0.0.1" };
            assert_eq!(field("x-forwarded-for").as_deref(), Some(by));
            let host = if keep_host { "keys.example".to_owned() } else { behind.address.to_string() };
            assert_eq!(field("host"), Some(host));
        }
    }
}

#[tokio::test]
async fn what_is_not_plain_goes_the_usual_way_and_is_counted_once() {
    let behind = Behind::fine().await;
    let gate = Gate::before(behind.address).await;
    let mut left = 3599;
    for (target, fields) in [
        ("/v1/apps", "Cookie: a=b\r\n"),
        ("/v1/apps", "Connection: keep-alive, x-kept\r\nX-Kept: x\r\n"),
        ("/v1/apps", "Connection: upgrade\r\nUpgrade: websocket\r\n"),
        ("/v1/apps", "TE: trailers\r\n"),
        ("/v1/apps", "Expect: nothing\r\n"),
        ("/v1/apps?a=\"b\"", ""),
        ("/v1/apps#part", ""),
    ] {
        let mut client = client(gate.begin(&format!("GET {target}"), fields).await);
        let head = client.head().await;
        assert!(
            head.starts_with("HTTP/1.1 200 ") || head.starts_with("HTTP/1.1 400 "),
            "{target} {fields} {head}"
        );
        if head.starts_with("HTTP/1.1 200 ") {
            assert!(head.contains(&format!("user-hour-rem:{left};")), "{target} {fields} {head}");
            left -= 1;
        }
    }
    for (target, fields) in [
        ("/v1/apps", "Host: other.example\r\n"),
        ("/v1/apps", "Authorization: Bearer x\r\n"),
        ("http://keys.example/v1/apps", ""),
    ] {
        let mut client = client(gate.begin(&format!("GET {target}"), fields).await);
        assert!(client.head().await.starts_with("HTTP/1.1 400 "), "{target} {fields}");
    }
    // Doors of our own, whatever stands behind.
    for target in ["/livez", "/v1/apiKeys", "/authorize/v1/apps", "/authorize?x", "/console/keys"] {
        let mut client = client(gate.begin(&format!("GET {target}"), "").await);
        client.head().await;
    }
    assert_eq!(gate.taken(), 0);
    assert_eq!(behind.all().len(), (3599 - left) as usize);
    let mut client = client(gate.begin("GET /v1/apps", "").await);
    let head = client.head().await;
    assert!(gate.taken() == 1 && head.starts_with("HTTP/1.1 200 "), "{head}");
}

#[tokio::test]
async fn a_new_token_is_checked_on_the_way_and_the_hour_is_counted_as_ever() {
    let behind = Behind::fine().await;
    let gate = Gate::before(behind.address).await;
    let mut stream = client(gate.connect().await);
    let mut token = gate.bearer();
    for number in 0..6 {
        if number == 3 {
            gate.town.wait(Duration::from_secs(1));
            token = gate.bearer();
        }
        stream.write(&plain("/v1/apps", &token)).await;
        let head = stream.head().await;
        assert!(head.contains(&format!("user-hour-rem:{};", 3599 - number)), "{head}");
        stream.comes("fine").await;
    }
    for token in ["nonsense", "", &token[..token.len() - 4]] {
        stream.write(&plain("/v1/apps", token)).await;
        let head = stream.head().await;
        assert!(head.starts_with("HTTP/1.1 401 "), "{head}");
        stream.body_of(&head).await;
    }
    stream.write("GET /v1/apps HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(stream.head().await.starts_with("HTTP/1.1 401 "));
    assert_eq!((gate.taken(), behind.all().len()), (10, 6));
    let figures = gate.get("/metrics").await;
    let counted = |line: &str| assert!(figures.body().contains(line), "{line}: {}", figures.body());
    counted("counterfoil_verdicts_total{door=\"gateway\",outcome=\"allowed\"} 6\n");
    counted("counterfoil_verdicts_total{door=\"gateway\",outcome=\"unproven\"} 4\n");
}

#[tokio::test]
async fn requests_that_come_at_once_are_answered_in_their_order_over_one_connection() {
    let behind = Behind::that(|heard| answer(&heard.line)).await;
    let gate = Gate::before(behind.address).await;
    let token = gate.bearer();
    let request = |number: usize| plain(&format!("/v1/apps?limit={number}"), &token);
    let text: String = (1..=20).map(request).collect();
    for size in [7, 100, text.len()] {
        let mut stream = client(gate.connect().await);
        for piece in text.as_bytes().chunks(size) {
            stream.stream.write_all(piece).await.unwrap();
            tokio::task::yield_now().await;
        }
        for number in 1..=20 {
            assert!(stream.head().await.starts_with("HTTP/1.1 200 "));
            stream.comes(&format!("GET /v1/apps?limit={number} HTTP/1.1")).await;
        }
        assert_eq!(stream.ahead, b"");
    }
    assert_eq!(gate.taken(), 60);
    assert!(behind.all().iter().all(|heard| heard.connection == 0), "{:?}", behind.all());
}

#[tokio::test]
async fn long_answers_come_whole_by_either_way() {
    let long: String = (0..200_000).map(|number| format!("{number:x}")).collect();
    let counted = answer(&long);
    let mut chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned();
    for piece in long.as_bytes().chunks(1234) {
        chunked += &format!("{:x};n=v\r\n{}\r\n", piece.len(), std::str::from_utf8(piece).unwrap());
    }
    chunked += "0\r\n\r\n";
    let unbounded = format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{long}");
    let behind = Behind::that(move |heard| match heard.line.split(' ').nth(1).unwrap() {
        "/v1/apps/1" => counted.clone(),
        "/v1/apps/2" => chunked.clone(),
        _ => unbounded.clone(),
    })
    .await;
    let gate = Gate::before(behind.address).await;
    for target in ["/v1/apps/1", "/v1/apps/2", "/v1/apps/3"] {
        for fields in ["", USUAL] {
            let mut client = client(gate.begin(&format!("GET {target}"), fields).await);
            let head = client.head().await;
            let body = client.body_of(&head).await;
            let body = if head.contains("content-length: ") { body } else { unchunked(&body) };
            assert!(body == long, "{target} {fields}");
        }
    }
    assert_eq!(gate.taken(), 3);
}

fn unchunked(mut body: &str) -> String {
    let mut whole = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).unwrap();
        whole += &rest[..size];
        body = &rest[size + 2..];
    }
    whole
}

#[tokio::test]
async fn what_was_let_in_ends_with_its_right_by_this_way_too() {
    let (listener, address) = stage().await;
    let gate = Gate::before(address).await;
    let (mut waits, mut reads) =
        (client(gate.begin("GET /v1/apps", "").await), client(gate.begin("GET /v1/apps/2", "").await));
    let (mut first, mut second) = (talk(&listener).await, talk(&listener).await);
    if first.head().await.starts_with("GET /v1/apps/2 ") {
        std::mem::swap(&mut first, &mut second);
        first.head().await;
    } else {
        second.head().await;
    }
    second.write("HTTP/1.1 200 OK\r\n\r\ndata: one\n\n").await;
    reads.comes("data: one\n\n").await;
    tokio::time::sleep(Duration::from_millis(150)).await;
    gate.revoke().await;
    assert!(waits.head().await.starts_with("HTTP/1.1 401 "));
    timeout(Duration::from_secs(2), reads.closed()).await.expect("cut at once");
    timeout(Duration::from_secs(2), first.closed()).await.expect("the upstream is told");
    timeout(Duration::from_secs(2), second.closed()).await.expect("the upstream is told");
    assert_eq!(gate.taken(), 2);
    assert_eq!(gate.upstream_failures().await, []);
}

#[tokio::test]
async fn an_hour_that_is_spent_and_a_ledger_that_is_not_heard_of_let_nobody_through() {
    let catalog =
        Catalog::appstore().to_toml().replacen("requests_per_hour = 3600", "requests_per_hour = 2", 1);
    let behind = Behind::fine().await;
    let mut settings = ApiSettings::new(URL);
    let upstream = UpstreamSettings::new(&format!("http://{}", behind.address));
    settings.upstream = Some(Arc::new(Upstream::new(upstream).unwrap()));
    let gate = Gate::open_in(Town::build_with(Some(catalog)).await, &settings).await;
    let mut stream = client(gate.connect().await);
    let token = gate.bearer();
    let request = plain("/v1/apps", &token);
    for status in [200, 200, 429, 429] {
        stream.write(&request).await;
        let head = stream.head().await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{status}: {head}");
        assert_eq!(head.contains("\r\nretry-after: "), status == 429, "{head}");
        stream.body_of(&head).await;
    }
    gate.town.authority.shutdown().await;
    gate.town.authority.verifier().fence().shut();
    stream.write(&request).await;
    let head = stream.head().await;
    assert!(head.starts_with("HTTP/1.1 503 ") && head.contains("\r\nretry-after: 1\r\n"), "{head}");
    assert!(stream.body_of(&head).await.contains("SERVICE_UNAVAILABLE.STALE"));
    assert_eq!((gate.taken(), behind.all().len()), (5, 2));
}
