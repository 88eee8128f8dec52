//! A key as tables and pages show it.

use super::who::Who;
use crate::console::{Moment, TeamVisitor};
use counterfoil_core::catalog::{Catalog, KindHolder};
use counterfoil_core::event::{Actor, RevocationReason};
use counterfoil_core::id::KeyId;
use counterfoil_core::team::{Key, Private, Revocation};
use counterfoil_core::time::Timestamp;

/// A key as tables and pages show it.
pub(in crate::console) struct KeyRow {
    pub(in crate::console) id: KeyId,
    pub(in crate::console) name: String,
    /// The title of its kind.
    pub(in crate::console) kind: String,
    pub(in crate::console) roles: Vec<RoleBadge>,
    /// Its person, if it is one's own.
    pub(in crate::console) person: Option<String>,
    pub(in crate::console) created: Moment,
    pub(in crate::console) created_by: String,
    pub(in crate::console) last_used: Option<Moment>,
    /// Whether this visitor can download the private half now.
    pub(in crate::console) can_download: bool,
    /// Where the private half is, in a sentence.
    pub(in crate::console) half: &'static str,
    pub(in crate::console) revoked: Option<RevokedRow>,
    /// Its page.
    pub(in crate::console) href: String,
}

/// A role of a key.
pub(in crate::console) struct RoleBadge {
    pub(in crate::console) title: String,
    /// Whether the catalog knows it; one that it does not know opens nothing.
    pub(in crate::console) is_known: bool,
}

/// How a key ended.
pub(in crate::console) struct RevokedRow {
    pub(in crate::console) at: Moment,
    pub(in crate::console) by: String,
    pub(in crate::console) reason: &'static str,
    pub(in crate::console) remark: Option<String>,
    /// Whether somebody showed to hold the private half, and ended it by that.
    pub(in crate::console) leaked: bool,
}

impl KeyRow {
    pub(super) fn of(
        visitor: &TeamVisitor,
        who: &Who,
        id: KeyId,
        key: &Key,
        last_used: Option<Timestamp>,
    ) -> Self {
        Self {
            id,
            name: key.name.to_string(),
            kind: kind_title(&visitor.catalog, key),
            roles: badges(visitor, key),
            person: key.member().map(|member| who.member(member)),
            created: key.created_at.into(),
            created_by: who.actor(key.created_by),
            last_used: last_used.map(Moment::from),
            can_download: can_download(visitor, key),
            half: half(key.private),
            revoked: key.revoked.as_deref().map(|revocation| RevokedRow::of(who, revocation)),
            href: visitor.here(&format!("/keys/{id}")),
        }
    }

    pub(in crate::console) const fn is_active(&self) -> bool {
        self.revoked.is_none()
    }
}

impl RevokedRow {
    fn of(who: &Who, revocation: &Revocation) -> Self {
        let Revocation { at, by, reason, remark } = revocation;
        let leaked = matches!(by, Actor::Holder(_));
        Self {
            at: (*at).into(),
            by: who.actor(*by),
            reason: if leaked { "Leaked: its private half was shown here" } else { reason_words(*reason) },
            remark: remark.as_ref().map(ToString::to_string),
            leaked,
        }
    }
}

/// Why a key was ended, for people.
pub(super) const fn reason_words(reason: RevocationReason) -> &'static str {
    match reason {
        RevocationReason::Unspecified => "No reason given",
        RevocationReason::KeyCompromised => "Lost, or may be known to others",
        RevocationReason::Superseded => "Another key took its place",
        RevocationReason::NoLongerUsed => "Nobody needs it any more",
        RevocationReason::MemberLeft => "Its person left the team",
    }
}

/// The title of a key's kind; the bare name, if the catalog has it no more.
pub(super) fn kind_title(catalog: &Catalog, key: &Key) -> String {
    catalog.kind(key.kind.as_str()).map_or_else(|| key.kind.to_string(), |kind| kind.title.clone())
}

/// The half of a team's key is for those who administer keys, a person's for the person alone.
fn can_download(visitor: &TeamVisitor, key: &Key) -> bool {
    let theirs = key.member().is_none_or(|member| member == visitor.member);
    theirs && key.is_active() && key.private == Private::Pending
}

const fn half(private: Private) -> &'static str {
    match private {
        Private::Pending => "It waits here, sealed, for its one download.",
        Private::Downloaded => "It was downloaded, and no copy is kept here.",
        Private::WithHolder => "Its holder made the pair: it was never here.",
        Private::Erased => "It was erased here before anybody downloaded it.",
    }
}

/// The roles of a key as it has them now, without permissions, which open nothing.
fn badges(visitor: &TeamVisitor, key: &Key) -> Vec<RoleBadge> {
    let (catalog, roles) = (&visitor.catalog, visitor.team.roles_of_key(key));
    let known = catalog.roles.iter().filter(|role| roles.contains(&role.name));
    let unknown = roles.iter().filter(|role| !catalog.knows_role(role.as_str()));
    known
        .map(|role| RoleBadge { title: role.title.clone(), is_known: true })
        .chain(unknown.map(|role| RoleBadge { title: role.to_string(), is_known: false }))
        .collect()
}

/// Whether keys of this one's kind are persons' own.
pub(super) fn is_personal(catalog: &Catalog, key: &Key) -> bool {
    let holder = catalog.kind(key.kind.as_str()).map(|kind| &kind.holder);
    matches!(holder, Some(KindHolder::Member { .. })) || key.member().is_some()
}
