//! The only place that writes to the terminal.
//!
//! A reader that went away (`| head`) is no reason to fail, so write errors are dropped.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write, stderr, stdout};

/// Prints one line.
pub(crate) fn line(text: &str) {
    let _ = writeln!(stdout().lock(), "{text}");
}

/// Prints the headline of a step.
pub(crate) fn headline(name: &str, about: &str) {
    let title = format!("━━ {name} ━━");
    line(&format!("\n{} {about}", bold(&title)));
}

/// Prints what went wrong, on stderr.
pub(crate) fn error(reason: &str) {
    let _ = stdout().flush();
    let _ = writeln!(stderr().lock(), "error: {reason}");
}

/// Renders rows as columns, flush left but those that are named as flush right.
pub(crate) fn table<const COLUMNS: usize>(rows: &[[String; COLUMNS]], right: &[usize]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; COLUMNS] = std::array::from_fn(width);
    rows.iter().fold(String::new(), |mut text, row| {
        let cells = row.iter().zip(widths).enumerate().map(|(column, (cell, width))| {
            if right.contains(&column) { format!("{cell:>width$}") } else { format!("{cell:width$}") }
        });
        let _ = writeln!(text, "{}", cells.collect::<Vec<_>>().join("  ").trim_end());
        text
    })
}

fn bold(text: &str) -> String {
    let plain =
        !stdout().is_terminal() || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if plain { text.to_owned() } else { format!("\x1b[1m{text}\x1b[0m") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_lines_its_columns_up() {
        let row = |cells: [&str; 4]| cells.map(str::to_owned);
        let rows = [row(["step", "result", "seconds", ""]), row(["clippy", "FAILED", "1.0", "see above"])];
        assert_eq!(table(&rows, &[2]), "step    result  seconds\nclippy  FAILED      1.0  see above\n");
    }
}
