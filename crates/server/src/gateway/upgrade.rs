//! Connections that stop speaking HTTP: WebSockets, and whatever else client and upstream agree on.

use super::leash::Leash;
use super::upstream::Line;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How long both sides take to begin, once they have said that they will.
const BEGINNING: Duration = Duration::from_secs(10);

/// Both ends of a tunnel, not yet opened.
pub(super) struct Ends {
    pub(super) client: OnUpgrade,
    pub(super) upstream: OnUpgrade,
    /// The connection that the upstream's end comes from.
    pub(super) line: Line,
}

/// Carries bytes both ways until one side ends, nothing is heard for `idle`, or the leash is pulled.
pub(super) async fn tunnel(ends: Ends, leash: Leash, idle: Duration) {
    let Ok(Some((client, upstream))) = tokio::time::timeout(BEGINNING, open(ends)).await else { return };
    let heard = Arc::new(AtomicBool::new(true));
    let mut client = Heard { end: TokioIo::new(client), heard: Arc::clone(&heard) };
    let mut upstream = Heard { end: TokioIo::new(upstream), heard: Arc::clone(&heard) };
    tokio::select! {
        biased;
        () = leash.ended() => {}
        () = silence(&heard, idle) => {}
        _ = tokio::io::copy_bidirectional(&mut client, &mut upstream) => {}
    }
}

async fn open(ends: Ends) -> Option<(Upgraded, Upgraded)> {
    let Ends { client, upstream, mut line } = ends;
    line.until_over().await;
    let upstream = upstream.await.ok()?;
    Some((client.await.ok()?, upstream))
}

/// Waits until nothing was heard for so long; notices that after twice the time at most.
async fn silence(heard: &AtomicBool, idle: Duration) {
    while heard.swap(false, Ordering::Relaxed) {
        tokio::time::sleep(idle).await;
    }
}

/// One end, which notes that it was heard.
struct Heard {
    end: TokioIo<Upgraded>,
    heard: Arc<AtomicBool>,
}

impl AsyncRead for Heard {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.end).poll_read(cx, into);
        if polled.is_ready() {
            self.heard.store(true, Ordering::Relaxed);
        }
        polled
    }
}

impl AsyncWrite for Heard {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.end).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.end).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.end).poll_shutdown(cx)
    }
}
