//! Every cause of a 401 or 403 that people meet has a check of its own that says what was found, what was expected,
//! and the one thing to do.

use crate::place::{ISSUER, Place, pair, typed};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use counterfoil_core::catalog::Catalog;
use counterfoil_core::half::PrivateHalf;
use counterfoil_core::time::Timestamp;
use counterfoil_holder::custody::Means;
use counterfoil_holder::doctor::{Check, Refused, examine_key, examine_token, reasons};
use counterfoil_holder::fault::Fault;
use counterfoil_holder::http::{Answer, Url};
use counterfoil_holder::mint::Order;
use counterfoil_holder::sources::HeldKey;
use serde_json::{Value, json};
use std::time::Duration;

const NOW: Timestamp = Timestamp::from_seconds(1_795_289_400);
const KEY: &str = "2X9R4HXF34";

/// That one of these checks fails under this name, and says these words of what was found and what to do.
fn tells(cause: &str, checks: &[Check], name: &str, found: &str, hint: &str) {
    let fails = |check: &&Check| check.ok == Some(false) && check.name == name;
    let check = checks.iter().find(fails).unwrap_or_else(|| panic!("{cause}: no {name} in {checks:?}"));
    let said = check.hint.as_deref().unwrap_or_default();
    assert!(check.found.contains(found), "{cause}: {found:?} is not in {check:?}");
    assert!(said.contains(hint) && !said.is_empty(), "{cause}: {hint:?} is not in {check:?}");
    assert!(!check.expected.is_empty() && check.expected != check.found, "{cause}: {check:?}");
}

/// What is examined of a key: its file's name and text, and what was typed.
#[derive(Clone, Copy)]
struct Examined<'a> {
    file: &'a str,
    text: &'a str,
    key_id: &'a str,
    issuer: &'a str,
    bundle: Option<&'a str>,
}

fn examined(what: &Examined<'_>) -> Vec<Check> {
    let place = Place::new();
    place.file(what.file, what.text);
    let around = place.surroundings();
    let nobody = |_: &str| Err(Fault::new("nobody to ask", ""));
    let wanted = typed([what.key_id, what.issuer, what.file, ""]);
    let order = Order { bundle: what.bundle.map(str::to_owned), ..Order::plain(Duration::from_secs(300)) };
    examine_key(&wanted, &Means::new(&around, &nobody), &order, &Catalog::appstore(), NOW).checks
}

#[test]
fn what_is_wrong_with_a_key_is_told_before_anybody_is_asked() {
    let pem = pair().pem;
    let team = "AuthKey_2X9R4HXF34.p8";
    let usual = Examined { file: team, text: &pem, key_id: "", issuer: ISSUER, bundle: None };
    assert!(examined(&usual).iter().all(|check| check.ok == Some(true)), "{:?}", examined(&usual));
    let ids: &[(&str, Examined<'_>, &str, &str, &str)] = &[
        (
            "key id of another key",
            Examined { key_id: "7K2M5NPQ8R", ..usual },
            "keyId",
            "the file's name says 2X9R4HXF34",
            "--key-id",
        ),
        (
            "the key's name",
            Examined { key_id: "My upload key", ..usual },
            "keyId",
            "looks like the key's name",
            "beside the key's name",
        ),
        (
            "the developer team's id",
            Examined { issuer: "ABCDE12345", ..usual },
            "issuerId",
            "the id of a developer team",
            "above the table of keys",
        ),
        (
            "an app's id",
            Examined { issuer: "1234567890", ..usual },
            "issuerId",
            "an app's number",
            "above the table of keys",
        ),
        (
            "an e-mail address",
            Examined { issuer: "ann@acme.example", ..usual },
            "issuerId",
            "an e-mail address",
            "above the table of keys",
        ),
        (
            "individual key with an issuer",
            Examined { file: "ApiKey_2X9R4HXF34.p8", ..usual },
            "issuerId",
            "named as of an individual key",
            "leave the issuer id away",
        ),
        ("team key without an issuer", Examined { issuer: "", ..usual }, "issuerId", "none", "--issuer-id"),
        (
            "in-app purchase key for App Store Connect",
            Examined { file: "SubscriptionKey_2X9R4HXF34.p8", ..usual },
            "claims",
            "its tokens name an app",
            "--bundle-id",
        ),
    ];
    for (cause, what, name, found, hint) in ids {
        tells(cause, &examined(what), name, found, hint);
    }
    for (cause, text, found, hint) in [
        ("line ends lost", pem.replace('\n', ""), "line ends were lost", "base64"),
        ("line ends became spaces", pem.trim().replace('\n', " "), "became spaces", "double quotes"),
        ("\\n as two characters", pem.replace('\n', "\\n"), "two characters \\n", "real line ends"),
        ("base64 twice", STANDARD.encode(STANDARD.encode(&pem)), "base64 of base64", "once"),
        ("a NUL", format!("{pem}\0"), "a NUL byte", ".p8 file"),
        ("CRLF", pem.replace('\n', "\r\n"), "CR LF", "tr -d"),
        (
            "a variable left unexpanded",
            "$ASC_PRIVATE_KEY".to_owned(),
            "the name of a variable",
            "double quotes",
        ),
        ("cut off", pem[..120].to_owned(), "cut off", "the whole .p8 file"),
        ("masked by CI", pem.replacen(&pem[40..60], "***", 1), "masked", ".p8 file"),
    ] {
        let checks = examined(&Examined { text: &text, ..usual });
        tells(cause, &checks, "pem", found, hint);
    }
}

fn signed(claims: &Value) -> (String, HeldKey) {
    let half = PrivateHalf::from_pem(&pair().pem).unwrap();
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message =
        format!("{}.{}", encode(&json!({"alg": "ES256", "kid": KEY, "typ": "JWT"})), encode(claims));
    let signature = URL_SAFE_NO_PAD.encode(half.sign(message.as_bytes()).unwrap());
    let held =
        HeldKey { id: KEY.try_into().unwrap(), issuer: ISSUER.try_into().ok(), half, file_prefix: None };
    (format!("{message}.{signature}"), held)
}

#[test]
fn what_is_wrong_with_a_token_is_told_claim_by_claim() {
    let now = NOW.as_seconds();
    let good = json!({"iss": ISSUER, "iat": now, "exp": now + 600, "aud": "appstoreconnect-v1"});
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        claims
    };
    let without = |name: &str| {
        let mut claims = good.clone();
        claims.as_object_mut().unwrap().remove(name);
        claims
    };
    let told = |claims: &Value| {
        let (token, held) = signed(claims);
        examine_token(&token, Some(&held), &Catalog::appstore(), NOW)
    };
    assert!(told(&good).iter().all(|check| check.ok != Some(false)), "{:?}", told(&good));
    let purchase =
        json!({"iss": ISSUER, "exp": now + 600, "aud": "appstoreconnect-v1", "bid": "no bundle id!"});
    for (cause, claims, name) in [
        ("clock ahead", with("iat", json!(now + 34 + 30)), "issuedAt"),
        ("exp over the limit", with("exp", json!(now + 1300)), "lifetime"),
        ("a duration where a time belongs", with("exp", json!(1200)), "expiry"),
        ("kept too long", with("exp", json!(now - 600)), "expiry"),
        ("aud missing", without("aud"), "audience"),
        ("aud wrong", with("aud", json!("appstoreconnect")), "audience"),
        ("another team's issuer", with("iss", json!("00000000-0000-4000-8000-000000000000")), "issuer"),
        ("individual key with iss", with("sub", json!("user")), "subject"),
        ("bid malformed", purchase, "bundle"),
        ("claims of another name", json!({"issuer": ISSUER, "expiresIn": "20m", "audience": "x"}), "expiry"),
    ] {
        tells(cause, &told(&claims), name, "", "");
    }
    let (token, _) = signed(&good);
    let (_, other) = signed(&good);
    let checks = examine_token(&token, Some(&other), &Catalog::appstore(), NOW);
    tells("signed by another half", &checks, "signature", "not signed by", "compare `kid`");
    let checks = examine_token("$TOKEN", None, &Catalog::appstore(), NOW);
    tells("a variable left unexpanded", &checks, "form", "not filled in", "double quotes");
}

fn answer(status: u16, code: &str) -> Answer {
    let body = json!({"errors": [{"status": status.to_string(), "code": code}]}).to_string().into_bytes();
    let url = Url::parse("https://api.appstoreconnect.apple.com/").unwrap();
    Answer { status, headers: Default::default(), body, url }
}

#[test]
fn what_a_refusal_means_is_told_as_far_as_its_words_and_the_catalog_tell() {
    let held = |issuer: &str| HeldKey {
        id: KEY.try_into().unwrap(),
        issuer: issuer.try_into().ok(),
        half: PrivateHalf::from_pem(&pair().pem).unwrap(),
        file_prefix: None,
    };
    let agreement = "FORBIDDEN.REQUIRED_AGREEMENTS_MISSING_OR_EXPIRED";
    let (team, own) = (ISSUER, "");
    let plain = "FORBIDDEN_ERROR";
    for (cause, status, code, issuer, bundle, (method, path), ahead, name, found, hint) in [
        (
            "clock ahead",
            401,
            "NOT_AUTHORIZED",
            team,
            None,
            ("GET", "/v1/apps"),
            -34,
            "clock",
            "34 s ahead",
            "set this machine's clock",
        ),
        (
            "key revoked or of another team",
            401,
            "NOT_AUTHORIZED",
            team,
            None,
            ("GET", "/v1/apps"),
            0,
            "key",
            "does not take 2X9R4HXF34",
            "listed as active",
        ),
        (
            "individual key's token without its own file",
            401,
            "NOT_AUTHORIZED",
            own,
            None,
            ("GET", "/v1/apps"),
            0,
            "key",
            "does not take 2X9R4HXF34",
            "--issuer-id",
        ),
        (
            "in-app purchase key for App Store Connect",
            401,
            "NOT_AUTHORIZED",
            team,
            Some("com.example"),
            ("GET", "/v1/apps"),
            0,
            "kind",
            "never opens",
            "team or an individual key",
        ),
        (
            "team key for the Server API",
            401,
            "NOT_AUTHORIZED",
            team,
            None,
            ("GET", "/inApps/v1/history/1"),
            0,
            "kind",
            "never opens",
            "--bundle-id",
        ),
        (
            "role too low",
            403,
            plain,
            team,
            None,
            ("GET", "/v1/salesReports"),
            0,
            "role",
            "do not read",
            "generate one with such a role",
        ),
        (
            "individual key on provisioning",
            403,
            plain,
            own,
            None,
            ("POST", "/v1/certificates"),
            0,
            "kind",
            "never opens provisioning",
            "another kind of key",
        ),
        (
            "individual key on reports",
            403,
            plain,
            own,
            None,
            ("GET", "/v1/salesReports"),
            0,
            "kind",
            "never opens sales-reports",
            "another kind of key",
        ),
        (
            "individual key on notarization",
            403,
            plain,
            own,
            None,
            ("POST", "/notary/v2/submissions"),
            0,
            "kind",
            "never opens notary",
            "another kind of key",
        ),
        (
            "scope does not cover it",
            403,
            "FORBIDDEN_ERROR.SCOPE",
            team,
            None,
            ("GET", "/v1/builds"),
            0,
            "scope",
            "does not cover",
            "add it to the scope",
        ),
        (
            "agreement expired, or access not requested",
            403,
            agreement,
            team,
            None,
            ("GET", "/v1/apps"),
            0,
            "access",
            "an agreement",
            "the Account Holder",
        ),
    ] {
        let answer = answer(status, code);
        let refused = Refused { method, path, answer: &answer, ahead };
        let order = Order { bundle: bundle.map(str::to_owned), ..Order::plain(Duration::from_secs(300)) };
        let checks = reasons(&refused, &held(issuer), &order, &Catalog::appstore());
        tells(cause, &checks, name, found, hint);
    }
}
