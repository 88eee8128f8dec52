//! Signing in: links that are good once, and the sessions they open.
//!
//! Of a link's and a session's secret only the hash is kept, so whoever reads the database can
//! use none of them.

use crate::authority::Authority;
use crate::failure::Failure;
use crate::secret::{Secret, hash_of};
use crate::store::tables::{installation, links, sessions};
use crate::store::{Statement, StoreFault, first_of};
use counterfoil_core::id::PersonId;
use counterfoil_core::refusal::{Refusal, Thing};
use counterfoil_core::time::Timestamp;
use std::time::Duration;

/// How long a set-up link is good: the first person may need a day.
const SET_UP_LIFETIME: Duration = Duration::from_secs(24 * 3600);
/// How long a session is good at the longest.
const SESSION_LIFETIME: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long a session is good without being used.
pub(crate) const SESSION_IDLE: Duration = Duration::from_secs(12 * 3600);
/// How exactly it is noted when a session was last used.
const SEEN_EVERY: Duration = Duration::from_secs(60);
/// The setting that says that somebody has set the installation up.
const SET_UP: &str = "set-up";

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Setting up the operator and the first team; it lets in as the operator.
    SetUp,
    /// Signing this person in.
    SignIn(PersonId),
    /// Signing the operator in.
    Operator,
}

/// A link that is still good, looked at without using it up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkView {
    /// What it is for.
    pub purpose: Purpose,
    /// Until when it is good.
    pub expires: Timestamp,
}

/// The secret of a session, for the cookie.
pub type SessionSecret = Secret;

/// Who is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// Who it is.
    pub who: Who,
    /// Until when, unless it is not used for hours.
    pub expires: Timestamp,
}

/// Whose session it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// A person.
    Person(PersonId),
    /// The operator of the installation.
    Operator,
}

impl Authority {
    /// Makes a link that is good once.
    ///
    /// # Errors
    /// If there is no such person, or the store did not take it.
    pub async fn make_link(&self, purpose: Purpose, lifetime: Duration) -> Result<Secret, Failure> {
        if let Purpose::SignIn(person) = purpose
            && self.person(person).await?.is_none()
        {
            return Err(Refusal::NoSuch(Thing::User, person.to_string()).into());
        }
        let secret = Secret::draw(&self.random)?;
        self.store().write(vec![self.new_link(&secret, purpose, lifetime)]).await?;
        Ok(secret)
    }

    /// Makes the link for setting up, and ends every earlier one; nothing, once somebody has set
    /// the installation up.
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn set_up_link_renewed(&self) -> Result<Option<Secret>, Failure> {
        let rows = self.store().read(installation::value(SET_UP)).await?;
        if installation::read(&rows)?.is_some() {
            return Ok(None);
        }
        let secret = Secret::draw(&self.random)?;
        let link = self.new_link(&secret, Purpose::SetUp, SET_UP_LIFETIME);
        self.store().write(vec![links::end_all_for(links::Purpose::SetUp), link]).await?;
        Ok(Some(secret))
    }

    fn new_link(&self, secret: &Secret, purpose: Purpose, lifetime: Duration) -> Statement {
        let now = self.now();
        let (purpose, person) = match purpose {
            Purpose::SetUp => (links::Purpose::SetUp, None),
            Purpose::SignIn(person) => (links::Purpose::SignIn, Some(person)),
            Purpose::Operator => (links::Purpose::Operator, None),
        };
        links::add(&links::Link {
            hash: secret.hash(),
            purpose,
            person,
            team: None,
            created_at: now,
            expires_at: now.plus(lifetime),
            used_at: None,
        })
    }

    /// Looks at a link without using it up, since previews of links look too. Nothing, if it is not
    /// good, or not good any more.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn look_at_link(&self, shown: &str) -> Result<Option<LinkView>, Failure> {
        let row: Option<links::Link> = first_of(self.store().read(links::find(hash_of(shown))).await?)?;
        let good = row.filter(|link| link.used_at.is_none() && link.expires_at > self.now());
        Ok(good.and_then(|link| {
            let expires = link.expires_at;
            purpose_of(&link).map(|purpose| LinkView { purpose, expires })
        }))
    }

    /// Uses a link up and opens the session that it stands for; nothing, if it is not good. Of two
    /// that use it at once, one is let in.
    ///
    /// # Errors
    /// If the store did not take it; the link may be good still.
    pub async fn use_link(&self, shown: &str) -> Result<Option<SessionSecret>, Failure> {
        let Some(link) = self.look_at_link(shown).await? else { return Ok(None) };
        let (secret, now) = (Secret::draw(&self.random)?, self.now());
        let session = sessions::Session {
            hash: secret.hash(),
            who: match link.purpose {
                Purpose::SignIn(person) => sessions::Who::Person(person),
                Purpose::SetUp | Purpose::Operator => sessions::Who::Operator,
            },
            created_at: now,
            last_seen: now,
            expires_at: now.plus(SESSION_LIFETIME),
        };
        let mut statements = vec![links::use_up(hash_of(shown), now), sessions::open(&session)];
        if link.purpose == Purpose::SetUp {
            statements.push(installation::set(SET_UP, "done"));
        }
        match self.store().write(statements).await {
            Ok(_) => Ok(Some(secret)),
            Err(StoreFault::Unexpected(links::STILL_GOOD)) => Ok(None),
            Err(fault) => Err(fault.into()),
        }
    }

    /// Who is signed in with this secret; nobody, if the session is over, was not used for hours,
    /// or never was.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn session(&self, shown: &str) -> Result<Option<Session>, Failure> {
        let now = self.now();
        let row: Option<sessions::Session> =
            first_of(self.store().read(sessions::find(hash_of(shown), now)).await?)?;
        let Some(row) = row.filter(|row| now.since(row.last_seen) < SESSION_IDLE) else { return Ok(None) };
        if now.since(row.last_seen) >= SEEN_EVERY
            && let Err(fault) = self.store().write(vec![sessions::touch(row.hash, now)]).await
        {
            tracing::warn!(%fault, "That a session was used could not be noted");
        }
        let who = match row.who {
            sessions::Who::Operator => Who::Operator,
            sessions::Who::Person(person) => Who::Person(person),
        };
        Ok(Some(Session { who, expires: row.expires_at }))
    }

    /// Ends a session, if there is one.
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn end_session(&self, shown: &str) -> Result<(), Failure> {
        self.store().write(vec![sessions::end(hash_of(shown))]).await?;
        Ok(())
    }

    /// Ends all sessions of a person, and the links that would open new ones.
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn end_all_sessions(&self, person: PersonId) -> Result<(), Failure> {
        let who = sessions::Who::Person(person);
        self.store().write(vec![sessions::end_all_of(who), links::end_all_of(person)]).await?;
        Ok(())
    }
}

/// A link to sign in that names nobody is for nothing.
fn purpose_of(link: &links::Link) -> Option<Purpose> {
    match link.purpose {
        links::Purpose::SetUp => Some(Purpose::SetUp),
        links::Purpose::Operator => Some(Purpose::Operator),
        links::Purpose::SignIn => link.person.map(Purpose::SignIn),
    }
}
