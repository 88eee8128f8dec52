//! The binary: what was typed, what is meant, one call into the house. Nobody else prints.

mod arguments;
mod commands;
mod data_dir;
mod half_file;
mod logs;
mod opening;
mod printer;
mod problem;
mod server_url;
mod service_manager;
mod settings;

use arguments::Arguments;
use clap::Parser;
use printer::{Colours, Form, Printer};
use problem::{Exit, Problem};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(said) => return not_understood(&said),
    };
    let form = if arguments.json { Form::Json } else { Form::People };
    let printer = Printer::new(form, Colours::wanted());
    match commands::carry_out(arguments.command, &printer) {
        Ok(code) => code,
        Err(problem) => {
            printer.problem(&problem);
            code(problem.exit())
        }
    }
}

/// Help and the version were asked for, or what was typed makes no sense. Whoever wants JSON gets it then too.
fn not_understood(said: &clap::Error) -> ExitCode {
    // Nobody is left to be told that standard output or standard error is closed.
    let _ = said.print();
    if !said.use_stderr() {
        return ExitCode::SUCCESS;
    }
    if std::env::args_os().any(|argument| argument == "--json") {
        Printer::new(Form::Json, Colours::wanted()).document_of(&Problem::from(said));
    }
    code(Exit::WrongUsage)
}

fn code(exit: Exit) -> ExitCode {
    match exit {
        Exit::Failed => ExitCode::from(1),
        Exit::WrongUsage => ExitCode::from(2),
    }
}
