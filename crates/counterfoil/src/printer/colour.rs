//! Whether and how to colour.

use std::ffi::OsStr;
use std::io::{IsTerminal, stderr};

/// A way to make a word stand out.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Colour {
    Bold,
    Red,
    Yellow,
    Cyan,
}

/// Whether standard error may be coloured. Results are never coloured: programs read them too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Colours {
    stderr: bool,
}

impl Colours {
    /// Terminals are coloured, unless `NO_COLOR` is set to anything or the terminal is a dumb one.
    pub(crate) fn wanted() -> Self {
        let variable = |name| std::env::var_os(name);
        let may = may_colour(variable("NO_COLOR").as_deref(), variable("TERM").as_deref());
        Self { stderr: may && stderr().is_terminal() }
    }

    /// Whether standard error may be coloured.
    pub(crate) fn on_stderr(self) -> bool {
        self.stderr
    }

    /// A text for standard error.
    pub(crate) fn stderr(self, colour: Colour, text: &str) -> String {
        if self.stderr { paint(colour, text) } else { text.to_owned() }
    }
}

fn may_colour(no_color: Option<&OsStr>, term: Option<&OsStr>) -> bool {
    no_color.is_none_or(OsStr::is_empty) && term.is_none_or(|term| term != "dumb")
}

fn paint(colour: Colour, text: &str) -> String {
    let code = match colour {
        Colour::Bold => "1",
        Colour::Red => "1;31",
        Colour::Yellow => "1;33",
        Colour::Cyan => "1;36",
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_color_and_a_dumb_terminal_are_honoured_and_an_empty_no_color_is_none() {
        for (no_color, term, expected) in [
            (None, None, true),
            (None, Some("xterm"), true),
            (Some(""), Some("xterm"), true),
            (Some("1"), Some("xterm"), false),
            (Some("0"), None, false),
            (None, Some("dumb"), false),
        ] {
            let found = may_colour(no_color.map(OsStr::new), term.map(OsStr::new));
            assert_eq!(found, expected, "{no_color:?} {term:?}");
        }
    }
}
