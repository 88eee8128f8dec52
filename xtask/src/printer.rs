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

/// Renders rows as columns: the first flush left, the others flush right but the last.
pub(crate) fn table(rows: &[[String; 4]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let [name, result, seconds] = [width(0), width(1), width(2)];
    rows.iter().fold(String::new(), |mut text, row| {
        let cells = format!("{:name$}  {:result$}  {:>seconds$}  {}", row[0], row[1], row[2], row[3]);
        let _ = writeln!(text, "{}", cells.trim_end());
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
        assert_eq!(table(&rows), "step    result  seconds\nclippy  FAILED      1.0  see above\n");
    }
}
