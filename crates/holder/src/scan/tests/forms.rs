//! Every form of a private half that is promised to be found, wherever it begins.

use super::{half, pem, scanned_bytes, wrapped};
use crate::scan::anchors;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use counterfoil_core::half::PrivateHalf;

/// The 138 bytes that OpenSSL writes, out of the 150 of Apple's.
fn openssl_der(half: &PrivateHalf) -> Vec<u8> {
    let apple = half.to_pkcs8().unwrap();
    let mut der = apple[..].to_vec();
    der.drain(68..80);
    der[2] = 0x87;
    der[28] = 0x6d;
    der[30] = 0x6b;
    der
}

fn sec1_der(half: &PrivateHalf) -> Vec<u8> {
    half.to_pkcs8().unwrap()[29..].to_vec()
}

fn utf16(text: &str, is_big: bool) -> Vec<u8> {
    let order = |unit: u16| if is_big { unit.to_be_bytes() } else { unit.to_le_bytes() };
    "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(order).collect()
}

fn hexed(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Every form that is promised to be found, with the name that it gets.
fn forms(half: &PrivateHalf) -> Vec<(Vec<u8>, &'static str)> {
    let apple = half.to_pkcs8().unwrap();
    let file = half.to_pem().unwrap().to_string();
    let body = file.lines().filter(|line| !line.starts_with('-')).collect::<Vec<_>>().join("\n");
    let one_line = STANDARD.encode(&apple[..]);
    let fastlane = serde_json::json!({ "key_id": "2X9R4HXF34", "issuer_id": null, "key": file }).to_string();
    let openssl = pem(&openssl_der(half), "PRIVATE KEY", 64, "\n");
    let base64 = |text: &str| STANDARD.encode(text);
    let texts = [
        (file.clone(), "pem"),
        (file.replace('\n', "\r\n"), "pem"),
        (file.replace('\n', " "), "pem"),
        (file.replace('\n', ""), "pem"),
        (openssl.clone(), "pem"),
        (pem(&apple, "PRIVATE KEY", 76, "\n"), "pem"),
        (pem(&apple, "PRIVATE KEY", 48, "\n    "), "pem"),
        (file.trim_end().replace('\n', "\\n"), "escaped-pem"),
        (file.trim_end().replace('\n', "\\\\n"), "escaped-pem"),
        (file.replace('\n', "\\r\\n"), "escaped-pem"),
        (file.replace('\n', "\\n").replace('/', "\\/"), "escaped-pem"),
        (file.replace('\n', "\n  # "), "pem"),
        (file.lines().map(|line| format!("+{line}\n")).collect(), "pem"),
        (file.lines().map(|line| format!("// {line}\n")).collect(), "pem"),
        (file.lines().map(|line| format!("//{line}\n")).collect(), "pem"),
        (file.lines().map(|line| format!("  \"{line}\\n\" +\n")).collect(), "escaped-pem"),
        (file.replace('\n', "&#10;"), "pem"),
        (file.replace(' ', "%20").replace('\n', "%0A").replace('+', "%2B").replace('/', "%2F"), "pem"),
        (fastlane.clone(), "fastlane-json"),
        (base64(&fastlane), "fastlane-json in base64"),
        (body.clone(), "pem-body"),
        (one_line.clone(), "base64-der"),
        (URL_SAFE_NO_PAD.encode(&apple[..]), "base64-der"),
        (STANDARD.encode(openssl_der(half)), "base64-der"),
        (base64(&file), "pem in base64"),
        (wrapped(&base64(&file), 76), "pem in base64"),
        (wrapped(&base64(&file), 64), "pem in base64"),
        (wrapped(&base64(&file), 60), "pem in base64"),
        (base64(&file.replace('\n', "\r\n")), "pem in base64"),
        (base64(&openssl), "pem in base64"),
        (base64(&body), "pem-body in base64"),
        (base64(&one_line), "base64-der in base64"),
        (base64(&base64(&file)), "pem in base64 in base64"),
        (base64(&wrapped(&base64(&file), 76)), "pem in base64 in base64"),
        (pem(&sec1_der(half), "EC PRIVATE KEY", 64, "\n"), "sec1-pem"),
        (base64(&pem(&sec1_der(half), "EC PRIVATE KEY", 64, "\n")), "sec1-pem in base64"),
        (hexed(&apple), "der in hex"),
        (hexed(&openssl_der(half)).to_uppercase(), "der in hex"),
    ];
    let mut forms: Vec<_> = texts.into_iter().map(|(text, form)| (text.into_bytes(), form)).collect();
    forms.extend([
        (apple.to_vec(), "der"),
        (openssl_der(half), "der"),
        (sec1_der(half), "sec1-der"),
        (utf16(&file, false), "pem in utf-16"),
        (utf16(&file, true), "pem in utf-16"),
        (utf16(&one_line, false), "base64-der in utf-16"),
        (STANDARD.encode(utf16(&file, false)).into_bytes(), "pem in utf-16 in base64"),
        (wrapped(&STANDARD.encode(utf16(&file, true)), 76).into_bytes(), "pem in utf-16 in base64"),
    ]);
    forms
}

#[test]
fn every_form_is_found_by_its_name_and_once() {
    let half = half();
    for (bytes, form) in forms(&half) {
        let report = scanned_bytes("file", &bytes);
        let found: Vec<_> = report.findings.iter().map(|it| (it.thumbprint, it.form.as_str())).collect();
        assert_eq!(found, [(half.public().thumbprint(), form)], "{}", String::from_utf8_lossy(&bytes));
        assert_eq!(report.others, []);
    }
}

#[test]
fn every_form_is_found_wherever_it_begins() {
    let half = half();
    for (bytes, form) in forms(&half) {
        for before in 0..8 {
            let text = [&b"key = {\n:"[..], &b"::::::::"[..before], b"<", &bytes, b"<\n}\n"].concat();
            let found: Vec<_> =
                scanned_bytes("file", &text).findings.into_iter().map(|it| it.thumbprint).collect();
            assert_eq!(found, [half.public().thumbprint()], "{form} {}", String::from_utf8_lossy(&text));
        }
    }
}

#[test]
fn base64_of_a_text_with_a_half_in_it_is_found_at_any_offset_of_the_half() {
    let half = half();
    let file = half.to_pem().unwrap();
    for before in 0..200 {
        let text = format!("{{\"a\":\"{}\",\"key\":\"{}\"}}", "x".repeat(before), file.replace('\n', "\\n"));
        for base64 in [
            STANDARD.encode(&text),
            wrapped(&STANDARD.encode(&text), 76),
            wrapped(&STANDARD.encode(&text), 64),
        ] {
            assert_eq!(scanned_bytes("file", base64.as_bytes()).findings.len(), 1, "{before}");
        }
    }
}

#[test]
fn a_half_in_a_damaged_wrapping_is_the_half_still() {
    let half = half();
    let mut der = half.to_pkcs8().unwrap().to_vec();
    der[12] ^= 1;
    assert_eq!(scanned_bytes("der", &der).findings[0].form, "sec1-der");
    // Without the public half nothing contradicts the number; with a wrong one it does.
    let number: [u8; 32] = der[36..68].try_into().unwrap();
    let bare =
        [&b"\x30\x41"[..], &anchors::PKCS8_CORE, b"\x27\x30\x25\x02\x01\x01\x04\x20", &number].concat();
    assert_eq!(scanned_bytes("der", &bare).findings[0].thumbprint, half.public().thumbprint());
}

/// One key in twenty-five has two dashes on end there.
#[test]
fn dashes_in_the_alphabet_of_urls_do_not_end_a_half() {
    let written = |half: &PrivateHalf| URL_SAFE_NO_PAD.encode(&half.to_pkcs8().unwrap()[..]);
    let mut halves = std::iter::repeat_with(half);
    let half = halves.find(|half| written(half).contains("--")).unwrap();
    for text in [written(&half), format!("--key {} --other", written(&half))] {
        let report = scanned_bytes("file", text.as_bytes());
        let found: Vec<_> = report.findings.iter().map(|finding| finding.thumbprint).collect();
        assert_eq!(found, [half.public().thumbprint()], "{text}");
    }
}
