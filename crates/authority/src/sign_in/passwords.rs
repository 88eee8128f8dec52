//! Signing in by a password, with a second factor where one is enrolled.
//!
//! Whether the address is known here shows in nothing: an unknown one costs one hash too, and one row is written
//! either way.

use super::{FailedBy, Happening, How, Outcome, SeenFrom, Who};
use crate::authority::Authority;
use crate::credentials::hasher::Checked;
use crate::credentials::totp::{self, SharedSecret};
use crate::credentials::{recovery, sealed_as};
use crate::failure::Failure;
use crate::outbox::{CredentialChange, Mail};
use crate::people::Email;
use crate::secret::hash_of;
use crate::store::tables::authenticators::{self, Authenticator};
use crate::store::tables::challenges::{self, Purpose};
use crate::store::tables::passwords::{self, KeptPassword};
use crate::store::tables::{passkeys, recovery_codes, sign_in_events};
use crate::store::{Statement, StoreFault, first_of};
use counterfoil_core::id::PersonId;
use zeroize::Zeroizing;

/// How many codes one right password may be followed by.
const MOST_CODES: u64 = 10;

/// A code that is right, as far as can be said before it is taken.
pub(super) struct RightCode {
    /// How whoever shows it has proven who it is.
    pub(super) how: How,
    /// What takes it. Undone with everything around it if somebody else was faster.
    pub(super) taken: Vec<Statement>,
}

impl Authority {
    /// Signs in by address and password. What it answers, and how long that takes, tells nobody whether the
    /// address is known here.
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn sign_in_with_password(
        &self,
        email: &str,
        password: &str,
        from: &SeenFrom,
    ) -> Result<Outcome, Failure> {
        let email = Email::try_from(email).ok();
        let account = hash_of(email.as_ref().map_or("", |email| email.normal().as_str()));
        let ticket = match self.admit(account, from).await? {
            Ok(ticket) => ticket,
            Err(wait) => return Ok(Outcome::Wait(wait)),
        };
        let kept: Option<KeptPassword> = match &email {
            Some(email) => first_of(self.store().read(passwords::by_email(email.normal())).await?)?,
            None => None,
        };
        match self.check_password(kept, password, from).await? {
            Some(kept) => {
                self.went_well(ticket).await;
                self.after_right_password(&kept, from).await
            }
            None => Ok(Outcome::No),
        }
    }

    /// Whose password it is, if it is right; what is wrong is noted. Costs one hash, whoever it is.
    pub(super) async fn check_password(
        &self,
        kept: Option<KeptPassword>,
        typed: &str,
        from: &SeenFrom,
    ) -> Result<Option<KeptPassword>, Failure> {
        let hash = kept.as_ref().and_then(|kept| kept.hash.as_deref());
        let checked = self.hasher.check(typed, hash).await?;
        match (kept, checked) {
            (Some(kept), Checked::Right) => Ok(Some(kept)),
            (Some(kept), Checked::RightAtOldCost) => {
                self.hash_anew(&kept, typed).await?;
                Ok(Some(kept))
            }
            (Some(kept), Checked::Wrong) => {
                let noted = self.noting(Some(kept.person), Happening::Failed(FailedBy::Password), from)?;
                self.store().write(vec![noted]).await?;
                Ok(None)
            }
            (None, _) => {
                self.store().write(vec![sign_in_events::count_unknown(self.now())]).await?;
                Ok(None)
            }
        }
    }

    async fn hash_anew(&self, kept: &KeptPassword, typed: &str) -> Result<(), Failure> {
        let Some(old) = &kept.hash else { return Ok(()) };
        let new = self.hasher.hash(typed, self.random()?).await?;
        self.store().write(vec![passwords::rehash(kept.person, old, &new)]).await?;
        Ok(())
    }

    async fn after_right_password(&self, kept: &KeptPassword, from: &SeenFrom) -> Result<Outcome, Failure> {
        let needs_strength = self.needs_strength(kept.person).await?;
        if self.needs_code(kept, needs_strength).await? {
            return Ok(Outcome::NeedsSecondFactor(self.challenge_to_second_factor(kept.person).await?));
        }
        let (secret, opening) = self.opening(Who::Person(kept.person), How::Password, from)?;
        self.store().write(opening).await?;
        Ok(if needs_strength { Outcome::MustEnrol(secret) } else { Outcome::In(secret) })
    }

    /// Whether a password is not enough for this person: an authenticator app is enrolled, or a passkey is and
    /// whoever it is must show more. Otherwise the password alone would do to enrol another passkey.
    pub(super) async fn needs_code(
        &self,
        kept: &KeptPassword,
        needs_strength: bool,
    ) -> Result<bool, Failure> {
        let has_passkey = needs_strength && !self.store().read(passkeys::of(kept.person)).await?.is_empty();
        Ok(kept.has_authenticator || has_passkey)
    }

    /// The second step: a code of the authenticator app, or a recovery code. The same secret is good for some wrong
    /// codes, and for one that is right.
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn sign_in_with_code(
        &self,
        pending: &str,
        code: &str,
        from: &SeenFrom,
    ) -> Result<Outcome, Failure> {
        let challenge = self.open_challenge(pending, Purpose::SecondFactor).await?;
        let Some((challenge, person)) =
            challenge.and_then(|found| found.person.map(|person| (found, person)))
        else {
            return Ok(Outcome::No);
        };
        let ticket = match self.admit(code_account(person), from).await? {
            Ok(ticket) => ticket,
            Err(wait) => return Ok(Outcome::Wait(wait)),
        };
        match self.store().write(vec![challenges::tried(challenge.hash, MOST_CODES)]).await {
            Ok(_) => {}
            Err(StoreFault::Unexpected(challenges::STILL_OPEN)) => return Ok(Outcome::No),
            Err(fault) => return Err(fault.into()),
        }
        let Some(right) = self.right_code(person, code).await? else {
            return self.wrong_code(person, from).await;
        };
        let (secret, opening) = self.opening(Who::Person(person), right.how, from)?;
        let statements = [vec![challenges::use_up(challenge.hash)], right.taken, opening].concat();
        match self.store().write(statements).await {
            Ok(_) => {
                self.went_well(ticket).await;
                Ok(Outcome::In(secret))
            }
            Err(StoreFault::Unexpected(_)) => self.wrong_code(person, from).await,
            Err(fault) => Err(fault.into()),
        }
    }

    async fn wrong_code(&self, person: PersonId, from: &SeenFrom) -> Result<Outcome, Failure> {
        let noted = self.noting(Some(person), Happening::Failed(FailedBy::Code), from)?;
        self.store().write(vec![noted]).await?;
        Ok(Outcome::No)
    }

    /// What a code is good for, if it is right: six digits are of the app, everything else is a recovery code.
    pub(super) async fn right_code(
        &self,
        person: PersonId,
        code: &str,
    ) -> Result<Option<RightCode>, Failure> {
        if totp::is_code(code) {
            return self.right_app_code(person, code).await;
        }
        let mut taken = vec![recovery_codes::use_up(&recovery::hash_of(code, person), person)];
        taken.extend(self.posting(Mail::CredentialChanged(person, CredentialChange::RecoveryCodeUsed))?);
        Ok(Some(RightCode { how: How::PasswordAndRecoveryCode, taken }))
    }

    async fn right_app_code(&self, person: PersonId, code: &str) -> Result<Option<RightCode>, Failure> {
        let app: Option<Authenticator> = first_of(self.store().read(authenticators::of(person)).await?)?;
        let Some(app) = app else { return Ok(None) };
        if app.kek != self.seal_key().id() {
            self.take_up_seal_key().await?;
        }
        let Some(shared) = self.shared_with(&app) else { return Ok(None) };
        let step = shared.check(code, self.now(), app.last_step).ok();
        Ok(step.map(|step| RightCode {
            how: How::PasswordAndCode,
            taken: vec![authenticators::take(person, step)],
        }))
    }

    /// The secret of an app. One that another installation sealed, or a key that was lost, opens no more.
    fn shared_with(&self, app: &Authenticator) -> Option<SharedSecret> {
        let opened: Option<Zeroizing<Vec<u8>>> = self.seal_key().open_as(&sealed_as(app.person), &app.sealed);
        if opened.is_none() {
            tracing::warn!(person = %app.person, "The secret of an authenticator app does not open with the seal \
                key in force: its person needs a recovery code or a link");
        }
        opened.map(SharedSecret::new)
    }
}

/// Under which name wrong codes of a person are counted.
pub(super) fn code_account(person: PersonId) -> [u8; 32] {
    hash_of(&format!("code {person}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::NewPerson;
    use crate::seal_source::SealSource;
    use crate::{Settings, clock::SystemClock};
    use std::sync::Arc;

    /// Time tells nobody who is known here: whatever is wrong costs as many hashes as what is right.
    #[tokio::test]
    async fn whoever_it_is_signing_in_costs_one_hash() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings {
            data_dir: folder.path().to_owned(),
            database: None,
            catalog: None,
            seal: SealSource::in_data_dir(folder.path()),
            serve: false,
            adopt_older_ledger: false,
            replace_lost_seal_key: false,
            half_lifetime: std::time::Duration::from_secs(60),
            site: crate::SiteSettings::default(),
            name: "test".into(),
            clock: Arc::new(SystemClock),
            verdicts: Default::default(),
        };
        let authority = Authority::start(settings).await.unwrap();
        let person = |email: &str| NewPerson {
            email: email.try_into().unwrap(),
            first_name: "Ada".try_into().unwrap(),
            last_name: "Lovelace".try_into().unwrap(),
        };
        let team = "Rivets".try_into().unwrap();
        let known = authority.open_team(&team, &person("ada@example.com")).await.unwrap();
        authority.open_team(&team, &person("bob@example.com")).await.unwrap();
        let from = SeenFrom::default();
        let secret = authority.open_session_for(known.person, How::Link, &from).await.unwrap();
        let session = authority.session(secret.expose()).await.unwrap().unwrap();
        authority.set_password(&session, "six wild geese over Lyon", &from).await.unwrap();
        for (what, email, password) in [
            ("right", "ada@example.com", "six wild geese over Lyon"),
            ("wrong", "ada@example.com", "six wild geese over Nice"),
            ("no password", "bob@example.com", "six wild geese over Lyon"),
            ("unknown", "eve@example.com", "six wild geese over Lyon"),
            ("no address", "eve", "six wild geese over Lyon"),
            ("too long", "ada@example.com", &"x".repeat(10_000)),
            ("empty", "", ""),
        ] {
            let before = authority.hasher.computed();
            let outcome = authority.sign_in_with_password(email, password, &from).await.unwrap();
            assert_eq!(authority.hasher.computed() - before, 1, "{what}");
            let is_in = matches!(outcome, Outcome::In(_) | Outcome::MustEnrol(_));
            assert_eq!(is_in, what == "right", "{what}: {outcome:?}");
        }
    }
}
