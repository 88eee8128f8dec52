//! What subscribers did on a day, counted and one by one. Both reports tell of the same events.

use super::days::Span;
use super::drawn;
use super::sold::Sale;
use super::written::{self, period};
use crate::fault::Fault;

/// What subscribers do, and how many do it on a day at most in one market, less one. The first two are purchases.
const EVENTS: &[(&str, u64)] = &[
    ("Subscribe", 5),
    ("Renew", 8),
    ("Start Introductory Offer", 4),
    ("Paid Subscription from Introductory Offer", 3),
    ("Cancel", 4),
    ("Refund", 2),
];
const PURCHASES: &[&str] = &["Subscribe", "Renew"];

fn quantity(vendor: &str, span: &Span, sale: &Sale, event: &str, most: u64) -> u64 {
    let of_day = |day: crate::dates::Day| {
        drawn(&format!("{vendor} {} {} {event} {}", sale.apple_id, sale.country, day.0)) % most
    };
    span.days().map(of_day).sum()
}

/// What is told of a subscription in any report of them.
fn about(sale: &Sale) -> String {
    let Sale { app_title, app_id, title, apple_id, group, .. } = sale;
    format!("{app_title}\t{app_id}\t{title}\t{apple_id}\t{group}\t{}", period(&sale.period))
}

/// How often each event was.
pub(super) fn events(vendor: &str, span: &Span, all: &[Sale]) -> Result<String, Fault> {
    let mut lines = Vec::new();
    for (sale, (event, most)) in all.iter().flat_map(|sale| EVENTS.iter().map(move |event| (sale, event))) {
        let quantity = quantity(vendor, span, sale, event, *most);
        if quantity == 0 {
            continue;
        }
        let (day, about, country) = (span.first, about(sale), sale.country);
        let offer = if event.contains("Introductory") { "Free Trial\t7 Days" } else { "\t" };
        let (periods, canceled) = match *event {
            "Renew" => ("2", "\t\t"),
            "Cancel" => ("1", "12\tCanceled\t"),
            _ => ("1", "\t\t"),
        };
        lines.push(format!(
            "{day}\t{event}\t{about}\t{offer}\t\t\t\t\t\t\t{periods}\t{day}\tiPhone\t\t\t{country}\t\t\t{canceled}\t{quantity}\t"
        ));
    }
    written::sheet(written::EVENTS, &lines)
}

/// Every purchase and refund for itself.
pub(super) fn purchases(vendor: &str, span: &Span, all: &[Sale]) -> Result<String, Fault> {
    let mut lines = Vec::new();
    for (sale, (event, most)) in all.iter().flat_map(|sale| EVENTS.iter().map(move |event| (sale, event))) {
        let is_refund = *event == "Refund";
        if !is_refund && !PURCHASES.contains(event) {
            continue;
        }
        for number in 0..quantity(vendor, span, sale, event, *most) {
            lines.push(purchase(vendor, span, sale, number, is_refund));
        }
    }
    written::sheet(written::SUBSCRIBERS, &lines)
}

fn purchase(vendor: &str, span: &Span, sale: &Sale, number: u64, is_refund: bool) -> String {
    let Sale { price, proceeds, currency, country, .. } = sale;
    let (day, about) = (span.first, about(sale));
    let who = 10_000_000_000 + drawn(&format!("{vendor} {} {country} {number}", sale.apple_id));
    let (sign, refund, units) = if is_refund { ("-", "Yes", -1) } else { ("", "", 1) };
    format!(
        "{day}\t{about}\t\t\t\t\t\t{sign}{price}\t{currency}\t{sign}{proceeds}\t{currency}\t\t\t\tiPhone\t{country}\t{who}\t\t{refund}\t\
         {day}\t{units}"
    )
}
