//! What only looks like a private half of ours.

use super::{half, pem, scanned_bytes, wrapped};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

#[test]
fn ten_thousand_near_misses_are_no_hits() {
    let half = half();
    let apple = half.to_pkcs8().unwrap();
    let file = half.to_pem().unwrap().to_string();
    let begin = file.find("MIG").unwrap();
    let mut random = 1_u64;
    let mut draw = move |most: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % most
    };
    let mut text = Vec::new();
    for number in 0..10_000 {
        // One bit of the two numbers or of what stands between them, or one character of the file there.
        if number % 2 == 0 {
            let mut der = apple.to_vec();
            der[36 + draw(114)] ^= 1 << draw(8);
            text.extend_from_slice(pem(&der, "PRIVATE KEY", 64, "\n").as_bytes());
        } else {
            let mut damaged = file.clone().into_bytes();
            let at = begin + 48 + draw(152);
            damaged[at] = if damaged[at] == b'A' { b'B' } else { b'A' };
            text.extend_from_slice(&damaged);
        }
    }
    assert_eq!(scanned_bytes("near", &text).findings, []);
}

#[test]
fn public_keys_certificates_and_code_that_speaks_of_keys_are_no_hits() {
    let public = half().public();
    let pair = rcgen::KeyPair::generate().unwrap();
    let certificate =
        rcgen::CertificateParams::new(vec!["a.test".into()]).unwrap().self_signed(&pair).unwrap();
    let code =
        "if text.starts_with(\"-----BEGIN PRIVATE KEY-----\") { parse(text, \"-----END PRIVATE KEY-----\") }";
    for text in [public.to_pem(), STANDARD.encode(public.to_spki()), certificate.pem(), code.to_owned()] {
        let report = scanned_bytes("file", text.as_bytes());
        assert_eq!((report.findings, report.others), (vec![], vec![]), "{text}");
    }
}

#[test]
fn private_keys_of_other_kinds_are_mentioned_and_do_not_count() {
    let rsa = format!(
        "-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----\n",
        wrapped(&STANDARD.encode([0x30; 600]), 64)
    );
    let openssh = STANDARD.encode([&b"openssh-key-v1\0"[..], &[7; 300]].concat());
    let openssh =
        format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{openssh}\n-----END OPENSSH PRIVATE KEY-----\n");
    let encrypted = STANDARD.encode([0x30; 300]);
    let encrypted =
        format!("-----BEGIN ENCRYPTED PRIVATE KEY-----\n{encrypted}\n-----END ENCRYPTED PRIVATE KEY-----\n");
    let p384 = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap().serialize_pem();
    let ed25519 = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap().serialize_pem();
    for (text, what) in [
        (rsa, "an RSA key"),
        (openssh, "an OpenSSH key"),
        (encrypted, "an encrypted key"),
        (p384, "a P-384 key"),
        (ed25519, "an Ed25519 key"),
    ] {
        let report = scanned_bytes("file", format!("first\n{text}").as_bytes());
        assert_eq!(report.findings, []);
        let mentioned: Vec<_> = report.others.iter().map(|other| (other.line, other.what)).collect();
        assert_eq!(mentioned, [(2, what)]);
    }
}

/// What is read once for all anchors in it ends somewhere; whoever stands there must not be passed over.
#[test]
fn a_half_behind_a_wall_of_anchors_is_found_wherever_it_stands() {
    let half = half();
    let hex: String = half.to_pkcs8().unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
    let pem = half.to_pem().unwrap().to_string();
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    for number in 40..160 {
        let walls = [
            [b"020100301306072a8648ce3d0201".repeat(number), hex.clone().into()].concat(),
            [wide(&"AgEAMBMGByqGSM49".repeat(number)), wide(&pem)].concat(),
            [b"AgEAMBMGByqGSM49".repeat(number), pem.clone().into()].concat(),
        ];
        for (which, text) in walls.iter().enumerate() {
            assert_eq!(scanned_bytes("file", text).findings.len(), 1, "{which} behind {number}");
        }
    }
}

proptest! {
    #[test]
    fn random_bytes_are_never_a_hit(bytes in proptest::collection::vec(any::<u8>(), 0..4096)) {
        let report = scanned_bytes("file", &bytes);
        prop_assert_eq!((report.findings, report.others), (vec![], vec![]));
    }

    #[test]
    fn bytes_full_of_anchors_are_never_a_hit(parts in proptest::collection::vec(part(), 0..200)) {
        prop_assert_eq!(scanned_bytes("file", &parts.concat()).findings, vec![]);
    }
}

fn part() -> impl Strategy<Value = Vec<u8>> {
    let known: Vec<&[u8]> = vec![
        b"AgEAMBMGByqGSM49",
        b"AgEGCCqGSM49AwEHB",
        b"MHcCAQEEI",
        b"-----BEGIN PRIVATE KEY-----",
        b"\n",
        b"\\",
        b"\\n",
        b"%2B",
        b"&#10;",
        b"\"+\"",
        b"-----BEGIN RSA PRIVATE KEY-----\\n",
        b"A\0g\0E\0A\0M\0B\0M\0G\0",
        b"\x30\x81\x87\x02\x01\x00\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01",
        b"\x30\x77\x02\x01\x01\x04\x20",
        b"020100301306072a8648ce3d0201",
        b"&#",
        b"%",
        b"=",
    ];
    let known: Vec<Vec<u8>> = known.into_iter().map(<[u8]>::to_vec).collect();
    prop_oneof![proptest::sample::select(known), proptest::collection::vec(any::<u8>(), 0..20)]
}

#[test]
fn a_text_of_nothing_but_anchors_is_searched_in_reasonable_time() {
    let text = b"AgEAMBMGByqGSM49AgEAMBMGByqGSM4=BNQkdBZ0VBTUJNR0J5cUdTTTQ5".repeat(10_000);
    let begin = std::time::Instant::now();
    assert_eq!(scanned_bytes("file", &text).findings, []);
    assert!(begin.elapsed().as_secs() < 60, "{:?}", begin.elapsed());
}
