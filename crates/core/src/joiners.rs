//! Characters that show nothing themselves and change how their neighbours are written: the zero-width joiner and
//! non-joiner. Scripts of India and Iran and families of emoji need them; anywhere else they only make one name look
//! like another.

const NON_JOINER: char = '\u{200c}';
const JOINER: char = '\u{200d}';

/// Whether a joiner does something between these texts: rules A1, A2 and B of Unicode's identifiers (UAX 31), as far
/// as neighbours alone tell, and the joiner of emoji (UTS 51).
pub(crate) fn joins(before: &str, joiner: char, behind: &str) -> bool {
    let (Some(last), Some(next)) = (before.chars().next_back(), behind.chars().next()) else { return false };
    match joiner {
        NON_JOINER => joins_letters(last, next) || is_arabic(last) && is_arabic(next),
        JOINER => joins_letters(last, next) || is_emoji_or_its_style(last) && is_emoji(next),
        _ => false,
    }
}

/// Behind a virama, which takes a consonant's vowel away, both joiners say how it goes together with the next.
fn joins_letters(last: char, next: char) -> bool {
    is_virama(last) && is_indic(next) && next.is_alphabetic()
}

const fn is_virama(letter: char) -> bool {
    matches!(
        letter,
        '\u{94d}'
            | '\u{9cd}'
            | '\u{a4d}'
            | '\u{acd}'
            | '\u{b4d}'
            | '\u{bcd}'
            | '\u{c4d}'
            | '\u{ccd}'
            | '\u{d3b}'
            | '\u{d3c}'
            | '\u{d4d}'
            | '\u{dca}'
    )
}

/// Devanagari to Sinhala.
const fn is_indic(letter: char) -> bool {
    matches!(letter, '\u{900}'..='\u{dff}')
}

/// Letters that are written together.
fn is_arabic(letter: char) -> bool {
    matches!(letter, '\u{620}'..='\u{6ff}' | '\u{750}'..='\u{77f}' | '\u{8a0}'..='\u{8ff}')
        && letter.is_alphabetic()
}

const fn is_emoji(letter: char) -> bool {
    matches!(
        letter,
        '\u{1f300}'..='\u{1faff}' | '\u{2190}'..='\u{21ff}' | '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}'
    )
}

/// Behind an emoji may stand that it is to be coloured.
const fn is_emoji_or_its_style(letter: char) -> bool {
    is_emoji(letter) || letter == '\u{fe0f}'
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether all joiners in a text do something.
    fn is_good(text: &str) -> bool {
        let mut joiners = text.char_indices().filter(|(_, letter)| matches!(*letter, JOINER | NON_JOINER));
        joiners.all(|(at, joiner)| joins(&text[..at], joiner, &text[at + joiner.len_utf8()..]))
    }

    #[test]
    fn joiners_stand_where_a_script_or_an_emoji_needs_them() {
        for text in [
            "👩\u{200d}👩\u{200d}👧\u{200d}👦",
            "❤\u{fe0f}\u{200d}🔥",
            "🧑🏽\u{200d}💻 CI",
            "🏴\u{200d}☠\u{fe0f}",
            "آریا\u{200c}نا",
            "می\u{200c}خواهم",
            "क्\u{200d}ष",
            "क्\u{200c}ष",
            "ශ්\u{200d}රී",
        ] {
            assert!(is_good(text), "{text:?}");
        }
    }

    #[test]
    fn elsewhere_they_only_hide() {
        for text in [
            "\u{200d}👩",
            "👩\u{200d}",
            "a\u{200d}b",
            "a\u{200c}b",
            "👩\u{200d}a",
            "a\u{200d}👩",
            "👩\u{200c}👩",
            "👩\u{200d}\u{200d}👩",
            "آ\u{200d}ن",
            "آ\u{200c} ن",
            "آ\u{200c}\u{200c}ن",
            "क\u{200d}ष",
            "क्\u{200d}a",
            "क्\u{200d}",
            "1\u{200c}2",
            "\u{fe0f}\u{200d}a",
        ] {
            assert!(!is_good(text), "{text:?}");
        }
    }
}
