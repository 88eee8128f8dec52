use crate::desk::{COFFEE, Desk, ids};
use serde_json::{Value, json};

#[test]
fn what_is_exported_comes_back_as_it_was() {
    let desk = Desk::new();
    let hook = json!({
        "type": "webhooks",
        "attributes": { "enabled": true, "eventTypes": [], "name": "CI", "secret": "hush", "url": "https://ci.example" },
        "relationships": { "app": { "data": { "type": "apps", "id": COFFEE } } },
    });
    desk.make("/v1/webhooks", hook);
    let exported = desk.sandbox().export(desk.team()).unwrap();
    let other = desk.of("another-team");
    other.sandbox().import(other.team(), &exported).unwrap();
    assert_eq!(other.sandbox().export(other.team()).unwrap(), exported);
    let target = format!("/v1/apps/{COFFEE}?include=builds,appInfos,betaGroups");
    assert_eq!(desk.found(&target), other.found(&target));
    assert_eq!(desk.sandbox().teams().unwrap(), [desk.team(), "another-team"]);
}

#[test]
fn a_team_that_was_reset_finds_the_beginning_again() {
    let desk = Desk::new();
    let app = json!({ "type": "apps", "id": COFFEE, "attributes": { "primaryLocale": "fr-FR" } });
    assert_eq!(desk.patch(&format!("/v1/apps/{COFFEE}"), app).status, 200);
    desk.sandbox().reset(desk.team()).unwrap();
    assert_eq!(desk.found(&format!("/v1/apps/{COFFEE}"))["data"]["attributes"]["primaryLocale"], "en-US");
}

#[test]
fn fixtures_that_can_not_be_are_refused_and_change_nothing() {
    let desk = Desk::new();
    let before = ids(&desk.found("/v1/apps"));
    let app = |more: Value| {
        let mut app = json!({ "type": "apps", "id": "7", "attributes": { "name": "Seven" } });
        app.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "resources": [app] }).to_string()
    };
    for (text, why) in [
        ("{".to_owned(), "it is not what `sandbox export` writes: EOF"),
        (json!({ "resources": [], "more": 1 }).to_string(), "unknown field `more`"),
        (app(json!({ "type": "cars" })), "cars 7: there is no such type"),
        (app(json!({ "attributes": { "colour": "red" } })), "apps 7: colour is no attribute of it"),
        (app(json!({ "attributes": { "name": 7 } })), "apps 7: name: It must be text"),
        (
            app(json!({ "relationships": { "builds": [] } })),
            "apps 7: builds is no relation that is written down at it",
        ),
        (
            app(
                json!({ "type": "builds", "attributes": {}, "relationships": { "app": [{ "type": "apps", "id": "8" }] } }),
            ),
            "builds 7: what it is a part of is not there",
        ),
    ] {
        let fault = desk.sandbox().import(desk.team(), &text).unwrap_err().to_string();
        assert!(fault.contains(why), "{why:?} is not in {fault:?}");
        let start = desk.opened_with(&text).err().unwrap().to_string();
        assert_eq!(start, format!("the fixtures can't be used: {fault}"), "a start says so, not each answer");
        assert_eq!(ids(&desk.found("/v1/apps")), before);
    }
    assert_eq!(
        desk.opened_with(&app(json!({}))).ok().unwrap().teams().unwrap(),
        [desk.team()],
        "tried, not kept"
    );
    desk.sandbox().import(desk.team(), &app(json!({}))).unwrap();
    assert_eq!(ids(&desk.found("/v1/apps")), ["7"]);
}

#[test]
fn lists_are_filtered_by_what_only_fixtures_bring() {
    let desk = Desk::new();
    let one = |kind: &str, id: &str, attributes: Value, relations: &[(&str, &str, &str)]| {
        let to =
            |(name, kind, id): &(&str, &str, &str)| ((*name).to_owned(), json!([{ "type": kind, "id": id }]));
        let relations: serde_json::Map<String, Value> = relations.iter().map(to).collect();
        json!({ "type": kind, "id": id, "attributes": attributes, "relationships": relations })
    };
    let app = ("app", "apps", "7");
    let train = |id: &str| one("preReleaseVersions", id, json!({ "version": id, "platform": "IOS" }), &[app]);
    let build = |id: &str, train: &str| {
        one(
            "builds",
            id,
            json!({ "version": id }),
            &[app, ("preReleaseVersion", "preReleaseVersions", train)],
        )
    };
    let feedback = |id: &str, build: &str| {
        one("betaFeedbackCrashSubmissions", id, json!({}), &[app, ("build", "builds", build)])
    };
    let purchase = |id: &str, state: &str| {
        let values =
            json!({ "name": id, "productId": id, "inAppPurchaseType": "CONSUMABLE", "state": state });
        one("inAppPurchases", id, values, &[app])
    };
    let all = json!({ "resources": [
        one("apps", "7", json!({ "name": "Seven" }), &[]),
        train("1.0"), train("1.1"), build("b0", "1.0"), build("b1", "1.1"),
        feedback("f0", "b0"), feedback("f1", "b1"),
        purchase("ready", "READY_TO_SUBMIT"), purchase("sold", "APPROVED"),
        one("alternativeDistributionKeys", "market", json!({ "publicKey": "k" }), &[]),
        one("alternativeDistributionKeys", "of7", json!({ "publicKey": "l" }), &[app]),
        one("appPriceSchedules", "7", json!({}), &[app]),
    ] });
    desk.sandbox().import(desk.team(), &all.to_string()).unwrap();
    for (path, expected) in [
        ("/v1/apps/7/betaFeedbackCrashSubmissions?filter[build.preReleaseVersion]=1.1", "f1"),
        ("/v1/apps/7/inAppPurchases?filter[canBeSubmitted]=true", "ready"),
        ("/v1/apps/7/inAppPurchases?filter[canBeSubmitted]=false", "sold"),
        ("/v1/alternativeDistributionKeys?exists[app]=true", "of7"),
        ("/v1/alternativeDistributionKeys?exists[app]=false", "market"),
    ] {
        assert_eq!(ids(&desk.found(path)), [expected], "{path}");
    }
    let key = json!({ "type": "alternativeDistributionKeys", "attributes": { "publicKey": "m" } });
    assert_eq!(desk.post("/v1/alternativeDistributionKeys", key).status, 201, "a key need be of no app");
    let none = desk.found("/v1/appPriceSchedules/7/automaticPrices");
    assert_eq!(none["data"], json!([]), "nothing follows a base that fixtures left out");
}

#[cfg(unix)]
#[test]
fn every_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    desk.found("/v1/apps");
    let files: Vec<_> = std::fs::read_dir(desk.folder()).unwrap().map(Result::unwrap).collect();
    assert!(files.len() > 1, "the store, and what it writes ahead");
    for file in files {
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", file.path().display());
    }
}
