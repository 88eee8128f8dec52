//! A Counterfoil, an API, and the proxies between them, on free ports of this machine.

use super::upstream::Upstream;
use super::wire::{self, Answer, Sent};
use crate::town::Town;
use counterfoil_server::listen::{Address, Listener, Server, Summary};
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

const LONG: Duration = Duration::from_secs(20);
const DEPLOY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy");

/// The ports that the shipped files name.
const COUNTERFOIL: &str = ":8787";
const API: &str = ":9000";
const FRONT: &str = ":8080";

pub(super) struct Bed {
    pub(super) town: Town,
    pub(super) upstream: Upstream,
    pub(super) proxies: Vec<Proxy>,
    counterfoil: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    serving: Option<JoinHandle<Summary>>,
}

/// A proxy that runs until this is dropped.
pub(super) struct Proxy {
    pub(super) name: &'static str,
    address: SocketAddr,
    _running: Child,
    _folder: tempfile::TempDir,
}

/// The catalog with another limit on requests in an hour.
pub(super) fn catalog_with_limit(requests: u32) -> String {
    let text = fs::read_to_string(format!("{DEPLOY}/../catalogs/appstore.toml")).unwrap();
    rendered(&text, &[("requests_per_hour = 3600", &format!("requests_per_hour = {requests}"))])
}

impl Bed {
    pub(super) async fn open() -> Self {
        Self::open_with(None).await
    }

    pub(super) async fn open_with(catalog: Option<String>) -> Self {
        let town = Town::build_with(catalog).await;
        let listener = Listener::bind(&"127.0.0.1:0".parse().unwrap()).await.unwrap();
        let Address::Tcp(counterfoil) = listener.address().clone() else { panic!("no port") };
        let (stop, stopped) = oneshot::channel();
        let server = Server::new(listener).short_way(town.app.clone());
        let serving =
            server.serve(town.app.clone(), async { drop(stopped.await) }, Duration::from_millis(200));
        let serving = Some(tokio::spawn(serving));
        let upstream = Upstream::open().await;
        let mut proxies = Vec::new();
        for make in [nginx, caddy, haproxy] {
            proxies.push(Proxy::start(make, counterfoil, upstream.address).await);
        }
        Self { town, upstream, proxies, counterfoil, stop: Some(stop), serving }
    }

    /// What Counterfoil itself says of this request.
    pub(super) async fn authorize(&self, sent: &Sent) -> Answer {
        let mut asked = Sent::new("GET", "/authorize");
        asked = asked.with("X-Original-Method", &sent.method).with("X-Original-URI", &sent.target);
        let kept =
            |name: &str| ["authorization", "x-request-id"].contains(&name.to_ascii_lowercase().as_str());
        for (name, value) in sent.fields.iter().filter(|(name, _)| kept(name)) {
            asked = asked.with(name, value);
        }
        wire::converse(self.counterfoil, &asked.raw(), &[false]).await.remove(0)
    }

    /// Takes Counterfoil away from behind the proxies.
    pub(super) async fn close_counterfoil(&mut self) {
        drop(self.stop.take());
        if let Some(serving) = self.serving.take() {
            serving.await.unwrap();
        }
    }
}

impl Proxy {
    async fn start(make: fn(&Path, &Ports) -> Command, counterfoil: SocketAddr, api: SocketAddr) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ports = Ports { counterfoil, api, front: free() };
        let mut command = make(folder.path(), &ports);
        let log = folder.path().join("log");
        command.stdin(Stdio::null()).kill_on_drop(true).current_dir(folder.path());
        command
            .stdout(fs::File::create(&log).unwrap())
            .stderr(fs::File::options().append(true).open(&log).unwrap());
        let name = command.as_std().get_program().to_str().unwrap().rsplit('/').next().unwrap();
        let name = ["nginx", "caddy", "haproxy"].into_iter().find(|known| *known == name).unwrap();
        let started = command.spawn();
        let mut running = started.unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        let deadline = Instant::now() + LONG;
        while TcpStream::connect(ports.front).await.is_err() {
            let said = || fs::read_to_string(&log).unwrap_or_default();
            assert!(running.try_wait().unwrap().is_none(), "{name} ended: {}", said());
            assert!(Instant::now() < deadline, "{name} does not listen: {}", said());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Self { name, address: ports.front, _running: running, _folder: folder }
    }

    /// The answer to a request on a connection of its own.
    pub(super) async fn say(&self, sent: &Sent) -> Answer {
        self.converse(&sent.raw(), &[sent.method == "HEAD"]).await.remove(0)
    }

    /// The answers to requests on one connection; of which of them have a head alone.
    pub(super) async fn converse(&self, text: &str, heads: &[bool]) -> Vec<Answer> {
        wire::converse(self.address, text, heads).await
    }

    pub(super) async fn connect(&self) -> TcpStream {
        wire::connect(self.address).await
    }
}

struct Ports {
    counterfoil: SocketAddr,
    api: SocketAddr,
    front: SocketAddr,
}

/// A port that nobody has at the moment, and that the system gives to nobody who asks for any: what it gives away lies
/// higher.
fn free() -> SocketAddr {
    static TRIED: AtomicU16 = AtomicU16::new(0);
    let of_this_run = u16::try_from(std::process::id() % 1000).unwrap() * 10;
    loop {
        let port = 20_000 + (of_this_run + TRIED.fetch_add(1, Ordering::Relaxed)) % 12_000;
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)) {
            return listener.local_addr().unwrap();
        }
    }
}

/// A shipped file with other ports.
fn shipped(file: &str, ports: &Ports) -> String {
    let text = fs::read_to_string(format!("{DEPLOY}/{file}")).unwrap();
    let Ports { counterfoil, api, front } = ports;
    let changes = [(COUNTERFOIL, counterfoil), (API, api), (FRONT, front)];
    let changes = changes.map(|(before, after)| (before, format!(":{}", after.port())));
    rendered(&text, &changes.each_ref().map(|(before, after)| (*before, after.as_str())))
}

/// A text with each of these in another's place. Each is there.
fn rendered(text: &str, changes: &[(&str, &str)]) -> String {
    changes.iter().fold(text.to_owned(), |text, (before, after)| {
        assert!(text.contains(before), "no {before}");
        text.replace(before, after)
    })
}

fn nginx(folder: &Path, ports: &Ports) -> Command {
    let file = folder.join("counterfoil.conf");
    fs::write(&file, shipped("nginx/counterfoil.conf", ports)).unwrap();
    let at = folder.display();
    let around = format!(
        "daemon off; master_process off; pid {at}/pid; error_log stderr warn; events {{}}\n\
         http {{ access_log off; client_body_temp_path {at}/body; proxy_temp_path {at}/proxy;\n\
         fastcgi_temp_path {at}/fastcgi; uwsgi_temp_path {at}/uwsgi; scgi_temp_path {at}/scgi;\n\
         include {}; }}\n",
        file.display()
    );
    let main = folder.join("nginx.conf");
    fs::write(&main, around).unwrap();
    let mut command = program("nginx");
    command.args(["-e", "stderr", "-p"]).arg(folder).arg("-c").arg(main);
    command
}

fn caddy(folder: &Path, ports: &Ports) -> Command {
    let file = folder.join("Caddyfile");
    fs::write(&file, shipped("caddy/Caddyfile", ports)).unwrap();
    let mut command = program("caddy");
    command.args(["run", "--adapter", "caddyfile", "--config"]).arg(file);
    for variable in ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"] {
        command.env(variable, folder);
    }
    command
}

fn haproxy(folder: &Path, ports: &Ports) -> Command {
    let script = format!("{DEPLOY}/haproxy/counterfoil.lua");
    let text = shipped("haproxy/haproxy.cfg", ports);
    let file = folder.join("haproxy.cfg");
    fs::write(&file, rendered(&text, &[("/etc/haproxy/counterfoil.lua", &script)])).unwrap();
    let mut command = program("haproxy");
    command.arg("-db").arg("-f").arg(file);
    command
}

/// Debian keeps servers where not everybody looks.
fn program(name: &str) -> Command {
    let there = Path::new("/usr/sbin").join(name);
    Command::new(if there.is_file() { there } else { name.into() })
}
