//! Where the database is and how it is reached, from its URL.

use crate::store::StoreFault;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How long a connection may take to come about, and a hanging one to be noticed.
const PATIENCE: Duration = Duration::from_secs(3);

/// Where the database is, with the password that `Debug` never shows.
#[derive(Clone)]
pub(super) struct Address {
    pub(super) config: Config,
    pub(super) tls: MakeRustlsConnect,
}

/// What the URL says beyond what the client library reads.
#[derive(Debug, Default, PartialEq, Eq)]
struct Extras {
    mode: Option<String>,
    roots: Option<String>,
}

impl Address {
    /// Reads a URL.
    ///
    /// Without `sslmode`, a database elsewhere must speak TLS with a certificate that can be
    /// verified, one on this machine need not. Where there is TLS, it is always verified: against
    /// the certificates of `sslrootcert`, else against the system's.
    pub(super) fn parse(url: &str) -> Result<Self, StoreFault> {
        let (rest, extras) = take_extras(url)?;
        let mut config: Config = rest.parse().map_err(|error| unfit(&error))?;
        let mode = match extras.mode.as_deref() {
            None if config.get_hosts().iter().all(is_here) => SslMode::Disable,
            Some("disable") => SslMode::Disable,
            Some("allow" | "prefer") => SslMode::Prefer,
            None | Some("require" | "verify-ca" | "verify-full") => SslMode::Require,
            Some(other) => return Err(unfit(&format!("there is no sslmode {other}"))),
        };
        prepare(&mut config, mode);
        let roots = match mode {
            SslMode::Disable => RootCertStore::empty(),
            _ => roots(extras.roots.as_deref())?,
        };
        Ok(Self { config, tls: MakeRustlsConnect::new(client_config(roots)?) })
    }
}

fn prepare(config: &mut Config, mode: SslMode) {
    config
        .ssl_mode(mode)
        .keepalives_idle(PATIENCE)
        .keepalives_interval(Duration::from_secs(1))
        .keepalives_retries(3);
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(PATIENCE);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(PATIENCE);
    }
    if config.get_application_name().is_none() {
        config.application_name("counterfoil");
    }
    // Of several, the one that takes writes. A single one that does not is refused with a reason.
    if config.get_hosts().len() > 1 {
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
    }
}

fn is_here(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        Host::Unix(_) => true,
    }
}

/// Takes `sslmode` and `sslrootcert` out of the URL.
fn take_extras(url: &str) -> Result<(String, Extras), StoreFault> {
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return Err(unfit(&"it does not begin with postgres://"));
    }
    let Some((base, query)) = url.split_once('?') else { return Ok((url.to_owned(), Extras::default())) };
    let (mut extras, mut kept) = (Extras::default(), Vec::new());
    for pair in query.split('&') {
        match pair.split_once('=') {
            Some(("sslmode", mode)) => extras.mode = Some(mode.to_owned()),
            Some(("sslrootcert", path)) => extras.roots = Some(decode(path)?),
            _ => kept.push(pair),
        }
    }
    let mark = if kept.is_empty() { "" } else { "?" };
    Ok((format!("{base}{mark}{}", kept.join("&")), extras))
}

fn decode(text: &str) -> Result<String, StoreFault> {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        rest = after;
        if *first == b'%' {
            let code = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
            bytes.push(code.ok_or_else(|| unfit(&"sslrootcert is badly encoded"))?);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).map_err(|_| unfit(&"sslrootcert is not UTF-8"))
}

fn roots(path: Option<&str>) -> Result<RootCertStore, StoreFault> {
    let mut store = RootCertStore::empty();
    match path {
        Some(path) => {
            let unreadable = |error: &dyn fmt::Display| unfit(&format!("sslrootcert {path}: {error}"));
            for certificate in
                CertificateDer::pem_file_iter(Path::new(path)).map_err(|error| unreadable(&error))?
            {
                let certificate = certificate.map_err(|error| unreadable(&error))?;
                store.add(certificate).map_err(|error| unreadable(&error))?;
            }
        }
        None => {
            store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if store.is_empty() {
        return Err(unfit(&"there is no certificate to verify it by: name one with sslrootcert"));
    }
    Ok(store)
}

fn client_config(roots: RootCertStore) -> Result<ClientConfig, StoreFault> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    Ok(builder.map_err(|error| unfit(&error))?.with_root_certificates(roots).with_no_client_auth())
}

fn unfit(why: &dyn fmt::Display) -> StoreFault {
    StoreFault::Unfit(format!("the database's URL can't be used: {why}"))
}

impl fmt::Debug for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "[{:?}, database {:?}]", self.config.get_hosts(), self.config.get_dbname())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_elsewhere_must_speak_tls_unless_the_url_says_otherwise() {
        let cases = [
            ("postgres://db.example/c", SslMode::Require),
            ("postgres://db.example/c?sslmode=disable", SslMode::Disable),
            ("postgres://db.example/c?sslmode=verify-full&connect_timeout=2", SslMode::Require),
            ("postgres://db.example/c?sslmode=prefer", SslMode::Prefer),
            ("postgres://localhost/c", SslMode::Disable),
            ("postgresql://u@127.0.0.1:5433/c", SslMode::Disable),
            ("postgres://u@[::1]/c", SslMode::Disable),
            ("postgres://u@%2Fvar%2Frun%2Fpostgresql/c", SslMode::Disable),
            ("postgres://localhost,db.example/c", SslMode::Require),
            ("postgres://localhost/c?sslmode=require", SslMode::Require),
        ];
        for (url, mode) in cases {
            match Address::parse(url) {
                Ok(address) => assert_eq!(address.config.get_ssl_mode(), mode, "{url}"),
                // A machine without any certificates can't verify one.
                Err(fault) => assert!(fault.to_string().contains("sslrootcert"), "{url}: {fault}"),
            }
        }
    }

    #[test]
    fn no_password_is_shown() {
        for url in [
            "postgres://u:hunter2@localhost/c",
            "postgres://u:hunter2@localhost/c?port=x",
            "mysql://u:hunter2@h",
        ] {
            let shown = format!("{:?}", Address::parse(url));
            assert!(!shown.contains("hunter2"), "{shown}");
        }
    }

    #[test]
    fn what_the_url_says_of_certificates_is_taken_out_of_it() {
        let (rest, extras) =
            take_extras("postgres://h/d?sslmode=require&port=1&sslrootcert=%2Fa%20b.pem").unwrap();
        assert_eq!(rest, "postgres://h/d?port=1");
        assert_eq!(extras, Extras { mode: Some("require".into()), roots: Some("/a b.pem".into()) });
        assert!(take_extras("postgres://h/d?sslrootcert=%2").is_err());
    }
}
