//! Names that nothing has, and parts that don't fit together.

use super::expect;
use counterfoil_core::catalog::Catalog;

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
