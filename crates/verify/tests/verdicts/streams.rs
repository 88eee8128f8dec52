//! Streams that were let in end when what let them in is gone.

use crate::bed::*;
use counterfoil_core::catalog::Catalog;
use counterfoil_core::event::Sees;
use counterfoil_core::id::AppId;
use counterfoil_core::time::Timestamp;
use counterfoil_verify::Live;
use counterfoil_verify::fact::TeamFact;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn live(bed: &Bed, method: &str, target: &str, token: &str) -> Live {
    bed.decide(method, target, token).allowed().unwrap().live()
}

#[test]
fn a_stream_is_told_at_once_that_its_key_is_revoked() {
    let bed = Bed::new();
    let live = live(&bed, "GET", "/v1/apps", &team_token(TEAM_KEY).token());
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(woken.clone());
    let mut context = Context::from_waker(&waker);
    let mut ended = pin!(live.ended());
    assert_eq!(ended.as_mut().poll(&mut context), Poll::Pending);
    bed.revoke(APP_KEY);
    assert_eq!(ended.as_mut().poll(&mut context), Poll::Pending);
    let before = woken.0.load(Ordering::SeqCst);
    bed.revoke(TEAM_KEY);
    assert!(woken.0.load(Ordering::SeqCst) > before);
    assert_eq!(ended.as_mut().poll(&mut context), Poll::Ready(()));
    assert!(!live.is_live());
}

#[test]
fn what_ends_a_stream_and_what_does_not() {
    let apps = |ids: &[&str]| Sees::Apps(ids.iter().map(|id| AppId::try_from(*id).unwrap()).collect());
    let cases: Vec<(&str, TeamFact, bool, bool)> = vec![
        ("another key", TeamFact::KeyRevoked { key: key_id(APP_KEY) }, true, true),
        ("suspension", TeamFact::Suspended, false, false),
        ("end of the team", TeamFact::Closed, false, false),
        ("access", TeamFact::AccessWithdrawn, false, false),
        ("as before", TeamFact::MemberChanged(member(&["ADMIN"], Sees::AllApps)), true, true),
        ("enough", TeamFact::MemberChanged(member(&["MARKETING"], Sees::AllApps)), true, true),
        ("some", TeamFact::MemberChanged(member(&["DEVELOPER"], Sees::AllApps)), true, false),
        ("too little", TeamFact::MemberChanged(member(&["SALES"], Sees::AllApps)), true, false),
        ("fewer apps", TeamFact::MemberChanged(member(&["ADMIN"], apps(&["42"]))), true, false),
        ("removal", TeamFact::MemberRemoved { user: member_id(MEMBER) }, true, false),
    ];
    for (name, fact, team_goes_on, person_goes_on) in cases {
        let bed = Bed::new();
        let of_team = live(&bed, "GET", "/v1/apps", &team_token(TEAM_KEY).token());
        let of_person = live(&bed, "GET", "/v1/apps", &persons_token(PERSONS_KEY).token());
        bed.tell(fact);
        assert_eq!((of_team.is_live(), of_person.is_live()), (team_goes_on, person_goes_on), "{name}");
    }
}

#[test]
fn a_reload_and_another_catalog_end_every_stream_and_wake_it() {
    for end in [(|bed: &Bed| bed.verifier.load(&snapshot(vec![team_facts()]))) as fn(&Bed), |bed: &Bed| {
        bed.verifier.use_catalog(Arc::new(Catalog::appstore()));
    }] {
        let bed = Bed::new();
        let live = live(&bed, "GET", "/v1/apps", &team_token(TEAM_KEY).token());
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(woken.clone());
        let mut ended = pin!(live.ended());
        assert_eq!(ended.as_mut().poll(&mut Context::from_waker(&waker)), Poll::Pending);
        end(&bed);
        assert_eq!(woken.0.load(Ordering::SeqCst), 1);
        assert_eq!(ended.as_mut().poll(&mut Context::from_waker(&waker)), Poll::Ready(()));
    }
}

#[test]
fn a_stream_knows_until_when_its_token_is_good() {
    let bed = Bed::new();
    let verdict = bed.decide("GET", "/v1/apps", &team_token(TEAM_KEY).token());
    let allowed = verdict.allowed().unwrap();
    assert_eq!(allowed.good_until(), Timestamp::from_seconds(NOW + 1200 + 30));
    assert!(!allowed.streams_outlive_token());
}
