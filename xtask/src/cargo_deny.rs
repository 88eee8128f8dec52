//! cargo-deny in exactly the version that `deny.toml` is written for, in a cache of our own.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use crate::printer;
use crate::runner::Runner;

const VERSION: &str = "0.20.2";

/// Builds it if it is not there. The version is in the directory's name: another version is another directory.
pub(crate) fn ensure(runner: &Runner) -> Result<(), String> {
    let program = program()?;
    if program.is_file() {
        return Ok(());
    }
    printer::line(&format!("Building cargo-deny {VERSION}, once: this takes some minutes."));
    let mut install = runner.cargo();
    install.args(["install", "--locked", "--root"]).arg(directory()?).arg(format!("cargo-deny@{VERSION}"));
    // In a directory of its own: this workspace's flags and artefacts have nothing to do with it.
    install.env_remove("CARGO_TARGET_DIR").current_dir(env::temp_dir());
    runner.run(&mut install)
}

/// Checks licences, sources and banned crates. Advisories are not: their database is not reachable from everywhere.
pub(crate) fn check(runner: &Runner) -> Result<(), String> {
    let mut deny = Command::new(program()?);
    deny.args(["--workspace", "--all-features", "check", "bans", "licenses", "sources"]);
    runner.run(&mut deny)
}

fn program() -> Result<PathBuf, String> {
    Ok(directory()?.join("bin/cargo-deny"))
}

fn directory() -> Result<PathBuf, String> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")));
    let cache = cache.ok_or("neither HOME nor XDG_CACHE_HOME is set, so there is no place for cargo-deny")?;
    Ok(cache.join("counterfoil-xtask").join(format!("cargo-deny-{VERSION}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_part_of_the_place() {
        assert!(
            program().unwrap().ends_with(format!("counterfoil-xtask/cargo-deny-{VERSION}/bin/cargo-deny"))
        );
    }
}
