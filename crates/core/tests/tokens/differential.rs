//! Beside two other libraries: where all are meant to agree, they do.

use crate::client::{Draft, ISSUER, NOW, quoted};
use crate::keys::{KEY, OTHER_KEY};
use crate::vectors::team_demand;
use counterfoil_core::half::{PrivateHalf, PublicHalf};
use counterfoil_core::jws;
use counterfoil_core::token::{TokenFault, UnverifiedToken};
use p256::ecdsa::signature::Verifier as _;
use proptest::prelude::*;

fn we(token: &str, half: &PublicHalf) -> Result<(), TokenFault> {
    let token = UnverifiedToken::parse(token)?;
    token.key_id()?;
    token.verify(&half.parsed().unwrap())?.judge(&team_demand()).map(|_| ())
}

/// As strict as that library can be asked to be.
fn jsonwebtoken(token: &str, half: &PublicHalf) -> Result<(), jsonwebtoken::errors::Error> {
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::ES256);
    validation.set_audience(&["appstoreconnect-v1"]);
    validation.set_issuer(&[ISSUER]);
    // It reads the clock itself; our tokens live at a fixed time.
    validation.validate_exp = false;
    let key = jsonwebtoken::DecodingKey::from_ec_der(half.as_bytes());
    jsonwebtoken::decode::<serde_json::Value>(token, &key, &validation).map(|_| ())
}

/// The signature alone, over whatever stands before the last dot.
fn p256(token: &str, half: &PublicHalf) -> Option<()> {
    let (message, signature) = token.rsplit_once('.')?;
    let signature =
        base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, signature).ok()?;
    let signature = p256::ecdsa::Signature::from_slice(&signature).ok()?;
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(half.as_bytes()).ok()?;
    key.verify(message.as_bytes(), &signature).ok()
}

/// Whenever we accept, both others do; whenever another finds the signature wrong, we refuse.
fn agree(token: &str, half: &PublicHalf) {
    let verdict = we(token, half);
    if verdict.is_ok() {
        assert!(jsonwebtoken(token, half).is_ok(), "jsonwebtoken refuses {token}");
        assert_eq!(p256(token, half), Some(()), "p256 refuses {token}");
    }
    if verdict == Err(TokenFault::SignatureWrong) {
        assert_eq!(p256(token, half), None, "p256 accepts {token}");
    }
}

fn draft() -> impl Strategy<Value = Draft> {
    let members = ("[a-zA-Z0-9 _-]{0,12}", "[a-z]{4,9}", any::<u32>());
    (0..1200_i64, -60..600_i64, any::<bool>(), any::<bool>(), members).prop_map(
        |(exp, back, dated, array, members)| {
            let audience = if array { r#"["appstoreconnect-v1"]"# } else { r#""appstoreconnect-v1""# };
            let (text, name, number) = members;
            let draft = Draft::team().claim("exp", &(NOW + exp).to_string()).claim("aud", audience);
            let draft = draft.claim("nonce", &quoted(&text)).claim(&format!("x-{name}"), &number.to_string());
            if dated { draft.claim("iat", &(NOW - back.max(0)).to_string()) } else { draft.without("iat") }
        },
    )
}

proptest! {
    #[test]
    fn a_sound_token_is_accepted_by_all(draft in draft()) {
        let token = draft.token();
        prop_assert_eq!(we(&token, &KEY.public()), Ok(()));
        agree(&token, &KEY.public());
        prop_assert_eq!(we(&token, &OTHER_KEY.public()), Err(TokenFault::SignatureWrong));
        prop_assert_eq!(p256(&token, &OTHER_KEY.public()), None);
        prop_assert!(jsonwebtoken(&token, &OTHER_KEY.public()).is_err());
    }

    #[test]
    fn a_token_changed_in_one_byte_is_refused_by_all(draft in draft(), at in any::<proptest::sample::Index>(), byte in 0x21_u8..0x7f) {
        let token = draft.token();
        let mut changed = token.clone().into_bytes();
        changed[at.index(token.len())] = byte;
        let changed = String::from_utf8(changed).unwrap();
        prop_assume!(changed != token);
        prop_assert!(we(&changed, &KEY.public()).is_err());
        agree(&changed, &KEY.public());
    }

    #[test]
    fn what_others_sign_we_verify(exp in 1..1200_i64) {
        let claims = serde_json::json!({"iss": ISSUER, "aud": "appstoreconnect-v1", "exp": NOW + exp});
        let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::ES256);
        header.kid = Some(KEY.id.to_owned());
        let key = jsonwebtoken::EncodingKey::from_ec_der(&KEY.plain_pkcs8());
        let token = jsonwebtoken::encode(&header, &claims, &key).unwrap();
        prop_assert_eq!(we(&token, &KEY.public()), Ok(()));
        agree(&token, &KEY.public());
    }

    #[test]
    fn what_we_sign_others_verify(exp in 1..1200_i64) {
        let half = PrivateHalf::generate(&aws_lc_rs::rand::SystemRandom::new()).unwrap();
        let header = format!(r#"{{"alg":"ES256","kid":"{}"}}"#, KEY.id);
        let claims = serde_json::json!({"iss": ISSUER, "aud": "appstoreconnect-v1", "exp": NOW + exp});
        let token = jws::sign(&half, &header, &claims.to_string()).unwrap();
        prop_assert_eq!(we(&token, &half.public()), Ok(()));
        agree(&token, &half.public());
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in ".*") {
        let _ = UnverifiedToken::parse(&text);
    }

    #[test]
    fn no_header_or_claims_make_it_panic(header in proptest::collection::vec(any::<u8>(), 0..60), claims in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = we(&Draft::team().raw_header(&header).token(), &KEY.public());
        let _ = we(&Draft::team().raw_claims(&claims).token(), &KEY.public());
    }

    #[test]
    fn no_value_of_a_claim_makes_it_panic(name in "iss|sub|aud|bid|iat|nbf|exp|scope|jkt", json in json()) {
        let draft = Draft::team().claim(&name, &json);
        if let Ok(token) = UnverifiedToken::parse(&draft.token()) {
            let token = token.verify(&KEY.public().parsed().unwrap()).unwrap();
            let first = token.checks(&team_demand()).into_iter().find_map(|check| check.fault);
            prop_assert_eq!(token.judge(&team_demand()).err(), first);
        }
    }
}

fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        "[0-9]{1,20}(\\.[0-9]{0,5})?([eE][+-]?[0-9]{1,4})?",
        "[ -!#-\\[\\]-~]{0,40}".prop_map(|text| quoted(&text)),
        "(GET|POST|get) /v1/[a-z/%*;.]{0,12}(\\?[a-z%=&]{0,8})?".prop_map(|text| quoted(&text)),
    ];
    leaf.prop_recursive(12, 64, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(|all| format!("[{}]", all.join(","))),
            proptest::collection::vec(inner, 0..3).prop_map(|all| {
                let members: Vec<_> =
                    all.iter().enumerate().map(|(at, json)| format!("\"{at}\":{json}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}
