//! Shapes that real clients send, and the edges of what is allowed.

use super::Case;
use crate::client::{AUDIENCE, Draft, ISSUER, NOW, base64, padded, quoted};
use crate::keys::KEY;

pub(super) fn cases() -> Vec<Case> {
    let seconds = |offset: i64| (NOW + offset).to_string();
    let team = Draft::team;
    let mut cases: Vec<_> = [
        ("as the documentation shows it", team()),
        ("apple's python and java libraries send no iat", team().without("iat")),
        ("codemagic sends no iat and 19 minutes", team().without("iat").claim("exp", &seconds(1140))),
        (
            "fastlane back-dates iat by a minute",
            team().claim("iat", &seconds(-60)).claim("exp", &seconds(1140)),
        ),
        ("fastlane with the full 20 minutes from now", team().claim("iat", &seconds(-60))),
        ("a client that rounds up to 1201 seconds", team().claim("exp", &seconds(1201))),
        ("a rust client back-dates iat by five minutes", team().claim("iat", &seconds(-300))),
        ("a client without typ", team().headless("typ")),
        ("a client with typ in small letters", team().head("typ", r#""jwt""#)),
        ("a client with the header in another order", team().headless("alg").head("alg", r#""ES256""#)),
        ("a client with aud as an array of one", team().claim("aud", r#"["appstoreconnect-v1"]"#)),
        (
            "a javascript client with fractional dates",
            team().claim("iat", "1795000000.123").claim("exp", "1795001199.999"),
        ),
        (
            "a python client with dates as floats",
            team().claim("iat", "1795000000.0").claim("exp", "1795001200.0"),
        ),
        ("a client with a nonce", team().claim("nonce", r#""6edffe66-b482-11eb-8529-0242ac130003""#)),
        ("a client with jti", team().claim("jti", r#""a1b2""#)),
        ("a client with claims of its own", team().claim("team", r#"{"name":"x","ids":[1,{"a":null}]}"#)),
        ("a client with a bid that its key has no use for", team().claim("bid", r#""com.example.app""#)),
        ("an issuer id in capitals", team().claim("iss", &quoted(&ISSUER.to_uppercase()))),
        ("claims spread over lines", team().raw_claims(pretty())),
        ("names and texts with escapes", team().raw_claims(escaped())),
        (
            "a header with x5t and cty, which nobody follows",
            team().head("x5t", r#""AA""#).head("cty", r#""json""#),
        ),
        ("a header of exactly 1024 bytes", team().raw_header(padded(&team().header_json(), 1024))),
        ("claims of exactly 8192 bytes", team().raw_claims(padded(&team().claims_json(), 8192))),
        ("an individual key", Draft::individual()),
        ("an individual key without iat", Draft::individual().without("iat")),
        ("an individual key with scope", Draft::individual().claim("scope", r#"["GET /v1/apps"]"#)),
        ("an in-app purchase key", Draft::purchase()),
        ("an in-app purchase key for an hour", Draft::purchase().claim("exp", &seconds(3600))),
        ("an in-app purchase key with a nonce", Draft::purchase().claim("nonce", r#""x""#)),
        ("a service that wants iat", Draft::dated()),
        ("an iat at the very edge of the leeway", team().claim("iat", &seconds(30))),
        ("an nbf at the very edge of the leeway", team().claim("nbf", &seconds(30))),
        ("an exp at the very edge of the limit", team().claim("exp", &seconds(1230))),
        ("an exp just within the leeway", team().claim("iat", &seconds(-1200)).claim("exp", &seconds(-29))),
        (
            "an iat as far back as is let pass",
            team().claim("iat", &seconds(-600)).claim("exp", &seconds(1200)),
        ),
        ("a scope of one entry", team().claim("scope", r#"["GET /v1/apps?filter[platform]=IOS"]"#)),
        (
            "a scope with its brackets encoded",
            team().claim("scope", r#"["GET /v1/apps?filter%5Bplatform%5D=IOS"]"#),
        ),
        (
            "a scope of several methods",
            team().claim("scope", r#"["GET /v1/apps","POST /v1/builds","HEAD /v1/users"]"#),
        ),
        ("an empty scope, which opens nothing", team().claim("scope", "[]")),
        ("thirty days for a resource that allows it", Draft::long()),
        ("183 days for resources that allow it", six_months()),
        ("thirty days with an old iat", Draft::long().claim("iat", &seconds(-500))),
        (
            "an individual key for thirty days",
            Draft::long().without("iss").claim("sub", r#""user""#).judged_by("individual"),
        ),
        ("a burn token with kid", Draft::burn()),
        ("a burn token with jkt", jkt()),
        (
            "a burn token with claims that don't matter",
            Draft::burn().claim("iss", "7").claim("scope", "null").claim("sub", "[]"),
        ),
        ("a burn token whose kid counts, not its jkt", Draft::burn().claim("jkt", "null")),
    ]
    .iter()
    .map(|(name, draft)| Case::accepted(name, draft))
    .collect();
    cases.push(high_s());
    cases
}

fn pretty() -> String {
    format!(" {{\r\n\t\"iss\" : \"{ISSUER}\",\n  \"exp\":{},\n  \"aud\":\"{AUDIENCE}\"\n}}\n", NOW + 600)
}

fn escaped() -> String {
    format!("{{\"\\u0069ss\":\"{ISSUER}\",\"exp\":{},\"aud\":\"appstoreconnect\\u002dv1\"}}", NOW + 600)
}

fn six_months() -> Draft {
    let scope =
        r#"["GET /v1/ciProducts","GET /v1/ciProducts/42/workflows","GET /v1/apps/42/perfPowerMetrics?a=b"]"#;
    Draft::long().claim("exp", &(NOW + 183 * 86_400).to_string()).claim("scope", scope)
}

fn jkt() -> Draft {
    Draft::burn().headless("kid").claim("jkt", &quoted(&KEY.public().thumbprint().to_string()))
}

/// ES256 signatures come in pairs, (r, s) and (r, n − s). Both hold: that is why nothing is ever
/// known by its signature.
fn high_s() -> Case {
    let draft = Draft::team();
    let signature = p256::ecdsa::Signature::from_slice(&draft.signature()).unwrap();
    let (r, s) = signature.split_scalars();
    let twin = p256::ecdsa::Signature::from_scalars(r, -*s).unwrap();
    let token = draft.mangled(|segments| segments[2] = base64(twin.to_bytes()));
    Case { name: "the other signature of the pair".to_owned(), demand: "team", token, fault: None }
}
