//! `serve`: the server, from its first breath to its last.

use super::links::set_up_url;
use crate::arguments::ServeArguments;
use crate::data_dir::{self, Lock};
use crate::logs::{self, Usual};
use crate::opening::{Manner, Started, site, start_or_wait, warn_of_misspelt_variables};
use crate::printer::Printer;
use crate::problem::{Exit, Problem};
use crate::server_url;
use crate::service_manager::{self, Stage};
use crate::settings::{Environment, Mail, Settings, Upstream as Target};
use counterfoil_authority::Authority;
use counterfoil_authority::clock::{Clock, SystemClock};
use counterfoil_server::listen::{
    Address, BindFault, Figures, Limits, Listener, Peer, Server, Tls, TlsFault,
};
use counterfoil_server::{
    ApiSettings, App, MailFault, MailSettings, Opening, ProviderFault, SignOn, Upstream, UpstreamFault,
    UpstreamSettings, app,
};
use serde_json::json;
use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;

pub(super) async fn serve(arguments: &ServeArguments, printer: &Printer) -> Result<ExitCode, Problem> {
    let settings = Settings::read(&arguments.settings.0, &Environment::of_process())?;
    logs::begin(&settings, Usual::Info, printer);
    warn_of_misspelt_variables(printer);
    let upstream = upstream(&settings)?;
    let mut stop = Stop::listen()?;
    let tls = settings.tls.as_ref().map(|files| Tls::load(&files.certificate, &files.key)).transpose();
    let tls = tls.map_err(|fault| tls_problem(&fault))?;
    let _lock = lock(&settings)?;
    let listener =
        Listener::bind(&settings.listen).await.map_err(|fault| bind_problem(&settings.listen, &fault))?;
    let starting = start_or_wait(&settings, SERVER);
    let started = tokio::select! {
        started = starting => started?,
        () = stop.next() => return Ok(ExitCode::SUCCESS),
    };
    let opening = Opening::default();
    let address = listener.address().clone();
    let server = server(&settings, listener, tls);
    let figures = server.figures();
    let open = async {
        let authority = match started {
            Started::Up(authority) => authority,
            Started::DatabaseAway(problem) => wait_for_database(&settings, &problem, printer).await?,
        };
        let served = announce(&settings, &authority, &address, printer).await;
        if let Ok(url) = &served {
            let upstream = match settings.upstream {
                Some(Target::Sandbox) => {
                    Some(super::sandbox::within(&settings.data, url, settings.sandbox_fixtures.as_deref())?)
                }
                _ => upstream,
            };
            send_mail(&settings, &authority, url)?;
            opening.open(app_of(&settings, &authority, url, upstream, figures)?);
            service_manager::tell(Stage::Ready);
        }
        served.map(|_| authority)
    };
    answer(&settings, server, &opening, stop, open).await
}

/// A server that stays.
const SERVER: Manner =
    Manner { serve: true, may_begin: true, adopt_older_ledger: false, replace_lost_seal_key: false };

/// How often it is looked whether the database is back.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Waits for a database that was there before; whatever else is wrong ends the server.
async fn wait_for_database(
    settings: &Settings,
    problem: &Problem,
    printer: &Printer,
) -> Result<Arc<Authority>, Problem> {
    let (why, hint) = (problem.message(), problem.hint());
    printer.warn(&format!("{why}. Every request is refused with 503 until the database is back. {hint}"));
    service_manager::tell(Stage::Ready);
    loop {
        tokio::time::sleep(LOOK_AGAIN).await;
        if let Started::Up(authority) = start_or_wait(settings, SERVER).await? {
            tracing::info!("The database is back");
            return Ok(authority);
        }
    }
}

/// What the gateway forwards to, if it is somebody's API.
fn upstream(settings: &Settings) -> Result<Option<Arc<Upstream>>, Problem> {
    let Some(Target::Url(url)) = &settings.upstream else { return Ok(None) };
    let (usual, wanted) = (UpstreamSettings::new(url), settings.forwarding.clone());
    let upstream = Upstream::new(UpstreamSettings {
        connect: wanted.connect.unwrap_or(usual.connect),
        answer: wanted.answer.unwrap_or(usual.answer),
        idle: wanted.idle.unwrap_or(usual.idle),
        keep_host: wanted.keeps_host,
        authorities: wanted.authorities,
        ..usual
    });
    upstream.map(|upstream| Some(Arc::new(upstream))).map_err(|fault| upstream_problem(&fault))
}

/// Several servers share a PostgreSQL, but not the files of SQLite.
fn lock(settings: &Settings) -> Result<Option<Lock>, Problem> {
    data_dir::prepare(&settings.data)?;
    match settings.database {
        Some(_) => Ok(None),
        None => Lock::take(&settings.data, SystemClock.now()).map(Some),
    }
}

/// Says where the server is reached and, until somebody has set it up, how that is done.
async fn announce(
    settings: &Settings,
    authority: &Authority,
    address: &Address,
    printer: &Printer,
) -> Result<String, Problem> {
    let url = server_url::of_server(settings, address);
    server_url::note(&settings.data, &url)?;
    authority.stand_at(site(settings, &url));
    if server_url::is_a_guess(settings, address) {
        printer
            .warn(&format!("links are made with {url}, which leads to this machine only: set --public-url"));
    }
    let store = if settings.database.is_some() { "PostgreSQL" } else { "SQLite" };
    let position = authority.ledger().state()?.head().position;
    tracing::info!(url, listen = %address, store, position = position.0, data = %settings.data.display(),
        "Serving.");
    let set_up = authority.set_up_link_renewed().await?.map(|secret| set_up_url(&url, secret.expose()));
    if let Some(link) = &set_up {
        printer.proclaim(
            "Nobody has set this installation up yet. Open this link to do so; it is good once, for a day:",
            link,
            "(Each start makes a new one and ends the old. For scripts there is `counterfoil bootstrap`.)",
        );
    }
    if printer.wants_json() {
        let listen = address.to_string();
        printer.result(&json!({"listen": listen, "publicUrl": url, "setUpUrl": set_up}), String::new)?;
    }
    Ok(url)
}

/// Answers until told to stop, then lets what is in flight finish. If `open` fails, nothing is answered any more.
async fn answer(
    settings: &Settings,
    server: Server,
    opening: &Opening,
    stop: Stop,
    open: impl Future<Output = Result<Arc<Authority>, Problem>>,
) -> Result<ExitCode, Problem> {
    let (failed, told) = (Notify::new(), async {
        stop.told().await;
        service_manager::tell(Stage::Stopping);
        opening.app().inspect(|app| app.hang_up());
    });
    let stopped = async {
        tokio::select! {
            () = told => {}
            () = failed.notified() => {}
        }
    };
    let mut opened = None;
    let opens = async {
        opened = Some(open.await.inspect_err(|_| failed.notify_one()));
        std::future::pending::<()>().await;
    };
    tokio::select! {
        _ = server.short_way(opening.clone()).serve(opening.clone(), stopped, settings.drain) => {}
        () = opens => {}
    }
    match opened {
        None => Ok(ExitCode::SUCCESS),
        Some(Err(problem)) => Err(problem),
        Some(Ok(authority)) => {
            authority.shutdown().await;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// What listens, until there is something to answer with.
fn server(settings: &Settings, listener: Listener, tls: Option<Tls>) -> Server {
    // Our own doors have a limit of their own; what is forwarded has the upstream's.
    let limits = Limits {
        connections: settings.connections,
        connections_per_address: settings.connections_per_address,
        body_bytes: u64::MAX,
        ..Limits::default()
    };
    let proxies = settings.trusted_proxies.clone();
    let is_spared = move |peer: &Peer| {
        proxies.trusts(peer) || peer.address.is_some_and(|address| address.ip().is_loopback())
    };
    let server = Server::new(listener).limits(limits).sparing(is_spared).answers(App::listener_answer);
    match tls {
        Some(tls) => server.tls(tls),
        None => server,
    }
}

fn app_of(
    settings: &Settings,
    authority: &Arc<Authority>,
    url: &str,
    upstream: Option<Arc<Upstream>>,
    figures: Arc<Figures>,
) -> Result<App, Problem> {
    let api = ApiSettings {
        sign_on: sign_on(settings, url)?,
        upstream,
        listener: Some(figures),
        log_verdicts: settings.log_verdicts,
        trusted_proxies: settings.trusted_proxies.clone(),
        kept_addresses: settings.client_addresses,
        ..ApiSettings::new(url)
    };
    Ok(app(Arc::clone(authority), &api))
}

/// The other providers that people may sign in by.
fn sign_on(settings: &Settings, url: &str) -> Result<Option<Arc<SignOn>>, Problem> {
    if settings.providers.is_empty() {
        return Ok(None);
    }
    let sign_on = SignOn::new(settings.providers.clone(), url);
    sign_on.map(|sign_on| Some(Arc::new(sign_on))).map_err(|fault| provider_problem(&fault))
}

/// Sends mail from now on, if there is a mail server.
fn send_mail(settings: &Settings, authority: &Arc<Authority>, url: &str) -> Result<(), Problem> {
    let Some(Mail { url: server, starttls, authorities, from }) = settings.mail.clone() else {
        return Ok(());
    };
    let mail = MailSettings { url: server, starttls, authorities, from, public_url: url.to_owned() };
    counterfoil_server::send_mail(authority, &mail).map_err(|fault| mail_problem(&fault))
}

/// How long after a signal the same one is its echo.
const ECHO: Duration = Duration::from_millis(100);

/// The signals that stop a server: the first gently, the second at once.
struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    /// From here on the signals are ours.
    fn listen() -> Result<Self, Problem> {
        let listen = |kind| {
            signal(kind).map_err(|fault| {
                Problem::new(format!("signals can't be received: {fault}"), "this should not happen")
            })
        };
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    /// Returns at the first signal; the second ends the process wherever it is. `timeout` and shells tell a
    /// process and its group the same thing twice: what follows at once is no second signal.
    async fn told(mut self) {
        self.next().await;
        tokio::spawn(async move {
            let _ = tokio::time::timeout(ECHO, self.next()).await;
            self.next().await;
            tracing::warn!("Told to stop a second time; ending at once");
            std::process::exit(Exit::Failed as i32);
        });
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => tracing::info!("SIGTERM: stopping."),
            _ = self.interrupt.recv() => tracing::info!("SIGINT: stopping."),
        }
    }
}

fn bind_problem(address: &Address, fault: &BindFault) -> Problem {
    use std::io::ErrorKind::{AddrInUse, AddrNotAvailable, PermissionDenied};
    let reason = fault.source().map(|source| format!(": {source}")).unwrap_or_default();
    let hint = match fault {
        BindFault::Held { .. } => "stop that process, or name another path with --listen",
        BindFault::NotASocket { .. } => "it is left alone: name another path with --listen",
        BindFault::Refused { source, .. } => match source.kind() {
            AddrInUse => {
                "another program listens there; name another port with --listen, or 0 for a free one"
            }
            AddrNotAvailable => {
                "this machine does not have that address; 0.0.0.0 and [::] take all that it has"
            }
            PermissionDenied if matches!(address, Address::Tcp(_)) => {
                "ports below 1024 need a right: take a higher one, or give the program CAP_NET_BIND_SERVICE"
            }
            _ => "name another place with --listen",
        },
    };
    Problem::new(format!("{fault}{reason}"), hint)
}

fn upstream_problem(fault: &UpstreamFault) -> Problem {
    let reason = fault.source().map(|source| format!(": {source}")).unwrap_or_default();
    let hint = match fault {
        UpstreamFault::NotAnOrigin { .. } | UpstreamFault::NotACertificatesName { .. } => {
            "such as --upstream http://127.0.0.1:3000 or --upstream https://api.internal"
        }
        UpstreamFault::NoAuthorities { .. } => "--upstream-ca takes a file of certificates in PEM form",
        UpstreamFault::NoSystemAuthorities => {
            "install the package ca-certificates, or name a file of certificates with --upstream-ca"
        }
        UpstreamFault::Tls(_) => "this should not happen",
    };
    Problem::new(format!("{fault}{reason}"), hint)
}

fn mail_problem(fault: &MailFault) -> Problem {
    let reason = fault.source().map(|source| format!(": {source}")).unwrap_or_default();
    let hint = match fault {
        MailFault::NotAServer => {
            "such as smtp://keys:PASSWORD@mail.example.com:587; a password's @ is written %40"
        }
        MailFault::PasswordInClear { .. } => "leave smtp-starttls out, or name an smtps:// server",
        MailFault::NotASender { .. } => "such as --mail-from 'Counterfoil <keys@example.com>'",
        MailFault::NoAuthorities { .. } => "--smtp-ca takes a file of certificates in PEM form",
        MailFault::Tls(_) => "this should not happen",
    };
    Problem::new(format!("{fault}{reason}"), hint)
}

fn provider_problem(fault: &ProviderFault) -> Problem {
    let reason = fault.source().map(|source| format!(": {source}")).unwrap_or_default();
    let hint = match fault {
        ProviderFault::SameName(_) | ProviderFault::NoName(_) => {
            "a provider's name stands in the path that it sends people back to; give each another one"
        }
        ProviderFault::SameIssuer(_) => "one [[provider]] for each issuer",
        ProviderFault::NoAuthorities { .. } => "ca takes a file of certificates in PEM form",
        ProviderFault::Tls(_) => "this should not happen",
    };
    Problem::new(format!("{fault}{reason}"), hint)
}

fn tls_problem(fault: &TlsFault) -> Problem {
    let reason = fault.source().map(|source| format!(": {source}")).unwrap_or_default();
    let hint = match fault {
        TlsFault::Unreadable { .. } => "check the path, and that this user may read it",
        TlsFault::NothingInside { .. } => {
            "both are PEM files: --tls-cert the chain, our own certificate first, --tls-key its key"
        }
        TlsFault::Unusable { .. } => {
            "the key must be the one that the first certificate of the chain was made for"
        }
    };
    Problem::new(format!("{fault}{reason}"), hint)
}
