//! Sessions: ending one, or all others.

use super::passkeys::said;
use super::{Place, session};
use crate::console::answer::moved;
use crate::console::notice::Notice;
use crate::console::visitor::Visitor;
use crate::cookies;
use crate::error::Problem;
use crate::reply::Reply;
use counterfoil_authority::sign_in::SessionId;

/// Ends one. Ending one's own signs out.
pub(crate) async fn end(visitor: Visitor) -> Result<Reply, Problem> {
    let form = visitor.form()?;
    let (place, session) = (Place::of(&visitor, ""), session(&visitor)?);
    let Ok(id) = SessionId::try_from(form.text("session")) else {
        return Ok(visitor.moved_with(&place.to, &Notice::failed("There is no such session.")));
    };
    let ended = visitor.authority().end_session_beside(&session, id).await;
    if id == session.id && ended.is_ok() {
        return Ok(moved("/sign-in").with_cookie(cookies::signed_out(visitor.settings())));
    }
    Ok(visitor.moved_with(&place.to, &said(ended, "The session is ended.")?))
}

/// Ends all but this one.
pub(crate) async fn end_others(visitor: Visitor) -> Result<Reply, Problem> {
    visitor.authority().end_other_sessions(&session(&visitor)?, &visitor.from()).await?;
    let notice = Notice::done("All your other sessions are ended.");
    Ok(visitor.moved_with(&Place::of(&visitor, "").to, &notice))
}
