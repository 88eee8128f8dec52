//! A line of a report: one purchase, one event of a subscription, or one refund.

use super::Mistakes;
use super::mistake::Mistake;
use crate::server_api::Refusal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A line, with all that its kind must have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Line {
    pub(super) id: String,
    pub(super) created: i64,
    pub(super) is_restatement: bool,
    pub(super) is_erroneous: bool,
    pub(super) pricing_currency: String,
    pub(super) reporting_currency: String,
    /// As it was written: it is compared, never calculated with.
    pub(super) exchange_rate: Option<String>,
    pub(super) exclusive: i64,
    pub(super) inclusive: i64,
    pub(super) net: i64,
    pub(super) tax: i64,
    pub(super) tax_country: String,
    /// The line that this one is about.
    pub(super) reference: Option<String>,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Kind {
    Buy { product: String, quantity: i64 },
    Subscription { product: String, quantity: i64, event: String, start: i64, end: i64, paid_days: i64 },
    Refund,
}

/// The event with which a subscription begins.
pub(super) const START: &str = "SUBSCRIPTION_START";

impl Line {
    /// Reads a line, or says what of it is missing or must not be there. One that is of no form at all is refused.
    pub(super) fn read(value: &Value) -> Result<Result<Self, Mistakes>, Refusal> {
        if !value.is_object() {
            return Err(Refusal::BadRequest);
        }
        let mut reader = Reader { value, missing: Vec::new() };
        let line = reader.line()?;
        if reader.missing.is_empty() {
            return Ok(Ok(line));
        }
        let id = (!line.id.is_empty()).then_some(line.id);
        Ok(Err(reader.missing.into_iter().map(|mistake| (mistake, id.clone())).collect()))
    }

    pub(super) const fn is_refund(&self) -> bool {
        matches!(self.kind, Kind::Refund)
    }

    /// What happened to the subscription, if it is of one.
    pub(super) fn event(&self) -> Option<&str> {
        match &self.kind {
            Kind::Subscription { event, .. } => Some(event),
            Kind::Buy { .. } | Kind::Refund => None,
        }
    }
}

/// Reads members, and gathers those that should be there and are not, or should not be there and are.
struct Reader<'v> {
    value: &'v Value,
    missing: Vec<Mistake>,
}

impl Reader<'_> {
    fn line(&mut self) -> Result<Line, Refusal> {
        let kind = self.kind()?;
        let reference = match &kind {
            Kind::Refund => Some(self.text("referenceLineItemId")?),
            Kind::Subscription { event, .. } if event != START => Some(self.text("referenceLineItemId")?),
            Kind::Subscription { .. } | Kind::Buy { .. } => {
                self.none(&["referenceLineItemId"]);
                None
            }
        };
        Ok(Line {
            id: self.text("lineItemId")?,
            created: self.number("creationDate")?,
            is_restatement: self.flag("restatement")?,
            is_erroneous: self.flag("erroneouslySubmitted")?,
            pricing_currency: self.text("pricingCurrency")?,
            reporting_currency: self.text("reportingCurrency")?,
            exchange_rate: self.rate()?,
            exclusive: self.number("amountTaxExclusive")?,
            inclusive: self.number("amountTaxInclusive")?,
            net: self.number("netAmountTaxExclusive")?,
            tax: self.number("taxAmount")?,
            tax_country: self.text("taxCountry")?,
            reference,
            kind,
        })
    }

    fn kind(&mut self) -> Result<Kind, Refusal> {
        const OF_SUBSCRIPTIONS: &[&str] = &[
            "subscriptionEvent",
            "subscriptionStartDate",
            "subscriptionEndDate",
            "subscriptionDaysOfPaidService",
        ];
        match self.text("eventType")?.as_str() {
            // What kind it is can't be told; that it is missing is what is said.
            "" => Ok(Kind::Refund),
            "REFUND" => {
                self.none(&["productType", "productIdentifier", "quantity"]);
                self.none(OF_SUBSCRIPTIONS);
                Ok(Kind::Refund)
            }
            "BUY" => {
                let (product, quantity) = (self.text("productIdentifier")?, self.number("quantity")?);
                match self.text("productType")?.as_str() {
                    "ONE_TIME_BUY" | "" => {
                        self.none(OF_SUBSCRIPTIONS);
                        Ok(Kind::Buy { product, quantity })
                    }
                    "SUBSCRIPTION" => Ok(Kind::Subscription {
                        product,
                        quantity,
                        event: self.text("subscriptionEvent")?,
                        start: self.number("subscriptionStartDate")?,
                        end: self.number("subscriptionEndDate")?,
                        paid_days: self.number("subscriptionDaysOfPaidService")?,
                    }),
                    _ => Err(Refusal::BadRequest),
                }
            }
            _ => Err(Refusal::BadRequest),
        }
    }

    /// Text that must be there; empty, if it is missing.
    fn text(&mut self, name: &'static str) -> Result<String, Refusal> {
        match &self.value[name] {
            Value::String(text) if !text.is_empty() => Ok(text.clone()),
            Value::Null | Value::String(_) => {
                self.missing.push(Mistake::Omitted(name));
                Ok(String::new())
            }
            _ => Err(Refusal::BadRequest),
        }
    }

    /// A whole number that must be there; nought, if it is missing.
    fn number(&mut self, name: &'static str) -> Result<i64, Refusal> {
        match &self.value[name] {
            Value::Null => {
                self.missing.push(Mistake::Omitted(name));
                Ok(0)
            }
            number => number.as_i64().ok_or(Refusal::BadRequest),
        }
    }

    fn flag(&self, name: &str) -> Result<bool, Refusal> {
        match &self.value[name] {
            Value::Null => Ok(false),
            flag => flag.as_bool().ok_or(Refusal::BadRequest),
        }
    }

    fn rate(&self) -> Result<Option<String>, Refusal> {
        match &self.value["exchangeRate"] {
            Value::Null => Ok(None),
            Value::Number(rate) => Ok(Some(rate.to_string())),
            Value::String(rate) if rate.parse::<f64>().is_ok_and(f64::is_finite) => Ok(Some(rate.clone())),
            _ => Err(Refusal::BadRequest),
        }
    }

    /// Notes those of these members that are there nevertheless.
    fn none(&mut self, names: &[&'static str]) {
        let there = names.iter().filter(|name| !self.value[**name].is_null());
        self.missing.extend(there.map(|name| Mistake::NotAllowed(name)));
    }
}
