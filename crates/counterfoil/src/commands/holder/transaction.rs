//! `transaction`: verifies and shows what the App Store signed.

use super::held::surroundings;
use super::typed::{read, shown};
use crate::arguments::{SignedArguments, TransactionCommand, VerifyArguments};
use crate::printer::Printer;
use crate::problem::Problem;
use counterfoil_holder::clock;
use counterfoil_holder::dates;
use counterfoil_holder::fault::Fault;
use counterfoil_holder::http::Url;
use counterfoil_holder::surroundings::Surroundings;
use counterfoil_holder::transactions::{
    Demand, Environment, Expected, Kind, LONGEST, Responders, Revocation, Roots, Unverified, Verified,
    found_in,
};
use serde_json::{Map, Value, json};
use std::process::ExitCode;
use std::time::Duration;

/// How long those who answer for certificates may take.
const ANSWERED_WITHIN: Duration = Duration::from_secs(10);

pub(super) fn transaction(command: &TransactionCommand, printer: &Printer) -> Result<ExitCode, Problem> {
    match command {
        TransactionCommand::Verify(arguments) => verify(arguments, printer),
        TransactionCommand::Decode(arguments) => decode(arguments, printer),
    }?;
    Ok(ExitCode::SUCCESS)
}

fn verify(arguments: &VerifyArguments, printer: &Printer) -> Result<(), Problem> {
    let environment = arguments.environment.as_deref().map(environment).transpose()?;
    let around = surroundings();
    let roots = if arguments.roots.is_empty() {
        Roots::in_folders(&Roots::usual_folders(&around))?
    } else {
        let paths: Vec<_> = arguments.roots.iter().map(|path| around.path(path)).collect();
        Roots::read(&paths)?
    };
    let responders = arguments.ocsp.then(|| responders(arguments, &around)).transpose()?;
    let text = signed(&arguments.signed)?;
    let demand = Demand {
        roots: &roots,
        bundle: arguments.bundle_id.as_deref().map_or(Expected::Whatever, Expected::Exactly),
        app: arguments.app_apple_id.map_or(Expected::Whatever, Expected::Exactly),
        environment: environment.map_or(Expected::Whatever, Expected::Exactly),
        revocation: responders.as_ref().map_or(Revocation::NotAsked, |means| Revocation::Asked(means)),
        now: clock::now(),
    };
    let verified = Unverified::read(&text).and_then(|one| one.verify(&demand)).map_err(Fault::from)?;
    say_unchecked(arguments, verified.kind, printer);
    printer.result(&document(&verified), || people(&verified))
}

fn responders(arguments: &VerifyArguments, around: &Surroundings) -> Result<Responders, Problem> {
    let instead = arguments.ocsp_url.as_deref().map(Url::parse).transpose()?;
    Ok(Responders::new(ANSWERED_WITHIN, around, instead)?)
}

/// What nobody asked to be checked is said: a genuine transaction of another app is genuine.
fn say_unchecked(arguments: &VerifyArguments, kind: Kind, printer: &Printer) {
    if arguments.bundle_id.is_none() && kind != Kind::RenewalInfo {
        printer.warn("whose app it is for was not looked at: say --bundle-id");
    }
    if arguments.environment.is_none() {
        printer.warn("whether anybody paid was not looked at: say --environment Production");
    }
}

fn document(verified: &Verified) -> Value {
    let inner: Map<_, _> =
        verified.inner.iter().map(|(name, one)| ((*name).to_owned(), document(one))).collect();
    json!({
        "kind": verified.kind.name(),
        "signedAt": verified.signed_at.map(dates::written),
        "payload": verified.payload,
        "inner": inner,
    })
}

fn people(verified: &Verified) -> String {
    let mut lines = vec![format!("genuine: {}", head(verified))];
    lines.extend(members(&verified.payload));
    for (name, one) in &verified.inner {
        lines.push(format!("\n{name}: {}", head(one)));
        lines.extend(members(&one.payload));
    }
    lines.join("\n")
}

fn head(verified: &Verified) -> String {
    let day = verified.signed_at.map(|at| format!(", signed {}", dates::written(at)));
    format!("{}{}", words(verified.kind), day.unwrap_or_default())
}

fn decode(arguments: &SignedArguments, printer: &Printer) -> Result<(), Problem> {
    let text = signed(arguments)?;
    let unverified = Unverified::read(&text).map_err(Fault::from)?;
    printer.warn("nothing of this was verified: anybody may have written it");
    let kind = unverified.kind();
    let document = json!({
        "verified": false,
        "kind": kind.name(),
        "header": unverified.header(),
        "payload": unverified.claimed(),
    });
    printer.result(&document, || {
        let head = format!("claims to be: {}", words(kind));
        std::iter::once(head).chain(members(unverified.claimed())).collect::<Vec<_>>().join("\n")
    })
}

fn signed(arguments: &SignedArguments) -> Result<String, Problem> {
    let text = read(&arguments.file, LONGEST, "signed data")?;
    Ok(found_in(&text).map_err(Fault::from)?)
}

/// A line for each member; what is signed in it is shown on its own, or too long to be read.
fn members(payload: &Map<String, Value>) -> Vec<String> {
    let width = payload.keys().map(|name| name.chars().count()).max().unwrap_or(0).min(40);
    let line = |(name, value): (&String, &Value)| match value {
        Value::String(text) => format!("  {:width$}  {}", shown(name), shown(text)),
        Value::Number(number) => match date(name, number.as_i64()) {
            Some(date) => format!("  {:width$}  {number} ({date})", shown(name)),
            None => format!("  {:width$}  {number}", shown(name)),
        },
        other => format!("  {:width$}  {}", shown(name), shown(&other.to_string())),
    };
    payload.iter().map(line).collect()
}

/// Dates are numbers of milliseconds, under names that say so.
fn date(name: &str, number: Option<i64>) -> Option<String> {
    let is_date = name.ends_with("Date") || name == "renewalDate";
    let at = number.filter(|millis| is_date && (0..253_402_300_800_000).contains(millis))?;
    Some(dates::written(counterfoil_core::time::Timestamp::from_millis(at)))
}

const fn words(kind: Kind) -> &'static str {
    match kind {
        Kind::Transaction => "a transaction",
        Kind::RenewalInfo => "renewal info",
        Kind::Notification => "a notification",
        Kind::AppTransaction => "an app transaction",
        Kind::Other => "something else",
    }
}

fn environment(name: &str) -> Result<Environment, Problem> {
    Environment::named(name).ok_or_else(|| {
        Problem::usage(
            format!("there is no environment `{name}`"),
            "say --environment Production or --environment Sandbox",
        )
    })
}
