//! A verified token says how it stands to any other moment, as judging it anew then would.

use crate::client::NOW;
use crate::keys::KEY;
use crate::vectors::demand;
use counterfoil_core::half::VerifyingHalf;
use counterfoil_core::time::Timestamp;
use counterfoil_core::token::{Demand, Timeliness, TokenFault, UnverifiedToken, VerifiedToken};
use serde_json::Value;

const ACCEPTED: &str = include_str!("../vectors/tokens-accepted.json");

#[test]
fn a_verified_token_is_good_at_exactly_the_moments_at_which_it_would_be_judged_good() {
    let corpus: Value = serde_json::from_str(ACCEPTED).unwrap();
    let half = KEY.public().parsed().unwrap();
    let (mut good, mut over, mut early) = (0, 0, 0);
    for vector in corpus["vectors"].as_array().unwrap() {
        let (name, token) = (vector["demand"].as_str().unwrap(), vector["token"].as_str().unwrap());
        if name == "burn" {
            continue;
        }
        demand(name, |demand| {
            let then = verified(token, &half, demand).unwrap();
            for now in moments(then.expires()) {
                let expected = match verified(token, &half, &Demand { now, ..*demand }) {
                    Ok(_) => Timeliness::Good,
                    Err(TokenFault::Expired) => Timeliness::Over,
                    Err(_) => Timeliness::Early,
                };
                assert_eq!(then.at(now), expected, "{} at {now:?}", vector["name"]);
                match expected {
                    Timeliness::Good => good += 1,
                    Timeliness::Over => over += 1,
                    Timeliness::Early => early += 1,
                }
            }
        });
    }
    assert!(good > 100 && over > 100 && early > 100, "{good} {over} {early}");
}

fn verified(token: &str, half: &VerifyingHalf, demand: &Demand<'_>) -> Result<VerifiedToken, TokenFault> {
    UnverifiedToken::parse(token)?.verify(half)?.judge(demand)
}

/// Around every moment at which some rule may turn.
fn moments(expires: Timestamp) -> impl Iterator<Item = Timestamp> {
    let turns = [0, 30_000, -30_000, -1_200_000, -1_230_000, -1_260_000, -1_800_000, -3_600_000, -3_630_000];
    let long = [-183 * 86_400_000, -183 * 86_400_000 - 30_000, -30 * 86_400_000, -86_400_000];
    let of_expiry = turns.into_iter().chain(long).map(move |turn| expires.as_millis() + turn);
    let of_now = [0, -30_000, -60_000, -300_000, 30_000, 1_200_000].map(|turn| NOW * 1000 + turn);
    of_expiry.chain(of_now).flat_map(|turn| [turn - 1, turn, turn + 1]).map(Timestamp::from_millis)
}
