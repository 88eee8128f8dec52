//! Broken catalogs: every fault of each, with its place.

mod form;
mod paths;
mod whole;

use crate::SMALL;
use counterfoil_core::catalog::Catalog;

/// Puts the second text in the first one's place, and expects these faults of the whole catalog.
fn expect(cases: &[(&str, &str, &[&str])]) {
    for (old, new, expected) in cases {
        assert!(SMALL.contains(old), "{old}");
        let broken = SMALL.replacen(old, new, 1);
        let faults = Catalog::parse(&broken).expect_err(new);
        let told: Vec<_> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(told, *expected, "{new}");
    }
}

#[test]
fn faults_on_a_line_are_told_from_left_to_right_by_characters_not_bytes() {
    let broken = SMALL.replacen("[\"/loans/**\"]", "[\"loans\", \"日\", 7]", 1);
    let faults = Catalog::parse(&broken).expect_err("three faults");
    let places: Vec<_> = faults.iter().map(|fault| (fault.line, fault.column)).collect();
    assert_eq!(places, [(34, 10), (34, 19), (34, 24)]);
}
