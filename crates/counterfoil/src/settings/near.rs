//! «Did you mean …?»

/// The candidate that somebody who wrote `word` most likely meant, if one is near enough.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let distance = |candidate: &str| strsim::damerau_levenshtein(&word, &candidate.to_lowercase());
    let scored = candidates.into_iter().map(|candidate| (distance(candidate), candidate));
    scored
        .min()
        .filter(|(distance, candidate)| *distance * 3 <= candidate.chars().count())
        .map(|(_, found)| found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_word_and_another_word_does_not() {
        let names = ["listen", "public-url", "data"];
        for (word, expected) in [
            ("lisen", Some("listen")),
            ("LISTEN", Some("listen")),
            ("public_url", Some("public-url")),
            ("dtaa", Some("data")),
            ("seal", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, names), expected, "{word:?}");
        }
    }
}
