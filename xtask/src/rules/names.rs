//! Nothing is called by a name that says nothing of what is in it.

use super::Repository;

const NAMES: &[&str] = &["util", "utils", "common", "helper", "helpers", "misc"];

/// No Rust file, directory of Rust files or inline module has such a name, alone or as its last word.
pub(super) fn check(repository: &Repository) -> Vec<String> {
    let files = repository.rust.keys().filter_map(|path| {
        let name = path.split('/').find(|part| says_nothing(part.trim_end_matches(".rs")))?;
        Some(format!("{path}: `{name}` does not say what is in it; name it after what it does"))
    });
    let modules = repository.rust.iter().flat_map(|(path, text)| {
        let modules = text.code.lines().zip(1..).filter_map(|(line, number)| Some((number, module(line)?)));
        modules.filter(|(_, name)| says_nothing(name)).map(move |(number, name)| {
            format!("{path}:{number}: module `{name}` does not say what is in it; name it after what it does")
        })
    });
    files.chain(modules).collect()
}

/// The name of the inline module that this line opens; one in a file is found by the file's name.
fn module(line: &str) -> Option<&str> {
    let (before, after) = line.split_once("mod ")?;
    let name = after.trim_end().strip_suffix('{')?.trim();
    (before.is_empty() || before.ends_with(char::is_whitespace)).then_some(name)
}

fn says_nothing(name: &str) -> bool {
    let last = name.rsplit(['_', '-']).next().unwrap_or(name);
    NAMES.contains(&last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_or_directory_that_says_nothing_is_found() {
        for path in [
            "crates/core/src/util.rs",
            "crates/core/tests/common/mod.rs",
            "crates/misc/src/lib.rs",
            "crates/counterfoil-utils/src/lib.rs",
            "xtask/src/test_helpers.rs",
        ] {
            assert_eq!(check(&Repository::of(&[(path, "")])).len(), 1, "{path}");
        }
    }

    #[test]
    fn an_inline_module_that_says_nothing_is_found() {
        let found = check(&Repository::of(&[("crates/core/src/lib.rs", "\npub(crate) mod helpers {\n}\n")]));
        let expected = "crates/core/src/lib.rs:2: module `helpers` does not say what is in it; name it after what it does";
        assert_eq!(found, [expected]);
    }

    #[test]
    fn names_that_only_resemble_are_left_alone() {
        let fine = [
            ("crates/core/src/common_name.rs", "mod tests {\n}\n// mod util {\nlet a = \"mod util {\";"),
            ("docs/misc.md", ""),
            ("crates/core/src/utility.rs", ""),
        ];
        assert_eq!(check(&Repository::of(&fine)), Vec::<String>::new());
    }
}
