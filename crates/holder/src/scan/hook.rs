//! A pre-commit hook that lets no private half into a commit.

use super::git::Git;
use crate::fault::Fault;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

const LINE: &str = "counterfoil scan --staged";
const HOOK: &str = "#!/bin/sh\n\
    # Lets no private half into a commit. Written by `counterfoil scan install-hook`.\n\
    exec counterfoil scan --staged\n";

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Installed {
    /// It was written.
    Now(PathBuf),
    /// It, or another hook that does the same, was there.
    Already(PathBuf),
}

/// Writes the hook of the repository that `path` lies in. A hook of somebody else is never touched.
///
/// # Errors
/// There is no repository, another hook is there, or the folder can't be written.
pub fn install(path: &Path) -> Result<Installed, Fault> {
    let hooks = Git::at(path)?.own_path("hooks")?;
    let hook = hooks.join("pre-commit");
    fs::create_dir_all(&hooks).map_err(|fault| Fault::at("make the folder", &hooks, &fault))?;
    match write(&hook) {
        Ok(()) => Ok(Installed::Now(hook)),
        Err(fault) if fault.kind() == ErrorKind::AlreadyExists => there(hook),
        Err(fault) => Err(Fault::at("write", &hook, &fault)),
    }
}

fn there(hook: PathBuf) -> Result<Installed, Fault> {
    let text = fs::read(&hook).map_err(|fault| Fault::at("read", &hook, &fault))?;
    if memchr::memmem::find(&text, LINE.as_bytes()).is_some() {
        return Ok(Installed::Already(hook));
    }
    Err(Fault::new(
        format!("{} is there already and was left as it is", hook.display()),
        format!("add this line to it, before anything that ends it: {LINE} || exit 1"),
    ))
}

fn write(hook: &Path) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o755);
    let mut file = options.open(hook)?;
    file.write_all(HOOK.as_bytes())?;
    file.sync_all()
}
