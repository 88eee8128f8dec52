//! The short way: requests of the plainest kind, answered without making a request of them.
//!
//! Where a service wants it, a connection begins here. As long as each head is `GET` in HTTP/1.1, without a body or a
//! word about the connection, and the service takes it, its answer is written straight to the wire, or brought there
//! from elsewhere. The first one that is otherwise goes the usual way, and for good all that comes after it: what was
//! read is read there again.
//! Nothing is refused here, so nothing can be let through here that would be refused there.

use super::handle::Connection;
use super::outlet::Outlet;
use super::written::Written;
use std::io;
use std::pin::Pin;

/// A service that answers plain requests in few steps.
pub trait ShortWay: Send + Sync + 'static {
    /// The answer to `GET target` with these fields.
    fn answer(&self, target: &str, fields: &[Field<'_>], by: &Connection, into: &mut Written) -> Short;
}

/// A field of a head as it was written: its name in any case.
pub type Field<'h> = httparse::Header<'h>;

/// An answer on its way.
pub(super) type Later = Pin<Box<dyn Future<Output = Writing> + Send>>;

/// An answer that is there, to be written whole.
pub type Writing = Box<dyn FnOnce(&mut Written) + Send>;

/// An answer that comes from elsewhere, piece by piece.
pub trait Forward: Send {
    /// Carries the answer to its end. It is dropped when the client goes, even if it only says to send no more.
    fn carry<'c>(self: Box<Self>, client: &'c mut Outlet<'_>) -> Carried<'c>;
}

/// Whether an answer was carried to its end: if not, the connection is cut.
pub type Carried<'c> = Pin<Box<dyn Future<Output = io::Result<()>> + Send + 'c>>;

/// What became of a plain request.
pub enum Short {
    /// The answer was written, whole.
    Written,
    /// The answer comes later.
    Later(Later),
    /// The answer comes from elsewhere.
    Forward(Box<dyn Forward>),
    /// Nothing was written, nothing done: it goes the usual way.
    NotMine,
}
