//! What is open to a request that may pass.

use crate::registry::{Holder, MemberState, RoleSet};
use crate::rules::Rules;
use crate::tokens::Known;
use counterfoil_core::catalog::{Access, Service};
use counterfoil_core::event::Sees;
use counterfoil_core::id::{BundleId, GroupName, IssuerId, KeyId, KindName, MemberId};
use counterfoil_core::roles::Roles;
use counterfoil_core::time::Timestamp;
use http::{HeaderName, HeaderValue};
use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

/// Who may pass, and with what. Cheap to clone.
#[derive(Clone)]
pub struct Allowed {
    pub(crate) known: Arc<Known>,
    /// The key's member as the verdict found him, if it is a person's key.
    pub(crate) member: Option<Arc<MemberState>>,
    /// The number of the group.
    pub(crate) group: usize,
    pub(crate) access: Access,
}

static TEAM: HeaderName = HeaderName::from_static("x-counterfoil-team");
static KEY: HeaderName = HeaderName::from_static("x-counterfoil-key");
static KIND: HeaderName = HeaderName::from_static("x-counterfoil-kind");
static ROLES: HeaderName = HeaderName::from_static("x-counterfoil-roles");
static GROUP: HeaderName = HeaderName::from_static("x-counterfoil-group");
static USER: HeaderName = HeaderName::from_static("x-counterfoil-user");
static APPS: HeaderName = HeaderName::from_static("x-counterfoil-apps");
static BUNDLE: HeaderName = HeaderName::from_static("x-counterfoil-bundle");

static ALL_APPS: Sees = Sees::AllApps;

impl Allowed {
    /// The team.
    #[must_use]
    pub fn team(&self) -> IssuerId {
        self.known.hot.team
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> KeyId {
        self.known.hot.key
    }

    /// The key's kind.
    #[must_use]
    pub fn kind(&self) -> &KindName {
        &self.known.record.kind
    }

    /// The roles at this moment; `None` for a key that has none and opens its services whole.
    #[must_use]
    pub fn roles(&self) -> Option<&Roles> {
        self.role_set().map(|set| &set.roles)
    }

    /// The group of endpoints.
    #[must_use]
    pub fn group(&self) -> Option<&GroupName> {
        self.rules().group(self.group).map(|group| &group.name)
    }

    /// Whether it reads or writes.
    #[must_use]
    pub const fn access(&self) -> Access {
        self.access
    }

    /// The user whose key it is.
    #[must_use]
    pub fn user(&self) -> Option<MemberId> {
        match &self.known.record.holder {
            Holder::Member(member) => Some(member.id),
            Holder::Team | Holder::TeamWithRoles(_) => None,
        }
    }

    /// Which apps are seen.
    #[must_use]
    pub fn sees(&self) -> &Sees {
        self.member.as_ref().map_or(&ALL_APPS, |member| &member.sees)
    }

    /// The app that the token is for, if its kind of key names one.
    #[must_use]
    pub fn bundle(&self) -> Option<&BundleId> {
        self.known.token.bundle()
    }

    /// When the token stops being good: its expiry and the leeway.
    #[must_use]
    pub fn good_until(&self) -> Timestamp {
        self.known.token.good_until()
    }

    /// Whether a stream that was let in may go on after that.
    #[must_use]
    pub fn streams_outlive_token(&self) -> bool {
        self.service().is_some_and(|service| service.streams_outlive_token)
    }

    /// What tells when a stream must end: the key was revoked, or may not do this any more.
    #[must_use]
    pub fn live(&self) -> Live {
        Live(self.clone())
    }

    /// The headers that tell the upstream who asks. Nothing is formatted here: the values are there already.
    pub fn headers(&self) -> impl Iterator<Item = (&'static HeaderName, HeaderValue)> + use<> {
        let hot = &self.known.hot;
        let kind = self.rules().kind(self.known.kind).map(|kind| kind.header.clone());
        let user = self.user().map(|user| crate::registry::header(&user.to_string()));
        let bundle = self.bundle().map(|bundle| crate::registry::header(bundle.as_str()));
        let headers = [
            (&TEAM, Some(hot.team_header.clone())),
            (&KEY, Some(hot.key_header.clone())),
            (&KIND, kind),
            (&ROLES, self.role_set().map(|set| set.header.clone())),
            (&GROUP, self.rules().group_header(self.group).cloned()),
            (&USER, user),
            (&APPS, self.member.as_ref().and_then(|member| member.apps.clone())),
            (&BUNDLE, bundle),
        ];
        headers.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }

    fn role_set(&self) -> Option<&RoleSet> {
        match (&self.member, &self.known.record.holder) {
            (Some(member), _) => Some(&member.roles),
            (None, Holder::TeamWithRoles(roles)) => Some(roles),
            (None, Holder::Team | Holder::Member(_)) => None,
        }
    }

    fn service(&self) -> Option<&Service> {
        self.rules().service(self.known.service)
    }

    fn rules(&self) -> &Rules {
        &self.known.world.rules
    }
}

impl fmt::Debug for Allowed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Allowed")
            .field("team", &self.team())
            .field("key", &self.key())
            .field("group", &self.group())
            .finish_non_exhaustive()
    }
}

/// Tells when a stream that was let in must end, whatever its token's expiry.
#[derive(Clone, Debug)]
pub struct Live(Allowed);

impl Live {
    /// Whether it may go on: the key, its team and its member are as good as they were for what was
    /// let in. Another catalog and another epoch of the ledger end it too.
    #[must_use]
    pub fn is_live(&self) -> bool {
        let Known { world, record, kind, .. } = &*self.0.known;
        let team = &record.team;
        let lacks_access =
            || world.rules.kind(*kind).is_none_or(|kind| kind.needs_access) && !team.has_access();
        let is_shut = team.is_suspended() || team.is_closed() || lacks_access();
        !world.is_over() && record.is_active() && !is_shut && self.member_may_go_on()
    }

    /// Waits until it may not go on. Any executor will do; dropping it stops the waiting.
    pub async fn ended(&self) {
        let ear = self.0.known.record.team.bell.ear();
        poll_fn(|context| {
            ear.listen(context.waker());
            if self.is_live() { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
    }

    /// A member who is as before may go on. One who has changed may if his roles still open all of the
    /// group in this way and he sees all apps: which path and app it was is not kept.
    fn member_may_go_on(&self) -> bool {
        let (Some(then), Holder::Member(member)) = (&self.0.member, &self.0.known.record.holder) else {
            return true;
        };
        let now = member.state();
        let opens_all = || self.0.rules().grant(&now.roles, self.0.group).opens_all(self.0.access);
        let sees_as_much = now.sees == Sees::AllApps || now.sees == then.sees;
        let opens_as_much = Arc::ptr_eq(&now.roles, &then.roles) || opens_all();
        now.is_member && sees_as_much && opens_as_much
    }
}
