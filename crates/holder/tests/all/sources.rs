//! Which key is taken.

use crate::place::{ISSUER, Place, pair, typed};
use counterfoil_holder::profile::{Profile, Profiles};
use counterfoil_holder::sources::Wanted;
use std::fs;
use std::os::unix::fs::PermissionsExt;

fn add_profile(place: &Place, name: &str, used: bool) {
    let around = place.surroundings();
    let mut profiles = Profiles::read(&around).unwrap();
    let profile = Profile {
        key_id: "PROFILE000".into(),
        issuer_id: Some(ISSUER.into()),
        private_key: "file:profile.p8".into(),
        url: Some("https://keys.example.com".into()),
    };
    profiles.add(name, profile, true).unwrap();
    if used {
        profiles.take(Some(name)).unwrap();
    }
    profiles.write(&around).unwrap();
}

/// One source after the other is put before those that are there; each takes the place of the one before.
#[test]
fn the_first_source_that_names_a_private_key_is_taken_whole() {
    let mut place = Place::new();
    let inline = pair().pem;
    for name in ["typed.p8", "profile.p8", "private_keys/AuthKey_FOLDER0000.p8", "asc.p8", "flp.p8"] {
        place.file(name, &pair().pem);
    }
    let json = serde_json::json!({"key_id": "FASTLANE00", "issuer_id": ISSUER, "key": inline});
    place.file("api_key.json", &json.to_string());
    let codemagic = [
        ("APP_STORE_CONNECT_KEY_IDENTIFIER", "CODEMAGIC0"),
        ("APP_STORE_CONNECT_ISSUER_ID", ISSUER),
        ("APP_STORE_CONNECT_PRIVATE_KEY", &inline),
    ];
    let fastlane = [
        ("APP_STORE_CONNECT_API_KEY_KEY_ID", "FASTLANE01"),
        ("APP_STORE_CONNECT_API_KEY_KEY_FILEPATH", "flp.p8"),
    ];
    let ours = [("COUNTERFOIL_KEY_ID", "OURS000000"), ("COUNTERFOIL_PRIVATE_KEY", &inline)];
    type Step<'a> = (&'a [(&'a str, &'a str)], &'a str, bool);
    let steps: [Step<'_>; 7] = [
        (&[], "FOLDER0000", false),
        (&[("ASC_KEY_ID", "ASC0000000"), ("ASC_PRIVATE_KEY_PATH", "asc.p8")], "ASC0000000", false),
        (&codemagic, "CODEMAGIC0", true),
        (&fastlane, "FASTLANE01", false),
        (&[("APP_STORE_CONNECT_API_KEY_PATH", "api_key.json")], "FASTLANE00", true),
        (&[], "PROFILE000", true),
        (&ours, "OURS000000", false),
    ];
    let expect = |place: &Place, wanted: &Wanted, id: &str, has_team: bool| {
        let found = place.find(wanted).unwrap_or_else(|fault| panic!("{id}: {fault}"));
        assert_eq!((found.key.id.as_str(), found.key.issuer.is_some()), (id, has_team));
    };
    for (others, (variables, id, has_team)) in steps.into_iter().enumerate() {
        for (name, value) in variables {
            place.set(name, value);
        }
        if id == "PROFILE000" {
            add_profile(&place, "ci", true);
        }
        expect(&place, &Wanted::default(), id, has_team);
        assert_eq!(place.choose(&Wanted::default()).unwrap().others.len(), others, "{id}");
    }
    place.set("COUNTERFOIL_PROFILE", "ci");
    expect(&place, &Wanted::default(), "PROFILE000", true);
    expect(&place, &typed(["TYPED00000", "", "typed.p8", ""]), "TYPED00000", false);
}

#[test]
fn each_source_is_taken_where_it_is_the_only_one() {
    let key = pair();
    let base64 = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &key.pem);
    let literal = key.pem.replace('\n', "\\n");
    for (variables, team) in [
        (
            vec![("COUNTERFOIL_KEY_ID", "2X9R4HXF34"), ("COUNTERFOIL_PRIVATE_KEY", "AuthKey_2X9R4HXF34.p8")],
            false,
        ),
        (vec![("COUNTERFOIL_KEY_ID", "2X9R4HXF34"), ("COUNTERFOIL_PRIVATE_KEY", &base64)], false),
        (
            vec![
                ("COUNTERFOIL_PRIVATE_KEY", "file:AuthKey_2X9R4HXF34.p8"),
                ("COUNTERFOIL_ISSUER_ID", ISSUER),
            ],
            true,
        ),
        (
            vec![
                ("APP_STORE_CONNECT_API_KEY_KEY_ID", "2X9R4HXF34"),
                ("APP_STORE_CONNECT_API_KEY_ISSUER_ID", ISSUER),
                ("APP_STORE_CONNECT_API_KEY_KEY", &literal),
            ],
            true,
        ),
        (
            vec![
                ("APP_STORE_CONNECT_KEY_IDENTIFIER", "2X9R4HXF34"),
                ("APP_STORE_CONNECT_PRIVATE_KEY", "@env:ELSEWHERE"),
            ],
            false,
        ),
        (
            vec![("ASC_KEY_ID", "2X9R4HXF34"), ("ASC_ISSUER_ID", ISSUER), ("ASC_PRIVATE_KEY_B64", &base64)],
            true,
        ),
        (vec![("ASC_KEY_ID", "2X9R4HXF34"), ("ASC_PRIVATE_KEY", &key.pem)], false),
    ] {
        let mut place = Place::new();
        place.file("AuthKey_2X9R4HXF34.p8", &key.pem);
        place.set("ELSEWHERE", &key.pem);
        for (name, value) in &variables {
            place.set(name, value);
        }
        let found = place.find(&Wanted::default()).unwrap_or_else(|fault| panic!("{variables:?}: {fault}"));
        assert_eq!(found.key.half.public(), key.public);
        assert_eq!((found.key.id.as_str(), found.key.issuer.is_some()), ("2X9R4HXF34", team));
    }
}

#[test]
fn a_key_id_without_a_private_key_finds_its_file_in_the_folders() {
    for folder in [
        "private_keys",
        "../home/private_keys",
        "../home/.private_keys",
        "../home/.appstoreconnect/private_keys",
    ] {
        let mut place = Place::new();
        place.file(&format!("{folder}/AuthKey_2X9R4HXF34.p8"), &pair().pem);
        place.file(&format!("{folder}/AuthKey_OTHER00000.p8"), &pair().pem);
        let wanted = typed(["2X9R4HXF34", ISSUER, "", ""]);
        assert_eq!(place.find(&wanted).unwrap().key.id.as_str(), "2X9R4HXF34", "{folder}");
        let several = place.find(&Wanted::default()).err().unwrap();
        assert_eq!(
            several.message(),
            "there are several keys in the private_keys folders: 2X9R4HXF34, OTHER00000"
        );
        place.set("ASC_KEY_ID", "OTHER00000").set("ASC_ISSUER_ID", ISSUER);
        let found = place.find(&Wanted::default()).unwrap();
        assert_eq!((found.key.id.as_str(), found.key.issuer.is_some()), ("OTHER00000", true));
    }
}

#[test]
fn what_was_typed_replaces_single_fields_of_a_profile() {
    let place = Place::new();
    place.file("profile.p8", &pair().pem);
    add_profile(&place, "ci", false);
    let chosen = place.choose(&typed(["TYPED00000", "", "", "ci"])).unwrap();
    assert_eq!(chosen.source.key_id.as_deref(), Some("TYPED00000"));
    assert_eq!(chosen.source.issuer_id.as_deref(), Some(ISSUER));
    assert_eq!(chosen.source.url.as_deref(), Some("https://keys.example.com"));
    assert_eq!(
        place.choose(&typed(["", "", "", "no"])).unwrap_err().message(),
        "there is no profile `no`; there are ci"
    );
}

#[test]
fn what_is_taken_for_an_id_is_named() {
    let place = Place::new();
    place.file("key.p8", &pair().pem);
    for (key_id, issuer_id, words) in [
        ("Upload key", "", "it looks like the key's name"),
        ("2x9r4hxf34", "", "it looks like a key id in small letters"),
        (ISSUER, "", "it looks like an issuer id"),
        ("$KEY_ID", "", "it looks like a variable that was not filled in"),
        ("2X9R4HXF34", "ABCDE12345", "it looks like a key id, or the id of a developer team"),
        ("2X9R4HXF34", "1234567890", "it looks like an app's number"),
        ("2X9R4HXF34", "ada@acme.example", "it looks like an e-mail address"),
    ] {
        let fault = place.find(&typed([key_id, issuer_id, "key.p8", ""])).err().unwrap();
        assert!(fault.message().ends_with(words), "{fault}");
    }
    let fault = place.find(&typed(["", "", "key.p8", ""])).err().unwrap();
    assert_eq!(fault.message(), "what was typed names no key id");
}

#[test]
fn a_source_that_comes_first_and_is_wrong_is_not_passed_over() {
    let mut place = Place::new();
    place.set("COUNTERFOIL_PRIVATE_KEY", "$ASC_KEY");
    place.set("ASC_KEY_ID", "2X9R4HXF34").set("ASC_PRIVATE_KEY", &pair().pem);
    let fault = place.find(&Wanted::default()).err().unwrap();
    assert_eq!(fault.message(), "COUNTERFOIL_PRIVATE_KEY: this REF holds a variable that was not filled in");
}

#[test]
fn a_file_that_others_can_read_is_used_with_a_warning_and_so_is_one_that_was_repaired() {
    let place = Place::new();
    let path = place.file("AuthKey_2X9R4HXF34.p8", &pair().pem.replace('\n', "\r\n"));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let found = place.find(&typed(["2X9R4HXF35", "", "AuthKey_2X9R4HXF34.p8", ""])).unwrap();
    let hints: Vec<_> = found.warnings.iter().map(|warning| warning.hint().to_owned()).collect();
    assert_eq!(hints[0], format!("chmod 600 {}", path.display()));
    assert!(found.warnings[1].message().contains("CR LF"), "{:?}", found.warnings);
    assert!(found.warnings[2].message().contains("private key of 2X9R4HXF34"), "{:?}", found.warnings);
}

#[test]
fn nothing_at_all_says_where_to_put_a_key() {
    let fault = Place::new().find(&Wanted::default()).err().unwrap();
    assert_eq!(fault.message(), "no private key was found in any place that is looked at");
}
