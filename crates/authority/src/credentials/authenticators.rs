//! Enrolling and removing an authenticator app, and the recovery codes for when it is lost.

use super::recovery::{self, RecoveryCodes};
use super::totp::{CodeFault, Qr, SECRET, SharedSecret};
use super::{CredentialFailure, CredentialRefusal, refused, sealed_as};
use crate::authority::Authority;
use crate::failure::Failure;
use crate::outbox::CredentialChange;
use crate::secret::Secret;
use crate::sign_in::{FRESH, Happening, SeenFrom, Session};
use crate::store::tables::challenges::{self, Challenge, Purpose};
use crate::store::tables::{authenticators, halves, recovery_codes, sessions};
use crate::store::{Statement, StoreFault};
use counterfoil_core::id::PersonId;
use std::fmt;
use std::time::Duration;
use zeroize::Zeroizing;

/// How long setting an app up may take.
const PATIENCE: Duration = Duration::from_secs(15 * 60);
/// How many codes of one set-up may be wrong.
const MOST_TRIES: u64 = 10;

/// An authenticator app that is being set up: nothing counts before a code of it was seen.
pub struct NewAuthenticator {
    handle: Zeroizing<String>,
    secret: Zeroizing<String>,
    uri: Zeroizing<String>,
}

impl NewAuthenticator {
    /// What the form sends back with the code.
    #[must_use]
    pub fn handle(&self) -> &str {
        &self.handle
    }

    /// The secret to type, in groups of four letters.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// The `otpauth://` URI.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// The URI as a QR code.
    #[must_use]
    pub fn qr(&self) -> Qr {
        Qr::of(&self.uri)
    }

    fn new(handle: &str, secret: &SharedSecret, site: &str, account: &str) -> Self {
        let letters: Zeroizing<Vec<char>> = Zeroizing::new(secret.base32().chars().collect());
        let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
        Self {
            handle: Zeroizing::new(handle.to_owned()),
            secret: Zeroizing::new(groups.join(" ")),
            uri: secret.uri(site, account),
        }
    }
}

impl fmt::Debug for NewAuthenticator {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("[new authenticator app]")
    }
}

impl Authority {
    /// Begins to set an authenticator app up. An app that is enrolled stays so until the new one is confirmed.
    ///
    /// # Errors
    /// If there is no password, the session is not fresh, or the store did not take it.
    pub async fn begin_authenticator(
        &self,
        session: &Session,
    ) -> Result<NewAuthenticator, CredentialFailure> {
        let (person, present) = self.may_change_credentials(session).await?;
        if present.password_set_at.is_none() {
            return Err(CredentialRefusal::NoPassword.into());
        }
        self.take_up_seal_key().await?;
        let shared = SharedSecret::new(Zeroizing::new(self.random::<SECRET>()?.to_vec()));
        let handle = Secret::draw(&self.random)?;
        let now = self.now();
        let sealed = self.seal_key().seal_as(&self.random, &begun_as(session), shared.bytes())?;
        let begun = Challenge {
            hash: handle.hash(),
            purpose: Purpose::NewAuthenticator,
            person: Some(person),
            session: session.id.to_string(),
            detail: sealed,
            tries: 0,
            created_at: now,
            expires_at: now.plus(PATIENCE),
        };
        self.store().write(vec![challenges::add(&begun)]).await?;
        self.shown(handle.expose(), &shared, person).await
    }

    /// The same set-up again, for a form that is shown again.
    ///
    /// # Errors
    /// If it has run out, or the store can't be read.
    pub async fn authenticator_again(
        &self,
        session: &Session,
        handle: &str,
    ) -> Result<NewAuthenticator, CredentialFailure> {
        let (person, _) = self.may_change_credentials(session).await?;
        let (_, shared) = self.begun(session, handle).await?;
        self.shown(handle, &shared, person).await
    }

    async fn shown(
        &self,
        handle: &str,
        shared: &SharedSecret,
        person: PersonId,
    ) -> Result<NewAuthenticator, CredentialFailure> {
        let person = self.person(person).await?.ok_or(CredentialRefusal::NoSuch)?;
        Ok(NewAuthenticator::new(handle, shared, &self.site().name, &person.email))
    }

    async fn begun(
        &self,
        session: &Session,
        handle: &str,
    ) -> Result<(Challenge, SharedSecret), CredentialFailure> {
        let begun = self.open_challenge(handle, Purpose::NewAuthenticator).await?;
        let begun = begun.filter(|begun| begun.session == session.id.to_string());
        let begun = begun.ok_or(CredentialRefusal::Over)?;
        let opened = self.seal_key().open_as(&begun_as(session), &begun.detail);
        Ok((begun, SharedSecret::new(opened.ok_or(CredentialRefusal::Over)?)))
    }

    /// Enrols the app by a code of it, and gives recovery codes with it. The session is strong and fresh then; all
    /// others of the person end.
    ///
    /// # Errors
    /// If the code is wrong, the set-up has run out, or the store did not take it.
    pub async fn confirm_authenticator(
        &self,
        session: &Session,
        handle: &str,
        code: &str,
        from: &SeenFrom,
    ) -> Result<RecoveryCodes, CredentialFailure> {
        let (person, _) = self.may_change_credentials(session).await?;
        let (begun, shared) = self.begun(session, handle).await?;
        let tried = self.store().write(vec![challenges::tried(begun.hash, MOST_TRIES)]).await;
        tried.map_err(|fault| refused(fault, challenges::STILL_OPEN, CredentialRefusal::Over))?;
        let now = self.now();
        let step = shared.check(code, now, 0).map_err(CredentialRefusal::from)?;
        let seal = self.seal_key();
        let row = authenticators::Authenticator {
            person,
            sealed: seal.seal_as(&self.random, &sealed_as(person), shared.bytes())?,
            kek: seal.id().to_owned(),
            last_step: step,
            enrolled_at: now,
        };
        let mut statements = vec![
            challenges::use_up(begun.hash),
            halves::still_in_force(seal.id()),
            authenticators::enrol(&row),
            sessions::strengthen(session.id, now.plus(FRESH)),
        ];
        let (codes, renewal) = self.fresh_codes(person)?;
        statements.extend(renewal);
        let what = (Happening::AuthenticatorAdded, CredentialChange::CodesOn);
        statements.extend(self.change_of(session, person, what, from)?);
        match self.store().write(statements).await {
            Ok(_) => Ok(codes),
            Err(StoreFault::Unexpected(_)) => {
                self.take_up_seal_key().await?;
                Err(CredentialRefusal::Over.into())
            }
            Err(fault) => Err(fault.into()),
        }
    }

    /// Removes the authenticator app, and the recovery codes with it.
    ///
    /// # Errors
    /// If there is none, the session is not fresh, or the store did not take it.
    pub async fn remove_authenticator(
        &self,
        session: &Session,
        from: &SeenFrom,
    ) -> Result<(), CredentialFailure> {
        let (person, _) = self.may_change_credentials(session).await?;
        let what = (Happening::AuthenticatorRemoved, CredentialChange::CodesOff);
        let mut statements = vec![authenticators::remove(person), recovery_codes::remove_all(person)];
        statements.extend(self.change_of(session, person, what, from)?);
        let removed = self.store().write(statements).await;
        let none = |fault| refused(fault, authenticators::THE_AUTHENTICATOR, CredentialRefusal::NoSuch);
        removed.map(drop).map_err(none)
    }

    /// Makes a new set of recovery codes; every earlier one is over.
    ///
    /// # Errors
    /// If there is no password, the session is not fresh, or the store did not take it.
    pub async fn renew_recovery_codes(
        &self,
        session: &Session,
        from: &SeenFrom,
    ) -> Result<RecoveryCodes, CredentialFailure> {
        let (person, present) = self.may_change_credentials(session).await?;
        if present.password_set_at.is_none() {
            return Err(CredentialRefusal::NoPassword.into());
        }
        let (codes, mut statements) = self.fresh_codes(person)?;
        let what = (Happening::RecoveryCodesRenewed, CredentialChange::RecoveryCodesRenewed);
        statements.extend(self.change_of(session, person, what, from)?);
        self.store().write(statements).await?;
        Ok(codes)
    }

    fn fresh_codes(&self, person: PersonId) -> Result<(RecoveryCodes, Vec<Statement>), Failure> {
        let mut random = [[0; recovery::BYTES]; recovery::COUNT];
        for code in &mut random {
            *code = self.random()?;
        }
        let codes = RecoveryCodes::from_random(&random);
        let now = self.now();
        let mut statements = vec![recovery_codes::remove_all(person)];
        statements.extend(codes.hashes(person).map(|hash| recovery_codes::add(&hash, person, now)));
        Ok((codes, statements))
    }
}

/// Under which identity a secret is sealed while its app is being set up.
fn begun_as(session: &Session) -> Vec<u8> {
    format!("counterfoil new authenticator app v1 {}", session.id).into_bytes()
}

impl From<CodeFault> for CredentialRefusal {
    fn from(fault: CodeFault) -> Self {
        match fault {
            CodeFault::Wrong => Self::WrongCode,
            CodeFault::Used => Self::UsedCode,
        }
    }
}
