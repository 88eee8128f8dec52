//! What the files of reports are called.

use super::asked::Sheet;
use super::days::{Frequency, Span};
use crate::dates::Day;

/// `S_D_80012345_20261120.txt.gz`; of types that have a version in their names,
/// `Subscription_Event_80012345_20261120_V1_3.txt.gz`.
pub(super) fn sales(sheet: &Sheet, vendor: &str, span: &Span, version: Option<&str>) -> String {
    let date = date(sheet.frequency, span.last);
    if sheet.kind == "SALES" {
        return format!("S_{}_{vendor}_{date}.txt.gz", letter(sheet.frequency));
    }
    let version = version.map(|version| format!("_V{version}")).unwrap_or_default();
    format!("{}_{vendor}_{date}{version}.txt.gz", titled(sheet.kind))
}

/// `80012345_1026_ZZ.txt.gz`: month and year, then the region.
pub(super) fn finance(vendor: &str, span: &Span, region: &str) -> String {
    let (year, month, _) = span.last.civil();
    format!("{vendor}_{month:02}{:02}_{region}.txt.gz", year % 100)
}

/// As long as a report's days need.
fn date(frequency: Frequency, last: Day) -> String {
    let (year, month, day) = last.civil();
    match frequency {
        Frequency::Daily | Frequency::Weekly => format!("{year:04}{month:02}{day:02}"),
        Frequency::Monthly => format!("{year:04}{month:02}"),
        Frequency::Yearly => format!("{year:04}"),
    }
}

const fn letter(frequency: Frequency) -> char {
    match frequency {
        Frequency::Daily => 'D',
        Frequency::Weekly => 'W',
        Frequency::Monthly => 'M',
        Frequency::Yearly => 'Y',
    }
}

/// `Subscription_Event`
fn titled(kind: &str) -> String {
    let words = kind.split('_').map(|word| {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        format!("{first}{}", rest.to_lowercase())
    });
    words.collect::<Vec<_>>().join("_")
}
