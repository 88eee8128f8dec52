use super::*;
use aws_lc_rs::rand::SystemRandom;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use proptest::prelude::*;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;

fn half() -> PrivateHalf {
    PrivateHalf::generate(&SystemRandom::new()).unwrap()
}

fn scanned(path: &Path) -> Report {
    let mut watch = |_| ();
    let mut scan = Scan::new(&mut watch);
    scan.files(path, Which::All).unwrap();
    scan.report()
}

fn history(path: &Path) -> Report {
    let mut watch = |_| ();
    let mut scan = Scan::new(&mut watch);
    scan.history(path).unwrap();
    scan.report()
}

/// Scans one file with these bytes.
fn scanned_bytes(name: &str, bytes: &[u8]) -> Report {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), bytes).unwrap();
    scanned(folder.path())
}

/// Path below `folder`, line and form of each finding, all of which must be of `half`.
fn places(report: &Report, folder: &Path, half: &PrivateHalf) -> Vec<(String, u64, String)> {
    let place = |finding: &Finding| {
        assert_eq!(finding.thumbprint, half.public().thumbprint());
        let path = finding.path.as_deref().unwrap_or_default();
        let below =
            Path::new(path).strip_prefix(folder).map_or(path.to_owned(), |it| it.display().to_string());
        (below, finding.line.unwrap(), finding.form.clone())
    };
    report.findings.iter().map(place).collect()
}

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

fn pem(der: &[u8], label: &str, width: usize, end: &str) -> String {
    let base64 = STANDARD.encode(der);
    let lines: Vec<_> =
        base64.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----{end}{}{end}-----END {label}-----{end}", lines.join(end))
}

fn wrapped(text: &str, width: usize) -> String {
    let lines: Vec<_> =
        text.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).unwrap()).collect();
    lines.join("\n") + "\n"
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
fn lines_are_counted_from_one_and_the_first_line_of_pem_is_meant() {
    let half = half();
    let file = half.to_pem().unwrap();
    for before in [0, 1, 7, 40_000] {
        let text = format!("{}{}\nmore\n{}", "a line\n".repeat(before), *file, *file);
        let lines: Vec<_> =
            scanned_bytes("f", text.as_bytes()).findings.iter().map(|it| it.line.unwrap()).collect();
        assert_eq!(lines, [before as u64 + 1, before as u64 + 9]);
    }
}

/// Reads little at a time, so that pieces end where they are meant to.
struct Slow<'a>(&'a [u8]);

impl std::io::Read for Slow<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let most = into.len().min(4096);
        std::io::Read::read(&mut self.0, &mut into[..most])
    }
}

#[test]
fn a_half_on_the_edge_of_two_pieces_is_found_once_on_its_line() {
    let half = half();
    let file = half.to_pem().unwrap();
    let edge = source::PIECE - hunt::BEHIND;
    for before in (edge - 300..edge + 20).step_by(5) {
        let mut text = vec![b'\n'; before];
        text.extend_from_slice(file.as_bytes());
        text.resize(source::PIECE + 8192, b' ');
        let mut watch = |_| ();
        let mut searcher = Searcher::new(&mut watch);
        searcher.stream(&mut Slow(&text), text.len() as u64, &haul::Whence::default).unwrap();
        let lines: Vec<_> = searcher.haul.findings.iter().map(|it| it.line.unwrap()).collect();
        assert_eq!(lines, [before as u64 + 1]);
    }
}

#[test]
fn key_ids_are_read_from_names_of_files_and_from_the_text_around() {
    let half = half();
    let file = half.to_pem().unwrap().to_string();
    let id = |report: Report| report.findings[0].key_id.map(|id| id.to_string());
    for (name, text, expected) in [
        ("AuthKey_2X9R4HXF34.p8", file.clone(), Some("2X9R4HXF34")),
        ("ApiKey_2X9R4HXF34.p8.bak", file.clone(), Some("2X9R4HXF34")),
        ("SubscriptionKey_2X9R4HXF34.txt", file.clone(), Some("2X9R4HXF34")),
        ("AuthKey_2X9R4HXF345.p8", file.clone(), None),
        (
            "key.json",
            serde_json::json!({"key_id": "ABCDEFGH12", "key": file}).to_string(),
            Some("ABCDEFGH12"),
        ),
        (".env", format!("ASC_KEY_ID=ABCDEFGH12\nASC_PRIVATE_KEY='{file}'\n"), Some("ABCDEFGH12")),
        (".env", format!("ASC_KEY_ID=ABCDEFGH123\nASC_PRIVATE_KEY='{file}'\n"), None),
        (
            "b64",
            STANDARD.encode(format!("{{\"key_id\":\"ABCDEFGH12\",\"key\":\"{file}\"}}")),
            Some("ABCDEFGH12"),
        ),
    ] {
        assert_eq!(id(scanned_bytes(name, text.as_bytes())).as_deref(), expected, "{name}");
    }
}

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

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// How a member of a zip is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Written {
    Stored,
    Deflated,
    /// Its size comes behind it, as streams are zipped.
    Streamed,
}

fn zipped(members: &[(&str, &[u8], Written)]) -> Vec<u8> {
    let mut zip = Vec::new();
    for (name, bytes, written) in members {
        let body = if *written == Written::Stored { bytes.to_vec() } else { deflated(bytes) };
        let sizes = [0, body.len() as u32, bytes.len() as u32].map(u32::to_le_bytes).concat();
        let is_streamed = *written == Written::Streamed;
        zip.extend_from_slice(b"PK\x03\x04\x14\x00");
        zip.extend_from_slice(&[if is_streamed { 8 } else { 0 }, 0]);
        zip.extend_from_slice(&[if *written == Written::Stored { 0 } else { 8 }, 0, 0, 0, 0, 0]);
        zip.extend_from_slice(if is_streamed { &[0; 12] } else { &sizes });
        zip.extend_from_slice(&(name.len() as u16).to_le_bytes());
        zip.extend_from_slice(&[0, 0]);
        zip.extend_from_slice(name.as_bytes());
        zip.extend_from_slice(&body);
        if is_streamed {
            zip.extend_from_slice(b"PK\x07\x08");
            zip.extend_from_slice(&sizes);
        }
    }
    zip.extend_from_slice(b"PK\x01\x02 a directory");
    zip
}

fn tarred(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = Vec::new();
    for (name, bytes) in members {
        let mut head = [0; 512];
        head[..name.len()].copy_from_slice(name.as_bytes());
        head[124..136].copy_from_slice(format!("{:011o}\0", bytes.len()).as_bytes());
        head[156] = b'0';
        head[257..265].copy_from_slice(b"ustar\x0000");
        tar.extend_from_slice(&head);
        tar.extend_from_slice(bytes);
        tar.resize(tar.len().next_multiple_of(512), 0);
    }
    tar.resize(tar.len() + 1024, 0);
    tar
}

#[test]
fn archives_are_looked_into_also_one_within_another() {
    use Written::{Deflated, Stored, Streamed};
    let half = half();
    let file = half.to_pem().unwrap();
    let key = file.as_bytes();
    let bundle = format!("var a=1;var k=\"{}\";", file.replace('\n', "\\n"));
    let members = [
        ("Payload/empty", &b""[..], Deflated),
        ("Payload/a.p8", key, Deflated),
        ("b.p8", key, Stored),
        ("c.js", bundle.as_bytes(), Streamed),
        ("d.p8", key, Deflated),
    ];
    let inner = ["app.ipa!/Payload/a.p8", "app.ipa!/b.p8", "app.ipa!/c.js", "app.ipa!/d.p8"];
    let zip = zipped(&members);
    let tar = tarred(&[("x/y.p8", key), ("app.ipa", &zip), ("z.gz", &gzipped(key))]);
    let in_tar = [
        "!/x/y.p8",
        "!/app.ipa!/Payload/a.p8",
        "!/app.ipa!/b.p8",
        "!/app.ipa!/c.js",
        "!/app.ipa!/d.p8",
        "!/z.gz!/gz",
    ];
    let found = |name: &str, bytes: &[u8]| {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(name), bytes).unwrap();
        let places = places(&scanned(folder.path()), folder.path(), &half);
        let mut paths: Vec<_> = places.into_iter().map(|(path, _, _)| path).collect();
        paths.sort();
        paths
    };
    let below = |head: &str| {
        let mut paths: Vec<_> = in_tar.iter().map(|path| format!("{head}{path}")).collect();
        paths.sort();
        paths
    };
    assert_eq!(found("app.ipa", &zip), inner);
    assert_eq!(found("a.tar", &tar), below("a.tar"));
    assert_eq!(found("a.tgz", &gzipped(&tar)), below("a.tgz!/gz"));
    let large =
        [zipped(&[("pad", &vec![b'x'; 3 << 20], Stored), ("k.p8", key, Deflated)]), vec![0; 100]].concat();
    assert_eq!(found("large.zip", &large), ["large.zip!/k.p8"]);
}

#[test]
fn a_damaged_archive_hides_nothing_that_it_holds_uncompressed() {
    let half = half();
    let file = half.to_pem().unwrap();
    let mut zip = zipped(&[
        ("a", b"aaaaaaaaaaaaaaaaaaaaaa", Written::Deflated),
        ("b", file.as_bytes(), Written::Stored),
    ]);
    zip[31] ^= 0xff;
    zip[32] ^= 0xff;
    assert_eq!(scanned_bytes("a.zip", &zip).findings.len(), 1);
    let gz = [&gzipped(b"text")[..12], file.as_bytes()].concat();
    assert_eq!(scanned_bytes("a.gz", &gz).findings.len(), 1);
    let unknown_method = zip_with_method(12, file.as_bytes());
    assert_eq!(scanned_bytes("b.zip", &unknown_method).findings.len(), 1);
}

/// A member in a way that is not unpacked, and one behind it.
fn zip_with_method(method: u8, behind: &[u8]) -> Vec<u8> {
    let mut zip = zipped(&[("odd", b"odd bytes", Written::Stored), ("key", behind, Written::Deflated)]);
    zip[8] = method;
    zip
}

#[test]
fn a_bomb_is_given_up_and_reported() {
    // Packed twice, zeros take next to nothing.
    let zeros = vec![0; 1 << 20];
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..24 {
        encoder.write_all(&zeros).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    let bomb = zipped(&[("bomb.gz", &bomb, Written::Deflated)]);
    let report = scanned_bytes("bomb.zip", &bomb);
    assert_eq!(report.findings, []);
    assert_eq!(report.unread.len(), 1, "{:?}", report.unread);
}

#[test]
fn links_are_not_followed_and_what_git_keeps_for_itself_is_left_out() {
    let half = half();
    let file = half.to_pem().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("a.p8"), file.as_bytes()).unwrap();
    std::os::unix::fs::symlink(outside.path(), folder.path().join("link")).unwrap();
    std::os::unix::fs::symlink(outside.path().join("a.p8"), folder.path().join("b.p8")).unwrap();
    fs::create_dir(folder.path().join(".git")).unwrap();
    fs::write(folder.path().join(".git/a.p8"), file.as_bytes()).unwrap();
    assert_eq!(scanned(folder.path()).findings, []);
    assert_eq!(scanned(&folder.path().join("link")).findings.len(), 1, "a link that was named is meant");
}

/// A repository in a folder of its own.
struct Repository {
    folder: TempDir,
}

impl Repository {
    fn new() -> Self {
        let repository = Self { folder: tempfile::tempdir().unwrap() };
        repository.git(&["init", "-q", "-b", "main"]);
        repository
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args(["-C", self.path().to_str().unwrap(), "-c", "user.name=A", "-c", "user.email=a@b.c"])
            .args(["-c", "commit.gpgsign=false", "-c", "gc.auto=0"])
            .args(arguments)
            .env("GIT_AUTHOR_DATE", "2026-01-02T03:04:05+01:00")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?} {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Commits a file and says the commit's name.
    fn commit(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        self.write(name, bytes);
        self.git(&["add", "-f", name]);
        self.git(&["commit", "-q", "-m", "change"]);
        self.git(&["rev-parse", "HEAD"])
    }
}

/// Path, commit, date and form of each finding.
type Origins = Vec<(Option<String>, Option<String>, Option<String>)>;

fn origins(report: &Report) -> Origins {
    report.findings.iter().map(|it| (it.path.clone(), it.commit.clone(), it.date.clone())).collect()
}

fn date() -> Option<String> {
    Some("2026-01-02T03:04:05+01:00".to_owned())
}

#[test]
fn a_half_in_the_history_is_found_with_the_commit_that_brought_it_in() {
    for packed in [false, true] {
        let (repository, half) = (Repository::new(), half());
        repository.commit("readme", "nothing");
        let commit = repository.commit("AuthKey_2X9R4HXF34.p8", half.to_pem().unwrap().as_bytes());
        repository.commit("other", "more");
        repository.git(&["mv", "AuthKey_2X9R4HXF34.p8", "moved"]);
        repository.git(&["commit", "-q", "-m", "moved"]);
        repository.git(&["rm", "-q", "moved"]);
        repository.git(&["commit", "-q", "-m", "gone"]);
        if packed {
            repository.git(&["gc", "-q"]);
        }
        assert_eq!(scanned(repository.path()).findings, []);
        let report = history(repository.path());
        assert_eq!(origins(&report), [(Some("AuthKey_2X9R4HXF34.p8".into()), Some(commit), date())]);
        assert_eq!(report.findings[0].key_id, Some(KeyId::try_from("2X9R4HXF34").unwrap()));
        assert_eq!(report.findings[0].line, Some(1));
    }
}

#[test]
fn stashes_other_branches_notes_tags_messages_and_what_nothing_leads_to_count() {
    let repository = Repository::new();
    repository.commit("readme", "nothing");
    let halves: Vec<_> = (0..6).map(|_| half()).collect();
    let text = |number: usize| halves[number].to_pem().unwrap();
    // A stash.
    repository.write("readme", text(0).as_bytes());
    repository.git(&["stash", "-q"]);
    // A branch that was deleted, and whose commit nothing leads to.
    repository.git(&["checkout", "-q", "-b", "gone"]);
    repository.commit("lost", text(1).as_bytes());
    repository.git(&["checkout", "-q", "main"]);
    repository.git(&["branch", "-q", "-D", "gone"]);
    repository.git(&[
        "reflog",
        "expire",
        "--expire=now",
        "--expire-unreachable=now",
        "HEAD",
        "refs/heads/main",
    ]);
    // An object that no commit has.
    let loose = repository.write("loose", text(2).as_bytes());
    repository.git(&["hash-object", "-w", loose.to_str().unwrap()]);
    // Words.
    repository.git(&["commit", "-q", "--allow-empty", "-m", &format!("see\n\n{}", *text(3))]);
    repository.git(&["tag", "-a", "v1", "-m", &text(4)]);
    repository.git(&["notes", "add", "-m", &text(5)]);
    let report = history(repository.path());
    let found: std::collections::BTreeSet<_> = report.thumbprints().collect();
    assert_eq!(found, halves.iter().map(|half| half.public().thumbprint()).collect());
    let of = |number: usize| {
        let thumbprint = halves[number].public().thumbprint();
        report.findings.iter().find(|it| it.thumbprint == thumbprint).unwrap()
    };
    assert_eq!((of(0).path.as_deref(), of(0).commit.is_some()), (Some("readme"), true));
    assert_eq!((of(1).path.as_deref(), of(1).commit.is_some()), (Some("lost"), true));
    assert_eq!((of(2).path.as_deref(), of(2).commit.is_some(), of(2).object.is_some()), (None, false, true));
    assert_eq!((of(3).path.as_deref(), of(3).commit.clone()), (None, of(3).object.clone()));
    assert!(of(4).object.is_some());
    assert!(of(5).commit.is_some());
}

#[test]
fn archives_and_large_files_in_the_history_are_looked_into() {
    let (repository, half) = (Repository::new(), half());
    let zip = zipped(&[("a/b.p8", half.to_pem().unwrap().as_bytes(), Written::Deflated)]);
    repository.commit("app.zip", &zip);
    let mut large = vec![b'\n'; 3 << 20];
    large.extend_from_slice(half.to_pem().unwrap().as_bytes());
    repository.commit("large", &large);
    let report = history(repository.path());
    assert_eq!(
        places(&report, repository.path(), &half),
        [("app.zip!/a/b.p8".into(), 1, "pem".into()), ("large".into(), (3 << 20) + 1, "pem".into()),]
    );
}

#[test]
fn only_what_is_staged_is_looked_at_for_a_commit() {
    let (repository, half) = (Repository::new(), half());
    let staged = |repository: &Repository| {
        let mut watch = |_| ();
        let mut scan = Scan::new(&mut watch);
        scan.staged(repository.path()).unwrap();
        scan.report().findings.into_iter().map(|it| it.path.unwrap()).collect::<Vec<_>>()
    };
    repository.write("a b", half.to_pem().unwrap().as_bytes());
    assert_eq!(staged(&repository), [""; 0]);
    repository.git(&["add", "a b"]);
    repository.write("a b", "cleaned, but not staged");
    assert_eq!(staged(&repository), ["a b"], "also before the first commit");
    repository.git(&["commit", "-q", "-m", "oh"]);
    assert_eq!(staged(&repository), [""; 0]);
}

#[test]
fn ignored_files_are_looked_at_unless_only_tracked_ones_are_wanted() {
    let (repository, half) = (Repository::new(), half());
    repository.commit(".gitignore", "*.p8\n");
    repository.commit("tracked", half.to_pem().unwrap().as_bytes());
    repository.write("a.p8", half.to_pem().unwrap().as_bytes());
    let found = |which: Which| {
        let mut watch = |_| ();
        let mut scan = Scan::new(&mut watch);
        scan.files(repository.path(), which).unwrap();
        places(&scan.report(), repository.path(), &half)
            .into_iter()
            .map(|(path, _, _)| path)
            .collect::<Vec<_>>()
    };
    assert_eq!(found(Which::All), ["a.p8", "tracked"]);
    assert_eq!(found(Which::Tracked), ["tracked"]);
}

#[test]
fn the_history_of_no_repository_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut watch = |_| ();
    assert!(Scan::new(&mut watch).history(folder.path()).is_err());
    assert!(is_bare(folder.path()).is_err());
}

#[test]
fn a_hook_is_written_once_and_never_over_another() {
    let repository = Repository::new();
    let hook = repository.path().join(".git/hooks/pre-commit");
    assert_eq!(install(repository.path()).unwrap(), Installed::Now(hook.clone()));
    assert_eq!(install(repository.path()).unwrap(), Installed::Already(hook.clone()));
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&hook).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o755);
    fs::write(&hook, "#!/bin/sh\nexec make lint\n").unwrap();
    let fault = install(repository.path()).unwrap_err();
    assert!(fault.hint().contains("counterfoil scan --staged"), "{fault:?}");
    assert_eq!(fs::read_to_string(&hook).unwrap(), "#!/bin/sh\nexec make lint\n");
}

#[test]
fn a_report_holds_no_private_half() {
    let half = half();
    let file = half.to_pem().unwrap();
    let report = scanned_bytes("AuthKey_2X9R4HXF34.p8", file.as_bytes());
    let texts = [
        serde_json::to_string(&report.findings).unwrap(),
        sarif(&report).to_string(),
        format!("{:?}", report.findings),
    ];
    for text in texts {
        for line in file.lines().filter(|line| !line.starts_with('-')) {
            assert!(!text.contains(line));
        }
    }
}

#[test]
fn sarif_names_file_and_line() {
    let half = half();
    let report = scanned_bytes("a b.p8", half.to_pem().unwrap().as_bytes());
    let document = sarif(&report);
    let place = &document["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["region"]["startLine"], 1);
    assert!(place["artifactLocation"]["uri"].as_str().unwrap().ends_with("/a%20b.p8"));
}

#[test]
fn what_a_server_says_is_written_into_the_findings() {
    let half = half();
    let mut report = scanned_bytes("a.p8", half.to_pem().unwrap().as_bytes());
    let thumbprints: Vec<_> = report.thumbprints().collect();
    let body =
        report.to_ask(&thumbprints, counterfoil_core::time::Timestamp::from_seconds(1_800_000_000)).unwrap();
    assert_eq!(body["finds"].as_array().unwrap().len(), 1);
    let answer = br#"{"results":[{"status":"ACTIVE","keyId":"2X9R4HXF34","team":{"issuerId":"i","name":"T"},"lastUsed":null}]}"#;
    report.told(&thumbprints, answer).unwrap();
    let finding = &report.findings[0];
    assert_eq!((finding.status, finding.team.as_deref()), (Some(Status::Active), Some("T (i)")));
    assert_eq!(finding.key_id, Some(KeyId::try_from("2X9R4HXF34").unwrap()));
    assert!(report.told(&thumbprints, b"{\"results\":[]}").is_err());
    assert!(report.told(&thumbprints, b"<html>").is_err());
}

use counterfoil_core::id::KeyId;
