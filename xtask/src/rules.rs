//! The house rules that no lint knows. Each rule reads the repository and returns its violations as sentences.

mod cited;
mod graph;
mod links;
mod names;
mod prints;
pub(crate) mod snapshots;
mod sql;
mod tree;

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use crate::runner::Runner;
use crate::rust_text::RustText;

struct Rule {
    name: &'static str,
    check: fn(&Repository) -> Vec<String>,
}

const RULES: &[Rule] = &[
    Rule { name: "names", check: names::check },
    Rule { name: "sql", check: sql::check },
    Rule { name: "prints", check: prints::check },
    Rule { name: "links", check: links::check },
    Rule { name: "cited tests", check: cited::check },
    Rule { name: "crate graph", check: graph::check_arrows },
    Rule { name: "core", check: graph::check_core },
    Rule { name: "lean tree", check: tree::check },
];

/// Every violation of every rule, as lines to print.
pub(crate) fn violations(runner: &Runner) -> Result<Vec<String>, String> {
    let repository = Repository::read(runner)?;
    let of = |rule: &Rule| {
        let name = rule.name;
        (rule.check)(&repository).into_iter().map(move |violation| format!("{name}: {violation}"))
    };
    Ok(RULES.iter().flat_map(of).collect())
}

/// What the rules look at.
#[derive(Default)]
struct Repository {
    /// Every file that is in the repository or would be with `git add`, from its root.
    paths: Vec<String>,
    /// The Rust files, taken apart.
    rust: BTreeMap<String, RustText>,
    /// The Markdown files.
    markdown: BTreeMap<String, String>,
    /// What `cargo metadata` says.
    metadata: serde_json::Value,
    /// What `cargo tree` says of the binary as servers need it, one package a line: without the stores of holders
    /// that bring crates along.
    lean_tree: String,
    /// The same with every feature.
    full_tree: String,
}

impl Repository {
    fn read(runner: &Runner) -> Result<Self, String> {
        let mut repository = Self {
            paths: paths(runner)?,
            metadata: metadata(runner)?,
            lean_tree: tree(runner, &["--no-default-features"])?,
            full_tree: tree(runner, &["--all-features"])?,
            ..Self::default()
        };
        for path in repository.paths.clone() {
            let text =
                || fs::read_to_string(runner.root().join(&path)).map_err(|error| format!("{path}: {error}"));
            if path.ends_with(".rs") {
                repository.rust.insert(path.clone(), RustText::read(&text()?));
            } else if path.ends_with(".md") {
                repository.markdown.insert(path.clone(), text()?);
            }
        }
        Ok(repository)
    }

    #[cfg(test)]
    fn of(files: &[(&str, &str)]) -> Self {
        let mut repository = Self::default();
        for (path, text) in files {
            repository.paths.push((*path).to_owned());
            if path.ends_with(".rs") {
                repository.rust.insert((*path).to_owned(), RustText::read(text));
            } else if path.ends_with(".md") {
                repository.markdown.insert((*path).to_owned(), (*text).to_owned());
            }
        }
        repository
    }
}

/// The files that git tracks or would, but for those that are deleted in the checkout.
fn paths(runner: &Runner) -> Result<Vec<String>, String> {
    let mut git = Command::new("git");
    git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let listing = runner.output(&mut git)?;
    let paths = listing.split_terminator('\0').filter(|path| runner.root().join(path).is_file());
    Ok(paths.map(str::to_owned).collect())
}

fn metadata(runner: &Runner) -> Result<serde_json::Value, String> {
    let text = runner.output(runner.cargo().args(["metadata", "--format-version=1", "--all-features"]))?;
    serde_json::from_str(&text).map_err(|error| format!("cargo metadata: {error}"))
}

fn tree(runner: &Runner, features: &[&str]) -> Result<String, String> {
    let mut tree = runner.cargo();
    tree.args([
        "tree",
        "--package",
        "counterfoil",
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]);
    runner.output(tree.args(features))
}
