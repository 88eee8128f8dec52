//! Rotating the seal key: what waits for its download is sealed anew, and the old key destroyed.
//! Backups and logs of the database that still hold sealed bytes are unreadable from then on.
//!
//! 1. The new key is written beside the old one, durably. A crash after this changes nothing: the
//!    old key is in force, and the next rotation writes over the new one.
//! 2. One transaction seals every waiting half and every authenticator app's secret anew, makes the new key known, forgets the old one
//!    and writes the event. A crash after this leaves the new key in force; the next start finds
//!    it beside the old one, by its id.
//! 3. The new key takes the old one's place in the data directory.

use crate::authority::Authority;
use crate::credentials::sealed_as;
use crate::failure::Failure;
use crate::ledger::{Alongside, Rejected};
use crate::seal::{Record, SealKey};
use crate::seal_source::{self, SealSource, SealSourceFault};
use crate::store::tables::authenticators::{self, Authenticator};
use crate::store::tables::halves::{self, PendingHalf};
use crate::store::{Statement, all_of};
use counterfoil_core::event::{Actor, Event, Stream};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

/// How often it is tried again because keys were generated meanwhile.
const MOST_TRIES: usize = 16;

/// What a rotation did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// How many halves that wait for their download were sealed anew.
    pub resealed: usize,
}

/// Why the seal key was not rotated.
#[derive(Debug, thiserror::Error)]
pub enum RotateFault {
    /// The key comes from outside, so that it can't be rotated from here.
    #[error(
        "the seal key comes from {by}, and only a key file can be rotated here. Keep the seal key in a file, or wait until no private half waits for its download and give another key"
    )]
    Given {
        /// What gives it.
        by: String,
    },
    /// A key file can't be read or written.
    #[error(transparent)]
    Source(#[from] SealSourceFault),
    /// Anything else.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl Authority {
    /// Rotates the seal key.
    ///
    /// # Errors
    /// If the key is no file of ours, or the store did not take it. The old key is in force then,
    /// but after [`Failure::Unknown`], when the next start finds out.
    pub async fn rotate_seal(&self) -> Result<Rotated, RotateFault> {
        let path = match &self.seal_source {
            SealSource::File(path) => path.clone(),
            SealSource::Given { by, .. } => return Err(RotateFault::Given { by: by.clone() }),
        };
        let _turn = turn_to_rotate(path.clone()).await?;
        for _ in 0..MOST_TRIES {
            if let Some(rotated) = self.rotate_once(&path).await? {
                return Ok(rotated);
            }
        }
        Err(Failure::Unavailable("keys were generated each time meanwhile".into()).into())
    }

    /// One try; nothing, if a half was sealed by the old key meanwhile.
    async fn rotate_once(&self, path: &Path) -> Result<Option<Rotated>, RotateFault> {
        self.take_up_seal_key().await?;
        let (old, new) = (self.seal_key(), SealKey::generate(&self.random)?);
        seal_source::write_beside(path, &new)?;
        let waiting: Vec<PendingHalf> =
            all_of(self.read(halves::not_sealed_by(new.id(), u32::MAX)).await?).map_err(Failure::from)?;
        let apps: Vec<Authenticator> =
            all_of(self.read(authenticators::sealed_by(old.id())).await?).map_err(Failure::from)?;
        let side = self.resealing(&old, &new, &waiting, &apps)?;
        let rotated = self.ledger().append(Stream::Installation, Actor::Operator, |_| {
            Ok((vec![Event::SealRotated], Alongside { claims: Vec::new(), side: side.clone() }))
        });
        match rotated.await {
            Ok(_) => {}
            Err(Rejected::Unexpected(_)) => return Ok(None),
            Err(rejected) => return Err(Failure::from(rejected).into()),
        }
        self.put_in_place(new).await?;
        Ok(Some(Rotated { resealed: waiting.len() }))
    }

    /// Puts a new seal key in the place of one that is lost. What waited for its download can't be
    /// opened any more, and is erased. Answers how many halves that were.
    ///
    /// # Errors
    /// If the store did not take it; what was erased before stays so.
    pub(crate) async fn replace_lost_seal_key(&self) -> Result<usize, RotateFault> {
        let waiting: Vec<PendingHalf> =
            all_of(self.read(halves::not_sealed_by("", u32::MAX)).await?).map_err(Failure::from)?;
        for half in &waiting {
            self.erase_half(half.team, half.key).await?;
        }
        let known: Vec<halves::SealKey> =
            all_of(self.read(halves::seal_keys()).await?).map_err(Failure::from)?;
        let new = self.successor_of_lost()?;
        let mut side: Vec<Statement> =
            known.iter().map(|lost| halves::forget_lost_seal_key(&lost.kek)).collect();
        side.push(halves::add_seal_key(&self.known(&new)));
        let replaced = self.ledger().append(Stream::Installation, Actor::Operator, |_| {
            Ok((vec![Event::SealRotated], Alongside { claims: Vec::new(), side: side.clone() }))
        });
        replaced.await.map_err(Failure::from)?;
        self.put_in_place(new).await?;
        Ok(waiting.len())
    }

    /// A key from outside is given anew; a key file is made anew, and what lay there is kept aside,
    /// since it may be the key of another installation.
    fn successor_of_lost(&self) -> Result<SealKey, RotateFault> {
        match &self.seal_source {
            SealSource::Given { .. } => Ok(self.seal_source.load(None)?),
            SealSource::File(path) => {
                seal_source::set_aside(path)?;
                let new = SealKey::generate(&self.random)?;
                seal_source::write_beside(path, &new)?;
                Ok(new)
            }
        }
    }

    fn known(&self, key: &SealKey) -> halves::SealKey {
        halves::SealKey {
            kek: key.id().to_owned(),
            proof: key.id().as_bytes().to_vec(),
            created_at: self.now(),
        }
    }

    fn resealing(
        &self,
        old: &SealKey,
        new: &SealKey,
        waiting: &[PendingHalf],
        apps: &[Authenticator],
    ) -> Result<Vec<Statement>, Failure> {
        let mut side = vec![halves::add_seal_key(&self.known(new))];
        for half in waiting {
            let record = Record { team: half.team, key: half.key };
            let plain = old.open(record, &half.sealed)?;
            let sealed = new.seal(&self.random, record, &plain)?;
            side.push(halves::reseal(half.key, &sealed, new.id(), &half.kek));
        }
        for app in apps {
            let identity = sealed_as(app.person);
            let plain = old.open_as(&identity, &app.sealed).ok_or_else(|| {
                Failure::Seal(format!("the {app:?} does not open with seal key {}", old.id()))
            })?;
            let sealed = new.seal_as(&self.random, &identity, &plain)?;
            side.push(authenticators::reseal(app.person, &sealed, new.id(), &app.kek));
        }
        side.push(halves::destroy_seal_key(old.id()));
        Ok(side)
    }

    async fn put_in_place(&self, new: SealKey) -> Result<(), RotateFault> {
        self.seal_source.load(Some(new.id()))?;
        *self.seal.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
        self.store().forget_erased().await.map_err(Failure::from)?;
        Ok(())
    }

    async fn read(&self, statement: Statement) -> Result<Vec<crate::store::Row>, Failure> {
        Ok(self.store().read(statement).await?)
    }
}

/// Waits on a thread of its own: whoever has the turn needs those of the runtime to end it.
async fn turn_to_rotate(path: PathBuf) -> Result<File, RotateFault> {
    let turn = tokio::task::spawn_blocking(move || seal_source::turn_to_rotate(&path)).await;
    Ok(turn.map_err(|fault| Failure::Fault(fault.to_string()))??)
}
