//! Which group a path belongs to.

use crate::{SMALL, parse, path};
use counterfoil_core::catalog::{Access, Catalog, Pattern};
use proptest::prelude::*;

/// The small catalog, with these groups and paths besides its own.
fn with_groups(groups: &[(&str, &str)]) -> Catalog {
    let entry = |(name, path): &(&str, &str)| {
        format!("[[groups]]\nname = \"{name}\"\ntitle = \"T\"\nservice = \"library\"\npaths = [\"{path}\"]\n")
    };
    parse(&format!("{SMALL}\n{}", groups.iter().map(entry).collect::<String>()))
}

fn group_of(catalog: &Catalog, text: &str) -> Option<String> {
    catalog.route("GET", &path(text)).map(|route| route.group.name.to_string())
}

#[test]
fn a_literal_beats_a_name_and_a_name_beats_the_rest() {
    let catalog = with_groups(&[
        ("rest", "/a/**"),
        ("one", "/a/{id}"),
        ("literal", "/a/b"),
        ("deep", "/a/{id}/c"),
        ("literal-deep", "/a/b/{x}"),
        ("deep-rest", "/a/b/c/**"),
        ("all", "/**"),
    ]);
    for (text, group) in [
        ("/a", "all"),
        ("/a/b", "literal"),
        ("/a/x", "one"),
        ("/a/x/c", "deep"),
        ("/a/b/c", "literal-deep"),
        ("/a/b/x", "literal-deep"),
        ("/a/x/y", "rest"),
        ("/a/b/c/d", "deep-rest"),
        ("/a/b/x/y", "rest"),
        ("/elsewhere", "all"),
        ("/books", "books"),
        ("/books/1/2", "all"),
    ] {
        assert_eq!(group_of(&catalog, text).as_deref(), Some(group), "{text}");
    }
    assert_eq!(group_of(&catalog, "/a/"), None);
    assert_eq!(group_of(&catalog, "/"), None);
}

#[test]
fn the_first_difference_decides_not_the_number_of_literals() {
    let catalog = with_groups(&[("early", "/a/{x}/{y}/{z}"), ("late", "/{w}/b/c/d")]);
    assert_eq!(group_of(&catalog, "/a/b/c/d").as_deref(), Some("early"));
    assert_eq!(group_of(&catalog, "/x/b/c/d").as_deref(), Some("late"));
}

#[test]
fn what_leads_nowhere_is_given_up_for_the_next() {
    let catalog = with_groups(&[("one", "/a/{id}/x"), ("two", "/a/b/y"), ("three", "/{any}/b/z")]);
    assert_eq!(group_of(&catalog, "/a/b/x").as_deref(), Some("one"));
    assert_eq!(group_of(&catalog, "/a/b/y").as_deref(), Some("two"));
    assert_eq!(group_of(&catalog, "/a/b/z").as_deref(), Some("three"));
    assert_eq!(group_of(&catalog, "/a/b/w"), None);
}

#[test]
fn a_route_tells_service_pattern_and_access() {
    let catalog = parse(SMALL);
    let text = path("/books/7");
    for (method, access) in [
        ("GET", Access::Read),
        ("HEAD", Access::Read),
        ("get", Access::Write),
        ("OPTIONS", Access::Write),
        ("POST", Access::Write),
        ("DELETE", Access::Write),
        ("", Access::Write),
    ] {
        let route = catalog.route(method, &text).unwrap();
        assert_eq!(route.service.name.as_str(), "library");
        assert_eq!(route.pattern.as_str(), "/books/{id}");
        assert_eq!(route.access, access, "{method}");
    }
}

fn pattern() -> impl Strategy<Value = String> {
    let segment = prop_oneof![3 => "[abc]", 2 => Just("{id}".to_owned())];
    (prop::collection::vec(segment, 1..5), prop::bool::weighted(0.3))
        .prop_map(|(segments, rest)| format!("/{}{}", segments.join("/"), if rest { "/**" } else { "" }))
}

/// Literal, name, rest: the more exact the smaller.
fn exactness(pattern: &str) -> Vec<u8> {
    let rank = |segment: &str| match segment {
        "{id}" => 1,
        "**" => 2,
        _ => 0,
    };
    pattern.split('/').skip(1).map(rank).collect()
}

proptest! {
    #[test]
    fn a_route_is_the_most_exact_of_all_patterns_that_hold_the_path(
        patterns in prop::collection::btree_set(pattern(), 1..12),
        texts in prop::collection::vec("(/[abcd]){1,6}/?", 1..20),
    ) {
        let names: Vec<_> = (0..patterns.len()).map(|at| format!("g{at}")).collect();
        let groups: Vec<_> = names.iter().map(String::as_str).zip(patterns.iter().map(String::as_str)).collect();
        let catalog = with_groups(&groups);
        for text in &texts {
            let text = path(text);
            let holding = groups.iter().filter(|(_, held)| Pattern::try_from(*held).unwrap().matches(&text));
            let best = holding.min_by_key(|(_, held)| exactness(held)).map(|(name, _)| (*name).to_owned());
            prop_assert_eq!(group_of(&catalog, text.as_str()), best, "{}", text.as_str());
        }
    }
}
