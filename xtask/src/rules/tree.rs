//! The binary's dependencies stay few, and one library does the cryptography.

use std::collections::BTreeSet;

use super::Repository;

/// Of the binary as servers need it: without its default features, which bring stores of holders.
const MOST: usize = 370;

/// Each would bring a second implementation of what aws-lc-rs does.
const BANNED: &[&str] = &["ring", "openssl", "openssl-sys", "native-tls"];

/// At most [`MOST`] crates without default features, and none of [`BANNED`] with whatever features.
pub(super) fn check(repository: &Repository) -> Vec<String> {
    let count = packages(&repository.lean_tree).len();
    let many =
        (count > MOST).then(|| format!("counterfoil is built from {count} crates; {MOST} is the limit"));
    let empty = (count == 0).then(|| "cargo tree lists no crate of counterfoil".to_owned());
    let full: BTreeSet<_> = packages(&repository.full_tree).into_iter().map(|(name, _)| name).collect();
    let banned = BANNED.iter().filter(|name| full.contains(**name));
    let banned =
        banned.map(|name| format!("counterfoil is built with {name}; cryptography is aws-lc-rs's alone"));
    many.into_iter().chain(empty).chain(banned).collect()
}

/// Name and version of each line: `serde v1.0.228`, some with ` (proc-macro)` or ` (*)` behind.
fn packages(tree: &str) -> BTreeSet<(&str, &str)> {
    let words = tree.lines().map(str::split_whitespace);
    words.filter_map(|mut words| Some((words.next()?, words.next()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(lean_tree: String, full_tree: &str) -> Vec<String> {
        check(&Repository { lean_tree, full_tree: full_tree.to_owned(), ..Repository::default() })
    }

    fn tree_of(count: usize) -> String {
        (0..count).map(|number| format!("crate-{number} v1.0.0\n")).collect()
    }

    #[test]
    fn the_limit_is_370_crates() {
        assert_eq!(found(tree_of(370), ""), Vec::<String>::new());
        assert_eq!(found(tree_of(371), ""), ["counterfoil is built from 371 crates; 370 is the limit"]);
    }

    #[test]
    fn a_crate_that_is_listed_twice_counts_once_but_two_versions_count_twice() {
        let tree = "serde v1.0.0\nserde v1.0.0 (*)\nsyn v2.0.0 (proc-macro)\nsyn v1.0.0\n";
        assert_eq!(packages(tree).len(), 3);
    }

    #[test]
    fn a_second_cryptography_is_found() {
        let found = found(tree_of(1), "counterfoil v0.1.0 (/src)\nring v0.17.0\nstring v1.0.0\n");
        assert_eq!(found, ["counterfoil is built with ring; cryptography is aws-lc-rs's alone"]);
    }

    #[test]
    fn an_empty_tree_is_no_lean_tree() {
        assert_eq!(found(String::new(), ""), ["cargo tree lists no crate of counterfoil"]);
    }
}
