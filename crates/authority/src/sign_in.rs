//! Signing in: by a link that is good once, a password with a second factor, a passkey, or an identity at
//! another provider; and the sessions that this opens.
//!
//! Of a link's and a session's secret only the hash is kept, so whoever reads the database can
//! use none of them.

mod browsers;
mod challenges;
mod history;
mod links;
mod operators;
mod passkeys;
mod passwords;
mod sessions;
mod set_up;
mod step_up;
pub(crate) mod throttle;

pub(crate) use challenges::TIMEOUT_MILLIS;
pub use history::{EventId, FailedBy, Happening, HistoryEntry, HistoryOf, HistoryPage, PageMark};
pub use links::{LinkView, Purpose};
pub(crate) use sessions::{FRESH, SESSION_IDLE};
pub use sessions::{OpenSession, Session, SessionId, Who};
pub use set_up::{FirstTeam, SetUpOutcome};
pub use step_up::StepUp;

use crate::secret::Secret;
use std::net::IpAddr;
use std::time::Duration;

/// The secret of a session, for the cookie.
pub type SessionSecret = Secret;

/// How somebody proved who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// A link that the operator made.
    Link,
    /// The link of an invitation.
    Invitation,
    /// A password alone.
    Password,
    /// A password and a code of the authenticator app.
    PasswordAndCode,
    /// A password and a recovery code.
    PasswordAndRecoveryCode,
    /// A passkey.
    Passkey,
    /// An identity at another provider.
    Provider,
}

/// From where somebody signs in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeenFrom {
    /// The address, by which attempts are counted; nothing of it is kept.
    pub address: Option<IpAddr>,
    /// What is kept of the address, by the server's setting.
    pub kept_address: String,
    /// What the browser calls itself.
    pub agent: String,
    /// The marks of those who signed in with this browser before, as it shows them; nothing of them is kept.
    pub marks: String,
}

impl SeenFrom {
    /// As much of what the browser calls itself as is kept.
    fn agent(&self) -> &str {
        shortened(&self.agent, 256)
    }

    fn kept_address(&self) -> &str {
        shortened(&self.kept_address, 64)
    }
}

fn shortened(text: &str, most: usize) -> &str {
    text.char_indices().nth(most).map_or(text, |(end, _)| &text[..end])
}

/// What became of signing in.
#[derive(Debug)]
pub enum Outcome {
    /// Somebody is signed in.
    In(SessionSecret),
    /// Somebody is signed in, and may do nothing but enrol a passkey or a second factor.
    MustEnrol(SessionSecret),
    /// The password was right; a code is asked for too. The secret goes along with it.
    NeedsSecondFactor(Secret),
    /// Too many attempts: this long nothing is looked at.
    Wait(Duration),
    /// Nobody is signed in. Why, is not said.
    No,
}

impl How {
    /// As it stands in tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Link => "LINK",
            Self::Invitation => "INVITATION",
            Self::Password => "PASSWORD",
            Self::PasswordAndCode => "PASSWORD_AND_CODE",
            Self::PasswordAndRecoveryCode => "PASSWORD_AND_RECOVERY_CODE",
            Self::Passkey => "PASSKEY",
            Self::Provider => "PROVIDER",
        }
    }

    /// All there are.
    pub const ALL: [Self; 7] = [
        Self::Link,
        Self::Invitation,
        Self::Password,
        Self::PasswordAndCode,
        Self::PasswordAndRecoveryCode,
        Self::Passkey,
        Self::Provider,
    ];

    /// Whether a password alone, or an invitation's link alone, would not have been enough.
    #[must_use]
    pub const fn is_strong(self) -> bool {
        match self {
            Self::Link
            | Self::PasswordAndCode
            | Self::PasswordAndRecoveryCode
            | Self::Passkey
            | Self::Provider => true,
            Self::Password | Self::Invitation => false,
        }
    }
}
