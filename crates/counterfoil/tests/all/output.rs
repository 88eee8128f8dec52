//! Where words go: results to standard output, everything said about them to standard error.

use crate::installation::Installation;
use serde_json::json;
use std::process::Stdio;

const ESCAPE: char = '\u{1b}';

#[test]
fn an_error_is_an_error_line_and_a_hint_on_standard_error() {
    let ran = Installation::new().run(&["team", "list"]);
    ran.assert_refused(1, "there is no Counterfoil data in ");
    assert_eq!(ran.stdout, "");
}

#[test]
fn with_json_an_error_is_a_document_too() {
    let ran = Installation::new().run(&["team", "list", "--json"]);
    ran.assert_refused(1, "there is no Counterfoil data in ");
    let document = ran.document();
    assert!(document["error"].as_str().unwrap().starts_with("there is no Counterfoil data in "));
    assert!(document["hint"].is_string());
}

#[test]
fn with_json_wrong_usage_is_a_document_too() {
    let installation = Installation::new();
    for (arguments, error) in [
        (&["serve", "--bogus", "--json"][..], "unexpected argument '--bogus' found"),
        (
            &["access", "--json"],
            "'counterfoil access' requires a subcommand but one was not provided \
             [subcommands: list, approve, decline, withdraw, help]",
        ),
        (&["replica", "add", "--json"], "the following required arguments were not provided: <NAME>"),
    ] {
        let ran = installation.run(arguments);
        assert_eq!((ran.code, ran.document()["error"].as_str().unwrap()), (2, error), "{ran:?}");
    }
}

#[test]
fn a_refusal_names_the_list_that_shows_why() {
    let installation = Installation::new();
    let made = installation.bootstrap(&[]);
    for (arguments, list) in [
        (&["replica", "remove", "nobody"][..], "replica list"),
        (&["people", "erase", "nobody@acme.example", "--yes"], "people list"),
        (&["access", "approve", &made.team], "access list"),
    ] {
        let ran = installation.run(arguments);
        assert!(ran.stderr.contains(&format!("hint: nothing was changed; `counterfoil {list}`")), "{ran:?}");
    }
}

#[test]
fn nothing_is_coloured_where_no_terminal_is() {
    let installation = Installation::new();
    let ran = installation.run(&["team", "list"]);
    assert!(!ran.stderr.contains(ESCAPE));
    installation.bootstrap(&[]);
    let ran = installation.run(&["team", "list"]);
    assert!(!ran.stdout.contains(ESCAPE));
}

/// `script` gives a command a terminal.
#[test]
fn a_terminal_gets_colours_unless_no_color_is_set() {
    let installation = Installation::new();
    let binary = env!("CARGO_BIN_EXE_counterfoil");
    let on_terminal = |no_color: bool| {
        let mut command = std::process::Command::new("script");
        command
            .args(["-qec", &format!("{binary} team list"), "/dev/null"])
            .current_dir(installation.beside(""));
        command.env_clear().env("PATH", "/usr/bin:/bin").env("TERM", "xterm").stdin(Stdio::null());
        if no_color {
            command.env("NO_COLOR", "1");
        }
        let output = command.output().expect("script(1) is part of util-linux");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let plain = on_terminal(true);
    assert!(plain.contains("error: ") && !plain.contains(ESCAPE), "{plain:?}");
    let coloured = on_terminal(false);
    assert!(coloured.contains("\u{1b}[1;31merror:\u{1b}[0m"), "{coloured:?}");
}

#[test]
fn what_a_file_is_called_does_nothing_to_a_terminal() {
    let installation = Installation::new();
    let found = installation.beside("found");
    std::fs::create_dir(&found).unwrap();
    let name = "a\u{1b}]0;title\u{7}\u{9b}2J\u{202e}.p8";
    let made = installation.bootstrap(&[]);
    std::fs::copy(made.document["key"]["path"].as_str().unwrap(), found.join(name)).unwrap();
    let found = found.to_str().unwrap();
    for arguments in [&["scan", found][..], &["scan", found, "--json"]] {
        let ran = installation.run(arguments);
        assert_eq!(ran.code, 1, "{ran:?}");
        let moves = |letter: char| letter.is_control() && letter != '\n' || letter == '\u{202e}';
        assert!(!ran.stdout.contains(moves) && !ran.stderr.contains(moves), "{ran:?}");
    }
    let document = installation.run(&["scan", found, "--json"]).document();
    assert!(document["findings"][0]["path"].as_str().unwrap().ends_with(name), "{document}");
}

#[test]
fn a_reader_that_leaves_early_is_no_fault() {
    let installation = Installation::new();
    let mut child = installation
        .command(&["catalog", "show"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

#[test]
fn a_result_that_can_not_be_printed_is_a_failure() {
    let installation = Installation::new();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = installation.command(&["catalog", "show"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("error: the result could not be printed"));
}

#[test]
fn a_question_is_not_put_to_a_script() {
    let installation = Installation::new();
    let made = installation.bootstrap(&[]);
    installation.run(&["team", "close", &made.team]).assert_refused(1, "This ends the team «Acme» for good");
    assert_eq!(installation.json(&["team", "list"])["teams"][0]["state"], json!("ACTIVE"));
}
