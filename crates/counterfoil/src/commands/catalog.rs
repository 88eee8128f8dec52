//! `catalog`: what roles, kinds of keys and endpoints there are.

use crate::arguments::CatalogCommand;
use crate::opening::{Manner, open, read_settings};
use crate::printer::{Printer, Table};
use crate::problem::{Problem, at_file};
use crate::settings::Typed;
use counterfoil_authority::catalog_use::CatalogUseFault;
use counterfoil_core::catalog::{Access, Catalog, CatalogFaults, Explanation, Grade, RequestPath};
use counterfoil_core::id::GroupName;
use serde_json::json;
use std::fs;
use std::io::{BufRead, Read, stdin};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

pub(super) async fn catalog(command: CatalogCommand, printer: &Printer) -> Result<ExitCode, Problem> {
    match command {
        CatalogCommand::Check { file } => check(&file, printer),
        CatalogCommand::Show { settings } => show(&settings.0, printer).await.map(super::done),
        CatalogCommand::Use { file, dry_run, yes, settings } => {
            let use_it = if dry_run { UseIt::No } else { UseIt::Yes { confirmed: yes } };
            change(&file, use_it, &settings.0, printer).await.map(super::done)
        }
        CatalogCommand::Explain { method, path, file, settings } => {
            let catalog = match file {
                Some(file) => Arc::new(read(&file)?),
                None => in_force(&settings.0, printer).await?,
            };
            explain(&catalog, &method, path.as_deref(), printer)
        }
    }
}

/// Whether a catalog is put in force, or only looked at.
#[derive(Clone, Copy)]
enum UseIt {
    No,
    Yes { confirmed: bool },
}

fn check(file: &Path, printer: &Printer) -> Result<ExitCode, Problem> {
    let text = text_of(file)?;
    match Catalog::parse(&text) {
        Ok(catalog) => {
            let document = json!({"ok": true, "name": catalog.name, "fingerprint": catalog.fingerprint().to_string(), "faults": []});
            printer.result(&document, || {
                format!("{}: the catalog «{}» is good", file.display(), catalog.name)
            })?;
            Ok(ExitCode::SUCCESS)
        }
        Err(faults) => {
            printer.result(&faults_document(&faults), || faults_text(file, &faults))?;
            Ok(ExitCode::FAILURE)
        }
    }
}

fn faults_document(faults: &CatalogFaults) -> serde_json::Value {
    let faults: Vec<_> = faults
        .iter()
        .map(|fault| json!({"line": fault.line, "column": fault.column, "message": fault.message}))
        .collect();
    json!({"ok": false, "faults": faults})
}

fn faults_text(file: &Path, faults: &CatalogFaults) -> String {
    let lines = faults.iter().map(|fault| format!("{}:{fault}", file.display()));
    lines.collect::<Vec<_>>().join("\n")
}

async fn show(typed: &Typed, printer: &Printer) -> Result<(), Problem> {
    let catalog = in_force(typed, printer).await?;
    let document = json!({
        "name": catalog.name,
        "fingerprint": catalog.fingerprint().to_string(),
        "toml": catalog.to_toml(),
    });
    printer.result(&document, || catalog.to_toml())
}

/// The catalog in force, or the one that would be in force from the first start on.
async fn in_force(typed: &Typed, printer: &Printer) -> Result<Arc<Catalog>, Problem> {
    let settings = read_settings(typed, printer)?;
    if settings.database.is_some() || settings.data.join("counterfoil.db").exists() {
        return Ok(open(typed, Manner::default(), printer).await?.authority.catalog());
    }
    match &settings.catalog {
        Some(file) => read(file).map(Arc::new),
        None => Ok(Arc::new(Catalog::appstore())),
    }
}

async fn change(file: &Path, use_it: UseIt, typed: &Typed, printer: &Printer) -> Result<(), Problem> {
    let text = text_of(file)?;
    let catalog = parsed(file, &text)?;
    let opened = open(typed, Manner::default(), printer).await?;
    let affected = opened.authority.affected_by(&catalog)?;
    let mut table =
        Table::new(["issuer id", "key", "opens now", "will open"], "No key opens anything else than before.");
    for key in &affected {
        table.row([key.team.to_string(), key.key.to_string(), grades(&key.was), grades(&key.becomes)]);
    }
    printer.say(&table.text());
    let used = match use_it {
        UseIt::No => false,
        UseIt::Yes { confirmed } => {
            let what = format!(
                "This puts the catalog «{}» in force on all servers; {} key(s) are affected.",
                catalog.name,
                affected.len()
            );
            printer.confirm(&what, &catalog.name, confirmed)?;
            opened.authority.use_catalog(&text).await.map_err(|fault| match fault {
                CatalogUseFault::Faulty(faults) => faulty(file, &faults),
                CatalogUseFault::Failed(failure) => failure.into(),
            })?;
            true
        }
    };
    let rows: Vec<_> = affected
        .iter()
        .map(|key| json!({"issuerId": key.team, "keyId": key.key, "was": object(&key.was), "becomes": object(&key.becomes)}))
        .collect();
    let document = json!({"name": catalog.name, "fingerprint": catalog.fingerprint().to_string(), "inForce": used, "affected": rows});
    printer.result(&document, || match used {
        true => format!("The catalog «{}» is in force", catalog.name),
        false => "Nothing was changed".to_owned(),
    })
}

fn grades(groups: &[(GroupName, Grade)]) -> String {
    let words =
        groups.iter().map(|(group, grade)| format!("{group} {}", json!(grade).as_str().unwrap_or_default()));
    words.collect::<Vec<_>>().join(", ")
}

fn object(groups: &[(GroupName, Grade)]) -> serde_json::Value {
    groups.iter().map(|(group, grade)| (group.to_string(), json!(grade))).collect()
}

fn explain(
    catalog: &Catalog,
    method: &str,
    path: Option<&str>,
    printer: &Printer,
) -> Result<ExitCode, Problem> {
    match (method, path) {
        ("-", None) => explain_lines(catalog, printer),
        (method, Some(path)) if is_method(method) => {
            explain_one(catalog, method, path, printer).map(super::done)
        }
        _ => Err(Problem::usage(
            "explain takes a method and a path, or - for lines of them on standard input",
            "such as: counterfoil catalog explain GET /v1/apps",
        )),
    }
}

fn is_method(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// One answer a line, also to a line that is wrong: one of them hides nothing of the others.
fn explain_lines(catalog: &Catalog, printer: &Printer) -> Result<ExitCode, Problem> {
    let mut exit = ExitCode::SUCCESS;
    for (line, number) in stdin().lock().lines().zip(1..) {
        let line = line.map_err(|fault| at_file("read", Path::new("standard input"), &fault))?;
        if line.trim().is_empty() {
            continue;
        }
        if let Err(problem) = explain_line(catalog, line.trim(), number, printer) {
            printer.problem(&problem);
            exit = ExitCode::FAILURE;
        }
    }
    Ok(exit)
}

fn explain_line(catalog: &Catalog, line: &str, number: usize, printer: &Printer) -> Result<(), Problem> {
    let wrong = |rule: &str| {
        Problem::new(format!("line {number} of standard input: {rule}"), "each line is METHOD PATH")
    };
    let (method, path) = line.split_once(char::is_whitespace).ok_or_else(|| wrong("there is no path"))?;
    if !is_method(method) {
        return Err(wrong("there is no method"));
    }
    explain_one(catalog, method, path.trim(), printer)
}

fn explain_one(catalog: &Catalog, method: &str, path: &str, printer: &Printer) -> Result<(), Problem> {
    let asked = filled(path);
    let (parsed, _) = RequestPath::split(&asked).map_err(|fault| {
        Problem::new(
            format!("{path}: {fault}"),
            "such a path is refused with 400, whoever asks; write it plainly",
        )
    })?;
    match catalog.explain(method, &parsed) {
        Some(found) => printer.line(&found, || explained(method, path, &found)),
        None => {
            let access = Access::of_method(method);
            let document = json!({"group": null, "access": access, "kinds": [], "roles": []});
            printer.line(&document, || format!("{method} {path}\n  belongs to no group: it opens to nobody"))
        }
    }
}

/// Descriptions of an API write `/v1/apps/{id}`: whatever stands in braces stands for any one segment.
fn filled(path: &str) -> String {
    let open_place = |segment: &'_ str| segment.starts_with('{') && segment.ends_with('}');
    let segments = path.split('/').map(|segment| if open_place(segment) { "any" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

fn explained(method: &str, path: &str, found: &Explanation) -> String {
    let names = |names: Vec<String>| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let kinds = names(found.kinds.iter().map(ToString::to_string).collect());
    let roles = names(found.roles.iter().map(ToString::to_string).collect());
    let access = json!(found.access);
    let access = access.as_str().unwrap_or_default();
    format!(
        "{method} {path}\n  group  {}\n  access {access}\n  kinds  {kinds}\n  roles  {roles}",
        found.group
    )
}

fn read(file: &Path) -> Result<Catalog, Problem> {
    parsed(file, &text_of(file)?)
}

fn parsed(file: &Path, text: &str) -> Result<Catalog, Problem> {
    Catalog::parse(text).map_err(|faults| faulty(file, &faults))
}

fn faulty(file: &Path, faults: &CatalogFaults) -> Problem {
    Problem::new(
        format!("the catalog can't be used:\n{}", faults_text(file, faults)),
        "mend each; docs/catalog.md says how a catalog is written",
    )
}

fn text_of(file: &Path) -> Result<String, Problem> {
    if file.as_os_str() == "-" {
        let mut text = String::new();
        let read = stdin().lock().read_to_string(&mut text);
        return read.map(|_| text).map_err(|fault| at_file("read", Path::new("standard input"), &fault));
    }
    fs::read_to_string(file).map_err(|fault| at_file("read the catalog", file, &fault))
}
