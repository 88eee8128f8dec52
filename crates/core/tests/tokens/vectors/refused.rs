//! Hostile and mistaken tokens, each with the fault that it must be refused for.

mod burn;
mod dates;
mod encoding;
mod header;
mod parties;
mod scope;
mod signature;

use super::Case;
use crate::client::{Draft, base64};

pub(super) fn cases() -> Vec<Case> {
    [
        encoding::segments(),
        encoding::encodings(),
        encoding::json(),
        header::headers(),
        header::names(),
        signature::signatures(),
        parties::parties(),
        dates::dates(),
        dates::lifetimes(),
        scope::scopes(),
        burn::burns(),
    ]
    .concat_all()
}

trait ConcatAll {
    fn concat_all(self) -> Vec<Case>;
}

impl<const N: usize> ConcatAll for [Vec<Case>; N] {
    fn concat_all(self) -> Vec<Case> {
        self.into_iter().flatten().collect()
    }
}

fn team() -> Draft {
    Draft::team()
}

/// Cases of one fault, each the sound token of a team key with one claim put in place.
fn claim(fault: &'static str, name: &str, values: &[&str]) -> Vec<Case> {
    values
        .iter()
        .map(|json| Case::refused(fault, &titled("claim", name, json), &team().claim(name, json)))
        .collect()
}

/// Cases of one fault, each the sound token of a team key with one member of the header put in place.
fn head(fault: &'static str, name: &str, values: &[&str]) -> Vec<Case> {
    values
        .iter()
        .map(|json| Case::refused(fault, &titled("header", name, json), &team().head(name, json)))
        .collect()
}

fn titled(part: &str, name: &str, json: &str) -> String {
    let shown: String = json.chars().take(80).collect();
    format!("{part} {name} {shown}")
}

fn texts(fault: &'static str, cases: &[(&str, String)]) -> Vec<Case> {
    cases.iter().map(|(name, token)| Case::refused_text(fault, name, "team", token.clone())).collect()
}

fn drafts(fault: &'static str, cases: &[(&str, Draft)]) -> Vec<Case> {
    cases.iter().map(|(name, draft)| Case::refused(fault, name, draft)).collect()
}

/// The same bytes as another text: the unused bits of the last letter set.
fn loose_bits(segment: &str) -> String {
    // A segment of full length has no unused bits: a space more or two (white space is sound JSON) makes some.
    let bytes = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, segment).unwrap();
    let bytes = if bytes.len().is_multiple_of(3) { [bytes, vec![b' ']].concat() } else { bytes };
    let segment = base64(bytes);
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let last = LETTERS.iter().position(|letter| segment.as_bytes().last() == Some(letter)).unwrap();
    format!("{}{}", &segment[..segment.len() - 1], char::from(LETTERS[last + 1]))
}
