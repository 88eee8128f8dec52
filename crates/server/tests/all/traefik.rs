//! Traefik's questions: a GET with all of the client's header fields, and with `X-Forwarded-*` in which Traefik (unless
//! it was told to trust the client) says what the client asks for.

use crate::town::{Ask, Persona, Town};

/// As Traefik's `forwardAuth` asks, with what else the client sent.
fn asked<'t>(town: &'t Town, method: &str, target: &str, by: &Persona, sent: &[(&str, &str)]) -> Ask<'t> {
    let ask = town
        .get("/authorize")
        .with("accept-encoding", "gzip")
        .with("x-forwarded-for", "198.51.100.7")
        .with("x-forwarded-host", "api.example")
        .with("x-forwarded-method", method)
        .with("x-forwarded-port", "443")
        .with("x-forwarded-proto", "https")
        .with("x-forwarded-server", "traefik")
        .with("x-forwarded-uri", target)
        .with("x-real-ip", "198.51.100.7")
        .by(by);
    sent.iter().fold(ask, |ask, (name, value)| ask.with(name, value))
}

#[tokio::test]
async fn traefik_is_told_who_asks_and_what_is_left_of_the_hour() {
    let (town, team, admin) = Town::with_admin().await;
    let sent = [("content-type", "application/json"), ("x-counterfoil-user", "forged")];
    let said = asked(&town, "PATCH", "/v1/apps/1?fields[apps]=name", &admin, &sent).send().await.ok();
    assert_eq!(said.header("x-counterfoil-team"), team.id.to_string());
    assert_eq!(said.header("x-counterfoil-key"), admin.id().to_string());
    assert_eq!(said.header("x-counterfoil-kind"), "TEAM");
    assert_eq!(said.header("x-counterfoil-roles"), "ADMIN");
    assert_eq!(said.header("x-counterfoil-group"), "metadata");
    assert_eq!(said.header("x-counterfoil-user"), "");
    assert_eq!(said.header("x-rate-limit"), "user-hour-lim:3600;user-hour-rem:3599;");
    assert_eq!(said.header("cache-control"), "no-store");
}

#[tokio::test]
async fn the_method_that_is_judged_is_the_one_that_traefik_tells() {
    let (town, team, _) = Town::with_admin().await;
    let marketing = town.team_key(team, "MARKETING").await;
    for (method, status) in [("GET", 200), ("HEAD", 200), ("POST", 403), ("DELETE", 403), ("OPTIONS", 403)] {
        let said = asked(&town, method, "/v1/apps", &marketing, &[]).send().await;
        assert_eq!(said.status, status, "{method}");
    }
}

#[tokio::test]
async fn traefik_gets_each_refusal_as_nginx_does() {
    let (town, team, admin) = Town::with_admin().await;
    let sales = town.team_key(team, "SALES").await;
    for (by, method, target, status) in [
        (&admin, "GET", "/v1//apps", 400),
        (&admin, "GET", "/v1/%2e%2e/apps", 400),
        (&Persona::Anonymous, "GET", "/v1/apps", 401),
        (&Persona::Anonymous, "GET", "/inApps/v1/history/1", 401),
        (&sales, "PATCH", "/v1/apps/1", 403),
        (&admin, "GET", "/v1/nothing", 403),
    ] {
        let name = [("x-request-id", "the-same-request")];
        let told = asked(&town, method, target, by, &name).send().await;
        let ask = town.get("/authorize").with("x-original-method", method).with("x-original-uri", target);
        let nginx = ask.by(by).with("x-request-id", "the-same-request").send().await;
        assert_eq!((told.status, told.text()), (status, nginx.text()), "{target}");
        assert_eq!(told.header("content-type"), nginx.header("content-type"));
    }
}

#[tokio::test]
async fn what_a_client_says_in_nginxs_words_is_not_believed_beside_traefiks() {
    let (town, _, admin) = Town::with_admin().await;
    for forged in [
        &[("x-original-method", "GET"), ("x-original-uri", "/v1/users")][..],
        &[("x-original-method", "GET")],
        &[("x-forwarded-uri", "/v1/users")],
    ] {
        let said = asked(&town, "DELETE", "/v1/apps", &admin, forged).send().await;
        assert_eq!(said.status, 400, "{forged:?}");
    }
}
