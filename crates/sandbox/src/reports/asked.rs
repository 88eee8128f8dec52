//! What the query of a report asks for.

use super::days::Frequency;
use crate::fault::Fault;
use crate::query::pairs;
use std::collections::BTreeMap;

/// How many digits a vendor number has, at least and at most.
const VENDOR: std::ops::RangeInclusive<usize> = 6..=12;

/// The filters of sales reports.
pub(super) const OF_SALES: &[&str] =
    &["frequency", "reportType", "reportSubType", "vendorNumber", "reportDate", "version"];
/// The filters of finance reports.
pub(super) const OF_FINANCE: &[&str] = &["reportType", "vendorNumber", "reportDate", "regionCode"];

/// The regions of finance reports; `ZZ` is all of them in one, `Z1` the same by the day.
pub(super) const REGIONS: &[&str] = &[
    "AE", "AU", "BG", "BR", "CA", "CH", "CL", "CN", "CO", "CZ", "DK", "EG", "EU", "GB", "HK", "HU", "ID",
    "IL", "IN", "JP", "KR", "KZ", "LL", "MX", "MY", "NG", "NO", "NZ", "PE", "PH", "PK", "PL", "QA", "RO",
    "RU", "SA", "SE", "SG", "TH", "TR", "TW", "TZ", "US", "VN", "WW", "Z1", "ZA", "ZZ",
];

/// The filters of a request, each given once.
pub(super) struct Asked(BTreeMap<String, String>);

impl Asked {
    pub(super) fn read(query: &str, known: &[&str]) -> Result<Self, Fault> {
        let mut asked = BTreeMap::new();
        for (name, value) in pairs(query) {
            let inner = name.strip_prefix("filter[").and_then(|rest| rest.strip_suffix(']'));
            let Some(inner) = inner.filter(|inner| known.contains(inner)) else {
                return Err(Fault::UnknownParameter(name));
            };
            if asked.insert(inner.to_owned(), value).is_some() {
                return Err(bad(inner, "It is there twice".to_owned()));
            }
        }
        Ok(Self(asked))
    }

    pub(super) fn maybe(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub(super) fn must(&self, name: &str) -> Result<&str, Fault> {
        self.maybe(name).ok_or_else(|| Fault::MissingParameter(format!("filter[{name}]")))
    }

    /// One of these words.
    pub(super) fn one_of(&self, name: &str, words: &[&str]) -> Result<&str, Fault> {
        let value = self.must(name)?;
        if words.contains(&value) {
            return Ok(value);
        }
        let mut different: Vec<&str> = Vec::new();
        words.iter().for_each(|word| {
            if !different.contains(word) {
                different.push(word);
            }
        });
        Err(bad(name, format!("'{value}' is not a valid value; it may be {}", different.join(", "))))
    }

    pub(super) fn vendor(&self) -> Result<&str, Fault> {
        let vendor = self.must("vendorNumber")?;
        let is_number = VENDOR.contains(&vendor.len()) && vendor.bytes().all(|byte| byte.is_ascii_digit());
        if is_number {
            Ok(vendor)
        } else {
            Err(bad("vendorNumber", "Invalid vendor number specified".to_owned()))
        }
    }
}

pub(super) fn bad(name: &str, why: String) -> Fault {
    Fault::BadParameter { name: format!("filter[{name}]"), why }
}

/// What of sales reports goes together: types, subtypes, how often, in which versions.
const SHEETS: &[(&str, &str, &[&str], &[&str])] = &[
    ("SALES", "SUMMARY", Frequency::WORDS, &["1_0", "1_1"]),
    ("SUBSCRIPTION", "SUMMARY", &["DAILY"], &["1_3", "1_4"]),
    ("SUBSCRIPTION_EVENT", "SUMMARY", &["DAILY"], &["1_3", "1_4"]),
    ("SUBSCRIBER", "DETAILED", &["DAILY"], &["1_3", "1_4"]),
    ("PRE_ORDER", "SUMMARY", Frequency::WORDS, &["1_0"]),
    ("SUBSCRIPTION_OFFER_CODE_REDEMPTION", "SUMMARY", &["DAILY"], &["1_0"]),
    ("WIN_BACK_ELIGIBILITY", "SUMMARY", &["DAILY"], &["1_0"]),
    ("NEWSSTAND", "DETAILED", &["DAILY", "WEEKLY"], &["1_0"]),
    ("INSTALLS", "SUMMARY", &["MONTHLY"], &["1_2"]),
    ("INSTALLS", "DETAILED", &["MONTHLY"], &["1_2"]),
    ("INSTALLS", "DETAILED", &["YEARLY"], &["1_0", "1_1"]),
    ("INSTALLS", "SUMMARY_CHANNEL", &["YEARLY"], &["1_0", "1_1"]),
    ("INSTALLS", "SUMMARY_INSTALL_TYPE", &["YEARLY"], &["1_0", "1_1"]),
    ("INSTALLS", "SUMMARY_TERRITORY", &["YEARLY"], &["1_0", "1_1"]),
    ("FIRST_ANNUAL", "DETAILED", &["DAILY"], &["1_0"]),
    ("FIRST_ANNUAL", "SUMMARY", &["YEARLY"], &["1_0"]),
];

/// A sales report that there is.
pub(super) struct Sheet {
    pub(super) kind: &'static str,
    pub(super) frequency: Frequency,
}

impl Sheet {
    /// The sheet that is asked for.
    ///
    /// # Errors
    /// The first filter that is missing, is nothing, or does not go with those before it.
    pub(super) fn asked(asked: &Asked) -> Result<Self, Fault> {
        let kinds: Vec<&str> = SHEETS.iter().map(|(kind, ..)| *kind).collect();
        let kind = asked.one_of("reportType", &kinds)?;
        let subtypes: Vec<&str> = SHEETS.iter().map(|(_, subtype, ..)| *subtype).collect();
        let subtype = asked.one_of("reportSubType", &subtypes)?;
        let frequency = asked.one_of("frequency", Frequency::WORDS)?;
        let of_kind = SHEETS.iter().filter(|sheet| sheet.0 == kind);
        let of_subtype: Vec<_> = of_kind.filter(|sheet| sheet.1 == subtype).collect();
        if of_subtype.is_empty() {
            return Err(together("reportSubType", subtype, kind));
        }
        let of_frequency: Vec<_> = of_subtype.iter().filter(|sheet| sheet.2.contains(&frequency)).collect();
        let Some((kind, ..)) = of_frequency.first() else {
            return Err(together("frequency", frequency, kind));
        };
        if let Some(version) = asked.maybe("version")
            && !of_frequency.iter().any(|sheet| sheet.3.contains(&version))
        {
            return Err(together("version", version, kind));
        }
        Ok(Self { kind: *kind, frequency: Frequency::read(frequency) })
    }
}

fn together(name: &str, value: &str, kind: &str) -> Fault {
    let why = format!("'{value}' can't be used with the report type {kind} as it is asked for");
    Fault::BadCombination { name: format!("filter[{name}]"), why }
}
