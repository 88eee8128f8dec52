//! Events by chance: well formed, often about the same few things, never in a sensible order.

use crate::stage::{invitation_id, key_id, member_id, roles};
use counterfoil_core::event::{Actor, Entry, Event, Holding, PrivateHalfAt, RevocationReason, Sees, Stream};
use counterfoil_core::half::PublicHalf;
use counterfoil_core::id::{
    AppId, AppName, BundleId, EpochId, InvitationId, IssuerId, KeyId, KeyName, KindName, MemberId, Remark,
    TeamName,
};
use counterfoil_core::roles::Roles;
use counterfoil_core::rotation::RotationAge;
use counterfoil_core::time::Timestamp;
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// Any row of the ledger.
pub(crate) fn entry() -> impl Strategy<Value = Entry> {
    let stream = prop_oneof![Just(Stream::Installation), issuer().prop_map(Stream::Team)];
    let event = prop_oneof![1 => installation_event(), 4 => team_event()];
    (stream, timestamp(), actor(), event).prop_map(|(of, at, by, event)| Entry { of, at, by, event })
}

/// Anything that can happen to a team, mostly to a few members, invitations and keys.
pub(crate) fn team_event() -> impl Strategy<Value = Event> {
    prop_oneof![1 => team_itself(), 3 => to_people(), 1 => to_apps(), 4 => to_keys()]
}

fn installation_event() -> impl Strategy<Value = Event> {
    let text = || ".{0,40}";
    prop_oneof![
        epoch().prop_map(|epoch| Event::LedgerBegun { epoch }),
        (epoch(), timestamp())
            .prop_map(|(epoch, at)| Event::LedgerRestored { epoch, revocations_missing_since: at }),
        any::<u32>().prop_map(|level| Event::FormatRaised { level }),
        (text(), text()).prop_map(|(name, fingerprint)| Event::CatalogAdopted { name, fingerprint }),
        text().prop_map(|name| Event::ReplicaAdded { name }),
        text().prop_map(|name| Event::ReplicaRemoved { name }),
        Just(Event::SealRotated),
    ]
}

fn team_itself() -> impl Strategy<Value = Event> {
    prop_oneof![
        (text::<TeamName>(100), member(), some_roles()).prop_map(|(name, owner, roles)| Event::TeamOpened {
            name,
            owner,
            roles
        }),
        ".{0,40}".prop_map(|terms| Event::AccessRequested { terms }),
        Just(Event::AccessApproved),
        option::of(text(500)).prop_map(|reason| Event::AccessDeclined { reason }),
        option::of(text(500)).prop_map(|reason| Event::AccessWithdrawn { reason }),
        option::of(text(500)).prop_map(|reason| Event::TeamSuspended { reason }),
        Just(Event::TeamResumed),
        option::of(text(500)).prop_map(|reason| Event::TeamClosed { reason }),
    ]
}

fn to_people() -> impl Strategy<Value = Event> {
    prop_oneof![
        (invitation(), some_roles(), sight(), any::<bool>(), timestamp()).prop_map(
            |(invitation, roles, sees, provisioning_allowed, expires_at)| Event::MemberInvited {
                invitation,
                roles,
                sees,
                provisioning_allowed,
                expires_at,
            }
        ),
        invitation().prop_map(|invitation| Event::InvitationCancelled { invitation }),
        (invitation(), member()).prop_map(|(invitation, member)| Event::MemberJoined { invitation, member }),
        (member(), some_roles(), sight(), any::<bool>()).prop_map(
            |(member, roles, sees, provisioning_allowed)| {
                Event::MemberChanged { member, roles, sees, provisioning_allowed }
            }
        ),
        member().prop_map(|member| Event::MemberRemoved { member }),
        (member(), some_roles(), member(), some_roles()).prop_map(|(from, from_roles, to, to_roles)| {
            Event::OwnershipTransferred { from, from_roles, to, to_roles }
        }),
    ]
}

fn to_apps() -> impl Strategy<Value = Event> {
    prop_oneof![
        (app(), bundle(), text::<AppName>(100)).prop_map(|(app, bundle, name)| Event::AppRegistered {
            app,
            bundle,
            name
        }),
        app().prop_map(|app| Event::AppRemoved { app }),
        (1..=3650_u16).prop_map(|days| Event::RotationAgeSet { age: RotationAge::Days(days) }),
        Just(Event::RotationAgeSet { age: RotationAge::Never }),
    ]
}

fn to_keys() -> impl Strategy<Value = Event> {
    let holder = prop_oneof![
        some_roles().prop_map(Holding::TeamWithRoles),
        Just(Holding::Team),
        member().prop_map(Holding::Member),
    ];
    let private = select(vec![PrivateHalfAt::Issuer, PrivateHalfAt::Holder]);
    let reason = select(RevocationReason::ALL.to_vec());
    prop_oneof![
        (key(), kind(), text::<KeyName>(30), holder, public_half(), private).prop_map(
            |(key, kind, name, holder, public, private)| Event::KeyGenerated {
                key,
                kind,
                name,
                holder,
                public,
                private,
            }
        ),
        key().prop_map(|key| Event::KeyDownloaded { key }),
        key().prop_map(|key| Event::HalfErased { key }),
        (key(), reason, option::of(text(500))).prop_map(|(key, reason, remark): (_, _, Option<Remark>)| {
            Event::KeyRevoked { key, reason, remark }
        }),
    ]
}

/// Any actor.
pub(crate) fn actor() -> impl Strategy<Value = Actor> {
    prop_oneof![
        member().prop_map(Actor::User),
        key().prop_map(Actor::ApiKey),
        Just(Actor::Operator),
        key().prop_map(Actor::Holder),
    ]
}

/// Any time, also long before and long after.
pub(crate) fn timestamp() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        4 => 1_799_000_000_000_i64..1_801_000_000_000,
        1 => any::<i64>(),
    ]
    .prop_map(Timestamp::from_millis)
}

/// Free text as people type it, in any script.
fn text<T>(most: usize) -> BoxedStrategy<T>
where
    T: for<'a> TryFrom<&'a str> + std::fmt::Debug + 'static,
{
    let typed = format!(
        "[^\\p{{C}}\\p{{Z}}]([^\\p{{C}}\\p{{Zl}}\\p{{Zp}}]{{0,{}}}[^\\p{{C}}\\p{{Z}}])?",
        most.min(60) - 2
    );
    let typed = proptest::string::string_regex(&typed).expect("a pattern");
    typed.prop_filter_map("well formed", |text| T::try_from(text.as_str()).ok()).boxed()
}

fn member() -> impl Strategy<Value = MemberId> {
    prop_oneof![9 => (1..8_u32).prop_map(member_id), 1 => any::<[u8; 16]>().prop_map(MemberId::from_random)]
}

fn invitation() -> impl Strategy<Value = InvitationId> {
    prop_oneof![
        9 => (1..5_u32).prop_map(invitation_id),
        1 => any::<[u8; 16]>().prop_map(InvitationId::from_random),
    ]
}

fn key() -> impl Strategy<Value = KeyId> {
    prop_oneof![9 => (1..6_u32).prop_map(key_id), 1 => vec(any::<u8>(), 40).prop_map(random_key)]
}

fn random_key(random: Vec<u8>) -> KeyId {
    KeyId::from_random(random.try_into().expect("forty bytes"))
}

fn issuer() -> impl Strategy<Value = IssuerId> {
    any::<[u8; 16]>().prop_map(IssuerId::from_random)
}

fn epoch() -> impl Strategy<Value = EpochId> {
    any::<[u8; 16]>().prop_map(EpochId::from_random)
}

fn kind() -> impl Strategy<Value = KindName> {
    let kinds = ["TEAM", "INDIVIDUAL", "IN_APP_PURCHASE", "NO_KIND_ANY_MORE"];
    select(kinds.to_vec()).prop_map(crate::stage::kind_name)
}

fn some_roles() -> impl Strategy<Value = Roles> {
    let names = [
        "ACCOUNT_HOLDER",
        "ADMIN",
        "DEVELOPER",
        "SALES",
        "GENERATE_INDIVIDUAL_KEYS",
        "NO_ROLE_ANY_MORE",
        "_",
    ];
    vec(select(names.to_vec()), 0..4).prop_map(|names| roles(&names))
}

fn app() -> impl Strategy<Value = AppId> {
    prop_oneof![9 => "app[0-7]", 1 => "[a-zA-Z0-9._-]{1,64}"].prop_map(|text| crate::stage::app_id(&text))
}

fn bundle() -> impl Strategy<Value = BundleId> {
    "[a-zA-Z0-9._-]{1,155}".prop_map(|text| BundleId::try_from(text.as_str()).expect("a bundle id"))
}

fn sight() -> impl Strategy<Value = Sees> {
    prop_oneof![Just(Sees::AllApps), btree_set(app(), 0..4).prop_map(Sees::Apps)]
}

fn public_half() -> impl Strategy<Value = PublicHalf> {
    any::<u32>().prop_map(crate::stage::half)
}
