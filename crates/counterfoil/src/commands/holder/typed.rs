//! What is given in a file or on standard input, and how what strangers wrote is shown.

use crate::problem::{Problem, at_file};
use std::io::Read;
use std::path::Path;

/// The most letters of one value that are shown.
const MOST: usize = 160;

/// A text of a file, or of standard input if it is called `-`. More than `limit` is not read.
pub(super) fn read(path: &Path, limit: usize, what: &str) -> Result<String, Problem> {
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1024);
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(most).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes))
    };
    read.map_err(|fault| at_file("read", path, &fault))?;
    String::from_utf8(bytes)
        .map_err(|_| Problem::new(format!("this is no text, and so no {what}"), "give it as it came"))
}

/// One line of it, without anything that moves a terminal's cursor.
pub(super) fn shown(text: &str) -> String {
    let plain = text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter });
    let mut line: String = plain.take(MOST).collect();
    if text.chars().count() > MOST {
        line.push('…');
    }
    line
}
