//! What clients send who want to be somebody else, or to reach what they may not.

use super::bed::Bed;
use super::{NAME, ask, assert_same, left, wire};
use crate::town::Persona;

/// Fields by which a client claims to be somebody, or to ask for something else.
const CLAIMS: [(&str, &str); 20] = [
    ("X-Counterfoil-Team", "forged"),
    ("x-counterfoil-team", "forged again"),
    ("X-COUNTERFOIL-KEY", "forged"),
    ("X-Counterfoil-User", "forged"),
    ("X-Counterfoil-Apps", "forged"),
    ("X-Counterfoil-Bundle", "forged"),
    ("X-Counterfoil-Roles", "ADMIN"),
    ("X_Counterfoil_Roles", "ADMIN"),
    ("X-Counterfoil_Team", "forged"),
    ("x.counterfoil.team", "forged"),
    ("X-Counterfoil-Carry", "body"),
    ("X-Original-Method", "GET"),
    ("X-Original-URI", "/v1/users"),
    ("X-Original-URL", "/v1/users"),
    ("X-Rewrite-URL", "/v1/users"),
    ("X-Forwarded-Method", "GET"),
    ("X-Forwarded-Uri", "/v1/users"),
    ("X-HTTP-Method-Override", "DELETE"),
    ("X-HTTP-Method", "DELETE"),
    ("X_HTTP_Method_Override", "DELETE"),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_claims_reaches_neither_counterfoil_nor_the_api() {
    let bed = Bed::open().await;
    let team = bed.town.team("Rivets").await;
    let keys = [bed.town.team_key(team, "ADMIN").await, bed.town.purchase_key(team).await];
    for (key, target) in keys.iter().zip(["/v1/apps", "/inApps/v1/history/1"]) {
        let honest = ask("GET", target, key, bed.town.now());
        let claiming = CLAIMS.iter().fold(honest.clone(), |sent, (name, value)| sent.with(name, value));
        let identity = bed.authorize(&honest).await.identity();
        for proxy in &bed.proxies {
            assert_eq!(proxy.say(&claiming).await.status, 200, "{}", proxy.name);
            let heard = bed.upstream.last();
            assert_eq!(heard.identity(), identity, "{}", proxy.name);
            let pretence = |name: &&str| {
                let name = name.replace('_', "-");
                ["original", "rewrite", "override", "x-http-method", "forwarded-method", "forwarded-uri"]
                    .iter()
                    .any(|part| name.contains(part))
            };
            assert_eq!(heard.names().iter().find(|name| pretence(name)), None, "{}", proxy.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_cannot_have_our_fields_taken_out() {
    let bed = Bed::open().await;
    let team = bed.town.team("Rivets").await;
    let key = bed.town.team_key(team, "ADMIN").await;
    let honest = ask("GET", "/v1/apps", &key, bed.town.now());
    let identity = bed.authorize(&honest).await.identity();
    for words in ["close, X-Counterfoil-Team, x-counterfoil-key", "X-Counterfoil-Kind, close"] {
        for proxy in &bed.proxies {
            assert_eq!(proxy.say(&honest.clone().connection(words)).await.status, 200, "{}", proxy.name);
            let heard = bed.upstream.last();
            assert_eq!(heard.identity(), identity, "{}", proxy.name);
            let passed_on = heard.field("connection").unwrap_or_default().to_ascii_lowercase();
            assert!(!passed_on.contains("counterfoil"), "{}: {passed_on}", proxy.name);
        }
    }
}

/// What was switched to HTTP/2 would carry requests that nobody judges.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_not_switched_to_another_http() {
    let bed = Bed::open().await;
    let team = bed.town.team("Rivets").await;
    let key = bed.town.team_key(team, "ADMIN").await;
    for protocols in [&["h2c"][..], &["websocket, h2c"], &["H2C"], &["h2c", "websocket"]] {
        let asked = ask("GET", "/v1/apps", &key, bed.town.now()).connection("Upgrade, HTTP2-Settings, close");
        let asked = asked.with("HTTP2-Settings", "AAMAAABkAAQAAP__");
        let asked = protocols.iter().fold(asked, |asked, protocol| asked.with("Upgrade", protocol));
        for proxy in &bed.proxies {
            let mut line = proxy.connect().await;
            wire::write(&mut line, asked.raw().as_bytes()).await;
            let head = wire::until(&mut line, "\r\n\r\n").await;
            assert!(head.starts_with("HTTP/1.1 "), "{} {protocols:?}: {head}", proxy.name);
            let heard = bed.upstream.last();
            let upgrade = heard.field("upgrade").unwrap_or("websocket").to_ascii_lowercase();
            assert_eq!(
                (upgrade.as_str(), heard.field("http2-settings")),
                ("websocket", None),
                "{}",
                proxy.name
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tokens_are_refused_whichever_is_good() {
    let bed = Bed::open().await;
    let team = bed.town.team("Rivets").await;
    let key = bed.town.team_key(team, "ADMIN").await;
    let one = ask("GET", "/v1/apps", &key, bed.town.now());
    for second in ["Bearer a.b.c", "", one.fields[1].1.clone().as_str()] {
        let sent = one.clone().with("Authorization", second);
        let direct = bed.authorize(&sent).await;
        assert_eq!(direct.status, 400, "{direct:?}");
        for proxy in &bed.proxies {
            let through = proxy.say(&sent).await;
            match proxy.name {
                // nginx does not read two itself.
                "nginx" => assert!(through.status == 400 && through.body.contains("REQUEST_ERROR")),
                _ => assert_same(&direct, &through, proxy.name),
            }
        }
    }
    assert_eq!(bed.upstream.heard(), 0);
}

/// Paths that two readers could take for two.
const AMBIGUOUS: [&str; 16] = [
    "//v1/apps",
    "/v1//apps",
    "/v1/apps//",
    "/v1/./apps",
    "/v1/../v1/apps",
    "/v1/users/../apps",
    "/v1/%2e%2e/apps",
    "/v1/%2E/apps",
    "/v1/apps/..",
    "/v1/apps;a=b",
    "/v1;/apps",
    "/v1/apps%3Ba",
    "/v1%2Fapps",
    "/v1/apps%5C1",
    "/v1/%61pps",
    "/v1/apps/%252e%252e/users",
];

/// Paths that some proxy may refuse to read at all.
const UNREADABLE: [&str; 6] =
    ["/v1/apps/%00", "/v1/apps/%zz", "/../v1/apps", "/v1/../../apps", "/v1/apps\\..\\users", "v1/apps"];

#[tokio::test(flavor = "multi_thread")]
async fn a_path_that_could_be_read_in_two_ways_is_refused_as_counterfoil_refuses_it() {
    let bed = Bed::open().await;
    let team = bed.town.team("Rivets").await;
    let key = bed.town.team_key(team, "ADMIN").await;
    for target in AMBIGUOUS {
        let sent = ask("GET", target, &key, bed.town.now());
        let direct = bed.authorize(&sent).await;
        assert!(matches!(direct.status, 400 | 403), "{target}: {direct:?}");
        for proxy in &bed.proxies {
            let through = proxy.say(&sent).await;
            assert_eq!(
                (through.status, &through.body),
                (direct.status, &direct.body),
                "{} {target}",
                proxy.name
            );
        }
    }
    for target in UNREADABLE {
        for proxy in &bed.proxies {
            let through = proxy.say(&ask("GET", target, &key, bed.town.now())).await;
            assert_eq!(through.status, 400, "{} {target}: {through:?}", proxy.name);
        }
    }
    assert_eq!(bed.upstream.heard(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_that_claims_to_be_another_is_judged_as_what_it_is() {
    let bed = Bed::open().await;
    let team = bed.town.team("Rivets").await;
    let marketing = bed.town.team_key(team, "MARKETING").await;
    for (method, status) in [("GET", 200), ("DELETE", 403), ("get", 403), ("FOO", 403)] {
        let sent = ask(method, "/v1/apps", &marketing, bed.town.now()).with("X-HTTP-Method-Override", "GET");
        assert_eq!(bed.authorize(&sent).await.status, status, "{method}");
        for proxy in &bed.proxies {
            let through = proxy.say(&sent).await;
            let refused_unread = method == "get" && through.status == 400;
            assert!(refused_unread || through.status == status, "{} {method}: {through:?}", proxy.name);
        }
    }
    assert_eq!(bed.upstream.heard(), bed.proxies.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_very_long_token_is_refused_whoever_finds_it_too_long() {
    let bed = Bed::open().await;
    let say = |length: usize| Persona::Saying(format!("Bearer {}", "a".repeat(length)));
    let long = ask("GET", "/v1/apps", &say(12 << 10), bed.town.now());
    let direct = bed.authorize(&long).await;
    assert_eq!(direct.status, 401);
    for proxy in &bed.proxies {
        assert_same(&direct, &proxy.say(&long).await, proxy.name);
        let through = proxy.say(&ask("GET", "/v1/apps", &say(100 << 10), bed.town.now())).await;
        assert!(matches!(through.status, 400 | 401 | 431), "{}: {through:?}", proxy.name);
    }
    assert_eq!(bed.upstream.heard(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_several_requests_on_one_connection_is_judged_by_itself() {
    let bed = Bed::open().await;
    let team = bed.town.team("Rivets").await;
    let key = bed.town.team_key(team, "ADMIN").await;
    let good = ask("GET", "/v1/apps", &key, bed.town.now()).keeping();
    let bad = ask("GET", "/v1/apps", &Persona::Anonymous, bed.town.now());
    for proxy in &bed.proxies {
        let text = good.raw() + &good.clone().body("GET /v1/users HTTP/1.1\r\n\r\n").raw() + &bad.raw();
        let answers = proxy.converse(&text, &[false; 3]).await;
        let said: Vec<_> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(said, [200, 200, 401], "{}", proxy.name);
        assert_eq!(left(&answers[0]).unwrap() - 1, left(&answers[1]).unwrap(), "{}", proxy.name);
        assert_eq!(answers[2].field("x-rate-limit"), None, "{}", proxy.name);
        assert_eq!(answers[2].field("x-request-id"), Some(NAME), "{}", proxy.name);
    }
    assert_eq!(bed.upstream.heard(), 2 * bed.proxies.len());
}
