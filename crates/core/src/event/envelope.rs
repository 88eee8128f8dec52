//! What stands around an event, read without a reader of JSON: it has one form in all the millions
//! of entries that a start reads.

use super::form::Form;
use super::reader::KnownRoles;
use super::{Actor, Entry, Stream, key_events};
use crate::id::{KeyId, UUID_LENGTH};
use crate::time::Timestamp;

/// Reads an entry of exactly the form that [`Entry::to_bytes`] writes. Whatever is otherwise is
/// left to the reader of JSON, which alone refuses.
#[inline]
pub(super) fn read(text: &str, known: &mut KnownRoles) -> Option<Entry> {
    let mut form = Form::of(text);
    form.pass(r#"{"of":"#)?;
    let of = stream(&mut form)?;
    form.pass(r#","at":"#)?;
    let at = moment(form.until(b',')?)?;
    form.pass(r#","by":"#)?;
    let by = actor(&mut form)?;
    form.pass(r#","event":"#)?;
    let event = form.rest_before("}")?;
    let event = key_events::read(event, known).or_else(|| serde_json::from_str(event).ok())?;
    Some(Entry { of, at, by, event })
}

fn stream(form: &mut Form<'_>) -> Option<Stream> {
    if form.passes(r#""installation""#) {
        return Some(Stream::Installation);
    }
    form.id(UUID_LENGTH).map(Stream::Team)
}

/// A number as JSON writes it: it begins with neither a sign nor a zero.
fn moment(text: &str) -> Option<Timestamp> {
    let plain = text.starts_with(|first| matches!(first, '1'..='9'));
    text.parse().ok().filter(|_| plain).map(Timestamp::from_millis)
}

fn actor(form: &mut Form<'_>) -> Option<Actor> {
    if form.passes(r#""OPERATOR""#) {
        return Some(Actor::Operator);
    }
    let actor = if form.passes(r#"{"USER":"#) {
        Actor::User(form.id(UUID_LENGTH)?)
    } else if form.passes(r#"{"API_KEY":"#) {
        Actor::ApiKey(form.id(KeyId::LENGTH)?)
    } else {
        form.pass(r#"{"HOLDER":"#)?;
        Actor::Holder(form.id(KeyId::LENGTH)?)
    };
    form.pass("}")?;
    Some(actor)
}
