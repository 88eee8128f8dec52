//! The events of keys, read without a reader of JSON: of the millions of events that a start reads,
//! nearly all are theirs.

use super::form::Form;
use super::reader::KnownRoles;
use super::{Event, Holding, PrivateHalfAt, RevocationReason};
use crate::half::PublicHalf;
use crate::id::{KeyId, UUID_LENGTH};

/// Reads a key's event of exactly the form that is written. Whatever is otherwise, and every other
/// event, is left to the reader of JSON, which alone refuses.
#[inline]
pub(super) fn read(text: &str, known: &mut KnownRoles) -> Option<Event> {
    let mut form = Form::of(text);
    let event = if form.passes(r#"{"KEY_GENERATED":{"key":"#) {
        generated(&mut form, known)?
    } else if form.passes(r#"{"KEY_DOWNLOADED":{"key":"#) {
        Event::KeyDownloaded { key: form.id(KeyId::LENGTH)? }
    } else if form.passes(r#"{"HALF_ERASED":{"key":"#) {
        Event::HalfErased { key: form.id(KeyId::LENGTH)? }
    } else {
        form.pass(r#"{"KEY_REVOKED":{"key":"#)?;
        revoked(&mut form)?
    };
    form.pass("}}")?;
    form.is_at_end().then_some(event)
}

#[inline]
fn generated(form: &mut Form<'_>, known: &mut KnownRoles) -> Option<Event> {
    let key = form.id(KeyId::LENGTH)?;
    form.pass(r#","kind":"#)?;
    let kind = form.string()?.try_into().ok()?;
    form.pass(r#","name":"#)?;
    let name = form.string()?.try_into().ok()?;
    form.pass(r#","holder":"#)?;
    let holder = holding(form, known)?;
    form.pass(r#","public":"#)?;
    let public = PublicHalf::from_written(form.string_of(PublicHalf::WRITTEN_LENGTH)?).ok()?;
    form.pass(r#","private":"#)?;
    let private = match form.string()? {
        "ISSUER" => PrivateHalfAt::Issuer,
        "HOLDER" => PrivateHalfAt::Holder,
        _ => return None,
    };
    Some(Event::KeyGenerated { key, kind, name, holder, public, private })
}

fn holding(form: &mut Form<'_>, known: &mut KnownRoles) -> Option<Holding> {
    if form.passes(r#""TEAM""#) {
        return Some(Holding::Team);
    }
    let holding = if form.passes(r#"{"MEMBER":"#) {
        Holding::Member(form.id(UUID_LENGTH)?)
    } else {
        form.pass(r#"{"TEAM_WITH_ROLES":["#)?;
        let roles = known.read(form.until(b']')?)?;
        form.pass("]")?;
        Holding::TeamWithRoles(roles)
    };
    form.pass("}")?;
    Some(holding)
}

fn revoked(form: &mut Form<'_>) -> Option<Event> {
    let key = form.id(KeyId::LENGTH)?;
    form.pass(r#","reason":"#)?;
    let reason = RevocationReason::try_from(form.string()?).ok()?;
    form.pass(r#","remark":"#)?;
    let remark = if form.passes("null") { None } else { Some(form.string()?.try_into().ok()?) };
    Some(Event::KeyRevoked { key, reason, remark })
}
