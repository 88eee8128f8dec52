//! Paths that could be read in two ways, and those that can't.

use counterfoil_core::catalog::AmbiguousPath::{self, *};
use counterfoil_core::catalog::RequestPath;
use proptest::prelude::*;

const AMBIGUOUS: [(&str, AmbiguousPath); 93] = [
    ("", NotFromRoot),
    ("v1/apps", NotFromRoot),
    ("*", NotFromRoot),
    ("https://api.example/v1/apps", NotFromRoot),
    (" /v1/apps", NotFromRoot),
    ("%2Fv1", NotFromRoot),
    ("\\v1\\apps", NotFromRoot),
    ("//", EmptySegment),
    ("//v1/apps", EmptySegment),
    ("//api.example/v1/apps", EmptySegment),
    ("/v1//apps", EmptySegment),
    ("/v1/apps//", EmptySegment),
    ("/v1///apps", EmptySegment),
    ("/.", DotSegment),
    ("/..", DotSegment),
    ("/./v1", DotSegment),
    ("/../v1", DotSegment),
    ("/v1/./apps", DotSegment),
    ("/v1/../v1/apps", DotSegment),
    ("/v1/apps/.", DotSegment),
    ("/v1/apps/..", DotSegment),
    ("/v1/apps/./", DotSegment),
    ("/v1/apps/../", DotSegment),
    ("/v1/apps/...", TrailingDot),
    ("/v1/apps./1", TrailingDot),
    ("/v1/apps.", TrailingDot),
    ("/v1/..apps..", TrailingDot),
    ("/v1/apps%20", TrailingDot),
    ("/v1/apps%20/1", TrailingDot),
    ("/v1/..%20/apps", TrailingDot),
    ("/v1/%2e/apps", EncodedUnreserved),
    ("/v1/%2E/apps", EncodedUnreserved),
    ("/v1/%2e%2e/apps", EncodedUnreserved),
    ("/v1/%2E%2e/apps", EncodedUnreserved),
    ("/v1/.%2e/apps", EncodedUnreserved),
    ("/v1/%2e./apps", EncodedUnreserved),
    ("/v1/apps%2e", EncodedUnreserved),
    ("/v1/%61pps", EncodedUnreserved),
    ("/v1/%41pps", EncodedUnreserved),
    ("/v1/apps/%31", EncodedUnreserved),
    ("/v1/apps/a%2Db", EncodedUnreserved),
    ("/v1/apps/a%5Fb", EncodedUnreserved),
    ("/v1/apps/a%7Eb", EncodedUnreserved),
    ("/%76%31/apps", EncodedUnreserved),
    ("/v1%2Fapps", EncodedDelimiter),
    ("/v1%2fapps", EncodedDelimiter),
    ("/v1/apps/%2F", EncodedDelimiter),
    ("/v1/..%2F..%2Fapps", EncodedDelimiter),
    ("/v1%5Capps", EncodedDelimiter),
    ("/v1%5capps", EncodedDelimiter),
    ("/v1/apps/..%5C..", EncodedDelimiter),
    ("/v1/apps%3Bx=1", EncodedDelimiter),
    ("/v1/apps%3bx", EncodedDelimiter),
    ("/v1/apps%3Flimit=1", EncodedDelimiter),
    ("/v1/apps%23x", EncodedDelimiter),
    ("/v1/apps%252e", EncodedDelimiter),
    ("/v1/%252e%252e/apps", EncodedDelimiter),
    ("/v1%252Fapps", EncodedDelimiter),
    ("/v1/%25", EncodedDelimiter),
    ("/v1\\apps", Backslash),
    ("/v1/apps\\", Backslash),
    ("/\\api.example/v1", Backslash),
    ("/v1/apps;x=1", Semicolon),
    ("/v1/apps;", Semicolon),
    ("/v1;/apps", Semicolon),
    ("/v1/..;/apps", Semicolon),
    ("/;/v1", Semicolon),
    ("/v1/apps#", Fragment),
    ("/v1/apps#/users", Fragment),
    ("/v1/apps?limit=1", Query),
    ("/v1/apps?", Query),
    ("/v1/apps\0", Control),
    ("/v1/apps\n", Control),
    ("/v1/apps\r\nHost: x", Control),
    ("/v1/a\tb", Control),
    ("/v1/a b", Control),
    ("/v1/apps\x7f", Control),
    ("/v1/apps%00", EncodedControl),
    ("/v1/apps%00.json", EncodedControl),
    ("/v1/apps%0a", EncodedControl),
    ("/v1/apps%0D%0AHost:x", EncodedControl),
    ("/v1/apps%7f", EncodedControl),
    ("/v1/äpps", NotAscii),
    ("/v1/apps/\u{ff0f}", NotAscii),
    ("/v1/apps\u{202e}", NotAscii),
    ("/v1/[id]", NotEncoded),
    ("/v1/\"apps\"", NotEncoded),
    ("/v1/{id}", NotEncoded),
    ("/v1/a|b", NotEncoded),
    ("/v1/a%", BadEscape),
    ("/v1/a%2", BadEscape),
    ("/v1/a%zz", BadEscape),
    ("/v1/a%u002e", BadEscape),
];

/// Bytes that are no UTF-8: overlong slashes and dots, a surrogate, halves of characters.
const NOT_UTF8: [&str; 8] = [
    "/v1/%c0%afapps",
    "/v1/%e0%80%afapps",
    "/v1/%c0%ae%c0%ae/apps",
    "/v1/%ed%a0%80",
    "/v1/%ff",
    "/v1/%c3",
    "/v1/%c3a",
    "/v1/%c3%28",
];

const PLAIN: [&str; 17] = [
    "/",
    "/v1",
    "/v1/apps",
    "/v1/apps/",
    "/v1/apps/6448311069",
    "/v1/apps/6448311069/relationships/appInfos",
    "/v1/builds/57246542-96fe-1a63-e053-0824d011072a",
    "/v1/appPricePoints/eyJzIjoiMSIsInQiOiJBRkciLCJwIjoiMTAwMDAifQ",
    "/.well-known/x",
    "/v1/a.b/..c",
    "/v1/~user/_x-y",
    "/v1/a,b",
    "/v1/a:b@c!$&'()*+,=",
    "/v1/a%20b",
    "/v1/%40",
    "/v1/%C3%A9t%c3%a9",
    "/v1/%E6%97%A5%F0%9F%98%80",
];

#[test]
fn an_ambiguous_path_is_refused_for_its_reason() {
    for (text, reason) in AMBIGUOUS {
        assert_eq!(RequestPath::parse(text), Err(reason), "{text}");
    }
    for text in NOT_UTF8 {
        assert_eq!(RequestPath::parse(text), Err(EncodedNotUtf8), "{text}");
    }
}

#[test]
fn a_plain_path_is_taken_as_it_is() {
    for text in PLAIN {
        let path = RequestPath::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(path.as_str(), text);
        assert_eq!(path.segments().map(|segment| format!("/{segment}")).collect::<String>(), text);
        assert_eq!(path.ends_with_slash(), text.ends_with('/'));
    }
}

#[test]
fn a_path_is_at_most_8_kib_long() {
    let most = "/a".repeat(4096);
    assert!(RequestPath::parse(&most).is_ok());
    assert_eq!(RequestPath::parse(&(most + "b")), Err(TooLong));
}

#[test]
fn a_target_is_split_at_its_first_question_mark() {
    for (target, path, query) in [
        ("/v1/apps", "/v1/apps", None),
        ("/v1/apps?", "/v1/apps", Some("")),
        ("/v1/apps?limit=1", "/v1/apps", Some("limit=1")),
        ("/v1/apps?a=/../b;c?d", "/v1/apps", Some("a=/../b;c?d")),
        ("/v1/apps?filter[id]=%2e%00", "/v1/apps", Some("filter[id]=%2e%00")),
    ] {
        let (found, rest) = RequestPath::split(target).unwrap();
        assert_eq!((found.as_str(), rest), (path, query), "{target}");
    }
    for (target, reason) in [
        ("/v1/apps?a#b", Fragment),
        ("/v1/apps#b?a", Fragment),
        ("/v1/apps?a b", Control),
        ("/v1/apps?a\nb", Control),
        ("/v1/../apps?a", DotSegment),
        ("?a", NotFromRoot),
    ] {
        assert_eq!(RequestPath::split(target), Err(reason), "{target}");
    }
}

/// What a server may make of a path that decodes it once more than it should.
fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::new();
    while let Some(byte) = bytes.next() {
        let mut digit = || char::from(bytes.next().unwrap()).to_digit(16).unwrap() as u8;
        decoded.push(if byte == b'%' { digit() << 4 | digit() } else { byte });
    }
    decoded
}

/// Texts of the pieces that confuse servers.
fn tricky() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("/"),
        Just("."),
        Just(".."),
        Just("%2e"),
        Just("%2F"),
        Just("%5c"),
        Just("\\"),
        Just(";"),
        Just("%"),
        Just("%25"),
        Just("%00"),
        Just("%c0%af"),
        Just("%C3%A9"),
        Just("v1"),
        Just("apps"),
        Just("a"),
        Just("?"),
        Just("#"),
        Just(" "),
        Just("%20"),
        Just("é"),
        Just("+"),
        Just("@"),
        Just("%40"),
        Just("~"),
        Just("\t"),
    ];
    prop::collection::vec(piece, 0..10).prop_map(|pieces| format!("/{}", pieces.concat()))
}

fn check(text: &str) -> Result<(), TestCaseError> {
    let _ = RequestPath::split(text);
    let Ok(path) = RequestPath::parse(text) else { return Ok(()) };
    prop_assert_eq!(path.as_str(), text);
    let decoded = String::from_utf8(decoded(text)).expect("escapes are UTF-8");
    let slashes = |text: &str| text.matches('/').count();
    prop_assert_eq!(slashes(&decoded), slashes(text));
    prop_assert!(!decoded.contains(['\\', ';', '?', '#', '%']), "{}", decoded);
    prop_assert!(!decoded.chars().any(|letter| letter.is_ascii_control()), "{}", decoded);
    prop_assert!(!decoded.contains("//"), "{}", decoded);
    for segment in decoded.split('/') {
        prop_assert!(!segment.ends_with(['.', ' ']), "{}", decoded);
    }
    Ok(())
}

proptest! {
    #[test]
    fn no_text_makes_it_panic_and_what_is_taken_is_plain_also_once_decoded(text in ".{0,40}") {
        check(&text)?;
    }

    #[test]
    fn no_tricky_text_is_taken_that_is_not_plain_once_decoded(text in tricky()) {
        check(&text)?;
    }
}
