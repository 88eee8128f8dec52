//! What stands around an event, read without a reader of JSON: it has one form in all the millions
//! of entries that a start reads.

use super::{Actor, Entry, Stream};
use crate::time::Timestamp;

/// Reads an entry of exactly the form that [`Entry::to_bytes`] writes. Whatever is otherwise is
/// left to the reader of JSON, which alone refuses.
pub(super) fn read(text: &str) -> Option<Entry> {
    let (of, rest) = text.strip_prefix(r#"{"of":""#)?.split_once('"')?;
    let (at, rest) = rest.strip_prefix(r#","at":"#)?.split_once(',')?;
    let (by, rest) = actor(rest.strip_prefix(r#""by":"#)?)?;
    let event = rest.strip_prefix(r#","event":"#)?.strip_suffix('}')?;
    Some(Entry {
        of: Stream::try_from(of).ok()?,
        at: moment(at)?,
        by,
        event: serde_json::from_str(event).ok()?,
    })
}

/// A number as JSON writes it: it begins with neither a sign nor a zero.
fn moment(text: &str) -> Option<Timestamp> {
    let plain = text.starts_with(|first| matches!(first, '1'..='9'));
    text.parse().ok().filter(|_| plain).map(Timestamp::from_millis)
}

fn actor(text: &str) -> Option<(Actor, &str)> {
    if let Some(rest) = text.strip_prefix(r#""OPERATOR""#) {
        return Some((Actor::Operator, rest));
    }
    let (kind, rest) = text.strip_prefix(r#"{""#)?.split_once('"')?;
    let (id, rest) = rest.strip_prefix(r#":""#)?.split_once('"')?;
    let actor = match kind {
        "USER" => Actor::User(id.try_into().ok()?),
        "API_KEY" => Actor::ApiKey(id.try_into().ok()?),
        "HOLDER" => Actor::Holder(id.try_into().ok()?),
        _ => return None,
    };
    Some((actor, rest.strip_prefix('}')?))
}
