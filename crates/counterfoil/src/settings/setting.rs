//! What a setting is, and which there are.

use super::table::SETTINGS;

/// Which setting it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Id {
    Data,
    Database,
    DatabaseFile,
    Catalog,
    SealKey,
    SealKeyFile,
    Listen,
    PublicUrl,
    TlsCert,
    TlsKey,
    Upstream,
    SandboxFixtures,
    UpstreamCa,
    UpstreamHost,
    UpstreamConnect,
    UpstreamAnswer,
    UpstreamIdle,
    Name,
    HalfLifetime,
    Drain,
    Connections,
    ConnectionsPerAddress,
    TrustedProxies,
    ClientAddresses,
    SecondFactor,
    SignInHistory,
    SmtpUrl,
    SmtpUrlFile,
    SmtpStarttls,
    SmtpCa,
    MailFrom,
    MailSignIns,
    MailRevocations,
    LogVerdicts,
    LogFormat,
    LogLevel,
}

/// Which commands have a flag for it. The variable and the file's key are read by all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// All that open the data.
    Everywhere,
    /// `serve` and `bootstrap`, which may begin a new ledger.
    Beginning,
    /// `serve`.
    Serving,
    /// None: a secret does not belong on a command line, where every process can read it.
    NoFlag,
}

/// A setting.
#[derive(Debug)]
pub(crate) struct Setting {
    pub(crate) id: Id,
    /// The key in the file; `--name` is the flag and `COUNTERFOIL_NAME` the variable.
    pub(crate) name: &'static str,
    /// What a value is, for the help.
    pub(crate) value: &'static str,
    pub(crate) reach: Reach,
    /// For the help; empty if there is none.
    pub(crate) default: &'static str,
    /// What it settles, in a sentence.
    pub(crate) about: &'static str,
}

/// The name of the setting that names the file of settings; only flag and variable.
pub(crate) const CONFIG: &str = "config";

impl Setting {
    /// `COUNTERFOIL_PUBLIC_URL` for `public-url`.
    pub(crate) fn variable(&self) -> String {
        variable(self.name)
    }

    /// Which one it is.
    pub(crate) fn of(id: Id) -> &'static Self {
        // Every id has its row: the order of the table is that of the ids, which a test checks.
        &SETTINGS[id as usize]
    }
}

/// The variable that goes with a setting's name.
pub(crate) fn variable(name: &str) -> String {
    format!("COUNTERFOIL_{}", name.replace('-', "_").to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_settings_variable_is_its_name_in_capitals() {
        assert_eq!(Setting::of(Id::PublicUrl).variable(), "COUNTERFOIL_PUBLIC_URL");
    }
}
