//! Over plain http pages are shown under `localhost` alone.

use crate::town::Town;
use crate::visitor::FORM;
use counterfoil_authority::sign_in::Purpose;
use counterfoil_server::{ApiSettings, App, app};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt;

fn in_clear(town: &Town) -> App {
    app(Arc::clone(&town.authority), &ApiSettings::new("http://localhost:8787"))
}

async fn get(app: &App, host: &str, path: &str) -> (u16, String, String) {
    let request = Request::get(path).header("host", host).body(Full::<bytes::Bytes>::default()).unwrap();
    let (head, body) = app.clone().oneshot(request).await.unwrap().into_parts();
    let place = head.headers.get("location").map_or("", |place| place.to_str().unwrap()).to_owned();
    let text = String::from_utf8_lossy(&body.collect().await.unwrap().to_bytes()).into_owned();
    (head.status.as_u16(), place, text)
}

#[tokio::test]
async fn an_address_of_this_machine_is_sent_to_localhost_and_any_other_name_is_told_what_to_do() {
    let town = Town::build().await;
    let app = in_clear(&town);
    for (host, status, place) in [
        ("localhost:8787", 200, ""),
        ("127.0.0.1:8787", 307, "http://localhost:8787/sign-in?to=%2Fconsole"),
        ("[::1]:8787", 307, "http://localhost:8787/sign-in?to=%2Fconsole"),
        ("keys.lan:8787", 400, ""),
        ("localhost.evil.example", 400, ""),
        ("127.0.0.1.evil.example", 400, ""),
    ] {
        let (said, leads, text) = get(&app, host, "/sign-in?to=%2Fconsole").await;
        assert_eq!((said, leads.as_str()), (status, place), "{host}");
        assert_eq!(text.contains("put it behind https"), status == 400, "{host}");
    }
    let (status, ..) = get(&app, "127.0.0.1:8787", "/v1/openapi.json").await;
    assert_eq!(status, 200, "the API does not mind");
}

#[tokio::test]
async fn in_clear_the_cookie_has_no_prefix_that_browsers_would_refuse() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let link = town.authority.make_link(Purpose::SignIn(team.person), Duration::from_secs(60)).await.unwrap();
    let request = Request::post("/sign-in")
        .header("host", "localhost:8787")
        .header("origin", "http://localhost:8787")
        .header("content-type", FORM)
        .body(Full::from(format!("link={}", link.expose())))
        .unwrap();
    let said: Response<_> = in_clear(&town).oneshot(request).await.unwrap();
    let cookie = said.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("counterfoil=") && !cookie.contains("Secure"), "{cookie}");
}
