//! A PostgreSQL of the tests' own: in a temporary directory, on a free port of the loopback interface, gone afterwards.
//!
//! It keeps fsync on and asks for a password, as the servers of operators do. The cluster that Debian's package may
//! have made is neither used nor touched.

use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::os::unix::fs::{DirBuilderExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::debian;
use crate::guard;
use crate::printer;
use crate::runner::Runner;

/// The variable that tells tests where the server is.
pub(crate) const VARIABLE: &str = "COUNTERFOIL_TEST_POSTGRES";

const SUPERUSER: &str = "counterfoil";
const PATIENCE: Duration = Duration::from_secs(30);
/// A port that was free when we looked may be taken when the server looks.
const ATTEMPTS: u32 = 3;

/// A running server. Dropping it stops the server and removes its directory; the guard does so if we can't.
pub(crate) struct Postgres<'a> {
    runner: &'a Runner,
    cluster: Cluster,
    server: Child,
    url: String,
}

impl<'a> Postgres<'a> {
    /// Makes a cluster, starts its server and waits until it answers.
    pub(crate) fn start(runner: &'a Runner) -> Result<Self, String> {
        let password = random_hex()?;
        let cluster = Cluster::create(runner, &password)?;
        for attempt in 1.. {
            let port = free_port()?;
            let mut server = cluster.serve(runner, port)?;
            if cluster.is_ready(&mut server)? {
                let url = format!("postgres://{SUPERUSER}:{password}@127.0.0.1:{port}/postgres");
                return Ok(Self { runner, cluster, server, url });
            }
            stop(runner, &mut server)?;
            if attempt == ATTEMPTS {
                break;
            }
        }
        Err(format!("PostgreSQL does not start; its log:\n{}", cluster.log()))
    }

    /// `postgres://user:password@127.0.0.1:port/database`, as a superuser, so that tests can make databases.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Postgres<'_> {
    fn drop(&mut self) {
        if let Err(reason) = stop(self.runner, &mut self.server) {
            printer::error(&reason);
        }
        if let Err(error) = fs::remove_dir_all(&self.cluster.directory) {
            printer::error(&format!("can't remove {}: {error}", self.cluster.directory.display()));
        }
    }
}

/// Runs a command with a server at its side and passes its exit code on.
pub(crate) fn run_beside(runner: &Runner, command: &[String]) -> Result<ExitCode, String> {
    debian::ensure(runner, &[&debian::INITDB])?;
    let postgres = Postgres::start(runner)?;
    let (program, arguments) = command.split_first().ok_or("there is no command to run")?;
    let mut command = Command::new(program);
    let status = runner.status(command.args(arguments).env(VARIABLE, postgres.url()))?;
    Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)))
}

/// The files of a server, and who owns them.
struct Cluster {
    programs: PathBuf,
    directory: PathBuf,
    owner: Option<Account>,
}

impl Cluster {
    fn create(runner: &Runner, password: &str) -> Result<Self, String> {
        let initdb = debian::find("initdb").ok_or("`initdb` is not installed")?;
        let programs = initdb.parent().unwrap_or(Path::new("/")).to_owned();
        let owner = if debian::is_root() { Some(unprivileged_account()?) } else { None };
        let cluster = Self { programs, directory: private_directory()?, owner };
        runner.guard().sweep(&cluster.directory);
        cluster.initialise(runner, password)?;
        Ok(cluster)
    }

    /// `--no-sync` spares the flush of files that would be remade anyway; the server itself syncs every commit.
    fn initialise(&self, runner: &Runner, password: &str) -> Result<(), String> {
        let password_file = self.directory.join("password");
        fs::write(&password_file, password)
            .map_err(|error| format!("{}: {error}", password_file.display()))?;
        if let Some(Account { user, group }) = self.owner {
            for path in [&self.directory, &password_file] {
                chown(path, Some(user), Some(group))
                    .map_err(|error| format!("{}: {error}", path.display()))?;
            }
        }
        let mut initdb = self.command("initdb");
        initdb.args(["--no-sync", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"]);
        initdb.arg(format!("--username={SUPERUSER}")).arg("--pwfile").arg(password_file);
        initdb.arg("--pgdata").arg(self.data());
        runner.output(&mut initdb).map(drop)
    }

    fn serve(&self, runner: &Runner, port: u16) -> Result<Child, String> {
        let log = fs::File::create(self.log_file()).map_err(|error| format!("PostgreSQL's log: {error}"))?;
        let mut server = self.command("postgres");
        server.arg("-D").arg(self.data()).args(["-p", &port.to_string()]).stdout(Stdio::null()).stderr(log);
        for setting in
            ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=on", "max_connections=300"]
        {
            server.args(["-c", setting]);
        }
        runner.spawn(&mut server)
    }

    /// True once it takes connections, false if it ended or is too slow.
    fn is_ready(&self, server: &mut Child) -> Result<bool, String> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            let ended = server.try_wait().map_err(|error| format!("PostgreSQL: {error}"))?;
            if ended.is_some() {
                return Ok(false);
            }
            let status = fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
            if says_ready(&status, server.id()) {
                return Ok(true);
            }
            sleep(Duration::from_millis(20));
        }
        Ok(false)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.current_dir(&self.directory);
        if let Some(Account { user, group }) = self.owner {
            command.gid(group).uid(user);
        }
        command
    }

    fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    fn log_file(&self) -> PathBuf {
        self.directory.join("log")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_else(|error| error.to_string())
    }
}

/// The eighth line of `postmaster.pid` is the server's state, the first its process.
fn says_ready(status: &str, process: u32) -> bool {
    let mut lines = status.lines().map(str::trim);
    lines.next() == Some(&process.to_string()) && lines.nth(6) == Some("ready")
}

/// Asks it to hang up on its clients and end (SIGINT is its "fast" shutdown), and insists if it does not.
fn stop(runner: &Runner, server: &mut Child) -> Result<(), String> {
    let process = server.id();
    let failed = |error| format!("can't stop PostgreSQL (process {process}): {error}");
    let mut ended = server.try_wait().map_err(failed)?.is_some();
    if !ended {
        guard::interrupt(process);
    }
    let deadline = Instant::now() + PATIENCE;
    while !ended && Instant::now() < deadline {
        sleep(Duration::from_millis(20));
        ended = server.try_wait().map_err(failed)?.is_some();
    }
    if !ended {
        server.kill().map_err(failed)?;
    }
    runner.wait(server).map(drop)
}

/// PostgreSQL refuses to run as root.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Account {
    user: u32,
    group: u32,
}

fn unprivileged_account() -> Result<Account, String> {
    let accounts = fs::read_to_string("/etc/passwd").map_err(|error| format!("/etc/passwd: {error}"))?;
    let account = account(&accounts, "postgres").or_else(|| account(&accounts, "nobody"));
    account
        .ok_or_else(|| "PostgreSQL won't run as root, and there is no user `postgres` or `nobody`".to_owned())
}

fn account(accounts: &str, name: &str) -> Option<Account> {
    let line = accounts.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut numbers = line.split(':').skip(2).map(str::parse);
    Some(Account { user: numbers.next()?.ok()?, group: numbers.next()?.ok()? })
}

fn private_directory() -> Result<PathBuf, String> {
    let directory = std::env::temp_dir().join(format!("counterfoil-postgres-{}", random_hex()?));
    let made = fs::DirBuilder::new().mode(0o700).create(&directory);
    made.map_err(|error| format!("can't make {}: {error}", directory.display()))?;
    Ok(directory)
}

fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    listener.map(|address| address.port()).map_err(|error| format!("no free port on 127.0.0.1: {error}"))
}

fn random_hex() -> Result<String, String> {
    let mut bytes = [0; 16];
    let read = fs::File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes));
    read.map_err(|error| format!("/dev/urandom: {error}"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str =
        "root:x:0:0:root:/root:/bin/bash\npostgres:x:101:104:,,,:/var/lib/postgresql:/bin/bash\n";

    #[test]
    fn an_account_is_found_by_its_whole_name() {
        assert_eq!(account(PASSWD, "postgres"), Some(Account { user: 101, group: 104 }));
        assert_eq!(account(PASSWD, "post"), None);
        assert_eq!(account("postgres:x:oops", "postgres"), None);
    }

    #[test]
    fn only_a_server_that_says_so_is_ready() {
        let status =
            |state: &str| format!("71\n/tmp/data\n1795000000\n5433\n\n127.0.0.1\n  1048  5\n{state}  \n");
        assert!(says_ready(&status("ready"), 71));
        assert!(!says_ready(&status("starting"), 71));
        assert!(!says_ready(&status("ready"), 72));
        assert!(!says_ready("", 71));
    }

    #[test]
    fn a_random_word_is_32_hex_digits_and_never_the_same() {
        let word = random_hex().unwrap();
        assert!(word.len() == 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit()), "{word}");
        assert_ne!(word, random_hex().unwrap());
    }
}
