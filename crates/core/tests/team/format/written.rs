//! What the golden files mean.

use crate::stage::{app_id, apps, kind_name, remark, roles};
use counterfoil_core::event::{Actor, Entry, Event, Holding, PrivateHalfAt, RevocationReason, Sees, Stream};
use counterfoil_core::half::PublicHalf;
use counterfoil_core::id::{
    AppName, BundleId, EpochId, InvitationId, IssuerId, KeyId, KeyName, MemberId, TeamName,
};
use counterfoil_core::rotation::RotationAge;
use counterfoil_core::time::Timestamp;

/// One entry for each golden line of this format level.
pub(crate) fn entries() -> Vec<Entry> {
    [installation(), team_itself(), people(), apps_of_team(), keys(), revocations()].concat()
}

const AT: Timestamp = Timestamp::from_millis(1_795_276_800_123);
const LATER: Timestamp = Timestamp::from_millis(1_795_536_000_000);

fn entry(of: Stream, by: Actor, event: Event) -> Entry {
    Entry { of, at: AT, by, event }
}

fn of_installation(event: Event) -> Entry {
    entry(Stream::Installation, Actor::Operator, event)
}

fn of_team(by: Actor, event: Event) -> Entry {
    entry(Stream::Team(IssuerId::try_from("57246542-96fe-1a63-e053-0824d011072a").unwrap()), by, event)
}

fn ada() -> MemberId {
    MemberId::try_from("0b5e9f8c-3f0e-4c11-9a51-7d2f7a0c1e01").unwrap()
}

fn bob() -> MemberId {
    MemberId::try_from("5f1c2d3e-4b5a-4968-8776-655443322110").unwrap()
}

fn key() -> KeyId {
    KeyId::try_from("2X9R4HXF34").unwrap()
}

fn installation() -> Vec<Entry> {
    let epoch = EpochId::try_from("c0ffee00-0000-4000-8000-000000000001").unwrap();
    let next = EpochId::try_from("c0ffee00-0000-4000-8000-000000000002").unwrap();
    let fingerprint = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned();
    vec![
        of_installation(Event::LedgerBegun { epoch }),
        of_installation(Event::LedgerRestored { epoch: next, revocations_missing_since: LATER }),
        of_installation(Event::FormatRaised { level: 2 }),
        of_installation(Event::CatalogAdopted { name: "appstore".into(), fingerprint }),
        of_installation(Event::ReplicaAdded { name: "edge \"1\"".into() }),
        of_installation(Event::ReplicaRemoved { name: "edge \"1\"".into() }),
        of_installation(Event::SealRotated),
    ]
}

fn team_itself() -> Vec<Entry> {
    let name = TeamName::try_from("Obst & Gemüse „Süd“ 🍐").unwrap();
    let first = roles(&["ACCOUNT_HOLDER", "GENERATE_INDIVIDUAL_KEYS"]);
    let why = || [None, Some(remark("Said \"no\" \\ twice."))];
    let mut entries = vec![
        of_team(Actor::Operator, Event::TeamOpened { name, owner: ada(), roles: first }),
        of_team(Actor::User(ada()), Event::AccessRequested { terms: "Keep it secret.\n".into() }),
        of_team(Actor::Operator, Event::AccessApproved),
        of_team(Actor::Operator, Event::TeamResumed),
    ];
    for reason in why() {
        entries.push(of_team(Actor::Operator, Event::AccessDeclined { reason: reason.clone() }));
        entries.push(of_team(Actor::Operator, Event::AccessWithdrawn { reason: reason.clone() }));
        entries.push(of_team(Actor::Operator, Event::TeamSuspended { reason: reason.clone() }));
        entries.push(of_team(Actor::Operator, Event::TeamClosed { reason }));
    }
    entries
}

fn people() -> Vec<Entry> {
    let invitation = InvitationId::try_from("1a2b3c4d-5e6f-4071-8293-a4b5c6d7e8f9").unwrap();
    let admin = || roles(&["ADMIN", "GENERATE_INDIVIDUAL_KEYS"]);
    let mut entries = vec![
        of_team(Actor::User(ada()), Event::InvitationCancelled { invitation }),
        of_team(Actor::User(bob()), Event::MemberJoined { invitation, member: bob() }),
        of_team(Actor::User(ada()), Event::MemberRemoved { member: bob() }),
        of_team(
            Actor::User(ada()),
            Event::OwnershipTransferred {
                from: ada(),
                from_roles: admin(),
                to: bob(),
                to_roles: roles(&["ACCOUNT_HOLDER"]),
            },
        ),
    ];
    for (sees, allowed) in
        [(Sees::AllApps, true), (apps(&["6446048195", "pear.1_x-y"]), false), (apps(&[]), false)]
    {
        entries.push(of_team(
            Actor::ApiKey(key()),
            Event::MemberInvited {
                invitation,
                roles: admin(),
                sees: sees.clone(),
                provisioning_allowed: allowed,
                expires_at: LATER,
            },
        ));
        entries.push(of_team(
            Actor::User(ada()),
            Event::MemberChanged {
                member: bob(),
                roles: roles(&["SALES"]),
                sees,
                provisioning_allowed: allowed,
            },
        ));
    }
    entries
}

fn apps_of_team() -> Vec<Entry> {
    let bundle = BundleId::try_from("com.example.Pear-2_x").unwrap();
    let name = AppName::try_from("Birne für alle").unwrap();
    vec![
        of_team(Actor::User(ada()), Event::AppRegistered { app: app_id("6446048195"), bundle, name }),
        of_team(Actor::User(ada()), Event::AppRemoved { app: app_id("6446048195") }),
        of_team(Actor::User(ada()), Event::RotationAgeSet { age: RotationAge::Days(90) }),
        of_team(Actor::User(ada()), Event::RotationAgeSet { age: RotationAge::Never }),
    ]
}

fn keys() -> Vec<Entry> {
    let holders = [
        ("TEAM", Holding::TeamWithRoles(roles(&["APP_MANAGER", "DEVELOPER"])), PrivateHalfAt::Issuer),
        ("TEAM", Holding::TeamWithRoles(roles(&["ADMIN"])), PrivateHalfAt::Holder),
        ("IN_APP_PURCHASE", Holding::Team, PrivateHalfAt::Issuer),
        ("INDIVIDUAL", Holding::Member(bob()), PrivateHalfAt::Holder),
    ];
    let generated = holders.map(|(kind, holder, private)| Event::KeyGenerated {
        key: key(),
        kind: kind_name(kind),
        name: KeyName::try_from("Nachtschicht – CI 🚚").unwrap(),
        holder,
        public: generator(),
        private,
    });
    let others = [Event::KeyDownloaded { key: key() }, Event::HalfErased { key: key() }];
    generated.into_iter().chain(others).map(|event| of_team(Actor::User(bob()), event)).collect()
}

fn revocations() -> Vec<Entry> {
    let actors =
        [Actor::User(ada()), Actor::Holder(key()), Actor::ApiKey(key()), Actor::Operator, Actor::User(bob())];
    let remarks = [None, Some(remark("Found on a bus.")), None, None, Some(remark("Gone."))];
    let all = RevocationReason::ALL.into_iter().zip(actors).zip(remarks);
    all.map(|((reason, by), remark)| of_team(by, Event::KeyRevoked { key: key(), reason, remark })).collect()
}

/// The curve's own generator: a point that everybody knows.
fn generator() -> PublicHalf {
    let point = "BGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU";
    serde_json::from_value(point.into()).unwrap()
}
