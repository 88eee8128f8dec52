//! Threads: once a fact is applied, no request that starts later is judged without it.

use crate::bed::*;
use counterfoil_core::catalog::Catalog;
use counterfoil_core::event::{Holding, Sees};
use counterfoil_verify::fact::TeamFact;
use counterfoil_verify::{Budgets, Now, Settings, UseOutcome};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

const APPS: &str = "/v1/apps";

/// Threads ask without pause, with ever new tokens (each in flight for as long as its signature takes)
/// and with a known one, while `change` takes effect. Who has seen that it is done before asking must be
/// refused; before, somebody must have passed.
fn nobody_passes_after(bed: &Bed, tokens: &[Vec<String>], change: impl FnOnce()) {
    let (is_done, stop) = (AtomicBool::new(false), AtomicBool::new(false));
    let (passed, late, refused_late) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    thread::scope(|threads| {
        for tokens in tokens {
            let (is_done, stop, passed, late, refused_late) =
                (&is_done, &stop, &passed, &late, &refused_late);
            threads.spawn(move || {
                for token in tokens.iter().cycle() {
                    if stop.load(Ordering::SeqCst) {
                        break;
                    }
                    let was_done = is_done.load(Ordering::SeqCst);
                    let is_allowed = bed.reason("GET", APPS, token).is_none();
                    match (was_done, is_allowed) {
                        (true, true) => late.fetch_add(1, Ordering::SeqCst),
                        (true, false) => refused_late.fetch_add(1, Ordering::SeqCst),
                        (false, true) => passed.fetch_add(1, Ordering::SeqCst),
                        (false, false) => 0,
                    };
                }
            });
        }
        while passed.load(Ordering::SeqCst) < 20 {
            thread::yield_now();
        }
        change();
        is_done.store(true, Ordering::SeqCst);
        while refused_late.load(Ordering::SeqCst) < 200 && late.load(Ordering::SeqCst) == 0 {
            thread::yield_now();
        }
        stop.store(true, Ordering::SeqCst);
    });
    assert_eq!(late.load(Ordering::SeqCst), 0);
}

/// For each of four threads, tokens of one key: half of the threads ask with one again and again.
fn tokens(draft: &Draft) -> Vec<Vec<String>> {
    let made = |thread: usize| {
        let count = if thread.is_multiple_of(2) { 1 } else { 100 };
        (0..count)
            .map(|number| draft.clone().claim("nonce", &quoted(&format!("{thread}-{number}"))).token())
            .collect()
    };
    (0..4).map(made).collect()
}

fn revocable(number: usize) -> String {
    format!("RACE00000{number}")
}

#[test]
fn after_a_revocation_nobody_passes_whatever_was_in_flight() {
    let mut facts = team_facts();
    facts.keys = (0..4)
        .map(|number| key_facts(&revocable(number), "TEAM", Holding::TeamWithRoles(roles(&["ADMIN"]))))
        .collect();
    let bed = Bed::with(roomy(), unlimited(), vec![facts]);
    for number in 0..4 {
        let key = revocable(number);
        nobody_passes_after(&bed, &tokens(&team_token(&key)), || bed.revoke(&key));
    }
}

#[test]
fn after_roles_shrink_nobody_passes_by_the_old_ones() {
    let bed = Bed::with(roomy(), unlimited(), vec![team_facts()]);
    let tokens = tokens(&persons_token(PERSONS_KEY));
    for _ in 0..4 {
        bed.tell(TeamFact::MemberChanged(member(&["ADMIN"], Sees::AllApps)));
        nobody_passes_after(&bed, &tokens, || {
            bed.tell(TeamFact::MemberChanged(member(&["SALES"], Sees::AllApps)));
        });
    }
}

#[test]
fn after_a_reload_without_the_key_nobody_passes_and_no_token_of_before_comes_back() {
    let bed = Bed::with(roomy(), unlimited(), vec![team_facts()]);
    let tokens = tokens(&team_token(TEAM_KEY));
    for _ in 0..4 {
        bed.verifier.load(&snapshot(vec![team_facts()]));
        nobody_passes_after(&bed, &tokens, || bed.verifier.load(&snapshot(Vec::new())));
        assert_eq!(bed.verifier.remembered_tokens(), 0);
    }
}

#[test]
fn where_tokens_make_room_for_each_other_nobody_passes_who_may_not_and_no_more_are_kept_than_may_be() {
    const ROOM: usize = 16;
    let bed = Bed::with(Settings { remembered_tokens: ROOM, ..roomy() }, unlimited(), vec![team_facts()]);
    let tokens = tokens(&team_token(TEAM_KEY));
    for _ in 0..4 {
        bed.verifier.load(&snapshot(vec![team_facts()]));
        nobody_passes_after(&bed, &tokens, || bed.revoke(TEAM_KEY));
        let remembered = bed.verifier.remembered_tokens();
        assert!((1..=ROOM).contains(&remembered), "{remembered}");
    }
    bed.verifier.load(&snapshot(Vec::new()));
    assert_eq!(bed.verifier.remembered_tokens(), 0);
}

#[test]
fn a_member_is_never_seen_half_changed() {
    let bed = Bed::with(roomy(), unlimited(), vec![team_facts()]);
    let token = persons_token(PERSONS_KEY).token();
    let stop = AtomicBool::new(false);
    let half = || Sees::Apps([counterfoil_core::id::AppId::try_from("42").unwrap()].into());
    let changes = [member(&["ADMIN"], half()), member(&["MARKETING"], Sees::AllApps)];
    bed.tell(TeamFact::MemberChanged(changes[0].clone()));
    thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                while !stop.load(Ordering::SeqCst) {
                    let verdict = bed.decide("GET", "/v1/apps/42", &token);
                    let allowed = verdict.allowed().unwrap();
                    let is_all = *allowed.sees() == Sees::AllApps;
                    assert_eq!(*allowed.roles().unwrap() == roles(&["MARKETING"]), is_all);
                }
            });
        }
        for number in 0..4000 {
            bed.tell(TeamFact::MemberChanged(changes[number % 2].clone()));
        }
        stop.store(true, Ordering::SeqCst);
    });
}

#[test]
fn however_many_ask_at_once_no_more_pass_than_the_limit_and_all_are_counted() {
    const LIMIT: u64 = 500;
    const THREADS: u64 = 4;
    const EACH: u64 = 300;
    let catalog =
        Catalog::appstore().to_toml().replace("requests_per_hour = 3600", "requests_per_hour = 500");
    let bed = Bed::with(roomy(), Catalog::parse(&catalog).unwrap(), vec![team_facts()]);
    let token = team_token(TEAM_KEY).token();
    let (passed, taken) = (AtomicU64::new(0), AtomicU64::new(0));
    let count = |now: Now| {
        let uses = bed.verifier.take_usage(now).uses;
        let of =
            |outcome| uses.iter().filter(|used| used.outcome == outcome).map(|used| used.count).sum::<u64>();
        (of(UseOutcome::Allowed), of(UseOutcome::Limited))
    };
    let limited = AtomicU64::new(0);
    thread::scope(|threads| {
        for _ in 0..THREADS {
            threads.spawn(|| {
                for _ in 0..EACH {
                    passed.fetch_add(u64::from(bed.reason("GET", APPS, &token).is_none()), Ordering::SeqCst);
                }
            });
        }
        for _ in 0..200 {
            let (allowed, refused) = count(at(0));
            taken.fetch_add(allowed, Ordering::SeqCst);
            limited.fetch_add(refused, Ordering::SeqCst);
        }
    });
    let (allowed, refused) = count(at(0));
    assert_eq!(passed.load(Ordering::SeqCst), LIMIT);
    assert_eq!(taken.load(Ordering::SeqCst) + allowed, LIMIT);
    assert_eq!(limited.load(Ordering::SeqCst) + refused, THREADS * EACH - LIMIT);
}

fn roomy() -> Settings {
    Settings { budgets: Budgets::Own, ..Settings::default() }
}

fn unlimited() -> Catalog {
    Catalog::parse(&Catalog::appstore().to_toml().replace("requests_per_hour = 3600\n", "")).unwrap()
}
