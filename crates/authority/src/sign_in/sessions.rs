//! Sessions: who is signed in, since when and how.

use super::{EventId, Happening, How, SeenFrom, SessionSecret};
use crate::authority::Authority;
use crate::credentials::{CredentialFailure, CredentialRefusal};
use crate::failure::Failure;
use crate::outbox::Mail;
use crate::secret::{Secret, hash_of};
use crate::store::tables::{challenges, links, sessions};
use crate::store::{Statement, StoreFault, all_of, first_of};
use counterfoil_core::catalog::{Administration, Catalog};
use counterfoil_core::id::{Malformed, MemberId, PersonId};
use counterfoil_core::team::Team;
use counterfoil_core::time::Timestamp;
use std::fmt;
use std::time::Duration;

/// How long a session is good at the longest.
const SESSION_LIFETIME: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long a session is good without being used.
pub(crate) const SESSION_IDLE: Duration = Duration::from_secs(12 * 3600);
/// How long after proving who it is somebody may do what is delicate.
pub(crate) const FRESH: Duration = Duration::from_secs(15 * 60);
/// How exactly it is noted when a session was last used.
const SEEN_EVERY: Duration = Duration::from_secs(60);

/// Names a session among those of its person. It opens nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionId([u8; 16]);

/// Who is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// Which session.
    pub id: SessionId,
    /// Who it is.
    pub who: Who,
    /// How that was proven.
    pub how: How,
    /// Whether more than a password was shown.
    pub is_strong: bool,
    /// Until when what is delicate may be done.
    pub fresh_until: Timestamp,
    /// Whether the operator's pages are open: to the operator, and to persons who operate.
    pub operates: bool,
    /// Whether nothing may be done before a passkey or a second factor was enrolled.
    pub must_enrol: bool,
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

/// A session, as its person sees it in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSession {
    /// Which.
    pub id: SessionId,
    /// How it was opened.
    pub how: How,
    /// What is kept of the address it was opened from.
    pub address: String,
    /// What the browser called itself.
    pub agent: String,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_seen: Timestamp,
}

impl Session {
    /// Whether it was proven shortly ago who it is.
    #[must_use]
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        now < self.fresh_until
    }

    /// The person, unless it is the operator.
    #[must_use]
    pub const fn person(&self) -> Option<PersonId> {
        self.who.person()
    }
}

impl Who {
    const fn person(self) -> Option<PersonId> {
        match self {
            Self::Person(person) => Some(person),
            Self::Operator => None,
        }
    }
}

impl SessionId {
    pub(crate) const fn from_random(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl TryFrom<&str> for SessionId {
    type Error = Malformed;

    fn try_from(text: &str) -> Result<Self, Malformed> {
        let malformed = Malformed { what: "a session's id", rule: "32 hexadecimal digits" };
        let is_good = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        match u128::from_str_radix(text, 16) {
            Ok(number) if is_good => Ok(Self(number.to_be_bytes())),
            _ => Err(malformed),
        }
    }
}

impl Authority {
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
        let must_enrol = match row.who {
            sessions::Who::Person(person) if !row.is_strong => self.needs_strength(person).await?,
            sessions::Who::Person(_) | sessions::Who::Operator => false,
        };
        Ok(Some(Session::of(&row, must_enrol)))
    }

    /// Opens a session for a person whom somebody else has proven to us: another provider.
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn open_session_for(
        &self,
        person: PersonId,
        how: How,
        from: &SeenFrom,
    ) -> Result<SessionSecret, Failure> {
        let (secret, opening) = self.opening(Who::Person(person), how, from)?;
        self.store().write(opening).await?;
        Ok(secret)
    }

    /// The secret of a new session, and what opens it and notes so.
    pub(crate) fn opening(
        &self,
        who: Who,
        how: How,
        from: &SeenFrom,
    ) -> Result<(SessionSecret, Vec<Statement>), Failure> {
        let (secret, now) = (Secret::draw(&self.random)?, self.now());
        let session = sessions::Session {
            hash: secret.hash(),
            id: SessionId::from_random(self.random()?),
            who: who.into(),
            how,
            is_strong: how.is_strong(),
            fresh_until: now.plus(FRESH),
            address: from.kept_address().to_owned(),
            agent: from.agent().to_owned(),
            created_at: now,
            last_seen: now,
            expires_at: now.plus(SESSION_LIFETIME),
            operates: false,
        };
        let (person, event) = (who.person(), EventId::from_random(self.random()?));
        let noted = self.noting_as(event, person, Happening::SignedIn(how), from);
        let told = self.telling_of_sign_in(person, event, how, from)?;
        Ok((secret, [vec![sessions::open(&session), noted], told].concat()))
    }

    /// What tells a person of a sign-in with a browser that was not seen with them before. Whoever joins signs in for
    /// the first time.
    fn telling_of_sign_in(
        &self,
        person: Option<PersonId>,
        event: EventId,
        how: How,
        from: &SeenFrom,
    ) -> Result<Vec<Statement>, Failure> {
        match person {
            Some(person)
                if how != How::Invitation
                    && self.site().tells_of_sign_ins
                    && !self.knows_browser(person, &from.marks) =>
            {
                self.posting(Mail::SignedInAnew(person, event))
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Whether whoever this is must show more than a password: who owns a team, administers keys or people, or
    /// runs the installation.
    pub(crate) async fn needs_strength(&self, person: PersonId) -> Result<bool, Failure> {
        if !self.site().strength_required {
            return Ok(false);
        }
        if self.is_operator(person).await? {
            return Ok(true);
        }
        let catalog = self.catalog();
        let memberships = self.memberships(person).await?;
        Ok(memberships.into_iter().any(|(team, member)| {
            let team = self.ledger().team(team);
            team.is_ok_and(|team| team.owner == member || administers(&catalog, &team, member))
        }))
    }

    /// The sessions of whoever's session this is, the one used last in front.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn sessions_beside(&self, session: &Session) -> Result<Vec<OpenSession>, Failure> {
        let now = self.now();
        let statement = sessions::of(session.who.into(), now, now.minus(SESSION_IDLE));
        let rows: Vec<sessions::Session> = all_of(self.store().read(statement).await?)?;
        Ok(rows.into_iter().map(OpenSession::from).collect())
    }

    /// Ends a session, if there is one.
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn end_session(&self, shown: &str) -> Result<(), Failure> {
        let mut statements = vec![sessions::end(hash_of(shown))];
        if let Some(session) = self.session(shown).await? {
            statements.push(self.noting(session.person(), Happening::SignedOut, &SeenFrom::default())?);
        }
        self.store().write(statements).await?;
        Ok(())
    }

    /// Ends one of the sessions beside this one, or this one.
    ///
    /// # Errors
    /// If there is none of that id, or the store did not take it.
    pub async fn end_session_beside(
        &self,
        session: &Session,
        id: SessionId,
    ) -> Result<(), CredentialFailure> {
        match self.store().write(vec![sessions::end_one_of(session.who.into(), id)]).await {
            Ok(_) => Ok(()),
            Err(StoreFault::Unexpected(sessions::THE_SESSION)) => Err(CredentialRefusal::NoSuch.into()),
            Err(fault) => Err(fault.into()),
        }
    }

    /// Ends all sessions beside this one.
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn end_other_sessions(&self, session: &Session, from: &SeenFrom) -> Result<(), Failure> {
        let noted = self.noting(session.person(), Happening::OtherSessionsEnded, from)?;
        self.store().write(vec![sessions::end_others_of(session.who.into(), session.id), noted]).await?;
        Ok(())
    }

    /// Ends all sessions of a person, and the links that would open new ones.
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn end_all_sessions(&self, person: PersonId) -> Result<(), Failure> {
        let noted = self.noting(Some(person), Happening::AllSessionsEnded, &SeenFrom::default())?;
        let ends = [
            sessions::end_all_of(sessions::Who::Person(person)),
            links::end_all_of(person),
            challenges::end_all_of(person),
        ];
        self.store().write([ends.to_vec(), vec![noted]].concat()).await?;
        Ok(())
    }
}

fn administers(catalog: &Catalog, team: &Team, member: MemberId) -> bool {
    let parts = [Administration::Keys, Administration::People];
    team.members.get(&member).is_some_and(|member| {
        parts.into_iter().any(|part| catalog.administers(member.roles.as_slice(), part))
    })
}

impl Session {
    fn of(row: &sessions::Session, must_enrol: bool) -> Self {
        let who = match row.who {
            sessions::Who::Operator => Who::Operator,
            sessions::Who::Person(person) => Who::Person(person),
        };
        Self {
            id: row.id,
            who,
            how: row.how,
            is_strong: row.is_strong,
            fresh_until: row.fresh_until,
            operates: row.operates || who == Who::Operator,
            must_enrol,
            expires: row.expires_at,
        }
    }
}

impl From<Who> for sessions::Who {
    fn from(who: Who) -> Self {
        match who {
            Who::Operator => Self::Operator,
            Who::Person(person) => Self::Person(person),
        }
    }
}

impl From<sessions::Session> for OpenSession {
    fn from(row: sessions::Session) -> Self {
        let sessions::Session { id, how, address, agent, created_at, last_seen, .. } = row;
        Self { id, how, address, agent, created_at, last_seen }
    }
}
