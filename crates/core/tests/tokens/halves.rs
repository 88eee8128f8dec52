//! Halves in and out.

use crate::keys::{KEY, OTHER_KEY, unhex};
use aws_lc_rs::rand::SystemRandom;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use counterfoil_core::half::{HalfFault, PrivateHalf, PublicHalf, Thumbprint};
use p256::ecdsa::VerifyingKey;
use p256::ecdsa::signature::Verifier as _;
use p256::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _};
use proptest::prelude::*;

#[test]
fn a_generated_half_comes_back_from_every_form_it_is_written_in() {
    let half = PrivateHalf::generate(&SystemRandom::new()).unwrap();
    let public = half.public();
    let der = half.to_pkcs8().unwrap();
    assert_eq!(der.len(), 150);
    assert_eq!(PrivateHalf::from_pkcs8(&der).unwrap().public(), public);
    assert_eq!(PrivateHalf::from_pem(&half.to_pem().unwrap()).unwrap().public(), public);
    assert_eq!(PublicHalf::from_spki(&public.to_spki()), Ok(public));
    assert_eq!(PublicHalf::from_pem(&public.to_pem()), Ok(public));
    assert_eq!(PublicHalf::from_text(&public.to_pem()), Ok(public));
    assert_eq!(PublicHalf::from_text(&STANDARD.encode(public.to_spki())), Ok(public));
    assert_eq!(PublicHalf::from_jwk(&jwk(&public.jwk_x(), &public.jwk_y())), Ok(public));
    let json = serde_json::to_string(&public).unwrap();
    assert_eq!(serde_json::from_str::<PublicHalf>(&json).unwrap(), public);
}

#[test]
fn two_generated_halves_differ() {
    let [one, other] = [(), ()].map(|()| PrivateHalf::generate(&SystemRandom::new()).unwrap().public());
    assert_ne!(one, other);
}

#[test]
fn both_forms_of_pkcs8_are_taken_and_apples_is_written() {
    for der in [KEY.apple_pkcs8(), KEY.plain_pkcs8()] {
        let half = PrivateHalf::from_pkcs8(&der).unwrap();
        assert_eq!(half.public(), KEY.public());
        assert_eq!(*half.to_pkcs8().unwrap(), KEY.apple_pkcs8());
    }
    let pem = KEY.private().to_pem().unwrap();
    assert!(
        pem.starts_with("-----BEGIN PRIVATE KEY-----\nMIGTAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBHkwdwIBAQQg"),
        "{}",
        *pem
    );
    assert!(pem.lines().all(|line| line.len() <= 64));
    assert!(pem.ends_with("\n-----END PRIVATE KEY-----\n"));
}

#[test]
fn other_libraries_read_what_is_written() {
    let half = KEY.private();
    assert_eq!(p256::SecretKey::from_pkcs8_pem(&half.to_pem().unwrap()).unwrap(), KEY.signing().into());
    let public = VerifyingKey::from_public_key_pem(&half.public().to_pem()).unwrap();
    let signature = p256::ecdsa::Signature::from_slice(&half.sign(b"message").unwrap()).unwrap();
    public.verify(b"message", &signature).unwrap();
}

#[test]
fn a_private_half_changed_in_any_one_byte_is_refused() {
    for der in [KEY.apple_pkcs8(), KEY.plain_pkcs8()] {
        for at in 0..der.len() {
            let mut changed = der.clone();
            changed[at] ^= 1;
            assert!(PrivateHalf::from_pkcs8(&changed).is_err(), "byte {at} of {}", der.len());
        }
    }
}

#[test]
fn a_private_half_that_is_something_else_is_refused_by_name() {
    let apple = KEY.apple_pkcs8();
    let number = &apple[36..68];
    let sec1 = [unhex("30770201010420"), apple[36..].to_vec()].concat();
    let bare =
        [unhex("3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420"), number.to_vec()]
            .concat();
    let zero = with(&apple, 36, &[0; 32]);
    let order = unhex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    let halves_differ = with(&apple, 85, OTHER_KEY.public().as_bytes());
    let p384 = pkcs8("06072a8648ce3d020106052b81040022");
    for (name, der, fault) in [
        ("nothing", vec![], HalfFault::NotDer { wanted: "PKCS#8 (PrivateKeyInfo)" }),
        ("text", b"-----BEGIN".to_vec(), HalfFault::NotDer { wanted: "PKCS#8 (PrivateKeyInfo)" }),
        ("an empty sequence", unhex("3000"), HalfFault::NotDer { wanted: "PKCS#8 (PrivateKeyInfo)" }),
        ("a byte more", [&apple[..], &[0]].concat(), HalfFault::TrailingBytes),
        ("a byte less", apple[..149].to_vec(), HalfFault::Truncated),
        ("SEC 1", sec1, HalfFault::OtherWrapping { found: "an EC private key in SEC 1 form" }),
        ("no public half", bare, HalfFault::UnusualForm),
        ("version 2", with(&apple, 5, &[1]), HalfFault::UnusualForm),
        ("the number 0", zero, HalfFault::OutOfRange),
        ("the number n", with(&apple, 36, &order), HalfFault::OutOfRange),
        ("another public half", halves_differ, HalfFault::HalvesDiffer),
        ("a public key", KEY.public().to_spki(), HalfFault::OtherWrapping { found: "a public key" }),
        ("P-384", p384, HalfFault::OtherKey { found: "a P-384 key" }),
        (
            "secp256k1",
            pkcs8("06072a8648ce3d020106052b8104000a"),
            HalfFault::OtherKey { found: "a secp256k1 key" },
        ),
        ("RSA", pkcs8("06092a864886f70d0101010500"), HalfFault::OtherKey { found: "an RSA key" }),
        ("RSA in PKCS#1", unhex("3009020100020103020103"), HalfFault::OtherKey { found: "an RSA key" }),
        ("Ed25519", pkcs8("06032b6570"), HalfFault::OtherKey { found: "an Ed25519 key" }),
        (
            "encrypted",
            unhex("300b300706052a0304050604 00".replace(' ', "").as_str()),
            HalfFault::OtherWrapping { found: "an encrypted private key" },
        ),
    ] {
        assert_eq!(PrivateHalf::from_pkcs8(&der).unwrap_err(), fault, "{name}");
    }
}

#[test]
fn pem_that_is_damaged_or_something_else_is_refused_by_name() {
    let pem = KEY.private().to_pem().unwrap();
    let relabelled = |label: &str| pem.replace("PRIVATE KEY", label);
    let not_pem = HalfFault::NotPem { wanted: "PRIVATE KEY" };
    let other = |found| HalfFault::OtherPem { found, wanted: "PRIVATE KEY" };
    for (name, text, fault) in [
        ("nothing", String::new(), not_pem),
        ("base64 alone", pem.lines().nth(1).unwrap().to_owned(), not_pem),
        ("a variable", "$PRIVATE_KEY".to_owned(), not_pem),
        ("half a first line", "-----BEGIN PRIVATE KEY".to_owned(), not_pem),
        (
            "the old form",
            relabelled("EC PRIVATE KEY"),
            other(
                "a private key in the older `EC PRIVATE KEY` form (convert it: `openssl pkcs8 -topk8 -nocrypt`)",
            ),
        ),
        ("encrypted", relabelled("ENCRYPTED PRIVATE KEY"), other("an encrypted private key")),
        ("RSA", relabelled("RSA PRIVATE KEY"), other("an RSA key")),
        ("OpenSSH", relabelled("OPENSSH PRIVATE KEY"), other("an OpenSSH private key")),
        ("a public key", KEY.public().to_pem(), other("a public key")),
        ("a certificate", relabelled("CERTIFICATE"), other("a certificate")),
        ("an unknown label", relabelled("private key"), other("something else")),
        ("no last line", pem[..pem.find("-----END").unwrap()].to_owned(), HalfFault::DamagedPem),
        ("another last line", pem.replace("END PRIVATE", "END PUBLIC"), HalfFault::DamagedPem),
        ("literal \\n", pem.replace('\n', "\\n"), HalfFault::TextAroundPem),
        ("CRLF", pem.replace('\n', "\r\n"), HalfFault::TextAroundPem),
        ("CRLF inside", pem.replacen('\n', "\r\n", 2), HalfFault::DamagedPem),
        ("spaces for newlines", pem.replace('\n', " "), HalfFault::TextAroundPem),
        ("newlines lost", pem.replace('\n', ""), HalfFault::DamagedPem),
        ("an empty line", pem.replacen('\n', "\n\n", 1), HalfFault::DamagedPem),
        ("a NUL", pem.replace("MIGT", "MI\0T"), HalfFault::DamagedPem),
        ("indented", format!(" {}", *pem), HalfFault::TextAroundPem),
        ("a second block", format!("{0}{0}", *pem), HalfFault::TextAroundPem),
        ("text after it", format!("{}x", *pem), HalfFault::TextAroundPem),
        ("a header", pem.replacen('\n', "\nProc-Type: 4,ENCRYPTED\n\n", 1), HalfFault::DamagedPem),
        (
            "an empty body",
            "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n".to_owned(),
            HalfFault::DamagedPem,
        ),
    ] {
        assert_eq!(PrivateHalf::from_pem(&text).map(|_| ()), Err(fault), "{name}");
    }
    assert_eq!(PrivateHalf::from_pem(pem.trim_end()).unwrap().public(), KEY.public(), "as Apple writes it");
}

#[test]
fn a_point_that_is_no_key_is_refused_by_name() {
    let point = *KEY.public().as_bytes();
    let p = unhex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
    for (name, bytes, fault) in [
        ("nothing", vec![], HalfFault::NotAPoint),
        ("infinity", vec![0], HalfFault::Infinity),
        ("infinity, long", vec![0; 65], HalfFault::NotAPoint),
        ("compressed, even", [&[2], &point[1..33]].concat(), HalfFault::PointForm { found: "compressed" }),
        ("compressed, odd", [&[3], &point[1..33]].concat(), HalfFault::PointForm { found: "compressed" }),
        ("hybrid", [&[6], &point[1..]].concat(), HalfFault::PointForm { found: "hybrid" }),
        ("without 04", point[1..].to_vec(), HalfFault::NotAPoint),
        ("a byte more", [&point[..], &[0]].concat(), HalfFault::NotAPoint),
        ("a byte less", point[..64].to_vec(), HalfFault::NotAPoint),
        ("off the curve", with(&point, 64, &[point[64] ^ 1]), HalfFault::OffCurve),
        ("x and y 0", with(&[0; 65], 0, &[4]), HalfFault::OffCurve),
        ("x not below p", with(&point, 1, &p), HalfFault::OffCurve),
        ("y not below p", with(&point, 33, &p), HalfFault::OffCurve),
    ] {
        assert_eq!(PublicHalf::from_point(&bytes), Err(fault), "{name}");
    }
}

#[test]
fn a_public_key_that_is_something_else_is_refused_by_name() {
    let spki = KEY.public().to_spki();
    let not_der = HalfFault::NotDer { wanted: "SubjectPublicKeyInfo" };
    let compressed =
        [unhex("3039301306072a8648ce3d020106082a8648ce3d03010703220002"), spki[27..59].to_vec()].concat();
    for (name, der, fault) in [
        ("nothing", vec![], not_der),
        ("a byte more", [&spki[..], &[0]].concat(), HalfFault::TrailingBytes),
        ("a byte less", spki[..90].to_vec(), HalfFault::Truncated),
        ("compressed", compressed, HalfFault::PointForm { found: "compressed" }),
        ("infinity", unhex("3019301306072a8648ce3d020106082a8648ce3d03010703020000"), HalfFault::Infinity),
        ("off the curve", with(&spki, 90, &[spki[90] ^ 1]), HalfFault::OffCurve),
        ("unused bits", with(&spki, 25, &[1]), not_der),
        (
            "no algorithm",
            unhex("30053000030100"),
            HalfFault::OtherKey { found: "a key of an unreadable kind" },
        ),
        (
            "P-384",
            public_key("06072a8648ce3d020106052b81040022"),
            HalfFault::OtherKey { found: "a P-384 key" },
        ),
        (
            "P-521",
            public_key("06072a8648ce3d020106052b81040023"),
            HalfFault::OtherKey { found: "a P-521 key" },
        ),
        (
            "P-224",
            public_key("06072a8648ce3d020106052b81040021"),
            HalfFault::OtherKey { found: "a P-224 key" },
        ),
        (
            "secp256k1",
            public_key("06072a8648ce3d020106052b8104000a"),
            HalfFault::OtherKey { found: "a secp256k1 key" },
        ),
        (
            "a curve spelt out",
            public_key("06072a8648ce3d02013000"),
            HalfFault::OtherKey { found: "an elliptic curve key that spells out its curve or names none" },
        ),
        (
            "an unknown curve",
            public_key("06072a8648ce3d020106032a0304"),
            HalfFault::OtherKey { found: "a key on an unknown elliptic curve" },
        ),
        ("RSA", public_key("06092a864886f70d0101010500"), HalfFault::OtherKey { found: "an RSA key" }),
        ("Ed25519", public_key("06032b6570"), HalfFault::OtherKey { found: "an Ed25519 key" }),
        (
            "X25519",
            public_key("06032b656e"),
            HalfFault::OtherKey { found: "a key for key agreement (X25519 or X448)" },
        ),
        ("DSA", public_key("06072a8648ce380401"), HalfFault::OtherKey { found: "a DSA key" }),
        (
            "an unknown kind",
            public_key("06032a0304"),
            HalfFault::OtherKey { found: "a key of an unknown kind" },
        ),
        ("the private half", KEY.apple_pkcs8(), HalfFault::PrivateHere),
    ] {
        assert_eq!(PublicHalf::from_spki(&der), Err(fault), "{name}");
    }
}

#[test]
fn a_public_key_as_text_is_refused_by_name() {
    let base64 = STANDARD.encode(KEY.public().to_spki());
    for (name, text, fault) in [
        ("nothing", String::new(), HalfFault::NotDer { wanted: "SubjectPublicKeyInfo" }),
        ("not base64", "?".to_owned(), HalfFault::NotBase64),
        ("the other alphabet", base64.replace(['+', '/'], "-"), HalfFault::NotBase64),
        ("endless", "A".repeat(4100), HalfFault::NotBase64),
        ("the private half", KEY.private().to_pem().unwrap().to_string(), HalfFault::PrivateHere),
        ("the private half in base64", STANDARD.encode(KEY.apple_pkcs8()), HalfFault::PrivateHere),
        (
            "a certificate",
            KEY.public().to_pem().replace("PUBLIC KEY", "CERTIFICATE"),
            HalfFault::OtherPem { found: "a certificate", wanted: "PUBLIC KEY" },
        ),
    ] {
        assert_eq!(PublicHalf::from_text(&text), Err(fault), "{name}");
    }
    let windows = KEY.public().to_pem().replace('\n', "\r\n");
    assert_eq!(PublicHalf::from_text(&format!("\n{windows}\n")), Ok(KEY.public()));
    assert_eq!(PublicHalf::from_text(&format!("{base64}\n")), Ok(KEY.public()));
}

#[test]
fn a_json_web_key_is_refused_by_name() {
    let (x, y) = (KEY.public().jwk_x(), KEY.public().jwk_y());
    let good = jwk(&x, &y);
    for (name, json, fault) in [
        ("nothing", String::new(), HalfFault::NotAJwk),
        ("an array", "[]".to_owned(), HalfFault::NotAJwk),
        ("no members", "{}".to_owned(), HalfFault::NotAJwk),
        ("the private half", good.replace("\"x\"", "\"d\":\"secret\",\"x\""), HalfFault::PrivateHere),
        ("P-384", good.replace("P-256", "P-384"), HalfFault::OtherKey { found: "a P-384 key" }),
        (
            "RSA",
            r#"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#.to_owned(),
            HalfFault::OtherKey { found: "an RSA key" },
        ),
        (
            "a secret",
            r#"{"kty":"oct","k":"AA"}"#.to_owned(),
            HalfFault::OtherKey { found: "a shared secret" },
        ),
        (
            "Ed25519",
            r#"{"kty":"OKP","crv":"Ed25519","x":"AA"}"#.to_owned(),
            HalfFault::OtherKey { found: "an Edwards or Montgomery curve key" },
        ),
        ("no y", good.replace("\"y\"", "\"z\""), HalfFault::NotAJwk),
        ("a short x", jwk(&x[..42], &y), HalfFault::NotAJwk),
        ("a padded x", jwk(&format!("{x}="), &y), HalfFault::NotAJwk),
        ("x twice", good.replace("\"x\"", "\"x\":\"AA\",\"x\""), HalfFault::NotAJwk),
        ("off the curve", jwk(&y, &x), HalfFault::OffCurve),
    ] {
        assert_eq!(PublicHalf::from_jwk(&json), Err(fault), "{name}");
    }
}

#[test]
fn the_thumbprint_is_the_rfcs() {
    // RFC 7638 hashes {"crv":"P-256","kty":"EC","x":…,"y":…}; here computed by Python's hashlib for RFC 7517's example key.
    let (x, y) =
        ("MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM");
    let thumbprint = PublicHalf::from_jwk(&jwk(x, y)).unwrap().thumbprint();
    assert_eq!(thumbprint.to_string(), "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s");
    assert_eq!(Thumbprint::try_from(thumbprint.to_string().as_str()), Ok(thumbprint));
    for text in [
        "",
        "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s=",
        &"A".repeat(42),
        &"A".repeat(44),
        &format!("{}B", "A".repeat(42)),
        &"+".repeat(43),
    ] {
        assert_eq!(Thumbprint::try_from(text), Err(HalfFault::NotAThumbprint), "{text}");
    }
}

#[test]
fn a_half_read_back_from_the_ledger_is_checked_for_form_at_once_and_for_the_curve_before_its_use() {
    for json in [
        "null",
        "1",
        "\"\"",
        "\"BA\"",
        &format!("\"{}\"", "A".repeat(87)),
        &format!("\"{}\"", "/".repeat(87)),
    ] {
        assert!(serde_json::from_str::<PublicHalf>(json).is_err(), "{json}");
    }
    let nowhere = format!("\"{}\"", crate::client::base64([4; 65]));
    let half: PublicHalf = serde_json::from_str(&nowhere).unwrap();
    assert_eq!(half.parsed().unwrap_err(), HalfFault::OffCurve);
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = PrivateHalf::from_pkcs8(&bytes);
        let _ = PublicHalf::from_spki(&bytes);
        let _ = PublicHalf::from_point(&bytes);
        let text = String::from_utf8_lossy(&bytes);
        let _ = (PrivateHalf::from_pem(&text), PublicHalf::from_text(&text), PublicHalf::from_jwk(&text));
    }

    #[test]
    fn no_prefix_of_a_half_is_a_half(length in 0_usize..150) {
        prop_assert!(PrivateHalf::from_pkcs8(&KEY.apple_pkcs8()[..length]).is_err());
        prop_assert!(PublicHalf::from_spki(&KEY.public().to_spki()[..length.min(90)]).is_err());
    }

    #[test]
    fn what_one_signs_the_other_verifies_and_nothing_else(message in ".*", other in ".*") {
        let signature = KEY.private().sign(message.as_bytes()).unwrap();
        let half = KEY.public().parsed().unwrap();
        prop_assert!(half.verifies(message.as_bytes(), &signature));
        prop_assert!(!OTHER_KEY.public().parsed().unwrap().verifies(message.as_bytes(), &signature));
        prop_assert_eq!(half.verifies(other.as_bytes(), &signature), message == other);
    }
}

fn jwk(x: &str, y: &str) -> String {
    format!(r#"{{"kty":"EC","crv":"P-256","use":"sig","x":"{x}","y":"{y}"}}"#)
}

fn with(bytes: &[u8], at: usize, replacement: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at..at + replacement.len()].copy_from_slice(replacement);
    bytes
}

/// PKCS#8 that says it is of this algorithm, with nothing in it.
fn pkcs8(algorithm: &str) -> Vec<u8> {
    let algorithm = element(0x30, &unhex(algorithm));
    element(0x30, &[unhex("020100"), algorithm, unhex("0400")].concat())
}

fn public_key(algorithm: &str) -> Vec<u8> {
    let algorithm = element(0x30, &unhex(algorithm));
    element(0x30, &[algorithm, unhex("030100")].concat())
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    [&[tag, u8::try_from(content.len()).unwrap()], content].concat()
}
