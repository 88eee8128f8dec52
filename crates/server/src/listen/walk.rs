//! A connection on the short way: heads read, answers written, and where it leads.

use super::alarm::Alarm;
use super::fault::Fault;
use super::handle::Connection;
use super::host::{Ending, GOODBYE, Host};
use super::limits::Limits;
use super::outlet::Outlet;
use super::progress::Progress;
use super::roster::Seat;
use super::short_way::{Field, Forward, Later, Short, ShortWay, Writing};
use super::wire::Wire;
use super::written::Written;
use bytes::{Buf, BytesMut};
use http::Version;
use httparse::Status;
use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::{Pin, pin};
use std::task::Poll;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout};

/// How many fields a plain head has at most.
const MOST_FIELDS: usize = 32;
/// How long a plain head is at most.
const MOST_BYTES: usize = 8 * 1024;
/// How much is read at a time.
const ROOM: usize = 4 * 1024;

/// Answers what comes by this wire for as long as it is plain. Then the wire is as if nobody had read the rest.
pub(super) async fn follow<S>(
    host: &Host<S>,
    way: &dyn ShortWay,
    wire: Wire,
    by: &Connection,
    seat: &Seat,
    alarm: &mut Alarm,
) -> Result<Wire, Ending> {
    let progress = by.progress();
    let mut walk = Walk::new(host, way, wire, by);
    let parting = {
        let mut walking = pin!(walk.on());
        poll_fn(|cx| {
            if let Poll::Ready(end) = walking.as_mut().poll(cx) {
                return Poll::Ready(end.map_or(Parting::Cut(Ending::Finished), |()| Parting::Onward));
            }
            let late = progress.deadline().map_or(Poll::Pending, |deadline| alarm.poll_late(deadline, cx));
            waited_out(progress, late.is_ready(), seat.is_to_finish()).map_or(Poll::Pending, Poll::Ready)
        })
        .await
    };
    match parting {
        Parting::Onward => Ok(walk.give_back()),
        Parting::Goodbye(ending) => {
            // Who does not take it in time is left without.
            let _ = timeout(GOODBYE, walk.wire.shutdown()).await;
            Err(ending)
        }
        Parting::Cut(ending) => Err(ending),
    }
}

/// How the short way ends.
enum Parting {
    /// Something else comes by this connection.
    Onward,
    /// Nothing more is to come, and no answer is on its way: the connection closes in good order.
    Goodbye(Ending),
    /// An answer is on its way and stays there.
    Cut(Ending),
}

/// How the short way ends, if nothing can be done but wait and the wait is over.
fn waited_out(progress: &Progress, is_late: bool, is_to_finish: bool) -> Option<Parting> {
    if !is_late && !is_to_finish {
        return None;
    }
    let is_between_requests = progress.idleness().is_some();
    let ending = if is_late && progress.may_be_sending() { Ending::TooSlow } else { Ending::Finished };
    if is_between_requests {
        Some(Parting::Goodbye(ending))
    } else {
        is_late.then_some(Parting::Cut(Ending::TooSlow))
    }
}

struct Walk<'w, S> {
    host: &'w Host<S>,
    way: &'w dyn ShortWay,
    wire: Wire,
    by: &'w Connection,
    /// What was read and not answered.
    read: BytesMut,
    written: Written,
    /// For answers that come from elsewhere.
    alarm: Alarm,
}

impl<'w, S> Walk<'w, S> {
    fn new(host: &'w Host<S>, way: &'w dyn ShortWay, wire: Wire, by: &'w Connection) -> Self {
        let alarm = Alarm::at(Instant::now() + host.limits.idle);
        Self { host, way, wire, by, read: BytesMut::new(), written: Written::default(), alarm }
    }

    /// Goes on until something comes that is not plain, or nothing comes any more.
    async fn on(&mut self) -> io::Result<()> {
        loop {
            let is_plain = self.answer_all().await?;
            self.send().await?;
            if !is_plain {
                return Ok(());
            }
            self.read.reserve(ROOM);
            if self.wire.read_buf(&mut self.read).await? == 0 {
                return Ok(());
            }
        }
    }

    /// The wire, as if nobody had read the rest. Once a request was answered, an empty line comes before it, which
    /// HTTP/1 passes over: HTTP/2 is spoken from a connection's beginning or not at all.
    fn give_back(mut self) -> Wire {
        let is_begun = self.by.progress().idleness().is_some_and(|(served, _)| served);
        let rest = self.read.freeze();
        let rest = if is_begun && !rest.is_empty() { [b"\r\n", &*rest].concat().into() } else { rest };
        self.wire.unread(rest);
        self.wire
    }

    /// Answers all whole heads that were read. Says whether what is left may be the beginning of another.
    async fn answer_all(&mut self) -> io::Result<bool> {
        loop {
            match self.answer_one() {
                Step::Wait => return Ok(self.read.len() < MOST_BYTES),
                Step::Leave => return Ok(false),
                Step::Done => {}
                Step::Later(answer) => {
                    let in_flight = self.by.progress().begin(Version::HTTP_11);
                    self.send().await?;
                    let answer = unpanicking(self.host, answer).await;
                    drop(in_flight);
                    self.write(answer);
                }
                Step::Forward(forward) => self.forward(forward).await?,
            }
        }
    }

    /// Has an answer brought from elsewhere. A panic is a 500, if nothing is sent yet.
    async fn forward(&mut self, forward: Box<dyn Forward>) -> io::Result<()> {
        let in_flight = self.by.progress().begin(Version::HTTP_11);
        self.send().await?;
        self.by.end_with_client();
        let mut client = Outlet::new(&mut self.wire, &mut self.written, in_flight, &mut self.alarm);
        match unpanicking(self.host, forward.carry(&mut client)).await {
            Ok(end) => end,
            Err(_) if client.has_begun() => Err(io::ErrorKind::ConnectionAborted.into()),
            Err(fault) => {
                drop(client);
                self.written.clear();
                self.written.response(&self.host.worded(fault));
                Ok(())
            }
        }
    }

    /// Writes an answer that has come. A panic is a 500.
    fn write(&mut self, answer: Result<Writing, Fault>) {
        let before = self.written.as_bytes().len();
        let written = answer.and_then(|write| self.host.unpanicked(|| write(&mut self.written)));
        if let Err(fault) = written {
            self.written.forget_after(before);
            self.written.response(&self.host.worded(fault));
        }
    }

    async fn send(&mut self) -> io::Result<()> {
        if !self.written.is_empty() {
            self.wire.write_all(self.written.as_bytes()).await?;
            self.wire.flush().await?;
            self.written.clear();
        }
        Ok(())
    }

    /// Answers the first head of what was read, and takes it away.
    fn answer_one(&mut self) -> Step {
        let mut room = [const { MaybeUninit::uninit() }; MOST_FIELDS];
        let mut request = httparse::Request::new(&mut []);
        let length = match request.parse_with_uninit_headers(&self.read, &mut room) {
            Ok(Status::Complete(length)) => length,
            Ok(Status::Partial) => return Step::Wait,
            Err(_) => return Step::Leave,
        };
        let Some(target) = plain(&request, length, &self.host.limits) else { return Step::Leave };
        let before = self.written.as_bytes().len();
        let work = || self.way.answer(target, request.headers, self.by, &mut self.written);
        let step = match self.host.unpanicked(work) {
            Ok(Short::NotMine) => return Step::Leave,
            Ok(Short::Later(answer)) => Step::Later(answer),
            Ok(Short::Forward(forward)) => Step::Forward(forward),
            Ok(Short::Written) => Step::Done,
            Err(fault) => {
                self.written.forget_after(before);
                self.written.response(&self.host.worded(fault));
                Step::Done
            }
        };
        self.host.figures.request();
        if matches!(step, Step::Done) {
            drop(self.by.progress().begin(Version::HTTP_11));
        }
        self.read.advance(length);
        step
    }
}

/// What came of a look at what was read.
enum Step {
    /// There is no whole head.
    Wait,
    /// There is one that is not plain.
    Leave,
    /// There was one; its answer is written.
    Done,
    /// There was one; its answer is this.
    Later(Later),
    /// There was one; its answer is brought by this.
    Forward(Box<dyn Forward>),
}

/// What is asked for, if this goes the short way: `GET`, without a body, a word about the connection, or anything
/// that the limits would have refused.
fn plain<'h>(request: &httparse::Request<'_, 'h>, length: usize, limits: &Limits) -> Option<&'h str> {
    let is_plain = request.method == Some("GET")
        && request.version == Some(1)
        && length <= MOST_BYTES.min(limits.head_bytes as usize)
        && request.headers.len() <= limits.head_fields
        && !request.headers.iter().any(is_about_more);
    request.path.filter(|_| is_plain)
}

/// Whether a field says something of the request's body, or of the connection. That it stays is usual.
fn is_about_more(field: &Field<'_>) -> bool {
    const MORE: [&str; 8] = [
        "content-length",
        "transfer-encoding",
        "te",
        "trailer",
        "expect",
        "upgrade",
        "http2-settings",
        "connection",
    ];
    let stays = |field: &Field<'_>| field.value.eq_ignore_ascii_case(b"keep-alive");
    MORE.iter().any(|name| field.name.eq_ignore_ascii_case(name))
        && !(field.name.eq_ignore_ascii_case("connection") && stays(field))
}

async fn unpanicking<S, T>(
    host: &Host<S>,
    mut work: Pin<Box<dyn Future<Output = T> + Send + '_>>,
) -> Result<T, Fault> {
    poll_fn(|cx| match host.unpanicked(|| work.as_mut().poll(cx)) {
        Ok(polled) => polled.map(Ok),
        Err(fault) => Poll::Ready(Err(fault)),
    })
    .await
}
