//! Getting in, and securing a new account.

use super::super::Route;
use super::{get, page, post};
use crate::console::demand::{ANYONE, ENROLLING};
use crate::console::security::{authenticator, passkeys, password};
use crate::console::single_sign_on;
use crate::console::way_in::{code, join, secure, set_up, sign_in, sign_out, step_up};

/// The rows.
pub(super) static ROWS: &[Route] = &[
    // Getting in.
    get("/set-up", page!(ANYONE, set_up::show), "Where the first link leads"),
    post("/set-up", page!(ANYONE, set_up::set_up), "Make the operator's account and the first team"),
    get("/sign-in", page!(ANYONE, sign_in::show), "Sign in"),
    post("/sign-in", page!(ANYONE, sign_in::sign_in), "Sign in by link or password"),
    get("/sign-in/code", page!(ANYONE, code::show), "The second factor"),
    post("/sign-in/code", page!(ANYONE, code::check), "Check the second factor"),
    post(
        "/sign-in/passkey/options",
        page!(ANYONE, sign_in::passkey_options),
        "What a browser needs to ask for a passkey",
    ),
    post("/sign-in/passkey", page!(ANYONE, sign_in::by_passkey), "Sign in by passkey"),
    get(
        "/sign-in/with/{provider}",
        page!(ANYONE, single_sign_on::go),
        "To another provider, to sign in there",
    ),
    get(
        "/sign-in/with/{provider}/callback",
        page!(ANYONE, single_sign_on::come_back),
        "Back from another provider",
    ),
    get("/join", page!(ANYONE, join::show), "Where an invitation leads"),
    post("/join", page!(ANYONE, join::accept), "Accept an invitation"),
    post("/sign-out", page!(ANYONE, sign_out::sign_out), "Sign out"),
    get("/step-up", page!(ENROLLING, step_up::show), "Confirm that it is you"),
    post("/step-up", page!(ENROLLING, step_up::by_password), "Confirm by password"),
    post(
        "/step-up/passkey/options",
        page!(ENROLLING, step_up::passkey_options),
        "What a browser needs to ask for a passkey",
    ),
    post("/step-up/passkey", page!(ENROLLING, step_up::by_passkey), "Confirm by passkey"),
    // Securing a new account.
    get("/secure", page!(ENROLLING, secure::show), "Secure your account"),
    post(
        "/secure/passkeys/options",
        page!(ENROLLING.fresh(), passkeys::options),
        "What a browser needs to make a passkey",
    ),
    post("/secure/passkeys", page!(ENROLLING.fresh(), passkeys::add), "Add a passkey"),
    post(
        "/secure/providers/{provider}",
        page!(ENROLLING.fresh(), single_sign_on::link),
        "To another provider, to link an account there",
    ),
    post(
        "/secure/unlink-provider",
        page!(ENROLLING.fresh(), single_sign_on::unlink),
        "Unlink an account at another provider",
    ),
    get("/secure/password", page!(ENROLLING.fresh(), password::show), "Set the password"),
    post("/secure/password", page!(ENROLLING.fresh(), password::set), "Set the password"),
    get(
        "/secure/authenticator",
        page!(ENROLLING.fresh(), authenticator::show),
        "Set up an authenticator app",
    ),
    post(
        "/secure/authenticator",
        page!(ENROLLING.fresh(), authenticator::confirm),
        "Confirm an authenticator app",
    ),
];
