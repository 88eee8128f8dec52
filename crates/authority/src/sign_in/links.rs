//! Links that are good once.

use super::{Happening, How, SeenFrom, SessionSecret, Who};
use crate::authority::Authority;
use crate::failure::Failure;
use crate::secret::{Secret, hash_of};
use crate::store::tables::{installation, links};
use crate::store::{Statement, StoreFault, first_of};
use counterfoil_core::id::{InvitationId, PersonId};
use counterfoil_core::refusal::{Refusal, Thing};
use counterfoil_core::time::Timestamp;
use std::time::Duration;

/// How long a set-up link is good: the first person may need a day.
const SET_UP_LIFETIME: Duration = Duration::from_secs(24 * 3600);
/// The setting that says that somebody has set the installation up.
pub(super) const SET_UP: &str = "set-up";

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Setting up the operator and the first team, by [`Authority::set_up`].
    SetUp,
    /// Signing this person in.
    SignIn(PersonId),
    /// Signing the operator in.
    Operator,
    /// Accepting this invitation, by [`Authority::accept_invitation`].
    Join(InvitationId),
}

/// A link that is still good, looked at without using it up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkView {
    /// What it is for.
    pub purpose: Purpose,
    /// Until when it is good.
    pub expires: Timestamp,
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
        let mut statements = vec![self.new_link(&secret, purpose, lifetime, false)];
        if let Purpose::SignIn(person) = purpose {
            statements.push(self.noting(Some(person), Happening::LinkMade, &SeenFrom::default())?);
        }
        self.store().write(statements).await?;
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
        let link = self.new_link(&secret, Purpose::SetUp, SET_UP_LIFETIME, false);
        self.store().write(vec![links::end_all_for(links::Purpose::SetUp), link]).await?;
        Ok(Some(secret))
    }

    /// What makes a link good, and whether it goes by mail and nowhere else.
    pub(crate) fn new_link(
        &self,
        secret: &Secret,
        purpose: Purpose,
        lifetime: Duration,
        is_mailed: bool,
    ) -> Statement {
        let now = self.now();
        let (purpose, person, invitation) = match purpose {
            Purpose::SetUp => (links::Purpose::SetUp, None, None),
            Purpose::SignIn(person) => (links::Purpose::SignIn, Some(person), None),
            Purpose::Operator => (links::Purpose::Operator, None, None),
            Purpose::Join(invitation) => (links::Purpose::Join, None, Some(invitation)),
        };
        links::add(&links::Link {
            hash: secret.hash(),
            purpose,
            person,
            team: None,
            invitation,
            is_mailed,
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

    /// Uses a link up and opens the session that it stands for; nothing, if it is not good, or is for something
    /// else than signing in. Of two that use it at once, one is let in.
    ///
    /// # Errors
    /// If the store did not take it; the link may be good still.
    pub async fn use_link(&self, shown: &str, from: &SeenFrom) -> Result<Option<SessionSecret>, Failure> {
        let Some(link) = self.look_at_link(shown).await? else { return Ok(None) };
        let who = match link.purpose {
            Purpose::SignIn(person) => Who::Person(person),
            Purpose::Operator => Who::Operator,
            Purpose::SetUp | Purpose::Join(_) => return Ok(None),
        };
        let (secret, opening) = self.opening(who, How::Link, from)?;
        let mut statements = vec![links::use_up(hash_of(shown), self.now())];
        statements.extend(opening);
        match self.store().write(statements).await {
            Ok(_) => Ok(Some(secret)),
            Err(StoreFault::Unexpected(links::STILL_GOOD)) => Ok(None),
            Err(fault) => Err(fault.into()),
        }
    }
}

/// A link to sign in that names nobody is for nothing.
fn purpose_of(link: &links::Link) -> Option<Purpose> {
    match link.purpose {
        links::Purpose::SetUp => Some(Purpose::SetUp),
        links::Purpose::Operator => Some(Purpose::Operator),
        links::Purpose::SignIn => link.person.map(Purpose::SignIn),
        links::Purpose::Join => link.invitation.map(Purpose::Join),
    }
}
