//! How fast the sandbox lists, finds and makes, and whether it slows down as it fills.

#![expect(clippy::unwrap_used, reason = "a benchmark that can't go on shall fail")]

#[path = "../../core/benches/measuring.rs"]
mod measuring;

use bytes::Bytes;
use counterfoil_sandbox::{Limits, Sandbox, Settings};
use http::{Method, Request};
use measuring::{Measurement, median};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Instant, SystemTime};
use tempfile::TempDir;

const TEAM: &str = "bench";
const APPS: usize = 200;
const FEW: usize = 1_000;
const MANY: usize = 100_000;
const LOOKS: usize = 200;
const ROUNDS: usize = 5;
/// What a list of 200 apps may take, in microseconds.
const LIST: f64 = 2_000.0;

fn main() {
    if !measuring::is_wanted() {
        return;
    }
    let measured = list_over_loopback();
    let what = "a list of 200 apps over loopback, median / what it may take";
    Measurement { what, unit: "µs", measured, reference: LIST, must: "≤ 1" }.print();
    let (few, many) = (filled(&devices(FEW)), filled(&devices(MANY)));
    for (what, work) in WORKS {
        let (measured, reference) =
            measuring::in_turn(ROUNDS, || rate(&many.sandbox, *work), || rate(&few.sandbox, *work));
        Measurement { what, unit: "a second", measured, reference, must: "≥ 0.8" }.print();
    }
}

type Work = fn(&Sandbox, usize);

/// What is done again and again among many resources and among few.
const WORKS: &[(&str, Work)] = &[
    ("a page of 100,000 devices / of 1,000", |sandbox, _| look(sandbox, "/v1/devices?limit=50")),
    ("a page of 100,000 devices in the order of their names / of 1,000", |sandbox, _| {
        look(sandbox, "/v1/devices?limit=50&sort=-name");
    }),
    ("one found by its value among 100,000 / among 1,000", |sandbox, number| {
        look(sandbox, &format!("/v1/devices?filter%5Budid%5D=udid-{:07}", number % FEW));
    }),
    ("one among 100,000 / among 1,000", |sandbox, number| {
        look(sandbox, &format!("/v1/devices/D{}", number % FEW));
    }),
    ("one made beside 100,000 / beside 1,000", make),
];

struct Filled {
    _folder: TempDir,
    sandbox: Sandbox,
}

fn filled(resources: &[Value]) -> Filled {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        folder: folder.path().to_owned(),
        public_url: "https://keys.example".to_owned(),
        clock: SystemTime::now,
        fixtures: None,
        limits: Limits::default(),
    };
    let sandbox = Sandbox::open(&settings).unwrap();
    sandbox.import(TEAM, &json!({ "resources": resources }).to_string()).unwrap();
    Filled { _folder: folder, sandbox }
}

fn devices(count: usize) -> Vec<Value> {
    let device = |number| {
        json!({ "type": "devices", "id": format!("D{number}"), "attributes": {
            "name": format!("Device {number:07}"), "platform": "IOS", "udid": format!("udid-{number:07}"), "status": "ENABLED",
        }})
    };
    (0..count).map(device).collect()
}

fn apps() -> Vec<Value> {
    let app = |number| {
        json!({ "type": "apps", "id": format!("{}", 7_000_000_000_u64 + number as u64), "attributes": {
            "name": format!("App {number}"), "bundleId": format!("com.example.app{number}"), "sku": format!("S{number}"),
            "primaryLocale": "en-US",
        }})
    };
    (0..APPS).map(app).collect()
}

fn request(method: Method, target: &str, body: String) -> Request<Bytes> {
    let request = Request::builder().method(method).uri(target).header("x-counterfoil-team", TEAM);
    let request = request.header("content-type", "application/json");
    request.body(Bytes::from(body)).unwrap()
}

fn look(sandbox: &Sandbox, target: &str) {
    let answer = sandbox.answer(&request(Method::GET, target, String::new()));
    assert_eq!(answer.status().as_u16(), 200, "{answer:?}");
}

fn make(sandbox: &Sandbox, number: usize) {
    let nonce = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos();
    let device = json!({ "data": { "type": "devices", "attributes": {
        "name": "New", "platform": "IOS", "udid": format!("new-{number}-{nonce}"),
    }}});
    let answer = sandbox.answer(&request(Method::POST, "/v1/devices", device.to_string()));
    assert_eq!(answer.status().as_u16(), 201, "{answer:?}");
}

/// How often a second.
fn rate(sandbox: &Sandbox, work: Work) -> f64 {
    LOOKS as f64 / measuring::seconds(|| (0..LOOKS).for_each(|number| work(sandbox, number)))
}

/// The median time of a whole exchange, in microseconds.
fn list_over_loopback() -> f64 {
    let filled = filled(&apps());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    runtime.spawn(counterfoil_sandbox::listen(filled.sandbox.clone(), listener, std::future::pending()));
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let asked =
        format!("GET /v1/apps?limit=200 HTTP/1.1\r\nHost: {address}\r\nX-Counterfoil-Team: {TEAM}\r\n\r\n");
    let mut buffer = Vec::new();
    let exchange = |_| {
        let began = Instant::now();
        stream.write_all(asked.as_bytes()).unwrap();
        read_answer(&mut stream, &mut buffer);
        began.elapsed().as_secs_f64() * 1e6
    };
    median((0..LOOKS).map(exchange))
}

/// Reads an answer with a length.
fn read_answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) {
    buffer.clear();
    let mut piece = vec![0; 256 * 1024];
    loop {
        let count = stream.read(&mut piece).unwrap();
        assert!(count > 0, "the connection ended");
        buffer.extend_from_slice(&piece[..count]);
        let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&buffer[..end]).to_lowercase();
        assert!(head.starts_with("http/1.1 200"), "{head}");
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:")).unwrap();
        if buffer.len() >= end + 4 + length.trim().parse::<usize>().unwrap() {
            return;
        }
    }
}
