//! The gateway, between clients and upstreams good and bad, over real sockets.

mod crowds;
mod failures;
mod fields;
mod framing;
mod multiplexed;
mod open;
mod passing;
mod short_way;
mod strange_answers;
mod streams;
mod tunnels;

use crate::town::{Persona, Team, Town, URL};
use counterfoil_server::listen::{
    Address, Connection, Field, Limits, Listener, Server, Short, ShortWay, Summary, Written,
};
use counterfoil_server::{ApiSettings, App, Upstream, UpstreamSettings, app};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Longer than anything here takes, even on a busy machine.
const LONG: Duration = Duration::from_secs(20);

/// A gateway, with a town behind it and a key that opens nearly everything.
struct Gate {
    town: Town,
    team: Team,
    admin: Persona,
    address: SocketAddr,
    /// How many requests took the short way.
    short: Arc<AtomicUsize>,
    stop: oneshot::Sender<()>,
    done: JoinHandle<Summary>,
}

/// Counts what takes the short way.
struct Counted(App, Arc<AtomicUsize>);

impl ShortWay for Counted {
    fn answer(&self, target: &str, fields: &[Field<'_>], by: &Connection, into: &mut Written) -> Short {
        let short = self.0.answer(target, fields, by, into);
        self.1.fetch_add(usize::from(!matches!(short, Short::NotMine)), Ordering::Relaxed);
        short
    }
}

impl Gate {
    /// In front of this.
    async fn before(upstream: SocketAddr) -> Self {
        Self::set(upstream, |_, _| {}).await
    }

    async fn set(upstream: SocketAddr, set: impl FnOnce(&mut ApiSettings, &mut UpstreamSettings)) -> Self {
        let mut upstream = UpstreamSettings::new(&format!("http://{upstream}"));
        let mut settings = ApiSettings::new(URL);
        set(&mut settings, &mut upstream);
        settings.upstream = Some(Arc::new(Upstream::new(upstream).unwrap()));
        Self::open(&settings).await
    }

    async fn open(settings: &ApiSettings) -> Self {
        Self::open_in(Town::build().await, settings).await
    }

    async fn open_in(town: Town, settings: &ApiSettings) -> Self {
        let team = town.team("Rivets").await;
        let admin = town.team_key(team, "ADMIN").await;
        let app = app(Arc::clone(&town.authority), settings);
        let listener = Listener::bind(&"127.0.0.1:0".parse().unwrap()).await.unwrap();
        let Address::Tcp(address) = *listener.address() else { panic!("a unix socket") };
        let limits = Limits { body_bytes: u64::MAX, ..Limits::default() };
        let short = Arc::new(AtomicUsize::new(0));
        let way = Counted(app.clone(), Arc::clone(&short));
        let server = Server::new(listener).limits(limits).answers(App::listener_answer).short_way(way);
        let (stop, stopped) = oneshot::channel();
        let done = tokio::spawn(server.serve(app, async { drop(stopped.await) }, Duration::from_millis(500)));
        Self { town, team, admin, address, short, stop, done }
    }

    fn bearer(&self) -> String {
        self.bearer_of(&self.admin)
    }

    fn bearer_of(&self, persona: &Persona) -> String {
        let held = persona.held();
        held.sign(&held.claims(self.town.now()))
    }

    async fn connect(&self) -> TcpStream {
        timeout(LONG, TcpStream::connect(self.address)).await.unwrap().unwrap()
    }

    /// Sends a request's line and fields, with a good token, and reads until the connection is closed.
    async fn ask(&self, line: &str, fields: &str) -> Said {
        let token = self.bearer();
        self.say(&format!("{line} HTTP/1.1\r\nHost: keys.example\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n{fields}\r\n")).await
    }

    async fn get(&self, path: &str) -> Said {
        self.ask(&format!("GET {path}"), "").await
    }

    /// Sends `text` on a connection of its own and reads until it is closed.
    async fn say(&self, text: &str) -> Said {
        let mut stream = self.connect().await;
        stream.write_all(text.as_bytes()).await.unwrap();
        Said::read(&mut stream).await
    }

    /// Sends a head with a good token and keeps the connection.
    async fn begin(&self, line: &str, fields: &str) -> TcpStream {
        let (mut stream, token) = (self.connect().await, self.bearer());
        let head =
            format!("{line} HTTP/1.1\r\nHost: keys.example\r\nAuthorization: Bearer {token}\r\n{fields}\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        stream
    }

    /// In which ways the upstream has failed, and how often.
    async fn upstream_failures(&self) -> Vec<(String, u64)> {
        let said = self.get("/metrics").await;
        let figures = said.body().lines().filter_map(|line| {
            let (why, count) =
                line.strip_prefix("counterfoil_upstream_failures_total{why=\"")?.split_once("\"} ")?;
            Some((why.to_owned(), count.parse().unwrap()))
        });
        figures.filter(|(_, count)| *count > 0).collect()
    }

    async fn revoke(&self) {
        self.town.revoke(self.team, &self.admin).await;
    }

    async fn close(self) -> Summary {
        self.stop.send(()).unwrap();
        timeout(LONG, self.done).await.expect("the drain ends").unwrap()
    }
}

/// What a client got.
#[derive(Debug)]
struct Said(String);

impl Said {
    async fn read(stream: &mut TcpStream) -> Self {
        let mut bytes = Vec::new();
        // A reset after the last byte is an end too.
        let ended = timeout(LONG, stream.read_to_end(&mut bytes)).await;
        assert!(ended.is_ok(), "the connection stays open after {:?}", String::from_utf8_lossy(&bytes));
        Self(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn status(&self) -> u16 {
        self.0
            .get(9..12)
            .and_then(|status| status.parse().ok())
            .unwrap_or_else(|| panic!("no answer: {self:?}"))
    }

    fn fields(&self) -> Vec<(String, String)> {
        fields_of(self.0.split_once("\r\n\r\n").map_or(&*self.0, |(head, _)| head))
    }

    fn field(&self, name: &str) -> Option<String> {
        self.fields().into_iter().find(|(found, _)| found == name).map(|(_, value)| value)
    }

    fn body(&self) -> &str {
        self.0.split_once("\r\n\r\n").map_or("", |(_, body)| body)
    }

    #[track_caller]
    fn fails(&self, status: u16, code: &str) {
        assert_eq!(self.status(), status, "{self:?}");
        assert!(self.body().contains(&format!("\"code\":\"{code}\"")), "{self:?}");
    }
}

fn fields_of(head: &str) -> Vec<(String, String)> {
    let lines = head.split("\r\n").skip(1).filter_map(|line| line.split_once(':'));
    lines.map(|(name, value)| (name.to_lowercase(), value.trim().to_owned())).collect()
}

/// A request as the upstream heard it.
#[derive(Clone, Debug)]
struct Heard {
    line: String,
    fields: Vec<(String, String)>,
    body: String,
    connection: usize,
}

impl Heard {
    fn field(&self, name: &str) -> Option<&str> {
        let mut found = self.fields.iter().filter(|(other, _)| other == name);
        let first = found.next().map(|(_, value)| value.as_str());
        assert_eq!(found.next(), None, "{name} twice");
        first
    }
}

/// An upstream that hears whole requests and answers each with bytes.
struct Behind {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl Behind {
    async fn that(answers: impl Fn(&Heard) -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, heard) = (listener.local_addr().unwrap(), Arc::<Mutex<Vec<Heard>>>::default());
        let (kept, answers, connections) = (Arc::clone(&heard), Arc::new(answers), AtomicUsize::new(0));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let number = connections.fetch_add(1, Ordering::Relaxed);
                let (kept, answers) = (Arc::clone(&kept), Arc::clone(&answers));
                tokio::spawn(async move {
                    let mut talk = Talk { stream, ahead: Vec::new() };
                    while let Some(heard) = talk.hear(number).await {
                        let answer = answers(&heard);
                        kept.lock().unwrap().push(heard);
                        if talk.stream.write_all(answer.as_bytes()).await.is_err()
                            || answer.contains("Connection: close")
                        {
                            return;
                        }
                    }
                });
            }
        });
        Self { address, heard }
    }

    async fn fine() -> Self {
        Self::that(|_| answer("fine")).await
    }

    fn all(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    /// The only request that it heard.
    #[track_caller]
    fn only(&self) -> Heard {
        let all = self.all();
        assert_eq!(all.len(), 1, "{all:?}");
        all[0].clone()
    }
}

fn answer(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// One connection of an upstream's.
struct Talk {
    stream: TcpStream,
    ahead: Vec<u8>,
}

impl Talk {
    async fn hear(&mut self, connection: usize) -> Option<Heard> {
        let head = self.until("\r\n\r\n").await?;
        let (line, fields) = (head.split("\r\n").next().unwrap_or_default().to_owned(), fields_of(&head));
        let find =
            |name: &str| fields.iter().find(|(found, _)| found == name).map(|(_, value)| value.clone());
        let body = match (find("transfer-encoding"), find("content-length")) {
            (Some(_), _) => self.until("0\r\n\r\n").await?,
            (None, Some(length)) => self.exactly(length.parse().unwrap()).await?,
            (None, None) => String::new(),
        };
        Some(Heard { line, fields, body, connection })
    }

    /// Text up to and with `end`.
    async fn until(&mut self, end: &str) -> Option<String> {
        loop {
            if let Some(at) = self.ahead.windows(end.len()).position(|window| window == end.as_bytes()) {
                let found = self.ahead.drain(..at + end.len()).collect::<Vec<_>>();
                return Some(String::from_utf8(found).unwrap());
            }
            self.more().await?;
        }
    }

    async fn exactly(&mut self, count: usize) -> Option<String> {
        while self.ahead.len() < count {
            self.more().await?;
        }
        Some(String::from_utf8(self.ahead.drain(..count).collect()).unwrap())
    }

    async fn more(&mut self) -> Option<()> {
        let mut bytes = [0; 4096];
        let count = self.stream.read(&mut bytes).await.ok().filter(|count| *count > 0)?;
        self.ahead.extend_from_slice(&bytes[..count]);
        Some(())
    }

    async fn write(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.unwrap();
    }

    /// Waits until the gateway closes it.
    async fn closed(&mut self) {
        let mut bytes = [0; 4096];
        let closed = async { while self.stream.read(&mut bytes).await.is_ok_and(|count| count > 0) {} };
        timeout(LONG, closed).await.expect("the gateway closes the connection");
    }
}

/// A place for an upstream that a test plays itself.
async fn stage() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// The next connection to it.
async fn talk(listener: &TcpListener) -> Talk {
    let (stream, _) = timeout(LONG, listener.accept()).await.expect("a connection").unwrap();
    Talk { stream, ahead: Vec::new() }
}

/// A client's end, read piece by piece.
fn client(stream: TcpStream) -> Talk {
    Talk { stream, ahead: Vec::new() }
}

impl Talk {
    /// The next head, whatever it is the head of.
    async fn head(&mut self) -> String {
        timeout(LONG, self.until("\r\n\r\n")).await.expect("a head").expect("a head before the end")
    }

    /// Reads until this text has come.
    async fn comes(&mut self, text: &str) {
        timeout(LONG, self.until(text)).await.expect(text).expect(text);
    }

    /// Nothing comes for a while.
    async fn is_silent(&mut self) {
        let mut bytes = [0; 64];
        let came = timeout(Duration::from_millis(150), self.stream.read(&mut bytes)).await;
        assert!(self.ahead.is_empty() && came.is_err(), "{:?} {came:?}", String::from_utf8_lossy(&bytes));
    }
}
