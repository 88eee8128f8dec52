//! What a verifier is told: a snapshot of everything, then fact after fact, in the order of the ledger.
//!
//! The JSON is that of `GET /v1/feed` (docs/feed.md). A kind or a field that is not known here may be a
//! rule that is not known here: it is an error, never skipped.

mod place;
mod told;
mod written;

pub use place::{ChainHash, Place, Position};
pub use told::facts_of_team;
pub use written::Misread;

use counterfoil_core::event::{Holding, Sees};
use counterfoil_core::half::PublicHalf;
use counterfoil_core::id::{AppId, BundleId, EpochId, IssuerId, KeyId, KindName, MemberId};
use counterfoil_core::roles::Roles;
use serde::{Deserialize, Serialize};

/// Everything as it is at one place of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// Which life of the ledger this is.
    pub epoch: EpochId,
    /// How far the ledger goes.
    pub head: Position,
    /// What time it is where this was written.
    pub time: String,
    /// How old the view of the ledger is that this was written from, in milliseconds.
    pub age: u64,
    /// The catalog in force.
    #[serde(deserialize_with = "Option::deserialize")]
    pub catalog: Option<CatalogInForce>,
    /// How far this has read.
    pub through: Through,
    /// All teams.
    pub teams: Vec<TeamFacts>,
}

/// What happened after a place of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct News {
    /// Which life of the ledger this is.
    pub epoch: EpochId,
    /// How far the ledger goes.
    pub head: Position,
    /// What time it is where this was written.
    pub time: String,
    /// How old the view of the ledger is that this was written from, in milliseconds.
    pub age: u64,
    /// The catalog in force.
    #[serde(deserialize_with = "Option::deserialize")]
    pub catalog: Option<CatalogInForce>,
    /// How far this goes; what lies between its facts means nothing to a verdict.
    pub through: Through,
    /// What happened, in order.
    pub facts: Vec<Fact>,
}

/// How far something was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Through {
    /// The last position.
    pub position: Position,
    /// The hash at that position; left out if nothing was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<ChainHash>,
}

/// The catalog that the ledger was decided by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogInForce {
    /// What it is called.
    pub name: String,
    /// Its fingerprint, in hex.
    pub fingerprint: String,
    /// Its text, where it is told: in a snapshot, and when another is adopted. Whoever follows the feed
    /// checks the text against the fingerprint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// A team as a verdict needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TeamFacts {
    /// Which team.
    pub team: IssuerId,
    /// Whether it may do anything.
    pub standing: Standing,
    /// Whether its keys may open anything.
    pub access: Access,
    /// Its members.
    pub members: Vec<MemberFacts>,
    /// Its registered apps.
    pub apps: Vec<AppFacts>,
    /// Its keys, revoked ones too.
    pub keys: Vec<KeyFacts>,
}

/// Whether a team may do anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Standing {
    /// It may.
    Active,
    /// Not until it is resumed.
    Suspended,
    /// Never again.
    Closed,
}

/// Whether a team's keys may open anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Access {
    /// Nobody has asked.
    None,
    /// Somebody has asked.
    Requested,
    /// Yes.
    Approved,
    /// No, or no more.
    Declined,
}

/// A member: all of it, each time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MemberFacts {
    /// Which member.
    pub user: MemberId,
    /// Roles and permissions.
    pub roles: Roles,
    /// What apps are seen.
    pub sees: Sees,
    /// Whether certificates and profiles may be used.
    pub provisioning_allowed: bool,
}

/// A registered app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AppFacts {
    /// Its id.
    pub app: AppId,
    /// Its bundle id.
    pub bundle_id: BundleId,
}

/// A key of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeyFacts {
    /// Its id.
    pub key: KeyId,
    /// Its kind.
    pub key_type: KindName,
    /// Whose it is.
    pub holder: Holding,
    /// Its public half.
    pub point: PublicHalf,
    /// Whether it was not revoked.
    pub active: bool,
}

/// A key that was generated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewKey {
    /// Its id.
    pub key: KeyId,
    /// Its kind.
    pub kind: KindName,
    /// Whose it is.
    pub holder: Holding,
    /// Its public half.
    pub point: PublicHalf,
}

/// One fact: an event of the ledger, as far as a verdict needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "written::Written", into = "written::Written")]
pub struct Fact {
    /// Where in the ledger it stands.
    pub position: Position,
    /// What it says.
    pub about: About,
}

/// What a fact is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// The ledger begins.
    LedgerBegun(EpochId),
    /// The ledger lives on under another epoch.
    LedgerRestored(EpochId),
    /// Another catalog is in force.
    CatalogAdopted(CatalogInForce),
    /// Something about a team.
    Team(IssuerId, TeamFact),
}

/// What is new of a team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TeamFact {
    /// It was opened.
    Opened {
        /// Its owner.
        user: MemberId,
        /// The owner's roles.
        roles: Roles,
    },
    /// Access was asked for.
    AccessRequested,
    /// Access was given.
    AccessApproved,
    /// Access was refused.
    AccessDeclined,
    /// Access was taken back.
    AccessWithdrawn,
    /// It is suspended.
    Suspended,
    /// It is as before.
    Resumed,
    /// It was closed.
    Closed,
    /// Somebody joined.
    MemberJoined(MemberFacts),
    /// Somebody is other than before.
    MemberChanged(MemberFacts),
    /// A membership ended.
    MemberRemoved {
        /// Whose.
        user: MemberId,
    },
    /// It has another owner.
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
    /// An app was registered.
    AppRegistered(AppFacts),
    /// An app is registered no more.
    AppRemoved {
        /// Which.
        app: AppId,
    },
    /// A key was generated.
    KeyGenerated(NewKey),
    /// A key was revoked.
    KeyRevoked {
        /// Which.
        key: KeyId,
    },
}
