//! What is cleaned up however this process ends: at its end, by Ctrl-C, SIGTERM, a panic or even SIGKILL.
//!
//! A small shell waits on a pipe from us. The kernel closes the pipe when we are gone, whatever the cause, and the
//! shell then stops every process group it was told of and removes every directory it was told of. That needs no
//! signal handler and leaves no case out.

use std::fmt::Display;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// SIGINT as well as SIGTERM: the first makes PostgreSQL hang up on its clients, the second reaches processes that
/// were started with SIGINT ignored. Who is still there after ten seconds is killed.
const SCRIPT: &str = r#"
trap '' INT TERM HUP
groups=''
while read -r word what; do
    case $word in
        watch) groups="$groups $what" ;;
        forget) rest=''
            for group in $groups; do [ "$group" = "$what" ] || rest="$rest $group"; done
            groups=$rest ;;
        sweep) set -- "$@" "$what" ;;
    esac
done
for group in $groups; do kill -s INT -- "-$group"; kill -s TERM -- "-$group"; done
tries=100
while [ $tries -gt 0 ]; do
    alive=''
    for group in $groups; do kill -s 0 -- "-$group" && alive=yes; done
    [ -n "$alive" ] || break
    sleep 0.1
    tries=$((tries - 1))
done
for group in $groups; do kill -s KILL -- "-$group"; done
[ $# -eq 0 ] || rm -rf -- "$@"
"#;

/// Outlives this process and cleans up after it. Dropping it cleans up at once and waits for the end of that.
pub(crate) struct Guard {
    shell: Child,
}

impl Guard {
    /// Starts the guard. It has a process group of its own, so that Ctrl-C does not reach it.
    pub(crate) fn start() -> Result<Self, String> {
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT, "guard"]).process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let shell = command.spawn().map_err(|error| format!("can't start `sh`: {error}"))?;
        Ok(Self { shell })
    }

    /// From now on this process group ends with us.
    pub(crate) fn watch(&self, group: u32) {
        self.tell("watch", &group);
    }

    /// This process group has ended; its number may be taken by another.
    pub(crate) fn forget(&self, group: u32) {
        self.tell("forget", &group);
    }

    /// From now on this directory ends with us.
    pub(crate) fn sweep(&self, directory: &Path) {
        self.tell("sweep", &directory.display());
    }

    /// A guard that has died can't be told anything; the gate goes on without it.
    fn tell(&self, word: &str, what: &dyn Display) {
        if let Some(mut pipe) = self.shell.stdin.as_ref() {
            let _ = pipe.write_all(format!("{word} {what}\n").as_bytes());
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

/// Sends SIGINT to one process. The shell's own `kill` is always there; the program of that name is not.
pub(crate) fn interrupt(process: u32) {
    let _ = Command::new("sh").args(["-c", &format!("kill -s INT -- {process}")]).status();
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_is_watched_ends_with_the_guard() {
        let guard = Guard::start().unwrap();
        let mut sleeper = sleeper();
        guard.watch(sleeper.id());
        // Reaped while the guard looks for it, as init does for the orphans of a process that is gone.
        let waiter = std::thread::spawn(move || sleeper.wait().unwrap());
        drop(guard);
        assert!(!waiter.join().unwrap().success());
    }

    #[test]
    fn what_was_forgotten_goes_on() {
        let guard = Guard::start().unwrap();
        let mut sleeper = sleeper();
        guard.watch(sleeper.id());
        guard.forget(sleeper.id());
        drop(guard);
        assert_eq!(sleeper.try_wait().unwrap(), None);
        sleeper.kill().unwrap();
        sleeper.wait().unwrap();
    }

    #[test]
    fn a_directory_with_a_space_in_its_name_is_swept() {
        let directory = std::env::temp_dir().join(format!("counterfoil guard {}", std::process::id()));
        fs::create_dir(&directory).unwrap();
        fs::write(directory.join("file"), "x").unwrap();
        let guard = Guard::start().unwrap();
        guard.sweep(&directory);
        drop(guard);
        assert!(!directory.exists());
    }

    fn sleeper() -> Child {
        Command::new("sleep").arg("60").process_group(0).spawn().unwrap()
    }
}
