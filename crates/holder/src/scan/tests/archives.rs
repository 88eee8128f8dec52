//! Archives, also damaged ones, one within another, and bombs.

use super::{Written, half, places, scanned, scanned_bytes, zipped};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs;
use std::io::Write;

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
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
