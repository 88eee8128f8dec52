//! Many who take their time: each connection sends a head, a byte every few seconds, and comes again when it is sent
//! away.

use crate::machine::{Process, pinned};
use std::env;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::sleep;

/// What the process that lingers is called.
pub(crate) const ROLE: &str = "slow";
const WHERE: &str = "COUNTERFOIL_BENCH_SLOW";
const HEAD: &[u8] =
    b"GET /authorize HTTP/1.1\r\nHost: localhost\r\nX-Original-Method: GET\r\nX-Original-URI: /v1/apps\r\n";
const PAUSE: Duration = Duration::from_secs(3);

/// A process with such connections.
pub(crate) struct Slow(#[expect(dead_code, reason = "it is there until it is dropped")] Process);

impl Slow {
    /// They are there when this returns.
    pub(crate) fn on(processor: usize, address: &str, count: usize) -> Self {
        let mut command = pinned(processor, env::current_exe().unwrap());
        command.env(crate::ROLE, ROLE).env(WHERE, format!("{address} {count}"));
        Self(Process::start_and_hear(&mut command).0)
    }
}

/// Lingers for ever.
pub(crate) fn linger() {
    let said = env::var(WHERE).unwrap();
    let (address, count) = said.split_once(' ').unwrap();
    let count: usize = count.parse().unwrap();
    let there = Arc::new(AtomicUsize::new(0));
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        for number in 0..count {
            tokio::spawn(one(address.to_owned(), Arc::clone(&there)));
            // The kernel's queue of newcomers is short.
            if number % 100 == 0 {
                sleep(Duration::from_millis(5)).await;
            }
        }
        while there.load(Ordering::Relaxed) < count {
            sleep(Duration::from_millis(10)).await;
        }
        println!("there");
        std::future::pending::<()>().await;
    });
}

async fn one(address: String, there: Arc<AtomicUsize>) {
    let mut was_there = false;
    loop {
        if let Ok(stream) = TcpStream::connect(&address).await {
            if !std::mem::replace(&mut was_there, true) {
                there.fetch_add(1, Ordering::Relaxed);
            }
            dribble(stream).await;
        }
        sleep(Duration::from_millis(100)).await;
    }
}

/// Until the server has had enough.
async fn dribble(mut stream: TcpStream) {
    let mut answer = [0; 512];
    for byte in HEAD {
        if stream.write_all(&[*byte]).await.is_err() {
            return;
        }
        tokio::select! {
            // Whatever it says now is a farewell.
            _ = stream.read(&mut answer) => return,
            () = sleep(PAUSE) => {}
        }
    }
}
