//! Possession: whoever signs with a private half holds it, whatever else the token claims. What `burn` and
//! `leaks` go by.

use crate::call::Call;
use crate::error::Problem;
use crate::proof::our_service;
use counterfoil_core::catalog::{Catalog, Service};
use counterfoil_core::id::KeyId;
use counterfoil_core::team::Team;
use counterfoil_core::token::{Naming, PossessionDemand, UnverifiedToken};
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
    let catalog = call.authority().catalog();
    Ok(is_proven(call, token, &team, id, audience, &catalog).then_some((team, id)))
}

fn is_proven(
    call: &Call,
    token: UnverifiedToken<'_>,
    team: &Team,
    id: KeyId,
    audience: &str,
    catalog: &Catalog,
) -> bool {
    let lifetime = our_service(catalog).or(catalog.services.first()).map_or(USUAL_LIFETIME, lifetime);
    let demand = PossessionDemand { audience, lifetime, leeway: catalog.leeway, now: call.authority().now() };
    let half = team.keys.get(&id).and_then(|key| key.public.parsed().ok());
    let signed = half.and_then(|half| token.verify(&half).ok());
    signed.is_some_and(|signed| signed.judge_possession(&demand).is_ok())
}

const fn lifetime(service: &Service) -> Duration {
    service.lifetime
}
