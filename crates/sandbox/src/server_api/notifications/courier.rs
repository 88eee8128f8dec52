//! Who posts notifications, and writes down what became of them.

use super::{Attempt, Notification, SUCCESS};
use crate::fault::Fault;
use crate::outgoing::{Content, Outcome, Post, Target};
use crate::sandbox::Inner;
use bytes::Bytes;
use std::sync::Arc;

/// A notification that is to be posted.
pub(crate) struct Parcel {
    pub(super) url: String,
    /// Where the notification is kept.
    pub(super) shelf: String,
    pub(super) key: String,
    pub(super) body: String,
    pub(super) date: i64,
}

/// Posts what is to be posted, and does not wait for it.
pub(crate) fn send(inner: &Arc<Inner>, team: &str, parcels: Vec<Parcel>) {
    for parcel in parcels {
        let Parcel { url, shelf, key, body, date } = parcel;
        let (sender, of) = (Arc::clone(inner), team.to_owned());
        let done = Box::new(move |outcome: Outcome| {
            if let Err(fault) = write_down(&sender, &of, &shelf, &key, date, &outcome) {
                tracing::error!(%fault, team = of, key, "What became of a notification can't be written down");
            }
        });
        match Target::read(&url) {
            Ok(to) => {
                let content = Content { fields: Vec::new(), body: Bytes::from(body) };
                inner.outgoing.send(Post { team: team.to_owned(), to, content, done });
            }
            Err(why) => done(Err(why.to_owned())),
        }
    }
}

/// Writes it down, if the notification is still there.
fn write_down(
    inner: &Inner,
    team: &str,
    shelf: &str,
    key: &str,
    date: i64,
    outcome: &Outcome,
) -> Result<(), Fault> {
    inner.store.write(team, |writing| {
        let Some(mut kept) = writing.aside::<Notification>(shelf, key)? else { return Ok(()) };
        kept.attempts.push(Attempt { date, result: word(outcome).to_owned() });
        writing.put_aside(shelf, key, &kept)
    })
}

/// What became of it, in the API's words.
fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Ok(answered) if answered.is_success() => SUCCESS,
        Ok(_) => "UNSUCCESSFUL_HTTP_RESPONSE_CODE",
        Err(why) if why.starts_with("It did not answer") => "TIMED_OUT",
        Err(why) if why.starts_with("It did not prove") => "TLS_ISSUE",
        Err(why) if why.starts_with("It can't be reached") => "SOCKET_ISSUE",
        Err(why) if why.starts_with("It broke off") => "PREMATURE_CLOSE",
        Err(_) => "OTHER",
    }
}
