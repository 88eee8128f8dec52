//! What a mail tells, and how that stands in its row.

use crate::sign_in::EventId;
use crate::store::tables::outbox::Letter;
use counterfoil_core::id::{InvitationId, KeyId, MemberId, PersonId};

/// What a mail tells, and whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mail {
    /// That somebody is invited, with the link to accept.
    Invitation(InvitationId),
    /// A link to sign in.
    SignInLink(PersonId),
    /// That a way to sign in was changed.
    CredentialChanged(PersonId, CredentialChange),
    /// That somebody signed in with a browser that was not seen with them before, as this entry of the history says.
    SignedInAnew(PersonId, EventId),
    /// That this key was revoked, and whatever was with it.
    KeysRevoked(MemberId, KeyId),
}

/// What was changed about how somebody signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialChange {
    /// A passkey was added.
    PasskeyAdded,
    /// A passkey was removed.
    PasskeyRemoved,
    /// A password was set or changed.
    PasswordSet,
    /// The password was removed.
    PasswordRemoved,
    /// One-time codes were switched on.
    CodesOn,
    /// One-time codes were switched off.
    CodesOff,
    /// New recovery codes were made.
    RecoveryCodesRenewed,
    /// A recovery code was used to sign in.
    RecoveryCodeUsed,
    /// An account at another provider was linked.
    ProviderLinked,
    /// An account at another provider was unlinked.
    ProviderUnlinked,
}

const INVITATION: &str = "INVITATION";
const SIGN_IN_LINK: &str = "SIGN_IN_LINK";
const CREDENTIAL_CHANGED: &str = "CREDENTIAL_CHANGED";
const SIGNED_IN_ANEW: &str = "SIGNED_IN_ANEW";
const KEYS_REVOKED: &str = "KEYS_REVOKED";

impl Mail {
    /// What it is about, as it stands in the table.
    pub(super) const fn about(self) -> &'static str {
        match self {
            Self::Invitation(_) => INVITATION,
            Self::SignInLink(_) => SIGN_IN_LINK,
            Self::CredentialChanged(..) => CREDENTIAL_CHANGED,
            Self::SignedInAnew(..) => SIGNED_IN_ANEW,
            Self::KeysRevoked(..) => KEYS_REVOKED,
        }
    }

    /// Of whom or of what, by id.
    pub(super) fn subject(self) -> String {
        match self {
            Self::Invitation(invitation) => invitation.to_string(),
            Self::SignInLink(person) | Self::CredentialChanged(person, _) | Self::SignedInAnew(person, _) => {
                person.to_string()
            }
            Self::KeysRevoked(member, _) => member.to_string(),
        }
    }

    /// What else there is to say.
    pub(super) fn detail(self) -> String {
        match self {
            Self::Invitation(_) | Self::SignInLink(_) => String::new(),
            Self::CredentialChanged(_, change) => change.as_str().to_owned(),
            Self::SignedInAnew(_, event) => event.to_string(),
            Self::KeysRevoked(_, key) => key.to_string(),
        }
    }
}

impl TryFrom<&Letter> for Mail {
    type Error = &'static str;

    fn try_from(letter: &Letter) -> Result<Self, Self::Error> {
        const UNKNOWN: &str = "a newer release wrote this mail, and this one can't send it";
        let person = || PersonId::try_from(letter.subject.as_str()).map_err(|_| UNKNOWN);
        match letter.about.as_str() {
            INVITATION => {
                InvitationId::try_from(letter.subject.as_str()).map(Self::Invitation).map_err(|_| UNKNOWN)
            }
            SIGN_IN_LINK => person().map(Self::SignInLink),
            CREDENTIAL_CHANGED => {
                let change =
                    CredentialChange::ALL.into_iter().find(|change| change.as_str() == letter.detail);
                Ok(Self::CredentialChanged(person()?, change.ok_or(UNKNOWN)?))
            }
            SIGNED_IN_ANEW => {
                let event = EventId::try_from(letter.detail.as_str()).map_err(|_| UNKNOWN)?;
                Ok(Self::SignedInAnew(person()?, event))
            }
            KEYS_REVOKED => {
                let member = MemberId::try_from(letter.subject.as_str()).map_err(|_| UNKNOWN)?;
                let key = KeyId::try_from(letter.detail.as_str()).map_err(|_| UNKNOWN)?;
                Ok(Self::KeysRevoked(member, key))
            }
            _ => Err(UNKNOWN),
        }
    }
}

impl CredentialChange {
    /// All that there are.
    pub const ALL: [Self; 10] = [
        Self::PasskeyAdded,
        Self::PasskeyRemoved,
        Self::PasswordSet,
        Self::PasswordRemoved,
        Self::CodesOn,
        Self::CodesOff,
        Self::RecoveryCodesRenewed,
        Self::RecoveryCodeUsed,
        Self::ProviderLinked,
        Self::ProviderUnlinked,
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::PasskeyAdded => "PASSKEY_ADDED",
            Self::PasskeyRemoved => "PASSKEY_REMOVED",
            Self::PasswordSet => "PASSWORD_SET",
            Self::PasswordRemoved => "PASSWORD_REMOVED",
            Self::CodesOn => "CODES_ON",
            Self::CodesOff => "CODES_OFF",
            Self::RecoveryCodesRenewed => "RECOVERY_CODES_RENEWED",
            Self::RecoveryCodeUsed => "RECOVERY_CODE_USED",
            Self::ProviderLinked => "PROVIDER_LINKED",
            Self::ProviderUnlinked => "PROVIDER_UNLINKED",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use counterfoil_core::time::Timestamp;

    #[test]
    fn every_mail_is_read_back_from_its_row() {
        let person = PersonId::from_random([1; 16]);
        let changes = CredentialChange::ALL.map(|change| Mail::CredentialChanged(person, change));
        let others = [
            Mail::Invitation(InvitationId::from_random([2; 16])),
            Mail::SignInLink(person),
            Mail::SignedInAnew(person, EventId::from_random([3; 16])),
            Mail::KeysRevoked(MemberId::from_random([4; 16]), KeyId::try_from("ABCDE12345").unwrap()),
        ];
        for mail in changes.into_iter().chain(others) {
            assert_eq!(Mail::try_from(&row(mail)), Ok(mail));
        }
    }

    #[test]
    fn a_mail_of_a_newer_release_is_not_guessed_at() {
        let good = row(Mail::SignInLink(PersonId::from_random([1; 16])));
        for (about, subject, detail) in [
            ("NEWS", good.subject.as_str(), ""),
            (INVITATION, "nobody", ""),
            (CREDENTIAL_CHANGED, &good.subject, "?"),
            (SIGNED_IN_ANEW, &good.subject, "?"),
            (KEYS_REVOKED, &good.subject, "?"),
            (KEYS_REVOKED, "nobody", "ABCDE12345"),
        ] {
            let (about, subject, detail) = (about.to_owned(), subject.to_owned(), detail.to_owned());
            assert!(Mail::try_from(&Letter { about, subject, detail, ..good.clone() }).is_err());
        }
    }

    fn row(mail: Mail) -> Letter {
        let at = Timestamp::from_seconds(0);
        Letter {
            id: [7; 16],
            about: mail.about().into(),
            subject: mail.subject(),
            detail: mail.detail(),
            created_at: at,
            turn: 1,
            due_at: at,
            fault: None,
            sent_at: None,
            given_up_at: None,
        }
    }
}
