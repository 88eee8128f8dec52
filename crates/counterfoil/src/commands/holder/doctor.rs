//! `doctor`: why a key or a token does not work.

use super::held::{held, server, surroundings, wanted, warn_of_clear_text, with_caller, with_means};
use crate::arguments::DoctorArguments;
use crate::printer::Printer;
use crate::problem::Problem;
use counterfoil_core::catalog::Catalog;
use counterfoil_holder::clock::{self, Clocks};
use counterfoil_holder::doctor::{Check, Examined, Meant, examine_key, examine_online, examine_token};
use counterfoil_holder::mint::Order;
use counterfoil_holder::surroundings::Surroundings;
use serde_json::{Value, json};
use std::io::Read;
use std::process::ExitCode;
use std::time::Duration;

const TTL: Duration = Duration::from_secs(300);
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) fn doctor(arguments: &DoctorArguments, printer: &Printer) -> Result<ExitCode, Problem> {
    let around = surroundings();
    let meant = arguments.request.as_deref().map(meant).transpose()?;
    match &arguments.token {
        Some(token) => told(token, arguments, &around, printer),
        None => key(arguments, meant.as_ref(), &around, printer),
    }
}

/// A token that somebody minted. A key of one's own is only looked for if one is named.
fn told(
    token: &str,
    arguments: &DoctorArguments,
    around: &Surroundings,
    printer: &Printer,
) -> Result<ExitCode, Problem> {
    let token = if token == "-" { typed()? } else { token.to_owned() };
    let flags = &arguments.key;
    let is_named = flags.private_key.is_some() || flags.profile.is_some();
    let key = if is_named { Some(held(flags, around, printer)?.key) } else { None };
    let url = server(&arguments.server, None, around, false)?;
    let now = Clocks::read(around).server_time(&url, clock::now());
    show(&examine_token(&token, key.as_ref(), &Catalog::appstore(), now), None, printer)
}

fn key(
    arguments: &DoctorArguments,
    meant: Option<&Meant>,
    around: &Surroundings,
    printer: &Printer,
) -> Result<ExitCode, Problem> {
    let catalog = Catalog::appstore();
    let order = Order { bundle: arguments.bundle_id.clone(), ..Order::plain(TTL) };
    let wanted = wanted(&arguments.key);
    let examined = with_means(&arguments.key, around, |means| {
        examine_key(&wanted, means, &order, &catalog, clock::now())
    });
    let Examined { mut checks, key, chosen } = examined;
    let Some(key) = key.filter(|_| !arguments.offline) else { return show(&checks, None, printer) };
    let base = server(&arguments.server, chosen.as_ref(), around, order.bundle.is_some())?;
    warn_of_clear_text(&base, printer);
    with_caller(&key, order.clone(), around, PATIENCE, printer, |caller, catalog| {
        let online = examine_online(caller, &base, &order, catalog, meant);
        checks.extend(online.checks);
        show(&checks, online.key_in_use.as_ref(), printer)
    })
}

fn show(checks: &[Check], in_use: Option<&Value>, printer: &Printer) -> Result<ExitCode, Problem> {
    let mut document = json!({ "checks": checks });
    if let Some(in_use) = in_use {
        document["keyInUse"] = in_use["attributes"].clone();
    }
    printer.result(&document, || text(checks, in_use))?;
    let fails = checks.iter().any(|check| check.ok == Some(false));
    Ok(if fails { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

fn text(checks: &[Check], in_use: Option<&Value>) -> String {
    let mut lines: Vec<_> = checks.iter().map(line).collect();
    lines.extend(in_use.map(may));
    lines.join("\n")
}

fn line(check: &Check) -> String {
    let mark = match check.ok {
        Some(true) => "ok  ",
        Some(false) => "FAIL",
        None => "-   ",
    };
    let plain = |text: &str| {
        text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect::<String>()
    };
    let mut line = format!("{mark}  {:10} {}", check.name, plain(&check.found));
    if check.ok == Some(false) {
        line.push_str(&format!("\n                 expected: {}", plain(&check.expected)));
    }
    if let Some(hint) = check.hint.as_deref().filter(|_| check.ok != Some(true)) {
        line.push_str(&format!("\n                 hint: {}", plain(hint)));
    }
    line
}

/// What the key may do.
fn may(in_use: &Value) -> String {
    let attributes = &in_use["attributes"];
    let roles: Vec<_> =
        attributes["roles"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let groups = attributes["groups"].as_object().into_iter().flatten();
    let opened = groups.filter(|(_, grade)| *grade != "NONE");
    let opened: Vec<_> =
        opened.map(|(group, grade)| format!("{group} ({})", grade.as_str().unwrap_or_default())).collect();
    let opened = if opened.is_empty() { "nothing".into() } else { opened.join(", ") };
    format!(
        "\nThe key's roles: {}\nIt opens: {opened}",
        if roles.is_empty() { "none".into() } else { roles.join(", ") }
    )
}

fn meant(text: &str) -> Result<Meant, Problem> {
    let wrong =
        || Problem::usage("a request is a method and a path", "write it as --request \"GET /v1/apps\"");
    let (method, target) = text.trim().split_once(' ').ok_or_else(wrong)?;
    let target = target.trim();
    if !target.starts_with('/') {
        return Err(wrong());
    }
    Ok(Meant { method: method.to_ascii_uppercase(), target: target.to_owned() })
}

fn typed() -> Result<String, Problem> {
    let mut text = String::new();
    let read = std::io::stdin().lock().take(64 * 1024).read_to_string(&mut text);
    read.map_err(|fault| Problem::new(format!("no token can be read: {fault}"), "pipe the token into it"))?;
    Ok(text)
}
