//! A link in a Markdown file to a file of this repository leads somewhere.

use super::Repository;

/// Every local target is a file or a directory of the repository. Code is not read, nor is what follows a `#`.
pub(super) fn check(repository: &Repository) -> Vec<String> {
    let links = repository
        .markdown
        .iter()
        .flat_map(|(path, text)| links(text).into_iter().map(move |(line, target)| (path, line, target)));
    let broken = links.filter(|(path, _, target)| !resolves(repository, path, target));
    broken
        .map(|(path, line, target)| format!("{path}:{line}: the link to `{target}` leads nowhere"))
        .collect()
}

/// The target of each link with its line: `[text](target)`, `![text](target)` and `[name]: target`.
fn links(markdown: &str) -> Vec<(usize, String)> {
    let mut links = Vec::new();
    let mut fence = None;
    for (line, number) in markdown.lines().zip(1..) {
        let mark = ["```", "~~~"].into_iter().find(|mark| line.trim_start().starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            (None, None) => links.extend(links_of_line(&without_code(line)).map(|target| (number, target))),
            _ => {}
        }
    }
    links
}

fn links_of_line(line: &str) -> impl Iterator<Item = String> {
    let inline = line.split("](").skip(1).filter_map(|after| after.split_once(')')).map(|(target, _)| target);
    let definition = line.trim_start().strip_prefix('[').and_then(|rest| rest.split_once("]: "));
    let targets = inline.chain(definition.map(|(_, target)| target));
    targets
        .map(|target| bare(target).to_owned())
        .filter(|target| !target.is_empty())
        .collect::<Vec<_>>()
        .into_iter()
}

/// Without angle brackets, and without a title after it.
fn bare(target: &str) -> &str {
    match target.trim().strip_prefix('<').and_then(|rest| rest.split_once('>')) {
        Some((inside, _)) => inside,
        None => target.split_whitespace().next().unwrap_or_default(),
    }
}

/// Every second piece between backticks is code.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join(" ")
}

fn resolves(repository: &Repository, from: &str, target: &str) -> bool {
    let file = target.split(['#', '?']).next().unwrap_or_default();
    if file.is_empty() || is_elsewhere(file) {
        return true;
    }
    let Some(path) = joined(from, file) else { return false };
    let directory = format!("{path}/");
    path.is_empty() || repository.paths.iter().any(|known| *known == path || known.starts_with(&directory))
}

/// `https:`, `mailto:` and the like.
fn is_elsewhere(target: &str) -> bool {
    target.split_once(':').is_some_and(|(scheme, _)| scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// The target as a path from the root; none if it leaves the repository. A leading slash means the root.
fn joined(from: &str, target: &str) -> Option<String> {
    let base = from.rsplit_once('/').map_or("", |(directory, _)| directory);
    let whole = target.strip_prefix('/').map_or_else(|| format!("{base}/{target}"), str::to_owned);
    let mut parts = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_line(line: &str) -> Vec<String> {
        let files = [
            ("README.md", ""),
            ("docs/issuance.md", line),
            ("docs/pictures/key.svg", ""),
            ("Cargo.toml", ""),
        ];
        check(&Repository::of(&files))
    }

    #[test]
    fn links_that_lead_somewhere_are_fine() {
        for line in [
            "see [the readme](../README.md) and [this](issuance.md#a-key)",
            "![a key](pictures/key.svg \"A key\")",
            "[the pictures](pictures/), [root](/Cargo.toml), [top](..), [section](#section)",
            "[web](https://example.com/a(b)), [mail](mailto:a@example.com)",
            "[name]: ../Cargo.toml",
            "`[code](nowhere.md)`",
            "```\n[code](nowhere.md)\n```",
            "[brackets](<../README.md>)",
        ] {
            assert_eq!(check_line(line), Vec::<String>::new(), "{line}");
        }
    }

    #[test]
    fn links_that_lead_nowhere_are_found() {
        for line in [
            "[gone](gone.md)",
            "[fine](issuance.md) and [gone](../gone.md#part)",
            "[outside](../../README.md)",
            "[part of a name](pictures/key)",
            "[name]: gone.md",
            "```\ncode\n```\n[gone](gone.md)",
        ] {
            assert_eq!(check_line(line).len(), 1, "{line}");
        }
    }

    #[test]
    fn a_broken_link_is_named_with_its_place() {
        assert_eq!(check_line("\n[x](gone.md)"), ["docs/issuance.md:2: the link to `gone.md` leads nowhere"]);
    }
}
