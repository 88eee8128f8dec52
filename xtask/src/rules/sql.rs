//! SQL lives in the stores, nowhere else.

use super::Repository;

/// The store of the authority, and the sandbox's own.
const STORES: &[&str] = &["crates/authority/src/store", "crates/sandbox/src/store"];

/// A statement in capitals is SQL wherever in a literal it stands; one in small letters only at its start, and only
/// with its second word, since English begins sentences with the same verbs.
const CAPITALS: &[(&str, &str)] = &[
    ("SELECT ", ""),
    ("INSERT INTO ", ""),
    ("INSERT OR ", ""),
    ("UPDATE ", " SET "),
    ("DELETE FROM ", ""),
    ("CREATE TABLE ", ""),
    ("CREATE INDEX ", ""),
    ("CREATE UNIQUE INDEX ", ""),
    ("ALTER TABLE ", ""),
    ("DROP TABLE ", ""),
    ("PRAGMA ", ""),
    ("BEGIN IMMEDIATE", ""),
    ("VACUUM INTO", ""),
];

/// No string literal outside the stores holds a statement. Tests and benchmarks beside the code may: they look at
/// the database from outside. The rule's own examples are in `xtask`, which is left out.
pub(super) fn check(repository: &Repository) -> Vec<String> {
    let product = repository.rust.iter().filter(|(path, _)| is_product(path));
    product
        .flat_map(|(path, text)| text.strings.iter().map(move |(line, literal)| (path, line, literal)))
        .filter(|(_, _, literal)| is_sql(literal))
        .map(|(path, line, literal)| format!("{path}:{line}: SQL outside the stores: {}", shortened(literal)))
        .collect()
}

fn is_product(path: &str) -> bool {
    let beside = ["/tests/", "/benches/", "/examples/"].iter().any(|part| path.contains(part));
    path.starts_with("crates/") && !STORES.iter().any(|store| path.starts_with(store)) && !beside
}

fn is_sql(literal: &str) -> bool {
    let literal = literal.split_whitespace().collect::<Vec<_>>().join(" ") + " ";
    CAPITALS.iter().any(|(verb, then)| {
        let capitals = literal
            .match_indices(verb)
            .any(|(at, _)| !literal[..at].ends_with(char::is_alphanumeric) && literal[at..].contains(then));
        let then = if *verb == "SELECT " { " from " } else { &then.to_lowercase() };
        capitals || (literal.starts_with(&verb.to_lowercase()) && literal.contains(then))
    })
}

fn shortened(literal: &str) -> String {
    literal.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_known_by_their_words() {
        for literal in [
            "SELECT 1",
            "WITH head AS (SELECT position FROM ledger) …",
            "\n  INSERT INTO ledger\n VALUES ($1)",
            "UPDATE people SET name = $1",
            "PRAGMA journal_mode = WAL",
            "select position from ledger",
            "delete from sealed_half where key = $1",
            "BEGIN IMMEDIATE",
        ] {
            assert!(is_sql(literal), "{literal}");
        }
    }

    #[test]
    fn english_is_not_sql() {
        for literal in [
            "Select a key from the list",
            "select a key",
            "UPDATE your client",
            "update the key's name",
            "RESELECT this",
            "deleted from the team",
            "KEY_GENERATED",
        ] {
            assert!(!is_sql(literal), "{literal}");
        }
    }

    #[test]
    fn a_statement_outside_the_store_is_found_with_its_line() {
        let found = check(&Repository::of(&[("crates/server/src/api.rs", "\nfn f() { q(\"SELECT 1\") }")]));
        assert_eq!(found, ["crates/server/src/api.rs:2: SQL outside the stores: SELECT 1"]);
    }

    #[test]
    fn the_store_the_tests_and_comments_may_hold_statements() {
        let sql = "fn f() { q(\"SELECT 1\") }";
        let fine = [
            ("crates/authority/src/store/sqlite.rs", sql),
            ("crates/authority/tests/ledger.rs", sql),
            ("crates/core/src/lib.rs", "// \"SELECT 1\""),
        ];
        assert_eq!(check(&Repository::of(&fine)), Vec::<String>::new());
    }
}
