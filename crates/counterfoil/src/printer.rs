//! The one place that prints.
//!
//! What was asked for goes to standard output: with `--json` exactly one JSON document, else the
//! same for people. Everything that is merely said about it goes to standard error.

mod colour;
mod screen;
mod table;

pub(crate) use colour::{Colour, Colours};
pub(crate) use table::Table;

use crate::problem::Problem;
use serde::Serialize;
use std::io::{self, BufRead, IsTerminal, Write};

/// Says things to people and to programs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Printer {
    form: Form,
    colours: Colours,
}

/// For whom the result is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Tables and sentences.
    People,
    /// One JSON document.
    Json,
}

impl Printer {
    pub(crate) fn new(form: Form, colours: Colours) -> Self {
        Self { form, colours }
    }

    /// What standard error may be coloured with.
    pub(crate) fn colours(&self) -> Colours {
        self.colours
    }

    /// Whether a program reads the result.
    pub(crate) fn wants_json(&self) -> bool {
        self.form == Form::Json
    }

    /// Prints what was asked for.
    pub(crate) fn result<T: Serialize>(
        &self,
        document: &T,
        people: impl FnOnce() -> String,
    ) -> Result<(), Problem> {
        match self.form {
            Form::People => print(io::stdout().lock(), &screen::for_people(&people())),
            Form::Json => json(document).and_then(|text| print(io::stdout().lock(), &text)),
        }
        .map_err(|fault| not_printed(&fault))
    }

    /// Prints one line of several: for commands that answer line by line.
    pub(crate) fn line<T: Serialize>(
        &self,
        document: &T,
        people: impl FnOnce() -> String,
    ) -> Result<(), Problem> {
        self.result(document, people)
    }

    /// Prints what was asked for as it came, whatever it is; on a terminal, what is no text is shown as such.
    pub(crate) fn bytes(&self, bytes: &[u8]) -> Result<(), Problem> {
        let is_terminal = io::stdout().is_terminal();
        let mut to = io::stdout().lock();
        let written = if is_terminal {
            print(&mut to, &screen::for_people(&String::from_utf8_lossy(bytes)))
        } else {
            to.write_all(bytes).and_then(|()| to.flush())
        };
        match written {
            Err(fault) if fault.kind() != io::ErrorKind::BrokenPipe => Err(not_printed(&fault)),
            _ => Ok(()),
        }
    }

    /// Says something beside the result.
    pub(crate) fn say(&self, sentence: &str) {
        // Nobody is left to be told that standard error is closed.
        let _ = print(io::stderr().lock(), &screen::for_people(sentence));
    }

    /// Says something that must not be missed: set apart by empty lines, its `loud` part bold.
    pub(crate) fn proclaim(&self, before: &str, loud: &str, after: &str) {
        let loud = self.colours.stderr(Colour::Bold, loud);
        self.say(&format!("\n  {before}\n\n      {loud}\n\n  {after}\n"));
    }

    /// Says something to beware of.
    pub(crate) fn warn(&self, sentence: &str) {
        self.say(&format!("{} {sentence}", self.colours.stderr(Colour::Yellow, "warning:")));
    }

    /// Says what went wrong and what to do next. With `--json` the document says it too.
    pub(crate) fn problem(&self, problem: &Problem) {
        self.told(problem);
        self.document_of(problem);
    }

    /// Says what went wrong where the document, if one is wanted, was printed already.
    pub(crate) fn told(&self, problem: &Problem) {
        let error = self.colours.stderr(Colour::Red, "error:");
        let hint = self.colours.stderr(Colour::Cyan, "hint:");
        self.say(&format!("{error} {}\n{hint} {}", problem.message(), problem.hint()));
    }

    /// What went wrong as a document, for a program; people were told already.
    pub(crate) fn document_of(&self, problem: &Problem) {
        if self.form == Form::Json {
            let document = serde_json::json!({"error": problem.message(), "hint": problem.hint()});
            let _ = json(&document).and_then(|text| print(io::stdout().lock(), &text));
        }
    }

    /// Asks a person to type `wanted`; a script can't be asked and must say `--yes`.
    pub(crate) fn confirm(&self, what: &str, wanted: &str, yes: bool) -> Result<(), Problem> {
        if yes {
            return Ok(());
        }
        if !io::stdin().is_terminal() {
            return Err(Problem::new(
                format!("{what} This needs a confirmation, and there is nobody to ask."),
                "say --yes if it is meant",
            ));
        }
        self.say(&format!("{what}\nType {wanted} to go on:"));
        let mut typed = String::new();
        let read = io::stdin().lock().read_line(&mut typed);
        match read {
            Ok(_) if typed.trim() == wanted => Ok(()),
            _ => Err(Problem::new("this was not confirmed", "nothing was changed")),
        }
    }
}

fn not_printed(fault: &io::Error) -> Problem {
    Problem::new(
        format!("the result could not be printed: {fault}"),
        "what was asked for was done; give standard output a place to go",
    )
}

fn json<T: Serialize>(document: &T) -> io::Result<String> {
    let text = serde_json::to_string(document).map_err(io::Error::other)?;
    Ok(screen::in_json(&text).into_owned())
}

/// A text with exactly one line end behind it. A reader that left early is no fault.
fn print(mut to: impl Write, text: &str) -> io::Result<()> {
    let end = if text.ends_with('\n') { "" } else { "\n" };
    let written =
        to.write_all(text.as_bytes()).and_then(|()| to.write_all(end.as_bytes())).and_then(|()| to.flush());
    match written {
        Err(fault) if fault.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}
