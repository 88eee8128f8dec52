//! Who asks: from a credential to somebody of a team, proven.
//!
//! Security invariants, in one place: exactly one credential; a token only by [`UnverifiedToken`] and its way on;
//! the key must be live at the moment of the answer; its kind must be one that the service takes; a browser's
//! session changes things only from our own pages. Whatever fails here is the one bare 401 (or a 400 that says
//! nothing about any key), and moves no figure of any key.

use crate::call::Call;
use crate::cookies::{self, shown_session};
use crate::error::{ParameterFault, Problem};
use crate::origin;
use counterfoil_authority::sign_in::Who;
use counterfoil_authority::store::Position;
use counterfoil_core::catalog::{Answers, BundleIds, Catalog, KeyKind, Service};
use counterfoil_core::event::Actor;
use counterfoil_core::id::{IssuerId, KeyId, MemberId};
use counterfoil_core::roles::Roles;
use counterfoil_core::team::{Key, Team};
use counterfoil_core::token::{Demand, TokenScope, UnverifiedToken, VerifiedToken};
use counterfoil_verify::Awake;
use counterfoil_verify::fence::Freshness;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use std::sync::Arc;
use std::time::Duration;

/// The group of endpoints whose roles also open our doors to people.
pub(crate) const USERS: &str = "users";
/// Which team a session is about, where its person belongs to several.
pub(crate) const ISSUER_HEADER: &str = "x-counterfoil-issuer";
/// From which position on whoever asks wants to see the ledger.
pub(crate) const POSITION_HEADER: &str = "x-counterfoil-position";
/// How long a request waits for a position that was written elsewhere.
const PATIENCE: Duration = Duration::from_secs(1);

/// Somebody of a team, proven.
#[derive(Clone, Debug)]
pub(crate) struct Proven {
    /// The team as it is now.
    pub(crate) team: Arc<Team>,
    /// Who it is.
    pub(crate) by: Actor,
    /// The roles at this moment.
    pub(crate) roles: Roles,
    /// What the token leaves of what the key may do.
    pub(crate) scope: TokenScope,
}

/// Which keys a door takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taking {
    /// Those that the service takes which our doors belong to.
    OurService,
    /// All.
    AnyKind,
}

impl Proven {
    /// The key that signed, if it was a key.
    pub(crate) fn key(&self) -> Option<(KeyId, &Key)> {
        let Actor::ApiKey(id) = self.by else { return None };
        self.team.keys.get(&id).map(|key| (id, key.as_ref()))
    }

    /// The member who is signed in, or whose key signed.
    pub(crate) fn member(&self) -> Option<MemberId> {
        match self.by {
            Actor::User(member) => Some(member),
            Actor::ApiKey(_) => self.key().and_then(|(_, key)| key.member()),
            Actor::Operator | Actor::Holder(_) => None,
        }
    }

    /// Somebody of a team as it is now, if still of it.
    fn now(call: &Call, team: IssuerId, by: Actor, scope: TokenScope) -> Result<Self, Problem> {
        let team = call.authority().ledger().team(team)?;
        let roles = team.roles_of_actor(by).map_err(|_| call.unproven("gone"))?;
        Ok(Self { team, by, roles, scope })
    }
}

impl Call {
    /// Proves whoever asks, by token or by session.
    ///
    /// # Errors
    /// Two credentials, a session from elsewhere, or the bare 401.
    pub(crate) async fn prove(&self, taking: Taking) -> Result<Proven, Problem> {
        let bearer = self.bearer()?;
        self.must_be_fresh()?;
        let session = shown_session(&self.headers, &self.house.settings)?;
        match (bearer, session) {
            (Some(_), Some(_)) => Err(Problem::Header {
                name: "Authorization",
                detail: "A request has a bearer token or a session's cookie, not both",
            }),
            (Some(token), None) => self.prove_token(token, taking).await,
            (None, Some(secret)) => self.prove_session(&secret).await,
            (None, None) => Err(self.unproven("nothing")),
        }
    }

    /// The fence: who has not heard from the ledger for too long lets nobody in.
    fn must_be_fresh(&self) -> Result<(), Problem> {
        let catalog = self.authority().catalog();
        let Some(service) = our_service(&catalog) else { return Ok(()) };
        match self.authority().verifier().fence().check(service, Awake::read()) {
            Freshness::Refuse { .. } => Err(Problem::Stale),
            Freshness::Fresh | Freshness::Warn(_) => Ok(()),
        }
    }

    /// The credential in `Authorization`; an empty one, if it is of another scheme.
    ///
    /// # Errors
    /// If there are two.
    pub(crate) fn bearer(&self) -> Result<Option<&str>, Problem> {
        let mut given = self.headers.get_all(AUTHORIZATION).iter();
        let first = given.next();
        if given.next().is_some() {
            return Err(Problem::Header { name: "Authorization", detail: "Authorization is given twice" });
        }
        Ok(first.map(|value| {
            let text = value.to_str().unwrap_or_default();
            let (scheme, credential) = text.split_once(' ').unwrap_or((text, ""));
            if scheme.eq_ignore_ascii_case("bearer") { credential.trim_matches(' ') } else { "" }
        }))
    }

    async fn prove_token(&self, text: &str, taking: Taking) -> Result<Proven, Problem> {
        let token = UnverifiedToken::parse(text).map_err(|fault| self.unproven(fault.name()))?;
        let id = token.key_id().map_err(|fault| self.unproven(fault.name()))?;
        let team = self.team_of_key(id).await?.ok_or_else(|| self.unproven("unknown-key"))?;
        let verified = self.verify(token, id, &team, taking)?;
        self.wait_for_position().await?;
        Proven::now(self, team.id, Actor::ApiKey(id), verified.scope().clone())
    }

    /// A token's verdict, but for what its key may do.
    fn verify(
        &self,
        token: UnverifiedToken<'_>,
        id: KeyId,
        team: &Team,
        taking: Taking,
    ) -> Result<VerifiedToken, Problem> {
        let refuse = |why| self.unproven(why);
        let catalog = self.authority().catalog();
        let key = team.keys.get(&id).ok_or_else(|| refuse("unknown-key"))?;
        let half = key.public.parsed().map_err(|_| refuse("unusable-half"))?;
        let signed = token.verify(&half).map_err(|fault| refuse(fault.name()))?;
        if !key.is_active() {
            return Err(refuse("revoked"));
        }
        let kind = catalog.kind(key.kind.as_str()).ok_or_else(|| refuse("unknown-kind"))?;
        let service = service_for(&catalog, kind, taking).ok_or_else(|| refuse("other-kind"))?;
        let demand = Demand::of(service, kind.claims, team.id, catalog.leeway, self.authority().now());
        let verified = signed.judge(&demand).map_err(|fault| refuse(fault.name()))?;
        let foreign = |bundle| service.bundle_ids == BundleIds::Registered && !owns(team, bundle);
        if verified.bundle().is_some_and(foreign) {
            return Err(refuse("bundle-not-registered"));
        }
        Ok(verified)
    }

    /// The team of a key. One that is not known here yet may have been generated elsewhere just now.
    ///
    /// # Errors
    /// If the ledger can't be read.
    pub(crate) async fn team_of_key(&self, id: KeyId) -> Result<Option<Arc<Team>>, Problem> {
        let ledger = self.authority().ledger();
        let known = ledger.state()?.team_of_key(id).cloned();
        if known.is_some() {
            return Ok(known);
        }
        self.house.look_for_new_keys().await;
        Ok(ledger.state()?.team_of_key(id).cloned())
    }

    async fn prove_session(&self, secret: &str) -> Result<Proven, Problem> {
        if !self.method.is_safe() {
            origin::must_be_ours(&self.headers, &self.house.settings)?;
        }
        let found = self.authority().session(secret).await?;
        let session = found.ok_or_else(|| self.unproven("session-over"))?;
        let Who::Person(person) = session.who else {
            let reason = "The operator belongs to no team; use the commands on the server's machine.";
            return Err(Problem::NotOpen { reason: Some(reason.to_owned()) });
        };
        self.wait_for_position().await?;
        let (team, member) = self.membership(&self.authority().memberships(person).await?)?;
        Proven::now(self, team, Actor::User(member), TokenScope::Whole)
    }

    /// Which of a person's memberships is meant.
    fn membership(&self, all: &[(IssuerId, MemberId)]) -> Result<(IssuerId, MemberId), Problem> {
        let named = self.headers.get(ISSUER_HEADER).map(|value| value.to_str().unwrap_or_default());
        match (named, all) {
            (Some(named), all) => {
                let found = all.iter().find(|(team, _)| team.to_string().eq_ignore_ascii_case(named));
                found
                    .copied()
                    .ok_or(Problem::NotOpen { reason: Some("You do not belong to this team.".to_owned()) })
            }
            (None, [only]) => Ok(*only),
            (None, []) => Err(Problem::NotOpen { reason: Some("You belong to no team.".to_owned()) }),
            (None, _) => Err(Problem::Parameter {
                name: "X-Counterfoil-Issuer".to_owned(),
                fault: ParameterFault::Required,
                detail: "You belong to several teams: name one by its issuer id in this header".to_owned(),
            }),
        }
    }

    /// Waits until this server has read what whoever asks has written on another. However many wait, the ledger
    /// is read ten times a second for them: a position that there never was must not keep the writers waiting.
    async fn wait_for_position(&self) -> Result<(), Problem> {
        let Some(position) = wanted_position(&self.headers) else { return Ok(()) };
        let ledger = self.authority().ledger();
        let waited = tokio::time::timeout(PATIENCE, async {
            while ledger.state().is_ok_and(|state| state.head().position < position) {
                if self.house.awaited.may() {
                    let _ = ledger.catch_up().await;
                } else {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        });
        if waited.await.is_err() {
            tracing::debug!(%position, "This server has not read as far as the client has written");
        }
        Ok(())
    }

    /// The bare 401; what was wrong goes to the figures alone.
    pub(crate) fn unproven(&self, why: &'static str) -> Problem {
        self.house.metrics.unproven(why);
        Problem::Unproven
    }
}

/// The service whose tokens our doors take: the one that the group of people's endpoints belongs to, else the
/// first that answers as we do.
pub(crate) fn our_service(catalog: &Catalog) -> Option<&Service> {
    let named = catalog.group(USERS).and_then(|group| catalog.service(group.service.as_str()));
    named.or_else(|| catalog.services.iter().find(|service| service.answers == Answers::JsonApi))
}

/// The service by whose rules a token is judged at a door.
pub(crate) fn service_for<'c>(catalog: &'c Catalog, kind: &KeyKind, taking: Taking) -> Option<&'c Service> {
    let ours = our_service(catalog).filter(|service| kind.services.contains(&service.name));
    match taking {
        Taking::OurService => ours,
        Taking::AnyKind => {
            ours.or_else(|| catalog.services.iter().find(|service| kind.services.contains(&service.name)))
        }
    }
}

fn owns(team: &Team, bundle: &counterfoil_core::id::BundleId) -> bool {
    team.apps.values().any(|app| app.bundle == *bundle)
}

fn wanted_position(headers: &HeaderMap) -> Option<Position> {
    let header = headers.get(POSITION_HEADER).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let text = header.or_else(|| cookies::value(headers, cookies::POSITION))?;
    text.parse().ok().map(Position)
}
