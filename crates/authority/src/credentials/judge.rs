//! Whether a password would be guessed.
//!
//! Classes of letters say nothing: `Password123!` has four of them. What counts is how much is left once the
//! words that everybody uses, the person's own, and what repeats itself are taken out.

use super::gathered::{gathered, letters};
use std::fmt;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// The fewest characters.
const SHORTEST: usize = 12;
/// The most characters.
const LONGEST: usize = 128;
/// How many characters must be left once everything that is guessed at once counts as one.
const LEAST_LEFT: usize = 8;
/// A part of a name or address that is shorter may stand in any word.
const SHORTEST_PART: usize = 3;

/// What many passwords are made of.
const COMMON: &str = include_str!("common.txt");

/// Neighbours in these rows follow each other in passwords.
const ROWS: [&str; 6] =
    ["abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop"];

/// A password that was judged good, in one form of Unicode.
pub struct Password(Zeroizing<String>);

impl Password {
    /// The password.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("[password]")
    }
}

/// Why a password would be guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// Too few characters.
    #[error("Use at least 12 characters; several words are easy to remember and hard to guess")]
    Short,
    /// Too many.
    #[error("Use at most 128 characters")]
    Long,
    /// It is one that many use.
    #[error("This password is among the first that are tried. Use several words that don't belong together")]
    Common,
    /// It is made of the person's own name or address.
    #[error("This password is made of your name, your address or the name of this site")]
    Personal,
    /// It repeats itself or counts up.
    #[error("This password repeats itself or goes along the keyboard")]
    Repeated,
}

/// Judges a password of somebody whom these texts tell of: names, the address, what the site is called.
///
/// # Errors
/// Why it would be guessed.
pub fn judge(typed: &str, about: &[&str]) -> Result<Password, WeakPassword> {
    let password = gathered(LONGEST + 1, typed.nfc());
    match password.chars().count() {
        count if count < SHORTEST => return Err(WeakPassword::Short),
        count if count > LONGEST => return Err(WeakPassword::Long),
        _ => {}
    }
    let (plain, lower) = (plain(&password), Zeroizing::new(password.to_lowercase()));
    if left_of(&plain).min(left_of(&lower)) < LEAST_LEFT {
        return Err(WeakPassword::Repeated);
    }
    let common: Vec<String> = COMMON.lines().map(str::to_owned).collect();
    if left_of(&without(&plain, &common)) < LEAST_LEFT {
        return Err(WeakPassword::Common);
    }
    let personal: Vec<String> = about.iter().flat_map(|text| parts_of(text)).chain(common).collect();
    if left_of(&without(&plain, &personal)) < LEAST_LEFT {
        return Err(WeakPassword::Personal);
    }
    Ok(Password(password))
}

/// In small letters, with the signs that stand for letters read as these.
fn plain(password: &str) -> Zeroizing<String> {
    let read = |letter: char| match letter {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    };
    // Digits among digits stay digits: a year is no word.
    let letters = letters(&Zeroizing::new(password.to_lowercase()));
    let is_digit = |at: Option<usize>| at.and_then(|at| letters.get(at)).is_some_and(char::is_ascii_digit);
    let plain = letters.iter().enumerate().map(|(at, letter)| {
        let is_number = letter.is_ascii_digit() && (is_digit(at.checked_sub(1)) || is_digit(Some(at + 1)));
        if is_number { *letter } else { read(*letter) }
    });
    gathered(letters.len(), plain)
}

/// The text with one sign in the place of each of these words, the longest first.
fn without(text: &str, words: &[String]) -> Zeroizing<String> {
    let mut words: Vec<&String> =
        words.iter().filter(|word| !word.is_empty() && text.contains(*word)).collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let start = Zeroizing::new(text.to_owned());
    words.into_iter().fold(start, |text, word| without_one(&text, word))
}

/// As `str::replace`, which grows as it goes.
fn without_one(text: &str, word: &str) -> Zeroizing<String> {
    let mut left = Zeroizing::new(String::with_capacity(text.len()));
    for (number, part) in text.split(word).enumerate() {
        left.push_str(if number > 0 { "\u{1}" } else { "" });
        left.push_str(part);
    }
    left
}

/// The words in a name, an address or a title.
fn parts_of(text: &str) -> impl Iterator<Item = String> {
    let plain = text.nfc().collect::<String>().to_lowercase();
    let parts: Vec<String> = plain
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|part| part.chars().count() >= SHORTEST_PART)
        .map(|part| self::plain(part).to_string())
        .collect();
    parts.into_iter()
}

/// How many characters are left if each that follows from those before it counts for nothing.
fn left_of(text: &str) -> usize {
    let letters = letters(text);
    let mut left = 0;
    let mut at = 0;
    while at < letters.len() {
        left += 1;
        at += followers(&letters[at..]).max(1);
    }
    left
}

/// How many characters from here on one tells: a run of one letter, along a row, or a repetition of the block
/// that has just begun.
fn followers(rest: &[char]) -> usize {
    let run = |follows: &dyn Fn(char, char) -> bool| {
        1 + rest.windows(2).take_while(|pair| follows(pair[0], pair[1])).count()
    };
    let same = run(&|one, next| one == next);
    let up = run(&|one, next| is_next(one, next));
    let down = run(&|one, next| is_next(next, one));
    let longest = same.max(up).max(down);
    repetition(rest).max(if longest >= 3 { longest } else { 1 })
}

fn is_next(one: char, next: char) -> bool {
    ROWS.iter().any(|row| row.chars().zip(row.chars().skip(1)).any(|pair| pair == (one, next)))
}

/// If the text goes on with a block of two to eight letters three times and more, how much of it one may leave out
/// so that the block is counted once.
fn repetition(rest: &[char]) -> usize {
    (2..=8)
        .filter_map(|length| {
            let block = rest.get(..length)?;
            let times = rest.chunks(length).take_while(|chunk| *chunk == block).count();
            (times >= 3).then(|| length * (times - 1) + 1)
        })
        .max()
        .unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ABOUT: [&str; 4] = ["Ada", "Lovelace", "ada.lovelace@analytical.example", "Counterfoil"];

    #[test]
    fn what_nobody_guesses_is_good() {
        let long = "ä9µ".repeat(3) + &"correct horse battery staple ".repeat(4)[..110];
        for good in [
            "correct horse battery staple",
            "tr0ub4dor&3xyzzy",
            "Wir essen Kuchen um vier",
            "x7#Kq9!mZp2$",
            "密码密钥长短句子一二三四",
            "the rain in spain stays",
            long.as_str(),
        ] {
            assert!(judge(good, &ABOUT).is_ok(), "{good}: {:?}", judge(good, &ABOUT).err());
        }
    }

    #[test]
    fn what_is_guessed_is_refused_and_says_why() {
        let cases = [
            ("", WeakPassword::Short),
            ("x7#Kq9!mZp2", WeakPassword::Short),
            ("aaaaaaaaaaaaaaaa", WeakPassword::Repeated),
            ("1234567890123456", WeakPassword::Repeated),
            ("abcabcabcabcabcabc", WeakPassword::Repeated),
            ("qwertyuiopasdfghjkl", WeakPassword::Repeated),
            ("zyxwvutsrqponmlk", WeakPassword::Repeated),
            ("Password123!", WeakPassword::Common),
            ("P@ssw0rdP@ssw0rd", WeakPassword::Common),
            ("letmeinwelcome1", WeakPassword::Common),
            ("iloveyou2026!", WeakPassword::Common),
            ("passwordpassword", WeakPassword::Common),
            ("AdaLovelace1852", WeakPassword::Personal),
            ("counterfoil2026", WeakPassword::Personal),
            ("l0velace4nalytical", WeakPassword::Personal),
        ];
        for (weak, why) in cases {
            assert_eq!(judge(weak, &ABOUT).err(), Some(why), "{weak}");
        }
        assert_eq!(judge(&"x7#Kq9!mZp2$".repeat(11), &[]).err(), Some(WeakPassword::Long));
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_judged_and_what_is_good_is_long_enough(typed in ".{0,140}", name in ".{0,20}") {
            if let Ok(good) = judge(&typed, &[&name]) {
                prop_assert!((SHORTEST..=LONGEST).contains(&good.expose().chars().count()));
            }
        }

        #[test]
        fn what_repeats_itself_is_refused_however_long(block in "[a-z0-9]{1,7}", times in 4_usize..18) {
            let typed = block.repeat(times);
            prop_assert!(judge(&typed, &[]).is_err(), "{}", typed);
        }
    }

    #[test]
    fn a_password_does_not_show_itself() {
        assert_eq!(format!("{:?}", judge("correct horse battery staple", &[]).unwrap()), "[password]");
    }
}
