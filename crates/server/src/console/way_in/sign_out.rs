//! `/sign-out`.

use crate::console::answer::moved;
use crate::console::notice::Notice;
use crate::console::visitor::Visitor;
use crate::cookies;
use crate::error::Problem;
use crate::reply::Reply;

/// `POST /sign-out`: ends the session. Pages are kept by no browser, so nothing of them stays behind.
pub(crate) async fn sign_out(visitor: Visitor) -> Result<Reply, Problem> {
    let settings = visitor.settings();
    if let Some(signed_in) = &visitor.signed_in {
        visitor.authority().end_session(&signed_in.secret).await?;
    }
    let reply = moved("/sign-in").with_cookie(cookies::signed_out(settings));
    Ok(reply.noticed(&Notice::done("You are signed out."), settings))
}
