//! What others wrote, so that it can do nothing to a terminal.
//!
//! Names of files and of members of archives, what a server answers, nicknames: whoever chose them may have put
//! sequences into them that clear the screen, retitle the window, write to the clipboard or turn the direction of
//! writing. People are shown a replacement character in their place.

use std::borrow::Cow;

/// How an escape sequence begins, and the few of ours that end it: see `colour.rs`.
const OURS: [&str; 5] = ["\u{1b}[1m", "\u{1b}[1;31m", "\u{1b}[1;33m", "\u{1b}[1;36m", "\u{1b}[0m"];

/// For people: lines, tabs and our own colours stay.
pub(super) fn for_people(text: &str) -> Cow<'_, str> {
    if !text.contains(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let ours = OURS.into_iter().find(|ours| rest.starts_with(ours));
        let taken = ours.map_or(letter.len_utf8(), str::len);
        match (ours, letter) {
            (Some(ours), _) => shown.push_str(ours),
            (None, letter) if is_harmful(letter) => shown.push(char::REPLACEMENT_CHARACTER),
            (None, letter) => shown.push(letter),
        }
        rest = &rest[taken..];
    }
    Cow::Owned(shown)
}

/// In a JSON document, which means the same afterwards: what JSON itself lets pass is escaped.
pub(super) fn in_json(text: &str) -> Cow<'_, str> {
    if !text.contains(is_harmful) {
        return Cow::Borrowed(text);
    }
    let shown = text.chars().fold(String::with_capacity(text.len()), |mut shown, letter| {
        if is_harmful(letter) {
            shown.push_str(&format!("\\u{:04x}", u32::from(letter)));
        } else {
            shown.push(letter);
        }
        shown
    });
    Cow::Owned(shown)
}

/// Controls, also those of eight bits, and what turns the direction of writing.
fn is_harmful(letter: char) -> bool {
    letter.is_control() && !matches!(letter, '\n' | '\t')
        || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_move_a_terminal_is_shown_as_something_that_can_not_be_shown() {
        for (text, shown) in [
            ("plain\n\tÜñï 李 آریا\u{200c}نا", "plain\n\tÜñï 李 آریا\u{200c}نا"),
            ("\u{1b}]0;title\u{7}a", "\u{fffd}]0;title\u{fffd}a"),
            ("a\u{1b}[2Jb\u{9b}31mc\r", "a\u{fffd}[2Jb\u{fffd}31mc\u{fffd}"),
            ("8p.\u{202e}exe", "8p.\u{fffd}exe"),
            ("\u{1b}[1;31merror:\u{1b}[0m \u{1b}[8mhidden", "\u{1b}[1;31merror:\u{1b}[0m \u{fffd}[8mhidden"),
            ("\u{1b}", "\u{fffd}"),
        ] {
            assert_eq!(for_people(text), shown);
        }
    }

    #[test]
    fn a_document_means_the_same_when_nothing_in_it_moves_a_terminal() {
        let value = serde_json::json!({"path": "a\u{1b}[2J\u{9b}31m\u{7f}\u{202e}b\n"});
        let written = value.to_string();
        let shown = in_json(&written);
        assert!(!shown.contains(is_harmful) && written.contains(is_harmful), "{shown:?}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
    }
}
