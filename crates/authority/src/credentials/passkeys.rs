//! Passkeys (Web Authentication, level 3).

use super::webauthn::{self, Registration};
use super::{CredentialFailure, CredentialRefusal, refused};
use crate::authority::Authority;
use crate::failure::Failure;
use crate::outbox::CredentialChange;
use crate::sign_in::{FRESH, Happening, SeenFrom, Session, TIMEOUT_MILLIS, Who};
use crate::store::StoreFault;
use crate::store::tables::challenges::{self, Purpose};
use crate::store::tables::{passkeys, sessions};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use counterfoil_core::id::Malformed;
use counterfoil_core::time::Timestamp;
use serde_json::{Value, json};
use std::fmt;

/// Which passkey: its credential id, as base64url.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PasskeyId(String);

/// What a person calls a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialName(String);

/// A passkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    /// Which.
    pub id: PasskeyId,
    /// What its person calls it.
    pub name: String,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was last used, if it was.
    pub last_used: Option<Timestamp>,
}

impl PasskeyId {
    /// As base64url.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<&str> for PasskeyId {
    type Error = Malformed;

    fn try_from(text: &str) -> Result<Self, Malformed> {
        const LONGEST: usize = 1364;
        let is_good = (1..=LONGEST).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if is_good {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed { what: "a passkey's id", rule: "base64url of at most 1023 bytes" })
        }
    }
}

impl fmt::Display for PasskeyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

impl CredentialName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<&str> for CredentialName {
    type Error = Malformed;

    fn try_from(text: &str) -> Result<Self, Malformed> {
        let text = text.trim();
        let is_good = (1..=50).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        if is_good {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed { what: "a passkey's name", rule: "1 to 50 characters on one line" })
        }
    }
}

impl From<passkeys::Passkey> for Passkey {
    fn from(row: passkeys::Passkey) -> Self {
        let passkeys::Passkey { id, name, created_at, last_used, .. } = row;
        Self { id: PasskeyId(id), name, created_at, last_used }
    }
}

impl Authority {
    /// What the browser needs to make a passkey: `PublicKeyCredentialCreationOptionsJSON`.
    ///
    /// # Errors
    /// If the session is not fresh, or the store did not take it.
    pub async fn begin_passkey(&self, session: &Session) -> Result<Value, CredentialFailure> {
        let (id, present) = self.may_change_credentials(session).await?;
        let person = self.person(id).await?.ok_or(CredentialRefusal::NoSuch)?;
        let challenge = self.challenge_for(session, Purpose::NewPasskey).await?;
        let site = self.site();
        let full_name = format!("{} {}", person.first_name, person.last_name);
        let algorithms =
            webauthn::ALGORITHMS.map(|algorithm| json!({ "type": "public-key", "alg": algorithm }));
        let known = present.passkeys.iter().map(|passkey| descriptor(passkey.id.as_str()));
        Ok(json!({
            "rp": { "id": site.rp_id, "name": site.name },
            "user": {
                "id": URL_SAFE_NO_PAD.encode(id.to_string()),
                "name": person.email,
                "displayName": full_name,
            },
            "challenge": challenge.expose(),
            "pubKeyCredParams": algorithms,
            "timeout": TIMEOUT_MILLIS,
            "excludeCredentials": known.collect::<Vec<_>>(),
            "authenticatorSelection": {
                "residentKey": "required",
                "requireResidentKey": true,
                "userVerification": "required",
            },
            "attestation": "none",
        }))
    }

    /// Adds the passkey that the browser made: `response` is its `RegistrationResponseJSON`
    /// (`JSON.stringify(credential)`). The session is strong and fresh then; all others of the person end.
    ///
    /// # Errors
    /// If it is none of this site, the session is not fresh, or the store did not take it.
    pub async fn add_passkey(
        &self,
        session: &Session,
        name: &CredentialName,
        response: &str,
        from: &SeenFrom,
    ) -> Result<PasskeyId, CredentialFailure> {
        let (person, _) = self.may_change_credentials(session).await?;
        let registration = Registration::parse(response).map_err(CredentialRefusal::Passkey)?;
        let challenge = registration.challenge().map_err(CredentialRefusal::Passkey)?;
        let open = self.open_challenge(&challenge, Purpose::NewPasskey).await?;
        let open = open.filter(|open| open.session == session.id.to_string());
        let open = open.ok_or(CredentialRefusal::Over)?;
        let site = self.site();
        let made = registration.verified(site.party()).map_err(CredentialRefusal::Passkey)?;
        let now = self.now();
        let row = passkeys::Passkey {
            id: made.id,
            person,
            name: name.as_str().to_owned(),
            public_key: made.public_key,
            counter: made.counter,
            created_at: now,
            last_used: None,
        };
        let what = (Happening::PasskeyAdded, CredentialChange::PasskeyAdded);
        let mut statements = vec![challenges::use_up(open.hash), passkeys::add(&row)];
        statements.push(sessions::strengthen(session.id, now.plus(FRESH)));
        statements.extend(self.change_of(session, person, what, from)?);
        match self.store().write(statements).await {
            Ok(_) => Ok(PasskeyId(row.id)),
            Err(StoreFault::Unexpected(passkeys::A_NEW_PASSKEY)) => {
                Err(self.why_not_new(&row.id).await?.into())
            }
            Err(StoreFault::Unexpected(challenges::STILL_OPEN)) => Err(CredentialRefusal::Over.into()),
            Err(fault) => Err(refused(fault, sessions::THE_SESSION, CredentialRefusal::NotFresh)),
        }
    }

    async fn why_not_new(&self, id: &str) -> Result<CredentialRefusal, Failure> {
        let is_known = !self.store().read(passkeys::find(id)).await?.is_empty();
        Ok(if is_known { CredentialRefusal::Known } else { CredentialRefusal::TooMany(passkeys::MOST) })
    }

    /// Gives a passkey another name.
    ///
    /// # Errors
    /// If the person has none of that id, or the store did not take it.
    pub async fn rename_passkey(
        &self,
        session: &Session,
        passkey: &PasskeyId,
        name: &CredentialName,
    ) -> Result<(), CredentialFailure> {
        let Who::Person(person) = session.who else { return Err(CredentialRefusal::OfNobody.into()) };
        let renamed = self.store().write(vec![passkeys::rename(&passkey.0, person, name.as_str())]).await;
        renamed.map(drop).map_err(|fault| refused(fault, passkeys::THE_PASSKEY, CredentialRefusal::NoSuch))
    }

    /// Removes a passkey. Ends all other sessions.
    ///
    /// # Errors
    /// If the person has none of that id, the session is not fresh, or the store did not take it.
    pub async fn remove_passkey(
        &self,
        session: &Session,
        passkey: &PasskeyId,
        from: &SeenFrom,
    ) -> Result<(), CredentialFailure> {
        let (person, _) = self.may_change_credentials(session).await?;
        let what = (Happening::PasskeyRemoved, CredentialChange::PasskeyRemoved);
        let mut statements = vec![passkeys::remove(&passkey.0, person)];
        statements.extend(self.change_of(session, person, what, from)?);
        let removed = self.store().write(statements).await;
        removed.map(drop).map_err(|fault| refused(fault, passkeys::THE_PASSKEY, CredentialRefusal::NoSuch))
    }
}

/// A passkey, as browsers are told of one.
pub(crate) fn descriptor(id: &str) -> Value {
    json!({ "type": "public-key", "id": id })
}
