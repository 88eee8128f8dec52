//! A catalog as text: what is written is read back, and what is equal has one fingerprint.

use crate::{PARCELS, SMALL, parse};
use counterfoil_core::catalog::Catalog;
use proptest::prelude::*;
use std::fmt::Write;

fn assert_round_trip(catalog: &Catalog) {
    let text = catalog.to_toml();
    let again = parse(&text);
    assert_eq!(again, *catalog);
    assert_eq!(again.to_toml(), text);
    assert_eq!(again.fingerprint(), catalog.fingerprint());
}

#[test]
fn the_catalogs_are_read_back_as_they_are_written() {
    for catalog in [Catalog::appstore(), parse(PARCELS), parse(SMALL)] {
        assert_round_trip(&catalog);
    }
}

#[test]
fn comments_spaces_and_the_order_of_keys_leave_the_fingerprint_as_it_is() {
    let fingerprint = parse(SMALL).fingerprint();
    for (old, new) in [
        ("name = \"small\"", "# A comment.\n\n  name   =   'small' # another"),
        ("leeway = \"30s\"", ""),
        ("lifetime = \"20m\"\nissued_at = \"optional\"", "issued_at = \"optional\"\nlifetime = \"1200s\""),
        ("requests = 5", "requests = 0x5"),
        ("\n[[permissions]]", "\nowns_team = false\n[[permissions]]"),
    ] {
        assert!(SMALL.contains(old), "{old}");
        assert_eq!(parse(&SMALL.replacen(old, new, 1)).fingerprint(), fingerprint, "{new}");
    }
}

#[test]
fn whatever_a_catalog_says_is_in_its_fingerprint() {
    let fingerprint = parse(SMALL).fingerprint();
    for (old, new) in [
        ("name = \"small\"", "name = \"smaller\""),
        ("leeway = \"30s\"", "leeway = \"31s\""),
        ("terms = \"Keep it secret.\"", "terms = \"Keep it.\""),
        ("terms = \"Keep it secret.\"", "terms = \"Keep it secret.\"\nterms_url = \"https://x.example\""),
        ("audience = \"library-v1\"", "audience = \"library-v2\""),
        ("lifetime = \"20m\"", "lifetime = \"21m\""),
        ("issued_at = \"optional\"", "issued_at = \"required\""),
        ("issued_at = \"optional\"", "issued_at = \"optional\"\nbackdating = \"1s\""),
        ("issued_at = \"optional\"", "issued_at = \"optional\"\nanswers = \"error-code\""),
        ("issued_at = \"optional\"", "issued_at = \"optional\"\nbundle_ids = \"claimed\""),
        ("issued_at = \"optional\"", "issued_at = \"optional\"\nupstream_filters_apps = true"),
        ("issued_at = \"optional\"", "issued_at = \"optional\"\napp_paths = [\"/books/{id}\"]"),
        ("service = \"library\"", "service = \"library\"\npeople = true"),
        ("issued_at = \"optional\"", "issued_at = \"optional\"\nwhen_stale = \"warn\""),
        ("issued_at = \"optional\"", "issued_at = \"optional\"\nstale_after = \"250ms\""),
        ("issued_at = \"optional\"", "issued_at = \"optional\"\nstreams_outlive_token = true"),
        ("requests_per_hour = 100", ""),
        ("lifetime = \"30d\"", "lifetime = \"31d\""),
        ("requests = 5", "requests = 6"),
        ("paths = [\"/loans/**\"]", "paths = [\"/loans/{id}\"]"),
        ("books = { read = [\"/books\"] }", "books = \"read\""),
        ("loans = \"read\"", "loans = \"write\""),
        ("administers = [\"keys\", \"people\"]", "administers = [\"keys\", \"people\", \"audit\"]"),
        ("given_with = [\"READER\"]", "given_with = []"),
        ("never_opens = [\"loans\"]", ""),
        ("limit = 3", "limit = 4"),
        ("file_prefix = \"Desk_\"", "file_prefix = \"desk_\""),
        ("needs_access = true", "needs_access = false"),
        ("claims = { issuer = true, bundle = false }", "claims = { issuer = true, bundle = true }"),
        ("permission = \"OWN_KEY\"", ""),
        ("about = \"Reads.\"", "about = \"Reads.\"\nusual = true"),
        ("about = \"Reads.\"", "about = \"Reads.\"\ntasks = [\"Read a book\"]"),
        ("given_with = [\"READER\"]", "given_with = [\"READER\"]\nabout = \"Has a key.\""),
        ("limit = 3", "limit = 3\nabout = \"For the desk.\""),
        ("limit = 3", "limit = 3\nsection = \"Desks\""),
        ("limit = 3", "limit = 3\nplural = \"Desk keys\""),
    ] {
        assert!(SMALL.contains(old), "{old}");
        let changed = parse(&SMALL.replacen(old, new, 1));
        assert_ne!(changed.fingerprint(), fingerprint, "{new}");
        assert_round_trip(&changed);
    }
}

#[test]
fn a_fingerprint_is_64_hexadecimal_digits() {
    let text = Catalog::appstore().fingerprint().to_string();
    assert_eq!(text.len(), 64);
    assert!(text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)));
}

fn quoted(text: &str) -> String {
    let escape = |letter: char| match letter {
        '"' | '\\' => format!("\\{letter}"),
        '\n' => "\\n".into(),
        plain => plain.into(),
    };
    format!("\"{}\"", text.chars().map(escape).collect::<String>())
}

fn title() -> impl Strategy<Value = String> {
    r#"[a-zA-Zé"'\\#=\[\]{}日]([ a-zA-Zé"'\\#=\[\]{}日]{0,20}[a-z"\\])?"#
}

fn service() -> impl Strategy<Value = String> {
    let rest =
        (any::<bool>(), any::<bool>(), any::<bool>(), 100_u32..3_600_000, prop::option::of(1_u32..1000));
    (title(), "[!-~]{1,20}", 1_u32..86_400, 0_u32..86_400, rest).prop_map(
        |(title, audience, lifetime, backdating, (required, warn, flag, stale, per_hour))| {
            let mut text = format!(
                "title = {}\naudience = {}\nlifetime = \"{lifetime}s\"\nbackdating = \"{backdating}s\"\n",
                quoted(&title),
                quoted(&audience)
            );
            let issued_at = if required { "required" } else { "optional" };
            let when_stale = if warn { "warn" } else { "refuse" };
            writeln!(text, "issued_at = \"{issued_at}\"\nwhen_stale = \"{when_stale}\"").unwrap();
            writeln!(text, "streams_outlive_token = {flag}\nstale_after = \"{stale}ms\"").unwrap();
            if let Some(requests) = per_hour {
                writeln!(text, "requests_per_hour = {requests}").unwrap();
            }
            text
        },
    )
}

/// Services `s0`… with a group `g0`… each, and a role that opens them in some way.
fn catalog() -> impl Strategy<Value = String> {
    let terms = "[a-z][ -~\né日]{0,60}";
    let parts = prop::collection::vec((service(), title(), 0..4_u8), 1..5);
    (parts, terms, any::<bool>(), 0_u32..=300).prop_map(|(parts, terms, review, leeway)| {
        let count = parts.len();
        let mut text = format!("name = \"made\"\nleeway = \"{leeway}s\"\n[access]\nreview = {review}\n");
        writeln!(text, "terms = {}", quoted(&terms)).unwrap();
        for (at, (service, title, _)) in parts.iter().enumerate() {
            writeln!(text, "[[services]]\nname = \"s{at}\"\n{service}").unwrap();
            writeln!(text, "[[groups]]\nname = \"g{at}\"\ntitle = {}\nservice = \"s{at}\"", quoted(title)).unwrap();
            writeln!(text, "paths = [\"/{at}\", \"/{at}/{{id}}\", \"/{at}/x/**\"]").unwrap();
        }
        text += "[[roles]]\nname = \"A\"\ntitle = \"A\"\nabout = \"A\"\nowns_team = true\nadministers = [\"keys\", \"people\"]\n";
        text += "[[roles]]\nname = \"B\"\ntitle = \"B\"\nabout = \"B\"\n[roles.opens]\n";
        for (at, (_, _, opens)) in parts.iter().enumerate() {
            let some = format!("{{ read = [\"/{at}/x\", \"/{at}/**\"] }}");
            let opens = ["\"read\"", "\"write\"", &some].get(usize::from(*opens)).copied();
            if let Some(opens) = opens {
                writeln!(text, "g{at} = {opens}").unwrap();
            }
        }
        let services: Vec<_> = (0..count).map(|at| format!("\"s{at}\"")).collect();
        writeln!(text, "[[kinds]]\nname = \"K\"\ntitle = \"K\"\nservices = [{}]", services.join(", ")).unwrap();
        writeln!(text, "held_by = \"team-with-roles\"\nroles = [\"B\"]\nlimit = 7\nfile_prefix = \"K\"").unwrap();
        writeln!(text, "needs_access = {review}\nclaims = {{ issuer = true, bundle = false }}").unwrap();
        text
    })
}

proptest! {
    #[test]
    fn a_catalog_is_read_back_as_it_is_written(text in catalog()) {
        assert_round_trip(&parse(&text));
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "(\\PC|\n){0,200}") {
        let _ = Catalog::parse(&text);
    }

    /// Cuts a piece out of a sound catalog, or puts another of its pieces there.
    #[test]
    fn no_damage_makes_the_reader_panic(at in 0_usize..2000, length in 0_usize..60, from in 0_usize..2000) {
        let cut = |at: usize| &SMALL[at.min(SMALL.len())..(at + length).min(SMALL.len())];
        for piece in ["", cut(from), "\n", "\"", "[]", "{}", "0", "é"] {
            let damaged = format!("{}{piece}{}", &SMALL[..at.min(SMALL.len())], &SMALL[(at + length).min(SMALL.len())..]);
            if let Err(faults) = Catalog::parse(&damaged) {
                prop_assert!(faults.iter().len() > 0);
                let lines = damaged.split('\n').count();
                prop_assert!(faults.iter().all(|fault| (1..=lines).contains(&fault.line)), "{}", faults);
            }
        }
    }
}
