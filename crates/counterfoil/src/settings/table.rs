//! The one list of settings.

use super::setting::{Id, Reach, Setting};

/// All settings.
pub(crate) const SETTINGS: &[Setting] = &[
    Setting {
        id: Id::Data,
        name: "data",
        value: "DIR",
        reach: Reach::Everywhere,
        default: "./counterfoil-data",
        about: "The data directory: SQLite's files, the seal key, the lock. Made on the first start, for its owner alone",
    },
    Setting {
        id: Id::Database,
        name: "database",
        value: "URL",
        reach: Reach::Everywhere,
        default: "SQLite in the data directory",
        about: "PostgreSQL instead of SQLite: postgres://USER:PASSWORD@HOST:PORT/NAME",
    },
    Setting {
        id: Id::DatabaseFile,
        name: "database-file",
        value: "FILE",
        reach: Reach::Everywhere,
        default: "",
        about: "A file that holds the database's URL, so that its password stands in no command line",
    },
    Setting {
        id: Id::Catalog,
        name: "catalog",
        value: "FILE",
        reach: Reach::Beginning,
        default: "the one in force; on the first start the built-in appstore",
        about: "The catalog to serve. It must be the one in force: `counterfoil catalog use` changes that",
    },
    Setting {
        id: Id::SealKey,
        name: "seal-key",
        value: "HEX",
        reach: Reach::NoFlag,
        default: "",
        about: "The key that seals private halves until their download, 64 hexadecimal digits",
    },
    Setting {
        id: Id::SealKeyFile,
        name: "seal-key-file",
        value: "FILE",
        reach: Reach::Everywhere,
        default: "seal.key in the data directory",
        about: "The file with the seal key. Made if it is missing and none was in use yet",
    },
    Setting {
        id: Id::Listen,
        name: "listen",
        value: "ADDR",
        reach: Reach::Serving,
        default: "127.0.0.1:8787",
        about: "Where to listen: ADDRESS:PORT, [::]:PORT, unix:/path or unix:/path,mode=0660. Port 0 takes a free one",
    },
    Setting {
        id: Id::PublicUrl,
        name: "public-url",
        value: "URL",
        reach: Reach::Everywhere,
        default: "http://localhost:PORT",
        about: "The URL under which people and clients reach the server; links are made with it",
    },
    Setting {
        id: Id::TlsCert,
        name: "tls-cert",
        value: "FILE",
        reach: Reach::Serving,
        default: "",
        about: "Speak TLS with this chain of certificates (PEM). Read again when it changes and on SIGHUP",
    },
    Setting {
        id: Id::TlsKey,
        name: "tls-key",
        value: "FILE",
        reach: Reach::Serving,
        default: "",
        about: "The key of the certificate (PEM)",
    },
    Setting {
        id: Id::Upstream,
        name: "upstream",
        value: "URL",
        reach: Reach::Serving,
        default: "",
        about: "What the gateway forwards good requests to: http:// or https://, a host, perhaps a port, no path; or sandbox",
    },
    Setting {
        id: Id::SandboxFixtures,
        name: "sandbox-fixtures",
        value: "FILE",
        reach: Reach::Serving,
        default: "a demonstration",
        about: "What a team finds that comes to the sandbox for the first time, as `counterfoil sandbox export` writes it",
    },
    Setting {
        id: Id::UpstreamCa,
        name: "upstream-ca",
        value: "FILE",
        reach: Reach::Serving,
        default: "the system's",
        about: "The certificates (PEM) that vouch for an https:// upstream",
    },
    Setting {
        id: Id::UpstreamHost,
        name: "upstream-host",
        value: "WHOSE",
        reach: Reach::Serving,
        default: "upstream",
        about: "Which `Host` the upstream sees: its own (upstream), or the one that the client named (client)",
    },
    Setting {
        id: Id::UpstreamConnect,
        name: "upstream-connect",
        value: "TIME",
        reach: Reach::Serving,
        default: "5s",
        about: "How long a connection to the upstream may take to open, TLS included",
    },
    Setting {
        id: Id::UpstreamAnswer,
        name: "upstream-answer",
        value: "TIME",
        reach: Reach::Serving,
        default: "60s",
        about: "How long the upstream may take to begin its answer, from the last piece of the request that it took",
    },
    Setting {
        id: Id::UpstreamIdle,
        name: "upstream-idle",
        value: "TIME",
        reach: Reach::Serving,
        default: "5m",
        about: "How long an answer of the upstream, or a WebSocket, may pause",
    },
    Setting {
        id: Id::Name,
        name: "name",
        value: "NAME",
        reach: Reach::Serving,
        default: "the machine's name",
        about: "What this server is called where several share a database",
    },
    Setting {
        id: Id::HalfLifetime,
        name: "half-lifetime",
        value: "TIME",
        reach: Reach::Serving,
        default: "30d",
        about: "How long a private half waits for its one download before it is erased, such as 12h or 30d",
    },
    Setting {
        id: Id::Drain,
        name: "drain",
        value: "TIME",
        reach: Reach::Serving,
        default: "30s",
        about: "How long requests in flight may take once the server is told to stop",
    },
    Setting {
        id: Id::Connections,
        name: "connections",
        value: "NUMBER",
        reach: Reach::Serving,
        default: "10000",
        about: "Connections at once; those idle longest make room for newcomers",
    },
    Setting {
        id: Id::ConnectionsPerAddress,
        name: "connections-per-address",
        value: "NUMBER",
        reach: Reach::Serving,
        default: "0, no limit",
        about: "Connections of one address at once (of IPv6, of one /64); one more is closed as it comes. Trusted proxies and this machine are not counted",
    },
    Setting {
        id: Id::TrustedProxies,
        name: "trusted-proxies",
        value: "LIST",
        reach: Reach::Serving,
        default: "",
        about: "Proxies whose word on a client's address, scheme and host is believed: addresses, networks such as 10.0.0.0/8 and `unix`, with commas between",
    },
    Setting {
        id: Id::ClientAddresses,
        name: "client-addresses",
        value: "WHAT",
        reach: Reach::Serving,
        default: "network",
        about: "What is kept of clients' addresses where refusals can be looked up: nothing, network (24 bits of IPv4, 48 of IPv6) or whole",
    },
    Setting {
        id: Id::SecondFactor,
        name: "second-factor",
        value: "WHETHER",
        reach: Reach::Serving,
        default: "required",
        about: "Whether whoever owns a team, administers keys or people, or runs the installation needs a passkey or a second factor: required or optional",
    },
    Setting {
        id: Id::SignInHistory,
        name: "sign-in-history",
        value: "TIME",
        reach: Reach::Serving,
        default: "365d",
        about: "How long sign-ins and changes of credentials are remembered",
    },
    Setting {
        id: Id::SmtpUrl,
        name: "smtp-url",
        value: "URL",
        reach: Reach::NoFlag,
        default: "",
        about: "The mail server: smtp://USER:PASSWORD@HOST:PORT, or smtps://. Without one, links are shown to whoever makes them",
    },
    Setting {
        id: Id::SmtpUrlFile,
        name: "smtp-url-file",
        value: "FILE",
        reach: Reach::Serving,
        default: "",
        about: "A file that holds the mail server's URL",
    },
    Setting {
        id: Id::SmtpStarttls,
        name: "smtp-starttls",
        value: "WHETHER",
        reach: Reach::Serving,
        default: "required",
        about: "Whether an smtp:// connection is encrypted by STARTTLS: required, or never (for a relay on this machine)",
    },
    Setting {
        id: Id::SmtpCa,
        name: "smtp-ca",
        value: "FILE",
        reach: Reach::Serving,
        default: "the system's",
        about: "The certificates (PEM) that vouch for the mail server",
    },
    Setting {
        id: Id::MailFrom,
        name: "mail-from",
        value: "ADDRESS",
        reach: Reach::Serving,
        default: "",
        about: "From whom mail comes, such as `Counterfoil <keys@example.com>`",
    },
    Setting {
        id: Id::MailSignIns,
        name: "mail-sign-ins",
        value: "YES",
        reach: Reach::Serving,
        default: "yes",
        about: "Whether people are told by mail of a sign-in with a browser that had not signed them in before: yes or no",
    },
    Setting {
        id: Id::MailRevocations,
        name: "mail-revocations",
        value: "YES",
        reach: Reach::Serving,
        default: "yes",
        about: "Whether people are told by mail that somebody else has revoked a key that is theirs, or that they generated or downloaded: yes or no",
    },
    Setting {
        id: Id::LogVerdicts,
        name: "log-verdicts",
        value: "YES",
        reach: Reach::Serving,
        default: "no",
        about: "Whether each verdict that a proxy asks for at `/authorize` gets a line in the log: yes or no",
    },
    Setting {
        id: Id::LogFormat,
        name: "log-format",
        value: "FORMAT",
        reach: Reach::Everywhere,
        default: "human",
        about: "How logs look on standard error: human or json",
    },
    Setting {
        id: Id::LogLevel,
        name: "log-level",
        value: "LEVEL",
        reach: Reach::Everywhere,
        default: "info for serve, warn for other commands",
        about: "What is logged: error, warn, info, debug or trace; by part, such as info,counterfoil_server=debug",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_stands_in_its_ids_place() {
        for (place, setting) in SETTINGS.iter().enumerate() {
            assert_eq!(setting.id as usize, place, "{}", setting.name);
        }
        assert_eq!(SETTINGS.len(), Id::LogLevel as usize + 1);
    }

    /// The page's table is this one; write it anew when this fails.
    #[test]
    fn the_table_of_the_documentation_is_this_one() {
        let page = include_str!("../../../../docs/settings.md");
        let rows = SETTINGS.iter().map(row).collect::<Vec<_>>().join("\n");
        assert!(page.contains(&rows), "docs/settings.md should hold exactly:\n{rows}");
    }

    fn row(setting: &Setting) -> String {
        let Setting { name, value, default, about, .. } = setting;
        let flag = if setting.reach == Reach::NoFlag { "–".into() } else { format!("`--{name} {value}`") };
        let default = if default.is_empty() { "–" } else { default };
        format!("| `{name}` | {flag} | `{}` | {default} | {about}. |", setting.variable())
    }
}
