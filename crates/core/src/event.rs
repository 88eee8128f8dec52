//! What happened: the events of the ledger and the exact form in which they are written.
//!
//! Every event ever written must decode for ever. A kind or a field is never changed or taken
//! away; a new kind comes with a higher [format level](Event::level). Golden files pin the form.

mod envelope;
mod form;
mod key_events;
mod reader;
mod reason;
mod stream;

pub use reader::EntryReader;
pub use reason::RevocationReason;
pub use stream::Stream;

use crate::half::PublicHalf;
use crate::id::{
    AppId, AppName, BundleId, EpochId, InvitationId, KeyId, KeyName, KindName, MemberId, Remark, TeamName,
};
use crate::roles::Roles;
use crate::rotation::RotationAge;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The newest format that this release writes and reads.
pub const FORMAT_LEVEL: u32 = 1;

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Actor {
    /// A member of the team, signed in.
    User(MemberId),
    /// A token of one of the team's keys.
    ApiKey(KeyId),
    /// Whoever runs the installation.
    Operator,
    /// Whoever showed to hold the private half of this key.
    Holder(KeyId),
}

/// One event with its circumstances: what a row of the ledger holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Whose event it is.
    pub of: Stream,
    /// When it happened, by the clock of the server that wrote it. Order is by position, never
    /// by this.
    pub at: Timestamp,
    /// Who did it.
    pub by: Actor,
    /// What happened.
    pub event: Event,
}

/// Bytes of the ledger that this release can't read.
#[derive(Debug, thiserror::Error)]
#[error("an event can't be read (it may be of a newer release): {0}")]
pub struct Unreadable(#[from] serde_json::Error);

impl Entry {
    /// The bytes for the ledger.
    #[must_use]
    #[expect(clippy::expect_used, reason = "an entry holds no map with other keys than text and no float")]
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("an entry can always be written as JSON")
    }

    /// Reads bytes of the ledger. Who reads many has an [`EntryReader`].
    ///
    /// # Errors
    /// An unknown event or field is refused: nothing in the ledger is ever skipped.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Unreadable> {
        EntryReader::default().read(bytes)
    }
}

/// What happened.
///
/// What may be `null` must still be there (hence `deserialize_with`): a field that is missing was lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE", deny_unknown_fields)]
pub enum Event {
    /// The ledger's first event.
    LedgerBegun {
        /// Its first epoch.
        epoch: EpochId,
    },
    /// The ledger was restored from a backup and lives on under another epoch. Private halves
    /// that were waiting for their download are lost, since no backup holds them.
    LedgerRestored {
        /// The epoch from here on.
        epoch: EpochId,
        /// Revocations after this moment may be missing: the backup was made then.
        revocations_missing_since: Timestamp,
    },
    /// Events of a higher level may be written from now on.
    FormatRaised {
        /// The level.
        level: u32,
    },
    /// Another catalog is in force.
    CatalogAdopted {
        /// What it is called.
        name: String,
        /// Its fingerprint, in hex.
        fingerprint: String,
    },
    /// A replica got a credential for the feed.
    ReplicaAdded {
        /// What it is called.
        name: String,
    },
    /// A replica's credential was taken back.
    ReplicaRemoved {
        /// What it is called.
        name: String,
    },
    /// What waits for its download was sealed anew, and the old seal key destroyed.
    SealRotated,

    /// A team was opened.
    TeamOpened {
        /// What people call it.
        name: TeamName,
        /// Its Account Holder.
        owner: MemberId,
        /// The Account Holder's roles.
        roles: Roles,
    },
    /// Access to the API was asked for.
    AccessRequested {
        /// The terms that were agreed to.
        terms: String,
    },
    /// Access was given.
    AccessApproved,
    /// Access was refused.
    AccessDeclined {
        /// Why.
        #[serde(deserialize_with = "Option::deserialize")]
        reason: Option<Remark>,
    },
    /// Access was taken back.
    AccessWithdrawn {
        /// Why.
        #[serde(deserialize_with = "Option::deserialize")]
        reason: Option<Remark>,
    },
    /// The team may change nothing, and its keys open nothing, until it is resumed.
    TeamSuspended {
        /// Why.
        #[serde(deserialize_with = "Option::deserialize")]
        reason: Option<Remark>,
    },
    /// The team is as before.
    TeamResumed,
    /// The team has ended for good.
    TeamClosed {
        /// Why.
        #[serde(deserialize_with = "Option::deserialize")]
        reason: Option<Remark>,
    },
    /// Somebody was invited. Who, stands outside the ledger.
    MemberInvited {
        /// The invitation.
        invitation: InvitationId,
        /// The roles that come with joining, permissions included.
        roles: Roles,
        /// What apps will be seen.
        sees: Sees,
        /// Whether certificates and profiles may be used.
        provisioning_allowed: bool,
        /// Until when it may be accepted.
        expires_at: Timestamp,
    },
    /// An invitation was taken back.
    InvitationCancelled {
        /// The invitation.
        invitation: InvitationId,
    },
    /// An invitation was accepted.
    MemberJoined {
        /// The invitation.
        invitation: InvitationId,
        /// The new member.
        member: MemberId,
    },
    /// A member's roles or attributes are other than before.
    MemberChanged {
        /// The member.
        member: MemberId,
        /// The roles from now on, permissions included.
        roles: Roles,
        /// What apps are seen from now on.
        sees: Sees,
        /// Whether certificates and profiles may be used from now on.
        provisioning_allowed: bool,
    },
    /// A membership ended.
    MemberRemoved {
        /// The member.
        member: MemberId,
    },
    /// The team has another Account Holder.
    OwnershipTransferred {
        /// Who was it.
        from: MemberId,
        /// That member's roles from now on.
        from_roles: Roles,
        /// Who is it now.
        to: MemberId,
        /// That member's roles from now on.
        to_roles: Roles,
    },
    /// The team lets its keys become this old before they are due for rotation.
    RotationAgeSet {
        /// How old.
        age: RotationAge,
    },
    /// An app was registered.
    AppRegistered {
        /// Its id.
        app: AppId,
        /// Its bundle id.
        bundle: BundleId,
        /// What people call it.
        name: AppName,
    },
    /// An app is no longer registered, and no longer seen by anybody.
    AppRemoved {
        /// Its id.
        app: AppId,
    },
    /// A key was generated.
    KeyGenerated {
        /// Its id.
        key: KeyId,
        /// Its kind.
        kind: KindName,
        /// What people call it.
        name: KeyName,
        /// Whose it is and what it may do.
        holder: Holding,
        /// The half that the issuer keeps.
        public: PublicHalf,
        /// Where the other half is.
        private: PrivateHalfAt,
    },
    /// The private half was handed over; the issuer has it no more.
    KeyDownloaded {
        /// The key.
        key: KeyId,
    },
    /// The private half was erased without a download: nobody came for it in time.
    HalfErased {
        /// The key.
        key: KeyId,
    },
    /// A key was ended.
    KeyRevoked {
        /// The key.
        key: KeyId,
        /// Why, for programs.
        reason: RevocationReason,
        /// Why, for people.
        #[serde(deserialize_with = "Option::deserialize")]
        remark: Option<Remark>,
    },
}

impl Event {
    /// The format level that a ledger must have for this event to be written.
    #[must_use]
    pub const fn level(&self) -> u32 {
        1
    }

    /// The event's name, as the audit shows it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::LedgerBegun { .. } => "LEDGER_BEGUN",
            Self::LedgerRestored { .. } => "LEDGER_RESTORED",
            Self::FormatRaised { .. } => "FORMAT_RAISED",
            Self::CatalogAdopted { .. } => "CATALOG_ADOPTED",
            Self::ReplicaAdded { .. } => "REPLICA_ADDED",
            Self::ReplicaRemoved { .. } => "REPLICA_REMOVED",
            Self::SealRotated => "SEAL_ROTATED",
            Self::TeamOpened { .. } => "TEAM_OPENED",
            Self::AccessRequested { .. } => "ACCESS_REQUESTED",
            Self::AccessApproved => "ACCESS_APPROVED",
            Self::AccessDeclined { .. } => "ACCESS_DECLINED",
            Self::AccessWithdrawn { .. } => "ACCESS_WITHDRAWN",
            Self::TeamSuspended { .. } => "TEAM_SUSPENDED",
            Self::TeamResumed => "TEAM_RESUMED",
            Self::TeamClosed { .. } => "TEAM_CLOSED",
            Self::MemberInvited { .. } => "MEMBER_INVITED",
            Self::InvitationCancelled { .. } => "INVITATION_CANCELLED",
            Self::MemberJoined { .. } => "MEMBER_JOINED",
            Self::MemberChanged { .. } => "MEMBER_CHANGED",
            Self::MemberRemoved { .. } => "MEMBER_REMOVED",
            Self::OwnershipTransferred { .. } => "OWNERSHIP_TRANSFERRED",
            Self::RotationAgeSet { .. } => "ROTATION_AGE_SET",
            Self::AppRegistered { .. } => "APP_REGISTERED",
            Self::AppRemoved { .. } => "APP_REMOVED",
            Self::KeyGenerated { .. } => "KEY_GENERATED",
            Self::KeyDownloaded { .. } => "KEY_DOWNLOADED",
            Self::HalfErased { .. } => "HALF_ERASED",
            Self::KeyRevoked { .. } => "KEY_REVOKED",
        }
    }

    /// The key that the event is about, if it is about one.
    #[must_use]
    pub const fn key(&self) -> Option<KeyId> {
        match self {
            Self::KeyGenerated { key, .. }
            | Self::KeyDownloaded { key }
            | Self::HalfErased { key }
            | Self::KeyRevoked { key, .. } => Some(*key),
            _ => None,
        }
    }
}

/// Which of the team's apps a member sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Sees {
    /// All there are and will be.
    AllApps,
    /// These only.
    Apps(BTreeSet<AppId>),
}

/// Whose a key is and where its rights come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Holding {
    /// The team's, with these roles.
    TeamWithRoles(Roles),
    /// The team's; it opens its kind's services whole.
    Team,
    /// This member's, with the member's roles as they are at any moment.
    Member(MemberId),
}

/// Where a private half is, as far as the issuer knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PrivateHalfAt {
    /// Sealed with the issuer, waiting for its one download.
    Issuer,
    /// With the holder, who made the pair and handed over the public half only.
    Holder,
}
