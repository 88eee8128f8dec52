//! What docs/catalog.md says about catalogs, tried out.

use crate::{PARCELS, parse, path};
use counterfoil_core::catalog::Catalog;

const PAGE: &str = include_str!("../../../../docs/catalog.md");

/// The rows of the table that begins with this heading, each as its cells without backquotes.
fn rows(heading: &str) -> Vec<Vec<String>> {
    let (_, table) = PAGE.split_once(heading).unwrap();
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let cell = |cell: &str| cell.trim().replace("``", "`").trim_matches('`').trim().to_owned();
    rows.map(|row| row.trim_matches('|').split('|').map(cell).collect()).collect()
}

#[test]
fn the_worked_example_is_the_example() {
    let blocks = PAGE.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let example = blocks.collect::<Vec<_>>().join("\n");
    assert_eq!(parse(&example), parse(PARCELS));
}

#[test]
fn the_example_explains_requests_as_the_page_says() {
    let catalog = parse(PARCELS);
    let rows = rows("| request | group | access | kinds | roles |");
    assert_eq!(rows.len(), 5);
    for row in rows {
        let (method, text) = row[0].split_once(' ').unwrap();
        let found = catalog.explain(method, &path(text)).unwrap();
        let kinds: Vec<_> = found.kinds.iter().map(ToString::to_string).collect();
        let roles: Vec<_> = found.roles.iter().map(ToString::to_string).collect();
        let access = format!("{:?}", found.access).to_uppercase();
        let told = [found.group.to_string(), access, kinds.join(", "), roles.join(", ")];
        assert_eq!(told, row[1..], "{}", row[0]);
    }
}

#[test]
fn the_faults_are_told_as_the_page_says() {
    let rows = rows("| this | changed into this | is told as |");
    assert_eq!(rows.len(), 12);
    for row in rows {
        assert!(PARCELS.contains(&row[0]), "{}", row[0]);
        let faults = Catalog::parse(&PARCELS.replacen(&row[0], &row[1], 1)).expect_err(&row[1]);
        let told: Vec<_> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(told.join(" "), row[2], "{}", row[1]);
    }
}

#[test]
fn every_key_that_is_written_stands_on_the_page() {
    for catalog in [Catalog::appstore(), parse(PARCELS)] {
        let text = catalog.to_toml();
        let opens = |key: &str| catalog.group(key).is_some();
        let keys = text.lines().filter_map(|line| line.split_once(" = ")).map(|(key, _)| key);
        for key in keys.filter(|key| !key.starts_with(' ') && !opens(key)) {
            assert!(PAGE.contains(&format!("`{key}`")), "{key}");
        }
    }
}
