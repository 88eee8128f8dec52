//! What a use case's refusal or failure looks like as an answer.

use super::EntityFault;
use super::told::Told;
use super::words::{
    ATTRIBUTE, FORBIDDEN, KEY_NOT_ALLOWED, LIMITED, STATE, UNAVAILABLE, entity, no_such, not_open, unexpected,
};
use counterfoil_authority::Failure;
use counterfoil_core::refusal::{Refusal, Thing};

pub(super) fn failed(failure: &Failure) -> Told {
    match failure {
        Failure::Refused(refusal) => refused(refusal),
        Failure::IdempotencyMismatch => Told::new(
            409,
            "STATE_ERROR.IDEMPOTENCY_MISMATCH",
            STATE,
            "This Idempotency-Key was used for a request with another body",
        ),
        Failure::TooManyMails { wait, .. } => Told {
            retry_after: Some(u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).max(1)),
            ..Told::new(429, "RATE_LIMIT_EXCEEDED.MAIL", LIMITED, failure.to_string())
        },
        Failure::Unavailable(_) => {
            let told = Told::new(503, "SERVICE_UNAVAILABLE", UNAVAILABLE, "Nothing was changed; try again");
            Told { retry_after: Some(1), ..told }
        }
        Failure::Unknown(_) => Told::new(
            503,
            "SERVICE_UNAVAILABLE.OUTCOME_UNKNOWN",
            UNAVAILABLE,
            "The database went away while it was being written: this may have happened. Look before asking again.",
        ),
        Failure::LedgerStopped(_) => Told {
            retry_after: Some(5),
            ..Told::new(
                503,
                "SERVICE_UNAVAILABLE.LEDGER",
                UNAVAILABLE,
                "This server does not trust its view of the ledger and answers nothing from it",
            )
        },
        Failure::ClockBehind { .. } => Told {
            retry_after: Some(30),
            ..Told::new(
                503,
                "SERVICE_UNAVAILABLE.CLOCK",
                UNAVAILABLE,
                "This server's clock is behind; nothing was changed",
            )
        },
        Failure::Seal(_) | Failure::Fault(_) => unexpected(),
    }
}

fn refused(refusal: &Refusal) -> Told {
    let say = || refusal.to_string();
    let state = |code| Told::new(409, code, STATE, say());
    let forbidden = || not_open(say());
    let roles = |fault| entity("/data/attributes/roles", fault, &say());
    match refusal {
        Refusal::Malformed(_) => Told::new(409, "ENTITY_ERROR.ATTRIBUTE.INVALID", ATTRIBUTE, say()),
        Refusal::NoSuch(thing, id) => no_such(thing.resource(), id),
        Refusal::InvitationOver(_) => {
            Told::new(410, "GONE", "The specified resource is not available any more", say())
        }
        Refusal::RoleMissing { .. } | Refusal::Stranger => {
            Told { reason: Some(say()), ..not_open(KEY_NOT_ALLOWED) }
        }
        Refusal::OwnerOnly { .. }
        | Refusal::SelfOnly { .. }
        | Refusal::OperatorOnly { .. }
        | Refusal::PermissionMissing { .. }
        | Refusal::GrantsMore { .. } => forbidden(),
        Refusal::RoleUnknown { .. } | Refusal::RoleNotAssignable { .. } | Refusal::RoleNotForKind { .. } => {
            roles(EntityFault::Invalid)
        }
        Refusal::RolesMissing => roles(EntityFault::Required),
        Refusal::RolesNotAllowed { .. } => roles(EntityFault::NotAllowed),
        Refusal::KindUnknown { .. } => entity("/data/attributes/keyType", EntityFault::Invalid, &say()),
        Refusal::LimitReached { .. } => state("STATE_ERROR.LIMIT_REACHED"),
        Refusal::AccessNotApproved => state("STATE_ERROR.ACCESS_NOT_APPROVED"),
        Refusal::AccessPending { approved: true } => state("STATE_ERROR.ACCESS_APPROVED"),
        Refusal::AccessPending { approved: false } => state("STATE_ERROR.ACCESS_REQUESTED"),
        Refusal::AccessNotRequested => state("STATE_ERROR.ACCESS_NOT_REQUESTED"),
        Refusal::AccessNotThere => state("STATE_ERROR.ACCESS_NOT_APPROVED"),
        Refusal::TermsNotAgreed => entity("/data/attributes/termsAgreed", EntityFault::Invalid, &say()),
        Refusal::TeamSuspended => Told::new(403, "FORBIDDEN_ERROR.TEAM_SUSPENDED", FORBIDDEN, say()),
        Refusal::TeamClosed => Told::new(403, "FORBIDDEN_ERROR.TEAM_CLOSED", FORBIDDEN, say()),
        Refusal::TeamNotSuspended => state("STATE_ERROR.TEAM_NOT_SUSPENDED"),
        Refusal::TeamExists => state("STATE_ERROR.TEAM_EXISTS"),
        Refusal::KeyRevoked(_) => state("STATE_ERROR.REVOKED"),
        Refusal::AlreadyDownloaded(_) => state("STATE_ERROR.ALREADY_DOWNLOADED"),
        Refusal::NoPrivateHalf(_) => state("STATE_ERROR.NO_PRIVATE_HALF"),
        Refusal::OwnerStays { .. } => state("STATE_ERROR.OWNER_STAYS"),
        Refusal::OwnerAlready => state("STATE_ERROR.OWNER_ALREADY"),
        Refusal::Taken(thing, _) => entity(pointer_of(*thing), EntityFault::Duplicate, &say()),
        Refusal::SeesAllApps => entity("/data", EntityFault::Relationship, &say()),
        Refusal::AppNotRegistered(_) => {
            entity("/data/relationships/visibleApps", EntityFault::Relationship, &say())
        }
        Refusal::PublicHalfTaken => entity("/data/attributes/publicKey", EntityFault::Duplicate, &say()),
        Refusal::OtherStream(_) => unexpected(),
    }
}

/// Where the value stands by which two things of a sort are told apart.
const fn pointer_of(thing: Thing) -> &'static str {
    match thing {
        Thing::User | Thing::Invitation => "/data/attributes/email",
        Thing::Team | Thing::Key | Thing::App | Thing::Replica => "/data/id",
    }
}
