//! Challenges: what a browser is asked to sign, or to send back. Each is good once, on whichever server.

use super::Session;
use crate::authority::Authority;
use crate::failure::Failure;
use crate::secret::{Secret, hash_of};
use crate::store::first_of;
use crate::store::tables::challenges::{self, Challenge, Purpose};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use counterfoil_core::id::PersonId;
use counterfoil_core::time::Timestamp;
use std::time::Duration;

/// How long a browser has to answer.
const PATIENCE: Duration = Duration::from_secs(5 * 60);
/// The same, as browsers are told.
pub(crate) const TIMEOUT_MILLIS: u64 = 5 * 60 * 1000;

impl Authority {
    /// A challenge for whoever is signed in.
    pub(crate) async fn challenge_for(&self, session: &Session, purpose: Purpose) -> Result<Secret, Failure> {
        self.challenge(purpose, session.person(), session.id.to_string()).await
    }

    /// What stands between a right password and the session: a second factor.
    pub(super) async fn challenge_to_second_factor(&self, person: PersonId) -> Result<Secret, Failure> {
        self.challenge(Purpose::SecondFactor, Some(person), String::new()).await
    }

    async fn challenge(
        &self,
        purpose: Purpose,
        person: Option<PersonId>,
        session: String,
    ) -> Result<Secret, Failure> {
        let (secret, now) = (Secret::draw(&self.random)?, self.now());
        let challenge = Challenge {
            hash: secret.hash(),
            purpose,
            person,
            session,
            detail: Vec::new(),
            tries: 0,
            created_at: now,
            expires_at: now.plus(PATIENCE),
        };
        self.store().write(vec![challenges::add(&challenge)]).await?;
        Ok(secret)
    }

    /// The challenge with this secret, if it is open.
    pub(crate) async fn open_challenge(
        &self,
        shown: &str,
        purpose: Purpose,
    ) -> Result<Option<Challenge>, Failure> {
        let statement = challenges::find(hash_of(shown), purpose, self.now());
        Ok(first_of(self.store().read(statement).await?)?)
    }

    /// A challenge for whoever looks at the page to sign in. Nothing is kept of it, so that looking fills no table:
    /// it says itself since when it is good, and only the seal key brings it forth.
    pub(super) fn challenge_for_anybody(&self) -> Result<String, Failure> {
        let random: [u8; 8] = self.random()?;
        let head = [self.now().as_millis().to_be_bytes(), random].concat();
        let mark = self.mark_of(&head);
        Ok(URL_SAFE_NO_PAD.encode([head, mark].concat()))
    }

    /// What notes that a challenge for anybody was answered, if it is one of ours and not too old. Another server
    /// may have made it with a seal key that this one has yet to take up.
    pub(super) async fn answered(&self, shown: &str) -> Result<Option<Challenge>, Failure> {
        let Some(bytes) = URL_SAFE_NO_PAD.decode(shown).ok().filter(|bytes| bytes.len() == 32) else {
            return Ok(None);
        };
        let (head, mark) = bytes.split_at(16);
        let Some(since) = head.first_chunk().map(|since| i64::from_be_bytes(*since)) else { return Ok(None) };
        let (since, now) = (Timestamp::from_millis(since), self.now());
        if now.since(since) >= PATIENCE || since.since(now) >= PATIENCE {
            return Ok(None);
        }
        if !self.is_ours(head, mark) {
            self.take_up_seal_key().await?;
            if !self.is_ours(head, mark) {
                return Ok(None);
            }
        }
        Ok(Some(Challenge {
            hash: hash_of(shown),
            purpose: Purpose::SignIn,
            person: None,
            session: String::new(),
            detail: Vec::new(),
            tries: 0,
            created_at: since,
            expires_at: since.plus(2 * PATIENCE),
        }))
    }

    fn is_ours(&self, head: &[u8], mark: &[u8]) -> bool {
        verify_slices_are_equal(&self.mark_of(head), mark).is_ok()
    }

    fn mark_of(&self, head: &[u8]) -> Vec<u8> {
        self.seal_key().derived("passkey challenge", head)[..16].to_vec()
    }
}
