//! What went wrong, in words for whoever typed the command, and what to do next.

use counterfoil_authority::failure::Failure;
use counterfoil_core::id::Malformed;
use counterfoil_core::refusal::{Refusal, Thing};
use counterfoil_holder::fault::Fault;
use std::fmt;

/// Why a command did not do what was asked. Each has a hint: what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    message: String,
    hint: String,
    exit: Exit,
}

/// With what the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Refused or failed.
    Failed = 1,
    /// What was typed makes no sense.
    WrongUsage = 2,
}

impl Problem {
    /// Something was refused or failed.
    pub(crate) fn new(message: impl fmt::Display, hint: impl fmt::Display) -> Self {
        Self { message: message.to_string(), hint: hint.to_string(), exit: Exit::Failed }
    }

    /// What was typed makes no sense.
    pub(crate) fn usage(message: impl fmt::Display, hint: impl fmt::Display) -> Self {
        Self { exit: Exit::WrongUsage, ..Self::new(message, hint) }
    }

    /// What happened.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// What to do next.
    pub(crate) fn hint(&self) -> &str {
        &self.hint
    }

    /// With what the process ends.
    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }
}

/// An argument that is not what it should be.
impl From<Malformed> for Problem {
    fn from(malformed: Malformed) -> Self {
        Self::usage(malformed, "see the command's --help for what goes where")
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let hint = match &failure {
            Failure::Refused(refusal) => where_to_look(refusal),
            Failure::TooManyMails { .. } => "nothing was changed; wait, then try again",
            Failure::IdempotencyMismatch => "nothing was changed; use a fresh idempotency key",
            Failure::Unavailable(_) => "nothing was changed; try again in a moment",
            Failure::Unknown(_) => "it may have happened: look (with a list command) before you do it again",
            Failure::LedgerStopped(_) => {
                "nothing was changed; `counterfoil ledger verify` says what is wrong, docs/running.md what to do"
            }
            Failure::ClockBehind { .. } => {
                "nothing was changed; `timedatectl` shows whether the clock is kept"
            }
            Failure::Seal(_) => "give the seal key that was in use here; docs/running.md, «The seal key»",
            Failure::Fault(_) => "this should not happen; please report it with the log around it",
        };
        Self::new(failure.to_string(), hint)
    }
}

/// Which list shows why something was refused.
fn where_to_look(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::NoSuch(Thing::Replica, _) | Refusal::Taken(Thing::Replica, _) => {
            "nothing was changed; `counterfoil replica list` shows the replicas"
        }
        Refusal::NoSuch(Thing::User | Thing::Invitation, _)
        | Refusal::Taken(Thing::User | Thing::Invitation, _)
        | Refusal::InvitationOver(_)
        | Refusal::OwnerStays { .. }
        | Refusal::OwnerAlready => {
            "nothing was changed; `counterfoil people list` shows who is there and who is invited"
        }
        Refusal::AccessNotRequested | Refusal::AccessNotThere => {
            "nothing was changed; `counterfoil access list` shows where each team stands"
        }
        Refusal::RoleUnknown { .. } | Refusal::RoleNotAssignable { .. } => {
            "nothing was changed; `counterfoil catalog show` has all roles, and what they open"
        }
        _ => "nothing was changed; `counterfoil team list` shows where each team stands",
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self::new(fault.message(), fault.hint())
    }
}

/// What the reader of arguments made of them, in one sentence.
impl From<&clap::Error> for Problem {
    fn from(said: &clap::Error) -> Self {
        let text = said.to_string();
        let sentence = text.split("\n\n").next().unwrap_or_default();
        let words: Vec<_> = sentence.strip_prefix("error: ").unwrap_or(sentence).split_whitespace().collect();
        Self::usage(words.join(" "), "see --help for what goes where")
    }
}

/// A file or directory that the system would not let us use, with what we meant to do.
pub(crate) fn at_file(doing: &str, path: &std::path::Path, fault: &std::io::Error) -> Problem {
    Fault::at(doing, path, fault).into()
}
