//! Second stage: what is meant. Each setting is looked for in the flags, then in the environment,
//! then in the TOML file that `--config` names; what is found nowhere has its default.
//!
//! [`table`] is the one list of settings. Everything else about them is made from it: flags, names
//! of variables, keys of the file, and the table in `docs/settings.md`.

mod file;
mod near;
mod providers;
mod setting;
mod sources;
mod table;
mod values;

pub(crate) use setting::{CONFIG, Reach, Setting};
pub(crate) use sources::{Environment, Typed, misspelt};
pub(crate) use table::SETTINGS;
pub(crate) use values::{DatabaseUrl, LogFormat, PublicUrl, Upstream};

use crate::problem::Problem;
use counterfoil_authority::seal_source::SealSource;
use counterfoil_server::listen::Address;
use counterfoil_server::{KeptAddresses, ProviderSettings, StartTls, TrustedProxies};
use setting::Id;
use sources::Sources;
use std::path::{Path, PathBuf};
use std::time::Duration;
use zeroize::Zeroizing;

/// Where systemd puts the seal key: a file of this name in `$CREDENTIALS_DIRECTORY`.
const CREDENTIAL: &str = "counterfoil-seal-key";

/// Everything that is settled before a command begins.
#[derive(Clone)]
pub(crate) struct Settings {
    /// The data directory.
    pub(crate) data: PathBuf,
    /// PostgreSQL, if not SQLite in the data directory.
    pub(crate) database: Option<DatabaseUrl>,
    /// A catalog other than the one in force or, on the first start, the built-in one.
    pub(crate) catalog: Option<PathBuf>,
    /// Where the seal key comes from.
    pub(crate) seal: SealSource,
    /// Where `serve` listens.
    pub(crate) listen: Address,
    /// Under which URL people and clients reach it, if that was said.
    pub(crate) public_url: Option<PublicUrl>,
    /// What the gateway forwards to.
    pub(crate) upstream: Option<Upstream>,
    /// What a team finds that comes to the sandbox for the first time.
    pub(crate) sandbox_fixtures: Option<PathBuf>,
    /// How the upstream is treated.
    pub(crate) forwarding: Forwarding,
    /// Certificate and key.
    pub(crate) tls: Option<TlsFiles>,
    /// How logs look.
    pub(crate) log_format: LogFormat,
    /// What is logged, if that was said.
    pub(crate) log_level: Option<String>,
    /// What this server is called among several.
    pub(crate) name: Option<String>,
    /// How long a private half waits for its download.
    pub(crate) half_lifetime: Duration,
    /// How long requests in flight may take once the server stops.
    pub(crate) drain: Duration,
    /// Connections at once.
    pub(crate) connections: u32,
    /// How many connections at once one address may have; 0 for any number.
    pub(crate) connections_per_address: u32,
    /// The proxies that are believed.
    pub(crate) trusted_proxies: TrustedProxies,
    /// What is kept of clients' addresses.
    pub(crate) client_addresses: KeptAddresses,
    /// Whether some people need a passkey or a second factor.
    pub(crate) second_factor: bool,
    /// How long sign-ins are remembered.
    pub(crate) sign_in_history: Duration,
    /// Whether mail tells of sign-ins with other browsers.
    pub(crate) mail_sign_ins: bool,
    /// Whether mail tells of revocations by others.
    pub(crate) mail_revocations: bool,
    /// How mail is sent, if it is.
    pub(crate) mail: Option<Mail>,
    /// The other providers that people may sign in by.
    pub(crate) providers: Vec<ProviderSettings>,
    /// Whether each verdict gets a line in the log.
    pub(crate) log_verdicts: bool,
}

/// How the upstream is treated; what was not said is as the gateway usually has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Forwarding {
    /// Certificates that vouch for it.
    pub(crate) authorities: Option<PathBuf>,
    /// Whether it sees the client's `Host`.
    pub(crate) keeps_host: bool,
    /// How long a connection may take to open.
    pub(crate) connect: Option<Duration>,
    /// How long it may take to begin an answer.
    pub(crate) answer: Option<Duration>,
    /// How long an answer may pause.
    pub(crate) idle: Option<Duration>,
}

/// How mail is sent.
#[derive(Clone)]
pub(crate) struct Mail {
    /// The mail server, perhaps with a password.
    pub(crate) url: Zeroizing<String>,
    /// Whether an `smtp://` connection is encrypted.
    pub(crate) starttls: StartTls,
    /// Certificates that vouch for the mail server.
    pub(crate) authorities: Option<PathBuf>,
    /// From whom mail comes.
    pub(crate) from: String,
}

/// Certificate and key for TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TlsFiles {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Settings {
    /// Reads all settings; only what is wrong with one that is set can fail.
    pub(crate) fn read(typed: &Typed, environment: &Environment) -> Result<Self, Problem> {
        let sources = Sources::read(typed, environment)?;
        let data = sources.value(Id::Data, values::path)?.unwrap_or_else(|| "./counterfoil-data".into());
        Ok(Self {
            database: database(&sources)?,
            catalog: sources.value(Id::Catalog, values::path)?,
            seal: seal(&sources, environment, &data)?,
            listen: sources.value(Id::Listen, str::parse)?.unwrap_or_else(default_address),
            public_url: sources.value(Id::PublicUrl, PublicUrl::parse)?,
            upstream: sources.value(Id::Upstream, Upstream::parse)?,
            sandbox_fixtures: sources.value(Id::SandboxFixtures, values::path)?,
            forwarding: forwarding(&sources)?,
            tls: tls(&sources)?,
            log_format: sources.value(Id::LogFormat, LogFormat::parse)?.unwrap_or(LogFormat::Human),
            log_level: sources.value(Id::LogLevel, values::log_level)?,
            name: sources.value(Id::Name, values::server_name)?,
            half_lifetime: sources
                .value(Id::HalfLifetime, values::half_lifetime)?
                .unwrap_or(30 * values::DAY),
            drain: sources.value(Id::Drain, values::drain)?.unwrap_or(Duration::from_secs(30)),
            connections: sources.value(Id::Connections, values::connections)?.unwrap_or(10_000),
            connections_per_address: sources
                .value(Id::ConnectionsPerAddress, values::connections_per_address)?
                .unwrap_or(0),
            trusted_proxies: sources.value(Id::TrustedProxies, str::parse)?.unwrap_or_default(),
            client_addresses: sources.value(Id::ClientAddresses, values::kept_addresses)?.unwrap_or_default(),
            second_factor: sources.value(Id::SecondFactor, values::is_required)?.unwrap_or(true),
            sign_in_history: sources
                .value(Id::SignInHistory, values::sign_in_history)?
                .unwrap_or(365 * values::DAY),
            mail_sign_ins: sources.value(Id::MailSignIns, values::yes_or_no)?.unwrap_or(true),
            mail_revocations: sources.value(Id::MailRevocations, values::yes_or_no)?.unwrap_or(true),
            mail: mail(&sources)?,
            providers: sources.providers(),
            log_verdicts: sources.value(Id::LogVerdicts, values::yes_or_no)?.unwrap_or(false),
            data,
        })
    }
}

fn default_address() -> Address {
    Address::Tcp(([127, 0, 0, 1], 8787).into())
}

fn database(sources: &Sources<'_>) -> Result<Option<DatabaseUrl>, Problem> {
    let Some(found) = sources.either(Id::Database, Id::DatabaseFile)? else { return Ok(None) };
    found.read(DatabaseUrl::parse).map(Some)
}

/// A key given from outside wins over the file in the data directory; only that file is made if
/// it is missing.
fn seal(sources: &Sources<'_>, environment: &Environment, data: &Path) -> Result<SealSource, Problem> {
    if let Some(file) = sources.value(Id::SealKeyFile, values::path)? {
        sources.alone(Id::SealKeyFile, Id::SealKey)?;
        return Ok(SealSource::File(file));
    }
    if let Some(found) = sources.find(Id::SealKey) {
        let value = Zeroizing::new(found.text.trim().to_owned());
        return Ok(SealSource::Given { by: found.origin.to_string(), value });
    }
    match environment.credential(CREDENTIAL)? {
        Some((path, value)) => Ok(SealSource::Given {
            by: path.display().to_string(),
            value: Zeroizing::new(value.trim().to_owned()),
        }),
        None => Ok(SealSource::in_data_dir(data)),
    }
}

fn forwarding(sources: &Sources<'_>) -> Result<Forwarding, Problem> {
    Ok(Forwarding {
        authorities: sources.value(Id::UpstreamCa, values::path)?,
        keeps_host: sources.value(Id::UpstreamHost, values::keeps_host)?.unwrap_or(false),
        connect: sources.value(Id::UpstreamConnect, values::upstream_time)?,
        answer: sources.value(Id::UpstreamAnswer, values::upstream_time)?,
        idle: sources.value(Id::UpstreamIdle, values::upstream_time)?,
    })
}

fn mail(sources: &Sources<'_>) -> Result<Option<Mail>, Problem> {
    let url = sources.either(Id::SmtpUrl, Id::SmtpUrlFile)?.map(|found| Zeroizing::new(found.text));
    match (url, sources.value(Id::MailFrom, |text| Ok::<_, String>(text.to_owned()))?) {
        (None, None) => Ok(None),
        (Some(url), Some(from)) => Ok(Some(Mail {
            url,
            starttls: sources.value(Id::SmtpStarttls, values::starttls)?.unwrap_or_default(),
            authorities: sources.value(Id::SmtpCa, values::path)?,
            from,
        })),
        (Some(_), None) => Err(half_of_mail("smtp-url", "mail-from")),
        (None, Some(_)) => Err(half_of_mail("mail-from", "smtp-url")),
    }
}

fn half_of_mail(there: &str, missing: &str) -> Problem {
    Problem::usage(
        format!("{there} is set, but {missing} is not"),
        "mail takes both: smtp-url (better in a file, smtp-url-file) and --mail-from, such as keys@example.com",
    )
}

fn tls(sources: &Sources<'_>) -> Result<Option<TlsFiles>, Problem> {
    let certificate = sources.value(Id::TlsCert, values::path)?;
    let key = sources.value(Id::TlsKey, values::path)?;
    match (certificate, key) {
        (Some(certificate), Some(key)) => Ok(Some(TlsFiles { certificate, key })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(half_of_tls("tls-cert", "tls-key")),
        (None, Some(_)) => Err(half_of_tls("tls-key", "tls-cert")),
    }
}

fn half_of_tls(there: &str, missing: &str) -> Problem {
    Problem::usage(
        format!("{there} is set, but {missing} is not"),
        "TLS takes both: --tls-cert with the chain in PEM form, --tls-key with its key",
    )
}

#[cfg(test)]
mod tests;
