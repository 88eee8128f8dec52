//! Scans of what is made here: forms, archives, histories.

mod archives;
mod forms;
mod histories;
mod near_misses;
mod reports;
mod whereabouts;

use crate::scan::{Finding, Report, Scan, Which};
use aws_lc_rs::rand::SystemRandom;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use counterfoil_core::half::PrivateHalf;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use std::fs;
use std::io::Write;
use std::path::Path;

fn half() -> PrivateHalf {
    PrivateHalf::generate(&SystemRandom::new()).unwrap()
}

fn scanned(path: &Path) -> Report {
    let mut watch = |_| ();
    let mut scan = Scan::new(&mut watch);
    scan.files(path, Which::All).unwrap();
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

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
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
