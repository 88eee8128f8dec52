//! A key, as its events left it.

use crate::event::{Actor, Holding, RevocationReason};
use crate::half::PublicHalf;
use crate::id::{KeyName, KindName, MemberId, Remark};
use crate::time::Timestamp;
use std::sync::Arc;

/// A key: what the issuer keeps of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its kind.
    pub kind: KindName,
    /// What people call it.
    pub name: KeyName,
    /// Whose it is and what it may do.
    pub holder: Holding,
    /// The half that the issuer keeps.
    pub public: PublicHalf,
    /// Where the other half is.
    pub private: Private,
    /// When it was generated.
    pub created_at: Timestamp,
    /// Who generated it.
    pub created_by: Actor,
    /// Who took the private half away, if somebody did.
    pub downloaded_by: Option<Actor>,
    /// Whether and how it ended.
    pub revoked: Option<Arc<Revocation>>,
}

/// Where the private half of a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Private {
    /// Sealed, waiting for its download.
    Pending,
    /// Downloaded.
    Downloaded,
    /// The holder made it; it was never here.
    WithHolder,
    /// Erased before anybody came for it.
    Erased,
}

/// How a key ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: Actor,
    /// Why, for programs.
    pub reason: RevocationReason,
    /// Why, for people.
    pub remark: Option<Remark>,
}

impl Key {
    /// Whether it was not revoked.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        self.revoked.is_none()
    }

    /// The member whose key it is, if it is a person's.
    #[must_use]
    pub const fn member(&self) -> Option<MemberId> {
        match self.holder {
            Holding::Member(member) => Some(member),
            Holding::Team | Holding::TeamWithRoles(_) => None,
        }
    }

    /// Ends it; a key that has ended stays as it ended. Its half, if it waited, is erased with it.
    pub(super) fn end(&mut self, revocation: Revocation) {
        if self.revoked.is_none() {
            self.revoked = Some(Arc::new(revocation));
        }
        if self.private == Private::Pending {
            self.private = Private::Erased;
        }
    }
}
