//! The programs of tests that come from npm and PyPI: exactly those of the lock files, fetched once.
//!
//! A lock file names each package with its hash, which npm and pip check. What was fetched lies in a directory
//! named after the hash of the lock file, so nothing is fetched twice, and without a network nothing is missed.

use std::collections::hash_map::DefaultHasher;
use std::env;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, id};

use crate::debian::{self, Program};
use crate::printer;
use crate::runner::Runner;

/// Where packages come from, and how.
struct Registry {
    /// What people call it.
    name: &'static str,
    /// The variable that tells tests where the packages are.
    variable: &'static str,
    /// Names the packages with their hashes; lies in the repository.
    lock: &'static str,
    /// What else the installer reads, in the same directory.
    beside: &'static [&'static str],
    /// What must be there to fetch and to run them.
    programs: &'static [&'static Program],
    /// Installs what the lock file in this directory names, into this directory.
    install: fn(&Path) -> Command,
    /// Where in the directory the packages then are.
    packages: &'static str,
}

const REGISTRIES: &[Registry] = &[
    Registry {
        name: "npm",
        variable: "COUNTERFOIL_TEST_NPM",
        lock: "tests/npm/package-lock.json",
        beside: &["tests/npm/package.json"],
        programs: &[&debian::NODE, &debian::NPM],
        install: npm,
        packages: "node_modules",
    },
    Registry {
        name: "pypi",
        variable: "COUNTERFOIL_TEST_PYPI",
        lock: "tests/pypi/requirements.txt",
        beside: &[],
        programs: &[&debian::PYTHON, &debian::PIP],
        install: pip,
        packages: "packages",
    },
];

/// Fetches what is not there yet. The variables that tell tests where everything is.
pub(crate) fn ensure(runner: &Runner) -> Result<Vec<(&'static str, PathBuf)>, String> {
    let fetched = |registry: &Registry| Ok((registry.variable, registry.ensure(runner)?));
    REGISTRIES.iter().map(fetched).collect()
}

/// Runs a command that finds them. The exit code is the command's.
pub(crate) fn run_beside(runner: &Runner, command: &[String]) -> Result<ExitCode, String> {
    debian::ensure(runner, &[&debian::CHROMIUM, &debian::CHROMEDRIVER])?;
    let (program, arguments) = command.split_first().ok_or("no command is given")?;
    let status = runner.status(Command::new(program).args(arguments).envs(ensure(runner)?))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

impl Registry {
    fn ensure(&self, runner: &Runner) -> Result<PathBuf, String> {
        debian::ensure(runner, self.programs)?;
        let lock = fs::read(runner.root().join(self.lock)).map_err(|error| self.fault(&error))?;
        let place = store(runner).join(format!("{}-{:016x}", self.name, fingerprint(&lock)));
        if !place.is_dir() {
            printer::line(&format!("Fetching the test programs of {} from {}, once.", self.lock, self.name));
            self.fetch(runner, &place)?;
        }
        Ok(place.join(self.packages))
    }

    /// Into a directory beside the place, which gets its name when it is complete: half of it is never taken for all.
    fn fetch(&self, runner: &Runner, place: &Path) -> Result<(), String> {
        let partial = place.with_extension(format!("partial-{}", id()));
        fs::create_dir_all(&partial).map_err(|error| self.fault(&error))?;
        let done = self.fill(runner, &partial).and_then(|()| match fs::rename(&partial, place) {
            Err(error) if !place.is_dir() => Err(self.fault(&error)),
            _ => Ok(()),
        });
        let _ = fs::remove_dir_all(&partial);
        done
    }

    fn fill(&self, runner: &Runner, directory: &Path) -> Result<(), String> {
        for file in self.beside.iter().chain([&self.lock]) {
            let name = Path::new(file).file_name().unwrap_or_default();
            fs::copy(runner.root().join(file), directory.join(name)).map_err(|error| self.fault(&error))?;
        }
        runner.run(&mut (self.install)(directory))
    }

    fn fault(&self, error: &std::io::Error) -> String {
        format!("the test programs of {}: {error}", self.lock)
    }
}

/// Exactly what the lock file says, and no script of any package is run.
fn npm(directory: &Path) -> Command {
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]);
    npm.current_dir(directory);
    npm
}

/// Exactly what the file says. Wheels only: to build a package is to run its scripts.
fn pip(directory: &Path) -> Command {
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--no-cache-dir", "--no-deps"]);
    pip.args(["--require-hashes", "--only-binary", ":all:", "--target", "packages"]);
    pip.args(["-r", "requirements.txt"]).current_dir(directory);
    pip
}

/// Where cargo builds, so that it is kept and thrown away with what was built.
fn store(runner: &Runner) -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").filter(|value| !value.is_empty());
    runner.root().join(target.map_or("target".into(), PathBuf::from)).join("test-programs")
}

/// Tells lock files apart; that the packages are the right ones is checked by their installers.
fn fingerprint(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHELL: Registry = Registry {
        name: "shell",
        variable: "NONE",
        lock: "xtask/Cargo.toml",
        beside: &["README.md"],
        programs: &[],
        install: |directory| {
            let mut command = Command::new("sh");
            command.args(["-ec", "test -f README.md; mkdir all; cp Cargo.toml all"]).current_dir(directory);
            command
        },
        packages: "all",
    };

    fn place(name: &str) -> PathBuf {
        let place = env::temp_dir().join(format!("xtask-fetch-{name}-{}", id()));
        let _ = fs::remove_dir_all(&place);
        place
    }

    #[test]
    fn what_was_fetched_lies_at_its_place_and_nothing_is_left_beside_it() {
        let place = place("good");
        SHELL.fetch(&Runner::start().unwrap(), &place).unwrap();
        assert!(place.join("all/Cargo.toml").is_file());
        assert!(!place.with_extension(format!("partial-{}", id())).exists());
        fs::remove_dir_all(place).unwrap();
    }

    #[test]
    fn an_installer_that_fails_leaves_nothing_that_could_be_taken_for_the_packages() {
        let place = place("bad");
        let failing = Registry { install: |_| Command::new("false"), ..SHELL };
        assert!(failing.fetch(&Runner::start().unwrap(), &place).unwrap_err().contains("false"));
        assert!(!place.exists());
    }

    #[test]
    fn another_lock_file_is_another_place() {
        assert_eq!(fingerprint(b"one"), fingerprint(b"one"));
        assert_ne!(fingerprint(b"one"), fingerprint(b"two"));
    }

    #[test]
    fn every_package_of_the_lock_files_has_its_hash() {
        let root = Runner::start().unwrap().root().to_owned();
        let npm = fs::read_to_string(root.join("tests/npm/package-lock.json")).unwrap();
        let npm: serde_json::Value = serde_json::from_str(&npm).unwrap();
        let packages = npm["packages"].as_object().unwrap().iter().filter(|(path, _)| !path.is_empty());
        assert!(packages.clone().count() > 0);
        let unhashed: Vec<_> = packages.filter(|(_, it)| it["integrity"].as_str().is_none()).collect();
        assert!(unhashed.is_empty(), "{unhashed:?}");
        let pypi = fs::read_to_string(root.join("tests/pypi/requirements.txt")).unwrap();
        let joined = pypi.replace("\\\n", " ");
        let unhashed: Vec<_> =
            joined.lines().filter(|it| it.contains("==") && !it.contains("--hash=")).collect();
        assert!(joined.contains("==") && unhashed.is_empty(), "{unhashed:?}");
    }
}
