//! What the operator sees of the installation.

use super::super::Route;
use super::{get, page, post};
use crate::console::demand::OPERATOR;
use crate::console::operator::{access, catalog, health, people, person, team, teams};

/// The rows.
pub(super) static ROWS: &[Route] = &[
    get("/console/operator/teams", page!(OPERATOR, teams::show), "Teams"),
    get("/console/operator/teams/open", page!(OPERATOR.fresh(), teams::open_form), "Open a team"),
    post("/console/operator/teams/open", page!(OPERATOR.fresh(), teams::open), "Opens a team"),
    get("/console/operator/teams/{issuerId}", page!(OPERATOR, team::show), "A team"),
    post(
        "/console/operator/teams/{issuerId}/suspend",
        page!(OPERATOR.fresh(), team::suspend),
        "Suspends a team",
    ),
    post(
        "/console/operator/teams/{issuerId}/resume",
        page!(OPERATOR.fresh(), team::resume),
        "Resumes a team",
    ),
    post("/console/operator/teams/{issuerId}/close", page!(OPERATOR.fresh(), team::close), "Closes a team"),
    get("/console/operator/access", page!(OPERATOR, access::show), "Access requests"),
    post(
        "/console/operator/access/{issuerId}/approve",
        page!(OPERATOR.fresh(), access::approve),
        "Approves access",
    ),
    post(
        "/console/operator/access/{issuerId}/decline",
        page!(OPERATOR.fresh(), access::decline),
        "Declines access",
    ),
    post(
        "/console/operator/access/{issuerId}/withdraw",
        page!(OPERATOR.fresh(), access::withdraw),
        "Takes access back",
    ),
    get("/console/operator/health", page!(OPERATOR, health::show), "Health"),
    get("/console/operator/catalog", page!(OPERATOR, catalog::show), "The catalog in force"),
    get("/console/operator/people", page!(OPERATOR, people::show), "People"),
    get("/console/operator/people/sign-ins", page!(OPERATOR, people::sign_ins), "Sign-ins"),
    get("/console/operator/people/{person}", page!(OPERATOR, person::show), "A person"),
    post(
        "/console/operator/people/{person}/link",
        page!(OPERATOR.fresh(), person::make_link),
        "Makes a link to sign in",
    ),
    post(
        "/console/operator/people/{person}/operator",
        page!(OPERATOR.fresh(), person::set_operator),
        "Says who runs the installation",
    ),
    post(
        "/console/operator/people/{person}/erase",
        page!(OPERATOR.fresh(), person::erase),
        "Erases a person",
    ),
];
