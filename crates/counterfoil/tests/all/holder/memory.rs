//! What others can see of a process that holds a key.

use super::hand::Hand;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::process::{Child, Command, Stdio};

/// Another user than root, so that one can tell to whom a process belongs.
const NOBODY: &str = "65534";

/// Runs a program as a user who is not root, as its tests may be. It is found by a descriptor: the folder that it is
/// in may be closed to that user.
fn as_somebody(program: &str, arguments: &[&str]) -> Command {
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let run = if is_root {
        format!("exec setpriv --reuid {NOBODY} --regid {NOBODY} --clear-groups /proc/self/fd/9 \"$@\"")
    } else {
        "exec /proc/self/fd/9 \"$@\"".to_owned()
    };
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("exec 9< \"$0\"; {run}")).arg(program).args(arguments);
    command.env_clear().env("PATH", "/usr/bin:/bin").current_dir("/");
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

/// Started, and as far as its first line.
fn begun(mut command: Command) -> Child {
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    child
}

fn owner(child: &Child, what: &str) -> u32 {
    fs::metadata(format!("/proc/{}/{what}", child.id())).unwrap().uid()
}

fn limits(child: &Child) -> String {
    fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap()
}

const WAIT: &[&str] = &["-c", "echo ready; exec sleep 20"];

#[test]
fn a_process_that_holds_a_key_can_neither_be_dumped_nor_read_by_its_own_user() {
    let hand = Hand::new();
    let exec = [&["exec", "--", "sh"], WAIT].concat();
    let mut command = as_somebody(env!("CARGO_BIN_EXE_counterfoil"), &exec);
    command.env("COUNTERFOIL_KEY_ID", &hand.made.key.id).env("COUNTERFOIL_PRIVATE_KEY", hand.pem());
    let mut ours = begun(command);
    let mut other = begun(as_somebody("/bin/sh", WAIT));
    let somebody = fs::metadata(format!("/proc/{}", other.id())).unwrap().uid();
    let seen = (owner(&other, "mem"), owner(&ours, "mem"), owner(&ours, "environ"));
    let core = limits(&ours).lines().find(|line| line.starts_with("Max core file size")).unwrap().to_owned();
    // Ours passes it on to what it runs.
    Command::new("kill").args(["-TERM", &ours.id().to_string()]).status().unwrap();
    ours.wait().unwrap();
    other.kill().unwrap();
    other.wait().unwrap();
    assert_eq!(seen, (somebody, 0, 0), "the memory of a usual process is its user's, and ours is nobody's");
    assert_ne!(somebody, 0);
    assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
}
