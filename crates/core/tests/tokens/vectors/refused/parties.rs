//! Who made a token, for whom, and for which app.

use super::{Case, ConcatAll, claim, drafts, team, titled};
use crate::client::{AUDIENCE, Draft, ISSUER, quoted};

pub(super) fn parties() -> Vec<Case> {
    let individual = |name, json| Draft::individual().claim(name, json);
    let purchase = |json| Draft::purchase().claim("bid", json);
    let spelt_out = team()
        .without("iss")
        .without("aud")
        .claim("issuer", &quoted(ISSUER))
        .claim("audience", &quoted(AUDIENCE));
    let dashless = quoted(&ISSUER.replace('-', ""));
    let spaced = quoted(&format!(" {ISSUER}"));
    let array = format!("[\"{ISSUER}\"]");
    let issuers = [
        "null",
        "7",
        "true",
        r#""""#,
        r#""me@example.com""#,
        r#""ABCDE12345""#,
        r#""1234567890""#,
        r#""$ISSUER_ID""#,
        &dashless,
        &spaced,
        &array,
        "{}",
        r#""57246542-96fe-1a63-e053-0824d011072g""#,
        r#""57246542-96fe-1a63-e053-0824d011072a\u0000""#,
    ];
    let audiences = [
        r#""promotional-offer""#,
        r#""introductory-offer-eligibility""#,
        r#""counterfoil-burn""#,
        r#""counterfoil-leak""#,
        r#""""#,
        r#""AppStoreConnect-v1""#,
        r#""appstoreconnect-v1 ""#,
        r#""appstoreconnect-v2""#,
        r#""appstoreconnect-v1/""#,
        r#""appstoreconnect""#,
        r#""appstoreconnect-v1\u0000""#,
        r#"["promotional-offer"]"#,
        r#""*""#,
    ];
    let audience_forms = [
        "null",
        "7",
        "true",
        "[]",
        "{}",
        r#"["appstoreconnect-v1","promotional-offer"]"#,
        r#"["appstoreconnect-v1","appstoreconnect-v1"]"#,
        r#"[["appstoreconnect-v1"]]"#,
        r#"["appstoreconnect-v1",7]"#,
        "[null]",
        r#"{"0":"appstoreconnect-v1"}"#,
    ];
    [
        drafts(
            "issuer-missing",
            &[
                ("no iss", team().without("iss")),
                ("claims spelt out, as one generator does", spelt_out),
                ("an individual key's claims from a team key", Draft::individual().judged_by("team")),
                ("no claims", team().raw_claims("{}")),
                ("an in-app purchase key without iss", Draft::purchase().without("iss")),
            ],
        ),
        claim("issuer-malformed", "iss", &issuers),
        claim(
            "issuer-other",
            "iss",
            &[r#""69a6de70-03db-47e3-e053-5b8c7c11a4d1""#, r#""00000000-0000-0000-0000-000000000000""#],
        ),
        drafts(
            "issuer-uncalled",
            &[
                ("an individual key with the issuer id", individual("iss", &quoted(ISSUER))),
                ("an individual key with iss null", individual("iss", "null")),
                ("an individual key with iss empty", individual("iss", r#""""#)),
                ("a team key's claims from an individual key", team().judged_by("individual")),
            ],
        ),
        drafts(
            "subject-missing",
            &[
                ("an individual key without sub", Draft::individual().without("sub")),
                (
                    "an individual key with subject for sub",
                    Draft::individual().without("sub").claim("subject", r#""user""#),
                ),
            ],
        ),
        [r#""User""#, r#""user ""#, r#""""#, "null", r#"["user"]"#, "7", r#""admin""#, "{}"]
            .iter()
            .map(|json| {
                Case::refused("subject-other", &titled("individual", "sub", json), &individual("sub", json))
            })
            .collect(),
        claim("subject-uncalled", "sub", &[r#""user""#, "null", r#""""#, "7"]),
        drafts(
            "subject-uncalled",
            &[("an in-app purchase key with sub", Draft::purchase().claim("sub", r#""user""#))],
        ),
        drafts(
            "audience-missing",
            &[
                ("no aud", team().without("aud")),
                ("audience for aud", team().without("aud").claim("audience", &quoted(AUDIENCE))),
            ],
        ),
        claim("audience-malformed", "aud", &audience_forms),
        claim("audience-other", "aud", &audiences),
        drafts(
            "bundle-missing",
            &[
                ("an in-app purchase key without bid", Draft::purchase().without("bid")),
                (
                    "an in-app purchase key with bundleId for bid",
                    Draft::purchase().without("bid").claim("bundleId", r#""com.example.app""#),
                ),
            ],
        ),
        [
            "null",
            r#""""#,
            "7",
            r#"["com.example.app"]"#,
            r#""com example""#,
            r#""com.example/app""#,
            r#""com.example.app\u0000""#,
            r#""*""#,
        ]
        .iter()
        .map(|json| {
            Case::refused("bundle-malformed", &titled("in-app purchase", "bid", json), &purchase(json))
        })
        .collect(),
    ]
    .concat_all()
}
