//! A cable between two programs, which can be cut, and which can swallow what goes through it.

use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What the cable does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// It passes everything on.
    Whole,
    /// Connections end, and new ones end at once.
    Cut,
    /// Connections stay and are taken, and nothing gets through.
    Swallows,
}

/// A cable.
pub(crate) struct Cable {
    pub(crate) address: SocketAddr,
    mood: Arc<watch::Sender<Mood>>,
}

impl Cable {
    pub(crate) async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mood = Arc::new(watch::Sender::new(Mood::Whole));
        let moods = mood.clone();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(connect(near, target, moods.subscribe()));
            }
        });
        Self { address, mood }
    }

    pub(crate) fn is(&self, mood: Mood) {
        self.mood.send_replace(mood);
    }
}

async fn connect(near: TcpStream, target: SocketAddr, mood: watch::Receiver<Mood>) {
    let mut cut = mood.clone();
    let carried = async {
        let far = TcpStream::connect(target).await.unwrap();
        let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
        let moods = mood.clone();
        tokio::join!(carry(near_in, far_out, moods.clone()), carry(far_in, near_out, moods));
    };
    tokio::select! {
        () = carried => {}
        _ = cut.wait_for(|mood| *mood == Mood::Cut) => {}
    }
}

/// What has been swallowed once never comes: the connection stays dead, as after a router forgot it.
async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mood: watch::Receiver<Mood>) {
    let mut bytes = [0; 16 * 1024];
    let mut is_dead = false;
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        is_dead |= *mood.borrow() == Mood::Swallows;
        if !is_dead && to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}
