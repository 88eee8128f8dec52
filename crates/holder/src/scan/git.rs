//! The `git` program.

use crate::fault::Fault;
use crate::git::git_in;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

/// A repository, by any folder in it.
pub(super) struct Git {
    folder: PathBuf,
}

impl Git {
    /// The repository that `path` lies in.
    pub(super) fn at(path: &Path) -> Result<Self, Fault> {
        let folder = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let git = Self { folder: folder.to_owned() };
        git.text(&["rev-parse", "--git-dir"]).map(|_| git)
    }

    /// Whether it has no files but its history.
    pub(super) fn is_bare(&self) -> Result<bool, Fault> {
        Ok(self.text(&["rev-parse", "--is-bare-repository"])?.trim() == "true")
    }

    /// A folder or file of the repository's own, such as `hooks`.
    pub(super) fn own_path(&self, name: &str) -> Result<PathBuf, Fault> {
        let path = self.text(&["rev-parse", "--git-path", name])?;
        Ok(self.folder.join(path.trim_end_matches('\n')))
    }

    /// What a command says, as bytes.
    pub(super) fn output(&self, arguments: &[&str]) -> Result<Vec<u8>, Fault> {
        let output = self.command(arguments).output().map_err(|fault| not_there(&fault))?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.lines().next().unwrap_or("git failed").trim_start_matches("fatal: ").to_owned();
        Err(Fault::new(
            format!("{}: {said}", self.folder.display()),
            "run it in a git repository, or name one; without --history and --staged none is needed",
        ))
    }

    /// What a command says, as text.
    pub(super) fn text(&self, arguments: &[&str]) -> Result<String, Fault> {
        self.output(arguments).map(|output| String::from_utf8_lossy(&output).into_owned())
    }

    /// A command whose output is read as it comes; `input` is what it is told.
    pub(super) fn reading(&self, arguments: &[&str], input: Input) -> Result<Reading, Fault> {
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        command.stdin(if matches!(input, Input::Nothing) { Stdio::null() } else { Stdio::piped() });
        let mut child = command.spawn().map_err(|fault| not_there(&fault))?;
        if let (Input::Text(text), Some(mut stdin)) = (input, child.stdin.take()) {
            // Git may begin to answer before it has read everything. If it ends early, that shows in what it said.
            std::thread::spawn(move || stdin.write_all(&text));
        }
        let output = child.stdout.take();
        Ok(Reading { child, output })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = git_in(&self.folder);
        command.args(arguments);
        command
    }
}

/// What a command is told on its standard input.
pub(super) enum Input {
    Nothing,
    Text(Vec<u8>),
}

/// A command that is being read.
pub(super) struct Reading {
    child: Child,
    output: Option<ChildStdout>,
}

impl Reading {
    /// What it says.
    pub(super) fn output(&mut self) -> Result<ChildStdout, Fault> {
        self.output.take().ok_or_else(|| Fault::new("git says nothing", "run it once more"))
    }

    /// Waits for its end; a failure means that not everything was said.
    pub(super) fn end(mut self) -> Result<(), Fault> {
        match self.child.wait() {
            Ok(status) if status.success() => Ok(()),
            _ => Err(Fault::new(
                "git could not read the whole history",
                "`git fsck` says what is missing or damaged",
            )),
        }
    }
}

/// Nobody reads what it says any more.
impl Drop for Reading {
    fn drop(&mut self) {
        self.output = None;
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

fn not_there(fault: &std::io::Error) -> Fault {
    Fault::new(
        format!("the program git can't be run: {fault}"),
        "install git; without --history and --staged none is needed",
    )
}
