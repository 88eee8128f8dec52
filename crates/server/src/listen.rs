//! The door itself: sockets, TLS, limits on what a stranger may take of us, and a drain that lets
//! requests in flight finish. What is said through the door is the service's affair: anything that is
//! a [`tower::Service`] of [`Request<Received>`], a router or not.
//!
//! Promises:
//! - However many connections are slow or idle, a good request is answered: every wait has a deadline,
//!   and when the house is full those that wait longest without a request make room.
//! - A panic of the service is a 500 for that request, never the end of the loop; nor is any error of
//!   `accept`.
//! - A service is never cancelled because its client went away quietly, unless it asks for that; only by the
//!   end of a drain, by a reset, or by a peer that no longer takes its answer.

mod address;
mod alarm;
mod bell;
mod body;
mod complaint;
mod connection;
mod crowd;
mod fault;
mod figures;
mod handle;
mod host;
mod limits;
mod outlet;
mod progress;
mod roster;
mod service;
mod short_way;
mod socket;
mod tls;
mod walk;
mod wire;
mod written;

pub use address::{Address, BadAddress};
pub use body::{BodyFault, Received};
pub use fault::{Answers, Fault};
pub use figures::{Figures, Summary};
pub use handle::Connection;
pub use limits::Limits;
pub use outlet::Outlet;
pub use short_way::{Carried, Field, Forward, Short, ShortWay, Writing};
pub use socket::{BindFault, Listener, Peer};
pub use tls::{Tls, TlsFault};
pub use written::Written;

use bell::Call;
use bytes::Bytes;
pub(crate) use complaint::Complaint;
use connection::attend;
use crowd::{Crowd, Spared};
use host::Host;
use http::{Request, Response};
use hyper::body::Body;
use roster::Roster;
use service::Service;
use socket::Caller;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tracing::{error, info, warn};

/// How long `accept` rests after an error such as "too many open files".
const BACK_OFF: Duration = Duration::from_millis(100);

/// How often those without a request are asked again to leave while somebody waits for a place.
const ASK_AGAIN: Duration = Duration::from_millis(50);

/// What may be in the service's error place of a body.
type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A listener with everything that is settled before it serves.
pub struct Server {
    listener: Listener,
    tls: Option<Arc<Tls>>,
    limits: Limits,
    answers: Answers,
    spared: Spared,
    short_way: Option<Arc<dyn ShortWay>>,
    figures: Arc<Figures>,
}

impl Server {
    /// A server with the default limits, without TLS, whose own answers have no body.
    #[must_use]
    pub fn new(listener: Listener) -> Self {
        Self {
            listener,
            tls: None,
            limits: Limits::default(),
            answers: Arc::new(fault::plain),
            spared: Arc::new(|_| false),
            short_way: None,
            figures: Arc::default(),
        }
    }

    /// Speaks TLS, with the certificate that `tls` holds at the time of each handshake.
    #[must_use]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = Some(Arc::new(tls));
        self
    }

    /// Takes other limits.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Words the answers that the listener gives in the service's place.
    #[must_use]
    pub fn answers<A>(mut self, answers: A) -> Self
    where
        A: Fn(Fault) -> Response<Bytes> + Send + Sync + 'static,
    {
        self.answers = Arc::new(answers);
        self
    }

    /// Spares peers the limit of one address: behind a proxy's stands a crowd.
    #[must_use]
    pub fn sparing(mut self, is_spared: impl Fn(&Peer) -> bool + Send + Sync + 'static) -> Self {
        self.spared = Arc::new(is_spared);
        self
    }

    /// Asks this first about requests of the plainest kind.
    #[must_use]
    pub fn short_way(mut self, way: impl ShortWay) -> Self {
        self.short_way = Some(Arc::new(way));
        self
    }

    /// What has been counted; stays good while the server serves.
    #[must_use]
    pub fn figures(&self) -> Arc<Figures> {
        Arc::clone(&self.figures)
    }

    /// Serves until `shutdown` is done: then takes no more connections, closes those without a request
    /// at once, lets requests in flight finish, and cuts off what is left after `drain`.
    ///
    /// Dropping this future cuts every connection off.
    pub async fn serve<S, B>(self, service: S, shutdown: impl Future<Output = ()>, drain: Duration) -> Summary
    where
        S: tower::Service<Request<Received>, Response = Response<B>, Error = Infallible>,
        S: Clone + Send + Sync + 'static,
        S::Future: Send + Unpin + 'static,
        B: Body<Data = Bytes, Error: Into<BoxError>> + Send + Unpin + 'static,
    {
        let places = self.limits.places();
        let house = House {
            roster: Arc::default(),
            crowd: Crowd::new(self.limits.connections_per_address, self.spared),
            room: Arc::new(Semaphore::new(places as usize)),
            places,
            host: Arc::new(
                Host::new(service, self.tls.clone(), self.limits, self.answers, self.figures)
                    .with_short_way(self.short_way),
            ),
            full: Complaint::default(),
            crowded: Complaint::default(),
            deaf: Complaint::default(),
        };
        tokio::select! {
            biased;
            () = shutdown => {}
            () = house.receive(&self.listener) => {}
            () = follow(self.tls) => {}
        }
        drop(self.listener);
        house.drain(drain).await
    }
}

/// Keeps the certificate fresh for as long as the server takes connections.
async fn follow(tls: Option<Arc<Tls>>) {
    match tls {
        Some(tls) => tls.follow().await,
        None => std::future::pending().await,
    }
}

/// Everything that the loop and its connections share.
struct House<S: Service> {
    roster: Arc<Roster>,
    crowd: Arc<Crowd>,
    room: Arc<Semaphore>,
    places: u32,
    host: Arc<Host<S>>,
    full: Complaint,
    crowded: Complaint,
    deaf: Complaint,
}

impl<S: Service> House<S> {
    /// Takes connections for ever.
    async fn receive(&self, listener: &Listener) {
        loop {
            match listener.accept().await {
                Ok(caller) => self.admit(caller).await,
                Err(error) => self.rest_after(&error).await,
            }
        }
    }

    async fn admit(&self, caller: Caller) {
        let Some(one) = self.crowd.enter(&caller.peer) else { return self.turn_away(&caller) };
        let permit = self.place().await;
        let seat = self.roster.enter(self.host.progress());
        let work = attend(Arc::clone(&self.host), caller, seat);
        tokio::spawn(async move {
            work.await;
            drop((permit, one));
        });
    }

    fn turn_away(&self, caller: &Caller) {
        self.host.figures.turned_away();
        if self.crowded.is_due() {
            let address = caller.peer.address.map(|address| address.ip().to_string());
            warn!(
                address,
                "An address has as many connections as it may; further ones are closed as they come."
            );
        }
    }

    /// Waits for a place. One connection is held here, the next ones wait in the kernel's queue; those
    /// that have waited longest without a request in flight are asked to leave, so only a house full of
    /// requests makes a newcomer wait.
    async fn place(&self) -> OwnedSemaphorePermit {
        loop {
            if let Ok(permit) = Arc::clone(&self.room).try_acquire_owned() {
                return permit;
            }
            self.make_room();
            if let Ok(Ok(permit)) = timeout(ASK_AGAIN, Arc::clone(&self.room).acquire_owned()).await {
                return permit;
            }
        }
    }

    fn make_room(&self) {
        let asked = self.roster.ask_to_leave(self.a_few());
        if self.full.is_due() {
            warn!(
                connections = self.places,
                asked_to_leave = asked,
                "All places for connections are taken; those idle longest make room."
            );
        }
    }

    /// After an error of `accept`. A connection that died in the queue is no fault of ours; anything
    /// else (no more file descriptors, no memory) needs time and room.
    async fn rest_after(&self, error: &std::io::Error) {
        use std::io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
        if matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted) {
            return;
        }
        if self.deaf.is_due() {
            error!(%error, "Connections can't be accepted; trying again until they can.");
        }
        self.roster.ask_to_leave(self.a_few());
        tokio::time::sleep(BACK_OFF).await;
    }

    /// How many are asked to leave at a time, so that a flood does not search the roster for each caller.
    fn a_few(&self) -> usize {
        (self.places as usize / 32).clamp(1, 32)
    }

    async fn drain(self, patience: Duration) -> Summary {
        let open = self.in_house();
        info!(connections = open, "Draining: no new connections, requests in flight may finish.");
        self.roster.call(Call::Drain);
        let everyone = timeout(patience, self.room.acquire_many(self.places)).await.is_ok();
        let cut = if everyone { 0 } else { self.cut_off().await };
        let summary = self.host.figures.summary(cut);
        info!(requests = summary.requests, cut, "Drained.");
        summary
    }

    async fn cut_off(&self) -> usize {
        let left = self.in_house();
        warn!(connections = left, "Cut off what was still open at the end of the drain.");
        self.roster.call(Call::Cut);
        // A connection ends at its next poll, so this takes no time unless a service blocks its thread.
        let _ = timeout(Duration::from_secs(1), self.room.acquire_many(self.places)).await;
        left
    }

    fn in_house(&self) -> usize {
        (self.places as usize).saturating_sub(self.room.available_permits())
    }
}

impl<S: Service> Drop for House<S> {
    fn drop(&mut self) {
        self.roster.call(Call::Cut);
    }
}
