//! Every command that a page or a help text shows is one that there is, with flags that there are.

use super::Arguments;
use clap::{CommandFactory, Parser};
use std::fs;
use std::path::{Path, PathBuf};

/// A command as some text shows it, and where.
#[derive(Debug)]
struct Shown {
    place: String,
    words: Vec<String>,
}

#[test]
fn every_command_that_is_shown_can_be_typed() {
    let shown: Vec<_> =
        pages().into_iter().chain(helps()).flat_map(|(place, text)| commands(&place, &text)).collect();
    assert!(shown.len() > 150, "only {} commands were found", shown.len());
    let wrong: Vec<_> = shown
        .iter()
        .filter_map(|shown| {
            let words = std::iter::once("counterfoil").chain(shown.words.iter().map(String::as_str));
            let fault = Arguments::try_parse_from(words).err().filter(clap::Error::use_stderr)?;
            let fault = fault.to_string();
            let fault = fault.lines().next().unwrap_or_default();
            Some(format!("{}: counterfoil {}: {fault}", shown.place, shown.words.join(" ")))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_flag_that_there_is_not_is_noticed_wherever_it_stands() {
    for text in [
        "```sh\ncounterfoil token --no-such\n```",
        "```console\n$ a | counterfoil token \\\n    --no-such\n```",
        "```yaml\n- run: counterfoil token && counterfoil doctor --no-such\n```",
        "```groovy\nsh 'counterfoil token --no-such'\n```",
        "```sh\ncurl -H \"Authorization: Bearer $(counterfoil token --no-such)\" x\n```",
    ] {
        let shown = commands("here", text);
        let last = shown.last().unwrap();
        assert_eq!(last.words.last().unwrap(), "--no-such", "{shown:?}");
    }
    assert_eq!(commands("here", "```sh\ncounterfoil token > file # as it is\n```")[0].words, ["token"]);
}

/// Every page, as far as it is code.
fn pages() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = vec![root.join("README.md"), root.join("SECURITY.md")];
    collect(&root.join("docs"), &mut files);
    let page = |file: PathBuf| {
        let text = fs::read_to_string(&file).unwrap();
        (file.strip_prefix(&root).unwrap().display().to_string(), text)
    };
    files.into_iter().map(page).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "md") {
            files.push(path);
        }
    }
}

/// The examples of every help text, as a block of code.
fn helps() -> Vec<(String, String)> {
    let help = |command: &clap::Command| {
        let text = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
        (format!("{} --help", command.get_name()), format!("```\n{text}\n```"))
    };
    Arguments::command().get_subcommands().map(help).collect()
}

fn commands(place: &str, text: &str) -> Vec<Shown> {
    let mut shown = Vec::new();
    for block in text.split("```").skip(1).step_by(2) {
        let block = block.replace("\\\n", " ");
        for line in block.lines().skip(1) {
            let mut rest = line;
            while let Some(at) = beginning(rest) {
                let (before, command) = rest.split_at(at);
                let command = &command["counterfoil ".len()..];
                let words = words(command, before);
                if words
                    .first()
                    .is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'))
                {
                    shown.push(Shown { place: place.to_owned(), words });
                }
                rest = command;
            }
        }
    }
    shown
}

/// Where the next command begins: behind nothing, a space, a quote or a bracket, and before a word.
fn beginning(line: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + line.get(from..)?.find("counterfoil ")?;
        let before = line[..at].chars().next_back();
        let is_command = before.is_none_or(|letter| " '\"(`$/".contains(letter));
        let is_prompted =
            ["", "$", "-", "|", "&&", ";", "run:", "script:", "content:", "then", "do", "sh", "exec"];
        let last = line[..at].trim_end_matches(['\'', '"', '(', '`']).trim_end();
        let last = last.rsplit(' ').next().unwrap_or_default();
        let opens =
            line[..at].ends_with("$(") || line[..at].ends_with("/bin/") || is_prompted.contains(&last);
        if is_command && opens {
            return Some(at);
        }
        from = at + 1;
    }
}

/// The words of a command, up to where a shell ends it: at a pipe, a redirection, a comment, or the quote or bracket
/// that it stands in.
fn words(text: &str, before: &str) -> Vec<String> {
    let around = before.chars().next_back();
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for letter in text.chars() {
        match (quote, letter) {
            (Some(open), letter) if letter == open => quote = None,
            (Some(_), letter) => word.get_or_insert_default().push(letter),
            (None, '\'' | '"') if around == Some(letter) => break,
            (None, '\'' | '"') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, '|' | ';' | '&' | '>' | '<' | ')' | '`') => break,
            (None, '#') if word.is_none() => break,
            (None, ' ') => words.extend(word.take()),
            (None, letter) => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word.filter(|word| word != "2"));
    words
}
