//! Plain requests and all others: what the upstream hears and what the client gets is the same.

use super::{Behind, Gate, LONG, Talk, answer, client, fields_of, stage, talk};
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::timeout;

/// Has a request leave the short way, and says nothing else.
const USUAL: &str = "Content-Length: 0\r\n";

/// What became of a request, but for what differs from one to the next.
#[derive(Debug, PartialEq, Eq)]
struct Became {
    heard: Option<(String, Vec<(String, String)>)>,
    status: String,
    fields: Vec<(String, String)>,
    body: String,
}

impl Gate {
    fn taken(&self) -> usize {
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
    async fn body_of(&mut self, head: &str) -> String {
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
