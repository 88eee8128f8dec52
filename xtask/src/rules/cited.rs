//! A test that a table of requirements cites is there.

use super::Repository;
use std::collections::BTreeSet;

/// The page whose tables say which test keeps which requirement.
const PAGE: &str = "docs/asvs.md";

/// Every name between backticks that could be a test's is a function of some Rust file.
pub(super) fn check(repository: &Repository) -> Vec<String> {
    let Some(page) = repository.markdown.get(PAGE) else { return Vec::new() };
    let functions = functions(repository);
    let cited = page.lines().zip(1..).flat_map(|(line, number)| names(line).map(move |name| (number, name)));
    let missing = cited.filter(|(_, name)| !functions.contains(name));
    missing.map(|(line, name)| format!("{PAGE}:{line}: there is no test `{name}`")).collect()
}

/// A test's name is a sentence: words with underscores between, three at least.
fn names(line: &str) -> impl Iterator<Item = &str> {
    let code = line.split('`').skip(1).step_by(2);
    code.filter(|text| {
        text.matches('_').count() >= 2
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    })
}

fn functions(repository: &Repository) -> BTreeSet<&str> {
    let files = repository.rust.values();
    files.flat_map(|file| file.code.split("fn ").skip(1)).map(name_at).collect()
}

/// The name that a text begins with.
fn name_at(text: &str) -> &str {
    let end = text.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    text.get(..end.unwrap_or(text.len())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cited_test_that_is_not_there_is_named_with_its_line() {
        let page = "| 1 | x | `a_link_lets_in_once` and `docs/mail.md` |\n| 2 | y | `nobody_wrote_this_one`, `fn_x` |\n";
        let rust = "#[test]\nfn a_link_lets_in_once() {}\n// fn nobody_wrote_this_one() {}\n";
        let repository = Repository::of(&[(PAGE, page), ("crates/core/src/x.rs", rust)]);
        assert_eq!(check(&repository), ["docs/asvs.md:2: there is no test `nobody_wrote_this_one`"]);
        assert!(check(&Repository::of(&[("README.md", page)])).is_empty());
    }
}
