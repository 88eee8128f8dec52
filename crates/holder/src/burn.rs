//! Ending a leaked key with nothing but its private half.

use crate::fault::Fault;
use counterfoil_core::half::PrivateHalf;
use counterfoil_core::id::KeyId;
use counterfoil_core::jws;
use counterfoil_core::time::Timestamp;
use serde_json::json;
use std::time::Duration;
use zeroize::Zeroizing;

/// What a token of possession is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// It ends its key.
    Burn,
    /// It says that its half was found.
    Leak,
}

/// Long enough for a request, short enough to be worth nothing when it is seen.
const LIFETIME: Duration = Duration::from_secs(5 * 60);

/// A token that only shows possession of `half`. Where the key id is not known, the thumbprint names the key.
///
/// # Errors
/// The cryptographic library failed.
pub fn possession(
    half: &PrivateHalf,
    key: Option<KeyId>,
    audience: Audience,
    now: Timestamp,
) -> Result<Zeroizing<String>, Fault> {
    let mut header = json!({ "alg": "ES256", "typ": "JWT" });
    let mut claims = json!({
        "aud": match audience {
            Audience::Burn => "counterfoil-burn",
            Audience::Leak => "counterfoil-leak",
        },
        "iat": now.as_seconds(),
        "exp": now.plus(LIFETIME).as_seconds(),
    });
    match key {
        Some(key) => header["kid"] = json!(key),
        None => claims["jkt"] = json!(half.public().thumbprint()),
    }
    let token = jws::sign(half, &header.to_string(), &claims.to_string());
    token.map(Zeroizing::new).map_err(|fault| Fault::new(fault, "this is the machine's failure; try again"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::rand::SystemRandom;
    use counterfoil_core::token::{Naming, PossessionDemand, UnverifiedToken};

    fn demand(audience: &str, now: Timestamp) -> PossessionDemand<'_> {
        PossessionDemand { audience, lifetime: Duration::from_secs(1200), leeway: Duration::ZERO, now }
    }

    #[test]
    fn the_token_names_its_key_by_id_or_by_thumbprint_and_shows_that_the_half_is_held() {
        let half = PrivateHalf::generate(&SystemRandom::new()).unwrap();
        let id = KeyId::try_from("2X9R4HXF34").unwrap();
        let now = Timestamp::from_seconds(1_800_000_000);
        for (key, audience, name, naming) in [
            (Some(id), Audience::Burn, "counterfoil-burn", Naming::Id(id)),
            (None, Audience::Leak, "counterfoil-leak", Naming::Thumbprint(half.public().thumbprint())),
        ] {
            let token = possession(&half, key, audience, now).unwrap();
            let unverified = UnverifiedToken::parse(&token).unwrap();
            assert_eq!(unverified.naming().unwrap(), naming);
            let signed = unverified.verify(&half.public().parsed().unwrap()).unwrap();
            assert_eq!(signed.judge_possession(&demand(name, now)), Ok(()));
            assert!(signed.judge_possession(&demand(name, now.plus(LIFETIME))).is_err());
        }
    }
}
