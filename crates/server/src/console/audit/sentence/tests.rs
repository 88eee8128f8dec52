use super::*;
use counterfoil_core::event::Entry;
use counterfoil_core::id::{IssuerId, TeamName};
use std::collections::BTreeMap;
use std::path::Path;

const OWNER: &str = "0b5e9f8c-3f0e-4c11-9a51-7d2f7a0c1e01";

/// One of each kind of event that there is: the examples that pin the ledger's form.
fn examples() -> BTreeMap<String, Vec<AuditEntry>> {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/tests/golden");
    let read = |file: std::fs::DirEntry| {
        let text = std::fs::read_to_string(file.path()).unwrap();
        let entries = text.lines().map(|line| entry(line.as_bytes())).collect();
        (file.path().file_stem().unwrap().to_str().unwrap().to_owned(), entries)
    };
    std::fs::read_dir(golden).unwrap().map(|file| read(file.unwrap())).collect()
}

fn entry(bytes: &[u8]) -> AuditEntry {
    let Entry { at, by, event, .. } = Entry::from_bytes(bytes).unwrap();
    AuditEntry { version: 1, position: Default::default(), at, by, event }
}

fn team(catalog: &Catalog) -> Team {
    let owner = MemberId::try_from(OWNER).unwrap();
    let id = IssuerId::try_from("57246542-96fe-1a63-e053-0824d011072a").unwrap();
    let opening = Team::open(catalog, TeamName::try_from("Rivets").unwrap(), owner);
    Team::opened(id, Default::default(), &opening[0]).unwrap()
}

#[test]
fn every_kind_of_event_reads_as_a_sentence_with_and_without_its_team() {
    let (catalog, directory) = (Catalog::appstore(), Directory::default());
    let team = team(&catalog);
    let examples = examples();
    assert_eq!(examples.len(), 28, "a new kind of event needs a sentence, and this test its example");
    for (kind, entries) in &examples {
        for (entry, team) in entries.iter().flat_map(|entry| [(entry, None), (entry, Some(&team))]) {
            let telling = Telling { catalog: &catalog, team, directory: &directory };
            let sentence = telling.sentence(entry).to_string();
            assert_eq!(entry.event.name(), kind);
            let words = sentence.split_whitespace().count();
            assert!(words >= 3 && sentence.ends_with('.') && !sentence.contains(".."), "{kind}: {sentence}");
            let first = sentence.chars().next().unwrap();
            assert!(first.is_uppercase() || first == '“', "{kind}: {sentence}");
            assert!(!sentence.contains(kind.as_str()), "{kind}: {sentence}");
        }
    }
}

#[test]
fn sentences_read_as_people_speak() {
    let (catalog, directory) = (Catalog::appstore(), Directory::default());
    let team = team(&catalog);
    let telling = Telling { catalog: &catalog, team: Some(&team), directory: &directory };
    let of = |by: &str, event: &str| {
        let line = format!("{{\"of\":\"{}\",\"at\":0,\"by\":{by},\"event\":{event}}}", team.id);
        telling.sentence(&entry(line.as_bytes())).to_string()
    };
    let owner = format!("{{\"USER\":\"{OWNER}\"}}");
    let holder = "{\"HOLDER\":\"2X9R4HXF34\"}";
    for (by, event, sentence) in [
        (owner.as_str(), r#""ACCESS_APPROVED""#, "A former member approved access to the API."),
        (
            "\"OPERATOR\"",
            r#"{"ACCESS_DECLINED":{"reason":"Not yet"}}"#,
            "The operator declined access to the API: “Not yet”.",
        ),
        (
            holder,
            r#"{"KEY_REVOKED":{"key":"2X9R4HXF34","reason":"KEY_COMPROMISED","remark":null}}"#,
            "Leaked: whoever holds its private half ended the key 2X9R4HXF34, since others have it or may have it.",
        ),
        (
            "{\"API_KEY\":\"2X9R4HXF34\"}",
            r#"{"KEY_REVOKED":{"key":"2X9R4HXF35","reason":"SUPERSEDED","remark":"Rotated"}}"#,
            "The key 2X9R4HXF34 revoked the key 2X9R4HXF35, since another took its place: “Rotated”.",
        ),
        (
            "\"OPERATOR\"",
            r#"{"MEMBER_CHANGED":{"member":"5f1c2d3e-4b5a-4968-8776-655443322110","roles":["SALES","ADMIN"],"sees":{"APPS":[]},"provisioning_allowed":true}}"#,
            "The operator changed what a former member may do: now Admin and Sales, seeing no apps, with provisioning.",
        ),
    ] {
        assert_eq!(of(by, event), sentence);
    }
}

#[test]
fn whom_a_sentence_is_about_is_linked_while_they_are_in_the_team() {
    let (catalog, directory) = (Catalog::appstore(), Directory::default());
    let team = team(&catalog);
    let telling = Telling { catalog: &catalog, team: Some(&team), directory: &directory };
    let line = format!(
        "{{\"of\":\"{}\",\"at\":0,\"by\":{{\"USER\":\"{OWNER}\"}},\"event\":{{\"KEY_DOWNLOADED\":{{\"key\":\"2X9R4HXF34\"}}}}}}",
        team.id
    );
    let links: Vec<String> = telling
        .sentence(&entry(line.as_bytes()))
        .0
        .into_iter()
        .filter_map(|part| match part {
            Part::Link(_, place) => Some(place),
            Part::Words(_) => None,
        })
        .collect();
    let base = format!("/console/teams/{}", team.id);
    assert_eq!(links, [format!("{base}/users/{OWNER}"), format!("{base}/keys/2X9R4HXF34")]);
}
