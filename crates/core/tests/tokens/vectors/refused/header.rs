//! Headers that say too little, too much or the wrong thing.

use super::{Case, ConcatAll, drafts, head, team};
use crate::client::Draft;
use crate::keys::OTHER_KEY;

pub(super) fn headers() -> Vec<Case> {
    let own_key = format!(
        r#"{{"kty":"EC","crv":"P-256","x":"{}","y":"{}"}}"#,
        OTHER_KEY.public().jwk_x(),
        OTHER_KEY.public().jwk_y()
    );
    let algorithms = [
        r#""none""#,
        r#""None""#,
        r#""NONE""#,
        r#""nOnE""#,
        r#""""#,
        r#""HS256""#,
        r#""HS384""#,
        r#""HS512""#,
        r#""RS256""#,
        r#""PS256""#,
        r#""ES384""#,
        r#""ES512""#,
        r#""ES256K""#,
        r#""EdDSA""#,
        r#""es256""#,
        r#""ES256 ""#,
        r#""ES256\u0000""#,
        r#""SHA256withECDSA""#,
        "null",
        r#"["ES256"]"#,
        "256",
        "true",
        r#"{"alg":"ES256"}"#,
    ];
    [
        drafts(
            "algorithm-missing",
            &[
                ("no alg", team().headless("alg")),
                ("Alg for alg", team().headless("alg").head("Alg", r#""ES256""#)),
                ("an empty header", team().raw_header("{}")),
            ],
        ),
        head("algorithm-not-es256", "alg", &algorithms),
        head("critical-header", "crit", &[r#"["exp"]"#, "[]", r#"["b64"]"#, "null", r#"["x"]"#, "true"]),
        head("unencoded-payload", "b64", &["false", "true", "null"]),
        head("key-in-header", "jwk", &[&own_key, "null", "{}"]),
        head("key-in-header", "jku", &[r#""https://attacker.example/keys""#, "null"]),
        head("key-in-header", "x5u", &[r#""https://attacker.example/cert""#]),
        head("key-in-header", "x5c", &[r#"["AAAA"]"#, "[]"]),
        head(
            "type-not-jwt",
            "typ",
            &[r#""JOSE""#, r#""at+jwt""#, r#""dpop+jwt""#, r#""""#, r#""JWT ""#, r#"["JWT"]"#, "null", "1"],
        ),
        drafts(
            "key-in-header",
            &[(
                "signed with the key that the header brings",
                team().head("jwk", &own_key).signed_by(&OTHER_KEY),
            )],
        ),
    ]
    .concat_all()
}

pub(super) fn names() -> Vec<Case> {
    let malformed = [
        r#""testkey001""#,
        r#""TESTKEY01""#,
        r#""TESTKEY0011""#,
        r#""""#,
        r#"" TESTKEY001""#,
        r#""TESTKEY001 ""#,
        r#""CI release key""#,
        r#""AuthKey_TESTKEY001.p8""#,
        r#""../../../dev/null""#,
        r#""' OR 1=1 --""#,
        r#""TESTKEY00\u0000""#,
        r#""ТESTKEY001""#,
        r#""TESTKEY-01""#,
        "null",
        "1234567890",
        r#"["TESTKEY001"]"#,
        r#"{"kid":"TESTKEY001"}"#,
        "true",
    ];
    [
        drafts(
            "key-id-missing",
            &[
                ("no kid", team().headless("kid")),
                ("kid among the claims", team().headless("kid").claim("kid", r#""TESTKEY001""#)),
                ("keyId for kid", team().headless("kid").head("keyId", r#""TESTKEY001""#)),
                ("a burn token that names nothing", Draft::burn().headless("kid")),
            ],
        ),
        head("key-id-malformed", "kid", &malformed),
    ]
    .concat_all()
}
