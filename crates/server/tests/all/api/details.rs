//! What every answer has, and how requests are read, whatever the door.

use crate::town::{Persona, Town, URL};
use http::StatusCode;
use serde_json::json;
use std::path::Path;

#[tokio::test]
async fn json_is_called_exactly_that_and_nobody_keeps_it() {
    let (town, _, admin) = Town::with_admin().await;
    for said in [
        town.get("/v1/apiKeys").by(&admin).send().await,
        town.get("/v1/apiKeys").send().await,
        town.get("/nowhere").by(&admin).send().await,
    ] {
        assert_eq!(said.header("content-type"), "application/json");
        assert_eq!(said.header("cache-control"), "no-store");
        assert_eq!(said.header("x-content-type-options"), "nosniff");
        assert_eq!(said.header("strict-transport-security"), "max-age=31536000");
        assert_eq!(said.headers.get_all("content-type").iter().count(), 1);
    }
}

#[tokio::test]
async fn a_request_keeps_its_name_if_that_is_fit_to_be_repeated() {
    let (town, _, admin) = Town::with_admin().await;
    let said = town.get("/v1/nope").by(&admin).with("x-request-id", "my-request.1").send().await;
    assert_eq!(said.header("x-request-id"), "my-request.1");
    assert_eq!(said.json()["errors"][0]["id"], "my-request.1");
    for unfit in ["short", "with space inside", "x<script>alert", &"x".repeat(65)] {
        let said = town.get("/v1/nope").by(&admin).with("x-request-id", unfit).send().await;
        assert_ne!(said.header("x-request-id"), unfit);
        assert_eq!(said.header("x-request-id").len(), 36);
        assert_eq!(said.json()["errors"][0]["id"], said.header("x-request-id"));
    }
}

#[tokio::test]
async fn a_path_that_is_not_there_is_401_to_strangers_and_404_to_the_proven() {
    let (town, _, admin) = Town::with_admin().await;
    for path in ["/v1", "/v1/apikeys", "/v1/apiKeys/", "/v2/apiKeys"] {
        town.get(path).send().await.fails(401, "NOT_AUTHORIZED");
        town.get(path).by(&admin).send().await.fails(404, "PATH_ERROR");
    }
}

#[tokio::test]
async fn a_path_that_could_mean_two_things_is_refused_before_anything_else() {
    let town = Town::build().await;
    for path in [
        "//v1/apiKeys",
        "/v1//apiKeys",
        "/v1/./apiKeys",
        "/v1/%2e%2e/apiKeys",
        "/v1/apiKeys;x=1",
        "/v1/%61piKeys",
        "/v1/apiKeys%2F1",
    ] {
        town.get(path).send().await.fails(400, "PATH_ERROR.AMBIGUOUS");
    }
}

#[tokio::test]
async fn another_method_is_405_and_says_which_there_are() {
    let (town, _, admin) = Town::with_admin().await;
    let said = town.ask("PUT", "/v1/apiKeys").by(&admin).send().await.fails(405, "METHOD_NOT_ALLOWED");
    assert_eq!(said.header("allow"), "GET, HEAD, POST");
    town.ask("PUT", "/v1/apiKeys").send().await.fails(401, "NOT_AUTHORIZED");
    let said = town.ask("DELETE", "/livez").send().await.fails(405, "METHOD_NOT_ALLOWED");
    assert_eq!(said.header("allow"), "GET, HEAD");
    town.ask("OPTIONS", "/livez").send().await.fails(405, "METHOD_NOT_ALLOWED");
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let (town, _, admin) = Town::with_admin().await;
    let place = "/v1/apiKeys?fields[apiKeys]=nickname";
    let got = town.get(place).by(&admin).send().await.ok();
    let said = town.ask("HEAD", place).by(&admin).send().await.ok();
    assert!(said.bytes.is_empty());
    assert_eq!(said.header("content-length"), got.bytes.len().to_string());
    assert_eq!(town.ask("HEAD", "/v1/apiKeys").send().await.is(StatusCode::UNAUTHORIZED).bytes, b"");
}

#[tokio::test]
async fn an_unknown_parameter_is_named() {
    let (town, _, admin) = Town::with_admin().await;
    for (path, name) in [
        ("/v1/apiKeys?colour=red", "colour"),
        ("/v1/apiKeys?filter[colour]=red", "filter[colour]"),
        ("/v1/users?filter%5Bcolour%5D=red", "filter[colour]"),
        ("/v1/keyInUse?x=1", "x"),
    ] {
        let said = town.get(path).by(&admin).send().await.fails(400, "PARAMETER_ERROR.ILLEGAL");
        assert_eq!(said.json()["errors"][0]["source"]["parameter"], name);
    }
    for path in ["/v1/apiKeys?", "/v1/apiKeys?&"] {
        town.get(path).by(&admin).send().await.ok();
    }
    town.get("/v1/apiKeys?cursor=nonsense").by(&admin).send().await.fails(400, "PARAMETER_ERROR.INVALID");
}

#[tokio::test]
async fn a_body_must_be_json_that_means_one_thing() {
    let (town, _, admin) = Town::with_admin().await;
    let ask = |kind: &str, body: &str| town.post("/v1/apiKeys").by(&admin).raw(kind, body).send();
    let good =
        r#"{"data":{"type":"apiKeys","attributes":{"nickname":"A","keyType":"TEAM","roles":["ADMIN"]}}}"#;
    ask("application/json; charset=utf-8", good).await.is(StatusCode::CREATED);
    ask("Application/JSON", good).await.is(StatusCode::CREATED);
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""] {
        ask(kind, good).await.fails(415, "UNSUPPORTED_MEDIA_TYPE");
    }
    let twice = good.replace(r#""nickname":"A""#, r#""nickname":"A","nickname":"B""#);
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for body in
        [twice.as_str(), "{", "[]", "null", "{}", r#"{"data":[]}"#, r#"{"data":null}"#, &deep, "\u{feff}{}"]
    {
        ask("application/json", body).await.fails(400, "ENTITY_INVALID");
    }
    let long = "x".repeat((1 << 20) + 1);
    ask("application/json", &long).await.fails(413, "ENTITY_TOO_LARGE");
}

#[tokio::test]
async fn a_credential_is_given_once() {
    let (town, team, admin) = Town::with_admin().await;
    let owner = town.signed_in(team.person).await;
    town.get("/v1/apiKeys").by(&admin).by(&admin).send().await.fails(400, "PARAMETER_ERROR.INVALID");
    town.get("/v1/apiKeys").by(&admin).by(&owner).send().await.fails(400, "PARAMETER_ERROR.INVALID");
    town.get("/v1/apiKeys").by(&owner).by(&owner).send().await.fails(400, "PARAMETER_ERROR.INVALID");
    let Persona::Session(secret) = &owner else { panic!() };
    let insecure = format!("counterfoil={secret}");
    town.get("/v1/apiKeys").with("cookie", &insecure).send().await.fails(401, "NOT_AUTHORIZED");
}

#[tokio::test]
async fn whoever_belongs_to_several_teams_says_which() {
    let town = Town::build().await;
    let (one, two) = (town.team("One").await, town.team("Two").await);
    let invitation = counterfoil_authority::people::NewInvitation {
        email: "holder0@example.com".try_into().unwrap(),
        first_name: "Hedda".try_into().unwrap(),
        last_name: "Holder".try_into().unwrap(),
        roles: crate::town::roles(&["MARKETING"]),
        withheld: crate::town::roles(&[]),
        sees: counterfoil_core::event::Sees::AllApps,
        provisioning_allowed: false,
    };
    let by = counterfoil_authority::Request::by(counterfoil_core::event::Actor::User(two.owner));
    let invited = town.authority.invite(two.id, &by, &invitation).await.unwrap().value;
    town.authority.join(two.id, counterfoil_core::event::Actor::Operator, invited).await.unwrap();
    let session = town.signed_in(one.person).await;
    let ask = || town.get("/v1/keyInUse").by(&session);
    ask().send().await.fails(400, "PARAMETER_ERROR.REQUIRED");
    let in_two = ask().with("x-counterfoil-issuer", &two.id.to_string().to_uppercase()).send().await.ok();
    assert_eq!(in_two.attribute("roles"), json!(["GENERATE_INDIVIDUAL_KEYS", "MARKETING"]));
    let in_one = ask().with("x-counterfoil-issuer", &one.id.to_string()).send().await.ok();
    assert_eq!(in_one.attribute("team")["issuerId"], one.id.to_string());
    ask().with("x-counterfoil-issuer", "elsewhere").send().await.fails(403, "FORBIDDEN_ERROR");
}

#[tokio::test]
async fn whoever_writes_is_told_where_it_stands() {
    let (town, team, admin) = Town::with_admin().await;
    let attributes = json!({ "nickname": "A", "keyType": "TEAM", "roles": ["ADMIN"] });
    let said = town.post("/v1/apiKeys").by(&admin).entity("apiKeys", attributes.clone()).send().await;
    let position: u64 = said.header("x-counterfoil-position").parse().unwrap();
    assert!(said.headers.get("set-cookie").is_none());
    let owner = town.signed_in(team.person).await;
    let said = town.post("/v1/apiKeys").by(&owner).entity("apiKeys", attributes).send().await;
    let cookie =
        format!("counterfoil-position={}; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=60", position + 1);
    assert_eq!(said.header("set-cookie"), cookie);
    town.get("/v1/apiKeys")
        .by(&admin)
        .with("x-counterfoil-position", &(position + 1).to_string())
        .send()
        .await
        .ok();
    for odd in ["-1", "x", "99999999999999999999"] {
        town.get("/v1/apiKeys").by(&admin).with("x-counterfoil-position", odd).send().await.ok();
    }
}

#[tokio::test]
async fn health_and_figures_are_open_to_all() {
    let (town, _, admin) = Town::with_admin().await;
    town.get("/v1/apiKeys").by(&admin).send().await.ok();
    town.get("/v1/apiKeys").send().await.fails(401, "NOT_AUTHORIZED");
    assert_eq!(town.get("/livez").send().await.ok().json(), json!({ "status": "ok" }));
    assert_eq!(town.get("/readyz").send().await.ok().json()["status"], "ok");
    let figures = town.get("/metrics").send().await.ok().text();
    for line in [
        r#"counterfoil_http_requests_total{method="GET",route="/v1/apiKeys",status="2xx"} 1"#,
        r#"counterfoil_http_requests_total{method="GET",route="/v1/apiKeys",status="4xx"} 1"#,
        r#"counterfoil_unproven_total{why="no-credential"} 1"#,
        r#"counterfoil_ledger{name="trusted"} 1"#,
        r#"counterfoil_ledger{name="keys"} 1"#,
        "# EOF",
    ] {
        assert!(figures.lines().any(|found| found == line), "{line}\n{figures}");
    }
}

#[tokio::test]
async fn a_ledger_that_is_not_trusted_answers_nothing() {
    let (town, team, admin) = Town::with_admin().await;
    // Nobody follows any more, and finds that the ledger is good after all.
    town.authority.shutdown().await;
    town.authority.ledger().stop("for the test".into());
    town.get("/readyz").send().await.fails(503, "SERVICE_UNAVAILABLE.LEDGER");
    town.get("/v1/apiKeys").by(&admin).send().await.fails(503, "SERVICE_UNAVAILABLE.LEDGER");
    town.get(&format!("/v1/teams/{}/jwks.json", team.id))
        .send()
        .await
        .fails(503, "SERVICE_UNAVAILABLE.LEDGER");
    town.get("/livez").send().await.ok();
}

#[tokio::test]
async fn who_has_not_heard_from_the_ledger_for_too_long_lets_nobody_in() {
    let mut catalog = counterfoil_core::catalog::Catalog::appstore();
    catalog.services.iter_mut().for_each(|service| service.stale_after = std::time::Duration::from_secs(1));
    let town = Town::build_with(Some(catalog.to_toml())).await;
    let team = town.team("Rivets").await;
    let admin = town.team_key(team, "ADMIN").await;
    town.authority.shutdown().await;
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let said = town.get("/v1/apiKeys").by(&admin).send().await.fails(503, "SERVICE_UNAVAILABLE.STALE");
    assert_eq!(said.header("retry-after"), "1");
    town.get("/v1/apiKeys").send().await.fails(503, "SERVICE_UNAVAILABLE.STALE");
}

#[tokio::test]
async fn the_page_on_the_api_names_every_door() {
    let page = include_str!("../../../../../docs/api.md");
    let town = Town::build().await;
    let description = town.get("/v1/openapi.json").send().await.ok().json();
    for path in description["paths"].as_object().unwrap().keys() {
        assert!(page.contains(&format!("`{path}`")), "docs/api.md does not name {path}");
    }
}

#[tokio::test]
async fn the_description_is_the_one_that_is_checked_in() {
    let town = Town::build().await;
    let said = town.get("/v1/openapi.json").send().await.ok().json();
    let found = serde_json::to_string_pretty(&said).unwrap() + "\n";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    if std::env::var_os("COUNTERFOIL_UPDATE").is_some() {
        std::fs::write(&file, &found).unwrap();
    }
    let checked_in = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        checked_in == found,
        "crates/server/openapi.json is not what the table of routes says; write it anew with \
         COUNTERFOIL_UPDATE=1 cargo test -p counterfoil-server description, and look at the difference"
    );
}

#[tokio::test]
async fn what_is_described_is_what_is_answered() {
    let (town, team, admin) = Town::with_admin().await;
    town.individual_key(team, &["DEVELOPER"]).await;
    let app = json!({ "bundleId": "com.example.a", "name": "A" });
    town.post("/v1/registeredApps")
        .by(&admin)
        .entity("registeredApps", app)
        .send()
        .await
        .is(StatusCode::CREATED);
    let invited =
        json!({ "email": "new@example.com", "firstName": "N", "lastName": "Ew", "roles": ["SALES"] });
    town.post("/v1/userInvitations")
        .by(&admin)
        .entity("userInvitations", invited)
        .send()
        .await
        .is(StatusCode::CREATED);
    let schemas = town.get("/v1/openapi.json").send().await.ok().json()["components"]["schemas"].clone();
    for (kind, path) in [
        ("apiKeys", "/v1/apiKeys".to_owned()),
        ("users", "/v1/users".to_owned()),
        ("userInvitations", "/v1/userInvitations".to_owned()),
        ("actors", format!("/v1/actors?filter[id]={}", team.owner)),
        ("accessRequests", "/v1/accessRequests".to_owned()),
        ("auditEvents", "/v1/auditEvents".to_owned()),
        ("registeredApps", "/v1/registeredApps".to_owned()),
        ("apps", format!("/v1/users/{}/visibleApps", team.owner)),
        ("keyInUse", "/v1/keyInUse".to_owned()),
        ("apiKeyAdvice", format!("/v1/apiKeys/{}/advice", admin.id())),
        ("apiKeyUses", format!("/v1/apiKeys/{}/uses", admin.id())),
    ] {
        let said = town.get(&path).by(&admin).send().await.ok().json();
        let resource = said["data"].get(0).unwrap_or(&said["data"]).clone();
        assert_eq!(resource["type"], kind, "{path}");
        let described: Vec<&String> =
            schemas[kind]["properties"]["attributes"]["properties"].as_object().unwrap().keys().collect();
        let found: Vec<&String> = resource["attributes"].as_object().unwrap().keys().collect();
        assert_eq!(found, described, "{path}");
        if let Some(place) = resource["links"]["self"].as_str() {
            assert!(place.starts_with(URL), "{place}");
        }
    }
}
