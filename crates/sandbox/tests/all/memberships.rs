use crate::desk::{COFFEE, Desk, TRAINS, first_with, ids};
use http::Method;
use serde_json::json;

#[test]
fn testers_are_found_by_the_apps_that_they_test() {
    let desk = Desk::new();
    let of_coffee = ids(&desk.found(&format!("/v1/betaTesters?filter[apps]={COFFEE}")));
    assert_eq!(of_coffee.len(), 5);
    assert_eq!(ids(&desk.found("/v1/betaTesters?filter[apps]=7")), Vec::<String>::new());
    let apps = ids(&desk.found(&format!("/v1/betaTesters/{}/apps", of_coffee[0])));
    assert!(apps.len() == 3 && apps.contains(&COFFEE.to_owned()), "{apps:?}");
    let narrow = desk.seeing(TRAINS);
    assert_eq!(ids(&narrow.found(&format!("/v1/betaTesters/{}/apps", of_coffee[0]))), [TRAINS]);
    assert_eq!(ids(&narrow.found(&format!("/v1/betaTesters?filter[apps]={COFFEE}"))), Vec::<String>::new());
}

#[test]
fn a_tester_leaves_an_app_and_no_other() {
    let desk = Desk::new();
    let testers = desk.found(&format!("/v1/betaTesters?filter[apps]={COFFEE}"));
    let (first, second) = (ids(&testers)[0].clone(), ids(&testers)[1].clone());
    let body = |kind: &str, id: &str| json!({ "data": [{ "type": kind, "id": id }] }).to_string();
    let path = format!("/v1/betaTesters/{first}/relationships/apps");
    assert_eq!(desk.ask(Method::DELETE, &path, body("apps", COFFEE)).status, 204);
    let path = format!("/v1/apps/{COFFEE}/relationships/betaTesters");
    assert_eq!(desk.ask(Method::DELETE, &path, body("betaTesters", &second)).status, 204);
    let left = ids(&desk.found(&format!("/v1/betaTesters?filter[apps]={COFFEE}")));
    assert!(left.len() == 3 && !left.contains(&first) && !left.contains(&second), "{left:?}");
    assert_eq!(ids(&desk.found(&format!("/v1/betaTesters?filter[apps]={TRAINS}"))).len(), 5);
    let added = desk.ask(Method::POST, &path, body("betaTesters", &second));
    added.assert_fault(405, "METHOD_NOT_ALLOWED", "");
}

#[test]
fn a_bundle_id_leads_to_its_app() {
    let desk = Desk::new();
    let bundle = first_with(&desk.found("/v1/bundleIds"), "identifier", "com.example.coffee");
    let app = desk.found(&format!("/v1/bundleIds/{}/app", bundle["id"].as_str().unwrap()));
    assert_eq!(app["data"]["id"], COFFEE);
    let narrow = desk.seeing(TRAINS).found(&format!("/v1/bundleIds/{}/app", bundle["id"].as_str().unwrap()));
    assert_eq!(narrow["data"], json!(null), "an app that may not be seen is not told of");
}

#[test]
fn parts_that_are_taken_away_are_gone() {
    let desk = Desk::new();
    let groups = desk.found(&format!("/v1/apps/{COFFEE}/subscriptionGroups"));
    let subscription =
        ids(&desk.found(&format!("/v1/subscriptionGroups/{}/subscriptions", ids(&groups)[0])))[0].clone();
    let offer = desk.make(
        "/v1/subscriptionIntroductoryOffers",
        json!({
            "type": "subscriptionIntroductoryOffers",
            "attributes": { "duration": "ONE_WEEK", "offerMode": "FREE_TRIAL", "numberOfPeriods": 1 },
            "relationships": { "subscription": { "data": { "type": "subscriptions", "id": subscription } } },
        }),
    );
    let list = format!("/v1/subscriptions/{subscription}/introductoryOffers");
    assert_eq!(ids(&desk.found(&list)), std::slice::from_ref(&offer));
    let path = format!("/v1/subscriptions/{subscription}/relationships/introductoryOffers");
    let body = json!({ "data": [{ "type": "subscriptionIntroductoryOffers", "id": offer }] });
    assert_eq!(desk.ask(Method::DELETE, &path, body.to_string()).status, 204);
    assert_eq!(ids(&desk.found(&list)), Vec::<String>::new());
}
