//! The exact bytes of events.
//!
//! `tests/golden` holds a file for each kind of event, an entry on each line. These files only grow:
//! what stands there once was written to somebody's ledger.

mod written;

use crate::drawn;
use counterfoil_core::event::{Entry, Event, RevocationReason};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// Every golden line, with the kind that its file is called after.
#[expect(clippy::disallowed_methods, reason = "the rules read no file, their tests read these")]
fn golden() -> Vec<(String, String)> {
    let files = fs::read_dir(folder()).unwrap().map(|file| file.unwrap().path());
    let lines_of = |path: PathBuf| {
        let kind = path.file_name().unwrap().to_str().unwrap().strip_suffix(".jsonl").unwrap().to_owned();
        let text = fs::read_to_string(path).unwrap();
        assert!(text.ends_with('\n'), "{kind} has a line that is cut off");
        text.lines().map(|line| (kind.clone(), line.to_owned())).collect::<Vec<_>>()
    };
    files.flat_map(lines_of).collect()
}

/// What this release has at this place, as it says itself when it finds something else there.
fn there_are(at: &str) -> BTreeSet<String> {
    let mut entry = line(ENTRY);
    *entry.pointer_mut(at).unwrap() = json!("STRANGE");
    let fault = Entry::from_bytes(entry.to_string().as_bytes()).unwrap_err().to_string();
    assert!(fault.contains("unknown variant `STRANGE`"), "{fault}");
    fault.split('`').skip(3).step_by(2).map(str::to_owned).collect()
}

const ENTRY: &str = r#"{"of":"installation","at":1,"by":"OPERATOR","event":{"KEY_GENERATED":{"key":"K000000001","kind":"TEAM","name":"n","holder":"TEAM","public":"BGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU","private":"ISSUER"}}}"#;

fn line(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// What is read without a reader of JSON must be what such a reader reads: each golden line, and each
/// with one byte left out, doubled or replaced.
#[test]
fn an_entry_means_what_a_reader_of_json_says_it_means() {
    let agree = |bytes: &[u8]| {
        let (ours, json) = (Entry::from_bytes(bytes).ok(), serde_json::from_slice::<Entry>(bytes).ok());
        assert_eq!(ours, json, "{}", String::from_utf8_lossy(bytes));
    };
    for (_, line) in golden() {
        let line = line.as_bytes();
        agree(line);
        for at in 0..line.len() {
            let (before, after) = (&line[..at], &line[at + 1..]);
            agree(&[before, after].concat());
            agree(&[before, &[line[at], line[at]], after].concat());
            for other in *b"\"\\{}:,0+- 9e\xff" {
                agree(&[before, &[other], after].concat());
            }
        }
    }
}

#[test]
fn every_golden_line_decodes_and_encodes_to_the_same_bytes() {
    for (kind, line) in golden() {
        let entry = Entry::from_bytes(line.as_bytes()).unwrap_or_else(|fault| panic!("{kind}: {fault}"));
        assert_eq!(entry.event.name(), kind);
        assert_eq!(String::from_utf8(entry.to_bytes()).unwrap(), line, "{kind}");
    }
}

#[test]
fn every_kind_of_event_has_a_golden_file_and_every_file_a_kind() {
    let files: BTreeSet<_> = golden().into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(files, there_are("/event"));
}

#[test]
fn what_is_meant_is_written_as_the_golden_files_say() {
    let golden: BTreeSet<_> = golden().into_iter().collect();
    for entry in written::entries() {
        let bytes = String::from_utf8(entry.to_bytes()).unwrap();
        let line = (entry.event.name().to_owned(), bytes);
        assert!(golden.contains(&line), "add this line to {}.jsonl:\n{}", line.0, line.1);
    }
}

#[test]
fn every_kind_of_event_is_meant_by_a_golden_line() {
    let meant: BTreeSet<_> = written::entries().iter().map(|entry| entry.event.name().to_owned()).collect();
    assert_eq!(meant, there_are("/event"));
}

#[test]
fn the_golden_lines_hold_every_actor_holding_place_sight_reason_and_stream() {
    let lines: Vec<_> = golden().into_iter().map(|(_, text)| line(&text)).collect();
    let found = |at: &str| {
        let names = lines.iter().filter_map(|line| find(line, at)).map(|value| match value {
            Value::String(name) => name.clone(),
            Value::Object(fields) => fields.keys().next().cloned().unwrap_or_default(),
            other => panic!("{other} is not a name"),
        });
        names.collect::<BTreeSet<_>>()
    };
    assert_eq!(found("by"), there_are("/by"));
    assert_eq!(found("holder"), there_are("/event/KEY_GENERATED/holder"));
    assert_eq!(found("private"), there_are("/event/KEY_GENERATED/private"));
    assert_eq!(found("sees"), BTreeSet::from(["ALL_APPS", "APPS"].map(str::to_owned)));
    assert_eq!(
        found("reason_of_key"),
        RevocationReason::ALL.iter().map(|reason| reason.name().to_owned()).collect()
    );
    let streams: BTreeSet<_> = lines.iter().map(|line| line["of"] == "installation").collect();
    assert_eq!(streams, BTreeSet::from([false, true]));
}

/// The member of that name, of the entry or of its event.
fn find<'a>(entry: &'a Value, name: &str) -> Option<&'a Value> {
    let event = entry["event"].as_object().and_then(|event| event.values().next());
    match name {
        "reason_of_key" => entry["event"].get("KEY_REVOKED").map(|event| &event["reason"]),
        "by" => entry.get(name),
        _ => event.and_then(|event| event.get(name)),
    }
}

#[test]
fn what_may_be_missing_stands_in_the_golden_files_both_ways() {
    for (kind, field) in [
        ("ACCESS_DECLINED", "reason"),
        ("ACCESS_WITHDRAWN", "reason"),
        ("TEAM_SUSPENDED", "reason"),
        ("TEAM_CLOSED", "reason"),
        ("KEY_REVOKED", "remark"),
    ] {
        let of_kind = golden().into_iter().filter(|(of, _)| of == kind);
        let there: BTreeSet<_> =
            of_kind.map(|(_, text)| line(&text)["event"][kind][field].is_string()).collect();
        assert_eq!(there, BTreeSet::from([false, true]), "{kind} with and without {field}");
    }
}

#[test]
fn an_unknown_event_is_refused_and_never_skipped() {
    for event in [
        json!("TEAM_PAINTED"),
        json!({"TEAM_PAINTED": {}}),
        json!({"key_revoked": {}}),
        json!({}),
        json!(null),
    ] {
        let mut entry = line(ENTRY);
        entry["event"] = event;
        let fault = Entry::from_bytes(entry.to_string().as_bytes()).unwrap_err().to_string();
        assert!(fault.contains("may be of a newer release"), "{fault}");
    }
}

#[test]
fn an_unknown_field_is_refused_wherever_it_stands() {
    let mut objects = 0;
    for (_, text) in golden() {
        for at in places(&line(&text), "") {
            let mut entry = line(&text);
            let Some(object) = entry.pointer_mut(&at).and_then(Value::as_object_mut) else { continue };
            object.insert("colour".into(), json!("green"));
            assert_refused(&entry);
            objects += 1;
        }
    }
    assert!(objects > 80, "{objects} objects");
}

#[test]
fn a_missing_field_is_refused_whichever_it_is() {
    let mut fields = 0;
    for (_, text) in golden() {
        for at in places(&line(&text), "") {
            let Some(names) = line(&text)
                .pointer(&at)
                .and_then(Value::as_object)
                .map(|it| it.keys().cloned().collect::<Vec<_>>())
            else {
                continue;
            };
            for name in names {
                let mut entry = line(&text);
                entry.pointer_mut(&at).and_then(Value::as_object_mut).unwrap().remove(&name);
                assert_refused(&entry);
                fields += 1;
            }
        }
    }
    assert!(fields > 200, "{fields} fields");
}

#[test]
fn a_field_that_comes_twice_is_refused() {
    let twice = ENTRY.replacen("\"at\":1", "\"at\":1,\"at\":1", 1);
    assert!(Entry::from_bytes(twice.as_bytes()).is_err());
    let twice = ENTRY.replacen("\"name\":\"n\"", "\"name\":\"n\",\"name\":\"m\"", 1);
    assert!(Entry::from_bytes(twice.as_bytes()).is_err());
}

#[test]
fn a_value_of_another_type_is_refused_wherever_it_stands() {
    let others = [json!(true), json!(7), json!(-0.5), json!("~ \u{7}"), json!([]), json!({})];
    let mut tried = 0;
    for (_, text) in golden() {
        for at in places(&line(&text), "") {
            let present = line(&text).pointer(&at).unwrap().clone();
            for other in others.iter().filter(|other| differs(&present, other)) {
                let mut entry = line(&text);
                *entry.pointer_mut(&at).unwrap() = other.clone();
                assert_refused(&entry);
                tried += 1;
            }
        }
    }
    assert!(tried > 1000, "{tried} values");
}

/// Whether it is of another type. A whole number and one with a fraction are two.
fn differs(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.is_f64() != other.is_f64(),
        _ => std::mem::discriminant(one) != std::mem::discriminant(other),
    }
}

#[test]
fn an_id_or_name_that_is_not_well_formed_is_refused() {
    for (at, bad) in [
        ("/of", "Installation"),
        ("/of", "57246542-96fe-1a63-e053-0824d011072"),
        ("/event/KEY_GENERATED/key", "k000000001"),
        ("/event/KEY_GENERATED/key", "K00000001"),
        ("/event/KEY_GENERATED/kind", "team"),
        ("/event/KEY_GENERATED/name", ""),
        ("/event/KEY_GENERATED/name", "0123456789012345678901234567890"),
        ("/event/KEY_GENERATED/public", "AAAA"),
        ("/event/KEY_GENERATED/private", "issuer"),
    ] {
        let mut entry = line(ENTRY);
        *entry.pointer_mut(at).unwrap() = json!(bad);
        assert_refused(&entry);
    }
}

#[test]
fn trailing_bytes_are_refused_and_so_is_every_beginning() {
    for (_, text) in golden() {
        for tail in ["}", "x", "null", "\0", ",", text.as_str()] {
            assert!(Entry::from_bytes(format!("{text}{tail}").as_bytes()).is_err(), "{text}{tail}");
        }
        for end in 0..text.len() {
            assert!(Entry::from_bytes(&text.as_bytes()[..end]).is_err(), "{}", &text[..end]);
        }
    }
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let at = ENTRY.find("\"n\"").unwrap() + 1;
    let mut bytes = ENTRY.as_bytes().to_vec();
    bytes[at] = 0xff;
    assert!(Entry::from_bytes(&bytes).is_err());
}

#[test]
fn every_event_of_this_release_is_written_at_its_first_format_level() {
    for entry in written::entries() {
        assert_eq!(entry.event.level(), counterfoil_core::event::FORMAT_LEVEL, "{}", entry.event.name());
    }
}

#[test]
fn an_event_says_which_key_it_is_about() {
    for entry in written::entries() {
        let bytes = String::from_utf8(entry.to_bytes()).unwrap();
        let named =
            line(&bytes)["event"].as_object().and_then(|event| event.values().next()?.get("key").cloned());
        let said = entry.event.key().map(|key| json!(key.as_str()));
        assert_eq!(said, named, "{bytes}");
    }
    assert_eq!(Event::SealRotated.key(), None);
}

fn assert_refused(entry: &Value) {
    assert!(Entry::from_bytes(entry.to_string().as_bytes()).is_err(), "{entry} must be refused");
}

/// Where values stand, the whole first.
fn places(value: &Value, at: &str) -> Vec<String> {
    let below: Vec<_> = match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (format!("{at}/{name}"), value)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(item, value)| (format!("{at}/{item}"), value)).collect()
        }
        _ => vec![],
    };
    let below = below.into_iter().flat_map(|(at, value)| places(value, &at));
    [at.to_owned()].into_iter().chain(below).collect()
}

proptest! {
    #[test]
    fn any_entry_survives_being_written_and_read(entry in drawn::entry()) {
        let bytes = entry.to_bytes();
        let read = Entry::from_bytes(&bytes).unwrap();
        prop_assert_eq!(&read, &entry);
        prop_assert_eq!(read.to_bytes(), bytes);
    }

    #[test]
    fn no_bytes_make_reading_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Entry::from_bytes(&bytes);
    }
}

#[test]
fn the_random_entries_are_of_every_kind() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = drawn::entry();
    let mut draw = || strategy.new_tree(&mut runner).unwrap().current().event.name().to_owned();
    let drawn: BTreeSet<_> = (0..2000).map(|_| draw()).collect();
    assert_eq!(drawn, there_are("/event"));
}
