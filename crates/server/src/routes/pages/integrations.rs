//! Users and Access, Integrations: a team's keys, and what opens them.

use super::super::Route;
use super::{get, in_team, post};
use crate::console::demand::{KEYS, MEMBER, OWNER};
use crate::console::keys::{access, calls, download, generate, list, revoke, roles, show};

/// The rows.
pub(super) static ROWS: &[Route] = &[
    get("/console/teams/{issuerId}/integrations", in_team!(MEMBER, list::integrations), "Integrations"),
    get("/console/teams/{issuerId}/integrations/api", in_team!(MEMBER, list::team_keys), "Team Keys"),
    get(
        "/console/teams/{issuerId}/integrations/api/individual",
        in_team!(MEMBER, list::individual_keys),
        "Individual Keys",
    ),
    get(
        "/console/teams/{issuerId}/integrations/in-app-purchase",
        in_team!(MEMBER, list::purchase_keys),
        "In-App Purchase",
    ),
    get(
        "/console/teams/{issuerId}/integrations/request-access",
        in_team!(OWNER, access::form),
        "Request Access",
    ),
    post(
        "/console/teams/{issuerId}/integrations/request-access",
        in_team!(OWNER, access::request),
        "Requests access",
    ),
    get(
        "/console/teams/{issuerId}/integrations/api/generate",
        in_team!(KEYS.fresh(), generate::team_form),
        "Generate API Key",
    ),
    post(
        "/console/teams/{issuerId}/integrations/api/generate",
        in_team!(KEYS.fresh(), generate::team_key),
        "Generates a team key",
    ),
    get(
        "/console/teams/{issuerId}/integrations/in-app-purchase/generate",
        in_team!(KEYS.fresh(), generate::purchase_form),
        "Generate an in-app purchase key",
    ),
    post(
        "/console/teams/{issuerId}/integrations/in-app-purchase/generate",
        in_team!(KEYS.fresh(), generate::purchase_key),
        "Generates an in-app purchase key",
    ),
    get(
        "/console/teams/{issuerId}/profile/individual-key",
        in_team!(MEMBER.fresh(), generate::own_form),
        "Generate a key of one's own",
    ),
    post(
        "/console/teams/{issuerId}/profile/individual-key",
        in_team!(MEMBER.fresh(), generate::own_key),
        "Generates a key of one's own",
    ),
    get(
        "/console/teams/{issuerId}/keys/revoke",
        in_team!(MEMBER.fresh(), revoke::several_form),
        "Revoke several keys",
    ),
    post(
        "/console/teams/{issuerId}/keys/revoke",
        in_team!(MEMBER.fresh(), revoke::several),
        "Revokes several keys",
    ),
    get("/console/teams/{issuerId}/keys/{id}", in_team!(MEMBER, show::show), "A key"),
    get(
        "/console/teams/{issuerId}/keys/{id}/calls",
        in_team!(MEMBER, calls::show),
        "The calls of a key since a chosen day",
    ),
    get(
        "/console/teams/{issuerId}/keys/{id}/download",
        in_team!(MEMBER.fresh(), download::form),
        "Download API Key",
    ),
    post(
        "/console/teams/{issuerId}/keys/{id}/download",
        in_team!(MEMBER.fresh(), download::hand_over),
        "Hands a private half over",
    ),
    get(
        "/console/teams/{issuerId}/keys/{id}/revoke",
        in_team!(MEMBER.fresh(), revoke::one_form),
        "Revoke Key",
    ),
    post(
        "/console/teams/{issuerId}/keys/{id}/revoke",
        in_team!(MEMBER.fresh(), revoke::one),
        "Revokes a key",
    ),
    get("/console/teams/{issuerId}/roles", in_team!(MEMBER, roles::permissions), "Role permissions"),
];
