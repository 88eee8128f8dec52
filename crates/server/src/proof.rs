//! Who asks: from a credential to somebody of a team, proven.
//!
//! Security invariants, in one place: exactly one credential; a token only by the verifier, which gives all other
//! verdicts too, so that there is one fence and one set of rules; the key must be live at the moment of the answer;
//! a browser's session changes things only from our own pages. Whatever is not proven here is the one bare 401 (or
//! a 400 that says nothing about any key), and moves no figure of any key.

use crate::call::Call;
use crate::cookies::{self, shown_session};
use crate::error::{ParameterFault, Problem};
use crate::gateway::judge::{presented, prove};
use crate::origin;
use counterfoil_authority::sign_in::Who;
use counterfoil_authority::store::Position;
use counterfoil_core::event::Actor;
use counterfoil_core::id::{IssuerId, KeyId, MemberId};
use counterfoil_core::roles::Roles;
use counterfoil_core::team::{Key, Team};
use counterfoil_core::token::{SignedToken, TokenFault, TokenScope, UnverifiedToken};
use counterfoil_verify::fence::Freshness;
use counterfoil_verify::{
    Awake, Holder, OwnDoor, Presented, Reason, Request, Verdict, Verifier, our_service,
};
use http::HeaderMap;
use std::sync::Arc;
use std::time::Duration;

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
    /// The token's holder, if it was proven by a token.
    pub(crate) holder: Option<Holder>,
    /// Whether it was proven a moment ago: each token is, a session for a while only.
    pub(crate) is_fresh: bool,
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
    fn now(call: &Call, team: IssuerId, by: Actor, holder: Option<Holder>) -> Result<Self, Problem> {
        let team = call.authority().ledger().team(team)?;
        let roles = team.roles_of_actor(by).map_err(|_| call.unproven("gone"))?;
        let scope = holder.as_ref().map_or(TokenScope::Whole, |holder| holder.scope().clone());
        Ok(Self { team, by, roles, scope, holder, is_fresh: true })
    }
}

impl Call {
    /// Proves whoever asks, by token or by session.
    ///
    /// # Errors
    /// Two credentials, a session from elsewhere, the fence, the bare 401, a limit.
    pub(crate) async fn prove(&self, door: OwnDoor) -> Result<Proven, Problem> {
        let shown = self.presented()?;
        let session = shown_session(&self.headers, &self.house.settings)?;
        match (shown, session) {
            (Presented::Nothing, Some(secret)) => self.prove_session(&secret).await,
            (_, None) => self.prove_token(shown, door).await,
            (_, Some(_)) => Err(Problem::Header {
                name: "Authorization",
                detail: "A request has a bearer token or a session's cookie, not both",
            }),
        }
    }

    /// What came in `Authorization`.
    ///
    /// # Errors
    /// If there are two.
    pub(crate) fn presented(&self) -> Result<Presented<'_>, Problem> {
        let twice = |_| Problem::Header { name: "Authorization", detail: "Authorization is given twice" };
        presented(&self.headers).map_err(twice)
    }

    /// The bearer token in `Authorization`; an empty one, if there is none.
    ///
    /// # Errors
    /// If there are two.
    pub(crate) fn bearer(&self) -> Result<&str, Problem> {
        match self.presented()? {
            Presented::Bearer(token) => Ok(token),
            Presented::Nothing | Presented::OtherScheme => Ok(""),
        }
    }

    async fn prove_token(&self, shown: Presented<'_>, door: OwnDoor) -> Result<Proven, Problem> {
        let refused = |verdict| self.refused(verdict);
        let holder =
            prove(&self.house, &self.asked(shown), self.house.clock(), door).await.map_err(refused)?;
        let by = holder.by();
        if !door.counts {
            self.spend_small(by.key)?;
        }
        self.wait_for_position().await?;
        Proven::now(self, by.team, Actor::ApiKey(by.key), Some(holder))
    }

    /// What is told of a verdict. Of a ledger that is not trusted more is known than that the view is old.
    fn refused(&self, verdict: Verdict) -> Problem {
        match (verdict.reason(), self.authority().ledger().state()) {
            (Some(Reason::Stale { .. }), Err(failure)) => failure.into(),
            _ => Problem::Refused(Box::new(verdict)),
        }
    }

    /// Takes one off the budget of what a key's holder may always do.
    ///
    /// # Errors
    /// If there is none for the moment.
    pub(crate) fn spend_small(&self, key: KeyId) -> Result<(), Problem> {
        let spent = self.house.small_budget.spend(key, Awake::read());
        spent.map_err(|verdict| Problem::Refused(Box::new(verdict)))
    }

    /// This request, as the verifier sees it.
    pub(crate) fn asked<'c>(&'c self, token: Presented<'c>) -> Request<'c> {
        Request {
            method: self.method.as_str(),
            target: &self.target,
            token,
            id: &self.id,
            from: self.from.as_str(),
        }
    }

    /// The fence: who has not heard from the ledger for too long lets nobody in.
    pub(crate) fn must_be_fresh(&self) -> Result<(), Problem> {
        let catalog = self.authority().catalog();
        let Some(service) = our_service(&catalog) else { return Ok(()) };
        match self.authority().verifier().fence().check(service, Awake::read()) {
            Freshness::Refuse { .. } => {
                let _trusted = self.authority().ledger().state()?;
                Err(Problem::Stale)
            }
            Freshness::Fresh | Freshness::Warn(_) => Ok(()),
        }
    }

    /// Checks in the lane that the holder of this key signed a token. What it claims is not judged.
    ///
    /// # Errors
    /// The bare 401, or that the lane is full.
    pub(crate) async fn signed(&self, text: &str, id: KeyId, key: &Key) -> Result<SignedToken, Problem> {
        let half = key.public;
        let check = |_: &Verifier, _| {
            let half = half.parsed().map_err(|_| "unusable-half")?;
            let token = UnverifiedToken::parse(text).map_err(TokenFault::name)?;
            token.verify(&half).map_err(TokenFault::name)
        };
        let checked = self.house.check(id, check).await.map_err(|_| Problem::Overloaded)?;
        checked.map_err(|why| self.unproven(why))
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
        self.must_be_fresh()?;
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
        if session.must_enrol {
            let reason = "Set up a passkey or a second factor in the console first.";
            return Err(Problem::NotOpen { reason: Some(reason.to_owned()) });
        }
        let (team, member) = self.membership(&self.authority().memberships(person).await?)?;
        let proven = Proven::now(self, team, Actor::User(member), None)?;
        Ok(Proven { is_fresh: session.is_fresh(self.authority().now()), ..proven })
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
    pub(crate) async fn wait_for_position(&self) -> Result<(), Problem> {
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

fn wanted_position(headers: &HeaderMap) -> Option<Position> {
    let header = headers.get(POSITION_HEADER).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let text = header.or_else(|| cookies::value(headers, cookies::POSITION))?;
    text.parse().ok().map(Position)
}
