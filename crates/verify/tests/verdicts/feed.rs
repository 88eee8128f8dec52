//! What a verifier is told: the JSON of the feed, and what does not fit.

use crate::bed::*;
use counterfoil_core::event::{Entry, Event, Holding};
use counterfoil_core::id::EpochId;
use counterfoil_core::roles::Roles;
use counterfoil_core::team::Team;
use counterfoil_core::time::Timestamp;
use counterfoil_verify::fact::{
    About, ChainHash, Fact, News, Place, Position, Snapshot, TeamFact, facts_of_team,
};
use counterfoil_verify::verdict::Unproven;
use counterfoil_verify::{Misfit, Reason};
use serde_json::{Value, json};

const HASH: &str = "77aa000000000000000000000000000000000000000000000000000000000001";
const POINT: &str = "BGD-1LolWp0xyWHrdMY1bWjASbiSO2H6bOZpYi5g8p-2eQP-EAi4vJmkGunpVii8ZPLxsgwtfp9Rd6PClNRGIpk";

/// One of each kind, in the words of docs/feed.md.
fn facts() -> Vec<Value> {
    let member = json!({ "user": MEMBER, "roles": ["DEVELOPER"], "sees": { "APPS": ["42"] }, "provisioningAllowed": false });
    let bodies = [
        ("TEAM_OPENED", json!({ "user": MEMBER, "roles": ["ACCOUNT_HOLDER"] })),
        ("ACCESS_REQUESTED", json!({})),
        ("ACCESS_APPROVED", json!({})),
        ("ACCESS_DECLINED", json!({})),
        ("ACCESS_WITHDRAWN", json!({})),
        ("TEAM_SUSPENDED", json!({})),
        ("TEAM_RESUMED", json!({})),
        ("TEAM_CLOSED", json!({})),
        ("MEMBER_JOINED", member.clone()),
        ("MEMBER_CHANGED", member),
        ("MEMBER_REMOVED", json!({ "user": MEMBER })),
        (
            "OWNERSHIP_TRANSFERRED",
            json!({ "from": MEMBER, "fromRoles": [], "to": MEMBER, "toRoles": ["ACCOUNT_HOLDER"] }),
        ),
        ("APP_REGISTERED", json!({ "app": "42", "bundleId": "com.example.app" })),
        ("APP_REMOVED", json!({ "app": "42" })),
        (
            "KEY_GENERATED",
            json!({ "key": TEAM_KEY, "keyType": "TEAM", "holder": { "TEAM_WITH_ROLES": ["ADMIN"] }, "point": POINT }),
        ),
        ("KEY_REVOKED", json!({ "key": TEAM_KEY })),
    ];
    let of_installation = [
        ("LEDGER_BEGUN", json!({ "epoch": EPOCH })),
        ("LEDGER_RESTORED", json!({ "epoch": EPOCH })),
        ("CATALOG_ADOPTED", json!({ "name": "appstore", "fingerprint": "9c1e", "text": "name = 1" })),
    ];
    let of_team = bodies.into_iter().map(|(kind, mut body)| {
        body["team"] = TEAM.into();
        (kind, body)
    });
    let named = of_team.chain(of_installation).map(|(kind, mut body)| {
        body["kind"] = kind.into();
        body["position"] = 414.into();
        body
    });
    named.collect()
}

#[test]
fn every_fact_is_read_and_written_as_it_was() {
    for written in facts() {
        let fact: Fact =
            serde_json::from_value(written.clone()).unwrap_or_else(|fault| panic!("{written}: {fault}"));
        assert_eq!(fact.about.kind(), written["kind"]);
        assert_eq!(serde_json::to_value(&fact).unwrap(), written);
    }
}

#[test]
fn the_documentation_lists_these_kinds_and_no_others() {
    let page = include_str!("../../../../docs/feed.md");
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    let kinds = rows.filter_map(|row| row.split('|').nth(1)).flat_map(|cell| cell.split(','));
    let mut listed: Vec<_> = kinds.map(|kind| kind.trim().trim_matches('`').to_owned()).collect();
    let mut known: Vec<_> = facts().iter().map(|fact| fact["kind"].as_str().unwrap().to_owned()).collect();
    listed.sort_unstable();
    known.sort_unstable();
    assert_eq!(listed, known);
}

#[test]
fn a_kind_or_a_member_that_is_not_known_is_an_error() {
    let revoked = json!({ "position": 1, "kind": "KEY_REVOKED", "team": TEAM, "key": TEAM_KEY });
    let with = |name: &str, value: Value| {
        let mut fact = revoked.clone();
        fact[name] = value;
        serde_json::from_value::<Fact>(fact).unwrap_err().to_string()
    };
    let without = |name: &str| {
        let mut fact = revoked.clone();
        fact.as_object_mut().unwrap().remove(name);
        serde_json::from_value::<Fact>(fact).unwrap_err().to_string()
    };
    for (found, expected) in [
        (
            with("kind", "KEY_RENEWED".into()),
            "the kind of fact KEY_RENEWED is not known to this release: use a newer one",
        ),
        (with("app", "42".into()), "a fact KEY_REVOKED has a member that does not belong in it"),
        (without("key"), "a fact KEY_REVOKED needs key"),
        (without("team"), "a fact KEY_REVOKED needs team"),
        (without("position"), "a fact KEY_REVOKED needs position"),
    ] {
        assert!(found.starts_with(expected), "{found}");
    }
    assert!(with("until", 7.into()).starts_with("unknown field `until`"));
    assert!(with("key", "short".into()).contains("a key id must be"));
}

#[test]
fn an_answer_of_the_feed_is_read_as_the_documentation_writes_it() {
    let snapshot = json!({
        "epoch": EPOCH, "head": 412, "time": "2026-11-21T13:40:00Z", "age": 120,
        "catalog": { "name": "appstore", "fingerprint": "9c1e", "text": "name = \"appstore\"" },
        "through": { "position": 412, "hash": HASH },
        "teams": [{
            "team": TEAM, "standing": "ACTIVE", "access": "APPROVED",
            "members": [{ "user": MEMBER, "roles": ["DEVELOPER"], "sees": "ALL_APPS", "provisioningAllowed": false }],
            "apps": [{ "app": "1234567890", "bundleId": "com.example.app" }],
            "keys": [{ "key": TEAM_KEY, "keyType": "TEAM", "holder": { "TEAM_WITH_ROLES": ["ADMIN"] }, "point": POINT, "active": true }],
        }],
    });
    let read: Snapshot = serde_json::from_value(snapshot.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), snapshot);
    let news = json!({
        "epoch": EPOCH, "head": 414, "time": "2026-11-21T13:40:00Z", "age": 0, "catalog": null,
        "through": { "position": 414 }, "facts": facts(),
    });
    let read: News = serde_json::from_value(news.clone()).unwrap();
    assert_eq!((read.facts.len(), read.through.hash), (19, None));
    assert_eq!(serde_json::to_value(&read).unwrap(), news);
    let mut more = news;
    more["revoked"] = json!([]);
    assert!(serde_json::from_value::<News>(more).is_err());
}

#[test]
fn an_event_of_joining_is_told_with_what_the_invitation_says() {
    let event = |event: Value| Entry {
        of: counterfoil_core::event::Stream::Team(issuer(TEAM)),
        at: Timestamp::from_seconds(NOW),
        by: counterfoil_core::event::Actor::Operator,
        event: serde_json::from_value(event).unwrap(),
    };
    let opened =
        event(json!({ "TEAM_OPENED": { "name": "A", "owner": MEMBER, "roles": ["ACCOUNT_HOLDER"] } }));
    let invitation = "0e000000-0000-0000-0000-0000000000aa";
    let joining = "0e000000-0000-0000-0000-000000000002";
    let invited = event(json!({ "MEMBER_INVITED": {
        "invitation": invitation, "roles": ["SALES"], "sees": { "APPS": ["42"] },
        "provisioning_allowed": true, "expires_at": 1_900_000_000_000_i64 } }));
    let joined = event(json!({ "MEMBER_JOINED": { "invitation": invitation, "member": joining } }));
    let mut team = Team::opened(issuer(TEAM), opened.at, &opened.event).unwrap();
    for entry in [&invited, &joined] {
        team.apply(entry.at, entry.by, &entry.event);
    }
    let fact = Fact::of(Position(3), &joined, Some(&team)).unwrap();
    let expected = json!({ "position": 3, "kind": "MEMBER_JOINED", "team": TEAM, "user": joining,
        "roles": ["SALES"], "sees": { "APPS": ["42"] }, "provisioningAllowed": true });
    assert_eq!(serde_json::to_value(&fact).unwrap(), expected);
    assert_eq!(Fact::of(Position(2), &invited, Some(&team)), None);
    let facts = facts_of_team(&team);
    assert_eq!((facts.members.len(), facts.members[1].roles.clone()), (2, roles(&["SALES"])));
}

#[test]
fn a_team_that_is_opened_and_given_access_by_facts_is_as_one_of_a_snapshot() {
    let bed = Bed::with(Default::default(), counterfoil_core::catalog::Catalog::appstore(), Vec::new());
    let token = team_token(TEAM_KEY).token();
    let unknown = Some(Reason::Unproven(Unproven::UnknownKey));
    assert_eq!(bed.reason("GET", "/v1/apps", &token), unknown);
    bed.tell(TeamFact::Opened { user: member_id(MEMBER), roles: roles(&["ACCOUNT_HOLDER"]) });
    bed.tell(TeamFact::AccessApproved);
    for (id, kind, holder) in [
        (TEAM_KEY, "TEAM", Holding::TeamWithRoles(roles(&["ADMIN"]))),
        (PERSONS_KEY, "INDIVIDUAL", Holding::Member(member_id(MEMBER))),
    ] {
        let facts = key_facts(id, kind, holder);
        let key = counterfoil_verify::fact::NewKey {
            key: facts.key,
            kind: facts.key_type,
            holder: facts.holder,
            point: facts.point,
        };
        bed.tell(TeamFact::KeyGenerated(key.clone()));
        bed.tell(TeamFact::KeyGenerated(key));
    }
    assert_eq!(bed.reason("GET", "/v1/apps", &token), None);
    assert_eq!(bed.reason("GET", "/v1/users", &persons_token(PERSONS_KEY).token()), None);
    assert_eq!(bed.verifier.key_count(), 2);
    bed.revoke(TEAM_KEY);
    let facts = key_facts(TEAM_KEY, "TEAM", Holding::TeamWithRoles(Roles::none()));
    let again = counterfoil_verify::fact::NewKey {
        key: facts.key,
        kind: facts.key_type,
        holder: facts.holder,
        point: facts.point,
    };
    bed.tell(TeamFact::KeyGenerated(again));
    assert_eq!(bed.reason("GET", "/v1/apps", &token), Some(Reason::Unproven(Unproven::Revoked)));
}

#[test]
fn what_does_not_fit_is_refused_and_changes_nothing() {
    let bed = Bed::new();
    let apply = |position, about| bed.verifier.apply(&Fact { position: Position(position), about });
    let revoked = About::Team(issuer(TEAM), TeamFact::KeyRevoked { key: key_id(TEAM_KEY) });
    let other_team = issuer("11111111-96fe-1a63-e053-0824d011072a");
    let other_epoch = EpochId::try_from("11111111-0000-0000-0000-000000000000").unwrap();
    assert_eq!(apply(100, revoked.clone()), Err(Misfit::OutOfOrder(Position(100))));
    assert_eq!(
        apply(101, About::Team(other_team, TeamFact::Suspended)),
        Err(Misfit::UnknownTeam(Position(101)))
    );
    assert_eq!(apply(101, About::LedgerRestored(other_epoch)), Err(Misfit::OtherEpoch(Position(101))));
    assert_eq!(bed.reason("GET", "/v1/apps", &team_token(TEAM_KEY).token()), None);
    assert_eq!(bed.verifier.place().unwrap().position, Position(100));
    assert_eq!(apply(101, revoked.clone()), Ok(()));
    assert_eq!(apply(101, revoked), Err(Misfit::OutOfOrder(Position(101))));
}

#[test]
fn the_place_goes_on_with_what_was_read_and_never_back_nor_into_another_epoch() {
    let bed = Bed::new();
    let place = |position, hash| Place {
        epoch: EpochId::try_from(EPOCH).unwrap(),
        position: Position(position),
        hash: ChainHash([hash; 32]),
    };
    assert_eq!(bed.verifier.place(), Some(place(100, 7)));
    bed.verifier.read_through(place(105, 8));
    bed.verifier.read_through(place(104, 9));
    bed.verifier.read_through(Place { epoch: EpochId::try_from(TEAM).unwrap(), ..place(200, 1) });
    assert_eq!(bed.verifier.place(), Some(place(105, 8)));
}

#[test]
fn every_event_that_means_something_to_a_verdict_has_a_fact() {
    let golden = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../core/tests/golden")).unwrap();
    let mut told = Vec::new();
    for file in golden {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for line in text.lines() {
            let entry = Entry::from_bytes(line.as_bytes()).unwrap();
            let is_joining = matches!(entry.event, Event::MemberJoined { .. });
            let fact = Fact::of(Position(1), &entry, None);
            if let Some(fact) = &fact {
                assert_eq!(fact.about.kind(), entry.event.name());
            }
            if fact.is_some() || is_joining {
                told.push(entry.event.name().to_owned());
            }
        }
    }
    told.sort_unstable();
    told.dedup();
    let mut known: Vec<_> = facts().iter().map(|fact| fact["kind"].as_str().unwrap().to_owned()).collect();
    known.sort_unstable();
    assert_eq!(told, known);
}
