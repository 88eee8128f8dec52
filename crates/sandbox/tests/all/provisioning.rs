//! Certificates that are signed, and profiles that are made of them.

use crate::desk::{Answer, Desk, first_with, ids, to};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, PublicKeyData};
use serde_json::{Value, json};
use std::time::Duration;

fn request(key: &KeyPair) -> String {
    CertificateParams::default().serialize_request(key).unwrap().pem().unwrap()
}

fn certify(desk: &Desk, kind: &str, request: &str, relations: Value) -> Answer {
    let attributes = json!({ "certificateType": kind, "csrContent": request });
    let data = json!({ "type": "certificates", "attributes": attributes, "relationships": relations });
    desk.post("/v1/certificates", data)
}

fn content(of: &Value, name: &str) -> Vec<u8> {
    STANDARD.decode(of["data"]["attributes"][name].as_str().unwrap()).unwrap()
}

fn has(whole: &[u8], part: &[u8]) -> bool {
    whole.windows(part.len()).any(|window| window == part)
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// A file below `/sandbox/`.
fn public(desk: &Desk, name: &str) -> Vec<u8> {
    let answer = desk.anybody(Method::GET, &format!("https://keys.example/sandbox/{name}"), "");
    assert_eq!(answer.status(), 200, "{name}");
    answer.body().to_vec()
}

#[test]
fn a_request_is_signed_for_its_own_key_and_a_year() {
    let desk = Desk::new();
    let key = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
    let made = certify(&desk, "DISTRIBUTION", &request(&key), json!({}));
    assert_eq!(made.status, 201, "{made:?}");
    let told = &made.body["data"]["attributes"];
    assert_eq!(told["name"], "Apple Distribution: Sandbox Team");
    assert_eq!(told["expirationDate"], "2027-11-21T12:00:00+00:00");
    assert_eq!(told.get("csrContent"), Some(&Value::Null), "clients insist on its being there");
    let der = content(&made.body, "certificateContent");
    assert!(has(&der, &key.subject_public_key_info()));
    assert!(has(&der, &unhex(told["serialNumber"].as_str().unwrap())));
    assert!(has(&der, b"Apple Distribution: Sandbox Team ("));
    assert!(has(&public(&desk, "developer-root.cer"), b"Counterfoil Sandbox Developer Root"));
}

#[test]
fn a_certificate_that_is_deleted_is_revoked() {
    let desk = Desk::new();
    let key = KeyPair::generate().unwrap();
    let made = certify(&desk, "DEVELOPMENT", &request(&key), json!({}));
    let serial = made.body["data"]["attributes"]["serialNumber"].as_str().unwrap().to_owned();
    let listed = |desk: &Desk| has(&public(desk, "developer-root.crl"), &unhex(&serial));
    assert!(!listed(&desk));
    desk.wait(Duration::from_secs(5));
    let path = format!("/v1/certificates/{}", made.id());
    assert_eq!(desk.delete(&path).status, 204);
    desk.get(&path).assert_fault(404, "NOT_FOUND", "");
    assert!(listed(&desk));
}

#[test]
fn what_can_not_be_signed_is_refused_by_name() {
    let desk = Desk::new();
    let good = request(&KeyPair::generate().unwrap());
    for bad in ["", "words", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----"] {
        let answer = certify(&desk, "DEVELOPMENT", bad, json!({}));
        answer.assert_fault(409, "ENTITY_ERROR.ATTRIBUTE.INVALID", "/data/attributes/csrContent");
    }
    certify(&desk, "PASS_TYPE_ID", &good, json!({})).assert_fault(
        409,
        "ENTITY_ERROR.RELATIONSHIP.REQUIRED",
        "/data/relationships/passTypeId",
    );
    let pass =
        json!({ "type": "passTypeIds", "attributes": { "name": "Card", "identifier": "pass.example.card" } });
    let pass = desk.make("/v1/passTypeIds", pass);
    let of_pass = json!({ "passTypeId": to("passTypeIds", &pass) });
    certify(&desk, "DEVELOPMENT", &good, of_pass.clone()).assert_fault(
        409,
        "ENTITY_ERROR.RELATIONSHIP.NOT_ALLOWED",
        "/data/relationships/passTypeId",
    );
    let made = certify(&desk, "PASS_TYPE_ID", &good, of_pass);
    assert_eq!(made.body["data"]["attributes"]["displayName"], "pass.example.card", "{made:?}");
    assert_eq!(ids(&desk.found(&format!("/v1/passTypeIds/{pass}/certificates"))), [made.id()]);
}

/// A bundle id, and a certificate of this kind.
fn makings(desk: &Desk, kind: &str) -> (String, String) {
    let bundle = json!({ "name": "A & <B>", "identifier": "com.example.made", "platform": "IOS" });
    let bundle = desk.make("/v1/bundleIds", json!({ "type": "bundleIds", "attributes": bundle }));
    let made = certify(desk, kind, &request(&KeyPair::generate().unwrap()), json!({}));
    assert_eq!(made.status, 201, "{made:?}");
    (bundle, made.id())
}

fn profile(desk: &Desk, kind: &str, bundle: &str, certificate: &str, devices: Option<Vec<&str>>) -> Answer {
    let mut relations = json!({
        "bundleId": to("bundleIds", bundle),
        "certificates": { "data": [{ "type": "certificates", "id": certificate }] },
    });
    if let Some(devices) = devices {
        let all: Vec<Value> = devices.iter().map(|id| json!({ "type": "devices", "id": id })).collect();
        relations["devices"] = json!({ "data": all });
    }
    let attributes = json!({ "name": "Made & signed", "profileType": kind });
    desk.post(
        "/v1/profiles",
        json!({ "type": "profiles", "attributes": attributes, "relationships": relations }),
    )
}

#[test]
fn a_profile_is_a_signed_message_that_says_what_was_put_together() {
    let desk = Desk::new();
    let (bundle, certificate) = makings(&desk, "IOS_DEVELOPMENT");
    let phone = first_with(&desk.found("/v1/devices"), "platform", "IOS");
    let made = profile(
        &desk,
        "IOS_APP_DEVELOPMENT",
        &bundle,
        &certificate,
        Some(vec![phone["id"].as_str().unwrap()]),
    );
    assert_eq!(made.status, 201, "{made:?}");
    let told = &made.body["data"]["attributes"];
    assert_eq!((&told["profileState"], &told["platform"]), (&json!("ACTIVE"), &json!("IOS")));
    assert_eq!(told["expirationDate"], "2027-11-21T12:00:00+00:00");
    let message = content(&made.body, "profileContent");
    let begins = message.windows(5).position(|window| window == b"<?xml").unwrap();
    let list = String::from_utf8_lossy(&message[begins..]).into_owned();
    let certificate = desk.found(&format!("/v1/certificates/{certificate}"));
    for inside in [
        "for trying only: no device of Apple's takes it",
        "<key>AppIDName</key>\n<string>A &amp; &lt;B&gt;</string>",
        "<key>Name</key>\n<string>Made &amp; signed</string>",
        &format!(
            "<data>{}</data>",
            certificate["data"]["attributes"]["certificateContent"].as_str().unwrap()
        ),
        &format!("<string>{}</string>", phone["attributes"]["udid"].as_str().unwrap()),
        &format!("<key>UUID</key>\n<string>{}</string>", told["uuid"].as_str().unwrap()),
        "<key>get-task-allow</key>\n<true/>",
        ".com.example.made</string>",
        "<date>2027-11-21T12:00:00Z</date>",
    ] {
        assert!(list.contains(inside), "{inside:?} is not in {list}");
    }
}

#[test]
fn a_profile_takes_what_fits_its_type() {
    let desk = Desk::new();
    let (bundle, development) = makings(&desk, "DEVELOPMENT");
    let distribution =
        certify(&desk, "DISTRIBUTION", &request(&KeyPair::generate().unwrap()), json!({})).id();
    let all = desk.found("/v1/devices");
    let (phone, mac) = (first_with(&all, "platform", "IOS"), first_with(&all, "platform", "MAC_OS"));
    let (phone, mac) = (phone["id"].as_str().unwrap(), mac["id"].as_str().unwrap());
    let off =
        json!({ "type": "devices", "attributes": { "name": "Old", "platform": "IOS", "udid": "0000-OLD" } });
    let off = desk.make("/v1/devices", off);
    let disable = json!({ "type": "devices", "id": off, "attributes": { "status": "DISABLED" } });
    assert_eq!(desk.patch(&format!("/v1/devices/{off}"), disable).status, 200);
    let (required, invalid, not_allowed) = (
        "ENTITY_ERROR.RELATIONSHIP.REQUIRED",
        "ENTITY_ERROR.RELATIONSHIP.INVALID",
        "ENTITY_ERROR.RELATIONSHIP.NOT_ALLOWED",
    );
    for (kind, certificate, devices, fault) in [
        ("IOS_APP_DEVELOPMENT", &development, Some(vec![phone]), None),
        ("IOS_APP_ADHOC", &distribution, Some(vec![phone]), None),
        ("IOS_APP_STORE", &distribution, None, None),
        ("IOS_APP_STORE", &distribution, Some(vec![]), None),
        ("IOS_APP_INHOUSE", &distribution, None, None),
        ("MAC_APP_DEVELOPMENT", &development, Some(vec![mac]), None),
        ("TVOS_APP_STORE", &distribution, None, None),
        ("MAC_CATALYST_APP_STORE", &distribution, None, None),
        ("IOS_APP_DEVELOPMENT", &development, None, Some((required, "devices"))),
        ("IOS_APP_DEVELOPMENT", &development, Some(vec![]), Some((required, "devices"))),
        ("IOS_APP_DEVELOPMENT", &development, Some(vec![mac]), Some((invalid, "devices"))),
        ("IOS_APP_DEVELOPMENT", &development, Some(vec![phone, &off]), Some((invalid, "devices"))),
        ("IOS_APP_DEVELOPMENT", &distribution, Some(vec![phone]), Some((invalid, "certificates"))),
        ("IOS_APP_STORE", &development, None, Some((invalid, "certificates"))),
        ("IOS_APP_STORE", &distribution, Some(vec![phone]), Some((not_allowed, "devices"))),
        ("MAC_APP_DIRECT", &distribution, None, Some((invalid, "certificates"))),
    ] {
        let answer = profile(&desk, kind, &bundle, certificate, devices.clone());
        match fault {
            None => assert_eq!(answer.status, 201, "{kind} {devices:?}: {answer:?}"),
            Some((code, at)) => answer.assert_fault(409, code, &format!("/data/relationships/{at}")),
        }
    }
}

#[test]
fn a_profile_is_good_no_more_once_its_certificate_or_its_bundle_id_goes() {
    let desk = Desk::new();
    let (bundle, certificate) = makings(&desk, "DISTRIBUTION");
    let other = certify(&desk, "DISTRIBUTION", &request(&KeyPair::generate().unwrap()), json!({})).id();
    let (one, two) = (
        profile(&desk, "IOS_APP_STORE", &bundle, &certificate, None).id(),
        profile(&desk, "IOS_APP_STORE", &bundle, &other, None).id(),
    );
    let state =
        |id: &str| desk.found(&format!("/v1/profiles/{id}"))["data"]["attributes"]["profileState"].clone();
    assert_eq!((state(&one), state(&two)), (json!("ACTIVE"), json!("ACTIVE")));
    assert_eq!(desk.delete(&format!("/v1/certificates/{certificate}")).status, 204);
    assert_eq!((state(&one), state(&two)), (json!("INVALID"), json!("ACTIVE")));
    assert_eq!(ids(&desk.found("/v1/profiles?filter[profileState]=INVALID")), std::slice::from_ref(&one));
    assert_eq!(desk.delete(&format!("/v1/bundleIds/{bundle}")).status, 204);
    assert_eq!((state(&one), state(&two)), (json!("INVALID"), json!("INVALID")));
}

#[test]
fn a_team_finds_certificates_and_profiles_that_are_signed() {
    let desk = Desk::new();
    let certificates = desk.found("/v1/certificates?sort=certificateType");
    let kinds: Vec<&Value> = certificates["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["attributes"]["certificateType"])
        .collect();
    assert_eq!(kinds, ["DEVELOPMENT", "DISTRIBUTION"]);
    let profiles = desk.found("/v1/profiles?include=certificates,devices,bundleId");
    for (profile, devices) in profiles["data"].as_array().unwrap().iter().zip([2, 0]) {
        assert_eq!(profile["attributes"]["profileState"], "ACTIVE");
        let count = |name: &str| profile["relationships"][name]["data"].as_array().unwrap().len();
        assert_eq!((count("certificates"), count("devices")), (1, devices));
        let message = STANDARD.decode(profile["attributes"]["profileContent"].as_str().unwrap()).unwrap();
        assert!(has(&message, b"<key>application-identifier</key>"));
    }
}

/// Both, as another program sees them.
#[cfg(feature = "program-tests")]
mod by_openssl {
    use super::{certify, content, makings, profile, public, request};
    use crate::desk::Desk;
    use rcgen::{KeyPair, PKCS_RSA_SHA256};
    use serde_json::json;
    use std::fs;
    use std::path::Path;
    use std::process::Command;

    /// A day after the tests' noon.
    const TOMORROW: &str = "-attime 1795348800 -purpose any -CAfile root.pem";

    /// What `openssl` says; nothing if it refuses.
    fn openssl(folder: &Path, arguments: &str) -> Option<String> {
        let output = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        output.status.success().then(|| told.into_owned())
    }

    /// A folder with the authority's certificate and list, as PEM.
    fn bench(desk: &Desk) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, what, pem) in
            [("developer-root.cer", "x509", "root.pem"), ("developer-root.crl", "crl", "list.pem")]
        {
            fs::write(folder.path().join(name), public(desk, name)).unwrap();
            openssl(folder.path(), &format!("{what} -inform DER -in {name} -out {pem}")).unwrap();
        }
        folder
    }

    #[test]
    fn a_certificate_leads_to_the_root() {
        let desk = Desk::new();
        let key = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
        let made = certify(&desk, "DISTRIBUTION", &request(&key), json!({}));
        let folder = bench(&desk);
        let folder = folder.path();
        fs::write(folder.join("mine.cer"), content(&made.body, "certificateContent")).unwrap();
        openssl(folder, "x509 -inform DER -in mine.cer -out mine.pem").unwrap();
        let verified = openssl(folder, &format!("verify {TOMORROW} mine.pem"));
        assert!(verified.is_some_and(|said| said.contains("mine.pem: OK")));
        let shown = openssl(folder, "x509 -in mine.pem -noout -serial -enddate").unwrap();
        let serial = made.body["data"]["attributes"]["serialNumber"].as_str().unwrap();
        assert!(shown.contains(&format!("serial={serial}")), "{shown}");
        assert!(shown.contains("notAfter=Nov 21 12:00:00 2027 GMT"), "{shown}");
        assert_eq!(desk.delete(&format!("/v1/certificates/{}", made.id())).status, 204);
        let folder = bench(&desk);
        let list = openssl(folder.path(), "crl -in list.pem -noout -text -CAfile root.pem -verify").unwrap();
        assert!(list.contains("verify OK") && list.contains(&format!("Serial Number: {serial}")), "{list}");
    }

    #[test]
    fn a_profile_is_a_message_that_verifies_and_can_not_be_changed() {
        let desk = Desk::new();
        let (bundle, certificate) = makings(&desk, "IOS_DISTRIBUTION");
        let made = profile(&desk, "IOS_APP_STORE", &bundle, &certificate, None);
        let folder = bench(&desk);
        let mut message = content(&made.body, "profileContent");
        let verify = format!("cms -verify -inform DER -in made -out made.plist {TOMORROW}");
        fs::write(folder.path().join("made"), &message).unwrap();
        assert!(openssl(folder.path(), &verify).is_some_and(|said| said.contains("erification successful")));
        let list = fs::read_to_string(folder.path().join("made.plist")).unwrap();
        assert!(list.starts_with("<?xml") && list.ends_with("</plist>\n"), "{list}");
        let at = message.windows(4).position(|window| window == b"Made").unwrap();
        message[at] = b'm';
        fs::write(folder.path().join("made"), &message).unwrap();
        assert!(openssl(folder.path(), &verify).is_none());
    }
}
