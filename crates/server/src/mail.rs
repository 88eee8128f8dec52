//! Mail: what waits in the authority's outbox is written and handed to a mail server.
//!
//! A mail says little: what happened, in which team, where to go. Nothing that somebody typed stands in it but the
//! team's name, so nobody writes to strangers through us. The link in it is made at the moment of sending, and the
//! log tells neither address nor link, nor what the mail server said (whoever invited is told that).

mod letter;
mod server;

pub use server::{MailFault, MailSettings, StartTls};

use counterfoil_authority::outbox::{MailState, Setback, Taken};
use counterfoil_authority::{Authority, Failure};
use server::MailServer;
use std::sync::Arc;
use std::time::Duration;

/// How often it is looked whether a mail waits.
const LOOK: Duration = Duration::from_secs(1);
/// How long nothing is looked at after the database gave no answer.
const REST: Duration = Duration::from_secs(10);

/// Sends what waits, from now on and until the authority shuts down. From now on there is mail: the authority
/// puts it into its outbox.
///
/// # Errors
/// If the settings can't be obeyed.
pub fn send_mail(authority: &Arc<Authority>, settings: &MailSettings) -> Result<(), MailFault> {
    let server = MailServer::new(settings)?;
    authority.sends_mail_from_now();
    let sending = deliver(Arc::clone(authority), server);
    authority.until_shutdown(tokio::spawn(sending));
    Ok(())
}

async fn deliver(authority: Arc<Authority>, server: MailServer) {
    loop {
        match deliver_one(&authority, &server).await {
            Ok(true) => {}
            Ok(false) => tokio::time::sleep(LOOK).await,
            Err(failure) => {
                tracing::warn!(%failure, "Mail could not be looked at; it is tried again");
                tokio::time::sleep(REST).await;
            }
        }
    }
}

/// Sends the mail that is due longest. Whether there was one.
async fn deliver_one(authority: &Authority, server: &MailServer) -> Result<bool, Failure> {
    let Some(taken) = authority.take_mail().await? else { return Ok(false) };
    let Some(content) = authority.content_of(&taken).await? else { return Ok(true) };
    let sent = match letter::written(&content, &taken.name(), authority.now(), server.sender()) {
        Ok(message) => server.send(&message).await,
        Err(unwritable) => Err(Setback::ForGood(unwritable)),
    };
    match sent {
        Ok(()) => {
            authority.mail_was_sent(&taken).await?;
            tracing::info!(mail = taken.name(), about = about(&taken), "Sent a mail");
        }
        Err(setback) => tell(&taken, &authority.mail_was_not_sent(&taken, setback).await?),
    }
    Ok(true)
}

fn tell(taken: &Taken, state: &MailState) {
    let (mail, about) = (taken.name(), about(taken));
    match state {
        MailState::GivenUp { .. } => tracing::warn!(mail, about, "A mail could not be sent and is given up"),
        MailState::NotYet { .. } | MailState::Waiting | MailState::Sent { .. } => {
            tracing::warn!(mail, about, "A mail could not be sent yet; it is tried again");
        }
    }
}

fn about(taken: &Taken) -> &'static str {
    use counterfoil_authority::outbox::Mail;
    match taken.mail() {
        Mail::Invitation(_) => "an invitation",
        Mail::SignInLink(_) => "a link to sign in",
        Mail::CredentialChanged(..) => "a change of how somebody signs in",
        Mail::SignedInAnew(..) => "a sign-in with another browser",
        Mail::KeysRevoked(..) => "a revocation",
    }
}
