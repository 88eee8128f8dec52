//! `request`: a call with a fresh token, and why it was refused.

use super::held::{Held, held, is_watched, server, surroundings, time, warn_of_clear_text, with_caller};
use super::listing;
use crate::arguments::RequestArguments;
use crate::printer::Printer;
use crate::problem::{Problem, at_file};
use counterfoil_core::catalog::Catalog;
use counterfoil_holder::caller::Caller;
use counterfoil_holder::doctor::Check;
use counterfoil_holder::explain;
use counterfoil_holder::http::{Answer, Call, Url};
use counterfoil_holder::mint::Order;
use counterfoil_holder::pages::{Gathered, gather};
use counterfoil_holder::surroundings::Surroundings;
use serde_json::{Value, json};
use std::fs::OpenOptions;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

pub(super) fn request(arguments: &RequestArguments, printer: &Printer) -> Result<ExitCode, Problem> {
    let around = surroundings();
    let order = Order {
        bundle: arguments.bundle_id.clone(),
        audience: arguments.audience.clone(),
        ..Order::plain(time(&arguments.ttl)?)
    };
    let body = arguments.data.as_deref().map(|data| body(data, &around)).transpose()?;
    let headers = arguments.headers.iter().map(|header| read_header(header)).collect::<Result<_, _>>()?;
    let Held { chosen, key } = held(&arguments.key, &around, printer)?;
    let base = server(&arguments.server, Some(&chosen), &around, order.bundle.is_some())?;
    let url = base.with(&arguments.target)?;
    warn_of_clear_text(&url, printer);
    let method = arguments.method.to_ascii_uppercase();
    let call = Call { headers, body: body.as_deref(), ..Call::new(&method, url) };
    let timeout = time(&arguments.timeout)?;
    with_caller(&key, order.clone(), &around, timeout, printer, |caller, catalog| {
        let asked = Asked { call: &call, base: &base, order: &order, catalog };
        if arguments.all {
            all(caller, &asked, arguments, printer)
        } else {
            one(caller, &asked, arguments, printer)
        }
    })
}

/// What is asked for, for whoever explains the answer.
struct Asked<'a> {
    call: &'a Call<'a>,
    base: &'a Url,
    order: &'a Order,
    catalog: &'a Catalog,
}

fn one(
    caller: &mut Caller<'_>,
    asked: &Asked<'_>,
    arguments: &RequestArguments,
    printer: &Printer,
) -> Result<ExitCode, Problem> {
    let answer = caller.call(asked.call)?;
    if answer.is_success() {
        show(&answer, arguments.output.as_deref(), printer)?;
        return Ok(ExitCode::SUCCESS);
    }
    refused(caller, asked, &answer, printer)
}

fn all(
    caller: &mut Caller<'_>,
    asked: &Asked<'_>,
    arguments: &RequestArguments,
    printer: &Printer,
) -> Result<ExitCode, Problem> {
    let progress = |count: usize, total: Option<u64>| {
        if is_watched() {
            printer
                .say(&total.map_or_else(|| format!("{count} so far"), |total| format!("{count} of {total}")));
        }
    };
    match gather(caller, asked.call, &progress)? {
        Gathered::Whole(whole) => {
            let text = whole.to_string();
            match arguments.output.as_deref() {
                Some(path) => keep(path, text.as_bytes(), printer)?,
                None => show_json(&whole, text.as_bytes(), printer)?,
            }
            Ok(ExitCode::SUCCESS)
        }
        Gathered::Stopped(answer) if answer.is_success() => {
            show(&answer, arguments.output.as_deref(), printer)?;
            Ok(ExitCode::SUCCESS)
        }
        Gathered::Stopped(answer) => refused(caller, asked, &answer, printer),
    }
}

/// The body where it is read, the reason beside it.
fn refused(
    caller: &mut Caller<'_>,
    asked: &Asked<'_>,
    answer: &Answer,
    printer: &Printer,
) -> Result<ExitCode, Problem> {
    show(answer, None, printer)?;
    let Asked { call, base, order, catalog } = asked;
    let (method, status) = (call.method, answer.status);
    let checks = match status {
        401 | 403 => explain::refusal(caller, base, method, answer, order, catalog),
        _ => Vec::new(),
    };
    let problem = match (checks.first(), status) {
        (Some(check), _) => Problem::new(
            format!("{method} {} is answered with {status}: {}", answer.url, found(check)),
            hint(check),
        ),
        (None, 300..=399) => Problem::new(
            format!(
                "{method} {} leads elsewhere: {}",
                answer.url,
                answer.header("location").unwrap_or("nowhere")
            ),
            "the token does not go to another host; call that URL if it is meant",
        ),
        (None, _) => {
            Problem::new(format!("{method} {} is answered with {status}", answer.url), "the body says why")
        }
    };
    printer.told(&problem);
    for check in checks.iter().skip(1) {
        printer.say(&format!("also: {}; {}", found(check), hint(check)));
    }
    Ok(ExitCode::from(1))
}

fn found(check: &Check) -> String {
    format!("{}: {} (expected: {})", check.name, check.found, check.expected)
}

fn hint(check: &Check) -> String {
    check.hint.clone().unwrap_or_else(|| "`counterfoil doctor` says more".into())
}

fn show(answer: &Answer, output: Option<&Path>, printer: &Printer) -> Result<(), Problem> {
    if let Some(path) = output {
        return keep(path, &answer.body, printer);
    }
    match answer.json() {
        Some(document) => show_json(&document, &answer.body, printer),
        None if printer.wants_json() => {
            let text = String::from_utf8(answer.body.clone()).ok().filter(|text| !text.is_empty());
            printer.result(&json!({"status": answer.status, "body": text}), String::new)
        }
        None if answer.body.is_empty() => Ok(()),
        None => printer.bytes(&answer.body),
    }
}

fn show_json(document: &Value, body: &[u8], printer: &Printer) -> Result<(), Problem> {
    if printer.wants_json() {
        return printer.result(document, String::new);
    }
    match listing::table(document).filter(|_| std::io::stdout().is_terminal()) {
        Some(table) => printer.result(document, || table),
        None => printer.bytes(body),
    }
}

/// Into a new file: what is there stays.
fn keep(path: &Path, body: &[u8], printer: &Printer) -> Result<(), Problem> {
    let written =
        OpenOptions::new().write(true).create_new(true).open(path).and_then(|mut file| file.write_all(body));
    written.map_err(|fault| at_file("write", path, &fault))?;
    let document = json!({"path": path, "bytes": body.len()});
    printer.result(&document, || format!("{} bytes are in {}", body.len(), path.display()))
}

fn body(data: &str, around: &Surroundings) -> Result<Vec<u8>, Problem> {
    let Some(path) = data.strip_prefix('@') else { return Ok(data.as_bytes().to_vec()) };
    let path = around.path(path);
    std::fs::read(&path).map_err(|fault| at_file("read", &path, &fault))
}

/// The token is this program's affair, and goes into its own header.
fn read_header(text: &str) -> Result<(String, String), Problem> {
    let hint = "write it as --header \"Accept: application/a-gzip\"";
    let (name, value) = text.split_once(':').ok_or_else(|| Problem::usage("a header has a colon", hint))?;
    let name = name.trim();
    if ["authorization", "host", "content-length", "connection", "transfer-encoding"]
        .iter()
        .any(|own| name.eq_ignore_ascii_case(own))
    {
        return Err(Problem::usage(format!("the header {name} is set by counterfoil itself"), hint));
    }
    Ok((name.to_owned(), value.trim().to_owned()))
}
