//! Opening what is there: from settings to an authority, and every way that this can fail, in words.

use crate::data_dir;
use crate::logs::{self, Usual};
use crate::printer::Printer;
use crate::problem::{Problem, at_file};
use crate::server_url;
use crate::settings::{Environment, Settings, Typed, Upstream, misspelt};
use counterfoil_authority::clock::SystemClock;
use counterfoil_authority::store::StoreFault;
use counterfoil_authority::{Authority, SiteSettings, StartFault};
use std::fs;
use std::sync::Arc;

/// An authority beside the servers, with the settings that it was opened with.
pub(crate) struct Opened {
    pub(crate) authority: Arc<Authority>,
    pub(crate) settings: Settings,
}

/// How an authority is opened.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Manner {
    /// A server that stays.
    pub(crate) serve: bool,
    /// An empty place may become a new ledger.
    pub(crate) may_begin: bool,
    /// An older copy of the ledger is taken as it is.
    pub(crate) adopt_older_ledger: bool,
    /// A seal key that is lost may be replaced.
    pub(crate) replace_lost_seal_key: bool,
}

/// Opens the data that the settings name, for a command beside the servers.
pub(crate) async fn open(typed: &Typed, manner: Manner, printer: &Printer) -> Result<Opened, Problem> {
    let settings = read_settings(typed, printer)?;
    let authority = start(&settings, manner).await?;
    Ok(Opened { authority, settings })
}

/// The settings of a command that is no server; logs begin with them.
pub(crate) fn read_settings(typed: &Typed, printer: &Printer) -> Result<Settings, Problem> {
    let settings = Settings::read(typed, &Environment::of_process())?;
    logs::begin(&settings, Usual::Warnings, printer);
    warn_of_misspelt_variables(printer);
    Ok(settings)
}

/// A slip in the name of a variable would otherwise mean another database, in silence.
pub(crate) fn warn_of_misspelt_variables(printer: &Printer) {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    for (name, meant) in misspelt(names) {
        printer.warn(&format!("the variable {name} is not known; did you mean {meant}?"));
    }
}

/// Starts an authority.
pub(crate) async fn start(settings: &Settings, manner: Manner) -> Result<Arc<Authority>, Problem> {
    if manner.may_begin || settings.database.is_some() {
        data_dir::prepare(&settings.data)?;
    } else {
        data_dir::expect_data(&settings.data)?;
    }
    Authority::start(with(settings, manner)?).await.map_err(start_problem)
}

/// What came of starting a server.
pub(crate) enum Started {
    Up(Arc<Authority>),
    /// The database can't be reached. It could before, from this machine: it will be back.
    DatabaseAway(Problem),
}

/// Starts a server's authority. A database that was never reached from here is more likely misspelt than away.
pub(crate) async fn start_or_wait(settings: &Settings, manner: Manner) -> Result<Started, Problem> {
    data_dir::prepare(&settings.data)?;
    match Authority::start(with(settings, manner)?).await {
        Ok(authority) => Ok(Started::Up(authority)),
        Err(fault) if settings.database.is_some() && fault.is_away() && has_seen_ledger(settings) => {
            Ok(Started::DatabaseAway(start_problem(fault)))
        }
        Err(fault) => Err(start_problem(fault)),
    }
}

fn has_seen_ledger(settings: &Settings) -> bool {
    counterfoil_authority::has_seen_ledger(&settings.data)
}

/// What the authority is started with.
pub(crate) fn with(settings: &Settings, manner: Manner) -> Result<counterfoil_authority::Settings, Problem> {
    let catalog = settings.catalog.as_ref().filter(|_| manner.may_begin);
    let catalog = catalog
        .map(|path| fs::read_to_string(path).map_err(|fault| at_file("read the catalog", path, &fault)));
    let mut with = counterfoil_authority::Settings {
        data_dir: settings.data.clone(),
        database: settings.database.as_ref().map(|url| url.expose().to_owned()),
        catalog: catalog.transpose()?,
        seal: settings.seal.clone(),
        serve: manner.serve,
        adopt_older_ledger: manner.adopt_older_ledger,
        replace_lost_seal_key: manner.replace_lost_seal_key,
        half_lifetime: settings.half_lifetime,
        site: site(settings, &server_url::for_links(settings)),
        name: settings.name.clone().unwrap_or_else(machine_name),
        clock: Arc::new(SystemClock),
        verdicts: Default::default(),
    };
    // The sandbox shows of apps only what may be seen, whatever the catalog says of the API it stands for.
    with.verdicts.upstream_filters_apps = settings.upstream == Some(Upstream::Sandbox);
    Ok(with)
}

/// Where people sign in, and what is asked of them.
pub(crate) fn site(settings: &Settings, url: &str) -> SiteSettings {
    SiteSettings {
        strength_required: settings.second_factor,
        history_kept: settings.sign_in_history,
        tells_of_sign_ins: settings.mail_sign_ins,
        tells_of_revocations: settings.mail_revocations,
        ..SiteSettings::at(url)
    }
}

/// What the kernel calls this machine.
fn machine_name() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "server".to_owned() } else { name.to_owned() }
}

/// What to do about an authority that does not start.
pub(crate) fn start_problem(fault: StartFault) -> Problem {
    let hint = match &fault {
        StartFault::Store(fault) => store_hint(fault),
        StartFault::Ledger(_) => {
            "the ledger is damaged or of a newer release: `counterfoil ledger verify` says where; restore a backup beside it and compare"
        }
        StartFault::Seal(_) => "--seal-key-file, COUNTERFOIL_SEAL_KEY and docs/running.md, «The seal key»",
        StartFault::Catalog(_) => "`counterfoil catalog check FILE` explains each fault",
        StartFault::OtherCatalog { .. } => {
            "`counterfoil catalog use FILE` changes it and first says which keys it affects"
        }
        StartFault::OlderLedger { .. } => {
            "put the right database back, or run `counterfoil ledger adopt` if this older copy is meant"
        }
        StartFault::ClockBehind { .. } => "`timedatectl` shows whether the clock is kept",
        StartFault::Failed(failure) => return Problem::from(failure.clone()),
    };
    Problem::new(fault, hint)
}

/// What to do about a store that can't be opened.
pub(crate) fn store_hint(fault: &StoreFault) -> &'static str {
    match fault {
        StoreFault::Unavailable(_) => {
            "is the database up, is its URL right, may this user write there? With SQLite: is the disk full, or a directory not ours?"
        }
        StoreFault::Corrupt(_) => {
            "`counterfoil ledger verify` says what is wrong; a backup restores it (docs/running.md)"
        }
        StoreFault::Newer { .. } => "a newer release wrote here: run that one",
        StoreFault::Unfit(_) => {
            "change that setting of the database; an acknowledged revocation must survive a power cut"
        }
        StoreFault::Unexpected(_) => "this should not happen; please report it",
    }
}
