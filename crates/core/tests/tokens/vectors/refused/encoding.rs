//! Texts that are no token: wrong segments, wrong encodings, wrong JSON.

use super::{Case, drafts, loose_bits, team, texts};
use crate::client::{Draft, ISSUER, NOW, base64, padded};

pub(super) fn segments() -> Vec<Case> {
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

pub(super) fn encodings() -> Vec<Case> {
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

pub(super) fn json() -> Vec<Case> {
    let (header, claims) = (team().header_json(), team().claims_json());
    let mut cases = Vec::new();
    for (part, sound, put) in [
        ("header", header, Draft::raw_header as fn(Draft, Vec<u8>) -> Draft),
        ("claims", claims, Draft::raw_claims as fn(Draft, Vec<u8>) -> Draft),
    ] {
        let kind = if part == "header" { "header" } else { "payload" };
        let mut add = |fault: &str, name: &str, json: Vec<u8>| {
            let fault = super::super::TokenFault::ALL
                .iter()
                .map(|it| it.name())
                .find(|it| *it == format!("{kind}-{fault}"));
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
