//! Letters of passwords, gathered so that no copy of them is left behind.

use zeroize::Zeroizing;

/// The most bytes of UTF-8 that a letter takes.
const OF_A_LETTER: usize = 4;

/// These letters, of which there are at most so many: a text that outgrows its room moves, and what it leaves is not
/// overwritten.
pub(super) fn gathered(most: usize, letters: impl Iterator<Item = char>) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(most * OF_A_LETTER));
    text.extend(letters.take(most));
    text
}

/// The letters of a text.
pub(super) fn letters(text: &str) -> Zeroizing<Vec<char>> {
    let mut letters = Zeroizing::new(Vec::with_capacity(text.len()));
    letters.extend(text.chars());
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_gathered_into_room_that_was_there_from_the_beginning() {
        for text in ["", "a", "zwölf Boxkämpfer", "👩‍👩‍👧‍👦👩‍👩‍👧‍👦"] {
            let count = text.chars().count();
            let whole = gathered(count, text.chars());
            assert_eq!((whole.as_str(), whole.capacity()), (text, count * OF_A_LETTER));
            assert_eq!(letters(text).iter().collect::<String>(), text);
            assert_eq!(letters(text).capacity(), text.len());
        }
        assert_eq!(gathered(2, "abc".chars()).as_str(), "ab");
    }
}
