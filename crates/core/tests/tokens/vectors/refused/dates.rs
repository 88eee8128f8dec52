//! Tokens that are not good yet, no more, or for too long.

use super::{Case, ConcatAll, claim, drafts, team};
use crate::client::{Draft, NOW};

pub(super) fn dates() -> Vec<Case> {
    let seconds = |offset: i64| (NOW + offset).to_string();
    let no_dates = [
        "null",
        "true",
        r#""1795000600""#,
        r#""""#,
        "-1",
        "-0",
        "-1795000600",
        "1.7950006e9",
        "1795000600e0",
        "1E400",
        "1000000000000000",
        "18446744073709551616",
        "[1795000600]",
        "{}",
        "-9223372036854775808",
        r#""2026-11-18T12:00:00Z""#,
    ];
    [
        drafts("issued-at-missing", &[("no iat where it is wanted", Draft::dated().without("iat"))]),
        claim("issued-at-malformed", "iat", &no_dates),
        claim(
            "issued-in-future",
            "iat",
            &[&seconds(31), "1795000030.001", &seconds(86_400), "1795000000000", "999999999999999"],
        ),
        claim("not-before-malformed", "nbf", &["null", r#""1795000000""#, "-1", "1e9", "[]"]),
        claim("not-yet-valid", "nbf", &[&seconds(31), &seconds(1000), "1795000000000"]),
        drafts(
            "expiry-missing",
            &[
                ("no exp", team().without("exp")),
                ("expiresIn for exp", team().without("exp").claim("expiresIn", r#""20m""#)),
                ("Exp for exp", team().without("exp").claim("Exp", &seconds(600))),
            ],
        ),
        claim("expiry-malformed", "exp", &no_dates),
        claim("expired", "exp", &["0", "1200", "1794999969.999", &seconds(-31), &seconds(-86_400)])
            .into_iter()
            .chain(drafts("expired", &[("expired at the very edge", team().claim("exp", &seconds(-30)))]))
            .collect(),
    ]
    .concat_all()
}

pub(super) fn lifetimes() -> Vec<Case> {
    let seconds = |offset: i64| (NOW + offset).to_string();
    let long = |scope: &str| Draft::long().claim("scope", scope);
    let good = r#""GET /v1/ciProducts/42""#;
    [
        claim(
            "lifetime-too-long",
            "exp",
            &[
                &seconds(1231),
                "1795001230.001",
                &seconds(3600),
                &seconds(86_400 * 365 * 80),
                "1795001200000",
                "999999999999999",
            ],
        ),
        drafts(
            "lifetime-too-long",
            &[
                ("thirty days without a scope", Draft::long().without("scope")),
                (
                    "184 days with a scope that allows long life",
                    Draft::long().claim("exp", &seconds(184 * 86_400)),
                ),
                ("an individual key for an hour", Draft::individual().claim("exp", &seconds(3600))),
                ("an in-app purchase key for 61 minutes", Draft::purchase().claim("exp", &seconds(3660))),
                ("long life where there is no such rule", Draft::long().judged_by("dated")),
                ("too long without iat", team().without("iat").claim("exp", &seconds(1231))),
            ],
        ),
        drafts(
            "issued-too-long-before",
            &[
                ("minted ahead: a second more than is let pass", team().claim("iat", &seconds(-601))),
                ("minted ahead: a year ago for now", team().claim("iat", &seconds(-31_536_000))),
                ("minted ahead: iat is 0", team().claim("iat", "0")),
                ("minted ahead by an in-app purchase key", Draft::purchase().claim("iat", &seconds(-3600))),
                ("minted ahead where iat is wanted", Draft::dated().claim("iat", &seconds(-601))),
                (
                    "long-lived and minted ahead",
                    Draft::long().claim("exp", &seconds(183 * 86_400)).claim("iat", &seconds(-601)),
                ),
            ],
        ),
        drafts(
            "long-lived-scope",
            &[
                ("long life for an empty scope", long("[]")),
                ("long life for another resource", long(r#"["GET /v1/apps"]"#)),
                ("long life for a write", long(r#"["POST /v1/ciProducts/42"]"#)),
                ("long life for HEAD", long(r#"["HEAD /v1/ciProducts/42"]"#)),
                (
                    "long life for one entry that allows it and one that does not",
                    long(&format!("[{good},\"GET /v1/users\"]")),
                ),
                (
                    "long life for one read and one write",
                    long(&format!("[{good},\"DELETE /v1/ciProducts/42\"]")),
                ),
                ("long life for a name that only begins alike", long(r#"["GET /v1/ciProductsX"]"#)),
                (
                    "long life by a query that looks like a path",
                    long(r#"["GET /v1/apps?/v1/ciProducts/42"]"#),
                ),
                (
                    "a day of life behind an old iat and a wide scope",
                    team().claim("iat", &seconds(-86_400)).claim("scope", r#"["GET /v1/apps"]"#),
                ),
            ],
        ),
    ]
    .concat_all()
}
