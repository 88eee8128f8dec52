//! What becomes of a request, and why.
//!
//! A verdict knows no status codes. What whoever asked may learn of a refusal is decided here, in
//! [`Reason::shown`], and nowhere else.

use crate::allowed::Allowed;
use counterfoil_core::catalog::{AmbiguousPath, Answers};
use counterfoil_core::id::{IssuerId, KeyId, ServiceName};
use counterfoil_core::token::TokenFault;
use std::fmt;
use std::time::Duration;

/// What becomes of a request.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Whether it may pass.
    pub outcome: Outcome,
    /// The service that it is for; `None` if the path could be read in two ways, or no service takes it.
    pub service: Option<Served>,
    /// Whose token it carried, if the token proved its holder, good or not.
    pub by: Option<Prover>,
    /// What is left of the key's hour, if its service has such a limit and this request counts.
    pub quota: Option<Quota>,
    /// How old the view of the ledger is, if too old for a service that answers all the same.
    pub stale_warning: Option<Duration>,
}

/// Whether a request may pass.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It may.
    Allowed(Allowed),
    /// It may not.
    Refused(Reason),
}

/// A service, as far as whoever writes the answer must know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// Its name.
    pub name: ServiceName,
    /// In whose form it answers a refusal.
    pub answers: Answers,
}

/// Who showed to hold the private half of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prover {
    /// The key.
    pub key: KeyId,
    /// The team that it belongs to.
    pub team: IssuerId,
}

/// What is left of a key's requests, this one deducted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// How many there may be in any sixty minutes.
    pub limit: u32,
    /// How many more may follow at once. Never more than are left.
    pub remaining: u32,
}

/// Why a request is refused. Of several reasons it is the first in the order of these variants that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The path could be read in two ways.
    Ambiguous(AmbiguousPath),
    /// The view of the ledger is too old.
    Stale {
        /// When to try again.
        retry_after: Duration,
    },
    /// Too many signatures wait to be checked. Only who runs the lanes refuses with this.
    Overloaded {
        /// When to try again.
        retry_after: Duration,
    },
    /// Nobody has proven to hold a key that is good here.
    Unproven(Unproven),
    /// Too many requests.
    Limited {
        /// When the next will pass.
        retry_after: Duration,
        /// Which limit it was.
        by: LimitedBy,
    },
    /// No group of endpoints holds the path.
    NoSuchPath,
    /// Keys of this kind never open this group.
    Kind,
    /// The team's keys open nothing at present.
    Access(Shut),
    /// None of the key's roles opens it.
    Role,
    /// It is about an app that the key's user may not see, or nobody can tell which it is about.
    App,
    /// The token's scope does not cover it.
    Scope,
}

/// Why a token proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unproven {
    /// There is none.
    NoCredential,
    /// The credential is of another scheme than `Bearer`.
    OtherScheme,
    /// The token itself is at fault.
    Token(TokenFault),
    /// There is no key of that id. It may have been generated a moment ago, elsewhere.
    UnknownKey,
    /// The key's public half is no point of the curve.
    UnusableHalf,
    /// The key was revoked.
    Revoked,
    /// The service does not know this kind of key.
    OtherKind,
    /// `bid` is not one of the team's registered apps.
    BundleNotRegistered,
}

/// Which limit was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitedBy {
    /// The key's, on requests in any sixty minutes.
    Hour,
    /// The app's, on requests a second.
    Second,
    /// Nothing is left of what this verifier was lent of a budget that several share. It may be lent
    /// more; this request has not been counted.
    Lease,
}

/// Why a team's keys open nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shut {
    /// The team is suspended.
    Suspended,
    /// The team was closed.
    Closed,
    /// The kind needs access, and the team has none.
    NotApproved,
}

/// What whoever asked may learn of a refusal. Two reasons with the same of these get the same answer, to the byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// That the path could be read in two ways, and how.
    Ambiguous(AmbiguousPath),
    /// That the server can't answer now, and when to try again.
    Later {
        /// When.
        retry_after: Duration,
    },
    /// Nothing but that the token is no good.
    Bare,
    /// That there were too many, and when to try again.
    TooMany {
        /// When.
        retry_after: Duration,
    },
    /// That there is no such path.
    NoSuchPath,
    /// That the key does not allow it, not by what.
    Forbidden,
    /// That the team lacks an agreement.
    AgreementMissing,
    /// That the token's scope is too narrow.
    Scope,
}

impl Reason {
    /// A word for it that never changes, for figures and for the team's own eyes.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Ambiguous(_) => "ambiguous-path",
            Self::Stale { .. } => "stale",
            Self::Overloaded { .. } => "overloaded",
            Self::Unproven(unproven) => unproven.name(),
            Self::Limited { by, .. } => by.name(),
            Self::NoSuchPath => "no-such-path",
            Self::Kind => "kind",
            Self::Access(Shut::NotApproved) => "access-not-approved",
            Self::Access(Shut::Suspended) => "team-suspended",
            Self::Access(Shut::Closed) => "team-closed",
            Self::Role => "role",
            Self::App => "app",
            Self::Scope => "scope",
        }
    }

    /// What whoever asked may learn: the one place that decides it.
    #[must_use]
    pub const fn shown(&self) -> Shown {
        match self {
            Self::Ambiguous(how) => Shown::Ambiguous(*how),
            Self::Stale { retry_after } | Self::Overloaded { retry_after } => {
                Shown::Later { retry_after: *retry_after }
            }
            Self::Unproven(_) => Shown::Bare,
            Self::Limited { retry_after, .. } => Shown::TooMany { retry_after: *retry_after },
            Self::NoSuchPath => Shown::NoSuchPath,
            Self::Access(Shut::NotApproved) => Shown::AgreementMissing,
            Self::Kind | Self::Access(Shut::Suspended | Shut::Closed) | Self::Role | Self::App => {
                Shown::Forbidden
            }
            Self::Scope => Shown::Scope,
        }
    }
}

impl Unproven {
    /// A word for it that never changes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoCredential => "no-credential",
            Self::OtherScheme => "other-scheme",
            Self::Token(fault) => fault.name(),
            Self::UnknownKey => "unknown-key",
            Self::UnusableHalf => "unusable-half",
            Self::Revoked => "revoked",
            Self::OtherKind => "other-kind",
            Self::BundleNotRegistered => "bundle-not-registered",
        }
    }
}

impl LimitedBy {
    const fn name(self) -> &'static str {
        match self {
            Self::Hour => "limited-hour",
            Self::Second => "limited-second",
            Self::Lease => "limited-lease",
        }
    }
}

impl Verdict {
    /// Why not, if it may not pass.
    #[must_use]
    pub const fn reason(&self) -> Option<Reason> {
        match self.outcome {
            Outcome::Allowed(_) => None,
            Outcome::Refused(reason) => Some(reason),
        }
    }

    /// What is open, if it may pass.
    #[must_use]
    pub const fn allowed(&self) -> Option<&Allowed> {
        match &self.outcome {
            Outcome::Allowed(allowed) => Some(allowed),
            Outcome::Refused(_) => None,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const LATER: Duration = Duration::from_secs(1);

    fn all() -> Vec<Reason> {
        let unproven = [
            Unproven::NoCredential,
            Unproven::OtherScheme,
            Unproven::UnknownKey,
            Unproven::UnusableHalf,
            Unproven::Revoked,
            Unproven::OtherKind,
            Unproven::BundleNotRegistered,
        ];
        let limited = [LimitedBy::Hour, LimitedBy::Second, LimitedBy::Lease];
        let shut = [Shut::NotApproved, Shut::Suspended, Shut::Closed];
        let rest =
            [Reason::NoSuchPath, Reason::Kind, Reason::Role, Reason::App, Reason::Scope].into_iter().chain([
                Reason::Ambiguous(AmbiguousPath::DotSegment),
                Reason::Stale { retry_after: LATER },
                Reason::Overloaded { retry_after: LATER },
            ]);
        rest.chain(unproven.map(Reason::Unproven))
            .chain(TokenFault::ALL.iter().map(|fault| Reason::Unproven(Unproven::Token(*fault))))
            .chain(limited.map(|by| Reason::Limited { retry_after: LATER, by }))
            .chain(shut.map(Reason::Access))
            .collect()
    }

    #[test]
    fn every_reason_has_a_name_of_its_own() {
        let names: BTreeSet<_> = all().iter().map(Reason::name).collect();
        assert_eq!(names.len(), all().len());
    }

    #[test]
    fn a_stranger_learns_nothing_of_what_is_wrong_with_a_token() {
        for reason in all() {
            let is_unproven = matches!(reason, Reason::Unproven(_));
            assert_eq!(reason.shown() == Shown::Bare, is_unproven, "{reason}");
        }
    }
}
