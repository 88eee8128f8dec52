//! The server over HTTP beside what anybody knows, on the same processor, under the same load from the other one.
//!
//! `cargo bench --package counterfoil --bench http -- authorize new gateway flood slow`, or some of these.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a benchmark that can't go on shall fail"
)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark says what it does and finds")]

mod bare;
#[expect(dead_code, reason = "the tests ask for more")]
#[path = "../../tests/all/http.rs"]
mod client;
mod crowd;
#[path = "../../tests/postgres/database.rs"]
mod database;
mod house;
mod load;
mod machine;
#[expect(dead_code, reason = "what takes two figures in turn is of no use to more")]
#[path = "../../../core/benches/measuring.rs"]
mod measuring;
mod revocation;
mod rivals;
mod slow;

use counterfoil_core::half::PublicHalf;
use crowd::{Crowd, Tokens};
use database::Database;
use house::House;
use load::{Requests, SECONDS};
use machine::Processors;
use measuring::{Measurement, middle};
use std::env;

/// Many and short: what slows this machine for a while then slows all alike.
const ROUNDS: usize = 15;
const KNOWN: usize = 10_000;
/// More than any check of a signature allows.
const NEW_A_SECOND: usize = 40_000;
/// What a process of this program is for, if it is not to measure.
const ROLE: &str = "COUNTERFOIL_BENCH_ROLE";

/// What one can ask for, by its name.
struct Part(&'static str, fn(Processors));

const PARTS: &[Part] = &[
    Part("authorize", authorize),
    Part("new", new_tokens),
    Part("gateway", gateway),
    Part("flood", flood),
    Part("slow", slow_crowd),
    Part("revocation", revocation),
];

fn main() {
    match env::var(ROLE).as_deref() {
        Ok(bare::ROLE) => return bare::answer(),
        Ok(slow::ROLE) => return slow::linger(),
        _ if !measuring::is_wanted() => return,
        _ => {}
    }
    let processors = Processors::part();
    let named: Vec<String> = env::args().skip(1).filter(|name| !name.starts_with('-')).collect();
    let wanted = |part: &Part| named.is_empty() || named.iter().any(|name| name == part.0);
    PARTS.iter().filter(|part| wanted(part)).for_each(|part| part.1(processors));
}

/// Tokens that the server knows.
fn authorize(processors: Processors) {
    let (house, bare) = (House::on(processors.servers, &[]), bare::on(processors.servers));
    let haproxy = rivals::haproxy(processors.servers, &half(&house));
    let tokens = house.tokens(0, KNOWN);
    let dir = house.dir.path();
    let (one, many) = (
        Requests::of_a_proxy(dir, "one-token", &tokens[..1]),
        Requests::of_a_proxy(dir, "many-tokens", &tokens),
    );
    let [ours_one, bare_one, haproxy_one, ours_many, bare_many] = in_turn(&mut [
        &mut |_| one.per_second(&house.server),
        &mut |_| one.per_second(&bare),
        &mut |_| one.per_second(&haproxy.server),
        &mut |_| many.per_second(&house.server),
        &mut |_| many.per_second(&bare),
    ]);
    say("/authorize, one known token / bare hyper", &ours_one, &bare_one, "≥ 0.90");
    say("/authorize, 10,000 known tokens / bare hyper", &ours_many, &bare_many, "≥ 0.85");
    say("/authorize, one token / HAProxy jwt_verify", &ours_one, &haproxy_one, "≥ 10");
}

/// Tokens of which none comes twice to the same server.
fn new_tokens(processors: Processors) {
    let house = House::on(processors.servers, &[]);
    let haproxy = rivals::haproxy(processors.servers, &half(&house));
    let fresh = |round: usize| {
        let count = NEW_A_SECOND * SECONDS;
        let of_one_key = |number| house.keys[0].token(number);
        let tokens: Vec<_> = (round * count..(round + 1) * count).map(of_one_key).collect();
        Requests::of_a_proxy(house.dir.path(), "new-tokens", &tokens)
    };
    let [ours, theirs] =
        in_turn(&mut [&mut |round| fresh(round).per_second_each_once(&house.server), &mut |round| {
            fresh(ROUNDS + 1 + round).per_second_each_once(&haproxy.server)
        }]);
    say("/authorize, all tokens new / HAProxy jwt_verify", &ours, &theirs, "≥ 1.25");
}

/// Known tokens, through to an upstream.
fn gateway(processors: Processors) {
    let upstream = bare::on(processors.load);
    let house = House::on(processors.servers, &["--upstream", &format!("http://{}", upstream.address)]);
    let nginx = rivals::nginx(processors.servers, &upstream.address);
    let requests = Requests::of_a_client(house.dir.path(), "through", &house.tokens(0, 1000));
    let [ours, theirs] = in_turn(&mut [&mut |_| requests.per_second(&house.server), &mut |_| {
        requests.per_second(&nginx.server)
    }]);
    say("gateway / nginx proxy_pass, same upstream", &ours, &theirs, "≥ 0.8");
}

/// Bad signatures under good key ids beside good requests, half of them with new tokens.
fn flood(processors: Processors) {
    let house = House::on(processors.servers, &[]);
    let crowd = Crowd { good_a_second: 2000, bad_a_second: 5000, seconds: 10 };
    let (known, new) = (house.tokens(0, 1000), house.tokens(1000, crowd.new_tokens()));
    let keys = house.keys.iter().cycle().zip(0..crowd.forged_tokens());
    let tokens = Tokens { known, new, forged: keys.map(|(key, number)| key.forged(number)).collect() };
    let told = crowd.storm(&house.server.address, &tokens);
    eprintln!("{told:?}");
    told.expect_promised_answers();
    let what = "good requests beside 5,000 bad signatures a second: served / asked";
    let (measured, reference) = (f64::from(told.good.served), f64::from(told.good.asked));
    Measurement { what, unit: "requests", measured, reference, must: "≥ 0.9" }.print();
}

/// Ten thousand that send a head byte by byte.
fn slow_crowd(processors: Processors) {
    let (quiet, crowded) = (House::on(processors.servers, &[]), House::on(processors.servers, &[]));
    let _crowd = slow::Slow::on(processors.load, &crowded.server.address, 10_000);
    let requests = |house: &House, name| Requests::of_a_proxy(house.dir.path(), name, &house.tokens(0, 1000));
    let (beside_crowd, alone) = (requests(&crowded, "crowded"), requests(&quiet, "quiet"));
    let [measured, reference] =
        in_turn(&mut [&mut |_| beside_crowd.per_second(&crowded.server), &mut |_| {
            alone.per_second(&quiet.server)
        }]);
    say("/authorize beside 10,000 slow connections / alone", &measured, &reference, "≥ 0.8");
}

/// Keys that are revoked at one of two servers on the same PostgreSQL while both are asked.
fn revocation(processors: Processors) {
    let database = Database::make();
    let on_database = ["--database", &database.url];
    let here = House::with_one_key(processors.servers, &on_database);
    let there = here.beside(processors.servers, &on_database);
    let found = revocation::find(&here, &there.server.address);
    let what = "requests let in after an acknowledged revocation, same server / asked";
    let (measured, reference) = (found.accepted_here as f64, found.asked_here as f64);
    Measurement { what, unit: "requests", measured, reference, must: "≤ 0" }.print();
    let what = "the other server still open after that, 99 of 100 / 100 ms";
    let measured = found.slowest_of_a_hundred().as_secs_f64() * 1e3;
    Measurement { what, unit: "ms", measured, reference: 100.0, must: "≤ 1" }.print();
}

fn half(house: &House) -> PublicHalf {
    house.keys[0].half.public()
}

fn say(what: &'static str, ours: &[f64], theirs: &[f64], must: &'static str) {
    let (measured, reference) = middle(ours.iter().copied().zip(theirs.iter().copied()));
    Measurement { what, unit: "requests/s", measured, reference, must }.print();
}

/// All figures, round by round, taken in turn so that whatever slows this machine for a while slows all. The first
/// round, in which each token is met for the first time, does not count; each next one begins with another.
fn in_turn<const N: usize>(contestants: &mut [&mut dyn FnMut(usize) -> f64; N]) -> [Vec<f64>; N] {
    let mut figures: [Vec<f64>; N] = std::array::from_fn(|_| Vec::new());
    for round in 0..=ROUNDS {
        if round == 1 {
            figures.iter_mut().for_each(Vec::clear);
        }
        for which in (0..N).map(|turn| (turn + round) % N) {
            figures[which].push(contestants[which](round));
        }
    }
    figures
}
