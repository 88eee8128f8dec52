//! What must hold in whatever order threads go on.

use crate::bed::*;
use crate::fact::TeamFact;
use crate::verdict::Reason;
use crate::{Live, Settings};
use counterfoil_core::catalog::Catalog;
use counterfoil_core::event::Sees;
use shuttle::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use shuttle::thread;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Wake, Waker};

type Order = (&'static str, fn());

/// All of them.
pub(crate) const ALL: &[Order] = &[
    ("after_a_revocation_no_request_that_starts_later_passes", revoked),
    ("after_roles_shrink_no_request_that_starts_later_passes", shrunk),
    ("after_a_reload_no_request_that_starts_later_passes_by_what_was_before", reloaded),
    ("a_stream_is_told_of_a_revocation_whenever_it_begins_to_listen", told),
    ("of_many_at_once_no_more_pass_than_the_hour_has_left", limited),
];

const APPS: &str = "/v1/apps";
const LIMIT: usize = 2;

static TOKEN: LazyLock<String> = LazyLock::new(|| team_token(TEAM_KEY).token());
static OTHER: LazyLock<String> = LazyLock::new(|| team_token(TEAM_KEY).claim("nonce", "1").token());
static PERSONS: LazyLock<String> = LazyLock::new(|| persons_token(PERSONS_KEY).token());

fn passes(bed: &Bed, token: &str) -> bool {
    bed.reason("GET", APPS, token).is_none()
}

/// Threads ask while `change` is made. Whoever began to ask after it was made must not pass; one of them has asked
/// before, so that its token is known.
fn nobody_passes_after(bed: Bed, tokens: [&'static str; 2], change: fn(&Bed)) {
    let (bed, is_made) = (Arc::new(bed), Arc::new(AtomicBool::new(false)));
    assert!(passes(&bed, tokens[0]), "before the change");
    let asking = tokens.map(|token| {
        let (bed, is_made) = (Arc::clone(&bed), Arc::clone(&is_made));
        thread::spawn(move || {
            for _ in 0..2 {
                let was_made = is_made.load(Ordering::SeqCst);
                assert!(!passes(&bed, token) || !was_made, "a request passed that started after the change");
            }
        })
    });
    change(&bed);
    is_made.store(true, Ordering::SeqCst);
    asking.into_iter().for_each(|thread| thread.join().unwrap());
    assert!(tokens.iter().all(|token| !passes(&bed, token)), "after the change");
}

fn revoked() {
    nobody_passes_after(Bed::new(), [&TOKEN, &OTHER], |bed| bed.revoke(TEAM_KEY));
}

fn shrunk() {
    nobody_passes_after(Bed::new(), [&PERSONS, &PERSONS], |bed| {
        bed.tell(TeamFact::MemberChanged(member(&["SALES"], Sees::AllApps)));
    });
}

fn reloaded() {
    nobody_passes_after(Bed::new(), [&TOKEN, &OTHER], |bed| {
        let mut facts = team_facts();
        facts.keys.retain(|key| key.key != key_id(TEAM_KEY));
        bed.verifier.load(&snapshot(vec![facts]));
    });
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn told() {
    let bed = Arc::new(Bed::new());
    let live: Live = bed.decide("GET", APPS, &TOKEN).allowed().unwrap().live();
    let revoking = {
        let bed = Arc::clone(&bed);
        thread::spawn(move || bed.revoke(TEAM_KEY))
    };
    let woken = Arc::new(Woken(AtomicBool::new(false)));
    let waker = Waker::from(Arc::clone(&woken));
    let mut ended = pin!(live.ended());
    let is_over = ended.as_mut().poll(&mut Context::from_waker(&waker)) == Poll::Ready(());
    revoking.join().unwrap();
    assert!(is_over || woken.0.load(Ordering::SeqCst), "the stream sleeps on");
    assert!(is_over || ended.poll(&mut Context::from_waker(&waker)) == Poll::Ready(()));
    assert!(!live.is_live());
}

fn limited() {
    static SMALL: LazyLock<Catalog> = LazyLock::new(|| {
        let usual = Catalog::appstore().to_toml();
        let small = usual.replace("requests_per_hour = 3600", &format!("requests_per_hour = {LIMIT}"));
        assert_ne!(small, usual);
        Catalog::parse(&small).unwrap()
    });
    let bed = Arc::new(Bed::with(Settings::default(), SMALL.clone(), vec![team_facts()]));
    let passed = Arc::new(AtomicUsize::new(0));
    let asking: Vec<_> = (0..3)
        .map(|_| {
            let (bed, passed) = (Arc::clone(&bed), Arc::clone(&passed));
            thread::spawn(move || match bed.reason("GET", APPS, &TOKEN) {
                None => {
                    passed.fetch_add(1, Ordering::SeqCst);
                }
                Some(reason) => assert!(matches!(reason, Reason::Limited { .. }), "{reason:?}"),
            })
        })
        .collect();
    asking.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(passed.load(Ordering::SeqCst), LIMIT);
}
