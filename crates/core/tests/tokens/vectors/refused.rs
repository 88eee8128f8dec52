//! Hostile and mistaken tokens, each with the fault that it must be refused for.

use super::Case;
use crate::client::{AUDIENCE, Draft, ISSUER, NOW, base64, padded, quoted};
use crate::keys::{KEY, OTHER_KEY};

pub(super) fn cases() -> Vec<Case> {
    [
        segments(),
        encodings(),
        json(),
        headers(),
        names(),
        signatures(),
        parties(),
        dates(),
        lifetimes(),
        scopes(),
        burns(),
    ]
    .concat_all()
}

trait ConcatAll {
    fn concat_all(self) -> Vec<Case>;
}

impl<const N: usize> ConcatAll for [Vec<Case>; N] {
    fn concat_all(self) -> Vec<Case> {
        self.into_iter().flatten().collect()
    }
}

fn team() -> Draft {
    Draft::team()
}

/// Cases of one fault, each the sound token of a team key with one claim put in place.
fn claim(fault: &'static str, name: &str, values: &[&str]) -> Vec<Case> {
    values
        .iter()
        .map(|json| Case::refused(fault, &titled("claim", name, json), &team().claim(name, json)))
        .collect()
}

/// Cases of one fault, each the sound token of a team key with one member of the header put in place.
fn head(fault: &'static str, name: &str, values: &[&str]) -> Vec<Case> {
    values
        .iter()
        .map(|json| Case::refused(fault, &titled("header", name, json), &team().head(name, json)))
        .collect()
}

fn titled(part: &str, name: &str, json: &str) -> String {
    let shown: String = json.chars().take(80).collect();
    format!("{part} {name} {shown}")
}

fn texts(fault: &'static str, cases: &[(&str, String)]) -> Vec<Case> {
    cases.iter().map(|(name, token)| Case::refused_text(fault, name, "team", token.clone())).collect()
}

fn drafts(fault: &'static str, cases: &[(&str, Draft)]) -> Vec<Case> {
    cases.iter().map(|(name, draft)| Case::refused(fault, name, draft)).collect()
}

fn segments() -> Vec<Case> {
    let token = team().token();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    texts(
        "not-three-segments",
        &[
            ("no token", String::new()),
            ("one segment", base64("{}")),
            ("two segments, the signature left out", signed.to_owned()),
            ("four segments", format!("{token}.{signature}")),
            ("five segments, as of an encrypted token", format!("{token}.{signature}.{signature}")),
            ("a dot behind", format!("{token}.")),
            ("a dot in front", format!(".{token}")),
            ("two dots between", token.replacen('.', "..", 1)),
            ("a word", "undefined".to_owned()),
            ("white space", " ".to_owned()),
            ("JSON instead of a compact token", r#"{"payload":"e30","signatures":[]}"#.to_owned()),
        ],
    )
}

fn encodings() -> Vec<Case> {
    let mut cases = Vec::new();
    for (at, fault) in ["header-not-base64", "payload-not-base64"].into_iter().enumerate() {
        let part = ["header", "claims"][at];
        // Signed as they are sent: the signature is sound, the encoding alone is at fault.
        for (name, mangle) in [
            ("with padding", (|it| format!("{it}=")) as fn(&str) -> String),
            ("with two of padding", |it| format!("{it}==")),
            ("with a letter of the other alphabet", |it| format!("{}+/", &it[..it.len() - 2])),
            ("with a newline", |it| format!("{it}\n")),
            ("with a space inside", |it| format!("{} {}", &it[..8], &it[8..])),
            ("with a NUL", |it| format!("{it}\0")),
            ("with a letter that is not ASCII", |it| format!("{it}ä")),
            ("percent-encoded", |it| format!("%65{}", &it[1..])),
            ("with a length that no encoding has", |it| format!("{}A", &it[..it.len() - it.len() % 4])),
        ] {
            let token = team().resigned(|segments| segments[at] = mangle(&segments[at]));
            cases.push(Case::refused_text(fault, &format!("{part} {name}"), "team", token));
        }
        let token = team().resigned(|segments| segments[at] = loose_bits(&segments[at]));
        cases.push(Case::refused_text(fault, &format!("{part} with bits that nothing reads"), "team", token));
    }
    let bearer = format!("Bearer {}", team().token());
    cases.push(Case::refused_text("header-not-base64", "the word Bearer still before it", "team", bearer));
    let quoted = format!("\"{}\"", team().token());
    cases.push(Case::refused_text("header-not-base64", "in quotes", "team", quoted));
    cases
}

/// The same bytes as another text: the unused bits of the last letter set.
fn loose_bits(segment: &str) -> String {
    // A segment of full length has no unused bits: a space more or two (white space is sound JSON) makes some.
    let bytes = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, segment).unwrap();
    let bytes = if bytes.len().is_multiple_of(3) { [bytes, vec![b' ']].concat() } else { bytes };
    let segment = base64(bytes);
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let last = LETTERS.iter().position(|letter| segment.as_bytes().last() == Some(letter)).unwrap();
    format!("{}{}", &segment[..segment.len() - 1], char::from(LETTERS[last + 1]))
}

fn json() -> Vec<Case> {
    let (header, claims) = (team().header_json(), team().claims_json());
    let mut cases = Vec::new();
    for (part, sound, put) in [
        ("header", header, Draft::raw_header as fn(Draft, Vec<u8>) -> Draft),
        ("claims", claims, Draft::raw_claims as fn(Draft, Vec<u8>) -> Draft),
    ] {
        let kind = if part == "header" { "header" } else { "payload" };
        let mut add = |fault: &str, name: &str, json: Vec<u8>| {
            let fault =
                super::TokenFault::ALL.iter().map(|it| it.name()).find(|it| *it == format!("{kind}-{fault}"));
            cases.push(Case::refused(fault.unwrap(), &format!("{part} {name}"), &put(team(), json)));
        };
        let joined = |before: &[u8], after: &[u8]| [before, &sound, after].concat();
        let inside = |member: &[u8]| [&sound[..sound.len() - 1], b",", member, b"}"].concat();
        let limit = if part == "header" { 1024 } else { 8192 };
        add("too-long", "a byte over the limit", padded(&sound, limit + 1));
        add("too-long", "far over the limit", padded(&sound, 3 * limit));
        add("not-json", "of nothing", vec![]);
        add("not-json", "cut off", sound[..sound.len() - 1].to_vec());
        add("not-json", "with something behind", joined(b"", b"x"));
        add("not-json", "twice", joined(b"", &sound));
        add("not-json", "with a byte order mark", joined(b"\xef\xbb\xbf", b""));
        add("not-json", "with a NUL behind", joined(b"", b"\0"));
        add("not-json", "not in UTF-8", inside(b"\"x\":\"\xff\""));
        add("not-json", "with a name not in UTF-8", inside(b"\"\xc0\xaf\":1"));
        add("not-json", "in UTF-16", sound.iter().flat_map(|byte| [*byte, 0]).collect());
        add("not-json", "with half a surrogate", inside(br#""x":"\ud800""#));
        add("not-json", "with a control character", inside(b"\"x\":\"\n\""));
        add("not-json", "with a comma too many", [&sound[..sound.len() - 1], b",}"].concat());
        add("not-json", "with a comment", joined(b"/**/", b""));
        add(
            "not-json",
            "in single quotes",
            sound.iter().map(|byte| if *byte == b'"' { b'\'' } else { *byte }).collect(),
        );
        add("not-json", "with NaN", inside(b"\"x\":NaN"));
        add("not-json", "with a number beyond all", inside(b"\"x\":1e999"));
        add("not-an-object", "an array", b"[]".to_vec());
        add("not-an-object", "a text", b"\"ES256\"".to_vec());
        add("not-an-object", "null", b"null".to_vec());
        add("not-an-object", "a number", b"1".to_vec());
        add("duplicate-member", "with an unknown member twice", inside(br#""x":1,"x":1"#));
        add("duplicate-member", "with a member twice, once in escapes", inside(br#""x":1,"\u0078":2"#));
        add("duplicate-member", "with a member twice inside", inside(br#""x":{"y":1,"y":2}"#));
        add("duplicate-member", "with a member twice inside an array", inside(br#""x":[[{"y":1,"y":2}]]"#));
        add("too-complex", "nine deep", inside(br#""x":[[[[[[[[0]]]]]]]]"#));
        add(
            "too-complex",
            "nine objects deep",
            inside(br#""x":{"x":{"x":{"x":{"x":{"x":{"x":{"x":{}}}}}}}}"#),
        );
        add("too-complex", "with very many members", inside(&many(65)));
        add(
            "too-complex",
            "with very many members inside",
            inside(&[b"\"x\":{", many(65).as_slice(), b"}"].concat()),
        );
    }
    cases.extend(drafts(
        "header-duplicate-member",
        &[
            (
                "alg twice, the second sound",
                team().raw_header(r#"{"alg":"none","alg":"ES256","kid":"TESTKEY001"}"#),
            ),
            (
                "alg twice, the first sound",
                team().raw_header(r#"{"alg":"ES256","kid":"TESTKEY001","alg":"none"}"#),
            ),
            (
                "alg twice, once in escapes",
                team().raw_header(r#"{"alg":"ES256","\u0061lg":"none","kid":"TESTKEY001"}"#),
            ),
            ("kid twice", team().raw_header(r#"{"alg":"ES256","kid":"TESTKEY001","kid":"TESTKEY002"}"#)),
        ],
    ));
    let twice = |member: &str| {
        let json = String::from_utf8(team().claims_json()).unwrap();
        team().raw_claims(json.replacen('{', &format!("{{{member},"), 1))
    };
    cases.extend(drafts(
        "payload-duplicate-member",
        &[
            ("exp twice", twice(&format!("\"exp\":{}", NOW + 60))),
            ("aud twice", twice(r#""aud":"promotional-offer""#)),
            ("iss twice", twice(&format!("\"iss\":\"{ISSUER}\""))),
            ("iat twice, once in escapes", twice(r#""\u0069at":0"#)),
        ],
    ));
    let scopes = r#""scope":[],"scope":["GET /v1/apps"]"#;
    cases.extend(drafts("payload-duplicate-member", &[("scope twice", twice(scopes))]));
    cases
}

fn many(members: usize) -> Vec<u8> {
    (0..members).map(|at| format!("\"{at:x}\":0")).collect::<Vec<_>>().join(",").into_bytes()
}

fn headers() -> Vec<Case> {
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

fn names() -> Vec<Case> {
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

fn signatures() -> Vec<Case> {
    let signature = team().signature();
    let with = |bytes: &[u8]| team().mangled(|segments| segments[2] = base64(bytes));
    let text = |mangle: fn(&str) -> String| team().mangled(|segments| segments[2] = mangle(&segments[2]));
    let (r, s) = signature.split_at(32);
    let order = crate::keys::unhex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    let der = p256::ecdsa::Signature::from_slice(&signature).unwrap().to_der();
    let changed = |claims: &Draft| team().mangled(|segments| segments[1] = base64(claims.claims_json()));
    let other = team().claim("exp", &(NOW + 1199).to_string());
    [
        texts(
            "signature-not-base64",
            &[
                ("a signature with padding", text(|it| format!("{it}=="))),
                ("a signature in the other alphabet", text(|it| format!("{}+/", &it[..84]))),
                ("a signature with bits that nothing reads", text(loose_bits)),
                ("a signature with a newline", text(|it| format!("{it}\n"))),
                ("a signature with a space", text(|it| format!(" {it}"))),
                ("a signature with a NUL", text(|it| format!("{it}\0"))),
                ("a signature in hex with a letter too many", text(|_| "0".repeat(85))),
            ],
        ),
        texts(
            "signature-length",
            &[
                ("no signature", with(&[])),
                ("a signature of 63 bytes", with(&signature[..63])),
                ("a signature of 65 bytes", with(&[&signature[..], &[0]].concat())),
                ("a signature of 32 bytes", with(r)),
                ("a signature in DER", with(der.as_bytes())),
                ("a signature of 96 bytes, as of P-384", with(&[7; 96])),
                ("a signature of 132 bytes, as of P-521", with(&[7; 132])),
                ("a signature of 256 bytes, as of RSA", with(&[7; 256])),
            ],
        ),
        texts(
            "signature-wrong",
            &[
                ("a signature of zeros", with(&[0; 64])),
                ("a signature with r zero", with(&[&[0; 32], s].concat())),
                ("a signature with s zero", with(&[r, &[0; 32]].concat())),
                ("a signature with r the order", with(&[&order, s].concat())),
                ("a signature with s the order", with(&[r, &order].concat())),
                ("a signature with both the order", with(&[&order[..], &order].concat())),
                ("a signature with r and s all ones", with(&[0xff; 64])),
                ("a signature with r and s one", with(&[&[0; 31][..], &[1], &[0; 31], &[1]].concat())),
                ("a signature with r and s exchanged", with(&[s, r].concat())),
                (
                    "a signature with its first bit turned",
                    with(&[&[signature[0] ^ 0x80], &signature[1..]].concat()),
                ),
                (
                    "a signature with its last bit turned",
                    with(&[&signature[..63], &[signature[63] ^ 1]].concat()),
                ),
                (
                    "a signature over the claims alone",
                    with(&KEY.sign(base64(team().claims_json()).as_bytes())),
                ),
                ("a signature over the JSON, not the segments", with(&KEY.sign(&team().claims_json()))),
                ("a signature of another token", with(&other.signature())),
                ("claims changed after signing", changed(&other)),
                (
                    "a header changed after signing",
                    team().mangled(|segments| segments[0] = base64(team().headless("typ").header_json())),
                ),
                (
                    "a space added to the claims after signing",
                    changed(&team().raw_claims([team().claims_json(), b" ".to_vec()].concat())),
                ),
                ("signed by another key under this key's id", team().signed_by(&OTHER_KEY).token()),
            ],
        ),
    ]
    .concat_all()
}

fn parties() -> Vec<Case> {
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

fn dates() -> Vec<Case> {
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

fn lifetimes() -> Vec<Case> {
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

fn scopes() -> Vec<Case> {
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

fn burns() -> Vec<Case> {
    let seconds = |offset: i64| (NOW + offset).to_string();
    let thumbprint = KEY.public().thumbprint().to_string();
    let named = |json: &str| Draft::burn().headless("kid").claim("jkt", json);
    [
        drafts(
            "thumbprint-malformed",
            &[
                ("a burn token with a short jkt", named(&quoted(&thumbprint[..42]))),
                ("a burn token with a padded jkt", named(&quoted(&format!("{thumbprint}=")))),
                ("a burn token with jkt null", named("null")),
                ("a burn token with jkt a number", named("7")),
                ("a burn token with jkt in hex", named(&quoted(&"0".repeat(64)))),
            ],
        ),
        drafts("audience-other", &[("a team key's token to burn with", team().judged_by("burn"))]),
        drafts("audience-missing", &[("a burn token without aud", Draft::burn().without("aud"))]),
        drafts(
            "audience-malformed",
            &[("a burn token with two audiences", Draft::burn().claim("aud", r#"["counterfoil-burn","x"]"#))],
        ),
        drafts("expired", &[("a burn token that has expired", Draft::burn().claim("exp", &seconds(-30)))]),
        drafts("expiry-missing", &[("a burn token without exp", Draft::burn().without("exp"))]),
        drafts(
            "expiry-malformed",
            &[("a burn token with exp in quotes", Draft::burn().claim("exp", &quoted(&seconds(60))))],
        ),
        drafts(
            "lifetime-too-long",
            &[("a burn token for an hour", Draft::burn().claim("exp", &seconds(3600)))],
        ),
        drafts("signature-wrong", &[("a burn token by someone else", Draft::burn().signed_by(&OTHER_KEY))]),
        drafts(
            "key-id-malformed",
            &[(
                "a burn token with a name for kid and a sound jkt",
                Draft::burn().head("kid", r#""my key""#).claim("jkt", &quoted(&thumbprint)),
            )],
        ),
    ]
    .concat_all()
}
