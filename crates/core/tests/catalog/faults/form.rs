//! What the text says must be TOML, and each value have its form and bounds.

use super::expect;
use crate::SMALL;
use counterfoil_core::catalog::Catalog;

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
