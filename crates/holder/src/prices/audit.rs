//! What a product costs in each territory, beside the base.

use super::amount::{Amount, Day};
use super::current::{Current, Origin, Price};
use super::files::{Power, Rates};
use serde::Serialize;

/// A product's prices, side by side.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Audit {
    /// The product's number.
    pub id: String,
    /// What it is.
    pub kind: &'static str,
    /// What people call it.
    pub name: String,
    /// The territory that the others are beside.
    pub base: Option<String>,
    /// The currency that prices are converted to, where there are rates.
    pub currency: Option<String>,
    /// One for each territory, the base first.
    pub rows: Vec<Row>,
}

/// The price in one territory.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// Where.
    pub territory: String,
    /// In which currency.
    pub currency: String,
    /// What a customer pays today.
    pub price: String,
    /// Whether somebody set it: `BASE`, `MANUAL` or `AUTOMATIC`.
    pub origin: &'static str,
    /// The same in the one currency.
    pub converted: Option<f64>,
    /// Beside the base's, where that is 1.
    pub beside_base: Option<f64>,
    /// The price that would be felt there as the base's is felt at home, in the territory's currency.
    pub felt_alike: Option<f64>,
    /// Today's price beside that one.
    pub beside_felt: Option<f64>,
    /// The next price, if one is known.
    pub next: Option<String>,
    /// From when.
    pub next_from: Option<String>,
}

/// What prices are put beside. What is missing is not compared.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside<'a> {
    /// The territory that the others are compared with, in place of the product's own.
    pub base: Option<&'a str>,
    /// The currency that all are told in; else that of the rates.
    pub currency: Option<&'a str>,
    /// What currencies are worth.
    pub rates: Option<&'a Rates>,
    /// What people can pay.
    pub power: Option<&'a Power>,
}

/// Puts the prices side by side as they are today.
#[must_use]
pub fn audit(current: &Current, beside: &Beside<'_>, today: &Day) -> Audit {
    let Beside { base, currency, rates, power } = *beside;
    let base = base.map(str::to_owned).or_else(|| current.base.clone());
    let home = base.as_deref().and_then(|base| current.on(base, today));
    let judge =
        Judge { current, home, currency: currency.or_else(|| rates.map(Rates::base)), rates, power, today };
    let territories = current.territories().into_iter();
    let mut rows: Vec<Row> = territories.filter_map(|territory| judge.row(territory)).collect();
    rows.sort_by_key(|row| Some(&row.territory) != base.as_ref());
    Audit {
        id: current.product.id.clone(),
        kind: current.product.kind.name(),
        name: current.product.name.clone(),
        currency: rates.and(judge.currency).map(str::to_owned),
        base,
        rows,
    }
}

struct Judge<'a> {
    current: &'a Current,
    home: Option<&'a Price>,
    currency: Option<&'a str>,
    rates: Option<&'a Rates>,
    power: Option<&'a Power>,
    today: &'a Day,
}

impl Judge<'_> {
    fn row(&self, territory: &str) -> Option<Row> {
        let price = self.current.on(territory, self.today)?;
        let next = self.current.after(territory, self.today).first().copied();
        let felt_alike = self.felt_alike(price);
        Some(Row {
            territory: territory.to_owned(),
            currency: price.currency.clone(),
            price: price.amount.to_string(),
            origin: self.origin(price),
            converted: self
                .currency
                .and_then(|to| self.convert(price.amount, &price.currency, to))
                .map(cents),
            beside_base: self.beside_base(price),
            felt_alike: felt_alike.map(cents),
            beside_felt: felt_alike.and_then(|felt| share(price.amount.as_number(), felt)),
            next: next.map(|next| next.amount.to_string()),
            next_from: next.and_then(|next| next.start.as_ref().map(ToString::to_string)),
        })
    }

    fn origin(&self, price: &Price) -> &'static str {
        match price.origin {
            _ if self.home.is_some_and(|home| home.territory == price.territory) => "BASE",
            Origin::Automatic => "AUTOMATIC",
            Origin::Manual | Origin::Preserved => "MANUAL",
        }
    }

    fn beside_base(&self, price: &Price) -> Option<f64> {
        let home = self.home?;
        let there = self.convert(price.amount, &price.currency, &home.currency)?;
        share(there, home.amount.as_number())
    }

    fn felt_alike(&self, price: &Price) -> Option<f64> {
        let home = self.home?;
        let power = self.power?.beside(&price.territory, &home.territory)?;
        Some(self.convert(home.amount, &home.currency, &price.currency)? * power)
    }

    /// The same currency needs no rates.
    fn convert(&self, amount: Amount, from: &str, to: &str) -> Option<f64> {
        match self.rates {
            Some(rates) => rates.convert(amount.as_number(), from, to),
            None => (from == to).then(|| amount.as_number()),
        }
    }
}

fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| (part / whole * 1000.0).round() / 1000.0)
}

fn cents(amount: f64) -> f64 {
    (amount * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::super::product::{Product, ProductKind};
    use super::*;

    fn price(territory: &str, currency: &str, amount: &str, start: Option<&str>) -> Price {
        Price {
            id: format!("price-{territory}-{}", start.unwrap_or("now")),
            territory: territory.into(),
            currency: currency.into(),
            point: format!("{territory}-{amount}"),
            amount: Amount::read(amount).unwrap(),
            start: start.map(|day| Day::read(day).unwrap()),
            end: None,
            origin: Origin::Manual,
        }
    }

    fn current() -> Current {
        let mut prices = vec![
            price("DEU", "EUR", "5.99", None),
            price("USA", "USD", "4.99", None),
            price("IND", "INR", "499", None),
            price("IND", "INR", "199", Some("2027-01-01")),
            price("XXX", "XXX", "1", None),
        ];
        prices[0].origin = Origin::Automatic;
        let product = Product { kind: ProductKind::App, id: "1".into(), name: "One".into() };
        Current { product, base: Some("USA".into()), prices }
    }

    fn file<T>(text: &str, read: impl Fn(&std::path::Path) -> Result<T, crate::fault::Fault>) -> T {
        let temp = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(temp.path(), text).unwrap();
        read(temp.path()).unwrap()
    }

    #[test]
    fn prices_stand_beside_the_base_and_what_people_there_can_pay() {
        let rates = file("base = \"EUR\"\n[rates]\nUSD = 1.25\nINR = 100", Rates::read);
        let power = file("[power]\nUSA = 1\nIND = 0.25", Power::read);
        let today = Day::read("2026-11-21").unwrap();
        let beside = Beside { currency: Some("USD"), rates: Some(&rates), power: Some(&power), base: None };
        let audit = audit(&current(), &beside, &today);
        let said: Vec<_> = audit
            .rows
            .iter()
            .map(|row| {
                (
                    row.territory.as_str(),
                    row.origin,
                    row.converted,
                    row.beside_base,
                    row.felt_alike,
                    row.beside_felt,
                )
            })
            .collect();
        assert_eq!(
            said,
            [
                ("USA", "BASE", Some(4.99), Some(1.0), Some(4.99), Some(1.0)),
                ("DEU", "AUTOMATIC", Some(7.49), Some(1.501), None, None),
                ("IND", "MANUAL", Some(6.24), Some(1.25), Some(99.8), Some(5.0)),
                ("XXX", "MANUAL", None, None, None, None),
            ]
        );
        let next = (audit.rows[2].next.as_deref(), audit.rows[2].next_from.as_deref());
        assert_eq!(next, (Some("199"), Some("2027-01-01")));
    }

    #[test]
    fn without_rates_only_the_same_currency_is_compared() {
        let today = Day::read("2027-01-02").unwrap();
        let audit = audit(&current(), &Beside { base: Some("IND"), ..Beside::default() }, &today);
        assert_eq!(
            (audit.currency, audit.rows[0].price.as_str(), audit.rows[0].beside_base),
            (None, "199", Some(1.0))
        );
        assert!(audit.rows[1..].iter().all(|row| row.beside_base.is_none()));
    }
}
