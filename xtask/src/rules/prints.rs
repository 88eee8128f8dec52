//! One place prints: the binary's printer (and this tool).

use super::Repository;

const MACROS: &[&str] = &["println", "print", "eprintln", "eprint", "dbg"];

/// No library prints. Its tests may, and a build script must.
pub(super) fn check(repository: &Repository) -> Vec<String> {
    let libraries = repository.rust.iter().filter(|(path, _)| is_library(path));
    let found = libraries.flat_map(|(path, text)| {
        text.lines_with(MACROS, "!").into_iter().map(move |(line, name)| (path, line, name))
    });
    let say = |(path, line, name)| {
        format!("{path}:{line}: `{name}!` outside crates/counterfoil; return what is to be said, or log it")
    };
    found.map(say).collect()
}

fn is_library(path: &str) -> bool {
    let prints = ["crates/counterfoil/", "xtask/"].iter().any(|start| path.starts_with(start));
    let beside = ["/tests/", "/benches/", "/examples/", "/build.rs"].iter().any(|part| path.contains(part));
    !prints && !beside
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_that_prints_is_found_with_its_line() {
        let found =
            check(&Repository::of(&[("crates/core/src/lib.rs", "fn f() {\n    println!(\"x\");\n}")]));
        let expected = "crates/core/src/lib.rs:2: `println!` outside crates/counterfoil; return what is to be said, or log it";
        assert_eq!(found, [expected]);
    }

    #[test]
    fn who_may_print_may_print() {
        let print = "fn f() { println!(\"x\"); }";
        let fine = [
            ("crates/counterfoil/src/printer.rs", print),
            ("crates/core/tests/vectors.rs", print),
            ("crates/core/build.rs", print),
            ("xtask/src/main.rs", print),
            ("crates/core/src/lib.rs", "// println!()\nlet a = \"println!\"; my_print!()"),
        ];
        assert_eq!(check(&Repository::of(&fine)), Vec::<String>::new());
    }
}
