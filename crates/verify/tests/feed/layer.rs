//! The layer: what it answers, and what the service behind it is told.

use crate::town::{Key, Town};
use counterfoil_verify::answer::RATE_LIMIT;
use counterfoil_verify::layer::{Verify, VerifyLayer};
use counterfoil_verify::{Allowed, Now};
use http::header::AUTHORIZATION;
use http::{HeaderMap, Request, Response};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Semaphore;
use tower::{Layer, Service, ServiceExt, service_fn};

/// What the service behind saw, as text; it counts how often it was called.
fn behind(
    layer: &VerifyLayer,
) -> (
    impl Service<Request<()>, Response = Response<Vec<u8>>, Error = Infallible, Future: Send>
    + Clone
    + Send
    + 'static,
    Arc<AtomicUsize>,
) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let service = service_fn(move |request: Request<()>| {
        counted.fetch_add(1, Ordering::Relaxed);
        async move { Ok::<_, Infallible>(Response::new(told(&request).into_bytes())) }
    });
    let guarded: Verify<_> = layer.layer(service);
    (guarded, calls)
}

fn told(request: &Request<()>) -> String {
    let allowed = request.extensions().get::<Allowed>().unwrap();
    let mut headers: Vec<_> = request.headers().iter().map(|(name, _)| name.as_str()).collect();
    headers.sort_unstable();
    format!("{} {}", allowed.key(), headers.join(","))
}

fn request(target: &str, token: &str) -> Request<()> {
    let request = Request::get(target).header(AUTHORIZATION, format!("Bearer {token}"));
    request.header("x-request-id", "build-4711").body(()).unwrap()
}

fn text(response: Response<Vec<u8>>) -> (u16, HeaderMap, String) {
    let (head, body) = response.into_parts();
    (head.status.as_u16(), head.headers, String::from_utf8(body).unwrap())
}

async fn town() -> (Town, Key, VerifyLayer) {
    let town = Town::build().await;
    let key = town.key("ADMIN").await;
    let layer = VerifyLayer::new(town.embedded().await);
    (town, key, layer)
}

#[tokio::test]
async fn who_asks_is_told_by_the_verdict_and_by_nobody_else() {
    let (_town, key, layer) = town().await;
    let (api, calls) = behind(&layer);
    let mut request = request("/v1/apps?limit=1", &key.token());
    for name in ["x-counterfoil-team", "X_Counterfoil_Roles", "x-counterfoil-apps", "x-http-method-override"]
    {
        request.headers_mut().insert(http::HeaderName::try_from(name).unwrap(), "forged".try_into().unwrap());
    }
    let (status, headers, body) = text(api.oneshot(request).await.unwrap());
    let seen = "x-counterfoil-group,x-counterfoil-key,x-counterfoil-kind,x-counterfoil-roles,x-counterfoil-team,x-request-id";
    assert_eq!((status, body), (200, format!("{} {seen}", key.id)));
    assert_eq!(headers[&RATE_LIMIT], "user-hour-lim:3600;user-hour-rem:3599;");
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn what_may_not_pass_never_reaches_the_service_and_is_answered_as_the_server_would() {
    let (town, key, _) = town().await;
    let sales = town.key("SALES").await;
    let revoked = town.key("ADMIN").await;
    town.revoke(&revoked).await;
    let (api, calls) = behind(&VerifyLayer::new(town.embedded().await));
    for (target, token, status, code) in [
        ("/v1//apps", key.token(), 400, "PATH_ERROR.AMBIGUOUS"),
        ("/v1/apps", "guess".to_owned(), 401, "NOT_AUTHORIZED"),
        ("/v1/apps", revoked.token(), 401, "NOT_AUTHORIZED"),
        ("/v1/nowhere", key.token(), 404, "PATH_ERROR"),
        ("/v1/users", sales.token(), 403, "FORBIDDEN_ERROR"),
    ] {
        let (found, headers, body) = text(api.clone().oneshot(request(target, &token)).await.unwrap());
        assert_eq!(found, status, "{target} {body}");
        assert!(body.contains(&format!(r#""status":"{status}","code":"{code}""#)), "{body}");
        assert_eq!(body.contains(r#""id":"build-4711""#), status != 401, "{body}");
        assert_eq!(headers.contains_key(&RATE_LIMIT), [403, 404].contains(&status), "{target}");
        assert_eq!(
            (&headers["x-request-id"], &headers["cache-control"]),
            (&"build-4711".try_into().unwrap(), &"no-store".try_into().unwrap())
        );
    }
    assert_eq!(calls.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn two_credentials_are_none() {
    let (_town, key, layer) = town().await;
    let (api, calls) = behind(&layer);
    let mut request = request("/v1/apps", &key.token());
    request.headers_mut().append(AUTHORIZATION, "Bearer other".try_into().unwrap());
    let (status, _, body) = text(api.oneshot(request).await.unwrap());
    assert_eq!(status, 400);
    assert!(body.contains(r#""source":{"header":"Authorization"}"#), "{body}");
    assert_eq!(calls.load(Ordering::Relaxed), 0);
}

/// With nobody who checks, those that must be checked wait or are sent away; the others pass all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_that_wait_keep_no_known_token_waiting() {
    let (_town, key, layer) = town().await;
    let known = key.token();
    let layer = layer.with_lane(1, 1);
    let (api, _) = behind(&layer);
    assert_eq!(api.clone().oneshot(request("/v1/apps", &known)).await.unwrap().status(), 200);
    let gate = Arc::new(Semaphore::new(0));
    let mut flood = Vec::new();
    for number in 1..=40 {
        let token = key.token_at(Now::read().wall.minus(std::time::Duration::from_secs(number)));
        let (api, gate) = (api.clone(), gate.clone());
        flood.push(tokio::spawn(async move {
            let _open = gate.acquire().await.unwrap();
            api.oneshot(request("/v1/apps", &token)).await.unwrap()
        }));
    }
    gate.add_permits(40);
    let (status, ..) = text(api.clone().oneshot(request("/v1/apps", &known)).await.unwrap());
    assert_eq!(status, 200);
    let mut full = 0;
    for answer in flood {
        let (status, headers, body) = text(answer.await.unwrap());
        assert!([200, 503].contains(&status), "{body}");
        if status == 503 {
            full += 1;
            assert_eq!(headers["retry-after"], "1");
            assert!(body.contains("SERVICE_UNAVAILABLE.OVERLOADED"), "{body}");
        }
    }
    assert!((1..40).contains(&full), "{full}");
}
