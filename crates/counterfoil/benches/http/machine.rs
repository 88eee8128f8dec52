//! Two processors of this machine, and what runs on them: the servers on the one, all load on the other.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// How long anything may take to listen.
const PATIENCE: Duration = Duration::from_secs(60);
/// Says, in the process that measures, which processor is whose.
const PROCESSORS: &str = "COUNTERFOIL_BENCH_PROCESSORS";

/// Which processor is whose.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Processors {
    /// The servers'.
    pub(crate) servers: usize,
    /// The load's, and what stands behind a proxy.
    pub(crate) load: usize,
}

impl Processors {
    /// Two of those that this process may use. It becomes a process that may use the load's only, so that whatever
    /// it does between two rounds is not done where the servers are.
    pub(crate) fn part() -> Self {
        if let Some(said) = env::var(PROCESSORS).ok().as_deref().and_then(Self::parse) {
            return said;
        }
        let allowed = allowed();
        let [servers, load, ..] = allowed[..] else {
            panic!(
                "the servers need one processor and the load another; this process may use only {allowed:?}"
            )
        };
        let mut again = pinned(load, env::current_exe().unwrap());
        again.args(env::args_os().skip(1)).env(PROCESSORS, format!("{servers},{load}"));
        panic!("{}", again.exec())
    }

    fn parse(text: &str) -> Option<Self> {
        let (servers, load) = text.split_once(',')?;
        Some(Self { servers: servers.parse().ok()?, load: load.parse().ok()? })
    }
}

/// The processors that this process may use.
fn allowed() -> Vec<usize> {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).unwrap().trim();
    list.split(',').flat_map(range).collect()
}

fn range(text: &str) -> std::ops::RangeInclusive<usize> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    first.parse().unwrap()..=last.parse().unwrap()
}

/// A program that may use one processor, and as many files as the system lets it.
pub(crate) fn pinned(processor: usize, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", r#"ulimit -n "$(ulimit -H -n)"; exec taskset -c "$0" "$@""#]);
    command.arg(processor.to_string()).arg(program);
    command
}

/// A process that listens somewhere.
pub(crate) struct Server {
    /// What it is called in what is told of it.
    pub(crate) name: &'static str,
    pub(crate) address: String,
    pub(crate) process: Process,
}

/// A process of ours, gone when dropped.
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(command.stdin(Stdio::null()).spawn().unwrap_or_else(|fault| panic!("{command:?}: {fault}")))
    }

    /// Starts it and waits for the first line that it says.
    pub(crate) fn start_and_hear(command: &mut Command) -> (Self, String) {
        let mut process = Self::start(command.stdout(Stdio::piped()));
        let mut line = String::new();
        let heard: Option<ChildStdout> = process.0.stdout.take();
        BufReader::new(heard.unwrap()).read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "{command:?} said nothing");
        (process, line)
    }

    /// The processor's time that it has had, in seconds.
    pub(crate) fn busy(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0.id())).unwrap();
        let (_, after_name) = stat.rsplit_once(") ").unwrap();
        let ticks = after_name.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap());
        // Linux counts in hundredths of a second for whoever asks, whatever its own clock is.
        ticks.sum::<f64>() / 100.0
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An address that nobody listens at.
pub(crate) fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

/// Waits until somebody listens there.
pub(crate) fn await_listener(address: &str) {
    let began = Instant::now();
    while TcpStream::connect(address).is_err() {
        assert!(began.elapsed() < PATIENCE, "nobody listens at {address}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
