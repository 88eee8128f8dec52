//! A house whose clock the test sets, and short words for what tests do in it.

use crate::holder::Holder;
use crate::house::{House, admin_key};
use counterfoil_authority::backup::BackedUp;
use counterfoil_authority::idempotency::IdempotencyKey;
use counterfoil_authority::keys::{NewHalf, NewKeyRequest};
use counterfoil_authority::people::{Email, NewInvitation, NewPerson};
use counterfoil_authority::{Authority, Failure, Request, Settings};
use counterfoil_core::event::{Actor, Entry, RevocationReason, Sees};
use counterfoil_core::id::{InvitationId, IssuerId, KeyId, KindName, MemberId, RoleName};
use counterfoil_core::refusal::Refusal;
use counterfoil_core::roles::Roles;
use counterfoil_core::team::Team;
use counterfoil_core::time::Timestamp;
use counterfoil_verify::verdict::LimitedBy;
use counterfoil_verify::{Awake, Reason, Verdict};
use std::any::Any;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

pub(crate) const DAY: Duration = Duration::from_secs(86_400);
pub(crate) const HOUR: Duration = Duration::from_secs(3_600);
pub(crate) const MINUTE: Duration = Duration::from_secs(60);

/// A clock that goes when it is told to.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<AtomicI64>);

/// A house with one team, whose clock the test sets. Its servers do nothing by themselves.
pub(crate) struct Place {
    pub(crate) house: House,
    pub(crate) clock: TestClock,
    /// What must live as long, such as the database.
    _beneath: Box<dyn Any + Send + Sync>,
}

impl TestClock {
    fn new() -> Self {
        Self(Arc::new(AtomicI64::new(1_767_225_600_000)))
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }

    pub(crate) fn pass(&self, time: Duration) {
        self.0.fetch_add(i64::try_from(time.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl Place {
    pub(crate) async fn on(database: Option<String>) -> Self {
        Self::above(database, ()).await
    }

    /// On a database that must live as long as the place.
    pub(crate) async fn above(database: Option<String>, beneath: impl Any + Send + Sync) -> Self {
        let clock = TestClock::new();
        let tells = clock.clone();
        let house = House::build_with(|settings| {
            settings.database = database;
            settings.serve = false;
            settings.clock = Arc::new(move || tells.now());
        });
        Self { house: house.await, clock, _beneath: Box::new(beneath) }
    }

    pub(crate) fn server(&self) -> Arc<Authority> {
        self.house.server()
    }

    /// A second server on the same database.
    pub(crate) async fn another(&self) -> Arc<Authority> {
        self.house.another().await
    }

    /// Settings for an empty place beside this one, on SQLite, with the same clock.
    pub(crate) fn elsewhere(&self, folder: &Path) -> Settings {
        Settings {
            clock: Arc::clone(&self.house.settings.clock),
            serve: false,
            ..crate::house::settings(folder)
        }
    }

    pub(crate) fn id(&self) -> IssuerId {
        self.house.team
    }

    pub(crate) fn team(&self) -> Arc<Team> {
        self.server().ledger().team(self.id()).unwrap()
    }

    pub(crate) fn owner(&self) -> Actor {
        Actor::User(self.house.owner)
    }

    pub(crate) fn asks(&self) -> Request {
        Request::by(self.owner())
    }

    /// A second team, with the same Account Holder or another.
    pub(crate) async fn another_team(&self, email: &str) -> (IssuerId, MemberId) {
        let opened = self.server().open_team(&"Second".try_into().unwrap(), &person(email)).await.unwrap();
        (opened.team, opened.member)
    }

    pub(crate) async fn invite(&self, email: &str, role: &str) -> Result<InvitationId, Failure> {
        invite_on(&self.server(), self.id(), self.owner(), email, role).await
    }

    pub(crate) async fn joined(&self, email: &str, role: &str) -> MemberId {
        let invitation = self.invite(email, role).await.unwrap();
        self.server().join(self.id(), Actor::Operator, invitation).await.unwrap().value
    }

    /// A team key that may do all that keys may, its half waiting.
    pub(crate) async fn key(&self) -> KeyId {
        self.server().generate(self.id(), &self.asks(), &team_key("key", "ADMIN")).await.unwrap().value
    }

    pub(crate) async fn individual_key(&self, member: MemberId) -> KeyId {
        let new = NewKeyRequest {
            kind: KindName::try_from("INDIVIDUAL").unwrap(),
            name: "own".try_into().unwrap(),
            roles: None,
            half: NewHalf::Issuer,
        };
        self.server().generate(self.id(), &Request::by(Actor::User(member)), &new).await.unwrap().value
    }

    pub(crate) async fn revoke(&self, key: KeyId) {
        let (server, asks, reason) = (self.server(), self.asks(), RevocationReason::KeyCompromised);
        server.revoke(self.id(), &asks, vec![key], reason, None).await.unwrap();
    }

    /// Whoever holds a key that may do all that keys may.
    pub(crate) async fn holder(&self) -> Holder {
        self.holder_of("ADMIN").await
    }

    /// Whoever holds a team key of this role.
    pub(crate) async fn holder_of(&self, role: &str) -> Holder {
        let server = self.server();
        let key = server.generate(self.id(), &self.asks(), &team_key("key", role)).await.unwrap().value;
        Holder::of(&server, self.id(), self.owner(), key).await
    }

    pub(crate) async fn back_up(&self, to: &Path) -> BackedUp {
        self.server().backup(to, &mut |_| {}).await.unwrap()
    }

    /// Every event of the ledger by name, in order.
    pub(crate) async fn events(&self) -> Vec<&'static str> {
        let rows = self.server().ledger().store().rows_after(Default::default(), 100_000).await.unwrap();
        rows.iter().map(|row| Entry::from_bytes(&row.bytes).unwrap().event.name()).collect()
    }
}

pub(crate) async fn invite_on(
    server: &Authority,
    team: IssuerId,
    by: Actor,
    email: &str,
    role: &str,
) -> Result<InvitationId, Failure> {
    let new = NewInvitation {
        email: address(email),
        first_name: "Ada".try_into().unwrap(),
        last_name: "Lovelace".try_into().unwrap(),
        roles: roles(&[role]),
        withheld: Roles::none(),
        sees: Sees::AllApps,
        provisioning_allowed: true,
    };
    server.invite(team, &Request::by(by), &new).await.map(|answered| answered.value)
}

pub(crate) fn team_key(name: &str, role: &str) -> NewKeyRequest {
    NewKeyRequest {
        kind: KindName::try_from("TEAM").unwrap(),
        name: name.try_into().unwrap(),
        roles: Some(if role == "ADMIN" { admin_key() } else { roles(&[role]) }),
        half: NewHalf::Issuer,
    }
}

pub(crate) fn roles(names: &[&str]) -> Roles {
    names.iter().map(|name| RoleName::try_from(*name).unwrap()).collect()
}

pub(crate) fn address(email: &str) -> Email {
    Email::try_from(email).unwrap()
}

pub(crate) fn person(email: &str) -> NewPerson {
    NewPerson {
        email: address(email),
        first_name: "Ada".try_into().unwrap(),
        last_name: "Lovelace".try_into().unwrap(),
    }
}

pub(crate) fn named(scope: u8, body: u8) -> Option<IdempotencyKey> {
    Some(IdempotencyKey { scope: [scope; 32], body: [body; 32] })
}

/// Why it was refused.
pub(crate) fn refusal<T: std::fmt::Debug>(outcome: Result<T, Failure>) -> Refusal {
    match outcome {
        Err(Failure::Refused(refusal)) => refusal,
        other => panic!("not a refusal: {other:?}"),
    }
}

/// Does something many times at once, on these servers in turn.
pub(crate) async fn together<T, F>(
    many: usize,
    servers: &[Arc<Authority>],
    act: impl Fn(Arc<Authority>) -> F,
) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let started = (0..many).map(|number| tokio::spawn(act(Arc::clone(&servers[number % servers.len()]))));
    let tasks: Vec<_> = started.collect();
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.push(task.await.unwrap());
    }
    outcomes
}

/// A request of a holder, as a door carries it out: on what is new, and with a loan.
pub(crate) async fn asks(holder: &Holder, server: &Authority, method: &str, target: &str) -> Verdict {
    if server.verifier().place().is_none() {
        server.give_verdicts();
    }
    server.follow_once().await.unwrap();
    let verdict = holder.asks(server, method, target);
    if !matches!(verdict.reason(), Some(Reason::Limited { by: LimitedBy::Lease, .. })) {
        return verdict;
    }
    server.lend(Awake::read()).await.unwrap();
    holder.asks(server, method, target)
}
