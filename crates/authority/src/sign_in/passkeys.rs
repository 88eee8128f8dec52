//! Signing in by a passkey, without saying first who it is.

use super::challenges::TIMEOUT_MILLIS;
use super::{FailedBy, Happening, How, Outcome, SeenFrom, Who};
use crate::authority::Authority;
use crate::credentials::webauthn::{Authentication, PublicKey};
use crate::failure::Failure;
use crate::store::tables::{challenges, passkeys, sign_in_events};
use crate::store::{Statement, StoreFault, first_of};
use counterfoil_core::id::PersonId;
use serde_json::{Value, json};

/// A passkey that has signed what it should have.
pub(super) struct Proven {
    /// Whose it is.
    pub(super) person: PersonId,
    /// What notes its use. Undone with everything around it if its counter goes back.
    pub(super) used: Statement,
}

impl Authority {
    /// What the browser needs to sign in by a passkey: `PublicKeyCredentialRequestOptionsJSON`. It names no
    /// account, so that it tells of none; good for five minutes, once. Nothing is written.
    ///
    /// # Errors
    /// If the machine has no randomness.
    pub async fn begin_passkey_sign_in(&self) -> Result<Value, Failure> {
        Ok(request_options(&self.site().rp_id, &self.challenge_for_anybody()?, &[]))
    }

    /// Signs in by a passkey: `response` is the browser's `AuthenticationResponseJSON`
    /// (`JSON.stringify(credential)`).
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn sign_in_with_passkey(&self, response: &str, from: &SeenFrom) -> Result<Outcome, Failure> {
        let Ok(answer) = Authentication::parse(response) else { return Ok(Outcome::No) };
        let Ok(challenge) = answer.challenge() else { return Ok(Outcome::No) };
        let Some(challenge) = self.answered(&challenge).await? else { return Ok(Outcome::No) };
        let Some(proven) = self.proven_by(&answer, None, from).await? else { return Ok(Outcome::No) };
        let (secret, opening) = self.opening(Who::Person(proven.person), How::Passkey, from)?;
        let statements = [vec![challenges::spend(&challenge), proven.used], opening].concat();
        match self.store().write(statements).await {
            Ok(_) => Ok(Outcome::In(secret)),
            Err(StoreFault::Unexpected(passkeys::A_GROWING_COUNTER)) => {
                self.note_copy(proven.person, from).await?;
                Ok(Outcome::No)
            }
            Err(StoreFault::Unexpected(_)) => Ok(Outcome::No),
            Err(fault) => Err(fault.into()),
        }
    }

    /// The passkey that gave this answer, if it signed what it should have, and belongs to `of` where that is
    /// known. What went wrong is noted. Whoever calls this looks after the challenge.
    pub(super) async fn proven_by(
        &self,
        answer: &Authentication,
        of: Option<PersonId>,
        from: &SeenFrom,
    ) -> Result<Option<Proven>, Failure> {
        let row: Option<passkeys::Passkey> = first_of(self.store().read(passkeys::find(answer.id())).await?)?;
        let Some(row) = row.filter(|row| of.is_none_or(|person| row.person == person)) else {
            self.store().write(vec![sign_in_events::count_unknown(self.now())]).await?;
            return Ok(None);
        };
        match self.checked(answer, &row, of.is_none()) {
            Ok(counter) => {
                let used = passkeys::used(&row.id, counter, self.now());
                Ok(Some(Proven { person: row.person, used }))
            }
            Err(why) => {
                tracing::info!(why, person = %row.person, "A passkey was not accepted");
                let noted = self.noting(Some(row.person), Happening::Failed(FailedBy::Passkey), from)?;
                self.store().write(vec![noted]).await?;
                Ok(None)
            }
        }
    }

    fn checked(
        &self,
        answer: &Authentication,
        row: &passkeys::Passkey,
        must_name: bool,
    ) -> Result<u64, &'static str> {
        match answer.user_handle()? {
            Some(handle) if handle == row.person.to_string().into_bytes() => {}
            Some(_) => return Err("the authenticator takes it for somebody else's"),
            None if must_name => return Err("the authenticator does not say whose it is"),
            None => {}
        }
        answer.verified(self.site().party(), &PublicKey::parse(&row.public_key)?)
    }

    /// Notes that a passkey's counter went back: somebody may have a copy.
    pub(super) async fn note_copy(&self, person: PersonId, from: &SeenFrom) -> Result<(), Failure> {
        tracing::warn!(%person, "The counter of a passkey went back: there may be a copy of it");
        let noted = self.noting(Some(person), Happening::PasskeyCounterWentBack, from)?;
        self.store().write(vec![noted]).await?;
        Ok(())
    }
}

/// What a browser needs to use a passkey.
pub(super) fn request_options(party: &str, challenge: &str, of: &[Value]) -> Value {
    json!({
        "rpId": party,
        "challenge": challenge,
        "timeout": TIMEOUT_MILLIS,
        "allowCredentials": of,
        "userVerification": "required",
    })
}
