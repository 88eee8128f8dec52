//! Scopes that say nothing.

use super::{Case, ConcatAll, claim, drafts, team};
use crate::client::Draft;

pub(super) fn scopes() -> Vec<Case> {
    let values = [
        "null",
        "true",
        "7",
        r#""GET /v1/apps""#,
        r#""""#,
        "{}",
        r#"{"0":"GET /v1/apps"}"#,
        "[7]",
        "[null]",
        r#"[["GET /v1/apps"]]"#,
        r#"["GET /v1/apps",7]"#,
        r#"[""]"#,
        r#"["GET"]"#,
        r#"["/v1/apps"]"#,
        r#"["get /v1/apps"]"#,
        r#"["GET  /v1/apps"]"#,
        r#"["GET /v1/apps "]"#,
        r#"["GET\t/v1/apps"]"#,
        r#"["GET v1/apps"]"#,
        r#"["GET https://api.example.com/v1/apps"]"#,
        r#"["GET,POST /v1/apps"]"#,
        r#"["* /v1/apps"]"#,
        r#"["GET /v1//apps"]"#,
        r#"["GET /v1/../apps"]"#,
        r#"["GET /v1/%2e%2e/apps"]"#,
        r#"["GET /v1/apps%2fx"]"#,
        r#"["GET /v1/apps;x"]"#,
        r#"["GET /v1/apps#x"]"#,
        r#"["GET /v1/äpps"]"#,
        r#"["GET /v1/apps?a=%"]"#,
        r#"["GET /v1/apps?a=%zz"]"#,
        r#"["GET /v1/apps?a=b c"]"#,
        r#"["GET /v1/apps","POST"]"#,
        r#"["GET /v1/apps\u0000"]"#,
    ];
    let many = format!("[{}]", vec![r#""GET /v1/apps""#; 101].join(","));
    let long = format!("[\"GET /{}\"]", "a".repeat(2048));
    [
        claim("scope-malformed", "scope", &values),
        drafts(
            "scope-malformed",
            &[
                ("a scope of 101 entries", team().claim("scope", &many)),
                ("a scope with an endless entry", team().claim("scope", &long)),
                (
                    "thirty days with a malformed scope",
                    Draft::long().claim("scope", r#"["GET v1/ciProducts"]"#),
                ),
            ],
        ),
    ]
    .concat_all()
}
