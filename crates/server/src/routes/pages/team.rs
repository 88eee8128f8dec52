//! A team's overview, people, audit and settings.

use super::super::Route;
use super::{get, in_team, post};
use crate::console::demand::{AUDIT, KEYS, MEMBER, OWNER, PEOPLE};
use crate::console::{audit, overview, settings, users};

/// The rows.
pub(super) static ROWS: &[Route] = &[
    get("/console/teams/{issuerId}", in_team!(MEMBER, overview::show), "Overview"),
    // Users and Access: Users.
    get("/console/teams/{issuerId}/users", in_team!(MEMBER, users::list), "Users"),
    get(
        "/console/teams/{issuerId}/users/invite",
        in_team!(PEOPLE.fresh(), users::invite_form),
        "Invite somebody",
    ),
    post(
        "/console/teams/{issuerId}/users/invite",
        in_team!(PEOPLE.fresh(), users::invite),
        "Invites somebody",
    ),
    post(
        "/console/teams/{issuerId}/users/invitations/{invitation}/resend",
        in_team!(PEOPLE, users::resend),
        "Sends an invitation again",
    ),
    post(
        "/console/teams/{issuerId}/users/invitations/{invitation}/withdraw",
        in_team!(PEOPLE, users::withdraw),
        "Takes an invitation back",
    ),
    get("/console/teams/{issuerId}/users/{member}", in_team!(MEMBER, users::person), "A person"),
    post(
        "/console/teams/{issuerId}/users/{member}",
        in_team!(PEOPLE.fresh(), users::save),
        "Changes what a person may do",
    ),
    get(
        "/console/teams/{issuerId}/users/{member}/change",
        in_team!(PEOPLE.fresh(), users::confirm),
        "What a change would do",
    ),
    get(
        "/console/teams/{issuerId}/users/{member}/remove",
        in_team!(PEOPLE.fresh(), users::remove_form),
        "Remove a person",
    ),
    post(
        "/console/teams/{issuerId}/users/{member}/remove",
        in_team!(PEOPLE.fresh(), users::remove),
        "Removes a person",
    ),
    get(
        "/console/teams/{issuerId}/users/{member}/transfer",
        in_team!(OWNER.fresh(), users::transfer_form),
        "Give the owner's role away",
    ),
    post(
        "/console/teams/{issuerId}/users/{member}/transfer",
        in_team!(OWNER.fresh(), users::transfer),
        "Gives the owner's role away",
    ),
    // Audit, settings.
    get("/console/teams/{issuerId}/audit", in_team!(AUDIT, audit::show), "Audit"),
    get("/console/teams/{issuerId}/audit/sign-ins", in_team!(PEOPLE, audit::sign_ins), "Sign-ins"),
    get("/console/teams/{issuerId}/audit/export.csv", in_team!(AUDIT, audit::csv), "The audit as CSV"),
    get("/console/teams/{issuerId}/audit/export.json", in_team!(AUDIT, audit::json), "The audit as JSON"),
    get("/console/teams/{issuerId}/settings", in_team!(PEOPLE, settings::show), "Settings"),
    post(
        "/console/teams/{issuerId}/settings/rotation",
        in_team!(KEYS, settings::set_age),
        "Sets the age for rotation",
    ),
    post("/console/teams/{issuerId}/settings/apps", in_team!(PEOPLE, settings::register), "Registers an app"),
    get(
        "/console/teams/{issuerId}/settings/apps/{app}/forget",
        in_team!(PEOPLE, settings::forget_form),
        "Forget an app",
    ),
    post(
        "/console/teams/{issuerId}/settings/apps/{app}/forget",
        in_team!(PEOPLE, settings::forget),
        "Forgets an app",
    ),
];
