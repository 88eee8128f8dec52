//! One's own name, credentials and sessions. Members and operators have the same pages, each in their own frame.

use super::super::Route;
use super::{get, page, post};
use crate::console::demand::{MEMBER, OPERATOR};
use crate::console::profile;
use crate::console::security::{authenticator, codes, history, name, passkeys, password, sessions};

/// The rows of a profile that lies at a path, for whoever meets the demand.
macro_rules! rows {
    ($at:literal, $demand:expr) => {
        &[
            get($at, page!($demand, profile::show), "Your profile"),
            get(
                concat!($at, "/history"),
                page!($demand, history::show),
                "Sign-ins and changes of credentials",
            ),
            get(concat!($at, "/name"), page!($demand, name::show), "Change your name"),
            post(concat!($at, "/name"), page!($demand, name::change), "Changes your name"),
            get(concat!($at, "/passkeys/new"), page!($demand.fresh(), passkeys::show), "Add a passkey"),
            post(
                concat!($at, "/passkeys/rename"),
                page!($demand.fresh(), passkeys::rename),
                "Rename a passkey",
            ),
            post(
                concat!($at, "/passkeys/remove"),
                page!($demand.fresh(), passkeys::remove),
                "Remove a passkey",
            ),
            post(
                concat!($at, "/password/remove"),
                page!($demand.fresh(), password::remove),
                "Remove the password",
            ),
            post(
                concat!($at, "/authenticator/remove"),
                page!($demand.fresh(), authenticator::remove),
                "Remove the authenticator app",
            ),
            post(
                concat!($at, "/recovery-codes"),
                page!($demand.fresh(), codes::renew),
                "Make new recovery codes",
            ),
            post(concat!($at, "/sessions/end"), page!($demand, sessions::end), "End a session"),
            post(
                concat!($at, "/sessions/end-others"),
                page!($demand, sessions::end_others),
                "End all other sessions",
            ),
            post(
                concat!($at, "/passkeys/options"),
                page!($demand.fresh(), passkeys::options),
                "What a browser needs to make a passkey",
            ),
            post(concat!($at, "/passkeys"), page!($demand.fresh(), passkeys::add), "Add a passkey"),
            get(concat!($at, "/password"), page!($demand.fresh(), password::show), "Set the password"),
            post(concat!($at, "/password"), page!($demand.fresh(), password::set), "Set the password"),
            get(
                concat!($at, "/authenticator"),
                page!($demand.fresh(), authenticator::show),
                "Set up an authenticator app",
            ),
            post(
                concat!($at, "/authenticator"),
                page!($demand.fresh(), authenticator::confirm),
                "Confirm an authenticator app",
            ),
        ]
    };
}

/// The profile of a team's member.
pub(super) static OF_MEMBER: &[Route] = rows!("/console/teams/{issuerId}/profile", MEMBER);

/// The profile of an operator.
pub(super) static OF_OPERATOR: &[Route] = rows!("/console/operator/profile", OPERATOR);
