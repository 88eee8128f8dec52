//! Teams: opening, access, standing, the Account Holder, apps.

use crate::authority::{Answered, Authority, Request};
use crate::failure::Failure;
use crate::idempotency::{Recalled, Remembered};
use crate::keys::erasures;
use crate::ledger::{Alongside, Done, Rejected};
use crate::people::NewPerson;
use crate::store::tables::people;
use counterfoil_core::event::{Actor, Event, Stream};
use counterfoil_core::id::{AppId, AppName, BundleId, IssuerId, MemberId, PersonId, Remark, TeamName};
use counterfoil_core::refusal::Refusal;
use counterfoil_core::team::{Command, Team};

/// How often a team is opened again because somebody else made its person known meanwhile.
const MOST_TRIES: usize = 4;

/// A team that was just opened.
#[derive(Clone, Copy, Debug)]
pub struct Opened {
    /// The team.
    pub team: IssuerId,
    /// Its Account Holder's membership.
    pub member: MemberId,
    /// The person.
    pub person: PersonId,
}

impl Authority {
    /// Opens a team, as the operator, with this person as its Account Holder.
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn open_team(&self, name: &TeamName, holder: &NewPerson) -> Result<Opened, Failure> {
        for _ in 0..MOST_TRIES {
            match self.open_once(name, holder).await {
                Err(Rejected::Unexpected(people::NOBODYS_ADDRESS)) => {}
                opened => return Ok(opened?),
            }
        }
        Err(Failure::Unavailable("others were faster each time".into()))
    }

    /// One try; somebody else may make the same person known at the same time.
    async fn open_once(&self, name: &TeamName, holder: &NewPerson) -> Result<Opened, Rejected> {
        let team = IssuerId::from_random(self.random()?);
        let member = MemberId::from_random(self.random()?);
        let (person, side) = self.person_for(holder, team, member).await?;
        let catalog = self.catalog();
        let decide = |state: &crate::state::State| match state.team(team) {
            Some(_) => Err(Refusal::TeamExists.into()),
            None => {
                let events = Team::open(&catalog, name.clone(), member);
                Ok((events, Alongside { claims: Vec::new(), side: side.clone() }))
            }
        };
        self.ledger.append(Stream::Team(team), Actor::Operator, decide).await?;
        Ok(Opened { team, member, person })
    }

    /// Asks for access to the API.
    ///
    /// # Errors
    /// If a rule forbids it or the store did not take it.
    pub async fn request_access(
        &self,
        team: IssuerId,
        request: &Request,
        agreed: bool,
    ) -> Result<Answered<()>, Failure> {
        let command = Command::RequestAccess { terms_agreed: agreed };
        self.once(team, request, &command, Remembered::created("accessRequests", team.to_string())).await
    }

    /// Gives access that was asked for.
    ///
    /// # Errors
    /// If a rule forbids it or the store did not take it.
    pub async fn approve_access(&self, team: IssuerId) -> Result<(), Failure> {
        self.as_operator(team, &Command::ApproveAccess).await
    }

    /// Refuses access that was asked for.
    ///
    /// # Errors
    /// If a rule forbids it or the store did not take it.
    pub async fn decline_access(&self, team: IssuerId, reason: Option<Remark>) -> Result<(), Failure> {
        self.as_operator(team, &Command::DeclineAccess { reason }).await
    }

    /// Takes access back.
    ///
    /// # Errors
    /// If a rule forbids it or the store did not take it.
    pub async fn withdraw_access(&self, team: IssuerId, reason: Option<Remark>) -> Result<(), Failure> {
        self.as_operator(team, &Command::WithdrawAccess { reason }).await
    }

    /// Stops a team for a while.
    ///
    /// # Errors
    /// If a rule forbids it or the store did not take it.
    pub async fn suspend(&self, team: IssuerId, reason: Option<Remark>) -> Result<(), Failure> {
        self.as_operator(team, &Command::Suspend { reason }).await
    }

    /// Ends a suspension.
    ///
    /// # Errors
    /// If a rule forbids it or the store did not take it.
    pub async fn resume(&self, team: IssuerId) -> Result<(), Failure> {
        self.as_operator(team, &Command::Resume).await
    }

    /// Ends a team for good.
    ///
    /// # Errors
    /// If a rule forbids it or the store did not take it.
    pub async fn close(&self, team: IssuerId, reason: Option<Remark>) -> Result<(), Failure> {
        self.as_operator(team, &Command::Close { reason }).await
    }

    /// Gives the Account Holder's role to another member.
    ///
    /// # Errors
    /// If a rule forbids it or the store did not take it.
    pub async fn transfer(&self, team: IssuerId, by: Actor, to: MemberId) -> Result<(), Failure> {
        self.carry_out(team, by, &Command::TransferOwnership { to }).await.map(drop)
    }

    /// Registers an app, under the id that was named or a number of our own.
    ///
    /// # Errors
    /// If a rule forbids it or the store did not take it.
    pub async fn register_app(
        &self,
        team: IssuerId,
        request: &Request,
        app: Option<AppId>,
        bundle: BundleId,
        name: AppName,
    ) -> Result<Answered<AppId>, Failure> {
        let app = match app {
            Some(app) => app,
            None => self.fresh_app_id()?,
        };
        let remembered = Remembered::created("registeredApps", app.to_string());
        let command = Command::RegisterApp { app: app.clone(), bundle, name };
        let twin = match self.recall(request).await? {
            Recalled::Done(answer) => return answer.into_answered(),
            Recalled::New(twin) => twin,
        };
        let keep = self.remember(request, &remembered);
        let alongside = |_: &[Event]| Alongside { claims: Vec::new(), side: keep.clone() };
        match self.ledger.submit(team, request.by, &command, alongside).await {
            Ok(done) => Ok(Answered { value: app, position: done.position, replayed: false }),
            Err(rejected) => twin.or_remembered(self, request, rejected).await,
        }
    }

    /// Forgets an app.
    ///
    /// # Errors
    /// If a rule forbids it or the store did not take it.
    pub async fn remove_app(
        &self,
        team: IssuerId,
        request: &Request,
        app: AppId,
    ) -> Result<Answered<()>, Failure> {
        let remembered = Remembered::removed("registeredApps", app.to_string());
        self.once(team, request, &Command::RemoveApp { app }, remembered).await
    }

    /// Carries a command out that needs nothing else, once for each idempotency key.
    pub(crate) async fn once(
        &self,
        team: IssuerId,
        request: &Request,
        command: &Command,
        remembered: Remembered,
    ) -> Result<Answered<()>, Failure> {
        let twin = match self.recall(request).await? {
            Recalled::Done(answer) => return Ok(answer.into_answered_nothing()),
            Recalled::New(twin) => twin,
        };
        let keep = self.remember(request, &remembered);
        let alongside = |events: &[Event]| Alongside {
            claims: Vec::new(),
            side: [erasures(events), keep.clone()].concat(),
        };
        match self.ledger.submit(team, request.by, command, alongside).await {
            Ok(done) => {
                self.remember_if_nothing_happened(&done, keep).await?;
                Ok(Answered { value: (), position: done.position, replayed: false })
            }
            Err(rejected) => twin.or_remembered_nothing(self, request, rejected).await,
        }
    }

    async fn as_operator(&self, team: IssuerId, command: &Command) -> Result<(), Failure> {
        self.carry_out(team, Actor::Operator, command).await.map(drop)
    }

    pub(crate) async fn carry_out(
        &self,
        team: IssuerId,
        by: Actor,
        command: &Command,
    ) -> Result<Done, Failure> {
        let alongside = |events: &[Event]| Alongside { claims: Vec::new(), side: erasures(events) };
        Ok(self.ledger.submit(team, by, command, alongside).await?)
    }

    /// Ten digits, as apps have them.
    fn fresh_app_id(&self) -> Result<AppId, Failure> {
        let number = u64::from_le_bytes(self.random()?) % 9_000_000_000 + 1_000_000_000;
        Ok(AppId::try_from(number.to_string().as_str()).map_err(Refusal::from)?)
    }
}
