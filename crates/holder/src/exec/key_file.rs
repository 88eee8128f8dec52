//! The private half as a file in memory, for tools that read files only. It is gone with the child.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
mod nowhere;

#[cfg(target_os = "linux")]
pub(super) use linux::KeyFile;
#[cfg(target_os = "macos")]
pub(super) use macos::KeyFile;
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
pub(super) use nowhere::KeyFile;

use crate::fault::Fault;
use crate::sources::HeldKey;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use std::ffi::OsStr;
use std::fmt::Display;
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

fn no_place(fault: &dyn Display) -> Fault {
    Fault::new(
        format!("there is no place in memory for a key file: {fault}"),
        if cfg!(target_os = "linux") {
            "mount a tmpfs on /dev/shm, or leave --key-file away"
        } else {
            "leave --key-file away, and give the tool a file of your own"
        },
    )
}

/// What the tools look for.
fn name_of(key: &HeldKey) -> String {
    format!("{}_{}.p8", key.file_prefix.as_deref().unwrap_or("AuthKey"), key.id)
}

/// A new folder below this one, for its owner alone.
fn private_folder(place: &Path) -> io::Result<PathBuf> {
    let folder = place.join(format!("counterfoil-{}", random_name()?));
    DirBuilder::new().mode(0o700).create(&folder)?;
    Ok(folder)
}

/// A process that waits for the end of its standard input, which comes when this process ends, whatever ends it, and
/// then runs this with these arguments.
fn cleaned_by(script: &str, arguments: &[&OsStr]) -> io::Result<(Child, ChildStdin)> {
    let script = format!("trap '' INT TERM HUP QUIT; read -r _; {script}");
    let mut command = Command::new("sh");
    command.args(["-c", &script, "counterfoil"]).args(arguments);
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // Ctrl-C in the terminal is not for it.
    let mut child = command.process_group(0).current_dir("/").spawn()?;
    let pipe = child.stdin.take().ok_or_else(|| io::Error::other("no pipe"))?;
    Ok((child, pipe))
}

fn random_name() -> io::Result<String> {
    let mut bytes = [0_u8; 16];
    SystemRandom::new().fill(&mut bytes).map_err(|_| io::Error::other("no randomness"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
