//! Forward-auth through the proxies that people have: nginx, Caddy and HAProxy, run with the files of `deploy/` as
//! they are shipped but for their addresses. Through each a client gets what `/authorize` itself answers, to the byte,
//! and the API behind it hears of nobody who may not pass.

mod bed;
mod hostile;
mod upstream;
mod wire;

use crate::town::{Persona, Town};
use bed::{Bed, catalog_with_limit};
use counterfoil_core::time::Timestamp;
use serde_json::json;
use wire::{Answer, Sent};

/// A name for a request, so that the answers to two of them can be the same.
const NAME: &str = "the-same-request";

fn ask(method: &str, target: &str, by: &Persona, now: Timestamp) -> Sent {
    let sent = Sent::new(method, target).with("X-Request-Id", NAME);
    match by {
        Persona::Key(held) => sent.with("Authorization", &format!("Bearer {}", held.sign(&held.claims(now)))),
        Persona::Saying(text) => sent.with("Authorization", text),
        Persona::Anonymous | Persona::Session(_) => sent,
    }
}

/// What is the same whoever passes it on.
fn essence(answer: &Answer) -> (u16, &str, Option<&str>, Option<&str>, &str) {
    let field = |name| answer.field(name);
    (
        answer.status,
        &answer.body,
        field("content-type"),
        field("warning"),
        field("x-request-id").unwrap_or(""),
    )
}

/// How many more requests the answer says may follow.
fn left(answer: &Answer) -> Option<u32> {
    let text = answer.field("x-rate-limit")?;
    let rest = text.rsplit_once("user-hour-rem:").unwrap().1;
    Some(rest.trim_end_matches(';').parse().unwrap())
}

/// The same, but that this request came later and counts too.
#[track_caller]
fn assert_same(direct: &Answer, through: &Answer, what: &str) {
    assert_eq!(essence(through), essence(direct), "{what}");
    let expected = left(direct).map(|left| left.saturating_sub(1));
    assert_eq!(left(through), expected, "{what}: one request counts once");
    let retry = |answer: &Answer| answer.field("retry-after").map(|text| text.parse::<i64>().unwrap());
    match (retry(direct), retry(through)) {
        (None, None) => {}
        (Some(direct), Some(through)) => {
            assert!((direct - through).abs() <= 1, "{what}: {direct}, {through}");
        }
        other => panic!("{what}: Retry-After {other:?}"),
    }
}

/// Every refusal that there is, as (what it is, who asks, for what, the status).
async fn refusals(town: &Town) -> Vec<(&'static str, Persona, &'static str, &'static str, u16)> {
    let team = town.team("Refused").await;
    let admin = town.team_key(team, "ADMIN").await;
    let sales = town.team_key(team, "SALES").await;
    let person = town.individual_key(team, &["ADMIN"]).await;
    let purchases = town.purchase_key(team).await;
    let revoked = town.team_key(team, "ADMIN").await;
    town.revoke(team, &revoked).await;
    let closed = town.team("Without access").await;
    let unapproved = town.team_key(closed, "ADMIN").await;
    town.authority.withdraw_access(closed.id, None).await.unwrap();
    let mut claims = admin.held().claims(town.now());
    claims["scope"] = json!(["GET /v1/users"]);
    let narrow = Persona::Saying(format!("Bearer {}", admin.held().sign(&claims)));
    claims["exp"] = (town.now().as_seconds() - 60).into();
    let expired = Persona::Saying(format!("Bearer {}", admin.held().sign(&claims)));
    let basic = Persona::Saying("Basic YTpi".to_owned());
    let garbage = Persona::Saying("Bearer a.b.c".to_owned());
    vec![
        ("an empty segment", admin.clone(), "GET", "/v1//apps", 400),
        ("an encoded dot", admin.clone(), "GET", "/v1/%2e%2e/apps", 400),
        ("an encoded slash", admin.clone(), "GET", "/v1/apps%2F1", 400),
        ("a semicolon", admin.clone(), "GET", "/v1/apps;x=1", 400),
        ("ambiguous, and nobody's", Persona::Anonymous, "GET", "/v1//apps", 400),
        ("no token", Persona::Anonymous, "GET", "/v1/apps", 401),
        ("another scheme", basic, "GET", "/v1/apps", 401),
        ("garbage", garbage, "GET", "/v1/apps", 401),
        ("expired", expired, "GET", "/v1/apps", 401),
        ("revoked", revoked, "GET", "/v1/apps", 401),
        ("another kind", purchases.clone(), "GET", "/v1/apps", 401),
        ("no token, said in text", Persona::Anonymous, "GET", "/inApps/v1/history/1", 401),
        ("no such path", admin.clone(), "GET", "/v1/nothing", 403),
        ("the kind", person, "GET", "/v1/certificates", 403),
        ("the role", sales.clone(), "PATCH", "/v1/apps/1", 403),
        ("the role, with a body", sales, "POST", "/v1/apps", 403),
        ("the access", unapproved, "GET", "/v1/apps", 403),
        ("the scope", narrow, "GET", "/v1/apps", 403),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_comes_through_each_proxy_as_it_is() {
    let bed = Bed::open().await;
    for (what, by, method, target, status) in refusals(&bed.town).await {
        let sent = ask(method, target, &by, bed.town.now());
        let mut direct = bed.authorize(&sent).await;
        assert_eq!(direct.status, status, "{what}: {direct:?}");
        for proxy in &bed.proxies {
            let through = proxy.say(&sent.clone().body("something to refuse")).await;
            assert_same(&direct, &through, &format!("{} and {what}", proxy.name));
            direct = direct.counted_on();
        }
    }
    assert_eq!(bed.upstream.heard(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_pass_gets_the_apis_own_answer_and_what_is_left_of_the_hour() {
    let bed = Bed::open().await;
    let team = bed.town.team("Rivets").await;
    let keys = [
        (bed.town.team_key(team, "ADMIN").await, "GET", "/v1/apps?limit=2&filter[name]=a%20b", true),
        (bed.town.individual_key(team, &["DEVELOPER"]).await, "DELETE", "/v1/certificates/1", false),
        (bed.town.individual_key(team, &["APP_MANAGER"]).await, "PATCH", "/v1/apps/123", true),
        (bed.town.purchase_key(team).await, "GET", "/inApps/v1/history/1?revision=%2Fx", true),
    ];
    for (key, method, target, passes) in keys {
        let sent = ask(method, target, &key, bed.town.now()).body("a body of nine and twenty bytes");
        let mut direct = bed.authorize(&sent).await;
        assert_eq!(direct.status == 200, passes, "{direct:?}");
        for proxy in bed.proxies.iter().filter(|_| passes) {
            let what = format!("{} {method} {target}", proxy.name);
            let through = proxy.say(&sent).await;
            let heard = bed.upstream.last();
            assert_eq!((through.status, through.body.as_str()), (200, "said upstream"), "{what}");
            assert_eq!(through.field("content-type"), Some("application/vnd.upstream"), "{what}");
            assert_eq!(left(&through), left(&direct).map(|left| left - 1), "{what}");
            assert_eq!((heard.method(), heard.target()), (method, target), "{what}");
            assert_eq!(heard.body, "a body of nine and twenty bytes", "{what}");
            assert_eq!(heard.identity(), direct.identity(), "{what}");
            assert_eq!(heard.field("authorization"), None, "{what}");
            assert_eq!(heard.field("x-request-id"), Some(NAME), "{what}");
            direct = direct.counted_on();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_api_itself_answers_is_left_alone() {
    let bed = Bed::open().await;
    let team = bed.town.team("Rivets").await;
    let key = bed.town.team_key(team, "ADMIN").await;
    for status in [201, 400, 401, 403, 404, 429, 500, 503] {
        for proxy in &bed.proxies {
            let sent = ask("GET", "/v1/apps", &key, bed.town.now());
            let through = proxy.say(&sent.with("X-Answer", &status.to_string())).await;
            assert_eq!((through.status, through.body.as_str()), (status, "said upstream"), "{}", proxy.name);
            assert!(left(&through).is_some(), "{}", proxy.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_for_the_head_alone_gets_no_body() {
    let bed = Bed::open().await;
    let team = bed.town.team("Rivets").await;
    let key = bed.town.team_key(team, "ADMIN").await;
    for (by, status) in [(&key, 200), (&Persona::Anonymous, 401)] {
        for proxy in &bed.proxies {
            let through = proxy.say(&ask("HEAD", "/v1/apps", by, bed.town.now())).await;
            assert_eq!((through.status, through.body.as_str()), (status, ""), "{}", proxy.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spent_hour_comes_through_each_proxy_as_it_is() {
    let bed = Bed::open_with(Some(catalog_with_limit(20))).await;
    let team = bed.town.team("Rivets").await;
    let key = bed.town.team_key(team, "ADMIN").await;
    let sent = ask("GET", "/v1/apps", &key, bed.town.now());
    for _ in 0..20 {
        assert_eq!(bed.authorize(&sent).await.status, 200);
    }
    let direct = bed.authorize(&sent).await;
    assert_eq!((direct.status, left(&direct)), (429, Some(0)));
    for proxy in &bed.proxies {
        let through = proxy.say(&sent).await;
        assert_same(&direct, &through, proxy.name);
        assert!(through.field("retry-after").is_some());
    }
    assert_eq!(bed.upstream.heard(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_has_not_heard_from_the_ledger_refuses_through_each_proxy() {
    let bed = Bed::open().await;
    let team = bed.town.team("Rivets").await;
    let key = bed.town.team_key(team, "ADMIN").await;
    bed.town.authority.shutdown().await;
    bed.town.authority.verifier().fence().shut();
    let sent = ask("GET", "/v1/apps", &key, bed.town.now());
    let direct = bed.authorize(&sent).await;
    assert_eq!((direct.status, direct.field("retry-after")), (503, Some("1")));
    for proxy in &bed.proxies {
        assert_same(&direct, &proxy.say(&sent).await, proxy.name);
    }
    assert_eq!(bed.upstream.heard(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_passes_while_nobody_can_judge() {
    let mut bed = Bed::open().await;
    let team = bed.town.team("Rivets").await;
    let key = bed.town.team_key(team, "ADMIN").await;
    let sent = ask("GET", "/v1/apps", &key, bed.town.now());
    bed.close_counterfoil().await;
    for proxy in &bed.proxies {
        let through = proxy.say(&sent).await;
        assert_eq!((through.status, through.field("retry-after")), (503, Some("1")), "{}", proxy.name);
        assert_eq!(through.field("content-type"), Some("application/json"), "{}", proxy.name);
        assert!(through.body.contains("\"code\":\"SERVICE_UNAVAILABLE\""), "{}: {through:?}", proxy.name);
    }
    assert_eq!(bed.upstream.heard(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_is_refused_through_each_proxy_at_once() {
    let bed = Bed::open().await;
    let team = bed.town.team("Rivets").await;
    let key = bed.town.team_key(team, "ADMIN").await;
    let sent = ask("GET", "/v1/apps", &key, bed.town.now());
    for proxy in &bed.proxies {
        for _ in 0..3 {
            assert_eq!(proxy.say(&sent).await.status, 200, "{}", proxy.name);
        }
    }
    bed.town.revoke(team, &key).await;
    for proxy in &bed.proxies {
        assert_eq!(proxy.say(&sent).await.status, 401, "{}", proxy.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_socket_goes_through_each_proxy() {
    let bed = Bed::open().await;
    let team = bed.town.team("Rivets").await;
    let key = bed.town.team_key(team, "ADMIN").await;
    let sent = ask("GET", "/v1/apps", &key, bed.town.now())
        .upgrading()
        .with("Upgrade", "websocket")
        .with("Sec-WebSocket-Version", "13")
        .with("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
    for proxy in &bed.proxies {
        let mut line = proxy.connect().await;
        wire::write(&mut line, sent.raw().as_bytes()).await;
        let head = wire::until(&mut line, "\r\n\r\n").await;
        assert!(head.starts_with("HTTP/1.1 101 "), "{}: {head}", proxy.name);
        wire::write(&mut line, b"ping").await;
        assert_eq!(wire::until(&mut line, "ping").await, "ping", "{}", proxy.name);
        assert_eq!(bed.upstream.last().identity(), bed.authorize(&sent).await.identity(), "{}", proxy.name);
    }
}
