//! What a service may ask of the connection that its request came by.

use super::body::Received;
use super::progress::{Progress, Work};
use super::socket::Peer;
use http::Request;
use std::any::Any;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The connection that a request came by. It comes with the request's body, which costs nothing; among the
/// request's extensions, where it takes three allocations, it is once somebody [puts it there](Self::tell).
#[derive(Clone)]
pub struct Connection(Arc<Shared>);

struct Shared {
    peer: Peer,
    after_http: Mutex<Option<Work>>,
    remembered: OnceLock<Box<dyn Any + Send + Sync>>,
    progress: Arc<Progress>,
}

impl Connection {
    pub(super) fn new(peer: Peer, progress: Arc<Progress>) -> Self {
        Self(Arc::new(Shared { peer, after_http: Mutex::default(), remembered: OnceLock::new(), progress }))
    }

    /// The connection that this request came by, if it came by one.
    #[must_use]
    pub fn of<B: 'static>(request: &Request<B>) -> Option<&Self> {
        let received = (request.body() as &dyn Any).downcast_ref();
        received.map(Received::connection).or_else(|| request.extensions().get())
    }

    /// Puts the connection among the request's extensions, for whoever gets the body in another form.
    #[must_use]
    pub fn tell<B: 'static>(mut request: Request<B>) -> Request<B> {
        if let Some(connection) = Self::of(&request).cloned() {
            request.extensions_mut().insert(connection);
        }
        request
    }

    pub(super) fn progress(&self) -> &Arc<Progress> {
        &self.0.progress
    }

    /// Who is at the other end.
    #[must_use]
    pub fn peer(&self) -> &Peer {
        &self.0.peer
    }

    /// What was made of the peer the first time that somebody asked; `None` if something of another type was.
    pub fn remembered<T: Any + Send + Sync>(&self, make: impl FnOnce(&Peer) -> T) -> Option<&T> {
        let made = self.0.remembered.get_or_init(|| Box::new(make(&self.0.peer)));
        (**made).downcast_ref()
    }

    /// Carries `work` on in the connection's place once HTTP is over on it, which is when both sides have
    /// agreed to speak something else. It is cut off where the connection would be.
    pub fn continue_with(&self, work: impl Future<Output = ()> + Send + 'static) {
        *self.0.after_http.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::pin(work));
    }

    /// Ends the present request when its client goes, and be it only that it says to send no more. Otherwise
    /// a service is never cancelled by that. (An HTTP/2 client resets its request.)
    pub fn end_with_client(&self) {
        self.0.progress.end_with_client();
    }

    /// Ends the connection once this is over, if the present answer is not taken to its end by then, nor at that moment:
    /// whoever makes the answer is asked for no more of it, and can't end it. In HTTP/2, where others share the
    /// connection, what is left of it stays with its stream.
    pub fn end_after(&self, over: impl Future<Output = ()> + Send + 'static) {
        self.0.progress.end_after(Box::pin(over));
    }

    pub(super) fn work(&self) -> Option<Work> {
        self.0.after_http.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("[connection]")
    }
}
