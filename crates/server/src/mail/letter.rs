//! What stands in a mail: plain text, and the same as simple HTML.

use super::server::{Sender, host_of};
use crate::console::{Moment, device, proved_by};
use askama::Template;
use counterfoil_authority::outbox::{Content, CredentialChange, Says};
use counterfoil_authority::secret::Secret;
use counterfoil_authority::sign_in::How;
use counterfoil_core::id::KeyId;
use counterfoil_core::time::Timestamp;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, Message};
use std::time::{Duration, UNIX_EPOCH};

/// The mail, ready to be handed over. Its message id is made of its name, so that it is the same at each try.
///
/// # Errors
/// If it can't be written to that address; the reason is for whoever wants to know what became of the mail.
pub(super) fn written(
    content: &Content,
    name: &str,
    now: Timestamp,
    sender: &Sender,
) -> Result<Message, String> {
    let to: Address =
        content.to.as_str().parse().map_err(|_| "no mail can be sent to this address".to_owned())?;
    let letter = Letter::of(&content.says, &sender.public_url);
    let (text, html) = (letter.text(), letter.html());
    let unwritable = |fault: &dyn std::error::Error| format!("the mail can't be written: {fault}");
    Message::builder()
        .from(sender.from.clone())
        .to(Mailbox::new(None, to))
        .subject(letter.subject)
        .date(UNIX_EPOCH + Duration::from_millis(u64::try_from(now.as_millis()).unwrap_or_default()))
        .message_id(Some(format!("<{name}@{}>", host_of(&sender.public_url))))
        .raw_header(automatic())
        .multipart(MultiPart::alternative_plain_html(
            text.map_err(|fault| unwritable(&fault))?,
            html.map_err(|fault| unwritable(&fault))?,
        ))
        .map_err(|fault| unwritable(&fault))
}

/// So that nobody's holiday answers us.
fn automatic() -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned())
}

/// What a mail says, in words.
struct Letter {
    subject: String,
    paragraphs: Vec<String>,
    button: Option<Button>,
    after: Vec<String>,
}

/// Where a mail leads.
struct Button {
    label: &'static str,
    href: String,
}

#[derive(Template)]
#[template(path = "mail/letter.txt")]
struct Plain<'a>(&'a Letter);

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct Html<'a>(&'a Letter);

impl Letter {
    fn of(says: &Says, public_url: &str) -> Self {
        match says {
            Says::Invited { team, link, expires } => Self {
                subject: format!("You are invited to {team}"),
                paragraphs: vec![format!(
                    "An administrator of the team {team} invites you to manage its API keys with Counterfoil."
                )],
                button: Some(button("Accept the invitation", public_url, "join", link)),
                after: vec![
                    format!("The link is good once, until {}.", Moment(*expires)),
                    "If you did not expect this, do nothing: nobody gets in without the link.".to_owned(),
                ],
            },
            Says::SignIn { link, expires } => Self {
                subject: "Your link to sign in".to_owned(),
                paragraphs: vec!["Somebody asked for a link that signs you in to Counterfoil.".to_owned()],
                button: Some(button("Sign in", public_url, "sign-in", link)),
                after: vec![
                    format!("The link is good once, until {}. Give it to nobody.", Moment(*expires)),
                    "If it was not you who asked, do nothing.".to_owned(),
                ],
            },
            Says::Changed { change, at } => Self::of_account(
                format!("{} on your account", headline(*change)),
                format!("{}, on {}.", sentence(*change), Moment(*at)),
                public_url,
            ),
            Says::SignedInAnew { how, at, address, agent } => Self::of_account(
                "New sign-in to your account".to_owned(),
                signed_in(*how, *at, address, agent),
                public_url,
            ),
            Says::KeysRevoked { issuer, team, keys, leaked, at } => Self {
                subject: format!("{}: {team}", counted(keys.len())),
                paragraphs: vec![revoked(team.as_str(), keys, *leaked, *at)],
                button: keys.first().map(|key| Button {
                    label: "Look at it",
                    href: format!("{public_url}/console/teams/{issuer}/keys/{key}"),
                }),
                after: vec![
                    "You get this because a key is yours, or you generated or downloaded it, or own the team. \
                     Whatever still uses it is refused: put another key in its place."
                        .to_owned(),
                ],
            },
        }
    }

    /// Something that its reader should know to be their own doing.
    fn of_account(subject: String, what: String, public_url: &str) -> Self {
        Self {
            subject,
            paragraphs: vec![what],
            button: Some(Button { label: "Look at your profile", href: format!("{public_url}/console") }),
            after: vec![
                "If it was you, there is nothing to do.".to_owned(),
                "If it was not, sign in now, remove what you do not know, end all other sessions, and tell your \
                 administrator."
                    .to_owned(),
            ],
        }
    }

    fn text(&self) -> Result<String, askama::Error> {
        Plain(self).render()
    }

    fn html(&self) -> Result<String, askama::Error> {
        Html(self).render()
    }
}

fn button(label: &'static str, public_url: &str, page: &str, link: &Secret) -> Button {
    Button { label, href: format!("{public_url}/{page}?link={}", link.expose()) }
}

fn signed_in(how: How, at: Timestamp, address: &str, agent: &str) -> String {
    let place = if address.is_empty() { String::new() } else { format!(", from {address}") };
    format!(
        "Somebody signed in to your account {} on {}, with a browser that had not signed you in before: {}{place}.",
        proved_by(how),
        Moment(at),
        device(agent)
    )
}

fn counted(keys: usize) -> String {
    if keys == 1 { "Key revoked".to_owned() } else { format!("{keys} keys revoked") }
}

fn revoked(team: &str, keys: &[KeyId], leaked: bool, at: Timestamp) -> String {
    let names: Vec<String> = keys.iter().map(ToString::to_string).collect();
    let (subject, verb) = if keys.len() == 1 { ("The key", "was") } else { ("The keys", "were") };
    let why = if leaked { ", because somebody showed to hold the private half" } else { "" };
    format!("{subject} {} of the team {team} {verb} revoked on {}{why}.", names.join(", "), Moment(at))
}

const fn headline(change: CredentialChange) -> &'static str {
    match change {
        CredentialChange::PasskeyAdded => "New passkey",
        CredentialChange::PasskeyRemoved => "Passkey removed",
        CredentialChange::PasswordSet => "New password",
        CredentialChange::PasswordRemoved => "Password removed",
        CredentialChange::CodesOn => "Authenticator app added",
        CredentialChange::CodesOff => "Authenticator app removed",
        CredentialChange::RecoveryCodesRenewed => "New recovery codes",
        CredentialChange::RecoveryCodeUsed => "Recovery code used",
        CredentialChange::ProviderLinked => "Sign-in account linked",
        CredentialChange::ProviderUnlinked => "Sign-in account unlinked",
    }
}

const fn sentence(change: CredentialChange) -> &'static str {
    match change {
        CredentialChange::PasskeyAdded => "A passkey was added to your account",
        CredentialChange::PasskeyRemoved => "A passkey was removed from your account",
        CredentialChange::PasswordSet => "The password of your account was set",
        CredentialChange::PasswordRemoved => "The password of your account was removed",
        CredentialChange::CodesOn => "An authenticator app was added to your account",
        CredentialChange::CodesOff => "The authenticator app of your account was removed",
        CredentialChange::RecoveryCodesRenewed => {
            "New recovery codes were made for your account, and the old ones are void"
        }
        CredentialChange::RecoveryCodeUsed => "A recovery code was used to sign in to your account",
        CredentialChange::ProviderLinked => "An account at another provider was linked, and can sign you in",
        CredentialChange::ProviderUnlinked => "An account at another provider was unlinked from your account",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use counterfoil_authority::people::Email;

    fn sender() -> Sender {
        let from = "Counterfoil <keys@example.com>".parse().unwrap();
        Sender { from, public_url: "https://keys.example".into() }
    }

    fn changed(change: CredentialChange, to: &str) -> Content {
        let says = Says::Changed { change, at: Timestamp::from_seconds(1_790_000_000) };
        Content { to: Email::try_from(to).unwrap(), says }
    }

    fn text_of(content: &Content) -> Result<String, String> {
        let message = written(content, "00ff", Timestamp::from_seconds(1_790_000_000), &sender())?;
        Ok(String::from_utf8(message.formatted()).unwrap())
    }

    #[test]
    fn a_mail_says_from_whom_to_whom_and_that_no_person_wrote_it() {
        let text = text_of(&changed(CredentialChange::PasskeyAdded, "Ada@Example.com")).unwrap();
        for line in [
            "From: Counterfoil <keys@example.com>\r\n",
            "To: Ada@example.com\r\n",
            "Subject: New passkey on your account\r\n",
            "Message-ID: <00ff@keys.example>\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "Date: Mon, 21 Sep 2026 14:13:20 +0000\r\n",
            "Content-Type: multipart/alternative;",
        ] {
            let found = text.to_lowercase().contains(&line.to_lowercase());
            assert!(found, "{line} in {text}");
        }
    }

    #[test]
    fn a_notice_says_what_when_and_with_what_and_nothing_that_a_stranger_typed() {
        let at = Timestamp::from_seconds(1_790_000_000);
        let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0 <b>buy</b>";
        let signed_in = |address: &str| Says::SignedInAnew {
            how: How::Passkey,
            at,
            address: address.into(),
            agent: agent.into(),
        };
        let keys = ["ABCDE12345", "FGHIJ67890"].map(|id| KeyId::try_from(id).unwrap());
        let revoked = |keys: &[KeyId], leaked| Says::KeysRevoked {
            issuer: "57246542-96fe-1a63-e053-0824d011072a".try_into().unwrap(),
            team: "Rivets".try_into().unwrap(),
            keys: keys.to_vec(),
            leaked,
            at,
        };
        let on = "on 21 Sep 2026";
        for (says, subject, words) in [
            (
                signed_in("192.0.2.0/24"),
                "New sign-in to your account",
                "Firefox on Linux, from 192.0.2.0/24.",
            ),
            (signed_in(""), "New sign-in to your account", "Firefox on Linux."),
            (
                revoked(&keys, false),
                "2 keys revoked: Rivets",
                "The keys ABCDE12345, FGHIJ67890 of the team Rivets were",
            ),
            (
                revoked(&keys[..1], true),
                "Key revoked: Rivets",
                "because somebody showed to hold the private half.",
            ),
        ] {
            let letter = Letter::of(&says, "https://keys.example");
            let text = letter.text().unwrap();
            assert_eq!(letter.subject, subject);
            assert!(text.contains(words) && text.contains(on) && !text.contains("buy"), "{text}");
        }
    }

    #[test]
    fn every_change_has_words_of_its_own() {
        let mut words: Vec<_> = CredentialChange::ALL.iter().map(|change| sentence(*change)).collect();
        let mut titles: Vec<_> = CredentialChange::ALL.iter().map(|change| headline(*change)).collect();
        words.sort_unstable();
        titles.sort_unstable();
        words.dedup();
        titles.dedup();
        assert_eq!((words.len(), titles.len()), (CredentialChange::ALL.len(), CredentialChange::ALL.len()));
    }

    #[test]
    fn what_stands_in_a_letter_is_escaped_in_html_and_plain_in_text() {
        let letter = Letter {
            subject: String::new(),
            paragraphs: vec!["The team <b>R&D</b>".to_owned()],
            button: Some(Button { label: "Go", href: "https://keys.example/join?link=a".to_owned() }),
            after: vec![],
        };
        assert!(letter.text().unwrap().contains("The team <b>R&D</b>"));
        assert!(letter.text().unwrap().contains("\nhttps://keys.example/join?link=a\n"));
        let html = letter.html().unwrap();
        assert!(
            !html.contains("<b>") && html.contains("href=\"https://keys.example/join?link=a\""),
            "{html}"
        );
    }

    #[test]
    fn no_header_can_be_smuggled_into_a_mail() {
        let says = |team: &str| Letter {
            subject: format!("You are invited to {team}"),
            paragraphs: vec![],
            button: None,
            after: vec![],
        };
        let subject = says("R\r\nBcc: all@example.com\r\n\r\nBuy").subject;
        let message = Message::builder()
            .from(sender().from)
            .to("a@example.com".parse().unwrap())
            .subject(subject)
            .body(String::new())
            .unwrap();
        let text = String::from_utf8(message.formatted()).unwrap();
        assert!(!text.to_lowercase().contains("\r\nbcc:"), "{text}");
        for address in [
            "a@example.com\r\nBcc: b@example.com",
            "a@example.com>\r\nRCPT TO:<b@example.com",
            "a@exa mple.com",
        ] {
            assert!(address.parse::<Address>().is_err(), "{address}");
        }
    }
}
