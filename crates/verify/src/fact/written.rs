//! How a fact is written: one flat object, whose `kind` says which members it has.

use super::{About, AppFacts, CatalogInForce, Fact, MemberFacts, NewKey, Position, TeamFact};
use counterfoil_core::event::{Holding, Sees};
use counterfoil_core::half::PublicHalf;
use counterfoil_core::id::{AppId, BundleId, EpochId, IssuerId, KeyId, KindName, MemberId};
use counterfoil_core::roles::Roles;
use serde::{Deserialize, Serialize};

/// Why an object is no fact that is known here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misread {
    /// A kind that is not known here may be a rule that is not known here.
    #[error("the kind of fact {0} is not known to this release: use a newer one")]
    UnknownKind(String),
    /// A member that the kind needs is not there.
    #[error("a fact {0} needs {1}")]
    Missing(String, &'static str),
    /// A member is there that the kind does not have.
    #[error("a fact {0} has a member that does not belong in it")]
    Uncalled(String),
}

/// All members that some kind has. A kind takes its own out, and nothing may be left then.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Written {
    position: Position,
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    team: Option<IssuerId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    epoch: Option<EpochId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<MemberId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    roles: Option<Roles>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sees: Option<Sees>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provisioning_allowed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<MemberId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from_roles: Option<Roles>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<MemberId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to_roles: Option<Roles>,
    #[serde(skip_serializing_if = "Option::is_none")]
    app: Option<AppId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bundle_id: Option<BundleId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<KeyId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_type: Option<KindName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    holder: Option<Holding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    point: Option<PublicHalf>,
}

impl TryFrom<Written> for Fact {
    type Error = Misread;

    fn try_from(mut written: Written) -> Result<Self, Misread> {
        let kind = std::mem::take(&mut written.kind);
        let position = std::mem::take(&mut written.position);
        let mut taking = Taking { kind: &kind, from: &mut written };
        let about = taking.about()?;
        if written == Written::default() && position > Position(0) {
            Ok(Self { position, about })
        } else if position == Position(0) {
            Err(Misread::Missing(kind, "position"))
        } else {
            Err(Misread::Uncalled(kind))
        }
    }
}

/// Takes the members of one kind out.
struct Taking<'w> {
    kind: &'w str,
    from: &'w mut Written,
}

impl Taking<'_> {
    fn about(&mut self) -> Result<About, Misread> {
        Ok(match self.kind {
            "LEDGER_BEGUN" => About::LedgerBegun(self.need("epoch", |from| from.epoch.take())?),
            "LEDGER_RESTORED" => About::LedgerRestored(self.need("epoch", |from| from.epoch.take())?),
            "CATALOG_ADOPTED" => About::CatalogAdopted(CatalogInForce {
                name: self.need("name", |from| from.name.take())?,
                fingerprint: self.need("fingerprint", |from| from.fingerprint.take())?,
                text: self.from.text.take(),
            }),
            _ => {
                let fact = self.of_team()?;
                About::Team(self.need("team", |from| from.team.take())?, fact)
            }
        })
    }

    fn of_team(&mut self) -> Result<TeamFact, Misread> {
        Ok(match self.kind {
            "TEAM_OPENED" => TeamFact::Opened { user: self.user()?, roles: self.roles()? },
            "ACCESS_REQUESTED" => TeamFact::AccessRequested,
            "ACCESS_APPROVED" => TeamFact::AccessApproved,
            "ACCESS_DECLINED" => TeamFact::AccessDeclined,
            "ACCESS_WITHDRAWN" => TeamFact::AccessWithdrawn,
            "TEAM_SUSPENDED" => TeamFact::Suspended,
            "TEAM_RESUMED" => TeamFact::Resumed,
            "TEAM_CLOSED" => TeamFact::Closed,
            "MEMBER_JOINED" => TeamFact::MemberJoined(self.member()?),
            "MEMBER_CHANGED" => TeamFact::MemberChanged(self.member()?),
            "MEMBER_REMOVED" => TeamFact::MemberRemoved { user: self.user()? },
            "OWNERSHIP_TRANSFERRED" => TeamFact::OwnershipTransferred {
                from: self.need("from", |from| from.from.take())?,
                from_roles: self.need("fromRoles", |from| from.from_roles.take())?,
                to: self.need("to", |from| from.to.take())?,
                to_roles: self.need("toRoles", |from| from.to_roles.take())?,
            },
            "APP_REGISTERED" => TeamFact::AppRegistered(AppFacts {
                app: self.app()?,
                bundle_id: self.need("bundleId", |from| from.bundle_id.take())?,
            }),
            "APP_REMOVED" => TeamFact::AppRemoved { app: self.app()? },
            "KEY_GENERATED" => TeamFact::KeyGenerated(NewKey {
                key: self.key()?,
                kind: self.need("keyType", |from| from.key_type.take())?,
                holder: self.need("holder", |from| from.holder.take())?,
                point: self.need("point", |from| from.point.take())?,
            }),
            "KEY_REVOKED" => TeamFact::KeyRevoked { key: self.key()? },
            _ => return Err(Misread::UnknownKind(self.kind.to_owned())),
        })
    }

    fn member(&mut self) -> Result<MemberFacts, Misread> {
        Ok(MemberFacts {
            user: self.user()?,
            roles: self.roles()?,
            sees: self.need("sees", |from| from.sees.take())?,
            provisioning_allowed: self
                .need("provisioningAllowed", |from| from.provisioning_allowed.take())?,
        })
    }

    fn user(&mut self) -> Result<MemberId, Misread> {
        self.need("user", |from| from.user.take())
    }

    fn roles(&mut self) -> Result<Roles, Misread> {
        self.need("roles", |from| from.roles.take())
    }

    fn app(&mut self) -> Result<AppId, Misread> {
        self.need("app", |from| from.app.take())
    }

    fn key(&mut self) -> Result<KeyId, Misread> {
        self.need("key", |from| from.key.take())
    }

    fn need<T>(
        &mut self,
        name: &'static str,
        take: impl FnOnce(&mut Written) -> Option<T>,
    ) -> Result<T, Misread> {
        take(self.from).ok_or_else(|| Misread::Missing(self.kind.to_owned(), name))
    }
}

impl From<Fact> for Written {
    fn from(Fact { position, about }: Fact) -> Self {
        let kind = about.kind().to_owned();
        let empty = Self { position, kind, ..Self::default() };
        match about {
            About::LedgerBegun(epoch) | About::LedgerRestored(epoch) => Self { epoch: Some(epoch), ..empty },
            About::CatalogAdopted(CatalogInForce { name, fingerprint, text }) => {
                Self { name: Some(name), fingerprint: Some(fingerprint), text, ..empty }
            }
            About::Team(team, fact) => Self { team: Some(team), ..empty }.with(fact),
        }
    }
}

impl Written {
    fn with(self, fact: TeamFact) -> Self {
        match fact {
            TeamFact::Opened { user, roles } => Self { user: Some(user), roles: Some(roles), ..self },
            TeamFact::MemberJoined(member) | TeamFact::MemberChanged(member) => Self {
                user: Some(member.user),
                roles: Some(member.roles),
                sees: Some(member.sees),
                provisioning_allowed: Some(member.provisioning_allowed),
                ..self
            },
            TeamFact::MemberRemoved { user } => Self { user: Some(user), ..self },
            TeamFact::OwnershipTransferred { from, from_roles, to, to_roles } => Self {
                from: Some(from),
                from_roles: Some(from_roles),
                to: Some(to),
                to_roles: Some(to_roles),
                ..self
            },
            TeamFact::AppRegistered(AppFacts { app, bundle_id }) => {
                Self { app: Some(app), bundle_id: Some(bundle_id), ..self }
            }
            TeamFact::AppRemoved { app } => Self { app: Some(app), ..self },
            TeamFact::KeyGenerated(NewKey { key, kind, holder, point }) => Self {
                key: Some(key),
                key_type: Some(kind),
                holder: Some(holder),
                point: Some(point),
                ..self
            },
            TeamFact::KeyRevoked { key } => Self { key: Some(key), ..self },
            TeamFact::AccessRequested
            | TeamFact::AccessApproved
            | TeamFact::AccessDeclined
            | TeamFact::AccessWithdrawn
            | TeamFact::Suspended
            | TeamFact::Resumed
            | TeamFact::Closed => self,
        }
    }
}

impl About {
    /// The name of the kind.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::LedgerBegun(_) => "LEDGER_BEGUN",
            Self::LedgerRestored(_) => "LEDGER_RESTORED",
            Self::CatalogAdopted(_) => "CATALOG_ADOPTED",
            Self::Team(_, fact) => fact.kind(),
        }
    }
}

impl TeamFact {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "TEAM_OPENED",
            Self::AccessRequested => "ACCESS_REQUESTED",
            Self::AccessApproved => "ACCESS_APPROVED",
            Self::AccessDeclined => "ACCESS_DECLINED",
            Self::AccessWithdrawn => "ACCESS_WITHDRAWN",
            Self::Suspended => "TEAM_SUSPENDED",
            Self::Resumed => "TEAM_RESUMED",
            Self::Closed => "TEAM_CLOSED",
            Self::MemberJoined(_) => "MEMBER_JOINED",
            Self::MemberChanged(_) => "MEMBER_CHANGED",
            Self::MemberRemoved { .. } => "MEMBER_REMOVED",
            Self::OwnershipTransferred { .. } => "OWNERSHIP_TRANSFERRED",
            Self::AppRegistered(_) => "APP_REGISTERED",
            Self::AppRemoved { .. } => "APP_REMOVED",
            Self::KeyGenerated(_) => "KEY_GENERATED",
            Self::KeyRevoked { .. } => "KEY_REVOKED",
        }
    }
}
