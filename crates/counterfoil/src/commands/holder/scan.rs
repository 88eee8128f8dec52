//! `scan`: says where private halves lie about, whose they are, and ends them if that is wanted.

use super::burn::{end, server};
use super::held::{is_watched, surroundings, warn_of_clear_text};
use crate::arguments::{ScanArguments, ScanCommand};
use crate::printer::Printer;
use crate::problem::Problem;
use counterfoil_core::half::Thumbprint;
use counterfoil_holder::clock::{Clocks, now};
use counterfoil_holder::http::{Call, Client};
use counterfoil_holder::scan::{self, Finding, Installed, LEAKS_AT_A_TIME, Report, Scan, Status, Which};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

pub(super) fn scan(arguments: &ScanArguments, printer: &Printer) -> Result<ExitCode, Problem> {
    if let Some(ScanCommand::InstallHook { path }) = &arguments.command {
        return install(path.as_deref().unwrap_or(Path::new(".")), printer);
    }
    let mut report = searched(arguments, printer)?;
    if let Some(url) = &arguments.url
        && !report.findings.is_empty()
    {
        ask(&mut report, url, printer)?;
        if arguments.burn {
            burn(&mut report, url, arguments.yes, printer)?;
        }
    }
    say(&report, arguments.sarif, printer)?;
    let is_clean = report.findings.is_empty() && report.unread.is_empty();
    Ok(if is_clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn searched(arguments: &ScanArguments, printer: &Printer) -> Result<Report, Problem> {
    let current = [PathBuf::from(".")];
    let paths = if arguments.paths.is_empty() { &current[..] } else { &arguments.paths };
    let which = if arguments.tracked { Which::Tracked } else { Which::All };
    let mut progress = progress(printer);
    let mut scan = Scan::new(&mut progress);
    for path in paths {
        if arguments.staged {
            scan.staged(path)?;
            continue;
        }
        // Asked first, so that a folder without a history is refused before anything is read.
        let has_files = !arguments.history || !scan::is_bare(path)?;
        if has_files {
            scan.files(path, which)?;
        }
        if arguments.history {
            scan.history(path)?;
        }
    }
    Ok(scan.report())
}

/// Says how far it is, once a second, where somebody watches.
fn progress(printer: &Printer) -> impl FnMut(u64) {
    let (watched, mut said) = (is_watched(), Instant::now());
    move |bytes| {
        if watched && said.elapsed() >= Duration::from_secs(1) {
            said = Instant::now();
            printer.say(&format!("… {} looked at", size(bytes)));
        }
    }
}

fn ask(report: &mut Report, url: &str, printer: &Printer) -> Result<(), Problem> {
    let around = surroundings();
    let url = server(Some(url), &around)?;
    warn_of_clear_text(&url, printer);
    let client = Client::new(PATIENCE, &around)?;
    let time = Clocks::read(&around).server_time(&url, now());
    let thumbprints: Vec<_> = report.thumbprints().collect();
    for some in thumbprints.chunks(LEAKS_AT_A_TIME) {
        let body = report.to_ask(some, time)?.to_string();
        let mut call = Call::new("POST", url.with("/v1/leaks")?);
        call.body = Some(body.as_bytes());
        let answer = client.send(&call)?;
        if !answer.is_success() {
            return Err(Problem::new(
                format!("{} answered {} to the report of leaks", url.origin(), answer.status),
                "check --url; without it, what was found is said all the same",
            ));
        }
        report.told(some, &answer.body)?;
    }
    Ok(())
}

fn burn(report: &mut Report, url: &str, yes: bool, printer: &Printer) -> Result<(), Problem> {
    let around = surroundings();
    let url = server(Some(url), &around)?;
    let is_active = |thumbprint: &Thumbprint| {
        let of_it = |finding: &&Finding| finding.thumbprint == *thumbprint;
        report.findings.iter().find(of_it).is_some_and(|finding| finding.status == Some(Status::Active))
    };
    let active: Vec<_> = report.thumbprints().filter(is_active).collect();
    if active.is_empty() {
        return Ok(());
    }
    let what = format!("{} will be revoked. This can't be undone.", keys(active.len()));
    printer.confirm(&what, "burn", yes)?;
    let client = Client::new(PATIENCE, &around)?;
    for thumbprint in active {
        if let Some(half) = report.half(&thumbprint) {
            end(&client, &url, half, None, &around)?;
            let of_it = report.findings.iter_mut().filter(|finding| finding.thumbprint == thumbprint);
            of_it.for_each(|finding| finding.status = Some(Status::Revoked));
        }
    }
    Ok(())
}

fn say(report: &Report, sarif: bool, printer: &Printer) -> Result<(), Problem> {
    for fault in &report.unread {
        printer.warn(&format!("{}\nhint: {}", fault.message(), fault.hint()));
    }
    if !printer.wants_json() {
        for other in &report.others {
            let place = other.path.as_deref().or(other.object.as_deref()).unwrap_or("?");
            printer.say(&format!("also seen, not counted: {place}:{}: {}", other.line, other.what));
        }
    }
    if sarif {
        let document = scan::sarif(report);
        return printer.result(&document, || document.to_string());
    }
    let unread: Vec<_> = report.unread.iter().map(ToString::to_string).collect();
    let document = json!({
        "findings": report.findings,
        "others": report.others,
        "unread": unread,
        "bytes": report.bytes,
    });
    printer.result(&document, || words(report))
}

fn words(report: &Report) -> String {
    if report.findings.is_empty() {
        return format!("No private half was found in {}.", size(report.bytes));
    }
    let mut lines: Vec<_> = report.findings.iter().map(line).collect();
    let halves = report.thumbprints().count();
    lines.push(format!(
        "{} of {} found in {}.",
        places(report.findings.len()),
        keys(halves),
        size(report.bytes)
    ));
    lines.push(
        "What was once readable is known: end each key (`counterfoil burn FILE`), then make another.".into(),
    );
    lines.join("\n")
}

fn line(finding: &Finding) -> String {
    let object = || finding.object.as_deref().map(|object| format!("object {object}"));
    let place = finding.path.clone().or_else(object).unwrap_or_default();
    let mut line = format!("{place}:{}: private half, {}", finding.line.unwrap_or(1), finding.form);
    let further = [
        ("key ", finding.key_id.map(|id| id.to_string())),
        ("", finding.status.map(|status| status.name().to_lowercase())),
        ("team ", finding.team.clone()),
        ("last used ", finding.last_used.clone()),
        ("commit ", finding.commit.as_deref().and_then(|commit| commit.get(..12)).map(str::to_owned)),
        ("of ", finding.date.clone()),
        ("thumbprint ", Some(finding.thumbprint.to_string())),
    ];
    for (what, value) in further {
        line.extend(value.map(|value| format!(", {what}{value}")));
    }
    line
}

fn install(path: &Path, printer: &Printer) -> Result<ExitCode, Problem> {
    let (hook, words) = match scan::install(path)? {
        Installed::Now(hook) => (hook, "every commit is looked through from now on"),
        Installed::Already(hook) => (hook, "it was there already"),
    };
    let document = json!({ "hook": hook.display().to_string() });
    printer.result(&document, || format!("{}: {words}", hook.display()))?;
    Ok(ExitCode::SUCCESS)
}

fn keys(count: usize) -> String {
    if count == 1 { "1 key".to_owned() } else { format!("{count} keys") }
}

fn places(count: usize) -> String {
    if count == 1 { "1 private half".to_owned() } else { format!("{count} private halves") }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1000 => format!("{bytes} bytes"),
        1000..1_000_000 => format!("{} kB", bytes / 1000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}
