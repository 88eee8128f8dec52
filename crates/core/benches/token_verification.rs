//! A whole verification of a token (read, prove, judge) beside nothing but the check of its signature.
//!
//! The key is warm, as it is in a server that has seen it once; no token comes twice.

#![expect(clippy::unwrap_used, reason = "a benchmark that can't go on shall fail")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

#[expect(dead_code, reason = "all figures are taken in turn here")]
mod measuring;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use counterfoil_core::catalog::Catalog;
use counterfoil_core::half::{PrivateHalf, VerifyingHalf};
use counterfoil_core::id::IssuerId;
use counterfoil_core::jws;
use counterfoil_core::time::Timestamp;
use counterfoil_core::token::{Demand, UnverifiedToken};
use measuring::{Measurement, in_turn, seconds};
use std::hint::black_box;
use std::time::Duration;

/// Many and short: what slows this machine for a while then slows both sides alike.
const ROUNDS: usize = 101;
const TOKENS_A_ROUND: usize = 400;
const ISSUER: &str = "57246542-96fe-1a63-e053-0824d011072a";
const NOW: i64 = 1_800_000_000;

/// A token, and what of it the reference needs.
struct Sample {
    token: String,
    signature: Vec<u8>,
}

impl Sample {
    fn message(&self) -> &[u8] {
        self.token.rsplit_once('.').unwrap().0.as_bytes()
    }
}

fn main() {
    if !measuring::is_wanted() {
        return;
    }
    let half = PrivateHalf::generate(&SystemRandom::new()).unwrap();
    let bare = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, half.public().as_bytes()).unwrap();
    let warm = half.public().parsed().unwrap();
    let catalog = Catalog::appstore();
    let demand = demand(&catalog);
    // Each side has tokens of its own: neither finds in the processor's cache what the other has read.
    let samples = samples(&half, TOKENS_A_ROUND * (ROUNDS + 1) * 2);
    let (ours, theirs) = samples.split_at(samples.len() / 2);
    let (mut ours, mut theirs) = (ours.chunks(TOKENS_A_ROUND), theirs.chunks(TOKENS_A_ROUND));
    let (measured, reference) = in_turn(
        ROUNDS,
        || per_second(ours.next().unwrap(), |sample| verify_whole(sample, &warm, &demand)),
        || per_second(theirs.next().unwrap(), |sample| verify_bare(sample, &bare)),
    );
    let what = "token verification / bare signature check";
    Measurement { what, unit: "tokens/s", measured, reference, must: "≥ 0.95" }.print();
}

fn verify_whole(sample: &Sample, half: &VerifyingHalf, demand: &Demand<'_>) {
    let token = UnverifiedToken::parse(&sample.token).unwrap();
    black_box(token.key_id().unwrap());
    black_box(token.verify(half).unwrap().judge(demand).unwrap());
}

fn verify_bare(sample: &Sample, half: &ParsedPublicKey) {
    half.verify_sig(sample.message(), &sample.signature).unwrap();
}

fn per_second(samples: &[Sample], verify: impl Fn(&Sample)) -> f64 {
    samples.len() as f64 / seconds(|| samples.iter().for_each(verify))
}

fn demand(catalog: &Catalog) -> Demand<'_> {
    let service = catalog.service("app-store-connect").unwrap();
    let claims = catalog.kind("TEAM").unwrap().claims;
    let now = Timestamp::from_seconds(NOW);
    Demand::of(service, claims, IssuerId::try_from(ISSUER).unwrap(), Duration::from_secs(30), now)
}

/// Tokens as the usual clients make them, each issued a little other than the last.
fn samples(half: &PrivateHalf, count: usize) -> Vec<Sample> {
    let header = r#"{"alg":"ES256","kid":"2X9R4HXF34","typ":"JWT"}"#;
    let sample = |number: usize| {
        let issued = NOW - (number % 60) as i64;
        let expires = issued + 1200;
        let claims = format!(
            r#"{{"iss":"{ISSUER}","iat":{issued},"exp":{expires},"aud":"appstoreconnect-v1","nonce":"{number}"}}"#
        );
        let token = jws::sign(half, header, &claims).unwrap();
        let signature = URL_SAFE_NO_PAD.decode(token.rsplit_once('.').unwrap().1).unwrap();
        Sample { token, signature }
    };
    (0..count).map(sample).collect()
}
