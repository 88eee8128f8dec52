//! Whole verdicts (clock, path, token, revocation, limits, rights, usage) beside nothing but the check of a
//! signature: of new tokens, of known ones, by two threads, and with a million keys registered.

#![expect(clippy::unwrap_used, reason = "a benchmark that can't go on shall fail")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

#[expect(dead_code, reason = "all figures are taken in turn here")]
#[path = "../../core/benches/measuring.rs"]
mod measuring;
mod town;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use counterfoil_core::catalog::Catalog;
use counterfoil_verify::{Awake, Now, Presented, Request, Settings, Verifier};
use measuring::{Measurement, in_turn, seconds};
use std::hint::{black_box, spin_loop};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;
use town::{Key, Town, millions};

/// Many and short: what slows this machine for a while then slows both sides alike.
const ROUNDS: usize = 101;
const NEW_TOKENS_A_ROUND: usize = 300;
const KNOWN_TOKENS: usize = 1000;
/// How often each known token comes in a round.
const TIMES: usize = 30;
const TARGET: &str = "/v1/apps/1234567890/appStoreVersions";

fn main() {
    if !measuring::is_wanted() {
        return;
    }
    let town = Town::of(KNOWN_TOKENS);
    let verifier = verifier(&town, 0);
    new_tokens(&verifier, &town.keys[0]);
    let tokens = town.tokens();
    known_tokens(&verifier, &town.keys[0], &tokens);
    two_threads(&verifier, &tokens);
    a_million_keys(&verifier, &town, &tokens);
}

fn new_tokens(verifier: &Verifier, key: &Key) {
    let bare = bare(key);
    // Each side has tokens of its own: neither finds in the processor's cache what the other has read.
    let samples: Vec<_> =
        (0..NEW_TOKENS_A_ROUND * (ROUNDS + 1) * 2).map(|number| Sample::of(key, number)).collect();
    let (ours, theirs) = samples.split_at(samples.len() / 2);
    let (mut ours, mut theirs) = (ours.chunks(NEW_TOKENS_A_ROUND), theirs.chunks(NEW_TOKENS_A_ROUND));
    let (measured, reference) = in_turn(
        ROUNDS,
        || per_second(ours.next().unwrap(), |sample| allow(verifier, &sample.token)),
        || per_second(theirs.next().unwrap(), |sample| sample.verify_bare(&bare)),
    );
    let what = "new tokens: whole verdict / bare signature check";
    Measurement { what, unit: "tokens/s", measured, reference, must: "≥ 0.95" }.print();
}

fn known_tokens(verifier: &Verifier, key: &Key, tokens: &[String]) {
    let bare = bare(key);
    let of_key: Vec<_> = (0..NEW_TOKENS_A_ROUND).map(|number| Sample::of(key, number)).collect();
    let (measured, reference) = in_turn(
        ROUNDS,
        || known_per_second(verifier, tokens),
        || per_second(&of_key, |sample| sample.verify_bare(&bare)),
    );
    let what = "known tokens: whole verdict / bare signature check";
    Measurement { what, unit: "verdicts/s", measured, reference, must: "≥ 150" }.print();
}

fn two_threads(verifier: &Verifier, tokens: &[String]) {
    let (first, last) = tokens.split_at(tokens.len() / 2);
    let (measured, reference) = in_turn(
        ROUNDS,
        || together(verifier, [[first, first], [last, last]]),
        || known_per_second(verifier, tokens),
    );
    let what = "known tokens: two threads, each its own keys / one thread";
    Measurement { what, unit: "verdicts/s", measured, reference, must: "≥ 1.8" }.print();
    let (measured, reference) = in_turn(
        ROUNDS,
        // Both use all keys, but not the same at the same time.
        || together(verifier, [[first, last], [last, first]]),
        || known_per_second(verifier, tokens),
    );
    let what = "known tokens: two threads, all keys in turn / one thread";
    Measurement { what, unit: "verdicts/s", measured, reference, must: "≥ 1" }.print();
}

/// What two threads do in a second, each with these tokens over and over. Both run before the clock does: how long a
/// machine takes to begin a thread is not what is asked.
fn together(verifier: &Verifier, of_each: [[&[String]; 2]; 2]) -> f64 {
    let verdicts: usize = of_each.iter().flatten().map(|tokens| TIMES * tokens.len()).sum();
    let work = |tokens: [&[String]; 2]| {
        for _ in 0..TIMES {
            tokens.iter().for_each(|tokens| allow_all(verifier, tokens));
        }
    };
    let [ours, theirs] = of_each;
    let [is_there, may_begin, is_done] = [const { AtomicBool::new(false) }; 3];
    let seconds = thread::scope(|threads| {
        threads.spawn(|| {
            is_there.store(true, Ordering::Release);
            until(&may_begin);
            work(theirs);
            is_done.store(true, Ordering::Release);
        });
        until(&is_there);
        seconds(|| {
            may_begin.store(true, Ordering::Release);
            work(ours);
            until(&is_done);
        })
    });
    verdicts as f64 / seconds
}

/// Looks until it is so: a thread that slept would have to be woken.
fn until(it_is_so: &AtomicBool) {
    while !it_is_so.load(Ordering::Acquire) {
        spin_loop();
    }
}

fn a_million_keys(small: &Verifier, town: &Town, tokens: &[String]) {
    let large = verifier(town, 1_000_000);
    let (measured, reference) =
        in_turn(ROUNDS, || known_per_second(&large, tokens), || known_per_second(small, tokens));
    let what = "known tokens: with a million keys / with a thousand";
    Measurement { what, unit: "verdicts/s", measured, reference, must: "≥ 0.9" }.print();
}

/// A verifier that knows the town, and so many keys besides.
fn verifier(town: &Town, more: usize) -> Verifier {
    let catalog =
        Catalog::appstore().to_toml().replace("requests_per_hour = 3600", "requests_per_hour = 1000000000");
    let verifier = Verifier::new(Arc::new(Catalog::parse(&catalog).unwrap()), Settings::default());
    verifier.load(&town.snapshot());
    millions(&verifier, more);
    verifier.fence().read_began_at(Awake::read().plus(Duration::from_hours(1)));
    verifier
}

fn bare(key: &Key) -> ParsedPublicKey {
    ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.half.public().as_bytes()).unwrap()
}

fn known_per_second(verifier: &Verifier, tokens: &[String]) -> f64 {
    (TIMES * tokens.len()) as f64 / seconds(|| (0..TIMES).for_each(|_| allow_all(verifier, tokens)))
}

fn allow_all(verifier: &Verifier, tokens: &[String]) {
    tokens.iter().for_each(|token| allow(verifier, token));
}

fn allow(verifier: &Verifier, token: &str) {
    let request =
        Request { method: "GET", target: TARGET, token: Presented::Bearer(token), id: "", from: "" };
    let verdict = verifier.decide(black_box(&request), Now::read());
    assert!(verdict.allowed().is_some(), "{verdict:?}");
}

fn per_second(samples: &[Sample], verify: impl Fn(&Sample)) -> f64 {
    samples.len() as f64 / seconds(|| samples.iter().for_each(verify))
}

/// A token, and what of it the reference needs.
struct Sample {
    token: String,
    signature: Vec<u8>,
}

impl Sample {
    fn of(key: &Key, number: usize) -> Self {
        let token = key.token(number);
        let signature = town::unbase64(token.rsplit_once('.').unwrap().1);
        Self { token, signature }
    }

    fn verify_bare(&self, half: &ParsedPublicKey) {
        half.verify_sig(self.token.rsplit_once('.').unwrap().0.as_bytes(), &self.signature).unwrap();
    }
}
