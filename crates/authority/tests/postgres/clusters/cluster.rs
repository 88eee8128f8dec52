//! A PostgreSQL of a test's own, on a free port of the loopback interface, gone with the test.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio_postgres::NoTls;

const SUPERUSER: &str = "counterfoil";
const PATIENCE: Duration = Duration::from_secs(60);

/// What a server is to be like.
#[derive(Default)]
pub(super) struct Settings<'a> {
    /// Settings, such as `fsync=off`.
    pub(super) options: &'a [&'a str],
    /// Files in its folder.
    pub(super) files: &'a [(&'a str, &'a str)],
    /// Who is let in, if not everybody on this machine.
    pub(super) access: Option<&'a str>,
}

/// A running server. Dropping it ends it.
pub(super) struct Cluster {
    folder: TempDir,
    port: u16,
    server: Child,
}

impl Cluster {
    /// Makes a server and waits until it answers.
    pub(super) fn create(settings: &Settings<'_>) -> Self {
        let folder = folder();
        run(command("initdb", folder.path())
            .args([
                "--no-sync",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--username",
                SUPERUSER,
            ])
            .arg("--pgdata")
            .arg(data(&folder)));
        for (name, text) in settings.files {
            write(&data(&folder).join(name), text);
        }
        if let Some(access) = settings.access {
            write(&data(&folder).join("pg_hba.conf"), access);
        }
        Self::serve(folder, settings.options)
    }

    /// A standby of this server, which follows it.
    pub(super) fn standby(&self) -> Self {
        let folder = folder();
        run(command("pg_basebackup", folder.path())
            .args(["--write-recovery-conf", "--checkpoint=fast", "--no-sync", "--dbname"])
            .arg(format!("{} application_name={}", self.connection(), name_of(&folder)))
            .arg("--pgdata")
            .arg(data(&folder)));
        Self::serve(folder, &[])
    }

    /// What the primary calls it, if it is a standby.
    pub(super) fn name(&self) -> String {
        name_of(&self.folder)
    }

    /// From here on no commit is acknowledged before this standby has it.
    pub(super) async fn wait_for(&self, standby: String) {
        let (client, connection) = tokio_postgres::connect(&self.url(), NoTls).await.unwrap();
        tokio::spawn(connection);
        let ask = format!("ALTER SYSTEM SET synchronous_standby_names = '\"{standby}\"'");
        client.batch_execute(&ask).await.unwrap();
        client.batch_execute("SELECT pg_reload_conf()").await.unwrap();
        let began = Instant::now();
        let follows = "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'";
        while client.query(follows, &[]).await.unwrap().is_empty() {
            assert!(began.elapsed() < PATIENCE, "the standby does not follow");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// It ends without a word to anybody, as if the machine had. Afterwards nobody reaches it.
    pub(super) fn break_down(&self) {
        self.signal("QUIT");
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
            assert!(began.elapsed() < PATIENCE, "it does not end");
            sleep(Duration::from_millis(20));
        }
    }

    /// Makes a standby the primary.
    pub(super) fn promote(&self) {
        run(command("pg_ctl", self.folder.path()).args(["promote", "--wait", "-D"]).arg(data(&self.folder)));
    }

    /// Where it is.
    pub(super) fn url(&self) -> String {
        format!("postgres://{SUPERUSER}@127.0.0.1:{}/postgres", self.port)
    }

    /// Where it and another are, whichever of them takes writes.
    pub(super) fn url_with(&self, other: &Self) -> String {
        format!("postgres://{SUPERUSER}@127.0.0.1:{},127.0.0.1:{}/postgres", self.port, other.port)
    }

    /// Writes a file beside its data. The path of it.
    pub(super) fn write(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        write(&path, text);
        path.to_str().unwrap().to_owned()
    }

    fn connection(&self) -> String {
        format!("host=127.0.0.1 port={} user={SUPERUSER}", self.port)
    }

    /// A port that was free when we looked may be taken when the server looks.
    fn serve(folder: TempDir, options: &[&str]) -> Self {
        for _ in 0..5 {
            let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
            let mut server = command("postgres", folder.path());
            server.arg("-D").arg(data(&folder)).args(["-p", &port.to_string()]);
            for option in ["listen_addresses=127.0.0.1", "unix_socket_directories="].iter().chain(options) {
                server.args(["-c", option]);
            }
            server.stdout(Stdio::null()).stderr(fs::File::create(folder.path().join("log")).unwrap());
            let mut server = server.spawn().unwrap();
            if is_ready(&folder, &mut server) {
                return Self { folder, port, server };
            }
            let _ = server.kill();
            let _ = server.wait();
        }
        panic!("it does not start:\n{}", fs::read_to_string(folder.path().join("log")).unwrap())
    }

    fn signal(&self, signal: &str) {
        let process = self.server.id().to_string();
        let _ = Command::new("kill").args(["-s", signal, &process]).status();
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.signal("QUIT");
        let _ = self.server.wait();
    }
}

/// The eighth line of `postmaster.pid` is the server's state, the first its process.
fn is_ready(folder: &TempDir, server: &mut Child) -> bool {
    let began = Instant::now();
    while began.elapsed() < PATIENCE && server.try_wait().unwrap().is_none() {
        let status = fs::read_to_string(data(folder).join("postmaster.pid")).unwrap_or_default();
        let mut lines = status.lines().map(str::trim);
        let is_of_it = lines.next() == Some(&server.id().to_string());
        if is_of_it && matches!(lines.nth(6), Some("ready" | "standby")) {
            return true;
        }
        sleep(Duration::from_millis(20));
    }
    false
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    belongs_to_the_server(folder.path());
    folder
}

fn data(folder: &TempDir) -> PathBuf {
    folder.path().join("data")
}

fn name_of(folder: &TempDir) -> String {
    let name = folder.path().file_name().unwrap().to_str().unwrap().to_lowercase();
    name.chars().filter(char::is_ascii_alphanumeric).collect()
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    belongs_to_the_server(path);
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// One of Debian's programs for servers, as a user who may run them: PostgreSQL refuses root.
fn command(program: &str, folder: &Path) -> Command {
    let versions = fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL is installed");
    let newest = versions.map(|version| version.unwrap().path()).max().expect("PostgreSQL is installed");
    let mut command = Command::new(newest.join("bin").join(program));
    command.current_dir(folder);
    if let Some((user, group)) = account() {
        command.gid(group).uid(user);
    }
    command
}

fn belongs_to_the_server(path: &Path) {
    if let Some((user, group)) = account() {
        chown(path, Some(user), Some(group)).unwrap();
    }
}

fn account() -> Option<(u32, u32)> {
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        return None;
    }
    let accounts = fs::read_to_string("/etc/passwd").unwrap();
    let line = accounts.lines().find(|line| line.starts_with("postgres:")).expect("there is a user postgres");
    let mut numbers = line.split(':').skip(2).map(|number| number.parse().unwrap());
    Some((numbers.next().unwrap(), numbers.next().unwrap()))
}
