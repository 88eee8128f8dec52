//! The walls between the crates.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Repository;

/// The arrows of the house: each crate, and the crates of ours that it stands on directly. A crate may also name
/// what those stand on. A room that is not built yet is passed over.
const ARROWS: &[(&str, &[&str])] = &[
    ("counterfoil-core", &[]),
    ("counterfoil-verify", &["counterfoil-core"]),
    ("counterfoil-authority", &["counterfoil-verify"]),
    ("counterfoil-server", &["counterfoil-authority"]),
    ("counterfoil-sandbox", &[]),
    ("counterfoil-holder", &["counterfoil-core"]),
    ("counterfoil", &["counterfoil-server", "counterfoil-holder", "counterfoil-sandbox"]),
    ("xtask", &[]),
];

const CORE: &str = "counterfoil-core";

/// What brings a clock, randomness, I/O, an executor, HTTP or SQL; core has none of it, nor has anything below it.
const NOT_IN_CORE: &[&str] = &[
    "async-std",
    "axum",
    "chrono",
    "futures",
    "getrandom",
    "http",
    "hyper",
    "libsqlite3-sys",
    "rand",
    "reqwest",
    "rusqlite",
    "smol",
    "sqlx",
    "tokio",
    "tokio-postgres",
    "tower",
    "tracing",
    "ureq",
];

/// The crates stand on one another as the arrows say: no wall is broken, and no arrow is only drawn.
pub(super) fn check_arrows(repository: &Repository) -> Vec<String> {
    arrow_violations(&ours(&repository.metadata), ARROWS)
}

/// Nothing that ends up in core, at whatever depth, does what core must not.
pub(super) fn check_core(repository: &Repository) -> Vec<String> {
    let below = below(&repository.metadata, CORE);
    let found = NOT_IN_CORE.iter().filter(|name| below.contains(**name));
    found.map(|name| format!("{CORE} must not depend on {name}, directly or not")).collect()
}

type Graph = BTreeMap<String, BTreeSet<String>>;

fn arrow_violations(graph: &Graph, arrows: &[(&str, &[&str])]) -> Vec<String> {
    let arrows: BTreeMap<_, _> = arrows.iter().copied().collect();
    let mut violations = Vec::new();
    for (name, used) in graph {
        let Some(direct) = arrows.get(name.as_str()) else {
            violations.push(format!("{name} has no place among the arrows; see xtask/src/rules/graph.rs"));
            continue;
        };
        let reach = reach(&arrows, name);
        let broken = used.iter().filter(|other| !reach.contains(other.as_str()));
        violations.extend(broken.map(|other| format!("{name} must not depend on {other}")));
        let built = direct.iter().filter(|other| graph.contains_key(**other));
        let drawn = built.filter(|other| !used.contains(**other));
        violations
            .extend(drawn.map(|other| format!("{name} should depend on {other}, or the arrow is wrong")));
    }
    violations
}

/// Everything that can be come to from here along the arrows.
fn reach<'a>(arrows: &BTreeMap<&'a str, &'a [&'a str]>, from: &str) -> BTreeSet<&'a str> {
    let direct = arrows.get(from).copied().unwrap_or_default();
    direct.iter().flat_map(|name| std::iter::once(*name).chain(reach(arrows, name))).collect()
}

/// Our crates and which of ours each is built from; what only its tests use does not count.
fn ours(metadata: &Value) -> Graph {
    let packages: Vec<_> =
        list(&metadata["packages"]).filter(|package| package["source"].is_null()).collect();
    let names: BTreeSet<_> = packages.iter().map(|package| text(&package["name"])).collect();
    let used = |package: &Value| {
        let built = list(&package["dependencies"]).filter(|dependency| dependency["kind"] != "dev");
        built.map(|dependency| text(&dependency["name"])).filter(|name| names.contains(name)).collect()
    };
    packages.iter().map(|package| (text(&package["name"]), used(package))).collect()
}

/// The names of all packages that end up in this one; what only build scripts and tests run does not.
fn below(metadata: &Value, package: &str) -> BTreeSet<String> {
    let names: BTreeMap<_, _> =
        list(&metadata["packages"]).map(|package| (text(&package["id"]), text(&package["name"]))).collect();
    let nodes: BTreeMap<_, _> =
        list(&metadata["resolve"]["nodes"]).map(|node| (text(&node["id"]), node)).collect();
    let mut waiting: Vec<_> =
        names.iter().filter(|(_, name)| *name == package).map(|(id, _)| id.clone()).collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        let dependencies = nodes.get(&id).into_iter().flat_map(|node| list(&node["deps"]));
        let inside = dependencies.filter(|it| list(&it["dep_kinds"]).any(|kind| kind["kind"].is_null()));
        waiting.extend(inside.map(|it| text(&it["pkg"])).filter(|id| seen.insert(id.clone())));
    }
    seen.iter().filter_map(|id| names.get(id).cloned()).collect()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const HOUSE: &[(&str, &[&str])] = &[("core", &[]), ("store", &["core"]), ("server", &["store"])];

    fn graph(edges: &[(&str, &[&str])]) -> Graph {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        edges.iter().map(|(name, used)| ((*name).to_owned(), owned(used))).collect()
    }

    #[test]
    fn crates_may_name_what_lies_along_their_arrows() {
        for edges in [
            &[("core", &[][..]), ("store", &["core"]), ("server", &["store", "core"])][..],
            // The room between is not built yet.
            &[("core", &[]), ("server", &["core"])],
        ] {
            assert_eq!(arrow_violations(&graph(edges), HOUSE), Vec::<String>::new());
        }
    }

    #[test]
    fn a_broken_wall_a_missing_arrow_and_an_unknown_crate_are_found() {
        for (edges, expected) in [
            (&[("core", &["store"][..]), ("store", &["core"])][..], "core must not depend on store"),
            (&[("core", &[]), ("store", &[])], "store should depend on core, or the arrow is wrong"),
            (&[("extra", &[])], "extra has no place among the arrows; see xtask/src/rules/graph.rs"),
        ] {
            assert_eq!(arrow_violations(&graph(edges), HOUSE), [expected]);
        }
    }

    #[test]
    fn what_only_tests_use_is_not_part_of_the_graph() {
        let dependencies = json!([{"name": "core", "kind": null}, {"name": "holder", "kind": "dev"}, {"name": "serde", "kind": null}]);
        let package = |name: &str, dependencies: &Value| json!({"name": name, "source": null, "dependencies": dependencies});
        let none = json!([]);
        let metadata = json!({"packages": [package("server", &dependencies), package("core", &none), package("holder", &none)]});
        let expected = graph(&[("core", &[]), ("holder", &[]), ("server", &["core"])]);
        assert_eq!(ours(&metadata), expected);
    }

    #[test]
    fn core_is_searched_to_the_bottom_but_not_its_tests_and_build_scripts() {
        let package = |name: &str| json!({"id": format!("{name} 1"), "name": name});
        let edge =
            |name: &str, kind: Value| json!({"pkg": format!("{name} 1"), "dep_kinds": [{"kind": kind}]});
        let packages = [CORE, "serde", "tokio", "rand", "getrandom"].map(package);
        let to_serde =
            [edge("serde", Value::Null), edge("rand", "dev".into()), edge("getrandom", "build".into())];
        let metadata = json!({
            "packages": packages,
            "resolve": {"nodes": [
                {"id": format!("{CORE} 1"), "deps": to_serde},
                {"id": "serde 1", "deps": [edge("tokio", Value::Null)]},
            ]},
        });
        let found = check_core(&Repository { metadata, ..Repository::default() });
        assert_eq!(found, ["counterfoil-core must not depend on tokio, directly or not"]);
    }
}
