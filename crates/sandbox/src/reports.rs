//! Sales and finance reports: gzip, tab-separated, made by arithmetic. The same request always gives the same
//! figures, and those of a month are the sum of its days.

mod asked;
mod days;
mod named;
mod pre_orders;
mod sold;
mod subscribers;
mod written;

use crate::dates::Day;
use crate::engine::House;
use crate::fault::Fault;
use crate::store::Reading;
use asked::{Asked, REGIONS, Sheet};
use days::{Frequency, Span};
use flate2::Compression;
use flate2::write::GzEncoder;
use sold::Sale;
use std::io::Write;

pub(crate) const SALES: &str = "/v1/salesReports";
pub(crate) const FINANCE: &str = "/v1/financeReports";

/// A report, as it is handed out.
pub(crate) struct Report {
    /// What its file is called.
    pub(crate) name: String,
    /// Gzip.
    pub(crate) bytes: Vec<u8>,
}

/// What is in a report, and what its file is called.
struct Sheets {
    name: String,
    text: String,
}

/// The report that a query asks for.
///
/// # Errors
/// If a parameter is missing or can't be, or there are no figures for that time.
pub(crate) fn report(
    house: &House<'_>,
    reading: &Reading<'_>,
    path: &str,
    query: &str,
) -> Result<Report, Fault> {
    let Sheets { name, text } =
        if path == SALES { sales(house, reading, query)? } else { finance(house, reading, query)? };
    Ok(Report { name, bytes: compressed(&text)? })
}

fn sales(house: &House<'_>, reading: &Reading<'_>, query: &str) -> Result<Sheets, Fault> {
    let asked = Asked::read(query, asked::OF_SALES)?;
    let sheet = Sheet::asked(&asked)?;
    let vendor = asked.vendor()?;
    let span = Span::asked(sheet.frequency, asked.maybe("reportDate"), house.now)?;
    let subscriptions = || sold::subscriptions(house, reading, vendor, &span);
    let text = match sheet.kind {
        "SALES" => filled(sold::apps(house, reading, vendor, &span)?).map(|all| written::sales(&span, &all)),
        "SUBSCRIPTION" => filled(subscriptions()?).map(|all| written::subscriptions(&all)),
        "SUBSCRIPTION_EVENT" => subscribers::events(vendor, &span, &subscriptions()?),
        "SUBSCRIBER" => subscribers::purchases(vendor, &span, &subscriptions()?),
        "PRE_ORDER" => pre_orders::report(house, reading, vendor, &span),
        // What a team like this one has none of.
        _ => Err(Fault::NoFigures),
    }?;
    Ok(Sheets { name: named::sales(&sheet, vendor, &span, asked.maybe("version")), text })
}

fn finance(house: &House<'_>, reading: &Reading<'_>, query: &str) -> Result<Sheets, Fault> {
    let asked = Asked::read(query, asked::OF_FINANCE)?;
    let kind = asked.one_of("reportType", &["FINANCIAL", "FINANCE_DETAIL"])?;
    let vendor = asked.vendor()?;
    let region = asked.one_of("regionCode", REGIONS)?;
    let date = asked.must("reportDate")?;
    let span = Span::asked(Frequency::Monthly, Some(date), house.now)?;
    let text = match (kind, region) {
        ("FINANCE_DETAIL", "Z1") => detail(house, reading, vendor, span),
        ("FINANCE_DETAIL", _) | (_, "Z1") => {
            let why = "The region Z1 and the report type FINANCE_DETAIL go together, and with nothing else";
            Err(Fault::BadCombination { name: "filter[regionCode]".to_owned(), why: why.to_owned() })
        }
        _ => {
            let mut some = sold::apps(house, reading, vendor, &span)?;
            some.retain(|sale| region == "ZZ" || sale.region == region);
            filled(some).map(|some| written::finance(&span, &some))
        }
    }?;
    Ok(Sheets { name: named::finance(vendor, &span, region), text })
}

/// Every day of a month for itself.
fn detail(house: &House<'_>, reading: &Reading<'_>, vendor: &str, month: Span) -> Result<String, Fault> {
    let days: Vec<Span> = month.days().map(|day| Span { first: day, last: day }).collect();
    let sold = sold::apps_in_each(house, reading, vendor, &days)?;
    let each = days.iter().zip(sold).flat_map(|(day, sales)| sales.into_iter().map(|sale| (day.first, sale)));
    let all: Vec<(Day, Sale)> = each.filter(|(_, sale)| sale.units > 0).collect();
    if all.is_empty() { Err(Fault::NoFigures) } else { Ok(written::finance_detail(&month, &all)) }
}

/// What something was sold of.
fn filled(mut all: Vec<Sale>) -> Result<Vec<Sale>, Fault> {
    all.retain(|sale| sale.units > 0);
    if all.is_empty() { Err(Fault::NoFigures) } else { Ok(all) }
}

/// A text as reports are sent. The same text gives the same bytes.
pub(crate) fn compressed(text: &str) -> Result<Vec<u8>, Fault> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let done = encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish());
    done.map_err(|fault| Fault::Broken(fault.to_string()))
}

/// A number below 2³² that is drawn by what this text says: the same each time, and different for each. (FNV-1a)
pub(crate) fn drawn(text: &str) -> u64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash >> 32
}
