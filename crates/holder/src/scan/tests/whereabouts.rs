//! Where a half was found: file, line, and the id of its key.

use super::{half, scanned, scanned_bytes};
use crate::scan::{Report, Searcher, haul, hunt, source};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fs;

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
