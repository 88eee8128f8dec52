//! What passes, and what does not get that far.

use super::{Behind, Gate, answer};
use crate::town::{Persona, URL};
use counterfoil_server::ApiSettings;

#[tokio::test]
async fn a_good_request_is_answered_by_the_upstream() {
    let behind = Behind::fine().await;
    let gate = Gate::before(behind.address).await;
    let said = gate.get("/v1/apps?limit=2&filter[name]=a%20b").await;
    assert_eq!((said.status(), said.body()), (200, "fine"));
    assert_eq!(behind.only().line, "GET /v1/apps?limit=2&filter[name]=a%20b HTTP/1.1");
    assert_eq!(said.field("x-rate-limit").as_deref(), Some("user-hour-lim:3600;user-hour-rem:3599;"));
}

#[tokio::test]
async fn what_the_verdict_refuses_never_reaches_the_upstream() {
    let behind = Behind::fine().await;
    let gate = Gate::before(behind.address).await;
    let sales = gate.town.team_key(gate.team, "SALES").await;
    let request = |line: &str, token: &str| {
        format!("{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n")
    };
    let (good, low) = (gate.bearer(), gate.bearer_of(&sales));
    for (line, token, status, code) in [
        ("GET /v1/apps", "x.y.z", 401, "NOT_AUTHORIZED"),
        ("GET /nowhere/at/all", "x.y.z", 401, "NOT_AUTHORIZED"),
        ("GET /v1/nowhere", &*good, 404, "PATH_ERROR"),
        ("GET /", &*good, 404, "PATH_ERROR"),
        ("GET /v1/apps", &*low, 403, "FORBIDDEN_ERROR"),
        ("OPTIONS *", &*good, 400, "PATH_ERROR.AMBIGUOUS"),
    ] {
        gate.say(&request(line, token)).await.fails(status, code);
    }
    gate.say("GET /v1/apps HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .await
        .fails(401, "NOT_AUTHORIZED");
    assert_eq!(behind.all().len(), 0);
}

#[tokio::test]
async fn a_path_that_could_be_read_in_two_ways_is_refused_before_anything_else() {
    let behind = Behind::fine().await;
    let gate = Gate::before(behind.address).await;
    for path in [
        "/v1//apps",
        "//v1/apps",
        "/v1/./apps",
        "/v1/apps/../users",
        "/v1/apps/..",
        "/v1/%61pps",
        "/v1/apps%2f1",
        "/v1/apps%5c1",
        "/v1/apps;x=1",
        "/v1/apps/1;/builds",
        "/v1/apps/%2e%2e/users",
        "/v1/apps/.%2e/users",
        "/v1/apps/%252e",
        "/v1/apps/%00",
        "/v1/apps/%c0%af",
        "/v1/apps/a.",
        "/v1/apps/\\1",
        "http://keys.example/v1/apps",
        "http://elsewhere.example/v1/apps",
    ] {
        let said = gate.get(path).await;
        assert_eq!(said.status(), 400, "{path}: {said:?}");
        assert!(said.body().contains("PATH_ERROR.AMBIGUOUS"), "{path}: {said:?}");
    }
    // Not even a request: the listener's parser refuses them.
    for path in ["/v1/apps\0", "/v1/apps\u{7f}x y z"] {
        assert_eq!(gate.get(path).await.status(), 400, "{path:?}");
    }
    let long = format!("/v1/apps/{}", "x".repeat(9000));
    assert_eq!(gate.get(&long).await.status(), 400);
    gate.ask("CONNECT keys.example:443", "").await.fails(400, "PATH_ERROR.AMBIGUOUS");
    assert_eq!(behind.all().len(), 0);
}

#[tokio::test]
async fn a_fragment_is_neither_judged_nor_served() {
    let behind = Behind::fine().await;
    let gate = Gate::before(behind.address).await;
    gate.get("/v1/apps#/../users").await;
    assert!(behind.all().iter().all(|heard| heard.line == "GET /v1/apps HTTP/1.1"), "{:?}", behind.all());
}

#[tokio::test]
async fn two_credentials_are_refused() {
    let behind = Behind::fine().await;
    let gate = Gate::before(behind.address).await;
    let fields = format!("Authorization: Bearer {}\r\n", gate.bearer());
    gate.ask("GET /v1/apps", &fields).await.fails(400, "PARAMETER_ERROR.INVALID");
    assert_eq!(behind.all().len(), 0);
}

#[tokio::test]
async fn methods_that_are_for_proxies_go_no_further() {
    let behind = Behind::fine().await;
    let gate = Gate::before(behind.address).await;
    gate.ask("TRACE /v1/apps", "").await.fails(405, "METHOD_NOT_ALLOWED");
    assert_eq!(behind.all().len(), 0);
}

#[tokio::test]
async fn our_own_doors_come_first() {
    let behind = Behind::fine().await;
    let gate = Gate::before(behind.address).await;
    for path in [
        "/v1/users",
        "/v1/userInvitations",
        "/v1/actors?filter[id]=x",
        "/v1/apiKeys",
        "/v1/keyInUse",
        "/livez",
    ] {
        let said = gate.get(path).await;
        assert_ne!(said.body(), "fine", "{path}");
        assert!(matches!(said.status(), 200 | 400), "{path}: {said:?}");
    }
    gate.ask("DELETE /v1/apiKeys", "").await.fails(405, "METHOD_NOT_ALLOWED");
    assert_eq!(behind.all().len(), 0);
}

#[tokio::test]
async fn without_an_upstream_a_good_request_is_told_so_and_no_other() {
    let gate = Gate::open(&ApiSettings::new(URL)).await;
    let said = gate.get("/v1/apps").await;
    said.fails(502, "UPSTREAM_ERROR.NOT_SET");
    assert_eq!(said.field("content-type").as_deref(), Some("application/json"));
    assert_eq!(said.field("x-rate-limit").as_deref(), Some("user-hour-lim:3600;user-hour-rem:3599;"));
    gate.get("/v1/nowhere").await.fails(404, "PATH_ERROR");
}

#[tokio::test]
async fn a_service_with_errors_of_its_own_gets_them_from_the_gateway_too() {
    let gate = Gate::open(&ApiSettings::new(URL)).await;
    let purchase = gate.town.purchase_key(gate.team).await;
    let token = gate.bearer_of(&purchase);
    let said = gate
        .say(&format!("GET /inApps/v1/transactions/1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n"))
        .await;
    assert_eq!(said.status(), 502);
    assert!(said.body().starts_with("{\"errorCode\":5020000,\"errorMessage\":\""), "{said:?}");
}

#[tokio::test]
async fn a_revoked_key_is_refused_by_the_next_request() {
    let behind = Behind::fine().await;
    let gate = Gate::before(behind.address).await;
    assert_eq!(gate.get("/v1/apps").await.status(), 200);
    gate.revoke().await;
    gate.get("/v1/apps").await.fails(401, "NOT_AUTHORIZED");
    assert_eq!(behind.all().len(), 1);
}

#[tokio::test]
async fn connections_to_the_upstream_are_used_again() {
    let behind = Behind::fine().await;
    let gate = Gate::before(behind.address).await;
    for _ in 0..5 {
        assert_eq!(gate.get("/v1/apps").await.status(), 200);
    }
    let connections: Vec<usize> = behind.all().iter().map(|heard| heard.connection).collect();
    assert_eq!(connections, [0; 5]);
}

#[tokio::test]
async fn all_kinds_of_answers_leave_the_connection_to_the_next() {
    let behind = Behind::that(|heard| match heard.line.split(' ').nth(1).unwrap() {
        "/v1/apps/204" => "HTTP/1.1 204 No Content\r\n\r\n".to_owned(),
        "/v1/apps/304" => "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\nETag: x\r\n\r\n".to_owned(),
        "/v1/apps/empty" => answer(""),
        "/v1/apps/chunked" => {
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n".to_owned()
        }
        _ if heard.line.starts_with("HEAD") => "HTTP/1.1 200 OK\r\nContent-Length: 123\r\n\r\n".to_owned(),
        _ => answer("fine"),
    })
    .await;
    let gate = Gate::before(behind.address).await;
    for (line, status, body) in [
        ("GET /v1/apps/204", 204, ""),
        ("GET /v1/apps/304", 304, ""),
        ("GET /v1/apps/empty", 200, ""),
        ("HEAD /v1/apps/1", 200, ""),
        ("GET /v1/apps/chunked", 200, "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"),
        ("GET /v1/apps/1", 200, "fine"),
    ] {
        let said = gate.ask(line, "").await;
        assert_eq!((said.status(), said.body()), (status, body), "{line}");
        if line.starts_with("HEAD") {
            assert_eq!(said.field("content-length").as_deref(), Some("123"));
        }
    }
    assert!(behind.all().iter().all(|heard| heard.connection == 0), "{:?}", behind.all());
}

#[tokio::test]
async fn a_signed_in_browser_opens_nothing_at_the_gateway() {
    let behind = Behind::fine().await;
    let gate = Gate::before(behind.address).await;
    let Persona::Session(secret) = gate.town.signed_in(gate.team.person).await else { panic!() };
    let said = gate
        .say(&format!(
            "GET /v1/apps HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: __Host-counterfoil={secret}\r\n\r\n"
        ))
        .await;
    said.fails(404, "PATH_ERROR");
    assert_eq!(behind.all().len(), 0);
}
