//! Open invitations: sending them again, taking them back.

use crate::console::notice::Notice;
use crate::console::visitor::TeamVisitor;
use crate::error::Problem;
use crate::reply::Reply;
use counterfoil_authority::Failure;
use counterfoil_authority::store::Position;
use counterfoil_core::id::InvitationId;
use counterfoil_core::refusal::Thing;

/// Tells whoever invites how the invitation goes on its way.
pub(super) async fn invited(
    visitor: &TeamVisitor,
    _invitation: InvitationId,
    email: &str,
    position: Position,
) -> Result<Reply, Problem> {
    let notice = Notice::done(format!("{email} is invited."));
    Ok(visitor.moved_with(&visitor.here("/users"), &notice).at(position))
}

/// `POST /console/teams/{issuerId}/users/invitations/{invitation}/resend`.
pub(crate) async fn resend(visitor: TeamVisitor) -> Result<Reply, Problem> {
    let _ = named(&visitor)?;
    Ok(visitor.moved(&visitor.here("/users")))
}

/// `POST /console/teams/{issuerId}/users/invitations/{invitation}/withdraw`.
pub(crate) async fn withdraw(visitor: TeamVisitor) -> Result<Reply, Problem> {
    let invitation = named(&visitor)?;
    let users = visitor.here("/users");
    match visitor.authority().cancel_invitation(visitor.team.id, &visitor.request(), invitation).await {
        Ok(answered) => {
            let notice = Notice::done("The invitation is taken back. Its link is good no more.");
            Ok(visitor.moved_with(&users, &notice).at(answered.position))
        }
        Err(Failure::Refused(refusal)) => {
            Ok(visitor.moved_with(&users, &Notice::failed(refusal.to_string())))
        }
        Err(other) => Err(other.into()),
    }
}

fn named(visitor: &TeamVisitor) -> Result<InvitationId, Problem> {
    let text = visitor.place(1);
    InvitationId::try_from(text).map_err(|_| Problem::no_such(Thing::Invitation, text))
}
