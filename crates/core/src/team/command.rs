//! What can be asked of a team.

use crate::event::{PrivateHalfAt, RevocationReason, Sees};
use crate::half::PublicHalf;
use crate::id::{AppId, AppName, BundleId, InvitationId, KeyId, KeyName, KindName, MemberId, Remark};
use crate::roles::Roles;
use crate::rotation::RotationAge;
use crate::time::Timestamp;
use std::collections::BTreeSet;

/// What can be asked of a team that is there. (Opening one is [`super::Team::open`].)
#[derive(Clone, Debug)]
pub enum Command {
    /// Ask for access to the API.
    RequestAccess {
        /// Whether whoever asks agrees to the catalog's terms.
        terms_agreed: bool,
    },
    /// Give access that was asked for.
    ApproveAccess,
    /// Refuse access that was asked for.
    DeclineAccess {
        /// Why.
        reason: Option<Remark>,
    },
    /// Take access back.
    WithdrawAccess {
        /// Why.
        reason: Option<Remark>,
    },
    /// Stop everything for a while.
    Suspend {
        /// Why.
        reason: Option<Remark>,
    },
    /// End a suspension.
    Resume,
    /// End the team for good.
    Close {
        /// Why.
        reason: Option<Remark>,
    },
    /// Give the Account Holder's role to another member.
    TransferOwnership {
        /// To whom.
        to: MemberId,
    },
    /// Invite somebody.
    Invite {
        /// A fresh id.
        invitation: InvitationId,
        /// With what.
        as_member: NewMember,
        /// Permissions that usually come with the roles, and shall not.
        withheld: Roles,
        /// Until when it may be accepted.
        expires_at: Timestamp,
    },
    /// Take an invitation back.
    CancelInvitation {
        /// Which.
        invitation: InvitationId,
    },
    /// Accept an invitation.
    Join {
        /// Which.
        invitation: InvitationId,
        /// A fresh id.
        member: MemberId,
    },
    /// Change a member's roles or attributes; what is `None` stays.
    ChangeMember {
        /// Whose.
        member: MemberId,
        /// All roles and permissions from now on. Leaving one out takes it.
        roles: Option<Roles>,
        /// What apps are seen from now on.
        sees: Option<SightChange>,
        /// Whether certificates and profiles may be used from now on.
        provisioning_allowed: Option<bool>,
    },
    /// End a membership.
    RemoveMember {
        /// Whose.
        member: MemberId,
    },
    /// Set how old keys may become before they are due for rotation.
    SetRotationAge {
        /// How old.
        age: RotationAge,
    },
    /// Register an app.
    RegisterApp {
        /// Its id.
        app: AppId,
        /// Its bundle id.
        bundle: BundleId,
        /// What people call it.
        name: AppName,
    },
    /// Forget an app.
    RemoveApp {
        /// Which.
        app: AppId,
    },
    /// Generate a key.
    GenerateKey(NewKey),
    /// Take the private half away, once.
    Download {
        /// Of which key.
        key: KeyId,
    },
    /// Erase a private half that nobody came for.
    EraseHalf {
        /// Of which key.
        key: KeyId,
    },
    /// End keys: all of them or, if one can't be, none.
    Revoke {
        /// Which.
        keys: Vec<KeyId>,
        /// Why, for programs.
        reason: RevocationReason,
        /// Why, for people. It stands in the ledger for ever.
        remark: Option<Remark>,
    },
}

/// How what somebody sees is to change. Adding and taking away are decided on what is seen at that
/// moment, so that of two changes at once neither is lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SightChange {
    /// From now on exactly this.
    Exactly(Sees),
    /// These apps too.
    Also(BTreeSet<AppId>),
    /// These apps no more.
    NoMore(BTreeSet<AppId>),
}

/// What somebody is invited with.
#[derive(Clone, Debug)]
pub struct NewMember {
    /// Roles and permissions.
    pub roles: Roles,
    /// What apps will be seen.
    pub sees: Sees,
    /// Whether certificates and profiles may be used.
    pub provisioning_allowed: bool,
}

/// A key to be generated.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// A fresh id.
    pub key: KeyId,
    /// Its kind.
    pub kind: KindName,
    /// What people call it. It stands in the ledger for ever.
    pub name: KeyName,
    /// The roles asked for, if any were named.
    pub roles: Option<Roles>,
    /// The half to keep.
    pub public: PublicHalf,
    /// Who has the other half.
    pub private: PrivateHalfAt,
}
