//! Runs programs for the chores: from the root of the repository, in a process group that the guard watches.

use std::env;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use crate::guard::Guard;

/// Runs programs, and sees to it that none outlives us.
pub(crate) struct Runner {
    root: PathBuf,
    guard: Guard,
}

impl Runner {
    /// Starts the guard.
    pub(crate) fn start() -> Result<Self, String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
        Ok(Self { root: root.to_owned(), guard: Guard::start()? })
    }

    /// The root of the repository.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Who cleans up when we are gone.
    pub(crate) fn guard(&self) -> &Guard {
        &self.guard
    }

    /// The cargo that runs us.
    ///
    /// The variables by which cargo describes *this* package are taken away: build scripts would take them for
    /// theirs and run again.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
        let ours = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
        for name in env::vars_os().filter_map(|(name, _)| name.into_string().ok()).filter(|name| ours(name)) {
            command.env_remove(name);
        }
        command
    }

    /// Runs it to its end with its output streamed; an error if it fails.
    pub(crate) fn run(&self, command: &mut Command) -> Result<(), String> {
        let status = self.status(command)?;
        if status.success() { Ok(()) } else { Err(format!("`{}` failed ({status})", shown(command))) }
    }

    /// Runs it to its end with its output streamed.
    pub(crate) fn status(&self, command: &mut Command) -> Result<ExitStatus, String> {
        let mut child = self.spawn(command)?;
        self.wait(&mut child)
    }

    /// Runs it to its end and hands over each line of its standard output as it comes.
    pub(crate) fn lines(
        &self,
        command: &mut Command,
        mut line: impl FnMut(&str),
    ) -> Result<ExitStatus, String> {
        let mut child = self.spawn(command.stdout(Stdio::piped()))?;
        if let Some(output) = child.stdout.take() {
            let mut output = BufReader::new(output);
            let mut bytes = Vec::new();
            while output.read_until(b'\n', &mut bytes).is_ok_and(|count| count > 0) {
                line(String::from_utf8_lossy(&bytes).trim_end_matches('\n'));
                bytes.clear();
            }
        }
        self.wait(&mut child)
    }

    /// Runs it to its end and returns its standard output; an error if it fails.
    pub(crate) fn output(&self, command: &mut Command) -> Result<String, String> {
        let mut child = self.spawn(command.stdout(Stdio::piped()))?;
        let mut text = String::new();
        if let Some(mut output) = child.stdout.take() {
            output
                .read_to_string(&mut text)
                .map_err(|error| format!("the output of `{}`: {error}", shown(command)))?;
        }
        let status = self.wait(&mut child)?;
        if status.success() { Ok(text) } else { Err(format!("`{}` failed ({status})", shown(command))) }
    }

    /// Starts it, watched by the guard; it reads nothing from the terminal.
    pub(crate) fn spawn(&self, command: &mut Command) -> Result<Child, String> {
        if command.get_current_dir().is_none() {
            command.current_dir(&self.root);
        }
        let child = command.stdin(Stdio::null()).process_group(0).spawn();
        let child = child.map_err(|error| format!("can't run `{}`: {error}", shown(command)))?;
        self.guard.watch(child.id());
        Ok(child)
    }

    /// Waits for one that [`Runner::spawn`] started.
    pub(crate) fn wait(&self, child: &mut Child) -> Result<ExitStatus, String> {
        let status = child.wait().map_err(|error| format!("waiting for a program: {error}"));
        self.guard.forget(child.id());
        status
    }
}

/// The command as it would be typed, with the cargo of the toolchain called `cargo`.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_fails_is_named_with_its_arguments() {
        let runner = Runner::start().unwrap();
        let error = runner.run(Command::new("sh").args(["-c", "exit 3"])).unwrap_err();
        assert_eq!(error, "`sh -c exit 3` failed (exit status: 3)");
    }

    #[test]
    fn a_program_that_does_not_exist_is_named() {
        let error = Runner::start().unwrap().run(&mut Command::new("no-such-program")).unwrap_err();
        assert!(error.starts_with("can't run `no-such-program`: "), "{error}");
    }

    #[test]
    fn lines_come_one_by_one_even_when_they_are_not_utf_8() {
        let mut lines = Vec::new();
        let mut command = Command::new("printf");
        let status = Runner::start()
            .unwrap()
            .lines(command.arg(r"one\n\377\nlast"), |line| lines.push(line.to_owned()));
        assert!(status.unwrap().success());
        assert_eq!(lines, ["one", "\u{fffd}", "last"]);
    }

    #[test]
    fn programs_run_at_the_root_of_the_repository() {
        let runner = Runner::start().unwrap();
        let output = runner.output(&mut Command::new("pwd")).unwrap();
        assert!(Path::new(output.trim()).join("xtask/Cargo.toml").is_file());
    }
}
