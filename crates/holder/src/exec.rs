//! Running a command with the key in the variables that it looks in, and nothing on disk.

mod key_file;
mod served;
mod variables;

pub use served::TokenServer;
pub use variables::OF_KEYS;

use crate::fault::Fault;
use crate::sources::HeldKey;
use key_file::KeyFile;
use rustix::process::{Pid, Signal, kill_process};
use std::ffi::{OsStr, OsString};
use std::io::IsTerminal;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus};
use tokio::signal::unix::{SignalKind, signal};

/// What the command gets beside its own variables.
pub struct Gifts<'a> {
    /// The key in variables.
    pub variables: bool,
    /// The key as a file in memory.
    pub key_file: bool,
    /// Where fresh tokens are to be had.
    pub token_url: Option<&'a str>,
    /// The server that the key is for.
    pub url: Option<&'a str>,
}

/// Runs `command` and gives its exit code: its own, or 128 and the signal that ended it.
///
/// # Errors
/// It can't be run, or the key can't be given to it without touching a disk.
pub fn run(command: &[OsString], key: &HeldKey, gifts: &Gifts<'_>) -> Result<u8, Fault> {
    let file = if gifts.key_file { Some(KeyFile::make(key)?) } else { None };
    let mut child = prepared(command, key, gifts, file.as_ref())?;
    let status = attended(&mut child, &command[0])?;
    drop(file);
    Ok(code(status))
}

fn prepared(
    command: &[OsString],
    key: &HeldKey,
    gifts: &Gifts<'_>,
    file: Option<&KeyFile>,
) -> Result<Command, Fault> {
    let (program, arguments) = command
        .split_first()
        .ok_or_else(|| Fault::new("no command is named", "counterfoil exec -- COMMAND"))?;
    let mut child = Command::new(program);
    child.args(arguments.iter().map(|argument| filled_in(argument, file)));
    OF_KEYS.iter().for_each(|name| {
        child.env_remove(name);
    });
    if gifts.variables {
        child.envs(variables::of(key)?);
    }
    child.envs(gifts.url.map(|url| ("COUNTERFOIL_URL", url)));
    child.envs(gifts.token_url.map(|url| ("COUNTERFOIL_TOKEN_URL", url)));
    if let Some(file) = file {
        child.env("API_PRIVATE_KEYS_DIR", file.folder());
    }
    Ok(child)
}

/// `{}` is the key's file, wherever it stands in an argument.
fn filled_in(argument: &OsStr, file: Option<&KeyFile>) -> OsString {
    match (argument.to_str(), file) {
        (Some(text), Some(file)) if text.contains("{}") => {
            text.replace("{}", &file.path().to_string_lossy()).into()
        }
        _ => argument.to_owned(),
    }
}

/// Waits for the child, and passes on what is sent to this process meanwhile.
fn attended(command: &mut Command, program: &OsStr) -> Result<ExitStatus, Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime
        .map_err(|fault| Fault::new(format!("no means to run anything: {fault}"), "raise the limits"))?;
    runtime.block_on(async {
        // Before the child is there, so that no signal falls between.
        let mut signals = Signals::take()?;
        let child = command.spawn().map_err(|fault| cannot_run(program, &fault))?;
        let pid = Pid::from_child(&child);
        let mut ended = tokio::task::spawn_blocking(move || wait(child));
        loop {
            tokio::select! {
                status = &mut ended => return status.map_err(|fault| lost(&fault))?,
                signal = signals.next() => pass_on(pid, signal),
            }
        }
    })
}

fn wait(mut child: Child) -> Result<ExitStatus, Fault> {
    child.wait().map_err(|fault| lost(&fault))
}

fn lost(fault: &dyn std::fmt::Display) -> Fault {
    Fault::new(format!("the command was lost sight of: {fault}"), "look whether it still runs")
}

/// A terminal gives Ctrl-C and Ctrl-\ to the child itself; it should not get them twice.
fn pass_on(pid: Pid, signal: Signal) {
    let is_the_terminals = matches!(signal, Signal::INT | Signal::QUIT) && std::io::stdin().is_terminal();
    if !is_the_terminals {
        // It may have ended just now.
        let _ = kill_process(pid, signal);
    }
}

/// The signals that are passed on.
struct Signals([(Signal, tokio::signal::unix::Signal); 6]);

impl Signals {
    fn take() -> Result<Self, Fault> {
        let take = |kind: SignalKind| {
            signal(kind)
                .map_err(|fault| Fault::new(format!("signals can't be passed on: {fault}"), "try again"))
        };
        Ok(Self([
            (Signal::TERM, take(SignalKind::terminate())?),
            (Signal::INT, take(SignalKind::interrupt())?),
            (Signal::HUP, take(SignalKind::hangup())?),
            (Signal::QUIT, take(SignalKind::quit())?),
            (Signal::USR1, take(SignalKind::user_defined1())?),
            (Signal::USR2, take(SignalKind::user_defined2())?),
        ]))
    }

    async fn next(&mut self) -> Signal {
        std::future::poll_fn(|context| {
            for (signal, stream) in &mut self.0 {
                if stream.poll_recv(context).is_ready() {
                    return std::task::Poll::Ready(*signal);
                }
            }
            std::task::Poll::Pending
        })
        .await
    }
}

fn cannot_run(program: &OsStr, fault: &std::io::Error) -> Fault {
    let hint = match fault.kind() {
        std::io::ErrorKind::NotFound => "check the name, and PATH",
        std::io::ErrorKind::PermissionDenied => "is it a program, and marked as one (chmod +x)?",
        _ => "mend that, then do it again",
    };
    Fault::new(format!("{} can't be run: {fault}", program.to_string_lossy()), hint)
}

fn code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| Some(128 + status.signal()?));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}
