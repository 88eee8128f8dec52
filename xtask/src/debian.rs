//! The programs that the gate needs, and the Debian packages they come in.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::printer;
use crate::runner::Runner;

/// A program, and the package that brings it.
pub(crate) struct Program {
    name: &'static str,
    package: &'static str,
}

/// Lists the files of the repository.
pub(crate) const GIT: Program = Program { name: "git", package: "git" };
/// Signs with a private half, as the figure that ours is held against, and tells which certificates were revoked.
pub(crate) const OPENSSL: Program = Program { name: "openssl", package: "openssl" };
/// Makes the PostgreSQL cluster of the tests; the server and its other programs lie beside it.
pub(crate) const INITDB: Program = Program { name: "initdb", package: "postgresql" };
/// Checks signatures of tokens, and asks us about requests.
pub(crate) const HAPROXY: Program = Program { name: "haproxy", package: "haproxy" };
/// Passes requests on, and asks us about them.
pub(crate) const NGINX: Program = Program { name: "nginx", package: "nginx" };
/// Asks us about requests, as nginx and HAProxy do.
pub(crate) const CADDY: Program = Program { name: "caddy", package: "caddy" };
/// Asks as fast as it is answered.
pub(crate) const WRK: Program = Program { name: "wrk", package: "wrk" };

/// Runs programs of tests that are written for it.
pub(crate) const NODE: Program = Program { name: "node", package: "nodejs" };
/// Fetches them.
pub(crate) const NPM: Program = Program { name: "npm", package: "npm" };
/// As Node.js, for programs in Python.
pub(crate) const PYTHON: Program = Program { name: "python3", package: "python3" };
/// Fetches those.
pub(crate) const PIP: Program = Program { name: "pip3", package: "python3-pip" };
/// Shows the console.
pub(crate) const CHROMIUM: Program = Program { name: "chromium", package: "chromium" };
/// Clicks in it.
pub(crate) const CHROMEDRIVER: Program = Program { name: "chromedriver", package: "chromium-driver" };
/// Encrypts files with a passphrase, and reads what we encrypted.
pub(crate) const GPG: Program = Program { name: "gpg", package: "gpg" };
/// As gpg.
pub(crate) const AGE: Program = Program { name: "age", package: "age" };
/// Keeps secrets for a desktop.
pub(crate) const GNOME_KEYRING: Program = Program { name: "gnome-keyring-daemon", package: "gnome-keyring" };
/// Gives the keyring a bus of its own.
pub(crate) const DBUS: Program = Program { name: "dbus-run-session", package: "dbus-daemon" };

/// Installs what is missing if we may, else says what to type.
pub(crate) fn ensure(runner: &Runner, programs: &[&Program]) -> Result<(), String> {
    let mut packages: Vec<_> =
        programs.iter().filter(|it| find(it.name).is_none()).map(|it| it.package).collect();
    packages.sort_unstable();
    packages.dedup();
    if packages.is_empty() {
        return Ok(());
    }
    if !may_install() {
        return Err(advice(&packages));
    }
    install(runner, &packages)?;
    match programs.iter().find(|it| find(it.name).is_none()) {
        Some(absent) => {
            Err(format!("package {} is installed, yet `{}` is not found", absent.package, absent.name))
        }
        None => Ok(()),
    }
}

/// Where this program is: on the path, or where Debian keeps PostgreSQL's, newest first.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut directories = postgres_directories();
    directories.extend(env::split_paths(&path));
    directories.push("/usr/sbin".into());
    directories.into_iter().map(|directory| directory.join(program)).find(|file| file.is_file())
}

/// `/usr/lib/postgresql/15/bin` and its like. The server's programs are not on Debian's path, and a link to one of
/// them on the path says nothing of the others.
fn postgres_directories() -> Vec<PathBuf> {
    let entries = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    let mut versions: Vec<_> =
        entries.filter_map(|entry| Some((version(&entry.path())?, entry.path().join("bin")))).collect();
    versions.sort_by(|a, b| b.cmp(a));
    versions.into_iter().map(|(_, directory)| directory).collect()
}

/// Root on a system with apt.
fn may_install() -> bool {
    is_root() && find("apt-get").is_some()
}

/// Our own entry in `/proc` belongs to whoever we are.
pub(crate) fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
}

fn install(runner: &Runner, packages: &[&str]) -> Result<(), String> {
    printer::line(&format!("Installing with apt: {}", packages.join(" ")));
    let apt = || {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").arg("-q");
        command
    };
    runner.run(apt().arg("update"))?;
    runner.run(apt().args(["install", "-y", "--no-install-recommends"]).args(packages))
}

fn advice(packages: &[&str]) -> String {
    format!(
        "programs are missing and only root may install them\nhint: sudo apt-get update && sudo apt-get install -y {}",
        packages.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_on_the_path_is_found() {
        assert!(find("sh").is_some());
        assert_eq!(find("no-such-program"), None);
    }

    #[test]
    fn nothing_is_installed_when_nothing_is_missing() {
        let runner = Runner::start().unwrap();
        let shell = Program { name: "sh", package: "no-such-package" };
        assert_eq!(ensure(&runner, &[&shell]), Ok(()));
    }

    #[test]
    fn the_advice_is_one_command_to_type() {
        let advice = advice(&["nginx", "postgresql"]);
        assert_eq!(
            advice.lines().last(),
            Some("hint: sudo apt-get update && sudo apt-get install -y nginx postgresql")
        );
    }
}
