//! The audit stream of sign-ins and changes of credentials. It is personal: it stands beside the ledger, and
//! goes with the person.

use super::{How, SeenFrom};
use crate::authority::Authority;
use crate::failure::Failure;
use crate::store::tables::sign_in_events::{self, SignInEvent};
use crate::store::{Statement, StoreFault, all_of};
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
    /// Changed the own name.
    Renamed,
    /// The operator made a link to sign in.
    LinkMade,
    /// Somebody else proved the address, which this person never had.
    AddressLost,
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

/// Names an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventId(u128);

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

impl EventId {
    pub(crate) const fn from_random(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:032x}", self.0)
    }
}

impl TryFrom<&str> for EventId {
    type Error = Malformed;

    fn try_from(text: &str) -> Result<Self, Malformed> {
        let is_good = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let malformed = Malformed { what: "an entry's id", rule: "32 hexadecimal digits" };
        u128::from_str_radix(text, 16).ok().filter(|_| is_good).map(Self).ok_or(malformed)
    }
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
        let before = before.map_or(sign_in_events::NEWEST, |mark| (mark.at, mark.id.as_str()));
        let one_more = most.saturating_add(1);
        let statement = match of {
            HistoryOf::Person(person) => sign_in_events::of_person(person, before, one_more),
            HistoryOf::Team(team) => sign_in_events::of_team(team, before, one_more),
            HistoryOf::Everyone => sign_in_events::of_everyone(before, one_more),
        };
        let mut rows: Vec<SignInEvent> = all_of(self.store().read(statement).await?)?;
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let has_more = rows.len() > most;
        rows.truncate(most);
        let last = rows.last().filter(|_| has_more);
        let next = last.map(|row| PageMark { at: row.at, id: row.id.clone() });
        Ok(HistoryPage { entries: rows.into_iter().filter_map(HistoryEntry::of).collect(), next })
    }

    /// How many attempts named nobody who is known here, on each of the last days, newest first.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn unknown_sign_ins(&self) -> Result<Vec<(Timestamp, u64)>, Failure> {
        let rows = self.store().read(sign_in_events::unknown()).await?;
        let days = rows.iter().map(|row| Ok((row.time(0)?, row.count(1)?)));
        Ok(days.collect::<Result<_, StoreFault>>()?)
    }

    /// What notes that something happened to a person; or to the operator, if to nobody.
    pub(crate) fn noting(
        &self,
        person: Option<PersonId>,
        what: Happening,
        from: &SeenFrom,
    ) -> Result<Statement, Failure> {
        Ok(self.noting_as(EventId::from_random(self.random()?), person, what, from))
    }

    /// The same under a name that is known beforehand.
    pub(crate) fn noting_as(
        &self,
        event: EventId,
        person: Option<PersonId>,
        what: Happening,
        from: &SeenFrom,
    ) -> Statement {
        let (what, how) = what.as_words();
        sign_in_events::add(&SignInEvent {
            id: event.to_string(),
            at: self.now(),
            person,
            what: what.to_owned(),
            how: how.to_owned(),
            address: from.kept_address().to_owned(),
            agent: from.agent().to_owned(),
        })
    }
}

const SIGNED_IN: &str = "SIGNED_IN";
const STEPPED_UP: &str = "STEPPED_UP";
const FAILED: &str = "FAILED";

/// What has no second word.
const PLAIN: [(Happening, &str); 16] = [
    (Happening::PasskeyCounterWentBack, "PASSKEY_COUNTER_WENT_BACK"),
    (Happening::SignedOut, "SIGNED_OUT"),
    (Happening::OtherSessionsEnded, "OTHER_SESSIONS_ENDED"),
    (Happening::AllSessionsEnded, "ALL_SESSIONS_ENDED"),
    (Happening::PasswordSet, "PASSWORD_SET"),
    (Happening::PasswordRemoved, "PASSWORD_REMOVED"),
    (Happening::AuthenticatorAdded, "AUTHENTICATOR_ADDED"),
    (Happening::AuthenticatorRemoved, "AUTHENTICATOR_REMOVED"),
    (Happening::RecoveryCodesRenewed, "RECOVERY_CODES_RENEWED"),
    (Happening::PasskeyAdded, "PASSKEY_ADDED"),
    (Happening::PasskeyRemoved, "PASSKEY_REMOVED"),
    (Happening::IdentityLinked, "IDENTITY_LINKED"),
    (Happening::IdentityUnlinked, "IDENTITY_UNLINKED"),
    (Happening::Renamed, "RENAMED"),
    (Happening::LinkMade, "LINK_MADE"),
    (Happening::AddressLost, "ADDRESS_LOST"),
];

impl Happening {
    /// As it stands in the table.
    fn as_words(self) -> (&'static str, &'static str) {
        match self {
            Self::SignedIn(how) => (SIGNED_IN, how.as_str()),
            Self::SteppedUp(how) => (STEPPED_UP, how.as_str()),
            Self::Failed(by) => (FAILED, by.as_str()),
            plain => (PLAIN.iter().find(|(known, _)| *known == plain).map_or("", |(_, word)| *word), ""),
        }
    }

    fn from_words(what: &str, how: &str) -> Option<Self> {
        let known_how = || How::ALL.into_iter().find(|known| known.as_str() == how);
        match what {
            SIGNED_IN => known_how().map(Self::SignedIn),
            STEPPED_UP => known_how().map(Self::SteppedUp),
            FAILED => FailedBy::ALL.into_iter().find(|known| known.as_str() == how).map(Self::Failed),
            plain => PLAIN.iter().find(|(_, word)| *word == plain).map(|(known, _)| *known),
        }
    }
}

impl FailedBy {
    const ALL: [Self; 4] = [Self::Password, Self::Code, Self::Passkey, Self::Provider];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "PASSWORD",
            Self::Code => "CODE",
            Self::Passkey => "PASSKEY",
            Self::Provider => "PROVIDER",
        }
    }
}

impl HistoryEntry {
    /// An entry; nothing, if a newer release wrote what this one can't read.
    pub(crate) fn of(row: SignInEvent) -> Option<Self> {
        let what = Happening::from_words(&row.what, &row.how)?;
        Some(Self { at: row.at, person: row.person, what, address: row.address, agent: row.agent })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_happening_is_read_as_it_was_written() {
        let by_how =
            How::ALL.into_iter().flat_map(|how| [Happening::SignedIn(how), Happening::SteppedUp(how)]);
        let failed = FailedBy::ALL.into_iter().map(Happening::Failed);
        for what in by_how.chain(failed).chain(PLAIN.map(|(plain, _)| plain)) {
            let (word, how) = what.as_words();
            assert!(!word.is_empty(), "{what:?}");
            assert_eq!(Happening::from_words(word, how), Some(what));
        }
        assert_eq!(Happening::from_words("SIGNED_IN", "SMOKE"), None);
    }
}
