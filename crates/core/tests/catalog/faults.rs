//! Broken catalogs: every fault of each, with its place.

use crate::SMALL;
use counterfoil_core::catalog::Catalog;

/// Puts the second text in the first one's place, and expects these faults of the whole catalog.
fn expect(cases: &[(&str, &str, &[&str])]) {
    for (old, new, expected) in cases {
        assert!(SMALL.contains(old), "{old}");
        let broken = SMALL.replacen(old, new, 1);
        let faults = Catalog::parse(&broken).expect_err(new);
        let told: Vec<_> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(told, *expected, "{new}");
    }
}

#[test]
fn the_text_must_be_toml_without_unknown_keys() {
    expect(&[
        (
            r#"name = "small""#,
            "name = small",
            &["1:8: string values must be quoted, expected literal string"],
        ),
        (
            r#"terms = "Keep it secret.""#,
            r#"terms = "Keep it secret."#,
            &[r#"6:25: invalid basic string, expected `"`"#],
        ),
        (r#"leeway = "30s""#, "leeway = \"30s\"\nleeway = \"30s\"", &["3:1: duplicate key"]),
        (
            r#"leeway = "30s""#,
            r#"leway = "30s""#,
            &["2:1: the catalog knows no key `leway`; did you mean `leeway`?"],
        ),
        (
            "[[permissions]]",
            "[[permission]]",
            &[
                "50:3: the catalog knows no key `permission`; did you mean `permissions`?",
                "73:14: there is no permission `OWN_KEY`",
            ],
        ),
        (
            r#"audience = "library-v1""#,
            r#"audiance = "library-v1""#,
            &[
                "8:1: service `library` needs `audience`",
                "11:1: service `library` knows no key `audiance`; did you mean `audience`?",
            ],
        ),
        (
            "limit = 3",
            "limit = 3\ncolour = \"red\"",
            &[
                "63:1: kind `DESK` knows no key `colour`; there are `about`, `claims`, `file_prefix`, `generated_by`, `held_by`, `limit`, `name`, `needs_access`, `never_opens`, `permission`, `plural`, `roles`, `section`, `services`, `title`",
            ],
        ),
        (
            "review = true",
            "review = true\nreviewer = \"x\"",
            &["6:1: `access` knows no key `reviewer`; did you mean `review`?"],
        ),
        (
            "claims = { issuer = true, bundle = false }",
            "claims = { issuer = true, bundle = false, app = true }",
            &["65:43: `claims` knows no key `app`; there are `bundle`, `issuer`"],
        ),
        (
            r#"lifetime = "30d""#,
            "lifetime = \"30d\"\nscope = true",
            &["18:1: `long_lived` knows no key `scope`; there are `lifetime`, `paths`"],
        ),
        (
            r#"books = { read = ["/books"] }"#,
            r#"books = { reads = ["/books"] }"#,
            &[
                "48:19: what a role opens needs `read`",
                "48:21: what a role opens knows no key `reads`; did you mean `read`?",
            ],
        ),
    ]);
}

#[test]
fn each_value_has_its_form_and_bounds() {
    expect(&[
        (r#"name = "small""#, "name = 7", &["1:8: `name` must be text, not a whole number"]),
        (
            r#"name = "small""#,
            r#"name = "Small Library""#,
            &["1:8: the name of a catalog must be 1 to 60 characters of a–z, 0–9 and -"],
        ),
        ("review = true", r#"review = "yes""#, &["5:10: `review` must be true or false, not text"]),
        ("limit = 3", r#"limit = "3""#, &["62:9: `limit` must be a whole number, not text"]),
        ("limit = 3", "limit = 3.5", &["62:9: `limit` must be a whole number, not a number with a fraction"]),
        ("limit = 3", "limit = 0", &["62:9: `limit` must be from 1 to 1000000000"]),
        ("limit = 3", "limit = -3", &["62:9: `limit` must be from 1 to 1000000000"]),
        ("limit = 3", "limit = 99999999999999999999", &["62:9: `limit` must be from 1 to 1000000000"]),
        (
            "requests_per_hour = 100",
            "requests_per_hour = 0",
            &["14:21: `requests_per_hour` must be from 1 to 1000000000"],
        ),
        ("requests = 5", "requests = 0", &["21:12: `requests` must be from 1 to 1000000000"]),
        (
            "services = [\"library\"]\nnever",
            "services = \"library\"\nnever",
            &["58:12: `services` must be a list, not text"],
        ),
        (
            "claims = { issuer = true, bundle = false }",
            "claims = true",
            &["65:10: `claims` must be a table, not true or false"],
        ),
        (
            r#"paths = ["/loans/**"]"#,
            r#"paths = ["/loans/**", 7]"#,
            &["34:23: each of `paths` must be text, not a whole number"],
        ),
        (
            r#"leeway = "30s""#,
            r#"leeway = "30""#,
            &[r#"2:10: `leeway` must be a time such as "90s", "20m", "24h" or "183d""#],
        ),
        (r#"leeway = "30s""#, "leeway = 30", &["2:10: `leeway` must be text, not a whole number"]),
        (r#"leeway = "30s""#, "leeway = 2026-01-01", &["2:10: `leeway` must be text, not a date"]),
        (r#"leeway = "30s""#, r#"leeway = "6m""#, &["2:10: `leeway` must be from 0s to 5m"]),
        (r#"lifetime = "20m""#, r#"lifetime = "25h""#, &["12:12: `lifetime` must be from 1s to 1d"]),
        (r#"lifetime = "20m""#, r#"lifetime = "0s""#, &["12:12: `lifetime` must be from 1s to 1d"]),
        (r#"lifetime = "20m""#, r#"lifetime = "1500ms""#, &["12:12: `lifetime` must be from 1s to 1d"]),
        (r#"lifetime = "30d""#, r#"lifetime = "367d""#, &["17:12: `lifetime` must be from 1s to 366d"]),
        (
            r#"lifetime = "30d""#,
            r#"lifetime = "20m""#,
            &["17:12: `lifetime` must be longer than the lifetime of other tokens"],
        ),
        (
            "requests_per_hour = 100",
            r#"stale_after = "10ms""#,
            &["14:15: `stale_after` must be from 100ms to 1h"],
        ),
        (
            r#"issued_at = "optional""#,
            r#"issued_at = "sometimes""#,
            &[r#"13:13: `issued_at` must be "required" or "optional""#],
        ),
        (
            "held_by = \"team-with-roles\"\nroles = [\"READER\"]",
            r#"held_by = "shop""#,
            &[r#"60:11: `held_by` must be "team-with-roles", "team" or "member""#],
        ),
        (
            r#"audience = "library-v1""#,
            r#"audience = """#,
            &["11:12: `audience` must be 1 to 255 visible ASCII characters, without spaces"],
        ),
        (
            r#"audience = "library-v1""#,
            r#"audience = "library v1""#,
            &["11:12: `audience` must be 1 to 255 visible ASCII characters, without spaces"],
        ),
        (
            r#"audience = "library-v1""#,
            r#"audience = "counterfoil-burn""#,
            &["11:12: `counterfoil-burn` is the audience of tokens for the issuer itself"],
        ),
        (
            r#"title = "Books""#,
            r#"title = """#,
            &["26:9: `title` must be 1 to 100 characters, on one line, without spaces at either end"],
        ),
        (
            r#"title = "Books""#,
            r#"title = " Books""#,
            &["26:9: `title` must be 1 to 100 characters, on one line, without spaces at either end"],
        ),
        (
            r#"terms = "Keep it secret.""#,
            r#"terms = "  ""#,
            &["6:9: `terms` must be 1 to 20000 characters, with no control characters but line ends"],
        ),
        ("terms = \"Keep it secret.\"\n", "", &["4:1: `access` needs `terms`"]),
        (
            r#"terms = "Keep it secret.""#,
            "terms = \"x\"\nterms_url = \"library.example/terms\"",
            &["7:13: `terms_url` must be a URL that begins with https:// or http://"],
        ),
        (
            r#"file_prefix = "Desk_""#,
            r#"file_prefix = "../Desk_""#,
            &[
                "63:15: `file_prefix` must be 1 to 40 characters of a–z, A–Z, 0–9, . _ and -, the first a letter or digit",
            ],
        ),
        (
            r#"file_prefix = "Desk_""#,
            r#"file_prefix = """#,
            &[
                "63:15: `file_prefix` must be 1 to 40 characters of a–z, A–Z, 0–9, . _ and -, the first a letter or digit",
            ],
        ),
        (
            r#"file_prefix = "Desk_""#,
            r#"file_prefix = ".Desk_""#,
            &[
                "63:15: `file_prefix` must be 1 to 40 characters of a–z, A–Z, 0–9, . _ and -, the first a letter or digit",
            ],
        ),
        (
            r#"name = "books""#,
            r#"name = "Books""#,
            &[
                "25:8: a group must be 1 to 60 characters of a–z, 0–9 and -",
                "42:11: there is no group `books`; did you mean `Books`?",
                "48:11: there is no group `books`; did you mean `Books`?",
            ],
        ),
        (
            "name = \"READER\"\ntitle",
            "name = \"Reader\"\ntitle",
            &[
                "45:8: a role must be 1 to 60 characters of A–Z, 0–9 and _",
                "53:15: there is no role `READER`; there are `HEAD`, `Reader`",
                "61:10: there is no role `READER`; there are `HEAD`, `Reader`",
                "72:17: there is no role `READER`; there are `HEAD`, `Reader`",
            ],
        ),
        (
            r#"name = "DESK""#,
            r#"name = "desk""#,
            &["56:8: a kind of key must be 1 to 60 characters of A–Z, 0–9 and _"],
        ),
    ]);
}

#[test]
fn nothing_that_is_needed_may_be_missing() {
    expect(&[
        ("audience = \"library-v1\"\n", "", &["8:1: service `library` needs `audience`"]),
        (
            "name = \"books\"\n",
            "",
            &[
                "24:1: a group needs `name`",
                "41:11: there is no group `books`; there is only `loans`",
                "47:11: there is no group `books`; there is only `loans`",
            ],
        ),
        ("[access]\nreview = true\nterms = \"Keep it secret.\"\n", "", &["1:1: the catalog needs `access`"]),
        ("needs_access = true\n", "", &["55:1: kind `DESK` needs `needs_access`"]),
        ("requests = 5\n", "", &["20:1: a `per_second` needs `requests`"]),
        (r#"paths = ["/loans/**"]"#, "paths = []", &["34:9: `paths` must be a list that is not empty"]),
        (
            "services = [\"library\"]\nnever_opens = [\"loans\"]",
            "services = []",
            &["58:12: `services` must be a list that is not empty"],
        ),
    ]);
}

#[test]
fn a_path_is_well_formed_and_in_one_group() {
    expect(&[
        (r#""/loans/**""#, r#""loans/**""#, &["34:10: `loans/**` is no path: a path begins with a slash"]),
        (
            r#""/loans/**""#,
            r#""/loans/""#,
            &["34:10: `/loans/` is no path: a path has no empty segment: neither // nor a slash at the end"],
        ),
        (
            r#""/loans/**""#,
            r#""/**/loans""#,
            &["34:10: `/**/loans` is no path: ** stands only at the end of a path"],
        ),
        (
            r#""/loans/**""#,
            r#""/loans/{loan id}""#,
            &[
                "34:10: `/loans/{loan id}` is no path: braces enclose a whole segment, and a name of letters and digits, as in {id}",
            ],
        ),
        (
            r#""/loans/**""#,
            r#""/loans/..""#,
            &["34:10: `/loans/..` is no path: no segment of a path is, or ends with, a dot"],
        ),
        (
            r#""/loans/**""#,
            r#""/loans/%41""#,
            &[
                "34:10: `/loans/%41` is no path: a segment is made of letters, digits, - . _ and ~, or is {name} or **",
            ],
        ),
        (
            r#"paths = ["/loans/**"]"#,
            r#"paths = ["/loans/**", "/books/{number}"]"#,
            &["34:23: `/books/{number}` of group `loans` is in group `books` too, on line 28"],
        ),
        (
            r#"paths = ["/loans/**"]"#,
            r#"paths = ["/loans/**", "/loans/**"]"#,
            &["34:23: `/loans/**` is in group `loans` already, on line 34"],
        ),
        (
            r#"read = ["/books"]"#,
            r#"read = ["/books", "/looks"]"#,
            &["48:39: group `books` has no path that `/looks` matches"],
        ),
        (
            r#"read = ["/books"]"#,
            r#"read = ["/loans/7"]"#,
            &["48:29: group `books` has no path that `/loans/7` matches"],
        ),
        (
            "paths = [\"/books\"]\n\n[[services.per",
            "paths = [\"/boks\"]\n\n[[services.per",
            &["18:10: no group of service `library` has a path that `/boks` matches"],
        ),
        (
            "paths = [\"/books/{id}\"]\n\n[[groups]]",
            "paths = [\"/books/{id}\", \"/books/{number}\"]\n\n[[groups]]",
            &["22:25: `/books/{number}` has a limit already"],
        ),
    ]);
}

#[test]
fn an_app_is_named_at_the_end_of_a_path_that_some_request_begins_with() {
    let with = |paths: &str| format!("requests_per_hour = 100\napp_paths = {paths}");
    for (paths, expected) in [
        (r#"["/books"]"#, "15:14: `/books` must end with an app's id, as in `/v1/apps/{id}`"),
        (r#"["/loans/**"]"#, "15:14: `/loans/**` must end with an app's id, as in `/v1/apps/{id}`"),
        (
            r#"["/rooms/{id}"]"#,
            "15:14: no group of service `library` has a path that begins with `/rooms/{id}`",
        ),
        (r#"["/books/{id}", "/books/{app}"]"#, "15:29: `/books/{app}` is named twice"),
        (
            r#"["/books//{id}"]"#,
            "15:14: `/books//{id}` is no path: a path has no empty segment: neither // nor a slash at the end",
        ),
        ("[]", "15:13: `app_paths` must be a list that is not empty"),
        (r#""/books/{id}""#, "15:13: `app_paths` must be a list, not text"),
    ] {
        expect(&[("requests_per_hour = 100", &*with(paths), &[expected])]);
    }
}

#[test]
fn every_name_that_is_referred_to_exists_once() {
    expect(&[
        (
            r#"service = "library""#,
            r#"service = "libary""#,
            &["27:11: there is no service `libary`; did you mean `library`?"],
        ),
        (
            r#"loans = "read""#,
            r#"lones = "read""#,
            &["48:42: there is no group `lones`; there are `books`, `loans`"],
        ),
        (
            r#"never_opens = ["loans"]"#,
            r#"never_opens = ["magazines"]"#,
            &["59:16: there is no group `magazines`; there are `books`, `loans`"],
        ),
        (
            r#"roles = ["READER"]"#,
            r#"roles = ["REEDER"]"#,
            &["61:10: there is no role `REEDER`; did you mean `READER`?"],
        ),
        (
            r#"roles = ["READER"]"#,
            r#"roles = ["OWN_KEY"]"#,
            &["61:10: `OWN_KEY` is a permission; a role belongs here"],
        ),
        (
            r#"permission = "OWN_KEY""#,
            r#"permission = "OWNKEY""#,
            &["73:14: there is no permission `OWNKEY`; did you mean `OWN_KEY`?"],
        ),
        (
            r#"permission = "OWN_KEY""#,
            r#"permission = "READER""#,
            &["73:14: there is no permission `READER`; there is only `OWN_KEY`"],
        ),
        (
            r#"given_with = ["READER"]"#,
            r#"given_with = ["READER", "WRITER"]"#,
            &["53:25: there is no role `WRITER`; there are `HEAD`, `READER`"],
        ),
        (r#"roles = ["READER"]"#, r#"roles = ["READER", "READER"]"#, &["61:20: `READER` is named twice"]),
        (
            r#"name = "loans""#,
            r#"name = "books""#,
            &[
                "31:8: the name `books` is taken, on line 25",
                "42:28: there is no group `loans`; there is only `books`",
                "48:42: there is no group `loans`; there is only `books`",
                "59:16: there is no group `loans`; there is only `books`",
            ],
        ),
        (
            r#"name = "OWN_KEY""#,
            r#"name = "HEAD""#,
            &[
                "51:8: the name `HEAD` is taken, on line 37",
                "73:14: there is no permission `OWN_KEY`; there is only `HEAD`",
            ],
        ),
        ("name = \"OWN\"\n", "name = \"DESK\"\n", &["68:8: the name `DESK` is taken, on line 56"]),
        (
            r#"loans = "read""#,
            r#"loans = "reed""#,
            &[r#"48:50: `loans` must be "read", "write" or { read = [paths] }"#],
        ),
        (
            r#"loans = "read""#,
            "loans = true",
            &[r#"48:50: `loans` must be "read", "write" or { read = [paths] }"#],
        ),
        (
            r#"administers = ["keys", "people"]"#,
            r#"administers = ["keys", "people", "money"]"#,
            &[r#"41:34: each of `administers` must be "keys", "people" or "audit""#],
        ),
    ]);
}

#[test]
fn the_whole_must_hold_together() {
    expect(&[
        ("owns_team = true\n", "", &["36:1: no role owns the team: one must say `owns_team = true`"]),
        (
            r#"about = "Reads.""#,
            "about = \"Reads.\"\nowns_team = true",
            &[
                "48:13: role `HEAD` owns the team already; one role does",
                "62:10: role `READER` owns the team; no key can be given it",
            ],
        ),
        (
            "about = \"Reads.\"",
            "about = \"Reads.\"\nusual = 1",
            &["48:9: `usual` must be true or false, not a whole number"],
        ),
        (
            "administers = [\"keys\", \"people\"]\nopens = { books = \"write\", loans = \"write\" }\n\n[[roles]]\nname = \"READER\"",
            "administers = [\"keys\", \"people\"]\nusual = true\n[[roles]]\nusual = true\nname = \"READER\"",
            &["44:9: role `HEAD` is the usual choice already; one role may be"],
        ),
        (
            "service = \"library\"\npaths = [\"/books\", \"/books/{id}\"]\n\n[[groups]]\n",
            "service = \"library\"\npeople = true\npaths = [\"/books\", \"/books/{id}\"]\n\n[[groups]]\npeople = true\n",
            &["32:10: group `books` holds the people already; one group may"],
        ),
        (
            "service = \"library\"\npaths",
            "service = \"library\"\npeople = \"some\"\npaths",
            &["28:10: `people` must be true or false, not text"],
        ),
        (
            "administers = [\"keys\", \"people\"]\n",
            "",
            &[
                r#"36:1: no role administers keys: one must say `administers = ["keys"]`"#,
                r#"36:1: no role administers people: one must say `administers = ["people"]`"#,
            ],
        ),
        (
            r#"roles = ["READER"]"#,
            r#"roles = ["READER", "HEAD"]"#,
            &["61:20: role `HEAD` owns the team; no key can be given it"],
        ),
        (
            "[[groups]]\nname = \"books\"",
            "[[services]]\nname = \"museum\"\ntitle = \"M\"\naudience = \"m\"\nlifetime = \"1m\"\nissued_at = \"required\"\n\n[[groups]]\nname = \"books\"",
            &["25:8: no group belongs to service `museum`", "25:8: no kind of key opens service `museum`"],
        ),
        (
            "services = [\"library\"]\nnever_opens = [\"loans\"]",
            "services = [\"museum\"]\nnever_opens = [\"loans\"]",
            &["58:13: there is no service `museum`; there is only `library`"],
        ),
        (
            r#"permission = "OWN_KEY""#,
            r#"roles = ["READER"]"#,
            &[r#"73:1: `roles` goes with held_by = "team-with-roles" only"#],
        ),
        (
            "roles = [\"READER\"]\nlimit",
            "roles = [\"READER\"]\ngenerated_by = [\"HEAD\"]\nlimit",
            &[r#"62:1: `generated_by` goes with held_by = "member" only"#],
        ),
        (
            "review = true\nterms = \"Keep it secret.\"",
            "review = false",
            &[
                "63:16: access is not reviewed, so no kind of key can need it",
                "75:16: access is not reviewed, so no kind of key can need it",
            ],
        ),
        (
            "leeway = \"30s\"\n\n[access]\nreview = true",
            "leeway = \"3h\"\ncolour = 1\n\n[access]\nreview = 1",
            &[
                "2:10: `leeway` must be from 0s to 5m",
                "3:1: the catalog knows no key `colour`; there are `access`, `groups`, `kinds`, `leeway`, `name`, `permissions`, `roles`, `services`",
                "6:10: `review` must be true or false, not a whole number",
            ],
        ),
        (
            "[[kinds]]\nname = \"DESK\"\ntitle = \"Desk key\"\nservices = [\"library\"]",
            "[[services]]\nname = \"museum\"\ntitle = \"Museum\"\naudience = \"museum-v1\"\nlifetime = \"1m\"\nissued_at = \"required\"\n\n[[groups]]\nname = \"rooms\"\ntitle = \"Rooms\"\nservice = \"museum\"\npaths = [\"/rooms\"]\n\n[[kinds]]\nname = \"DESK\"\ntitle = \"Desk key\"\nservices = [\"museum\"]",
            &["72:16: group `loans` is of service `library`, which this kind doesn't open"],
        ),
        (
            r#"loans = "read""#,
            r#"loans = ["/loans/7"]"#,
            &[r#"48:50: `loans` must be "read", "write" or { read = [paths] }"#],
        ),
        (r#"read = ["/books"]"#, "read = []", &["48:28: `read` must be a list that is not empty"]),
        (
            "\"/books/{id}\"]\n\n[[groups]]\nname = \"loans\"",
            "\"/books/{id}\", \"/books/{id}/**\", \"/books/{number}/**\"]\n\n[[groups]]\nname = \"loans\"",
            &["28:53: `/books/{number}/**` is in group `books` already, on line 28"],
        ),
    ]);
}

#[test]
fn an_empty_text_lacks_everything() {
    let faults = Catalog::parse("").expect_err("an empty catalog");
    assert_eq!(
        faults.to_string(),
        "1:1: the catalog needs `name`\n\
         1:1: the catalog needs `access`\n\
         1:1: the catalog needs at least one `[[groups]]`\n\
         1:1: the catalog needs at least one `[[services]]`\n\
         1:1: the catalog needs at least one `[[roles]]`\n\
         1:1: the catalog needs at least one `[[kinds]]`"
    );
}

#[test]
fn lengths_have_bounds() {
    for (old, most) in [("title = \"Books\"", 100), ("about = \"Reads.\"", 300)] {
        let key = old.split(' ').next().unwrap();
        let with = |length| SMALL.replacen(old, &format!("{key} = \"{}\"", "é".repeat(length)), 1);
        assert!(Catalog::parse(&with(most)).is_ok());
        let faults = Catalog::parse(&with(most + 1)).expect_err("too long");
        assert!(faults.to_string().ends_with(&format!(
            "`{key}` must be 1 to {most} characters, on one line, without spaces at either end"
        )));
    }
}

#[test]
fn faults_on_a_line_are_told_from_left_to_right_by_characters_not_bytes() {
    let broken = SMALL.replacen("[\"/loans/**\"]", "[\"loans\", \"日\", 7]", 1);
    let faults = Catalog::parse(&broken).expect_err("three faults");
    let places: Vec<_> = faults.iter().map(|fault| (fault.line, fault.column)).collect();
    assert_eq!(places, [(34, 10), (34, 19), (34, 24)]);
}
