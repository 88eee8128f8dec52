//! What is looked at below a resource and is no resource itself: metrics, and the values of offer codes.

use crate::engine::{House, attributes_of};
use crate::fault::Fault;
use crate::reports::drawn;
use crate::store::Reading;
use http::HeaderValue;
use serde_json::{Value, json};

const METRICS: HeaderValue = HeaderValue::from_static("application/vnd.apple.xcode-metrics+json");
const CSV: HeaderValue = HeaderValue::from_static("text/csv");
/// How many codes can be made at once.
pub(crate) const MOST_CODES: i64 = 25_000;
const SIGNS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// Which of these a path is about, and below which resource.
pub(crate) struct Plain<'p> {
    what: What,
    kind: &'p str,
    id: &'p str,
}

#[derive(Clone, Copy)]
enum What {
    /// No device ever ran an app of the sandbox: there is the form, and no figures.
    Metrics,
    /// Every code of a batch that can be used once.
    Codes,
}

impl<'p> Plain<'p> {
    /// What this path is about, if about one of these.
    pub(crate) fn at(path: &'p str) -> Option<Self> {
        let mut parts = path.strip_prefix("/v1/")?.split('/');
        let (kind, id, what) = (parts.next()?, parts.next()?, parts.next()?);
        let what = match (kind, what) {
            ("apps" | "builds", "perfPowerMetrics") => What::Metrics,
            ("subscriptionOfferCodeOneTimeUseCodes" | "inAppPurchaseOfferCodeOneTimeUseCodes", "values") => {
                What::Codes
            }
            _ => return None,
        };
        parts.next().is_none().then_some(Self { what, kind, id })
    }

    pub(crate) const fn content_type(&self) -> HeaderValue {
        match self.what {
            What::Metrics => METRICS,
            What::Codes => CSV,
        }
    }

    /// What is answered.
    ///
    /// # Errors
    /// If the resource is not there, or may not be seen.
    pub(crate) fn written(&self, house: &House<'_>, reading: &Reading<'_>) -> Result<String, Fault> {
        let whole = house.find(reading, self.kind, self.id)?;
        match self.what {
            What::Metrics => Ok(no_metrics()),
            What::Codes => {
                let count = attributes_of(&whole)?.get("numberOfCodes").and_then(Value::as_i64);
                Ok(codes(&whole.id, count.unwrap_or_default().min(MOST_CODES)))
            }
        }
    }
}

fn no_metrics() -> String {
    let insights = json!({ "trendingUp": [], "regressions": [] });
    json!({ "version": "1.0", "insights": insights, "productData": [] }).to_string()
}

/// A code a line, the same each time.
fn codes(batch: &str, count: i64) -> String {
    (0..count).map(|number| code(batch, number) + "\n").collect()
}

/// Eighteen letters and digits.
fn code(batch: &str, number: i64) -> String {
    let six = |part: u32| {
        let drawn = drawn(&format!("{batch} {number} {part}"));
        (0..6).map(move |place| usize::try_from(drawn >> (place * 5) & 31).unwrap_or_default())
    };
    (0..3).flat_map(six).map(|sign| char::from(SIGNS[sign])).collect()
}
