//! What the values of settings may be.

use counterfoil_server::{KeptAddresses, StartTls};
use http::Uri;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;
use tracing_subscriber::EnvFilter;
use zeroize::Zeroizing;

/// A day.
pub(super) const DAY: Duration = Duration::from_secs(24 * 3600);

/// The URL of a PostgreSQL database. It may hold a password and shows itself to nobody.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct DatabaseUrl(Zeroizing<String>);

impl DatabaseUrl {
    /// Whether it is a good one is for the driver to say, when it connects.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        match ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme)) {
            true => Ok(Self(Zeroizing::new(text.to_owned()))),
            false => Err(
                "a database's URL starts with postgres://; for SQLite, leave it out and set the data directory",
            ),
        }
    }

    /// With the password.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("[database URL]")
    }
}

/// Scheme, host and port under which the server is reached; nothing behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PublicUrl(String);

impl PublicUrl {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let wrong = |rule| format!("{text:?} is not a public URL: {rule}");
        let uri: Uri = text.parse().map_err(|_| wrong("it must be as https://keys.example.com"))?;
        let scheme = uri.scheme_str().filter(|scheme| matches!(*scheme, "http" | "https"));
        let scheme = scheme.ok_or_else(|| wrong("it must start with https:// or http://"))?;
        let authority = uri.authority().filter(|authority| !authority.host().is_empty());
        let authority = authority.ok_or_else(|| wrong("it must name a host"))?;
        if authority.as_str().contains('@') {
            return Err(wrong("it must not hold a user or password"));
        }
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() || text.contains('#') {
            return Err(wrong("nothing may follow host and port; the server wants a host of its own"));
        }
        Ok(Self(format!("{scheme}://{}", authority.as_str().to_lowercase())))
    }

    /// Without a slash at the end.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// What the gateway forwards to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Upstream {
    /// The built-in APIs to try automation against.
    Sandbox,
    /// Somebody's API.
    Url(String),
}

impl Upstream {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let uri = text.parse::<Uri>().ok();
        match (text, uri) {
            ("sandbox", _) => Ok(Self::Sandbox),
            (_, Some(uri))
                if matches!(uri.scheme_str(), Some("http" | "https"))
                    && uri.authority().is_some_and(|authority| !authority.as_str().contains('@'))
                    && uri.path() == "/"
                    && uri.query().is_none()
                    && !text.contains('#') =>
            {
                Ok(Self::Url(text.to_owned()))
            }
            _ => Err(format!(
                "{text:?} is not an upstream: it must be an http:// or https:// URL without a path, or sandbox"
            )),
        }
    }
}

/// How logs look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// A line for people.
    Human,
    /// A JSON object a line.
    Json,
}

impl LogFormat {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        match text {
            "human" => Ok(Self::Human),
            "json" => Ok(Self::Json),
            _ => Err(format!("{text:?} is not a format of logs: human or json")),
        }
    }
}

pub(super) fn kept_addresses(text: &str) -> Result<KeptAddresses, String> {
    match text {
        "nothing" => Ok(KeptAddresses::Nothing),
        "network" => Ok(KeptAddresses::Network),
        "whole" => Ok(KeptAddresses::Whole),
        _ => Err(format!("{text:?} is not a part of an address: nothing, network or whole")),
    }
}

/// Whether an `smtp://` connection is encrypted.
pub(super) fn starttls(text: &str) -> Result<StartTls, String> {
    match text {
        "required" => Ok(StartTls::Required),
        "never" => Ok(StartTls::Never),
        _ => Err(format!("{text:?} is neither required nor never")),
    }
}

pub(super) fn yes_or_no(text: &str) -> Result<bool, String> {
    match text {
        "yes" | "true" => Ok(true),
        "no" | "false" => Ok(false),
        _ => Err(format!("{text:?} is neither yes nor no")),
    }
}

pub(super) fn path(text: &str) -> Result<PathBuf, &'static str> {
    if text.is_empty() { Err("a path can't be empty") } else { Ok(text.into()) }
}

/// Levels, alone or by part of the program. A filter that names no known level is refused.
pub(super) fn log_level(text: &str) -> Result<String, String> {
    let levels = ["off", "error", "warn", "info", "debug", "trace"];
    let has_level =
        |part: &str| levels.contains(&part.rsplit('=').next().unwrap_or_default().to_lowercase().as_str());
    let good = text.split(',').all(has_level) && EnvFilter::builder().parse(text).is_ok();
    if good {
        Ok(text.to_owned())
    } else {
        Err(format!("{text:?} is not a level: error, warn, info, debug or trace"))
    }
}

pub(super) fn server_name(text: &str) -> Result<String, &'static str> {
    let good = (1..=100).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if good { Ok(text.to_owned()) } else { Err("a server's name has 1 to 100 characters on one line") }
}

pub(super) fn half_lifetime(text: &str) -> Result<Duration, String> {
    bounded(text, Duration::from_secs(60), 366 * DAY, "1m to 366d")
}

pub(super) fn drain(text: &str) -> Result<Duration, String> {
    bounded(text, Duration::ZERO, Duration::from_secs(3600), "0s to 1h")
}

/// Whether a second factor is required.
pub(super) fn is_required(text: &str) -> Result<bool, String> {
    match text {
        "required" => Ok(true),
        "optional" => Ok(false),
        _ => Err(format!("{text:?} is neither required nor optional")),
    }
}

pub(super) fn sign_in_history(text: &str) -> Result<Duration, String> {
    bounded(text, DAY, 3660 * DAY, "1d to 3660d")
}

/// Whether the upstream sees the client's `Host`.
pub(super) fn keeps_host(text: &str) -> Result<bool, String> {
    match text {
        "client" => Ok(true),
        "upstream" => Ok(false),
        _ => Err(format!("{text:?} is neither client nor upstream")),
    }
}

pub(super) fn upstream_time(text: &str) -> Result<Duration, String> {
    bounded(text, Duration::from_secs(1), DAY, "1s to 1d")
}

pub(super) fn connections(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| (1..=1_000_000).contains(number));
    number.ok_or_else(|| format!("{text:?} is not a number from 1 to 1000000"))
}

pub(super) fn connections_per_address(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| *number <= 1_000_000);
    number.ok_or_else(|| format!("{text:?} is not a number from 1 to 1000000, nor 0 for no limit"))
}

fn bounded(text: &str, least: Duration, most: Duration, rule: &str) -> Result<Duration, String> {
    let found = duration(text).filter(|found| (least..=most).contains(found));
    found.ok_or_else(|| format!("{text:?} is not a time of {rule}, written as 30s, 10m, 12h or 30d"))
}

fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 24 * 3600,
        _ => return None,
    };
    let number: u64 = number.parse().ok().filter(|_| number.bytes().all(|byte| byte.is_ascii_digit()))?;
    number.checked_mul(seconds).map(Duration::from_secs)
}
