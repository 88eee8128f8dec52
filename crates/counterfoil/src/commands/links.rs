//! Links that sign somebody in: one use, one hour.

use super::words::date;
use crate::opening::Opened;
use crate::problem::Problem;
use crate::server_url;
use counterfoil_authority::sign_in::Purpose;
use serde::Serialize;
use std::time::Duration;

/// How long such a link is good.
pub(super) const LIFETIME: Duration = Duration::from_secs(3600);

/// A link, as it is handed over.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Link {
    pub(super) url: String,
    pub(super) expires_at: String,
}

/// Makes a link with which `purpose` signs in.
pub(super) async fn sign_in_link(opened: &Opened, purpose: Purpose) -> Result<Link, Problem> {
    let expires_at = date(opened.authority.now().plus(LIFETIME));
    let secret = opened.authority.make_link(purpose, LIFETIME).await?;
    let base = server_url::for_links(&opened.settings);
    Ok(Link { url: format!("{base}/sign-in?link={}", secret.expose()), expires_at })
}

/// The link with which the first person sets the installation up.
pub(super) fn set_up_url(base: &str, secret: &str) -> String {
    format!("{base}/set-up?link={secret}")
}
