//! `GET /v1/teams/{issuerId}/jwks.json`: the public halves of a team's active keys. No substitute for a verdict:
//! it knows neither roles nor revocations of the last seconds.

use crate::call::Call;
use crate::error::Problem;
use crate::reply::Reply;
use counterfoil_core::id::{IssuerId, KeyId};
use counterfoil_core::refusal::Thing;
use counterfoil_core::team::{Key, Standing};
use serde_json::{Value, json};

pub(crate) async fn get(call: Call) -> Result<Reply, Problem> {
    let missing = || Problem::no_such(Thing::Team, call.named());
    let id = IssuerId::try_from(call.named()).map_err(|_| missing())?;
    let team = call.authority().ledger().state()?.team(id).cloned().ok_or_else(missing)?;
    let good = team.standing == Standing::Active;
    let active = team.keys.iter().filter(|(_, key)| good && key.is_active());
    let keys: Vec<Value> = active.map(|(id, key)| jwk(*id, key)).collect();
    Ok(Reply::ok(&json!({ "keys": keys })).kept("max-age=5"))
}

fn jwk(id: KeyId, key: &Key) -> Value {
    json!({
        "kty": "EC",
        "crv": "P-256",
        "x": key.public.jwk_x(),
        "y": key.public.jwk_y(),
        "kid": id,
        "alg": "ES256",
        "use": "sig",
    })
}
