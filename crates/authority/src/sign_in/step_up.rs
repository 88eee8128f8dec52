//! Step-up: proving once more who it is, shortly before something delicate. The session gets another secret.

use super::passkeys::request_options;
use super::passwords::code_account;
use super::sessions::FRESH;
use super::{FailedBy, Happening, How, SeenFrom, Session, SessionSecret};
use crate::authority::Authority;
use crate::credentials::descriptor;
use crate::credentials::webauthn::Authentication;
use crate::failure::Failure;
use crate::secret::{Secret, hash_of};
use crate::store::tables::challenges::{self, Purpose};
use crate::store::tables::passwords::{self, KeptPassword};
use crate::store::tables::{passkeys, sessions};
use crate::store::{Statement, StoreFault, all_of, first_of};
use counterfoil_core::id::PersonId;
use serde_json::Value;
use std::time::Duration;

/// What became of it.
#[derive(Debug)]
pub enum StepUp {
    /// The session is fresh again, under a new secret.
    Fresh(SessionSecret),
    /// The password is right, and a code of the authenticator app, or a recovery code, is needed too.
    NeedsCode,
    /// Too many attempts: this long nothing is looked at.
    Wait(Duration),
    /// It was not proven. Why, is not said.
    No,
}

impl Authority {
    /// Steps up by the password, and a code where a password alone is not enough.
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn step_up_with_password(
        &self,
        session: &str,
        password: &str,
        code: Option<&str>,
        from: &SeenFrom,
    ) -> Result<StepUp, Failure> {
        let Some((found, person)) = self.session_of_person(session).await? else { return Ok(StepUp::No) };
        let ticket = match self.admit(code_account(person), from).await? {
            Ok(ticket) => ticket,
            Err(wait) => return Ok(StepUp::Wait(wait)),
        };
        let kept: Option<KeptPassword> = first_of(self.store().read(passwords::of(person)).await?)?;
        let Some(kept) = self.check_password(kept, password, from).await? else { return Ok(StepUp::No) };
        let needs_strength = self.needs_strength(person).await?;
        let (how, taken) = match (self.needs_code(&kept, needs_strength).await?, code) {
            (false, _) => (How::Password, Vec::new()),
            // It counts as an attempt still: otherwise the right password would buy any number of codes.
            (true, None) => return Ok(StepUp::NeedsCode),
            (true, Some(code)) => match self.right_code(person, code).await? {
                Some(right) => (right.how, right.taken),
                None => return self.step_up_failed(person, FailedBy::Code, from).await,
            },
        };
        match self.freshened(session, &found, how, taken, from).await {
            Ok(secret) => {
                self.went_well(ticket).await;
                Ok(StepUp::Fresh(secret))
            }
            Err(StoreFault::Unexpected(sessions::THE_SESSION)) => Ok(StepUp::No),
            Err(StoreFault::Unexpected(_)) => self.step_up_failed(person, FailedBy::Code, from).await,
            Err(fault) => Err(fault.into()),
        }
    }

    /// What the browser needs to step up by a passkey: `PublicKeyCredentialRequestOptionsJSON`.
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn begin_step_up(&self, session: &Session) -> Result<Value, Failure> {
        let passkeys: Vec<passkeys::Passkey> = match session.person() {
            Some(person) => all_of(self.store().read(passkeys::of(person)).await?)?,
            None => Vec::new(),
        };
        let challenge = self.challenge_for(session, Purpose::StepUp).await?;
        let known: Vec<Value> = passkeys.iter().map(|passkey| descriptor(&passkey.id)).collect();
        Ok(request_options(&self.site().rp_id, challenge.expose(), &known))
    }

    /// Steps up by a passkey: `response` is the browser's `AuthenticationResponseJSON`.
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn step_up_with_passkey(
        &self,
        session: &str,
        response: &str,
        from: &SeenFrom,
    ) -> Result<StepUp, Failure> {
        let Some((found, person)) = self.session_of_person(session).await? else { return Ok(StepUp::No) };
        let Ok(answer) = Authentication::parse(response) else { return Ok(StepUp::No) };
        let Ok(challenge) = answer.challenge() else { return Ok(StepUp::No) };
        let open = self.open_challenge(&challenge, Purpose::StepUp).await?;
        let Some(open) = open.filter(|open| open.session == found.id.to_string()) else {
            return Ok(StepUp::No);
        };
        let Some(proven) = self.proven_by(&answer, Some(person), from).await? else { return Ok(StepUp::No) };
        let taken = vec![challenges::use_up(open.hash), proven.used];
        match self.freshened(session, &found, How::Passkey, taken, from).await {
            Ok(secret) => Ok(StepUp::Fresh(secret)),
            Err(StoreFault::Unexpected(passkeys::A_GROWING_COUNTER)) => {
                self.note_copy(person, from).await?;
                Ok(StepUp::No)
            }
            Err(StoreFault::Unexpected(_)) => Ok(StepUp::No),
            Err(fault) => Err(fault.into()),
        }
    }

    /// Makes a session fresh whose person somebody else has proven anew: another provider. Whoever calls this knows
    /// that it is the session's person.
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn step_up_for(&self, session: &str, how: How, from: &SeenFrom) -> Result<StepUp, Failure> {
        let Some((found, _)) = self.session_of_person(session).await? else { return Ok(StepUp::No) };
        match self.freshened(session, &found, how, Vec::new(), from).await {
            Ok(secret) => Ok(StepUp::Fresh(secret)),
            Err(StoreFault::Unexpected(_)) => Ok(StepUp::No),
            Err(fault) => Err(fault.into()),
        }
    }

    /// The operator's own session can't step up: it comes by a link, and another link is the way.
    async fn session_of_person(&self, shown: &str) -> Result<Option<(Session, PersonId)>, Failure> {
        let session = self.session(shown).await?;
        Ok(session.and_then(|session| session.person().map(|person| (session, person))))
    }

    async fn freshened(
        &self,
        shown: &str,
        session: &Session,
        how: How,
        taken: Vec<Statement>,
        from: &SeenFrom,
    ) -> Result<SessionSecret, StoreFault> {
        let unavailable = |failure: Failure| StoreFault::Unavailable(failure.to_string());
        let (secret, now) = (Secret::draw(&self.random).map_err(unavailable)?, self.now());
        let is_strong = session.is_strong || how.is_strong();
        let mut statements = taken;
        statements.push(sessions::freshen(hash_of(shown), secret.hash(), now.plus(FRESH), is_strong, now));
        let noted = self.noting(session.person(), Happening::SteppedUp(how), from).map_err(unavailable)?;
        statements.push(noted);
        self.store().write(statements).await?;
        Ok(secret)
    }

    async fn step_up_failed(
        &self,
        person: PersonId,
        by: FailedBy,
        from: &SeenFrom,
    ) -> Result<StepUp, Failure> {
        let noted = self.noting(Some(person), Happening::Failed(by), from)?;
        self.store().write(vec![noted]).await?;
        Ok(StepUp::No)
    }
}
