//! Header fields, on their way there and back.

use super::{Behind, Gate};
use counterfoil_server::TrustedProxies;

#[tokio::test]
async fn the_upstream_is_told_who_asks_and_nothing_that_the_client_says_of_that() {
    let behind = Behind::fine().await;
    let gate = Gate::before(behind.address).await;
    let forged = "X-Counterfoil-Team: forged\r\nx-counterfoil-key: forged\r\nX-COUNTERFOIL-ROLES: forged\r\n\
        X_Counterfoil_Team: forged\r\nx-counterfoil_user: forged\r\nX.Counterfoil.Apps: forged\r\n\
        X-Counterfoil-User: forged\r\nX-Counterfoil: forged\r\n";
    gate.ask("GET /v1/apps", forged).await;
    let heard = behind.only();
    assert!(!heard.fields.iter().any(|(_, value)| value.contains("forged")), "{heard:?}");
    let team = gate.team.id.to_string();
    let key = gate.admin.id();
    for (name, value) in [
        ("x-counterfoil-team", Some(team.as_str())),
        ("x-counterfoil-key", Some(key.as_str())),
        ("x-counterfoil-kind", Some("TEAM")),
        ("x-counterfoil-roles", Some("ADMIN")),
        ("x-counterfoil-group", Some("metadata")),
        ("x-counterfoil-user", None),
        ("authorization", None),
    ] {
        assert_eq!(heard.field(name), value, "{name}");
    }
}

#[tokio::test]
async fn a_connections_own_fields_do_not_go_on_and_cannot_take_ours_along() {
    let behind = Behind::fine().await;
    let gate = Gate::before(behind.address).await;
    let token = gate.bearer();
    let fields = "Connection: keep-alive, X-Mine, X-Counterfoil-Team, Host, Content-Length\r\nX-Mine: x\r\n\
        Keep-Alive: timeout=5\r\nProxy-Connection: close\r\nProxy-Authorization: Basic eA==\r\nTE: gzip\r\n\
        Trailer: X-T\r\nX-Kept: kept\r\nHTTP2-Settings: x\r\nContent-Length: 3\r\n";
    let head = format!(
        "POST /v1/apps HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n{fields}\r\nabc"
    );
    assert_eq!(gate.say(&head).await.status(), 200);
    let heard = behind.only();
    for gone in [
        "x-mine",
        "keep-alive",
        "proxy-connection",
        "proxy-authorization",
        "te",
        "connection",
        "http2-settings",
    ] {
        assert_eq!(heard.field(gone), None, "{gone}");
    }
    assert_eq!(heard.field("x-kept"), Some("kept"));
    assert_eq!(heard.field("x-counterfoil-team"), Some(gate.team.id.to_string().as_str()));
    assert_eq!(heard.field("host"), Some(behind.address.to_string().as_str()));
    assert_eq!((heard.field("content-length"), heard.body.as_str()), (Some("3"), "abc"));
}

#[tokio::test]
async fn nothing_tells_the_upstream_of_another_method_path_or_client() {
    let behind = Behind::fine().await;
    let gate = Gate::before(behind.address).await;
    let names = [
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
        "X-Real-IP",
        "X-Client-IP",
        "True-Client-IP",
        "Forwarded",
    ];
    let fields: String = names.iter().map(|name| format!("{name}: forged\r\n")).collect();
    gate.ask("GET /v1/apps", &fields).await;
    let heard = behind.only();
    assert!(!heard.fields.iter().any(|(_, value)| value.contains("forged")), "{heard:?}");
}

#[tokio::test]
async fn the_upstream_is_told_of_the_client_as_far_as_we_know_it() {
    let behind = Behind::fine().await;
    let gate = Gate::before(behind.address).await;
    let said =
        "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: evil.example\r\n";
    gate.ask("GET /v1/apps", said).await;
    let heard = behind.only();
    assert_eq!(heard.field("x-forwarded-for"), Some("127.0.0.1"));
    assert_eq!(heard.field("x-forwarded-proto"), Some("https"));
    assert_eq!(heard.field("x-forwarded-host"), Some("keys.example"));
    assert_eq!(heard.field("forwarded"), Some("for=127.0.0.1;proto=https"));
}

#[tokio::test]
async fn whoever_asks_for_another_protocol_is_told_of_all_the_same() {
    let behind = Behind::fine().await;
    let gate = Gate::before(behind.address).await;
    gate.ask("GET /v1/apps", "Connection: upgrade\r\nUpgrade: websocket\r\n").await;
    let heard = behind.only();
    assert_eq!(heard.field("x-forwarded-for"), Some("127.0.0.1"));
    assert_eq!(heard.field("forwarded"), Some("for=127.0.0.1;proto=https"));
}

#[tokio::test]
async fn a_request_that_names_two_hosts_does_not_go_on() {
    let behind = Behind::fine().await;
    let gate = Gate::set(behind.address, |_, upstream| upstream.keep_host = true).await;
    let token = gate.bearer();
    let head = |hosts: &str| {
        format!("GET /v1/apps HTTP/1.1\r\n{hosts}Connection: close\r\nAuthorization: Bearer {token}\r\n\r\n")
    };
    let answer = gate.say(&head("Host: api.example\r\nHost: other.example\r\n")).await;
    assert_eq!(answer.status(), 400);
    assert!(behind.all().is_empty(), "{:?}", behind.all());
    assert_eq!(gate.say(&head("Host: api.example\r\n")).await.status(), 200);
    assert_eq!(behind.only().field("host"), Some("api.example"));
}

#[tokio::test]
async fn a_trusted_proxy_is_believed() {
    let behind = Behind::fine().await;
    let gate = Gate::set(behind.address, |settings, upstream| {
        settings.trusted_proxies = "127.0.0.0/8".parse::<TrustedProxies>().unwrap();
        upstream.keep_host = true;
    })
    .await;
    let said = "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: http\r\n\
        X-Forwarded-Host: api.example\r\n";
    gate.ask("GET /v1/apps", said).await;
    let heard = behind.only();
    assert_eq!(heard.field("x-forwarded-for"), Some("203.0.113.9, 192.0.2.1, 127.0.0.1"));
    assert_eq!(heard.field("x-forwarded-proto"), Some("http"));
    assert_eq!(heard.field("x-forwarded-host"), Some("api.example"));
    assert_eq!(heard.field("host"), Some("keys.example"));
}

#[tokio::test]
async fn our_cookies_stay_between_the_browser_and_us() {
    let behind = Behind::that(|_| {
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nSet-Cookie: counterfoil=planted\r\n\
         Set-Cookie: __Host-Counterfoil=planted; Secure\r\nSet-Cookie: theirs=1\r\n\r\n"
            .to_owned()
    })
    .await;
    let gate = Gate::before(behind.address).await;
    let said = gate
        .ask(
            "GET /v1/apps",
            "Cookie: a=1; __Host-counterfoil=secret;b=2\r\nCookie: counterfoil-position=7; c=3\r\n",
        )
        .await;
    assert_eq!(behind.only().field("cookie"), Some("a=1; b=2; c=3"));
    let set: Vec<_> = said.fields().into_iter().filter(|(name, _)| name == "set-cookie").collect();
    assert_eq!(set, [("set-cookie".to_owned(), "theirs=1".to_owned())]);
}

#[tokio::test]
async fn an_answer_goes_back_without_what_is_not_the_clients() {
    let behind = Behind::that(|_| {
        "HTTP/1.1 200 Quite fine\r\nContent-Length: 0\r\nX-Counterfoil-Team: theirs\r\nX_Counterfoil_Key: theirs\r\n\
         Connection: keep-alive, X-Theirs\r\nX-Theirs: theirs\r\nKeep-Alive: timeout=5\r\n\
         X-Rate-Limit: theirs\r\nCache-Control: max-age=60\r\nX-Request-Id: theirs-0001\r\n\r\n"
            .to_owned()
    })
    .await;
    let gate = Gate::before(behind.address).await;
    let said = gate.ask("GET /v1/apps", "X-Request-Id: mine-0001\r\n").await;
    assert!(!said.0.contains("theirs"), "{said:?}");
    assert_eq!(said.field("cache-control").as_deref(), Some("max-age=60"));
    assert_eq!(said.field("x-rate-limit").as_deref(), Some("user-hour-lim:3600;user-hour-rem:3599;"));
    assert_eq!(said.field("x-request-id").as_deref(), Some("mine-0001"));
    assert_eq!(behind.only().field("x-request-id"), Some("mine-0001"));
}
