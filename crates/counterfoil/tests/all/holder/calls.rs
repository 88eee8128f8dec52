//! `request`.

use super::hand::{Hand, assert_no_key, ran};
use super::refusing::Fake;
use crate::installation::Ran;

fn call(hand: &Hand, url: &str, arguments: &[&str]) -> Ran {
    ran(hand.command(&[&["request"], arguments, &["--url", url]].concat()))
}

#[test]
fn an_answer_is_printed_and_a_refusal_explained() {
    let hand = Hand::new();
    let server = hand.installation.serve(&[]);
    let users = call(&hand, &server.url(), &["GET", "/v1/users", "--json"]);
    assert_eq!(users.code, 0, "{users:?}");
    assert_eq!(users.document()["data"][0]["attributes"]["username"], "ada@acme.example");
    let whole_url = call(&hand, "http://127.0.0.1:1", &["GET", &format!("{}/v1/keyInUse", server.url())]);
    assert_eq!(whole_url.code, 0, "{whole_url:?}");
    let missing = call(&hand, &server.url(), &["get", "/v1/apiKeys/0000000000"]);
    missing.assert_refused(1, &format!("GET {}/v1/apiKeys/0000000000 is answered with 404", server.url()));
    assert!(missing.stdout.contains("NOT_FOUND"));
    let mut stranger = hand.command(&["request", "GET", "/v1/users", "--url", &server.url()]);
    stranger.env("COUNTERFOIL_ISSUER_ID", super::hand::ISSUER);
    let refused = ran(stranger);
    refused.assert_refused(1, "GET");
    assert!(refused.stderr.contains("is answered with 401: issuer: "), "{refused:?}");
    assert_no_key(&hand.pem(), &refused);
}

#[test]
fn every_page_is_fetched_and_printed_as_one_document() {
    let hand = Hand::new();
    let fake = Fake::start(&[
        "200 OK\n\n{\"data\":[{\"id\":\"1\"},{\"id\":\"2\"}],\"links\":{\"next\":\"{url}/v1/apps?cursor=a\"},\"meta\":{\"paging\":{\"total\":3,\"limit\":2}}}",
        "200 OK\n\n{\"data\":[{\"id\":\"3\"}],\"links\":{\"self\":\"x\"}}",
    ]);
    let ran = call(&hand, &fake.url, &["GET", "/v1/apps?limit=2", "--all", "--json"]);
    assert_eq!((ran.code, ran.document()["data"].as_array().unwrap().len()), (0, 3), "{ran:?}");
    assert!(fake.asked()[1].starts_with("GET /v1/apps?cursor=a "), "{:?}", fake.asked());
}

#[test]
fn the_token_goes_to_no_other_host() {
    let hand = Hand::new();
    let other = Fake::start(&["200 OK\n\n{}"]);
    let redirecting = Fake::start(&[&format!("302 Found\nLocation: {}/v1/apps\n\n", other.url)]);
    call(&hand, &redirecting.url, &["GET", "/v1/apps"]).assert_refused(1, "GET");
    let paging = Fake::start(&[&format!(
        "200 OK\n\n{{\"data\":[],\"links\":{{\"next\":\"{}/v1/apps\"}}}}",
        other.url
    )]);
    call(&hand, &paging.url, &["GET", "/v1/apps", "--all"])
        .assert_refused(1, "the next page is said to be on another host");
    assert_eq!(other.asked(), [""; 0]);
}

#[test]
fn a_redirect_within_the_host_is_followed_by_what_only_looks() {
    let hand = Hand::new();
    let fake = Fake::start(&["307 Temporary Redirect\nLocation: /v1/there\n\n", "200 OK\n\n{\"data\":1}"]);
    assert_eq!(call(&hand, &fake.url, &["GET", "/v1/here"]).stdout, "{\"data\":1}");
    let fake = Fake::start(&["307 Temporary Redirect\nLocation: /v1/there\n\n"]);
    call(&hand, &fake.url, &["POST", "/v1/here", "--data", "{}"]).assert_refused(1, "POST");
    assert_eq!(fake.asked().len(), 1);
}

#[test]
fn a_server_that_asks_to_wait_is_waited_for() {
    let hand = Hand::new();
    for wait in ["1", "1795289412", "1795289412000"] {
        let fake = Fake::start(&[&format!("429 Too Many\nRetry-After: {wait}\n\n"), "200 OK\n\n{}"]);
        let mut command = hand.command(&["request", "GET", "/v1/apps", "--url", &fake.url]);
        command.env("TZ", "UTC");
        let began = std::time::Instant::now();
        if wait == "1" {
            let ran = ran(command);
            assert_eq!((ran.code, fake.asked().len()), (0, 2), "{ran:?}");
            assert!(began.elapsed().as_millis() >= 1000);
            assert!(ran.stderr.contains("asks to wait for 1s"), "{ran:?}");
        } else {
            // A time long past or far ahead: asked again at once, or not at all.
            let _ = ran(command);
            assert!(began.elapsed().as_secs() < 10);
        }
    }
    let fake = Fake::start(&["429 Too Many\nRetry-After: 100000\n\n"]);
    call(&hand, &fake.url, &["GET", "/v1/apps"]).assert_refused(1, "GET");
    assert_eq!(fake.asked().len(), 1);
}

#[test]
fn a_wrong_clock_is_noticed_compensated_and_remembered() {
    let hand = Hand::new();
    let late = "401 Unauthorized\nDate: Sat, 21 Nov 2020 19:30:00 GMT\n\n{}";
    let fake = Fake::start(&[late, "200 OK\nDate: Sat, 21 Nov 2020 19:30:00 GMT\n\n{}"]);
    let ran = call(&hand, &fake.url, &["GET", "/v1/apps"]);
    assert_eq!((ran.code, fake.asked().len()), (0, 2), "{ran:?}");
    assert!(ran.stderr.contains("ahead of the server's"), "{ran:?}");
    assert_ne!(fake.asked()[0], fake.asked()[1], "another token was sent");
    let clocks = std::fs::read_to_string(hand.home().join(".local/state/counterfoil/clocks.json")).unwrap();
    assert!(clocks.contains(&fake.url), "{clocks}");
}

#[test]
fn what_app_store_connect_means_is_told() {
    let hand = Hand::new();
    for (answer, path, words) in [
        (
            "401 Unauthorized\n\n{\"errors\":[{\"code\":\"NOT_AUTHORIZED\"}]}",
            "/v1/apps",
            "401: key: the server does not take",
        ),
        (
            "403 Forbidden\n\n{\"errors\":[{\"code\":\"FORBIDDEN.REQUIRED_AGREEMENTS_MISSING_OR_EXPIRED\"}]}",
            "/v1/apps",
            "403: access: the server says that an agreement is missing",
        ),
        (
            "403 Forbidden\n\n{\"errors\":[{\"code\":\"FORBIDDEN_ERROR\"}]}",
            "/v1/salesReports",
            "one of: ADMIN, FINANCE, SALES",
        ),
    ] {
        let fake = Fake::start(&[answer]);
        let ran = call(&hand, &fake.url, &["GET", path]);
        ran.assert_refused(1, "GET");
        assert!(ran.stderr.contains(words), "{words:?}: {ran:?}");
    }
}

#[test]
fn a_body_comes_from_a_file_and_an_answer_goes_into_one() {
    let hand = Hand::new();
    hand.file("body.json", "{\"a\":1}");
    let fake = Fake::start(&["201 Created\n\n{\"b\":2}"]);
    let arguments =
        ["POST", "/v1/x", "--data", "@body.json", "--output", "answer.json", "--header", "X-A: b"];
    assert_eq!(call(&hand, &fake.url, &arguments).code, 0);
    let asked = fake.asked();
    assert!(asked[0].ends_with("{\"a\":1}") && asked[0].contains("x-a: b"), "{asked:?}");
    assert_eq!(std::fs::read_to_string(hand.installation.beside("answer.json")).unwrap(), "{\"b\":2}");
    call(&hand, &fake.url, &arguments).assert_refused(1, "can't write answer.json");
    let own = ["GET", "/v1/x", "--header", "Authorization: Bearer x"];
    call(&hand, &fake.url, &own).assert_refused(2, "the header Authorization is set by counterfoil itself");
}
