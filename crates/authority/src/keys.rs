//! Keys: generate, download, revoke, burn.

mod endings;
mod spare;

pub(crate) use spare::Spare;

use crate::authority::{Answered, Authority, Request};
use crate::failure::Failure;
use crate::idempotency::{Recalled, Remembered};
use crate::ledger::{Alongside, Done, Rejected};
use crate::seal::Record;
use crate::start::seal_key_in_force;
use crate::store::tables::halves::{self, PendingHalf};
use crate::store::{Claim, first_of};
use counterfoil_core::event::{Actor, Event, PrivateHalfAt, RevocationReason};
use counterfoil_core::half::{PrivateHalf, PublicHalf};
use counterfoil_core::id::{IssuerId, KeyId, KeyName, KindName, Remark};
use counterfoil_core::refusal::{Refusal, Thing};
use counterfoil_core::roles::Roles;
use counterfoil_core::team::{Command, NewKey};
use std::sync::{Arc, PoisonError};
use zeroize::Zeroizing;

/// How often a key id is drawn anew because it was taken. One in 36¹⁰ is.
const MOST_DRAWS: usize = 8;
/// How many overdue halves are erased in one round.
const OVERDUE_AT_ONCE: u32 = 500;

/// What is to be generated.
#[derive(Clone, Debug)]
pub struct NewKeyRequest {
    /// The kind.
    pub kind: KindName,
    /// What people call it. It stands in the ledger for ever.
    pub name: KeyName,
    /// Its roles, where its kind has roles of its own.
    pub roles: Option<Roles>,
    /// Who makes the pair.
    pub half: NewHalf,
}

/// Who makes the pair of a new key.
#[derive(Clone, Debug)]
pub enum NewHalf {
    /// The issuer; the private half waits, sealed, for its one download.
    Issuer,
    /// The holder, who hands over the public half only.
    Holder(PublicHalf),
}

/// A private half on its way to its holder.
pub struct Downloaded {
    /// PKCS#8 in PEM.
    pub pem: Zeroizing<String>,
    /// What the file should be called.
    pub file_name: String,
}

impl std::fmt::Debug for Downloaded {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Downloaded")
            .field("pem", &"[private half]")
            .field("file_name", &self.file_name)
            .finish()
    }
}

/// What a key is made of, before it has an id.
struct Pair {
    public: PublicHalf,
    private: Option<Zeroizing<String>>,
}

impl Authority {
    /// Generates a key. The private half, if the issuer makes it, is sealed in the same
    /// transaction.
    ///
    /// # Errors
    /// If a rule forbids it or the store did not take it; nothing was made then.
    pub async fn generate(
        &self,
        team: IssuerId,
        request: &Request,
        new: &NewKeyRequest,
    ) -> Result<Answered<KeyId>, Failure> {
        let twin = match self.recall(request).await? {
            Recalled::Done(answer) => return answer.into_answered(),
            Recalled::New(twin) => twin,
        };
        for _ in 0..MOST_DRAWS {
            let key = KeyId::from_random(self.random()?);
            match self.generate_with_id(team, request, new, key).await {
                Ok(done) => return Ok(Answered { value: key, position: done.position, replayed: false }),
                Err(Rejected::ClaimTaken(0)) => {}
                Err(Rejected::ClaimTaken(_)) if matches!(new.half, NewHalf::Holder(_)) => {
                    return Err(Refusal::PublicHalfTaken.into());
                }
                Err(Rejected::ClaimTaken(_)) => {}
                Err(Rejected::Unexpected(halves::SEAL_KEY_IN_FORCE)) => self.take_up_seal_key().await?,
                Err(other) => return twin.or_remembered(self, request, other).await,
            }
        }
        Err(Failure::Fault("no free key id was drawn".into()))
    }

    async fn generate_with_id(
        &self,
        team: IssuerId,
        request: &Request,
        new: &NewKeyRequest,
        key: KeyId,
    ) -> Result<Done, Rejected> {
        let pair = self.pair_for(new)?;
        let side = match &pair.private {
            Some(pem) => self.sealed_side(Record { team, key }, pem)?,
            None => Vec::new(),
        };
        let command = Command::GenerateKey(NewKey {
            key,
            kind: new.kind.clone(),
            name: new.name.clone(),
            roles: new.roles.clone(),
            public: pair.public,
            private: if pair.private.is_some() { PrivateHalfAt::Issuer } else { PrivateHalfAt::Holder },
        });
        let claims = vec![
            Claim { name: Claim::name_of(key), subject: team.to_string() },
            Claim { name: half_claim(&pair.public), subject: key.to_string() },
        ];
        let remembered = Remembered::created("apiKeys", key.to_string());
        let keep = self.remember(request, &remembered);
        let alongside =
            |_: &[Event]| Alongside { claims: claims.clone(), side: [side.clone(), keep.clone()].concat() };
        let submitting = self.ledger.submit(team, request.by, &command, alongside);
        if pair.private.is_none() {
            return submitting.await;
        }
        // What is handed in first is on its way to the disk.
        tokio::join!(biased; submitting, async { self.spare.leave(|| self.draw_pair()) }).0
    }

    fn pair_for(&self, new: &NewKeyRequest) -> Result<Pair, Failure> {
        match &new.half {
            NewHalf::Holder(public) => Ok(Pair { public: *public, private: None }),
            NewHalf::Issuer => self.spare.take().map_or_else(|| self.draw_pair(), Ok),
        }
    }

    fn draw_pair(&self) -> Result<Pair, Failure> {
        let half = PrivateHalf::generate(&self.random).map_err(|fault| Failure::Fault(fault.to_string()))?;
        let pem = half.to_pem().map_err(|fault| Failure::Fault(fault.to_string()))?;
        Ok(Pair { public: half.public(), private: Some(pem) })
    }

    fn sealed_side(&self, record: Record, pem: &str) -> Result<Vec<crate::store::Statement>, Failure> {
        let seal = self.seal_key();
        let half = PendingHalf {
            key: record.key,
            team: record.team,
            sealed: seal.seal(&self.random, record, pem.as_bytes())?,
            kek: seal.id().to_owned(),
            created_at: self.now(),
        };
        Ok(vec![halves::still_in_force(seal.id()), halves::keep(&half)])
    }

    /// Hands the private half over, once: it is erased in the transaction that records the download,
    /// and given out only when that is durable.
    ///
    /// # Errors
    /// If a rule forbids it or the store did not take it; the half waits on then. After
    /// [`Failure::Unknown`] it may be gone without having been given out.
    pub async fn download(&self, team: IssuerId, by: Actor, key: KeyId) -> Result<Downloaded, Failure> {
        let command = Command::Download { key };
        let alongside = |_: &[Event]| Alongside { claims: Vec::new(), side: vec![halves::erase(key)] };
        let pem = match self.unsealed(Record { team, key }).await {
            Ok(Some(pem)) => pem,
            Ok(None) => return Err(self.why_no_half(team, by, key, &command).await),
            Err(failure) => {
                self.rule_on(team, by, &command)?;
                return Err(failure);
            }
        };
        let done =
            self.ledger.submit(team, by, &command, alongside).await.map_err(|rejected| match rejected {
                Rejected::Unexpected(_) => Refusal::AlreadyDownloaded(key).into(),
                other => Failure::from(other),
            })?;
        Ok(Downloaded { pem, file_name: self.file_name(&done, key)? })
    }

    /// Whatever took the half away stands in the ledger: once that is read, a rule says why.
    async fn why_no_half(&self, team: IssuerId, by: Actor, key: KeyId, command: &Command) -> Failure {
        match self.ledger.catch_up().await.and_then(|_| self.rule_on(team, by, command)) {
            Ok(()) => Refusal::NoPrivateHalf(key).into(),
            Err(failure) => failure,
        }
    }

    fn rule_on(&self, team: IssuerId, by: Actor, command: &Command) -> Result<(), Failure> {
        let catalog = self.catalog();
        let under = counterfoil_core::team::Circumstances { catalog: &catalog, by, now: self.now() };
        self.ledger.team(team)?.decide(command, under)?;
        Ok(())
    }

    async fn unsealed(&self, record: Record) -> Result<Option<Zeroizing<String>>, Failure> {
        let rows = self.store().read(halves::pending(record.key)).await?;
        let Some(half) = first_of::<PendingHalf>(rows)?.filter(|half| half.team == record.team) else {
            return Ok(None);
        };
        if half.kek != self.seal_key().id() {
            self.take_up_seal_key().await?;
        }
        let plain = self.seal_key().open(record, &half.sealed)?;
        let pem =
            std::str::from_utf8(&plain).map_err(|_| Failure::Seal("what was sealed is no PEM".into()))?;
        Ok(Some(Zeroizing::new(pem.to_owned())))
    }

    fn file_name(&self, done: &Done, key: KeyId) -> Result<String, Failure> {
        let record = done.team.keys.get(&key).ok_or_else(|| Refusal::NoSuch(Thing::Key, key.to_string()))?;
        let catalog = self.catalog();
        let prefix = catalog.kind(record.kind.as_str()).map_or("AuthKey_", |kind| kind.file_prefix.as_str());
        Ok(format!("{prefix}{key}.p8"))
    }

    /// Takes up the seal key that a rotation has put in force meanwhile.
    pub(crate) async fn take_up_seal_key(&self) -> Result<(), Failure> {
        let in_force = seal_key_in_force(self.store().as_ref()).await?;
        let key =
            self.seal_source.load(in_force.as_deref()).map_err(|fault| Failure::Seal(fault.to_string()))?;
        *self.seal.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(key);
        Ok(())
    }

    /// Ends keys: all of them or, if one can't be, none. What waited for its download is erased.
    ///
    /// # Errors
    /// If a rule forbids it or the store did not take it.
    pub async fn revoke(
        &self,
        team: IssuerId,
        request: &Request,
        keys: Vec<KeyId>,
        reason: RevocationReason,
        remark: Option<Remark>,
    ) -> Result<Answered<Vec<KeyId>>, Failure> {
        let twin = match self.recall(request).await? {
            Recalled::Done(answer) => return answer.into_answered_ids(),
            Recalled::New(twin) => twin,
        };
        let remembered = Remembered::changed("apiKeys", keys.iter().map(ToString::to_string).collect());
        let keep = self.remember(request, &remembered);
        let command = Command::Revoke { keys: keys.clone(), reason, remark };
        let before = self.ledger.team(team)?;
        let alongside = |events: &[Event]| Alongside {
            claims: Vec::new(),
            side: [self.endings(&before, request.by, events), keep.clone()].concat(),
        };
        match self.ledger.submit(team, request.by, &command, alongside).await {
            Ok(done) => {
                self.remember_if_nothing_happened(&done, keep).await?;
                Ok(Answered { value: keys, position: done.position, replayed: false })
            }
            Err(rejected) => twin.or_remembered_ids(self, request, rejected).await,
        }
    }

    /// Ends a key whose private half somebody has shown to hold. Whether it was ended already is
    /// the answer.
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn burn(&self, team: IssuerId, key: KeyId) -> Result<bool, Failure> {
        let command =
            Command::Revoke { keys: vec![key], reason: RevocationReason::KeyCompromised, remark: None };
        let (before, by) = (self.ledger.team(team)?, Actor::Holder(key));
        let side = |events: &[Event]| self.endings(&before, by, events);
        let alongside = |events: &[Event]| Alongside { claims: Vec::new(), side: side(events) };
        let done = self.ledger.submit(team, by, &command, alongside).await?;
        Ok(done.events.is_empty())
    }

    /// The key of a public half that was ever registered, and its team.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn key_of_half(
        &self,
        thumbprint: &counterfoil_core::half::Thumbprint,
    ) -> Result<Option<KeyId>, Failure> {
        let subject = self.store().claimed(&format!("half:{thumbprint}")).await?;
        Ok(subject.and_then(|subject| KeyId::try_from(subject.as_str()).ok()))
    }

    /// Erases private halves that nobody came for in time; each is tried, also after another could not be
    /// erased. Answers how many.
    ///
    /// # Errors
    /// If the store can't be read, or the first failure to erase one.
    pub async fn erase_overdue_halves(&self) -> Result<usize, Failure> {
        let before = self.now().minus(self.half_lifetime);
        let rows = self.store().read(halves::older_than(before, OVERDUE_AT_ONCE)).await?;
        let overdue: Vec<PendingHalf> = crate::store::all_of(rows)?;
        let mut outcome = Ok(overdue.len());
        for half in &overdue {
            outcome = outcome.and(self.erase_half(half.team, half.key).await.map(|()| overdue.len()));
        }
        outcome
    }

    /// Erases a private half that waits for its download.
    pub(crate) async fn erase_half(&self, team: IssuerId, key: KeyId) -> Result<(), Failure> {
        let alongside = |_: &[Event]| Alongside { claims: Vec::new(), side: vec![halves::erase_if_any(key)] };
        self.ledger.submit(team, Actor::Operator, &Command::EraseHalf { key }, alongside).await?;
        Ok(())
    }
}

/// What goes with revocations, whatever caused them: the half that waited is erased.
pub(crate) fn erasures(events: &[Event]) -> Vec<crate::store::Statement> {
    let revoked = |event: &Event| match event {
        Event::KeyRevoked { key, .. } => Some(halves::erase_if_any(*key)),
        _ => None,
    };
    events.iter().filter_map(revoked).collect()
}

fn half_claim(public: &PublicHalf) -> String {
    format!("half:{}", public.thumbprint())
}
