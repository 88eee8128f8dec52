//! The records: what is known of keys, teams and members at this moment.

use super::Bell;
use crate::limits::Seconds;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{Mutex, MutexGuard, PoisonError};
use arc_swap::ArcSwap;
use counterfoil_core::event::Sees;
use counterfoil_core::half::PublicHalf;
use counterfoil_core::id::{AppId, BundleId, IssuerId, KeyId, KindName, MemberId, RoleName};
use counterfoil_core::roles::Roles;
use http::HeaderValue;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

/// All records of one epoch of the ledger.
#[derive(Default)]
pub(crate) struct Records {
    keys: papaya::HashMap<KeyId, Arc<KeyRecord>>,
    /// For the writer alone; readers come here by way of a key.
    teams: Mutex<HashMap<IssuerId, Arc<TeamRecord>>>,
}

impl Records {
    pub(crate) fn with_capacity(keys: usize) -> Self {
        Self { keys: papaya::HashMap::with_capacity(keys), teams: Mutex::default() }
    }

    pub(crate) fn key(&self, id: KeyId) -> Option<Arc<KeyRecord>> {
        self.keys.pin().get(&id).cloned()
    }

    pub(crate) fn key_count(&self) -> usize {
        self.keys.len()
    }

    /// Adds a key; one that is there stays as it is, since no event makes a revoked key anew.
    pub(super) fn add_key(&self, id: KeyId, key: KeyRecord) {
        self.keys.pin().get_or_insert_with(id, || Arc::new(key));
    }

    pub(super) fn teams(&self) -> MutexGuard<'_, HashMap<IssuerId, Arc<TeamRecord>>> {
        self.teams.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes every stream: none of these records will be asked again.
    pub(crate) fn ring_all(&self) {
        self.teams().values().for_each(|team| team.bell.ring());
    }
}

/// A key. Only whether it is revoked ever changes.
pub(crate) struct KeyRecord {
    pub(crate) half: PublicHalf,
    active: AtomicBool,
    pub(crate) kind: Arc<KindName>,
    pub(crate) holder: Holder,
    pub(crate) team: Arc<TeamRecord>,
}

/// Whose a key is, and where its roles stand.
pub(crate) enum Holder {
    Team,
    TeamWithRoles(Arc<RoleSet>),
    Member(Arc<MemberRecord>),
}

impl KeyRecord {
    pub(super) const fn new(
        half: PublicHalf,
        active: bool,
        kind: Arc<KindName>,
        holder: Holder,
        team: Arc<TeamRecord>,
    ) -> Self {
        Self { half, active: AtomicBool::new(active), kind, holder, team }
    }

    pub(crate) fn is_active(&self) -> bool {
        self.active.load(Ordering::Acquire)
    }

    pub(super) fn revoke(&self) {
        self.active.store(false, Ordering::Release);
        self.team.bell.ring();
    }
}

/// A team.
pub(crate) struct TeamRecord {
    pub(crate) id: IssuerId,
    suspended: AtomicBool,
    closed: AtomicBool,
    has_access: AtomicBool,
    pub(crate) apps: ArcSwap<BTreeMap<AppId, BundleId>>,
    /// Whoever was ever a member; who is one no more has nothing left. For the writer alone.
    members: Mutex<HashMap<MemberId, Arc<MemberRecord>>>,
    /// Rings after every change of what the team's keys may do.
    pub(crate) bell: Bell,
    seconds: OnceLock<Box<Seconds>>,
}

impl TeamRecord {
    pub(super) fn new(id: IssuerId) -> Self {
        Self {
            id,
            suspended: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            has_access: AtomicBool::new(false),
            apps: ArcSwap::default(),
            members: Mutex::default(),
            bell: Bell::default(),
            seconds: OnceLock::new(),
        }
    }

    pub(crate) fn is_suspended(&self) -> bool {
        self.suspended.load(Ordering::Acquire)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    pub(crate) fn has_access(&self) -> bool {
        self.has_access.load(Ordering::Acquire)
    }

    pub(crate) fn owns(&self, bundle: &BundleId) -> bool {
        self.apps.load().values().any(|owned| owned == bundle)
    }

    /// What the team's apps have used of their limits a second.
    pub(crate) fn seconds(&self) -> &Seconds {
        self.seconds.get_or_init(Box::default)
    }

    pub(super) fn set_suspended(&self, suspended: bool) {
        self.suspended.store(suspended, Ordering::Release);
        self.bell.ring();
    }

    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.bell.ring();
    }

    pub(super) fn set_access(&self, has_access: bool) {
        self.has_access.store(has_access, Ordering::Release);
        self.bell.ring();
    }

    pub(super) fn members(&self) -> MutexGuard<'_, HashMap<MemberId, Arc<MemberRecord>>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A member. What there is of it is replaced as one, so that nobody sees half a change.
pub(crate) struct MemberRecord {
    pub(crate) id: MemberId,
    state: ArcSwap<MemberState>,
}

/// A member at one moment.
#[derive(Clone)]
pub(crate) struct MemberState {
    /// Whether the membership goes on; without it, the rest is empty.
    pub(crate) is_member: bool,
    pub(crate) roles: Arc<RoleSet>,
    pub(crate) sees: Sees,
    /// The apps that are seen, for the upstream; `None` if all are.
    pub(crate) apps: Option<HeaderValue>,
}

impl MemberRecord {
    pub(super) fn new(id: MemberId, state: MemberState) -> Self {
        Self { id, state: ArcSwap::from_pointee(state) }
    }

    pub(crate) fn state(&self) -> Arc<MemberState> {
        self.state.load_full()
    }

    pub(super) fn set(&self, state: MemberState) {
        self.state.store(Arc::new(state));
    }
}

impl MemberState {
    pub(super) fn new(roles: Arc<RoleSet>, sees: Sees) -> Self {
        let apps = apps_header(&sees);
        Self { is_member: true, roles, sees, apps }
    }

    /// Of somebody who is not, or no longer, a member.
    pub(super) fn gone(no_roles: Arc<RoleSet>) -> Self {
        Self { is_member: false, ..Self::new(no_roles, Sees::Apps(Default::default())) }
    }

    pub(crate) fn sees(&self, app: &str) -> bool {
        match &self.sees {
            Sees::AllApps => true,
            Sees::Apps(apps) => apps.contains(app),
        }
    }
}

fn apps_header(sees: &Sees) -> Option<HeaderValue> {
    match sees {
        Sees::AllApps => None,
        Sees::Apps(apps) => Some(header(&joined(apps.iter().map(AppId::as_str)))),
    }
}

/// A set of roles. Equal ones are one record, so that what a catalog says of them is worked out once.
pub(crate) struct RoleSet {
    /// Where in the rules' tables it stands.
    pub(crate) number: usize,
    pub(crate) roles: Roles,
    pub(crate) header: HeaderValue,
}

impl RoleSet {
    pub(super) fn new(number: usize, roles: Roles) -> Self {
        let header = header(&joined(roles.iter().map(RoleName::as_str)));
        Self { number, roles, header }
    }
}

fn joined<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    texts.collect::<Vec<_>>().join(",")
}

/// Of ids and names, which are printable ASCII by their own rules.
pub(crate) fn header(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
}
