//! A connection to the upstream over which plain requests go: their heads are bytes already, and so is what comes.

use socket2::SockRef;
use std::io;
use std::mem::MaybeUninit;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How much is read at a time, first…
const ROOM: usize = 16 * 1024;
/// …and at most, of an answer that is long and comes fast.
const MOST_ROOM: usize = 256 * 1024;

/// A connection with at most one exchange on it. It closes when dropped.
pub(in crate::gateway) struct Cord {
    stream: TcpStream,
    /// What came, and how much of it was taken.
    read: Vec<u8>,
    taken: usize,
    room: usize,
}

/// Why a head did not go out.
pub(super) enum Unsent {
    /// Nothing of it went.
    Whole(io::Error),
    /// The upstream may have heard a part.
    InPart(io::Error),
}

impl Cord {
    pub(super) const fn over(stream: TcpStream) -> Self {
        Self { stream, read: Vec::new(), taken: 0, room: ROOM }
    }

    /// Whether it could carry the next exchange, as far as anybody knows: it is open, and nothing came that nobody has
    /// asked for, and that would pass for the next answer. The system is asked: the runtime hears of what came later.
    pub(super) fn is_free(&self) -> bool {
        let looked = SockRef::from(&self.stream).peek(&mut [MaybeUninit::uninit()]);
        self.came().is_empty() && looked.is_err_and(|fault| fault.kind() == io::ErrorKind::WouldBlock)
    }

    /// Sends a head.
    pub(super) async fn send(&mut self, head: &[u8]) -> Result<(), Unsent> {
        let sent = self.stream.write(head).await.map_err(Unsent::Whole)?;
        match head.get(sent..) {
            Some(rest) if !rest.is_empty() => self.stream.write_all(rest).await.map_err(Unsent::InPart),
            _ => Ok(()),
        }
    }

    /// Waits for more. Nothing more comes if that was nothing.
    pub(in crate::gateway) async fn read(&mut self) -> io::Result<usize> {
        if self.came().is_empty() {
            self.read.clear();
            self.taken = 0;
        }
        self.read.reserve(self.room);
        let count = self.stream.read_buf(&mut self.read).await?;
        if count >= self.room {
            self.room = MOST_ROOM.min(self.room * 2);
        }
        Ok(count)
    }

    /// What came and was not taken.
    pub(in crate::gateway) fn came(&self) -> &[u8] {
        self.read.get(self.taken..).unwrap_or_default()
    }

    /// Takes so much of it away.
    pub(in crate::gateway) fn take(&mut self, count: usize) {
        self.taken = self.read.len().min(self.taken + count);
    }

    /// The connection, for whoever speaks by it otherwise. Nothing that came may be left.
    pub(super) fn into_stream(self) -> TcpStream {
        self.stream
    }

    /// Lets go of room that was for a long answer.
    pub(super) fn rest(&mut self) {
        self.read.clear();
        self.taken = 0;
        self.read.shrink_to(ROOM);
        self.room = ROOM;
    }
}
