//! Why a key was ended.

use crate::id::Malformed;
use serde::{Deserialize, Serialize};

/// Why a key was ended, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RevocationReason {
    /// Nothing was said.
    Unspecified,
    /// Somebody else has, or may have, the private half.
    KeyCompromised,
    /// Another key took its place.
    Superseded,
    /// Nobody needs it.
    NoLongerUsed,
    /// Its person is no longer in the team.
    MemberLeft,
}

impl RevocationReason {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Unspecified, Self::KeyCompromised, Self::Superseded, Self::NoLongerUsed, Self::MemberLeft];

    /// The name, as the API shows it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unspecified => "UNSPECIFIED",
            Self::KeyCompromised => "KEY_COMPROMISED",
            Self::Superseded => "SUPERSEDED",
            Self::NoLongerUsed => "NO_LONGER_USED",
            Self::MemberLeft => "MEMBER_LEFT",
        }
    }
}

impl TryFrom<&str> for RevocationReason {
    type Error = Malformed;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        Self::ALL.into_iter().find(|reason| reason.name() == text).ok_or(Malformed {
            what: "a reason",
            rule: "UNSPECIFIED, KEY_COMPROMISED, SUPERSEDED, NO_LONGER_USED or MEMBER_LEFT",
        })
    }
}
