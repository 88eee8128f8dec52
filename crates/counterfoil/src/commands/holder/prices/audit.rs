//! `prices audit`: what a product costs where, for people, programs, tables and pictures.

use super::super::typed::shown;
use super::with_store;
use crate::arguments::AuditArguments;
use crate::printer::{Printer, Table};
use crate::problem::{Problem, at_file};
use counterfoil_holder::prices::{self, Audit, Beside, Current, Power, Product, Rates, Row, chart};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

pub(super) fn audit(arguments: &AuditArguments, printer: &Printer) -> Result<(), Problem> {
    let rates = arguments.rates.as_deref().map(Rates::read).transpose()?;
    let power = arguments.power.as_deref().map(Power::read).transpose()?;
    let audit = with_store(&arguments.key, &arguments.server, printer, |store, _, today| {
        let product = Product::find(store, &arguments.product)?;
        let current = Current::read(store, product)?;
        let beside = Beside {
            base: arguments.base.as_deref(),
            currency: arguments.currency.as_deref(),
            rates: rates.as_ref(),
            power: power.as_ref(),
        };
        Ok(prices::audit(&current, &beside, today))
    })?;
    if let Some(path) = &arguments.svg {
        draw(path, &chart(&audit)?)?;
        printer.say(&format!("the chart is in {}", path.display()));
    }
    say_what_is_missing(&audit, rates.is_some(), printer);
    printer.result(&audit, || if arguments.csv { csv(&audit) } else { table(&audit) })
}

fn say_what_is_missing(audit: &Audit, has_rates: bool, printer: &Printer) {
    let lacks = |of: fn(&Row) -> bool| audit.rows.iter().filter(|row| of(row)).count();
    match &audit.base {
        None => printer.say("There is no base to stand beside: say --base TERRITORY."),
        Some(_) if !has_rates && lacks(|row| row.beside_base.is_none()) > 0 => {
            printer.say("Prices in other currencies can't be compared without --rates FILE.");
        }
        Some(_) => {}
    }
    let unknown = lacks(|row| row.converted.is_none());
    if has_rates && unknown > 0 {
        printer.warn(&format!("the rates lack the currencies of {unknown} territories"));
    }
}

/// Into a new file: what is there stays.
fn draw(path: &Path, svg: &str) -> Result<(), Problem> {
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .and_then(|mut file| file.write_all(svg.as_bytes()));
    written.map_err(|fault| at_file("write", path, &fault))
}

fn table(audit: &Audit) -> String {
    let converted =
        audit.currency.clone().map_or_else(|| "converted".into(), |currency| format!("in {currency}"));
    let head = ["territory", "price", "", &converted, "beside base", "felt alike", "beside that", "next"];
    let mut table = Table::new(head, "It has no prices yet.");
    for row in &audit.rows {
        let next =
            row.next.as_ref().zip(row.next_from.as_ref()).map(|(price, day)| format!("{price} from {day}"));
        table.row([
            row.territory.clone(),
            format!("{} {}", row.price, row.currency),
            if row.origin == "AUTOMATIC" { String::new() } else { row.origin.to_lowercase() },
            amount(row.converted),
            percent(row.beside_base),
            amount(row.felt_alike),
            percent(row.beside_felt),
            next.unwrap_or_default(),
        ]);
    }
    format!("{} {}: {}\n{}", audit.kind, audit.id, shown(&audit.name), table.text())
}

fn csv(audit: &Audit) -> String {
    let head = "territory,currency,price,origin,converted,converted_currency,beside_base,felt_alike,beside_felt,next,\
                next_from";
    let number = |number: Option<f64>| number.map(|number| number.to_string()).unwrap_or_default();
    let line = |row: &Row| {
        let converted_to = row.converted.and(audit.currency.clone()).unwrap_or_default();
        let cells = [
            row.territory.clone(),
            row.currency.clone(),
            row.price.clone(),
            row.origin.to_owned(),
            number(row.converted),
            converted_to,
            number(row.beside_base),
            number(row.felt_alike),
            number(row.beside_felt),
            row.next.clone().unwrap_or_default(),
            row.next_from.clone().unwrap_or_default(),
        ];
        cells.map(|cell| quoted(&cell)).join(",")
    };
    std::iter::once(head.to_owned()).chain(audit.rows.iter().map(line)).collect::<Vec<_>>().join("\n")
}

/// A cell: in quotes if it needs them.
fn quoted(cell: &str) -> String {
    let needs = cell.contains(['"', ',', '\n', '\r']);
    if needs { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}

fn amount(amount: Option<f64>) -> String {
    amount.map(|amount| format!("{amount:.2}")).unwrap_or_default()
}

fn percent(share: Option<f64>) -> String {
    share.map(|share| format!("{:.0} %", share * 100.0)).unwrap_or_default()
}
