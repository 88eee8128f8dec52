//! `exec:COMMAND`: any store that has a program. The half goes through pipes, never through arguments or variables.

use super::{Kept, Store};
use crate::fault::Fault;
use crate::surroundings::Surroundings;
use std::io::{Read, Write};
use std::process::{Child, Stdio};
use zeroize::Zeroizing;

/// More than any form of a private half takes.
const LIMIT: u64 = 64 * 1024;

pub(super) struct Command<'a> {
    command: &'a str,
    surroundings: &'a Surroundings,
}

impl<'a> Command<'a> {
    pub(super) fn new(command: &'a str, surroundings: &'a Surroundings) -> Self {
        Self { command, surroundings }
    }

    fn started(&self, what: &str, input: Stdio, output: Stdio) -> Result<Child, Fault> {
        let shell = if cfg!(windows) { ["cmd", "/C"] } else { ["sh", "-c"] };
        let started = std::process::Command::new(shell[0])
            .arg(shell[1])
            .arg(self.command)
            .current_dir(self.surroundings.path("."))
            .env("COUNTERFOIL_CUSTODY", what)
            .stdin(input)
            .stdout(output)
            .spawn();
        started.map_err(|fault| Fault::new(format!("the shell can't be run: {fault}"), "install a shell"))
    }

    fn ended(&self, mut child: Child, what: &str) -> Result<(), Fault> {
        match child.wait() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(Fault::new(
                format!("the command of exec: failed at {what} ({status})"),
                format!("run it by hand with COUNTERFOIL_CUSTODY={what}; what it said is above"),
            )),
            Err(fault) => {
                Err(Fault::new(format!("the command of exec: was lost: {fault}"), "run it once more"))
            }
        }
    }
}

impl Store for Command<'_> {
    /// Whether it failed or has nothing, nobody can say.
    fn find(&self) -> Result<Option<Kept>, Fault> {
        let mut child = self.started("get", Stdio::null(), Stdio::piped())?;
        let mut bytes = Zeroizing::new(Vec::with_capacity(LIMIT as usize));
        let read = child.stdout.take().map(|output| output.take(LIMIT).read_to_end(&mut bytes));
        self.ended(child, "get")?;
        match read {
            Some(Ok(1..)) => Ok(Some(Kept::plain(bytes))),
            _ => Err(Fault::new(
                "the command of exec: said nothing",
                "it must print the PEM when COUNTERFOIL_CUSTODY is get",
            )),
        }
    }

    fn put(&self, pem: &str) -> Result<(), Fault> {
        self.replace(pem)
    }

    fn replace(&self, pem: &str) -> Result<(), Fault> {
        let mut child = self.started("put", Stdio::piped(), Stdio::null())?;
        // A command that reads nothing and succeeds is found out when it is read back.
        let _ = child.stdin.take().map(|mut input| input.write_all(pem.as_bytes()));
        self.ended(child, "put")
    }

    fn remove(&self) -> Result<(), Fault> {
        Err(Fault::new("exec: can put and get, and not remove", "remove it with the store's own program"))
    }
}
