//! The mail server: where it is, how we prove ourselves to it, and one mail at a time handed over.

#[cfg(test)]
mod tests;

use counterfoil_authority::outbox::Setback;
use lettre::Message;
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters, TlsParametersBuilder,
};
use lettre::transport::smtp::extension::ClientId;
use std::error::Error;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;
use zeroize::Zeroizing;

/// How long one step of the conversation may take.
const STEP: Duration = Duration::from_secs(30);
/// How long the whole conversation may take; well below how long a mail is one server's.
const WHOLE: Duration = Duration::from_secs(120);

/// How mail is sent.
#[derive(Clone)]
pub struct MailSettings {
    /// `smtp://` or `smtps://`, perhaps `user:password@`, a host, perhaps a port.
    pub url: Zeroizing<String>,
    /// Whether an `smtp://` connection is encrypted.
    pub starttls: StartTls,
    /// The certificates that vouch for the mail server, as PEM; those of the system, if none.
    pub authorities: Option<PathBuf>,
    /// From whom mail comes: `Counterfoil <keys@example.com>`.
    pub from: String,
    /// Where the links in it lead, without a slash at the end.
    pub public_url: String,
}

/// Whether an `smtp://` connection is encrypted before anything is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StartTls {
    /// It must be, or no mail is sent.
    #[default]
    Required,
    /// It is not: for a relay on the same machine.
    Never,
}

/// Why mail can't be sent as it is described.
#[derive(Debug, thiserror::Error)]
pub enum MailFault {
    /// The URL is not one of a mail server.
    #[error(
        "this is no mail server: it must be smtp:// or smtps://, perhaps user:password@, a host, perhaps a port, and no path"
    )]
    NotAServer,
    /// The password would go over the wire as it is.
    #[error("the mail server's password would be sent unencrypted to {host}")]
    PasswordInClear {
        /// To where.
        host: String,
    },
    /// The sender is no address.
    #[error("{from:?} is no sender of mail")]
    NotASender {
        /// What was given.
        from: String,
    },
    /// The file of certificates can't be read, or there is none in it.
    #[error("no certificates to know the mail server by are in {}", path.display())]
    NoAuthorities {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Box<dyn Error + Send + Sync>,
    },
    /// TLS can't be set up.
    #[error("TLS to the mail server can't be set up")]
    Tls(#[source] Box<dyn Error + Send + Sync>),
}

/// Who writes, and where readers are sent.
pub(super) struct Sender {
    pub(super) from: Mailbox,
    pub(super) public_url: String,
}

/// The mail server.
pub(super) struct MailServer {
    place: Place,
    starttls: StartTls,
    tls: TlsParameters,
    hello: ClientId,
    sender: Sender,
}

impl MailServer {
    pub(super) fn new(settings: &MailSettings) -> Result<Self, MailFault> {
        let place = Place::read(&settings.url).ok_or(MailFault::NotAServer)?;
        let in_clear = !place.is_tls && settings.starttls == StartTls::Never;
        if in_clear && place.login.is_some() && !place.is_here() {
            return Err(MailFault::PasswordInClear { host: place.host });
        }
        let from =
            settings.from.parse().map_err(|_| MailFault::NotASender { from: settings.from.clone() })?;
        let public_url = settings.public_url.trim_end_matches('/').to_owned();
        Ok(Self {
            tls: tls(&place, settings)?,
            place,
            starttls: settings.starttls,
            hello: ClientId::Domain(host_of(&public_url).to_owned()),
            sender: Sender { from, public_url },
        })
    }

    pub(super) const fn sender(&self) -> &Sender {
        &self.sender
    }

    /// Hands a mail over. When this returns well, the mail server has taken it on itself.
    ///
    /// That a mail is refused for good is believed of the mail itself alone: what is wrong before (the place, the
    /// certificate, the password) whoever runs us can mend while mail waits.
    pub(super) async fn send(&self, message: &Message) -> Result<(), Setback> {
        match tokio::time::timeout(WHOLE, self.hand_over(message)).await {
            Ok(handed_over) => handed_over,
            Err(_) => Err(Setback::ForNow("the mail server takes too long".to_owned())),
        }
    }

    async fn hand_over(&self, message: &Message) -> Result<(), Setback> {
        let mut connection = self.connect().await.map_err(Setback::ForNow)?;
        let sent = connection.send(message.envelope(), &message.formatted()).await;
        let sent = sent.map(drop).map_err(|fault| {
            let reason = format!("the mail server said: {}", whole(&fault));
            if fault.is_permanent() { Setback::ForGood(reason) } else { Setback::ForNow(reason) }
        });
        if sent.is_ok() {
            // It has the mail; how it says goodbye is all one.
            let _ = connection.quit().await;
        } else {
            connection.abort().await;
        }
        sent
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, String> {
        let Place { host, port, is_tls, login } = &self.place;
        let tls = is_tls.then(|| self.tls.clone());
        let place = (host.as_str(), *port);
        let mut connection = AsyncSmtpConnection::connect_tokio1(place, Some(STEP), &self.hello, tls, None)
            .await
            .map_err(|fault| format!("the mail server can't be reached: {}", whole(&fault)))?;
        if !is_tls && self.starttls == StartTls::Required {
            connection
                .starttls(self.tls.clone(), &self.hello)
                .await
                .map_err(|fault| format!("no encrypted connection to the mail server: {}", whole(&fault)))?;
        }
        if let Some(login) = login {
            connection
                .auth(&[Mechanism::Plain, Mechanism::Login], &login.credentials())
                .await
                .map_err(|fault| format!("the mail server refuses us: {}", whole(&fault)))?;
        }
        Ok(connection)
    }
}

/// Where a mail server is.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    host: String,
    port: u16,
    is_tls: bool,
    login: Option<Login>,
}

#[derive(PartialEq, Eq)]
struct Login {
    user: String,
    password: Zeroizing<String>,
}

impl Place {
    fn read(url: &str) -> Option<Self> {
        let (scheme, rest) = url.trim().split_once("://")?;
        let is_tls = match scheme.to_ascii_lowercase().as_str() {
            "smtp" => false,
            "smtps" => true,
            _ => return None,
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (login, place) = match rest.rsplit_once('@') {
            Some((login, place)) => (Some(Login::read(login)?), place),
            None => (None, rest),
        };
        let (host, port) = host_and_port(place, if is_tls { 465 } else { 587 })?;
        Some(Self { host, port, is_tls, login })
    }

    /// Whether it is on this machine.
    fn is_here(&self) -> bool {
        let address = self.host.parse::<std::net::IpAddr>();
        self.host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }
}

fn host_and_port(place: &str, usual: u16) -> Option<(String, u16)> {
    let is_plain = |host: &str| {
        !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
    };
    if let Some((host, rest)) = place.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        host.parse::<std::net::Ipv6Addr>().ok()?;
        let port = if rest.is_empty() { usual } else { port(rest.strip_prefix(':')?)? };
        return Some((host.to_owned(), port));
    }
    let (host, port) = match place.split_once(':') {
        Some((host, text)) => (host, port(text)?),
        None => (place, usual),
    };
    is_plain(host).then(|| (host.to_owned(), port))
}

fn port(text: &str) -> Option<u16> {
    text.parse().ok().filter(|port| *port != 0 && text.bytes().all(|byte| byte.is_ascii_digit()))
}

impl Login {
    fn read(text: &str) -> Option<Self> {
        let (user, password) = text.split_once(':')?;
        Some(Self { user: unescaped(user)?, password: Zeroizing::new(unescaped(password)?) })
    }

    fn credentials(&self) -> Credentials {
        Credentials::new(self.user.clone(), self.password.to_string())
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "[login of {}]", self.user)
    }
}

impl fmt::Debug for MailSettings {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "[mail from {}]", self.from)
    }
}

/// A part of a URL, with what is written as `%40` in it.
fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first == b'%' {
            let (digits, after) = rest.split_at_checked(2)?;
            rest = after;
            let digits = std::str::from_utf8(digits).ok()?;
            let is_good = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
            bytes.push(u8::from_str_radix(digits, 16).ok().filter(|_| is_good)?);
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).ok().filter(|text| !text.is_empty() && !text.contains(['\0', '\r', '\n']))
}

/// The host of a URL, for `EHLO` and message ids.
pub(super) fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let place = rest.split(['/', '?']).next().unwrap_or_default();
    if place.starts_with('[') {
        return place.split_inclusive(']').next().unwrap_or(place);
    }
    place.split(':').next().filter(|host| !host.is_empty()).unwrap_or("localhost")
}

fn tls(place: &Place, settings: &MailSettings) -> Result<TlsParameters, MailFault> {
    let mut builder = TlsParametersBuilder::new(place.host.clone());
    if let Some(path) = &settings.authorities {
        let fault =
            |source: Box<dyn Error + Send + Sync>| MailFault::NoAuthorities { path: path.clone(), source };
        let pem = std::fs::read(path).map_err(|source| fault(source.into()))?;
        let given = Certificate::from_pem(&pem).map_err(|source| fault(source.into()))?;
        builder = builder.certificate_store(CertificateStore::None).add_root_certificate(given);
    }
    builder.build_rustls().map_err(|source| MailFault::Tls(source.into()))
}

/// An error with its causes, on one line.
fn whole(fault: &dyn Error) -> String {
    let mut text = fault.to_string();
    let mut cause = fault.source();
    while let Some(next) = cause {
        text = format!("{text}: {next}");
        cause = next.source();
    }
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}
