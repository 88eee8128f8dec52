//! Open invitations: how they go on their way, sending them again, taking them back.

use crate::console::answer::page;
use crate::console::frame::{Frame, Section};
use crate::console::moment::Moment;
use crate::console::notice::Notice;
use crate::console::visitor::TeamVisitor;
use crate::error::Problem;
use crate::query::encoded;
use crate::reply::Reply;
use askama::Template;
use counterfoil_authority::Failure;
use counterfoil_authority::outbox::{Mail, MailState};
use counterfoil_authority::people::Delivery;
use counterfoil_authority::secret::Secret;
use counterfoil_authority::store::Position;
use counterfoil_core::id::InvitationId;
use counterfoil_core::refusal::Thing;
use http::StatusCode;

/// The link of an invitation, for whoever invites.
#[derive(Template)]
#[template(path = "users/link.html")]
struct Link {
    frame: Frame,
    base: String,
    email: String,
    link: String,
    until: Option<Moment>,
}

/// Tells whoever invites how the invitation goes on its way: by mail, or by their own hand.
pub(super) async fn invited(
    visitor: &TeamVisitor,
    invitation: InvitationId,
    email: &str,
    position: Position,
) -> Result<Reply, Problem> {
    if visitor.authority().sends_mail() {
        let notice = Notice::done(format!("{email} is invited. A mail with the link is on its way."));
        return Ok(visitor.moved_with(&visitor.here("/users"), &notice).at(position));
    }
    let delivery =
        visitor.authority().deliver_invitation(visitor.team.id, visitor.actor(), invitation).await?;
    Ok(delivered(visitor, invitation, email, delivery).at(position))
}

/// `POST /console/teams/{issuerId}/users/invitations/{invitation}/resend`.
pub(crate) async fn resend(visitor: TeamVisitor) -> Result<Reply, Problem> {
    let invitation = named(&visitor)?;
    let open = visitor.authority().invitations_of(visitor.team.id).await?;
    let email = open.into_iter().find(|one| one.invitation == invitation).map(|one| one.email);
    let done = visitor.authority().deliver_invitation(visitor.team.id, visitor.actor(), invitation).await;
    match done {
        Ok(delivery) => Ok(delivered(&visitor, invitation, &email.unwrap_or_default(), delivery)),
        Err(failure) => refused(&visitor, failure),
    }
}

/// `POST /console/teams/{issuerId}/users/invitations/{invitation}/withdraw`.
pub(crate) async fn withdraw(visitor: TeamVisitor) -> Result<Reply, Problem> {
    let invitation = named(&visitor)?;
    match visitor.authority().cancel_invitation(visitor.team.id, &visitor.request(), invitation).await {
        Ok(answered) => {
            let notice = Notice::done("The invitation is taken back. Its link is good no more.");
            Ok(visitor.moved_with(&visitor.here("/users"), &notice).at(answered.position))
        }
        Err(failure) => refused(&visitor, failure),
    }
}

/// What became of the mail of an invitation: words, the class of the badge, and why.
pub(super) async fn mail_badge(
    visitor: &TeamVisitor,
    invitation: InvitationId,
) -> Result<Option<(&'static str, &'static str, String)>, Problem> {
    if !visitor.authority().sends_mail() {
        return Ok(None);
    }
    let state = visitor.authority().mail_state(Mail::Invitation(invitation)).await?;
    Ok(state.map(|state| match state {
        MailState::Waiting => ("Mail on its way", "badge", String::new()),
        MailState::NotYet { reason, .. } => ("Mail not sent yet", "badge warn", reason),
        MailState::Sent { .. } => ("Mail sent", "badge good", String::new()),
        MailState::GivenUp { reason, .. } => ("Mail not sent", "badge bad", reason),
    }))
}

/// A link answers the `POST` itself: nothing keeps it for a page to come.
fn delivered(visitor: &TeamVisitor, invitation: InvitationId, email: &str, delivery: Delivery) -> Reply {
    match delivery {
        Delivery::Mailed => {
            let notice = Notice::done(format!("A mail with a new link is on its way to {email}."));
            visitor.moved_with(&visitor.here("/users"), &notice)
        }
        Delivery::Link(secret) => page(visitor, StatusCode::OK, &link(visitor, invitation, email, &secret)),
    }
}

fn link(visitor: &TeamVisitor, invitation: InvitationId, email: &str, secret: &Secret) -> Link {
    let fresh = visitor.authority().ledger().team(visitor.team.id).ok();
    let made = fresh.and_then(|team| team.invitations.get(&invitation).map(|made| made.expires_at));
    Link {
        frame: visitor.frame("Hand the invitation over", Section::Users),
        base: visitor.here("/users"),
        email: email.to_owned(),
        link: visitor.call.place(&format!("/join?link={}", encoded(secret.expose()))),
        until: made.map(Moment::from),
    }
}

fn refused(visitor: &TeamVisitor, failure: Failure) -> Result<Reply, Problem> {
    match failure {
        Failure::Refused(refusal) => {
            Ok(visitor.moved_with(&visitor.here("/users"), &Notice::failed(refusal.to_string())))
        }
        crowded @ Failure::TooManyMails { .. } => {
            Ok(visitor.moved_with(&visitor.here("/users"), &Notice::failed(crowded.to_string())))
        }
        other => Err(other.into()),
    }
}

fn named(visitor: &TeamVisitor) -> Result<InvitationId, Problem> {
    let text = visitor.place(1);
    InvitationId::try_from(text).map_err(|_| Problem::no_such(Thing::Invitation, text))
}
