//! Completions and manual pages, made from the arguments themselves.

use crate::arguments::Arguments;
use crate::printer::Printer;
use crate::problem::{Problem, at_file};
use clap::{Command, CommandFactory};
use clap_complete::Shell;
use serde_json::json;
use std::fs;
use std::path::Path;

/// What makes `shell` complete the commands.
pub(super) fn completions(shell: Shell, printer: &Printer) -> Result<(), Problem> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "counterfoil", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    printer.result(&json!({ "shell": shell.to_string(), "script": script }), || script.clone())
}

/// A manual page for each command, and each below it.
pub(super) fn pages(dir: &Path, printer: &Printer) -> Result<(), Problem> {
    fs::create_dir_all(dir).map_err(|fault| at_file("make the directory", dir, &fault))?;
    let mut command = Arguments::command();
    command.build();
    let mut written = Vec::new();
    page(&command, "counterfoil", dir, &mut written)?;
    printer
        .result(&json!({ "pages": written }), || format!("{} pages are in {}", written.len(), dir.display()))
}

fn page(command: &Command, name: &str, dir: &Path, written: &mut Vec<String>) -> Result<(), Problem> {
    let path = dir.join(format!("{name}.1"));
    let mut text = Vec::new();
    let manual =
        clap_mangen::Man::new(command.clone().display_name(name.to_owned())).title(name.to_uppercase());
    manual
        .render(&mut text)
        .and_then(|()| fs::write(&path, text))
        .map_err(|fault| at_file("write", &path, &fault))?;
    written.push(path.display().to_string());
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        page(below, &format!("{name}-{}", below.get_name()), dir, written)?;
    }
    Ok(())
}
