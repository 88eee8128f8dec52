//! The catalog: which services there are, which paths belong to which group, what a role
//! opens, and what kinds of keys there are. Data, not code: no role, group or kind is named
//! anywhere else in the source.
//!
//! A catalog is read once ([`Catalog::parse`]), checked whole, and never changes afterwards.

mod advice;
mod fingerprint;
mod opens;
mod pattern;
mod read;
mod request_path;
mod routes;
mod write;

pub use advice::{Explanation, Need};
pub use fingerprint::{Fingerprint, NoFingerprint};
pub use opens::Grade;
pub use pattern::{MalformedPattern, Pattern};
pub use read::{CatalogFault, CatalogFaults};
pub use request_path::{AmbiguousPath, RequestPath, Segments};
pub use routes::RouteAt;

use crate::id::{GroupName, KindName, RoleName, ServiceName};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A checked catalog. Exactly one of its roles owns a team, every name that it refers to is there,
/// and no path belongs to two of its groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalog {
    /// What the catalog is called, such as `appstore`.
    pub name: String,
    /// Tolerated difference between two clocks.
    pub leeway: Duration,
    /// Whether a team must ask before its keys open anything.
    pub access: AccessRule,
    /// The services, in the order of the file.
    pub services: Vec<Service>,
    /// The groups of endpoints, in the order of the file.
    pub groups: Vec<Group>,
    /// The roles, in the order of the file.
    pub roles: Vec<Role>,
    /// The add-on permissions: given to people beside their roles, opening no group.
    pub permissions: Vec<Permission>,
    /// The kinds of keys, in the order of the file.
    pub kinds: Vec<KeyKind>,
    routes: routes::Routes,
    /// Where among the roles the owner's stands.
    owner: usize,
}

impl Catalog {
    /// The catalog that is built in: App Store Connect's whole model.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the text is part of the program, and a test parses it")]
    pub fn appstore() -> Self {
        Self::parse(include_str!("../../../catalogs/appstore.toml")).expect("the built-in catalog is sound")
    }

    /// The service of that name.
    #[must_use]
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.name.as_str() == name)
    }

    /// The group of that name.
    #[must_use]
    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.name.as_str() == name)
    }

    /// The group that the people of a team are seen and changed by, if there is one.
    #[must_use]
    pub fn people_group(&self) -> Option<&Group> {
        self.groups.iter().find(|group| group.people)
    }

    /// The role of that name.
    #[must_use]
    pub fn role(&self, name: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.name.as_str() == name)
    }

    /// The permission of that name.
    #[must_use]
    pub fn permission(&self, name: &str) -> Option<&Permission> {
        self.permissions.iter().find(|permission| permission.name.as_str() == name)
    }

    /// The kind of keys of that name.
    #[must_use]
    pub fn kind(&self, name: &str) -> Option<&KeyKind> {
        self.kinds.iter().find(|kind| kind.name.as_str() == name)
    }

    /// Whether there is a role or a permission of that name.
    #[must_use]
    pub fn knows_role(&self, name: &str) -> bool {
        self.role(name).is_some() || self.permission(name).is_some()
    }

    /// The heading under which people look for keys of this kind.
    #[must_use]
    pub fn section_of<'c>(&'c self, kind: &'c KeyKind) -> &'c str {
        let first = self.services.iter().find(|service| kind.services.contains(&service.name));
        let named = kind.section.as_ref().or_else(|| first.map(|service| &service.title));
        named.map_or(kind.title.as_str(), String::as_str)
    }

    /// The role that exactly one person of a team holds.
    #[must_use]
    pub fn owner_role(&self) -> &Role {
        &self.roles[self.owner]
    }
}

/// Whether access must be asked for, and what is agreed to when it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessRule {
    /// With a review: keys of kinds that need access open nothing until it is approved.
    /// Without one, a team has access from the day it is opened.
    pub review: bool,
    /// The terms that whoever asks agrees to.
    pub terms: String,
    /// Where they can be read, if anywhere.
    pub terms_url: Option<String>,
}

/// A service: something that takes tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its name.
    pub name: ServiceName,
    /// For people.
    pub title: String,
    /// What `aud` must be.
    pub audience: String,
    /// The longest time a token may be good for, seen from now.
    pub lifetime: Duration,
    /// How much further back than `lifetime` an `iat` may lie behind `exp`.
    pub backdating: Duration,
    /// Whether a token must carry `iat`.
    pub issued_at_required: bool,
    /// When a token may live longer than `lifetime`.
    pub long_lived: Option<LongLived>,
    /// Requests a key may make in any sixty minutes.
    pub requests_per_hour: Option<u32>,
    /// Requests a second, per app, for paths that have such a limit.
    pub per_second: Vec<PerSecond>,
    /// In whose form this service answers a refusal.
    pub answers: Answers,
    /// Whether `bid` may be any bundle id, or only one of the team's registered apps.
    pub bundle_ids: BundleIds,
    /// Paths whose last segment is an app's id. Where a path begins so, it can be told which app it is about.
    pub app_paths: Vec<Pattern>,
    /// Whether the upstream itself hides apps that the caller may not see.
    pub upstream_filters_apps: bool,
    /// What happens once the view of the ledger is older than the bound.
    pub when_stale: WhenStale,
    /// How old the view of the ledger may be.
    pub stale_after: Duration,
    /// Whether a stream that was let in may outlive its token.
    pub streams_outlive_token: bool,
}

/// The rule for tokens that live for months.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LongLived {
    /// The longest time such a token may be good for, seen from now.
    pub lifetime: Duration,
    /// What the path of each of its scope entries must match; all must be `GET`.
    pub paths: Vec<Pattern>,
}

/// A limit on requests a second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PerSecond {
    /// The paths that share it.
    pub paths: Vec<Pattern>,
    /// How many.
    pub requests: u32,
}

/// The forms in which a service answers refusals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// JSON:API error documents, as App Store Connect.
    JsonApi,
    /// Plain text for 401, `errorCode` and `errorMessage` for the rest, as App Store Server API.
    ErrorCode,
}

/// Which bundle ids a token may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BundleIds {
    /// Any: the holder's claim.
    Claimed,
    /// Only those of the team's registered apps.
    Registered,
}

/// What a verifier does once its view of the ledger is too old.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenStale {
    /// It refuses.
    Refuse,
    /// It answers, with a header that warns.
    Warn,
}

/// A group of endpoints: the unit in which roles open things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: GroupName,
    /// For people.
    pub title: String,
    /// The service it belongs to.
    pub service: ServiceName,
    /// Its paths.
    pub paths: Vec<Pattern>,
    /// Whether its roles open the issuer's own doors to people too, and its service is the one that those doors belong
    /// to. At most one group is so.
    pub people: bool,
}

/// How a request touches a group: `GET` and `HEAD` read, every other method writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Access {
    /// It only looks.
    Read,
    /// It may change something.
    Write,
}

impl Access {
    /// What `method` does.
    #[must_use]
    pub fn of_method(method: &str) -> Self {
        if matches!(method, "GET" | "HEAD") { Self::Read } else { Self::Write }
    }
}

/// What a role opens of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opens {
    /// Reading these paths only.
    ReadSome(Vec<Pattern>),
    /// Reading.
    Read,
    /// Reading and writing.
    Write,
}

/// A role: what people and keys may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its name.
    pub name: RoleName,
    /// For people.
    pub title: String,
    /// What it is for, in a sentence.
    pub about: String,
    /// The one role that exactly one person of a team holds. It cannot be given but by transfer.
    pub owns_team: bool,
    /// What of a team it administers.
    pub administers: BTreeSet<Administration>,
    /// What it opens; a group that is not named stays shut.
    pub opens: BTreeMap<GroupName, Opens>,
    /// Whether it is the usual choice for a key. At most one role is.
    pub usual: bool,
    /// What people want to do who should choose it, in their words. The first role that names a task suits it.
    pub tasks: Vec<String>,
}

/// A part of a team that a role may administer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Administration {
    /// Generating, listing and revoking the team's keys.
    Keys,
    /// Inviting, changing and removing people.
    People,
    /// Reading the audit.
    Audit,
}

/// An add-on permission. It stands among a person's roles and opens no group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// Its name.
    pub name: RoleName,
    /// For people.
    pub title: String,
    /// What it allows, in a sentence; empty if the catalog says nothing.
    pub about: String,
    /// Whoever is invited into one of these roles gets it unless the inviter withholds it.
    pub given_with: BTreeSet<RoleName>,
}

/// A kind of key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyKind {
    /// Its name.
    pub name: KindName,
    /// For people.
    pub title: String,
    /// What it is for and what it can't do, in a sentence or two; empty if the catalog says nothing.
    pub about: String,
    /// Under which heading people look for it, if not under its first service's title.
    pub section: Option<String>,
    /// What several of it are called, if not its title with an s.
    pub plural: Option<String>,
    /// The services that take it.
    pub services: BTreeSet<ServiceName>,
    /// The groups of those services that it never opens, whatever its roles.
    pub never_opens: BTreeSet<GroupName>,
    /// Whose it is, which settles who may generate it and where its roles come from.
    pub holder: KindHolder,
    /// How many active ones there may be: of the team, or of each member.
    pub limit: u32,
    /// The download is called this, then the key id, then `.p8`.
    pub file_prefix: String,
    /// Whether it can be generated, and opens anything, only while the team has access.
    pub needs_access: bool,
    /// What its tokens must and must not claim.
    pub claims: ClaimRule,
}

impl KeyKind {
    /// What several keys of this kind are called.
    #[must_use]
    pub fn plural(&self) -> String {
        self.plural.clone().unwrap_or_else(|| format!("{}s", self.title))
    }
}

/// Whose a key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KindHolder {
    /// The team's; an administrator of keys generates it and gives it one or more of these roles.
    TeamWithRoles(BTreeSet<RoleName>),
    /// The team's; an administrator of keys generates it; it has no roles and opens its services whole.
    Team,
    /// One member's, who generates it alone; it has the member's roles as they are at any moment.
    Member {
        /// Who has one of these roles may.
        generated_by: BTreeSet<RoleName>,
        /// …and has this permission, if one is named. Taking it revokes the key.
        permission: Option<RoleName>,
    },
}

/// What the tokens of a kind claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimRule {
    /// With it `iss` must be the issuer id and `sub` absent; without it `iss` must be absent and
    /// `sub` the literal `user`.
    pub names_issuer: bool,
    /// Whether `bid` must be there.
    pub names_bundle: bool,
}

/// Where a request leads: what the catalog knows of a method and a path.
#[derive(Clone, Copy, Debug)]
pub struct Route<'a> {
    /// The service.
    pub service: &'a Service,
    /// The group.
    pub group: &'a Group,
    /// The pattern of the group that holds the path: the family of paths it belongs to.
    pub pattern: &'a Pattern,
    /// Read or write.
    pub access: Access,
}
