//! Any text as a token: what is accepted is of one form only.
#![no_main]

use counterfoil_core::jws::{Jws, PAYLOAD_LIMIT};
use counterfoil_core::token::UnverifiedToken;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match (UnverifiedToken::parse(text).and_then(|token| token.key_id()), UnverifiedToken::key_named_by(text)) {
        // Of such a token the header alone was read.
        (Err(_), Ok(_)) => {}
        (whole, named) => assert_eq!(named, whole),
    }
    let Ok(jws) = Jws::parse(text) else {
        assert!(UnverifiedToken::parse(text).is_err());
        return;
    };
    assert_eq!(text.split('.').count(), 3);
    assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)));
    assert!(jws.payload().len() <= PAYLOAD_LIMIT);
    assert_eq!(text.rsplit('.').next().map(str::len), Some(86), "64 bytes in base64url");
    if UnverifiedToken::parse(text).is_ok() {
        let claims: serde_json::Value = serde_json::from_slice(jws.payload()).expect("the claims are JSON");
        assert!(claims.is_object());
    }
});
