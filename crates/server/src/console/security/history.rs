//! One's own sign-ins and changes of credentials, newest first.

use super::{Place, device};
use crate::console::answer::page;
use crate::console::frame::Frame;
use crate::console::moment::Moment;
use crate::console::visitor::Visitor;
use crate::error::Problem;
use crate::query::encoded;
use crate::reply::Reply;
use askama::Template;
use counterfoil_authority::sign_in::{FailedBy, Happening, HistoryEntry, HistoryOf, How, PageMark};
use http::StatusCode;

/// How many a page holds.
const A_PAGE: u32 = 50;

/// An entry as it is shown.
pub(crate) struct Entry {
    /// When.
    pub(crate) at: Moment,
    /// What happened.
    pub(crate) what: &'static str,
    /// Whether somebody should look at it.
    pub(crate) is_bad: bool,
    /// What is kept of the address.
    pub(crate) address: String,
    /// The browser and its machine.
    pub(crate) device: String,
}

#[derive(Template)]
#[template(path = "security/history.html")]
struct History {
    frame: Frame,
    place: Place,
    entries: Vec<Entry>,
    next: Option<String>,
}

/// The page.
pub(crate) async fn show(visitor: Visitor) -> Result<Reply, Problem> {
    let place = Place::of(&visitor, "");
    let before = PageMark::try_from(visitor.query().text("before")).ok();
    let of = HistoryOf::Person(visitor.person()?.id);
    let found = visitor.authority().sign_in_history(of, before.as_ref(), A_PAGE).await?;
    let next = found.next.map(|mark| format!("{}/history?before={}", place.base, encoded(&mark.to_string())));
    let entries = found.entries.into_iter().map(Entry::from).collect();
    let frame = place.frame(&visitor, "Sign-ins and changes");
    Ok(page(&visitor, StatusCode::OK, &History { frame, place, entries, next }))
}

impl From<HistoryEntry> for Entry {
    fn from(entry: HistoryEntry) -> Self {
        Self {
            at: entry.at.into(),
            what: happened(entry.what),
            is_bad: matches!(entry.what, Happening::Failed(_) | Happening::PasskeyCounterWentBack),
            device: if entry.agent.is_empty() { "–".to_owned() } else { device(&entry.agent) },
            address: entry.address,
        }
    }
}

/// How somebody proved who it is.
pub(crate) const fn proved_by(how: How) -> &'static str {
    match how {
        How::Link => "by link",
        How::Invitation => "by invitation",
        How::Password => "by password",
        How::PasswordAndCode => "by password and code",
        How::PasswordAndRecoveryCode => "by password and recovery code",
        How::Passkey => "by passkey",
        How::Provider => "by another provider",
    }
}

/// What happened, in words.
pub(crate) const fn happened(what: Happening) -> &'static str {
    match what {
        Happening::SignedIn(How::Link) => "Signed in by link",
        Happening::SignedIn(How::Invitation) => "Signed in by invitation",
        Happening::SignedIn(How::Password) => "Signed in by password",
        Happening::SignedIn(How::PasswordAndCode) => "Signed in by password and code",
        Happening::SignedIn(How::PasswordAndRecoveryCode) => "Signed in by password and recovery code",
        Happening::SignedIn(How::Passkey) => "Signed in by passkey",
        Happening::SignedIn(How::Provider) => "Signed in by another provider",
        Happening::SteppedUp(_) => "Confirmed once more who it is",
        Happening::Failed(FailedBy::Password) => "A wrong password was tried",
        Happening::Failed(FailedBy::Code) => "A wrong code was tried after the right password",
        Happening::Failed(FailedBy::Passkey) => "A passkey was not accepted",
        Happening::Failed(FailedBy::Provider) => "Another provider's word was not accepted",
        Happening::PasskeyCounterWentBack => "A passkey was refused: there may be a copy of it",
        Happening::SignedOut => "Signed out",
        Happening::OtherSessionsEnded => "Ended all other sessions",
        Happening::AllSessionsEnded => "The operator ended all sessions",
        Happening::PasswordSet => "Set a password",
        Happening::PasswordRemoved => "Removed the password",
        Happening::AuthenticatorAdded => "Set up an authenticator app",
        Happening::AuthenticatorRemoved => "Removed the authenticator app",
        Happening::RecoveryCodesRenewed => "Made new recovery codes",
        Happening::PasskeyAdded => "Added a passkey",
        Happening::PasskeyRemoved => "Removed a passkey",
        Happening::IdentityLinked => "Linked an identity at another provider",
        Happening::IdentityUnlinked => "Unlinked an identity at another provider",
        Happening::Renamed => "Changed the name",
        Happening::LinkMade => "The operator made a link to sign in",
        Happening::AddressLost => "Somebody else proved that the address is theirs",
    }
}
