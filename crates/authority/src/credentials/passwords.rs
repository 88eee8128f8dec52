//! Setting and removing a password.

use super::{CredentialFailure, CredentialRefusal, judge, refused};
use crate::authority::Authority;
use crate::failure::Failure;
use crate::outbox::CredentialChange;
use crate::sign_in::{Happening, SeenFrom, Session};
use crate::store::tables::{authenticators, passwords, recovery_codes};
use counterfoil_core::id::PersonId;

impl Authority {
    /// Sets the password, or changes it. Ends all other sessions of the person. What was typed is judged here.
    ///
    /// # Errors
    /// If it would be guessed, the session is not fresh, or the store did not take it.
    pub async fn set_password(
        &self,
        session: &Session,
        typed: &str,
        from: &SeenFrom,
    ) -> Result<(), CredentialFailure> {
        let (person, _) = self.may_change_credentials(session).await?;
        let about = self.known_of(person).await?;
        let about: Vec<&str> = about.iter().map(String::as_str).collect();
        let password = judge(typed, &about).map_err(CredentialRefusal::Weak)?;
        let hash = self.hasher.hash(password.expose(), self.random()?).await?;
        let what = (Happening::PasswordSet, CredentialChange::PasswordSet);
        let mut statements = vec![passwords::set(person, &hash, self.now())];
        statements.extend(self.change_of(session, person, what, from)?);
        self.store().write(statements).await?;
        Ok(())
    }

    /// What a password of this person must not be made of.
    async fn known_of(&self, person: PersonId) -> Result<Vec<String>, Failure> {
        let site = self.site();
        let mut known = vec!["counterfoil".to_owned(), site.name.clone(), site.rp_id.clone()];
        if let Some(person) = self.person(person).await? {
            known.extend([person.first_name, person.last_name, person.email]);
        }
        Ok(known)
    }

    /// Removes the password, and the authenticator app and recovery codes that go with it.
    ///
    /// # Errors
    /// If there is none, the session is not fresh, or the store did not take it.
    pub async fn remove_password(&self, session: &Session, from: &SeenFrom) -> Result<(), CredentialFailure> {
        let (person, _) = self.may_change_credentials(session).await?;
        let what = (Happening::PasswordRemoved, CredentialChange::PasswordRemoved);
        let mut statements = vec![
            passwords::remove(person),
            authenticators::remove_if_any(person),
            recovery_codes::remove_all(person),
        ];
        statements.extend(self.change_of(session, person, what, from)?);
        let removed = self.store().write(statements).await;
        removed.map(drop).map_err(|fault| refused(fault, passwords::THE_PASSWORD, CredentialRefusal::NoSuch))
    }
}
