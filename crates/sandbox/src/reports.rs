//! Sales and finance reports: gzip, tab-separated, made by arithmetic. The same request always gives the same
//! figures, and those of a month are the sum of its days.

mod days;
mod sold;
mod written;

use crate::engine::House;
use crate::fault::Fault;
use crate::query::pairs;
use crate::store::Reading;
use days::{Frequency, Span};
use flate2::Compression;
use flate2::write::GzEncoder;
use sold::Sale;
use std::collections::BTreeMap;
use std::io::Write;

pub(crate) const SALES: &str = "/v1/salesReports";
pub(crate) const FINANCE: &str = "/v1/financeReports";

/// How many digits a vendor number has, at least and at most.
const VENDOR: std::ops::RangeInclusive<usize> = 6..=12;

/// The report that a query asks for, compressed.
///
/// # Errors
/// If a parameter is missing or can't be, or there are no figures for that time.
pub(crate) fn report(
    house: &House<'_>,
    reading: &Reading<'_>,
    path: &str,
    query: &str,
) -> Result<Vec<u8>, Fault> {
    let asked = Asked::read(query)?;
    let text = if path == SALES { sales(house, reading, &asked)? } else { finance(house, reading, &asked)? };
    compressed(&text)
}

/// The filters of a request, each given once.
struct Asked(BTreeMap<String, String>);

const KNOWN: &[&str] =
    &["frequency", "reportType", "reportSubType", "vendorNumber", "reportDate", "version", "regionCode"];

impl Asked {
    fn read(query: &str) -> Result<Self, Fault> {
        let mut asked = BTreeMap::new();
        for (name, value) in pairs(query) {
            let inner = name.strip_prefix("filter[").and_then(|rest| rest.strip_suffix(']'));
            match inner.filter(|inner| KNOWN.contains(inner)) {
                Some(inner) => asked.insert(inner.to_owned(), value),
                None => return Err(Fault::UnknownParameter(name)),
            };
        }
        Ok(Self(asked))
    }

    fn maybe(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn must(&self, name: &str) -> Result<&str, Fault> {
        let missing =
            || bad(name, format!("The parameter 'filter[{name}]' is required but was not provided"));
        self.maybe(name).ok_or_else(missing)
    }

    /// One of these words.
    fn one_of(&self, name: &str, words: &[&str]) -> Result<&str, Fault> {
        let value = self.must(name)?;
        if words.contains(&value) {
            return Ok(value);
        }
        Err(bad(name, format!("'{value}' is not a valid value; it may be {}", words.join(", "))))
    }

    fn vendor(&self) -> Result<&str, Fault> {
        let vendor = self.must("vendorNumber")?;
        let is_number = VENDOR.contains(&vendor.len()) && vendor.bytes().all(|byte| byte.is_ascii_digit());
        if is_number {
            Ok(vendor)
        } else {
            Err(bad("vendorNumber", "Invalid vendor number specified".to_owned()))
        }
    }
}

fn bad(name: &str, why: String) -> Fault {
    Fault::BadParameter { name: format!("filter[{name}]"), why }
}

/// The types of sales reports; those that the sandbox makes come first.
const TYPES: &[&str] = &[
    "SALES",
    "SUBSCRIPTION",
    "SUBSCRIPTION_EVENT",
    "SUBSCRIBER",
    "SUBSCRIPTION_OFFER_CODE_REDEMPTION",
    "PRE_ORDER",
    "NEWSSTAND",
    "INSTALLS",
    "FIRST_ANNUAL",
    "WIN_BACK_ELIGIBILITY",
];

fn sales(house: &House<'_>, reading: &Reading<'_>, asked: &Asked) -> Result<String, Fault> {
    let kind = asked.one_of("reportType", TYPES)?;
    asked.one_of(
        "reportSubType",
        &["SUMMARY", "DETAILED", "SUMMARY_INSTALL_TYPE", "SUMMARY_TERRITORY", "SUMMARY_CHANNEL"],
    )?;
    let vendor = asked.vendor()?;
    let frequency = Frequency::read(asked.one_of("frequency", Frequency::WORDS)?);
    let span = Span::asked(frequency, asked.maybe("reportDate"), house.now)?;
    match kind {
        "SALES" => Ok(written::sales(&span, &sold::apps(house, reading, vendor, &span)?)),
        "SUBSCRIPTION" => Ok(written::subscriptions(&sold::subscriptions(house, reading, vendor, &span)?)),
        other => Err(Fault::NotHere(format!("The report {other}"))),
    }
}

fn finance(house: &House<'_>, reading: &Reading<'_>, asked: &Asked) -> Result<String, Fault> {
    let kind = asked.one_of("reportType", &["FINANCIAL", "FINANCE_DETAIL"])?;
    let vendor = asked.vendor()?;
    let region = asked.must("regionCode")?;
    asked.must("reportDate")?;
    let span = Span::asked(Frequency::Monthly, asked.maybe("reportDate"), house.now)?;
    let all = sold::apps(house, reading, vendor, &span)?;
    let some: Vec<Sale> = all.into_iter().filter(|sale| is_of_region(sale, region)).collect();
    match kind {
        _ if some.is_empty() => Err(Fault::NoFigures),
        "FINANCIAL" => Ok(written::finance(&span, &some)),
        other => Err(Fault::NotHere(format!("The report {other}"))),
    }
}

/// Regions are named by currency's home, or all at once by `ZZ` and `Z1`.
fn is_of_region(sale: &Sale, region: &str) -> bool {
    matches!(region, "ZZ" | "Z1") || sale.region == region
}

fn compressed(text: &str) -> Result<Vec<u8>, Fault> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let done = encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish());
    done.map_err(|fault| Fault::Broken(fault.to_string()))
}
