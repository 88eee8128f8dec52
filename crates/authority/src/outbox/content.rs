//! What stands in a mail, gathered at the moment of sending.

use super::{CredentialChange, Mail, Taken};
use crate::authority::Authority;
use crate::failure::Failure;
use crate::people::Email;
use crate::secret::Secret;
use crate::sign_in::{EventId, Happening, HistoryEntry, How, Purpose};
use crate::store::first_of;
use crate::store::tables::sign_in_events::{self, SignInEvent};
use crate::store::tables::{outbox, people};
use counterfoil_core::event::Actor;
use counterfoil_core::id::{InvitationId, IssuerId, KeyId, MemberId, PersonId, TeamName};
use counterfoil_core::team::{Key, Team};
use counterfoil_core::time::Timestamp;
use std::collections::BTreeSet;
use std::time::Duration;

/// How long a link to sign in is good that went by mail.
const LINK_LIFETIME: Duration = Duration::from_secs(3600);

/// What a mail says, with everything that is in it.
#[derive(Clone, Debug)]
pub struct Content {
    /// Whom it goes to.
    pub to: Email,
    /// What it says.
    pub says: Says,
}

/// What a mail says.
#[derive(Clone, Debug)]
pub enum Says {
    /// Come into this team.
    Invited {
        /// The team.
        team: TeamName,
        /// The secret of the link.
        link: Secret,
        /// Until when it is good.
        expires: Timestamp,
    },
    /// Here is a way in.
    SignIn {
        /// The secret of the link.
        link: Secret,
        /// Until when it is good.
        expires: Timestamp,
    },
    /// You signed in with a browser that was not seen with you before.
    SignedInAnew {
        /// How it was proven.
        how: How,
        /// When.
        at: Timestamp,
        /// What is kept of the address.
        address: String,
        /// What the browser called itself.
        agent: String,
    },
    /// Keys that you have to do with were revoked.
    KeysRevoked {
        /// Whose keys.
        issuer: IssuerId,
        /// What the team is called.
        team: TeamName,
        /// Which, the one with the lowest id in front.
        keys: Vec<KeyId>,
        /// Whether that was because somebody showed to hold the private half.
        leaked: bool,
        /// When.
        at: Timestamp,
    },
    /// This was changed.
    Changed {
        /// What.
        change: CredentialChange,
        /// When.
        at: Timestamp,
    },
}

impl Authority {
    /// What a mail says. Its link is made now. Nothing, and the mail is gone, if there is nobody to tell any more.
    ///
    /// # Errors
    /// If the store can't be read or did not take it.
    pub async fn content_of(&self, taken: &Taken) -> Result<Option<Content>, Failure> {
        let content = match taken.mail {
            Mail::Invitation(invitation) => self.invitation_mail(invitation).await?,
            Mail::SignInLink(person) => self.sign_in_mail(person).await?,
            Mail::CredentialChanged(person, change) => {
                let at = taken.letter.created_at;
                self.mail_to(person, Says::Changed { change, at }).await?
            }
            Mail::SignedInAnew(person, event) => self.sign_in_notice(person, event).await?,
            Mail::KeysRevoked(member, key) => self.revocation_notice(member, key).await?,
        };
        if content.is_none() {
            self.store().write(vec![outbox::remove(taken.letter.id)]).await?;
        }
        Ok(content)
    }

    async fn invitation_mail(&self, invitation: InvitationId) -> Result<Option<Content>, Failure> {
        let row: Option<people::Invitation> =
            first_of(self.store().read(people::invitation(invitation)).await?)?;
        let Some(row) = row.filter(|row| self.now() < row.expires_at) else { return Ok(None) };
        let to = Email::try_from(row.email.as_str()).map_err(|bad| Failure::Fault(bad.to_string()))?;
        let team = self.ledger().team(row.team)?.name.clone();
        let link = self.mailed_link(Purpose::Join(invitation), row.expires_at).await?;
        let says = Says::Invited { team, link, expires: row.expires_at };
        Ok(Some(Content { to, says }))
    }

    /// A link that goes by mail and nowhere else: whoever comes by it reads that mail. Those of earlier tries stay
    /// good, since their mail may have arrived after all.
    async fn mailed_link(&self, purpose: Purpose, expires: Timestamp) -> Result<Secret, Failure> {
        let secret = Secret::draw(&self.random)?;
        let lifetime = expires.since(self.now());
        self.store().write(vec![self.new_link(&secret, purpose, lifetime, true)]).await?;
        Ok(secret)
    }

    async fn sign_in_mail(&self, person: PersonId) -> Result<Option<Content>, Failure> {
        if self.person(person).await?.is_none() {
            return Ok(None);
        }
        let expires = self.now().plus(LINK_LIFETIME);
        let link = self.mailed_link(Purpose::SignIn(person), expires).await?;
        self.mail_to(person, Says::SignIn { link, expires }).await
    }

    async fn mail_to(&self, person: PersonId, says: Says) -> Result<Option<Content>, Failure> {
        let Some(person) = self.person(person).await? else { return Ok(None) };
        let to = Email::try_from(person.email.as_str()).map_err(|bad| Failure::Fault(bad.to_string()))?;
        Ok(Some(Content { to, says }))
    }

    /// Whoever signs in for the first time knows of it; and what is not remembered any more can't be told.
    async fn sign_in_notice(&self, person: PersonId, event: EventId) -> Result<Option<Content>, Failure> {
        let row: Option<SignInEvent> = first_of(self.store().read(sign_in_events::find(event)).await?)?;
        let Some(entry) = row.and_then(HistoryEntry::of) else { return Ok(None) };
        let Happening::SignedIn(how) = entry.what else { return Ok(None) };
        if self.store().read(sign_in_events::signed_in_before(person, entry.at)).await?.is_empty() {
            return Ok(None);
        }
        let HistoryEntry { at, address, agent, .. } = entry;
        self.mail_to(person, Says::SignedInAnew { how, at, address, agent }).await
    }

    /// One mail tells of everything that was revoked in the same act.
    async fn revocation_notice(&self, member: MemberId, key: KeyId) -> Result<Option<Content>, Failure> {
        let row: Option<people::Membership> = first_of(self.store().read(people::membership(member)).await?)?;
        let Some(membership) = row.filter(|row| row.left_at.is_none()) else { return Ok(None) };
        let team = self.ledger().team(membership.team)?;
        let revoked = team.keys.get(&key).and_then(|key| key.revoked.clone());
        let Some(revoked) = revoked else { return Ok(None) };
        let is_of_it = |key: &Key| {
            key.revoked.as_ref().is_some_and(|other| (other.at, other.by) == (revoked.at, revoked.by))
                && concerned(&team, key, revoked.by).contains(&member)
        };
        let mut keys: Vec<KeyId> =
            team.keys.iter().filter(|(_, key)| is_of_it(key)).map(|(id, _)| *id).collect();
        keys.sort_unstable();
        let says = Says::KeysRevoked {
            issuer: team.id,
            team: team.name.clone(),
            keys,
            leaked: matches!(revoked.by, Actor::Holder(_)),
            at: revoked.at,
        };
        self.mail_to(membership.person, says).await
    }
}

/// Who has to do with a key, and is to know that somebody else has ended it: whose key it is, who generated and who
/// downloaded it; and whoever owns the team, if the private half is known to others.
pub(crate) fn concerned(team: &Team, key: &Key, by: Actor) -> BTreeSet<MemberId> {
    let member = |actor: Actor| match actor {
        Actor::User(member) => Some(member),
        Actor::ApiKey(_) | Actor::Operator | Actor::Holder(_) => None,
    };
    let had = [Some(key.created_by), key.downloaded_by].into_iter().flatten().filter_map(member);
    let owner = matches!(by, Actor::Holder(_)).then_some(team.owner);
    let all = key.member().into_iter().chain(had).chain(owner);
    all.filter(|member| Actor::User(*member) != by && team.members.contains_key(member)).collect()
}
