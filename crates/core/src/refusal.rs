//! Why a command was refused: which rule, and what would be allowed instead.
//!
//! Refusals know no HTTP. The sentence of each is for whoever asked; it names nothing that
//! they may not know.

use crate::event::Stream;
use crate::id::{AppId, KeyId, KindName, Malformed, RoleName};
use crate::roles::Roles;
use std::fmt;

/// Which rule a command broke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A text is not well formed.
    Malformed(Malformed),
    /// There is no such thing in this team.
    NoSuch(Thing, String),
    /// An invitation was accepted, cancelled, or has run out.
    InvitationOver(Over),
    /// The actor has none of the roles that may do this.
    RoleMissing {
        /// What was to be done, as in "generating team keys".
        act: &'static str,
        /// Who may do it.
        allowed: Roles,
    },
    /// The actor is not (or no longer) somebody of this team.
    Stranger,
    /// Only the Account Holder may do this, signed in.
    OwnerOnly {
        /// What was to be done.
        act: &'static str,
        /// The role.
        owner: RoleName,
    },
    /// Only the person may do this, signed in.
    SelfOnly {
        /// What was to be done.
        act: &'static str,
    },
    /// Only the operator of the installation may do this.
    OperatorOnly {
        /// What was to be done.
        act: &'static str,
    },
    /// The add-on permission for this was taken, or never given.
    PermissionMissing {
        /// The kind that was to be generated.
        kind: KindName,
        /// The permission.
        permission: RoleName,
    },
    /// The role opens more than the actor holds.
    GrantsMore {
        /// The role.
        role: RoleName,
    },
    /// The catalog has no such role.
    RoleUnknown {
        /// The role.
        role: RoleName,
        /// The roles there are.
        known: Roles,
    },
    /// The role comes by transfer only.
    RoleNotAssignable {
        /// The role.
        role: RoleName,
    },
    /// A key of this kind can't have the role.
    RoleNotForKind {
        /// The role.
        role: RoleName,
        /// The kind.
        kind: KindName,
        /// The roles that it can have.
        allowed: Roles,
    },
    /// Nobody and nothing may be without a role.
    RolesMissing,
    /// A key of this kind has no roles of its own.
    RolesNotAllowed {
        /// The kind.
        kind: KindName,
    },
    /// The catalog has no such kind.
    KindUnknown {
        /// The kind.
        kind: KindName,
        /// The kinds there are.
        known: Vec<KindName>,
    },
    /// The team has as many as it may.
    LimitReached {
        /// What there are enough of.
        what: Limited,
        /// How many there may be.
        limit: u32,
    },
    /// Access was not approved yet.
    AccessNotApproved,
    /// Access was asked for already, or is there.
    AccessPending {
        /// Whether it is there.
        approved: bool,
    },
    /// There is no request that could be decided.
    AccessNotRequested,
    /// There is no access that could be withdrawn.
    AccessNotThere,
    /// The terms were not agreed to.
    TermsNotAgreed,
    /// The team is suspended.
    TeamSuspended,
    /// The team has ended.
    TeamClosed,
    /// The team is not suspended.
    TeamNotSuspended,
    /// There is such a team already.
    TeamExists,
    /// The key is revoked, and stays so.
    KeyRevoked(KeyId),
    /// The private half was downloaded before.
    AlreadyDownloaded(KeyId),
    /// The private half was never here, or was erased.
    NoPrivateHalf(KeyId),
    /// The Account Holder can't be removed or demoted.
    OwnerStays {
        /// The role.
        owner: RoleName,
    },
    /// Whoever is to become the Account Holder is it already.
    OwnerAlready,
    /// An id is taken.
    Taken(Thing, String),
    /// An app that is not registered.
    AppNotRegistered(AppId),
    /// All apps are seen, so that none can be added or taken away.
    SeesAllApps,
    /// A public half that is registered already.
    PublicHalfTaken,
    /// The command is for another stream than the one it was given to.
    OtherStream(Stream),
}

/// What a refusal can be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    /// A team.
    Team,
    /// A key.
    Key,
    /// A user.
    User,
    /// An invitation.
    Invitation,
    /// An app.
    App,
    /// A replica.
    Replica,
}

impl Thing {
    /// The type's name in the API.
    #[must_use]
    pub const fn resource(self) -> &'static str {
        match self {
            Self::Team => "teams",
            Self::Key => "apiKeys",
            Self::User => "users",
            Self::Invitation => "userInvitations",
            Self::App => "registeredApps",
            Self::Replica => "replicas",
        }
    }
}

/// What there may be only so many of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Limited {
    /// Active keys of a kind in a team.
    KeysOfTeam(KindName),
    /// Active keys of a kind of one member.
    KeysOfMember(KindName),
    /// Members and open invitations of a team.
    People,
    /// Apps of a team.
    Apps,
}

/// How an invitation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// It was accepted.
    Accepted,
    /// It was taken back.
    Cancelled,
    /// Nobody came in time.
    Expired,
}

impl From<Malformed> for Refusal {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

impl std::error::Error for Refusal {}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(malformed) => malformed.fmt(out),
            Self::NoSuch(thing, id) => {
                write!(out, "There is no resource of type '{}' with id '{id}'", thing.resource())
            }
            Self::InvitationOver(Over::Accepted) => out.write_str("This invitation was accepted already."),
            Self::InvitationOver(Over::Cancelled) => out.write_str("This invitation was taken back. Ask for a new one."),
            Self::InvitationOver(Over::Expired) => {
                out.write_str("This invitation has run out. Ask for a new one.")
            }
            Self::RoleMissing { act, allowed } => write!(out, "{act} needs one of these roles: {allowed}."),
            Self::Stranger => out.write_str("Whoever asks does not belong to this team."),
            Self::OwnerOnly { act, owner } => write!(out, "{act} is for the {owner} alone, signed in to the console."),
            Self::SelfOnly { act } => write!(out, "{act} is for the person alone, signed in to the console."),
            Self::OperatorOnly { act } => write!(out, "{act} is for the operator of this installation."),
            Self::PermissionMissing { kind, permission } => write!(
                out,
                "Generating a key of kind {kind} needs the permission {permission}. Whoever administers people can give it."
            ),
            Self::GrantsMore { role } => {
                write!(out, "{role} opens more than you hold, and nobody can give more than they hold.")
            }
            Self::RoleUnknown { role, known } => write!(out, "There is no role {role}. There are {known}."),
            Self::RoleNotAssignable { role } => {
                write!(out, "{role} can't be given. Exactly one person of a team has it, and it changes hands by transfer.")
            }
            Self::RoleNotForKind { role, kind, allowed } => {
                write!(out, "A key of kind {kind} can't have the role {role}. It can have {allowed}.")
            }
            Self::RolesMissing => out.write_str("At least one role is needed. Nothing is open without one."),
            Self::RolesNotAllowed { kind } => {
                write!(out, "A key of kind {kind} takes no roles. Leave them out.")
            }
            Self::KindUnknown { kind, known } => {
                write!(out, "There is no kind of key {kind}. There are ")?;
                list(out, known)
            }
            Self::LimitReached { what, limit } => limit_sentence(out, what, *limit),
            Self::AccessNotApproved => out.write_str(
                "Access to the API was not approved for this team yet. The Account Holder can request it in the console.",
            ),
            Self::AccessPending { approved: true } => out.write_str("This team has access already."),
            Self::AccessPending { approved: false } => {
                out.write_str("Access was requested already and waits for its review.")
            }
            Self::AccessNotRequested => out.write_str("There is no request for access that waits for a decision."),
            Self::AccessNotThere => out.write_str("This team has no access that could be withdrawn."),
            Self::TermsNotAgreed => out.write_str("Access can be requested only by agreeing to the terms."),
            Self::TeamSuspended => {
                out.write_str("This team is suspended. Keys can be revoked, and nothing else changed, until it is resumed.")
            }
            Self::TeamClosed => out.write_str("This team was closed for good."),
            Self::TeamNotSuspended => out.write_str("This team is not suspended."),
            Self::TeamExists => out.write_str("There is such a team already."),
            Self::KeyRevoked(key) => {
                write!(out, "The key {key} is revoked, which can't be undone. Generate a new one.")
            }
            Self::AlreadyDownloaded(key) => write!(
                out,
                "The private half of {key} was downloaded before, and no copy is kept. If it is lost, revoke the key and generate a new one."
            ),
            Self::NoPrivateHalf(key) => write!(out, "There is no private half of {key} here to download."),
            Self::OwnerStays { owner } => {
                write!(out, "The {owner} can't be removed or demoted. Transfer the role to somebody else first.")
            }
            Self::OwnerAlready => out.write_str("This person holds that role already."),
            Self::Taken(thing, id) => write!(out, "There is a resource of type '{}' with id '{id}' already.", thing.resource()),
            Self::AppNotRegistered(app) => {
                write!(out, "The app '{app}' is not registered with this team. Register it first.")
            }
            Self::SeesAllApps => {
                out.write_str("This user sees all apps. Set `allAppsVisible` to false first.")
            }
            Self::PublicHalfTaken => {
                out.write_str("This public half was registered before. Each pair makes one key, once: make a new pair.")
            }
            Self::OtherStream(stream) => write!(out, "This is not for {stream}."),
        }
    }
}

fn limit_sentence(out: &mut fmt::Formatter<'_>, what: &Limited, limit: u32) -> fmt::Result {
    match what {
        Limited::KeysOfTeam(kind) => write!(
            out,
            "A team can have {limit} active keys of kind {kind}, and this one has them. Revoke one that is not needed first."
        ),
        Limited::KeysOfMember(kind) => write!(
            out,
            "A person can have {limit} active key(s) of kind {kind} at a time. Revoke the present one first."
        ),
        Limited::People => write!(
            out,
            "A team can have {limit} people and open invitations. Remove somebody or take an invitation back first."
        ),
        Limited::Apps => write!(out, "A team can have {limit} apps. Remove one that is not needed first."),
    }
}

fn list(out: &mut fmt::Formatter<'_>, names: &[KindName]) -> fmt::Result {
    for (at, name) in names.iter().enumerate() {
        write!(out, "{}{name}", if at > 0 { ", " } else { "" })?;
    }
    out.write_str(".")
}
