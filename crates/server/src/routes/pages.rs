//! The rows of the pages. They are for browsers, and no part of the API's description.

use super::{Answer, Body, Door, Route, Verb};
use crate::console::demand::{ANYONE, AUDIT, ENROLLING, KEYS, MEMBER, OPERATOR, OWNER, PEOPLE, SIGNED_IN};
use crate::console::keys::{access, calls, download, generate, list, revoke, roles, show};
use crate::console::operator::{catalog, health, people, person, team, teams};
use crate::console::security::{authenticator, codes, history, name, passkeys, password, sessions};
use crate::console::way_in::{code, join, secure, set_up, sign_in, sign_out, step_up};
use crate::console::{assets, audit, operator, overview, profile, settings, single_sign_on, start, users};

const fn row(method: Verb, path: &'static str, door: Door, about: &'static str) -> Route {
    let body = if matches!(method, Verb::Post) { Body::Form } else { Body::None };
    Route { method, path, door, about, query: &[], body, answer: Answer::Other("text/html") }
}

/// A page of whoever meets the demand: `page!(SIGNED_IN, start::choose)`.
macro_rules! page {
    ($demand:expr, $handler:path) => {
        Door::Page($demand, |visitor| Box::pin($handler(visitor)))
    };
}

/// A page of a member of the team in the path: `in_team!(MEMBER, overview::show)`.
macro_rules! in_team {
    ($demand:expr, $handler:path) => {
        Door::Page($demand, |visitor| Box::pin(async move { $handler(visitor.in_team()?).await }))
    };
}

/// All pages.
pub(crate) static PAGES: &[Route] = &[
    row(Verb::Get, "/", page!(ANYONE, start::root), "To the console"),
    row(Verb::Get, "/console", page!(SIGNED_IN, start::choose), "To one's team"),
    row(
        Verb::Get,
        "/console/assets/{file}",
        Door::Public(|call| Box::pin(assets::get(call))),
        "What pages load",
    ),
    // Getting in.
    row(Verb::Get, "/set-up", page!(ANYONE, set_up::show), "Where the first link leads"),
    row(
        Verb::Post,
        "/set-up",
        page!(ANYONE, set_up::set_up),
        "Make the operator's account and the first team",
    ),
    row(Verb::Get, "/sign-in", page!(ANYONE, sign_in::show), "Sign in"),
    row(Verb::Post, "/sign-in", page!(ANYONE, sign_in::sign_in), "Sign in by link or password"),
    row(Verb::Get, "/sign-in/code", page!(ANYONE, code::show), "The second factor"),
    row(Verb::Post, "/sign-in/code", page!(ANYONE, code::check), "Check the second factor"),
    row(
        Verb::Post,
        "/sign-in/passkey/options",
        page!(ANYONE, sign_in::passkey_options),
        "What a browser needs to ask for a passkey",
    ),
    row(Verb::Post, "/sign-in/passkey", page!(ANYONE, sign_in::by_passkey), "Sign in by passkey"),
    row(
        Verb::Get,
        "/sign-in/with/{provider}",
        page!(ANYONE, single_sign_on::go),
        "To another provider, to sign in there",
    ),
    row(
        Verb::Get,
        "/sign-in/with/{provider}/callback",
        page!(ANYONE, single_sign_on::come_back),
        "Back from another provider",
    ),
    row(Verb::Get, "/join", page!(ANYONE, join::show), "Where an invitation leads"),
    row(Verb::Post, "/join", page!(ANYONE, join::accept), "Accept an invitation"),
    row(Verb::Post, "/sign-out", page!(ANYONE, sign_out::sign_out), "Sign out"),
    row(Verb::Get, "/step-up", page!(ENROLLING, step_up::show), "Confirm that it is you"),
    row(Verb::Post, "/step-up", page!(ENROLLING, step_up::by_password), "Confirm by password"),
    row(
        Verb::Post,
        "/step-up/passkey/options",
        page!(ENROLLING, step_up::passkey_options),
        "What a browser needs to ask for a passkey",
    ),
    row(Verb::Post, "/step-up/passkey", page!(ENROLLING, step_up::by_passkey), "Confirm by passkey"),
    // Securing a new account.
    row(Verb::Get, "/secure", page!(ENROLLING, secure::show), "Secure your account"),
    row(
        Verb::Post,
        "/secure/passkeys/options",
        page!(ENROLLING.fresh(), passkeys::options),
        "What a browser needs to make a passkey",
    ),
    row(Verb::Post, "/secure/passkeys", page!(ENROLLING.fresh(), passkeys::add), "Add a passkey"),
    row(
        Verb::Post,
        "/secure/providers/{provider}",
        page!(ENROLLING.fresh(), single_sign_on::link),
        "To another provider, to link an account there",
    ),
    row(
        Verb::Post,
        "/secure/unlink-provider",
        page!(ENROLLING.fresh(), single_sign_on::unlink),
        "Unlink an account at another provider",
    ),
    row(Verb::Get, "/secure/password", page!(ENROLLING.fresh(), password::show), "Set the password"),
    row(Verb::Post, "/secure/password", page!(ENROLLING.fresh(), password::set), "Set the password"),
    row(
        Verb::Get,
        "/secure/authenticator",
        page!(ENROLLING.fresh(), authenticator::show),
        "Set up an authenticator app",
    ),
    row(
        Verb::Post,
        "/secure/authenticator",
        page!(ENROLLING.fresh(), authenticator::confirm),
        "Confirm an authenticator app",
    ),
    // A member's profile.
    row(Verb::Get, "/console/teams/{issuerId}/profile", page!(MEMBER, profile::show), "Your profile"),
    row(
        Verb::Get,
        "/console/teams/{issuerId}/profile/history",
        page!(MEMBER, history::show),
        "Sign-ins and changes of credentials",
    ),
    row(Verb::Get, "/console/teams/{issuerId}/profile/name", page!(MEMBER, name::show), "Change your name"),
    row(
        Verb::Post,
        "/console/teams/{issuerId}/profile/name",
        page!(MEMBER, name::change),
        "Changes your name",
    ),
    row(
        Verb::Get,
        "/console/teams/{issuerId}/profile/passkeys/new",
        page!(MEMBER.fresh(), passkeys::show),
        "Add a passkey",
    ),
    row(
        Verb::Post,
        "/console/teams/{issuerId}/profile/passkeys/rename",
        page!(MEMBER.fresh(), passkeys::rename),
        "Rename a passkey",
    ),
    row(
        Verb::Post,
        "/console/teams/{issuerId}/profile/passkeys/remove",
        page!(MEMBER.fresh(), passkeys::remove),
        "Remove a passkey",
    ),
    row(
        Verb::Post,
        "/console/teams/{issuerId}/profile/password/remove",
        page!(MEMBER.fresh(), password::remove),
        "Remove the password",
    ),
    row(
        Verb::Post,
        "/console/teams/{issuerId}/profile/authenticator/remove",
        page!(MEMBER.fresh(), authenticator::remove),
        "Remove the authenticator app",
    ),
    row(
        Verb::Post,
        "/console/teams/{issuerId}/profile/recovery-codes",
        page!(MEMBER.fresh(), codes::renew),
        "Make new recovery codes",
    ),
    row(
        Verb::Post,
        "/console/teams/{issuerId}/profile/sessions/end",
        page!(MEMBER, sessions::end),
        "End a session",
    ),
    row(
        Verb::Post,
        "/console/teams/{issuerId}/profile/sessions/end-others",
        page!(MEMBER, sessions::end_others),
        "End all other sessions",
    ),
    row(
        Verb::Post,
        "/console/teams/{issuerId}/profile/passkeys/options",
        page!(MEMBER.fresh(), passkeys::options),
        "What a browser needs to make a passkey",
    ),
    row(
        Verb::Post,
        "/console/teams/{issuerId}/profile/passkeys",
        page!(MEMBER.fresh(), passkeys::add),
        "Add a passkey",
    ),
    row(
        Verb::Get,
        "/console/teams/{issuerId}/profile/password",
        page!(MEMBER.fresh(), password::show),
        "Set the password",
    ),
    row(
        Verb::Post,
        "/console/teams/{issuerId}/profile/password",
        page!(MEMBER.fresh(), password::set),
        "Set the password",
    ),
    row(
        Verb::Get,
        "/console/teams/{issuerId}/profile/authenticator",
        page!(MEMBER.fresh(), authenticator::show),
        "Set up an authenticator app",
    ),
    row(
        Verb::Post,
        "/console/teams/{issuerId}/profile/authenticator",
        page!(MEMBER.fresh(), authenticator::confirm),
        "Confirm an authenticator app",
    ),
    // An operator's profile.
    row(Verb::Get, "/console/operator/profile", page!(OPERATOR, profile::show), "Your profile"),
    row(
        Verb::Get,
        "/console/operator/profile/history",
        page!(OPERATOR, history::show),
        "Sign-ins and changes of credentials",
    ),
    row(Verb::Get, "/console/operator/profile/name", page!(OPERATOR, name::show), "Change your name"),
    row(Verb::Post, "/console/operator/profile/name", page!(OPERATOR, name::change), "Changes your name"),
    row(
        Verb::Get,
        "/console/operator/profile/passkeys/new",
        page!(OPERATOR.fresh(), passkeys::show),
        "Add a passkey",
    ),
    row(
        Verb::Post,
        "/console/operator/profile/passkeys/rename",
        page!(OPERATOR.fresh(), passkeys::rename),
        "Rename a passkey",
    ),
    row(
        Verb::Post,
        "/console/operator/profile/passkeys/remove",
        page!(OPERATOR.fresh(), passkeys::remove),
        "Remove a passkey",
    ),
    row(
        Verb::Post,
        "/console/operator/profile/password/remove",
        page!(OPERATOR.fresh(), password::remove),
        "Remove the password",
    ),
    row(
        Verb::Post,
        "/console/operator/profile/authenticator/remove",
        page!(OPERATOR.fresh(), authenticator::remove),
        "Remove the authenticator app",
    ),
    row(
        Verb::Post,
        "/console/operator/profile/recovery-codes",
        page!(OPERATOR.fresh(), codes::renew),
        "Make new recovery codes",
    ),
    row(
        Verb::Post,
        "/console/operator/profile/sessions/end",
        page!(OPERATOR, sessions::end),
        "End a session",
    ),
    row(
        Verb::Post,
        "/console/operator/profile/sessions/end-others",
        page!(OPERATOR, sessions::end_others),
        "End all other sessions",
    ),
    row(
        Verb::Post,
        "/console/operator/profile/passkeys/options",
        page!(OPERATOR.fresh(), passkeys::options),
        "What a browser needs to make a passkey",
    ),
    row(
        Verb::Post,
        "/console/operator/profile/passkeys",
        page!(OPERATOR.fresh(), passkeys::add),
        "Add a passkey",
    ),
    row(
        Verb::Get,
        "/console/operator/profile/password",
        page!(OPERATOR.fresh(), password::show),
        "Set the password",
    ),
    row(
        Verb::Post,
        "/console/operator/profile/password",
        page!(OPERATOR.fresh(), password::set),
        "Set the password",
    ),
    row(
        Verb::Get,
        "/console/operator/profile/authenticator",
        page!(OPERATOR.fresh(), authenticator::show),
        "Set up an authenticator app",
    ),
    row(
        Verb::Post,
        "/console/operator/profile/authenticator",
        page!(OPERATOR.fresh(), authenticator::confirm),
        "Confirm an authenticator app",
    ),
    // A team.
    row(Verb::Get, "/console/teams/{issuerId}", in_team!(MEMBER, overview::show), "Overview"),
    // Users and Access: Users.
    row(Verb::Get, "/console/teams/{issuerId}/users", in_team!(MEMBER, users::list), "Users"),
    row(
        Verb::Get,
        "/console/teams/{issuerId}/users/invite",
        in_team!(PEOPLE, users::invite_form),
        "Invite somebody",
    ),
    row(
        Verb::Post,
        "/console/teams/{issuerId}/users/invite",
        in_team!(PEOPLE.fresh(), users::invite),
        "Invites somebody",
    ),
    row(
        Verb::Post,
        "/console/teams/{issuerId}/users/invitations/{invitation}/resend",
        in_team!(PEOPLE, users::resend),
        "Sends an invitation again",
    ),
    row(
        Verb::Post,
        "/console/teams/{issuerId}/users/invitations/{invitation}/withdraw",
        in_team!(PEOPLE, users::withdraw),
        "Takes an invitation back",
    ),
    row(Verb::Get, "/console/teams/{issuerId}/users/{member}", in_team!(MEMBER, users::person), "A person"),
    row(
        Verb::Post,
        "/console/teams/{issuerId}/users/{member}",
        in_team!(PEOPLE.fresh(), users::save),
        "Changes what a person may do",
    ),
    row(
        Verb::Get,
        "/console/teams/{issuerId}/users/{member}/change",
        in_team!(PEOPLE.fresh(), users::confirm),
        "What a change would do",
    ),
    row(
        Verb::Get,
        "/console/teams/{issuerId}/users/{member}/remove",
        in_team!(PEOPLE.fresh(), users::remove_form),
        "Remove a person",
    ),
    row(
        Verb::Post,
        "/console/teams/{issuerId}/users/{member}/remove",
        in_team!(PEOPLE.fresh(), users::remove),
        "Removes a person",
    ),
    row(
        Verb::Get,
        "/console/teams/{issuerId}/users/{member}/transfer",
        in_team!(OWNER.fresh(), users::transfer_form),
        "Give the owner's role away",
    ),
    row(
        Verb::Post,
        "/console/teams/{issuerId}/users/{member}/transfer",
        in_team!(OWNER.fresh(), users::transfer),
        "Gives the owner's role away",
    ),
    // Users and Access: Integrations.
    row(
        Verb::Get,
        "/console/teams/{issuerId}/integrations",
        in_team!(MEMBER, list::integrations),
        "Integrations",
    ),
    row(
        Verb::Get,
        "/console/teams/{issuerId}/integrations/api",
        in_team!(MEMBER, list::team_keys),
        "Team Keys",
    ),
    row(
        Verb::Get,
        "/console/teams/{issuerId}/integrations/api/individual",
        in_team!(MEMBER, list::individual_keys),
        "Individual Keys",
    ),
    row(
        Verb::Get,
        "/console/teams/{issuerId}/integrations/in-app-purchase",
        in_team!(MEMBER, list::purchase_keys),
        "In-App Purchase",
    ),
    row(
        Verb::Get,
        "/console/teams/{issuerId}/integrations/request-access",
        in_team!(OWNER, access::form),
        "Request Access",
    ),
    row(
        Verb::Post,
        "/console/teams/{issuerId}/integrations/request-access",
        in_team!(OWNER, access::request),
        "Requests access",
    ),
    row(
        Verb::Get,
        "/console/teams/{issuerId}/integrations/api/generate",
        in_team!(KEYS.fresh(), generate::team_form),
        "Generate API Key",
    ),
    row(
        Verb::Post,
        "/console/teams/{issuerId}/integrations/api/generate",
        in_team!(KEYS.fresh(), generate::team_key),
        "Generates a team key",
    ),
    row(
        Verb::Get,
        "/console/teams/{issuerId}/integrations/in-app-purchase/generate",
        in_team!(KEYS.fresh(), generate::purchase_form),
        "Generate an in-app purchase key",
    ),
    row(
        Verb::Post,
        "/console/teams/{issuerId}/integrations/in-app-purchase/generate",
        in_team!(KEYS.fresh(), generate::purchase_key),
        "Generates an in-app purchase key",
    ),
    row(
        Verb::Get,
        "/console/teams/{issuerId}/profile/individual-key",
        in_team!(MEMBER.fresh(), generate::own_form),
        "Generate a key of one's own",
    ),
    row(
        Verb::Post,
        "/console/teams/{issuerId}/profile/individual-key",
        in_team!(MEMBER.fresh(), generate::own_key),
        "Generates a key of one's own",
    ),
    row(
        Verb::Get,
        "/console/teams/{issuerId}/keys/revoke",
        in_team!(MEMBER.fresh(), revoke::several_form),
        "Revoke several keys",
    ),
    row(
        Verb::Post,
        "/console/teams/{issuerId}/keys/revoke",
        in_team!(MEMBER.fresh(), revoke::several),
        "Revokes several keys",
    ),
    row(Verb::Get, "/console/teams/{issuerId}/keys/{id}", in_team!(MEMBER, show::show), "A key"),
    row(
        Verb::Get,
        "/console/teams/{issuerId}/keys/{id}/calls",
        in_team!(MEMBER, calls::show),
        "The calls of a key since a chosen day",
    ),
    row(
        Verb::Get,
        "/console/teams/{issuerId}/keys/{id}/download",
        in_team!(MEMBER.fresh(), download::form),
        "Download API Key",
    ),
    row(
        Verb::Post,
        "/console/teams/{issuerId}/keys/{id}/download",
        in_team!(MEMBER.fresh(), download::hand_over),
        "Hands a private half over",
    ),
    row(
        Verb::Get,
        "/console/teams/{issuerId}/keys/{id}/revoke",
        in_team!(MEMBER.fresh(), revoke::one_form),
        "Revoke Key",
    ),
    row(
        Verb::Post,
        "/console/teams/{issuerId}/keys/{id}/revoke",
        in_team!(MEMBER.fresh(), revoke::one),
        "Revokes a key",
    ),
    row(
        Verb::Get,
        "/console/teams/{issuerId}/roles",
        in_team!(MEMBER, roles::permissions),
        "Role permissions",
    ),
    // Audit, settings.
    row(Verb::Get, "/console/teams/{issuerId}/audit", in_team!(AUDIT, audit::show), "Audit"),
    row(Verb::Get, "/console/teams/{issuerId}/audit/sign-ins", in_team!(PEOPLE, audit::sign_ins), "Sign-ins"),
    row(
        Verb::Get,
        "/console/teams/{issuerId}/audit/export.csv",
        in_team!(AUDIT, audit::csv),
        "The audit as CSV",
    ),
    row(
        Verb::Get,
        "/console/teams/{issuerId}/audit/export.json",
        in_team!(AUDIT, audit::json),
        "The audit as JSON",
    ),
    row(Verb::Get, "/console/teams/{issuerId}/settings", in_team!(PEOPLE, settings::show), "Settings"),
    row(
        Verb::Post,
        "/console/teams/{issuerId}/settings/rotation",
        in_team!(KEYS, settings::set_age),
        "Sets the age for rotation",
    ),
    row(
        Verb::Post,
        "/console/teams/{issuerId}/settings/apps",
        in_team!(PEOPLE, settings::register),
        "Registers an app",
    ),
    row(
        Verb::Get,
        "/console/teams/{issuerId}/settings/apps/{app}/forget",
        in_team!(PEOPLE, settings::forget_form),
        "Forget an app",
    ),
    row(
        Verb::Post,
        "/console/teams/{issuerId}/settings/apps/{app}/forget",
        in_team!(PEOPLE, settings::forget),
        "Forgets an app",
    ),
    // The operator.
    row(Verb::Get, "/console/operator/teams", page!(OPERATOR, teams::show), "Teams"),
    row(Verb::Get, "/console/operator/teams/open", page!(OPERATOR, teams::open_form), "Open a team"),
    row(Verb::Post, "/console/operator/teams/open", page!(OPERATOR.fresh(), teams::open), "Opens a team"),
    row(Verb::Get, "/console/operator/teams/{issuerId}", page!(OPERATOR, team::show), "A team"),
    row(
        Verb::Post,
        "/console/operator/teams/{issuerId}/suspend",
        page!(OPERATOR.fresh(), team::suspend),
        "Suspends a team",
    ),
    row(
        Verb::Post,
        "/console/operator/teams/{issuerId}/resume",
        page!(OPERATOR.fresh(), team::resume),
        "Resumes a team",
    ),
    row(
        Verb::Post,
        "/console/operator/teams/{issuerId}/close",
        page!(OPERATOR.fresh(), team::close),
        "Closes a team",
    ),
    row(Verb::Get, "/console/operator/access", page!(OPERATOR, operator::access::show), "Access requests"),
    row(
        Verb::Post,
        "/console/operator/access/{issuerId}/approve",
        page!(OPERATOR.fresh(), operator::access::approve),
        "Approves access",
    ),
    row(
        Verb::Post,
        "/console/operator/access/{issuerId}/decline",
        page!(OPERATOR.fresh(), operator::access::decline),
        "Declines access",
    ),
    row(
        Verb::Post,
        "/console/operator/access/{issuerId}/withdraw",
        page!(OPERATOR.fresh(), operator::access::withdraw),
        "Takes access back",
    ),
    row(Verb::Get, "/console/operator/health", page!(OPERATOR, health::show), "Health"),
    row(Verb::Get, "/console/operator/catalog", page!(OPERATOR, catalog::show), "The catalog in force"),
    row(Verb::Get, "/console/operator/people", page!(OPERATOR, people::show), "People"),
    row(Verb::Get, "/console/operator/people/sign-ins", page!(OPERATOR, people::sign_ins), "Sign-ins"),
    row(Verb::Get, "/console/operator/people/{person}", page!(OPERATOR, person::show), "A person"),
    row(
        Verb::Post,
        "/console/operator/people/{person}/link",
        page!(OPERATOR.fresh(), person::make_link),
        "Makes a link to sign in",
    ),
    row(
        Verb::Post,
        "/console/operator/people/{person}/operator",
        page!(OPERATOR.fresh(), person::set_operator),
        "Says who runs the installation",
    ),
    row(
        Verb::Post,
        "/console/operator/people/{person}/erase",
        page!(OPERATOR.fresh(), person::erase),
        "Erases a person",
    ),
];
