//! `POST /v1/burn`: whoever holds a private half can end its key, with nothing but the half.

use crate::api::possession::shown;
use crate::call::Call;
use crate::dates;
use crate::error::Problem;
use crate::reply::Reply;
use serde_json::{Value, json};

/// What `aud` of a token must be that ends its key.
const AUDIENCE: &str = "counterfoil-burn";

pub(crate) async fn burn(call: Call) -> Result<Reply, Problem> {
    let token = call.bearer()?;
    let (team, key) = shown(&call, token, AUDIENCE).await?.ok_or_else(|| call.unproven("burn-not-proven"))?;
    call.authority().burn(team.id, key).await?;
    let now = call.authority().ledger().team(team.id)?;
    let revoked = now.keys.get(&key).and_then(|key| key.revoked.as_ref());
    Ok(Reply::ok(&json!({
        "data": {
            "type": "apiKeys",
            "id": key,
            "attributes": {
                "isActive": revoked.is_none(),
                "revokingDate": revoked.map_or(Value::Null, |revocation| dates::written(revocation.at).into()),
                "revocationReason": revoked.map(|revocation| revocation.reason.name()),
            }
        }
    })))
}
