//! The sandbox: behind this server's own gateway, or on its own.

use crate::arguments::{OfTeam, SandboxArguments, SandboxCommand};
use crate::data_dir;
use crate::opening::read_settings;
use crate::printer::Printer;
use crate::problem::{Problem, at_file};
use crate::settings::Typed;
use counterfoil_sandbox::{KeepFault, Limits, OpenFault, Sandbox, Settings};
use counterfoil_server::Upstream;
use serde_json::json;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::SystemTime;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// The folder of the data directory in which the sandbox remembers.
const FOLDER: &str = "sandbox";
/// What paths of it begin with that are asked without a token: where files are sent to, and looked at.
const OPEN: &str = "/sandbox/";
/// How long fixtures may be.
const LONGEST: u64 = 64 * 1024 * 1024;

/// The sandbox as this server's upstream: nobody else can come to it.
pub(super) fn within(
    data: &Path,
    public_url: &str,
    fixtures: Option<&Path>,
) -> Result<Arc<Upstream>, Problem> {
    let sandbox = open(data, public_url, fixtures)?;
    tracing::info!(folder = %data.join(FOLDER).display(),
        "Behind the keys is the sandbox. It stands for App Store Connect, remembers what it is told, and is for trying only: nothing in it reaches Apple.");
    let serve = move |stream| {
        tokio::spawn(counterfoil_sandbox::serve(sandbox.clone(), stream));
    };
    Ok(Arc::new(Upstream::within("sandbox", OPEN, serve)))
}

pub(super) async fn sandbox(arguments: SandboxArguments, printer: &Printer) -> Result<ExitCode, Problem> {
    match arguments.command {
        None => listen(&arguments, printer).await,
        Some(SandboxCommand::Reset(of)) => reset(&of, printer),
        Some(SandboxCommand::Export(of)) => export(&of, printer),
        Some(SandboxCommand::Import { file, of }) => import(&file, &of, printer),
    }
    .map(|()| ExitCode::SUCCESS)
}

fn open(data: &Path, public_url: &str, fixtures: Option<&Path>) -> Result<Sandbox, Problem> {
    data_dir::prepare(data)?;
    let settings = Settings {
        folder: data.join(FOLDER),
        public_url: public_url.to_owned(),
        clock: SystemTime::now,
        fixtures: fixtures.map(read).transpose()?,
        limits: Limits::default(),
    };
    Sandbox::open(&settings).map_err(|fault| {
        let hint = match fault {
            OpenFault::Fixtures(_) => "docs/sandbox.md says how fixtures are written".to_owned(),
            _ => format!("look at {}, which must be ours to write", settings.folder.display()),
        };
        Problem::new(fault, hint)
    })
}

fn read(file: &Path) -> Result<String, Problem> {
    let at = |fault| at_file("read", file, &fault);
    let mut text = String::new();
    if file == Path::new("-") {
        std::io::stdin().lock().take(LONGEST).read_to_string(&mut text).map_err(at)?;
    } else {
        fs::File::open(file).map_err(at)?.take(LONGEST).read_to_string(&mut text).map_err(at)?;
    }
    Ok(text)
}

async fn listen(arguments: &SandboxArguments, printer: &Printer) -> Result<(), Problem> {
    // Nothing but how it logs is settled by more than its flags.
    read_settings(&Typed::new(), printer)?;
    let address = arguments.listen;
    let bound = TcpListener::bind(address).await;
    let listener = bound.map_err(|fault| {
        Problem::new(format!("can't listen on {address}: {fault}"), "name another address with --listen")
    })?;
    let address = listener.local_addr().unwrap_or(address);
    let url = arguments.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    let sandbox = open(&arguments.place.data, &url, arguments.fixtures.as_deref())?;
    if !address.ip().is_loopback() {
        printer.warn(&format!(
            "whoever reaches {address} can say which team they are: let nobody but the gateway reach it"
        ));
    }
    printer.say(&format!(
        "The sandbox listens on http://{address}. It stands for App Store Connect, remembers what it is told, and is for\n\
         trying only: nothing in it reaches Apple. It checks no token; it believes the gateway's X-Counterfoil-Team and\n\
         X-Counterfoil-Apps."
    ));
    if printer.wants_json() {
        printer.result(&json!({ "listen": address.to_string(), "publicUrl": url }), String::new)?;
    }
    counterfoil_sandbox::listen(sandbox, listener, stopped()?).await;
    Ok(())
}

/// Until SIGTERM or SIGINT.
fn stopped() -> Result<impl Future<Output = ()>, Problem> {
    let listen = |kind| {
        signal(kind).map_err(|fault| {
            Problem::new(format!("signals can't be received: {fault}"), "this should not happen")
        })
    };
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// A team that has been there, and where the sandbox keeps what it has; a running one may go on.
fn known(of: &OfTeam) -> Result<(Sandbox, String), Problem> {
    let (sandbox, team) = kept(of)?;
    let teams = sandbox.teams().map_err(|fault| keep_problem(&fault))?;
    if teams.contains(&team) {
        return Ok((sandbox, team));
    }
    let hint = match teams.as_slice() {
        [] => "no team has been there yet".to_owned(),
        there => format!("those that have: {}", there.join(", ")),
    };
    Err(Problem::new(format!("the team {team} has not been there"), hint))
}

/// Any team, and where the sandbox keeps what it has.
fn kept(of: &OfTeam) -> Result<(Sandbox, String), Problem> {
    let folder = of.place.data.join(FOLDER);
    if !folder.is_dir() {
        return Err(Problem::new(
            format!("no sandbox has been run on {}", of.place.data.display()),
            "name its data directory with --data; `counterfoil serve --upstream sandbox` begins one",
        ));
    }
    let sandbox = open(&of.place.data, "http://localhost", None)?;
    let team = match &of.team {
        Some(team) => team.to_lowercase(),
        None => only_team(&sandbox.teams().map_err(|fault| keep_problem(&fault))?)?,
    };
    Ok((sandbox, team))
}

fn only_team(teams: &[String]) -> Result<String, Problem> {
    match teams {
        [only] => Ok(only.clone()),
        [] => Err(Problem::new("no team has been there yet", "name one by its issuer id: --team ISSUER_ID")),
        several => Err(Problem::new(
            format!("{} teams have been there: {}", several.len(), several.join(", ")),
            "name one of them: --team ISSUER_ID",
        )),
    }
}

fn keep_problem(fault: &KeepFault) -> Problem {
    Problem::new(fault, "nothing was changed; docs/sandbox.md says how fixtures are written")
}

fn reset(of: &OfTeam, printer: &Printer) -> Result<(), Problem> {
    let (sandbox, team) = known(of)?;
    sandbox.reset(&team).map_err(|fault| keep_problem(&fault))?;
    printer.result(&json!({ "team": team }), || {
        format!("Forgot everything of {team}. It finds the beginning again when it comes next.")
    })
}

fn export(of: &OfTeam, printer: &Printer) -> Result<(), Problem> {
    let (sandbox, team) = known(of)?;
    let text = sandbox.export(&team).map_err(|fault| keep_problem(&fault))?;
    let document: serde_json::Value = serde_json::from_str(&text).map_err(|fault| {
        Problem::new(fault, "what the sandbox keeps can't be written; `sandbox reset` begins anew")
    })?;
    printer.result(&document, || text.trim_end().to_owned())
}

fn import(file: &Path, of: &OfTeam, printer: &Printer) -> Result<(), Problem> {
    let text = read(file)?;
    let (sandbox, team) = kept(of)?;
    sandbox.import(&team, &text).map_err(|fault| keep_problem(&fault))?;
    printer.result(&json!({ "team": team }), || {
        format!("{team} has what {} says, and nothing else.", file.display())
    })
}
