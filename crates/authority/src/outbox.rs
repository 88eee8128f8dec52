//! Mail: what is to be told to people outside the console, and what became of it.
//!
//! A mail is a row that is written in the transaction of what it tells of, so there is no mail about what did not
//! happen, and none is lost. The row holds neither an address nor a link. Both come in at the moment of sending:
//! the address from the person or the invitation (whoever was erased meanwhile gets nothing), the link drawn fresh,
//! of which the database keeps the hash alone. So nothing that lets anybody in ever waits in the database.
//!
//! Several servers may send. Each takes one mail up for a while ([`LEASE`]); nobody else touches it meanwhile, and
//! one who was too slow changes nothing any more. A server that dies between the handing over and the noting makes
//! the mail come twice, later, under the same message id; never does it get lost.

mod content;
mod mail;
mod pace;

pub(crate) use content::concerned;
pub use content::{Content, Says};
pub use mail::{CredentialChange, Mail};
pub use pace::Crowded;
pub(crate) use pace::Pace;

use crate::authority::Authority;
use crate::failure::Failure;
use crate::people::Email;
use crate::store::tables::outbox::{self, Letter};
use crate::store::{Statement, first_of};
use counterfoil_core::id::PersonId;
use counterfoil_core::time::Timestamp;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How long a mail is one server's. Longer than a sending may take, and than servers' clocks may differ.
pub const LEASE: Duration = Duration::from_secs(10 * 60);
/// How long a mail is tried.
pub const PATIENCE: Duration = Duration::from_secs(24 * 3600);
/// The first pause after a mail that could not be sent; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(30);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(2 * 3600);
/// How long it is kept what became of a mail.
pub(crate) const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);
/// The longest reason that is kept.
const LONGEST_FAULT: usize = 300;

/// A mail that this server has taken up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    letter: Letter,
    mail: Mail,
}

/// What became of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailState {
    /// It is about to be sent.
    Waiting,
    /// It could not be sent yet.
    NotYet {
        /// Why not.
        reason: String,
        /// When it is tried again.
        again_at: Timestamp,
    },
    /// The mail server has taken it.
    Sent {
        /// When.
        at: Timestamp,
    },
    /// It is not tried any more.
    GivenUp {
        /// Why.
        reason: String,
        /// Since when.
        at: Timestamp,
    },
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setback {
    /// It may go well later.
    ForNow(String),
    /// It never will.
    ForGood(String),
}

impl Authority {
    /// From now on mail is sent. Until then links are shown to whoever makes them.
    pub fn sends_mail_from_now(&self) {
        self.sends_mail.store(true, Ordering::Relaxed);
    }

    /// Whether mail is sent.
    #[must_use]
    pub fn sends_mail(&self) -> bool {
        self.sends_mail.load(Ordering::Relaxed)
    }

    /// What puts a mail into the outbox, for the transaction of what it tells of; nothing where no mail is sent.
    /// An earlier mail about the same invitation makes way.
    pub(crate) fn posting(&self, mail: Mail) -> Result<Vec<Statement>, Failure> {
        if !self.sends_mail() {
            return Ok(Vec::new());
        }
        let subject = mail.subject();
        let add = outbox::add(self.random()?, mail.about(), &subject, &mail.detail(), self.now());
        Ok(match mail {
            Mail::Invitation(_) => vec![outbox::forget_subject(&subject), add],
            Mail::SignInLink(_)
            | Mail::CredentialChanged(..)
            | Mail::SignedInAnew(..)
            | Mail::KeysRevoked(..) => vec![add],
        })
    }

    /// Sends a link to sign in to a person, if mail is sent and not too much was. Whether it was sent, the answer
    /// does not tell.
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn mail_sign_in_link(&self, person: PersonId) -> Result<(), Failure> {
        let statements = self.posting(Mail::SignInLink(person))?;
        if !statements.is_empty() && self.is_in_time(person).await? {
            self.store().write(statements).await?;
        }
        Ok(())
    }

    /// Whether a mail to this person keeps the pace; it then counts. Of nobody, who gets none, it need not.
    async fn is_in_time(&self, person: PersonId) -> Result<bool, Failure> {
        let email = self.person(person).await?.and_then(|person| Email::try_from(person.email.as_str()).ok());
        Ok(email.is_none_or(|email| self.at_a_pace(None, &email).is_ok()))
    }

    /// What became of the last mail about this; nothing, if there was none.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn mail_state(&self, mail: Mail) -> Result<Option<MailState>, Failure> {
        let statement = outbox::last_about(mail.about(), &mail.subject());
        let row: Option<Letter> = first_of(self.store().read(statement).await?)?;
        Ok(row.map(MailState::of))
    }

    /// How many mails wait.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn mails_waiting(&self) -> Result<u64, Failure> {
        let rows = self.store().read(outbox::count_waiting()).await?;
        Ok(rows.first().map(|row| row.count(0)).transpose()?.unwrap_or(0))
    }

    /// Takes up the mail that is due longest; nothing, if none is. It is this server's for [`LEASE`].
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn take_mail(&self) -> Result<Option<Taken>, Failure> {
        let now = self.now();
        while !self.store().read(outbox::is_any_due(now)).await?.is_empty() {
            let taken = self.store().write(vec![outbox::take(now.plus(LEASE), now)]).await?;
            let Some(rows) = taken.into_iter().next() else { return Ok(None) };
            let Some(letter) = first_of::<Letter>(rows)? else { return Ok(None) };
            match Mail::try_from(&letter) {
                Ok(mail) => return Ok(Some(Taken { letter, mail })),
                Err(unknown) => self.give_up_mail(&letter, unknown).await?,
            }
        }
        Ok(None)
    }

    /// Notes that a mail was sent.
    ///
    /// # Errors
    /// If the store did not take it; then the mail is sent again later.
    pub async fn mail_was_sent(&self, taken: &Taken) -> Result<(), Failure> {
        self.store().write(vec![outbox::sent(taken.letter.id, taken.letter.turn, self.now())]).await?;
        Ok(())
    }

    /// Notes that a mail was not sent. It is tried again after a while, unless that is hopeless or it waits for a
    /// day already. Answers what becomes of it.
    ///
    /// # Errors
    /// If the store did not take it; then the mail is tried again once it is nobody's any more.
    pub async fn mail_was_not_sent(&self, taken: &Taken, setback: Setback) -> Result<MailState, Failure> {
        let (now, letter) = (self.now(), &taken.letter);
        let again_at = now.plus(pause_after(letter.turn));
        match setback {
            Setback::ForNow(reason) if again_at <= letter.created_at.plus(PATIENCE) => {
                let reason = shortened(reason);
                let statement = outbox::put_off(letter.id, letter.turn, &reason, again_at);
                self.store().write(vec![statement]).await?;
                Ok(MailState::NotYet { reason, again_at })
            }
            Setback::ForNow(reason) | Setback::ForGood(reason) => {
                let reason = shortened(reason);
                self.give_up_mail(letter, &reason).await?;
                Ok(MailState::GivenUp { reason, at: now })
            }
        }
    }

    async fn give_up_mail(&self, letter: &Letter, reason: &str) -> Result<(), Failure> {
        let statement = outbox::give_up(letter.id, letter.turn, reason, self.now());
        self.store().write(vec![statement]).await?;
        Ok(())
    }
}

/// The pause after the so-manieth try.
fn pause_after(turn: u64) -> Duration {
    let doublings = u32::try_from(turn.saturating_sub(1)).unwrap_or(u32::MAX).min(16);
    FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE)
}

/// A mail server may say much.
fn shortened(mut reason: String) -> String {
    if let Some((end, _)) = reason.char_indices().nth(LONGEST_FAULT) {
        reason.truncate(end);
    }
    reason
}

impl Taken {
    /// The mail's own name, the same at each try: who gets it twice can tell.
    #[must_use]
    pub fn name(&self) -> String {
        self.letter.id.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// What it tells.
    #[must_use]
    pub const fn mail(&self) -> Mail {
        self.mail
    }

    /// Since when it waits.
    #[must_use]
    pub const fn since(&self) -> Timestamp {
        self.letter.created_at
    }
}

impl MailState {
    fn of(letter: Letter) -> Self {
        match (letter.sent_at, letter.given_up_at, letter.fault) {
            (Some(at), _, _) => Self::Sent { at },
            (None, Some(at), reason) => Self::GivenUp { reason: reason.unwrap_or_default(), at },
            (None, None, Some(reason)) => Self::NotYet { reason, again_at: letter.due_at },
            (None, None, None) => Self::Waiting,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_two_hours_and_stay_there() {
        let minutes: Vec<u64> = (1..=10).map(|turn| pause_after(turn).as_secs() / 30).collect();
        assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 64, 128, 240, 240]);
        assert_eq!(pause_after(u64::MAX), LONGEST_PAUSE);
        assert_eq!(pause_after(0), FIRST_PAUSE);
    }

    #[test]
    fn what_a_mail_server_says_at_length_is_cut_between_letters() {
        assert_eq!(shortened("ü".repeat(1000)), "ü".repeat(LONGEST_FAULT));
        assert_eq!(shortened("no".into()), "no");
    }
}
