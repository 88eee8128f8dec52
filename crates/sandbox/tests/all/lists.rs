use crate::desk::{COFFEE, Desk, TRAINS, ids, to};
use bytes::Bytes;
use http::{HeaderValue, Method, Request};
use serde_json::json;

#[test]
fn a_new_team_finds_the_demonstration_and_no_other_teams_changes() {
    let desk = Desk::new();
    let apps = desk.found("/v1/apps");
    assert_eq!(apps["meta"]["paging"], json!({ "total": 3, "limit": 50 }));
    assert_eq!(ids(&apps), [COFFEE, TRAINS, "6448311071"]);
    assert_eq!(apps["links"], json!({ "self": "https://keys.example/v1/apps" }));
    desk.patch(
        &format!("/v1/apps/{COFFEE}"),
        json!({ "type": "apps", "id": COFFEE, "attributes": { "primaryLocale": "de-DE" } }),
    );
    let other = desk.of("another-team");
    assert_eq!(other.found(&format!("/v1/apps/{COFFEE}"))["data"]["attributes"]["primaryLocale"], "en-US");
    assert_eq!(desk.found(&format!("/v1/apps/{COFFEE}"))["data"]["attributes"]["primaryLocale"], "de-DE");
}

#[test]
fn a_resource_is_shown_with_all_its_attributes_and_links() {
    let app = Desk::new().found(&format!("/v1/apps/{COFFEE}"));
    let attributes = app["data"]["attributes"].as_object().unwrap();
    assert_eq!(attributes["bundleId"], "com.example.coffee");
    assert!(attributes.contains_key("accessibilityUrl"), "null is shown too");
    assert_eq!(
        app["data"]["relationships"]["builds"],
        json!({ "links": {
            "self": format!("https://keys.example/v1/apps/{COFFEE}/relationships/builds"),
            "related": format!("https://keys.example/v1/apps/{COFFEE}/builds"),
        }})
    );
    assert_eq!(app["data"]["links"]["self"], format!("https://keys.example/v1/apps/{COFFEE}"));
}

#[test]
fn pages_follow_one_another_without_a_gap() {
    let desk = Desk::new();
    let version = ids(&desk.found(&format!("/v1/apps/{COFFEE}/appStoreVersions")))[0].clone();
    for first in [
        "/v1/builds?limit=5".to_owned(),
        "/v1/builds?limit=5&sort=-uploadedDate".to_owned(),
        "/v1/builds?limit=5&sort=version,-uploadedDate".to_owned(),
        "/v1/territories?limit=50".to_owned(),
        format!("/v1/appStoreVersions/{version}/appStoreVersionLocalizations?limit=10"),
        format!("/v1/apps/{COFFEE}/appPricePoints?limit=2000&filter[territory]=USA,DEU,JPN,GBR"),
    ] {
        let (mut next, mut seen, mut total) = (Some(first.clone()), Vec::new(), 0);
        while let Some(target) = next {
            let page = desk.found(&target);
            seen.extend(ids(&page));
            total = page["meta"]["paging"]["total"].as_u64().unwrap();
            let link = page["links"]["next"].as_str();
            next = link.map(|link| link.strip_prefix("https://keys.example").unwrap().to_owned());
            assert!(seen.len() as u64 <= total, "{target}");
        }
        assert_eq!(seen.len() as u64, total, "{first}");
        let all = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), all, "{first}: something came twice");
    }
}

#[test]
fn every_page_says_how_many_there_are_on_all_whether_it_is_all_itself_or_not() {
    let desk = Desk::new();
    let none = "filter[version]=999";
    for (list, expected) in [
        ("/v1/apps?".to_owned(), 3_u64),
        ("/v1/apps?sort=-name".to_owned(), 3),
        ("/v1/apps?sort=name,-bundleId".to_owned(), 3),
        (format!("/v1/builds?filter[app]={COFFEE}"), 4),
        (format!("/v1/apps/{COFFEE}/builds?"), 4),
        (format!("/v1/builds?{none}"), 0),
        (format!("/v1/builds?filter[app]={COFFEE}&{none}&sort=version"), 0),
    ] {
        for limit in 1..=5 {
            let (mut next, mut pages) = (Some(format!("{list}&limit={limit}")), 0);
            while let Some(target) = next {
                let page = desk.found(&target);
                assert_eq!(page["meta"]["paging"], json!({ "total": expected, "limit": limit }), "{target}");
                next = page["links"]["next"]
                    .as_str()
                    .map(|link| link.strip_prefix("https://keys.example").unwrap().to_owned());
                pages += 1;
            }
            assert_eq!(pages, expected.div_ceil(limit).max(1), "{list}, {limit} to a page");
        }
    }
}

#[test]
fn a_page_after_the_last_is_empty_and_still_says_how_many_there_are() {
    let desk = Desk::new();
    let made = ["a", "b"].map(|name| {
        let attributes =
            json!({ "name": name, "identifier": format!("com.example.{name}"), "platform": "IOS" });
        desk.make("/v1/bundleIds", json!({ "type": "bundleIds", "attributes": attributes }))
    });
    let page = desk.found("/v1/bundleIds?limit=4&sort=name");
    let next = page["links"]["next"].as_str().unwrap().strip_prefix("https://keys.example").unwrap();
    assert_eq!(page["meta"]["paging"]["total"], 5);
    let last = ids(&desk.found(next));
    assert_eq!(last.len(), 1);
    for id in last.iter().chain(&made) {
        desk.delete(&format!("/v1/bundleIds/{id}"));
    }
    let (page, left) = (desk.found(next), desk.found("/v1/bundleIds"));
    assert_eq!(page["data"], json!([]));
    assert_eq!(page["meta"]["paging"]["total"], left["meta"]["paging"]["total"]);
}

#[test]
fn lists_are_filtered_and_sorted_as_asked() {
    let desk = Desk::new();
    for (target, expected) in [
        ("/v1/apps?filter[bundleId]=com.example.trains", vec![TRAINS]),
        ("/v1/apps?filter[bundleId]=com.example.trains&filter[name]=Sandbox+Coffee", vec![]),
        ("/v1/apps?filter[id]=6448311069,6448311070", vec![COFFEE, TRAINS]),
        ("/v1/apps?sort=-name", vec![TRAINS, "6448311071", COFFEE]),
        ("/v1/apps?limit=1", vec![COFFEE]),
    ] {
        assert_eq!(ids(&desk.found(target)), expected, "{target}");
    }
    let count = |target: &str| desk.found(target)["meta"]["paging"]["total"].as_u64().unwrap();
    assert_eq!(count("/v1/builds"), 12);
    assert_eq!(count(&format!("/v1/builds?filter[app]={COFFEE}")), 4);
    assert_eq!(count("/v1/builds?filter[preReleaseVersion.version]=1.1"), 6);
    assert_eq!(count("/v1/builds?filter[expired]=true"), 0);
    assert_eq!(count(&format!("/v1/apps/{COFFEE}/customerReviews?filter[rating]=5")), 2);
    assert_eq!(
        count(&format!("/v1/apps/{COFFEE}/customerReviews?filter[rating]=5&filter[territory]=JPN")),
        1
    );
    let group =
        ids(&desk.found(&format!("/v1/betaGroups?filter[app]={COFFEE}&filter[name]=Team")))[0].clone();
    assert_eq!(count(&format!("/v1/betaTesters?filter[betaGroups]={group}")), 2);
}

#[test]
fn a_list_below_a_resource_takes_what_apples_takes_and_no_more() {
    let desk = Desk::new();
    let below = format!("/v1/apps/{COFFEE}");
    for (list, taken, refused) in [
        ("builds", "limit=1", "filter[version]=1"),
        ("builds", "fields[builds]=version", "sort=version"),
        ("builds", "limit=2", "exists[usesNonExemptEncryption]=true"),
        ("appStoreVersions", "filter[platform]=IOS", "sort=versionString"),
        ("customerReviews", "filter[rating]=5&sort=-createdDate", "filter[app]=7"),
        ("relationships/builds", "limit=1", "filter[version]=1"),
    ] {
        desk.found(&format!("{below}/{list}?{taken}"));
        let (name, _) = refused.split_once('=').unwrap();
        let answer = desk.get(&format!("{below}/{list}?{refused}"));
        answer.assert_fault(400, "PARAMETER_ERROR.ILLEGAL", name);
    }
}

#[test]
fn fields_and_include_say_what_is_shown() {
    let desk = Desk::new();
    let page = desk.found(&format!(
        "/v1/builds?filter[app]={COFFEE}&fields[builds]=version,app&fields[apps]=name&include=app,preReleaseVersion&limit=2"
    ));
    let build = &page["data"][0];
    assert_eq!(build["attributes"], json!({ "version": "1" }));
    assert_eq!(build["relationships"]["app"]["data"], json!({ "type": "apps", "id": COFFEE }));
    assert!(build["relationships"].get("preReleaseVersion").is_none(), "it was not among the fields");
    let included = page["included"].as_array().unwrap();
    let kinds: Vec<&str> = included.iter().map(|it| it["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["apps", "preReleaseVersions"], "each once");
    assert_eq!(included[0]["attributes"], json!({ "name": "Sandbox Coffee" }));
    let app = desk.found(&format!("/v1/apps/{COFFEE}?include=builds,appInfos&limit[builds]=3"));
    let builds = &app["data"]["relationships"]["builds"];
    assert_eq!(
        (builds["data"].as_array().unwrap().len(), &builds["meta"]["paging"]),
        (3, &json!({ "total": 4, "limit": 3 }))
    );
}

#[test]
fn whoever_sees_some_apps_sees_what_is_theirs_and_nothing_else() {
    let desk = Desk::new();
    let some = desk.seeing(COFFEE);
    assert_eq!(ids(&some.found("/v1/apps")), [COFFEE]);
    assert_eq!(some.found("/v1/apps")["meta"]["paging"]["total"], 1);
    assert_eq!(some.found("/v1/builds")["meta"]["paging"]["total"], 4);
    let theirs = ids(&desk.found(&format!("/v1/builds?filter[app]={TRAINS}")))[0].clone();
    some.get(&format!("/v1/builds/{theirs}")).assert_fault(404, "NOT_FOUND", "");
    some.get(&format!("/v1/apps/{TRAINS}/builds")).assert_fault(404, "NOT_FOUND", "");
    some.delete(&format!("/v1/builds/{theirs}")).assert_fault(405, "METHOD_NOT_ALLOWED", "");
    assert_eq!(ids(&desk.seeing("").found("/v1/apps")), Vec::<String>::new());
}

#[test]
fn a_gateways_word_that_can_not_be_read_or_comes_twice_shows_nothing() {
    let desk = Desk::new();
    let team = HeaderValue::from_static(desk.team());
    for (name, values) in [
        ("x-counterfoil-apps", vec![HeaderValue::from_bytes(b"\xff").unwrap()]),
        ("x-counterfoil-apps", vec![HeaderValue::from_static(COFFEE), HeaderValue::from_static(TRAINS)]),
        ("x-counterfoil-team", vec![HeaderValue::from_static("another-team")]),
    ] {
        let mut request = Request::builder().uri("/v1/apps").body(Bytes::new()).unwrap();
        request.headers_mut().append("x-counterfoil-team", team.clone());
        for value in values {
            request.headers_mut().append(name, value);
        }
        assert_eq!(desk.sandbox().answer(&request).status().as_u16(), 400, "{name}");
    }
}

#[test]
fn what_is_not_there_is_said_in_the_apis_words() {
    let desk = Desk::new();
    desk.get("/v1/apps/7").assert_fault(404, "NOT_FOUND", "");
    desk.get("/v1/apps?colour=red").assert_fault(400, "PARAMETER_ERROR.ILLEGAL", "colour");
    desk.get("/v1/apps?limit=201").assert_fault(400, "PARAMETER_ERROR.INVALID", "limit");
    desk.get("/nothing").assert_fault(404, "PATH_ERROR", "");
    desk.get("/v1/apps/").assert_fault(404, "PATH_ERROR", "");
    desk.post("/v1/apps", json!({ "type": "apps" })).assert_fault(405, "METHOD_NOT_ALLOWED", "");
    let unlisted = desk.found("/v1/thingsToCome");
    assert_eq!(unlisted["data"], json!([]));
    assert!(unlisted["meta"]["sandbox"].is_string());
    desk.post("/v1/thingsToCome", json!({ "type": "thingsToCome" })).assert_fault(501, "NOT_IN_SANDBOX", "");
}

#[test]
fn builds_groups_and_versions_are_found_and_sorted_by_all_that_the_published_api_names() {
    let desk = Desk::new();
    let list = |path: String| ids(&desk.found(&path));
    let version = list(format!("/v1/apps/{COFFEE}/appStoreVersions"))[1].clone();
    let build = list(format!("/v1/builds?filter[app]={COFFEE}"))[0].clone();
    let its_build = format!("/v1/appStoreVersions/{version}/relationships/build");
    assert_eq!(desk.ask(Method::PATCH, &its_build, to("builds", &build).to_string()).status, 204);
    assert_eq!(list(format!("/v1/builds?filter[appStoreVersion]={version}")), [build]);
    let group = |name: &str, limit: u64| {
        desk.make(
            "/v1/betaGroups",
            json!({
                "type": "betaGroups",
                "attributes": { "name": name, "publicLinkEnabled": true, "publicLinkLimitEnabled": true, "publicLinkLimit": limit },
                "relationships": { "app": to("apps", TRAINS), "builds": { "data": [] } },
            }),
        )
    };
    let (few, many) = (group("Few", 5), group("Many", 500));
    let of_app = format!("/v1/betaGroups?filter[app]={TRAINS}&filter[publicLinkLimitEnabled]=true");
    assert_eq!(list(format!("{of_app}&sort=-publicLinkLimit")), [many.as_str(), few.as_str()]);
    assert_eq!(
        list(format!("{of_app}&sort=publicLinkEnabled,publicLinkLimit")),
        [few.as_str(), many.as_str()]
    );
    let link = desk.found(&format!("/v1/betaGroups/{few}"))["data"]["attributes"]["publicLink"].clone();
    assert_eq!(list(format!("{of_app}&filter[publicLink]={}", link.as_str().unwrap())), [few.as_str()]);
    let theirs = list(format!("/v1/builds?filter[app]={TRAINS}"))[0].clone();
    assert_eq!(list(format!("{of_app}&filter[builds]={theirs}")), Vec::<String>::new());
    let some = json!({ "data": [{ "type": "builds", "id": theirs }] }).to_string();
    let path = format!("/v1/betaGroups/{many}/relationships/builds");
    assert_eq!(desk.ask(Method::POST, &path, some).status, 204);
    assert_eq!(list(format!("{of_app}&filter[builds]={theirs}")), [many.as_str()]);
    for (attribute, state) in [("appStoreState", "PENDING_CONTRACT"), ("appVersionState", "INVALID_BINARY")] {
        let path = format!("/v1/apps/{COFFEE}/appStoreVersions?filter[{attribute}]={state}");
        assert_eq!(list(path), Vec::<String>::new(), "a state in which none is");
    }
}
