//! Possession: whoever signs with a private half holds it, whatever else the token claims. What `burn` and
//! `leaks` go by.

use crate::call::Call;
use crate::error::Problem;
use counterfoil_core::catalog::Catalog;
use counterfoil_core::id::KeyId;
use counterfoil_core::team::Team;
use counterfoil_core::token::{Naming, PossessionDemand, UnverifiedToken};
use counterfoil_verify::our_service;
use std::sync::Arc;
use std::time::Duration;

/// How long a token of possession may be good for, if no service says so.
const USUAL_LIFETIME: Duration = Duration::from_secs(20 * 60);

/// The key whose private half signed `text` for this audience; nothing, if nobody has shown to hold one.
///
/// # Errors
/// If the ledger can't be read.
pub(crate) async fn shown(
    call: &Call,
    text: &str,
    audience: &str,
) -> Result<Option<(Arc<Team>, KeyId)>, Problem> {
    let Ok(token) = UnverifiedToken::parse(text) else { return Ok(None) };
    let id = match token.naming() {
        Ok(Naming::Id(id)) => Some(id),
        Ok(Naming::Thumbprint(thumbprint)) => call.authority().key_of_half(&thumbprint).await?,
        Err(_) => None,
    };
    let Some(id) = id else { return Ok(None) };
    let Some(team) = call.team_of_key(id).await? else { return Ok(None) };
    let Some(key) = team.keys.get(&id) else { return Ok(None) };
    let signed = match call.signed(text, id, key).await {
        Ok(signed) => signed,
        Err(Problem::Unproven) => return Ok(None),
        Err(problem) => return Err(problem),
    };
    let is_proven = signed.judge_possession(&demand(call, audience, &call.authority().catalog())).is_ok();
    if is_proven {
        call.spend_small(id)?;
    }
    Ok(is_proven.then_some((team, id)))
}

fn demand<'a>(call: &Call, audience: &'a str, catalog: &Catalog) -> PossessionDemand<'a> {
    let service = our_service(catalog).or(catalog.services.first());
    let lifetime = service.map_or(USUAL_LIFETIME, |service| service.lifetime);
    PossessionDemand { audience, lifetime, leeway: catalog.leeway, now: call.authority().now() }
}
