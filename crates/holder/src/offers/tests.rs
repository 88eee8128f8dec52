use super::*;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use counterfoil_core::jws::Jws;

const ISSUER: &str = "57246542-96fe-1a63-e053-0824d011072a";

fn half() -> PrivateHalf {
    PrivateHalf::generate(&SystemRandom::new()).unwrap()
}

fn bundle() -> BundleId {
    BundleId::try_from("com.example").unwrap()
}

fn signer<'s>(half: &'s PrivateHalf, bundle: &'s BundleId) -> Signer<'s> {
    Signer { half, key: KeyId::try_from("L256SYR32L").unwrap(), bundle }
}

#[test]
fn the_older_offer_is_signed_over_its_fields_in_their_order() {
    let (half, bundle) = (half(), bundle());
    let nonce = Nonce("20fba8a0-2b80-4a7d-a17f-85c1854727f8".into());
    let at = Timestamp::from_millis(1_698_148_900_000);
    let offer =
        Offer { product: "com.example.product", offer: "com.example.offer", username: "USER-é", nonce, at };
    let signature = STANDARD.decode(signer(&half, &bundle).promotional_offer(&offer).unwrap()).unwrap();
    let line = "com.example\u{2063}L256SYR32L\u{2063}com.example.product\u{2063}com.example.offer\u{2063}user-é\u{2063}\
                20fba8a0-2b80-4a7d-a17f-85c1854727f8\u{2063}1698148900000";
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, half.public().as_bytes().to_vec());
    public.verify(line.as_bytes(), &signature).unwrap();
    assert!(public.verify(line.replace("user", "USER").as_bytes(), &signature).is_err());
}

#[test]
fn a_field_with_the_separator_in_it_is_refused() {
    let (half, bundle) = (half(), bundle());
    let nonce = Nonce::fresh().unwrap();
    let at = Timestamp::from_seconds(0);
    let offer = Offer { product: "a\u{2063}b", offer: "c", username: "", nonce, at };
    let fault = signer(&half, &bundle).promotional_offer(&offer).unwrap_err();
    assert_eq!(fault.message(), "a field has a U+2063 in it, which stands between fields");
}

#[test]
fn each_request_to_storekit_claims_what_apples_libraries_claim() {
    let (half, bundle) = (half(), bundle());
    let issuer = IssuerId::try_from(ISSUER).unwrap();
    let nonce = Nonce("20fba8a0-2b80-4a7d-a17f-85c1854727f8".into());
    let own = json!({"bid": "com.example", "iss": ISSUER, "iat": 1_700_000_000, "nonce": nonce.to_string()});
    let advanced = json!({"operation": "CREATE_SUBSCRIPTION", "version": "1"});
    for (request, claims) in [
        (
            Request::PromotionalOffer { product: "p", offer: "o", transaction: Some("7") },
            json!({"aud": "promotional-offer", "productId": "p", "offerIdentifier": "o", "transactionId": "7"}),
        ),
        (
            Request::PromotionalOffer { product: "p", offer: "o", transaction: None },
            json!({"aud": "promotional-offer", "productId": "p", "offerIdentifier": "o"}),
        ),
        (
            Request::IntroductoryOffer { product: "p", is_allowed: false, transaction: "7" },
            json!({"aud": "introductory-offer-eligibility", "productId": "p", "allowIntroductoryOffer": false, "transactionId": "7"}),
        ),
        (
            Request::AdvancedCommerce(&advanced),
            json!({"aud": "advanced-commerce-api", "request": STANDARD.encode(advanced.to_string())}),
        ),
    ] {
        let at = Timestamp::from_seconds(1_700_000_000);
        let made = signer(&half, &bundle).request(&issuer, &request, &nonce, at).unwrap();
        let jws = Jws::parse(&made).unwrap();
        assert!(jws.is_signed_by(&half.public().parsed().unwrap()));
        let header = URL_SAFE_NO_PAD.decode(made.split('.').next().unwrap()).unwrap();
        let header: Value = serde_json::from_slice(&header).unwrap();
        assert_eq!(header, json!({"alg": "ES256", "kid": "L256SYR32L", "typ": "JWT"}));
        let found: Map<String, Value> = serde_json::from_slice(jws.payload()).unwrap();
        let mut expected = claims.as_object().unwrap().clone();
        expected.extend(own.as_object().unwrap().clone());
        assert_eq!(found, expected);
    }
}

#[test]
fn a_nonce_is_a_random_uuid() {
    assert_eq!(Nonce::of(0).to_string(), "00000000-0000-4000-8000-000000000000");
    assert_eq!(Nonce::of(u128::MAX).to_string(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    assert_ne!(Nonce::fresh().unwrap(), Nonce::fresh().unwrap());
}

#[test]
fn numbers_of_a_signature_are_as_short_as_they_can_be_and_never_negative() {
    for (r, s, expected) in [
        ([0; 32], [0; 32], vec![0x30, 6, 2, 1, 0, 2, 1, 0]),
        (last(0x7f), last(0x80), vec![0x30, 7, 2, 1, 0x7f, 2, 2, 0, 0x80]),
    ] {
        let signature: [u8; 64] = [r, s].concat().try_into().unwrap();
        assert_eq!(der_signature(&signature), expected);
    }
    let longest = der_signature(&[0xff; 64]);
    assert_eq!((longest.len(), &longest[..5]), (72, &[0x30, 70, 2, 33, 0][..]));
}

fn last(byte: u8) -> [u8; 32] {
    let mut number = [0; 32];
    number[31] = byte;
    number
}
