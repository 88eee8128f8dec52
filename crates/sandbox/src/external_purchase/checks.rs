//! Whether lines are right by themselves, and fit each other and what was reported before.

use super::Mistakes;
use super::line::{Kind, Line, START};
use super::mistake::Mistake;
use crate::dates::Day;
use crate::rules::territories;
use std::collections::{BTreeMap, BTreeSet};

const DAY: i64 = 24 * 3_600_000;
/// How long a line may be restated and refunded.
const YEAR: i64 = 365 * DAY;
/// How long it may be reported.
const REPORTED: i64 = 3 * YEAR;
/// Before this, nobody reported anything: whoever writes seconds for milliseconds is found out.
const FIRST: Day = Day::of_civil(2024, 1, 1);
const LONGEST: usize = 255;
const PAYMENT: &str = "SUBSCRIPTION_PAYMENT";

/// Every mistake of these lines. `known` are those that were reported before, by their ids, as far as these have to do with
/// them.
pub(super) fn all(lines: &[Line], known: &BTreeMap<String, Line>, now: i64) -> Mistakes {
    let after: BTreeMap<&str, &Line> =
        known.values().chain(lines).map(|line| (line.id.as_str(), line)).collect();
    let (nets, referring) = (Nets::of(lines, &after), referring(lines, known));
    let mut seen = BTreeSet::new();
    let mut mistakes = Vec::new();
    for line in lines {
        let mut of_line = Vec::new();
        if !seen.insert(&line.id) {
            of_line.push(Mistake::Duplicate("lineItemId"));
        }
        of_itself(line, now, &mut of_line);
        against_before(line, known.get(&line.id), now, &mut of_line);
        against_reference(line, &after, now, &mut of_line);
        against_referring(line, referring.get(line.id.as_str()), &mut of_line);
        if of_line.is_empty() {
            of_line.extend(nets.mistake_of(line));
        }
        mistakes.extend(of_line.into_iter().map(|mistake| (mistake, Some(line.id.clone()))));
    }
    mistakes
}

/// What can be said of a line alone.
fn of_itself(line: &Line, now: i64, mistakes: &mut Vec<Mistake>) {
    let mut note = |is_wrong: bool, mistake| {
        if is_wrong {
            mistakes.push(mistake);
        }
    };
    let product = match &line.kind {
        Kind::Buy { product, .. } | Kind::Subscription { product, .. } => product.as_str(),
        Kind::Refund => "",
    };
    for (name, text, most) in [
        ("lineItemId", line.id.as_str(), LONGEST),
        ("referenceLineItemId", line.reference.as_deref().unwrap_or_default(), LONGEST),
        ("productIdentifier", product, LONGEST),
        ("pricingCurrency", line.pricing_currency.as_str(), 3),
        ("exchangeRate", line.exchange_rate.as_deref().unwrap_or_default(), 32),
    ] {
        note(text.len() > most, Mistake::TooLong(name));
    }
    note(line.created > now, Mistake::FutureDate);
    note(line.created < (FIRST.0 * DAY).max(now - REPORTED), Mistake::TooFarInPast("creationDate"));
    note(!is_currency(&line.reporting_currency), Mistake::UnknownEnum("reportingCurrency"));
    note(territories::of(&line.tax_country).is_none(), Mistake::UnknownEnum("taxCountry"));
    let is_exchanged = line.pricing_currency != line.reporting_currency;
    note(is_exchanged && is_currency(&line.pricing_currency), Mistake::ExchangeNotAllowed);
    note(is_exchanged && line.exchange_rate.is_none(), Mistake::Omitted("exchangeRate"));
    note(!is_exchanged && line.exchange_rate.is_some(), Mistake::NotAllowed("exchangeRate"));
    let rate = line.exchange_rate.as_ref().and_then(|rate| rate.parse::<f64>().ok());
    note(rate.is_some_and(|rate| rate <= 0.0), Mistake::NotPositive("exchangeRate"));
    for (name, amount) in [
        ("amountTaxExclusive", line.exclusive),
        ("amountTaxInclusive", line.inclusive),
        ("netAmountTaxExclusive", line.net),
        ("taxAmount", line.tax),
    ] {
        note(amount < 0, Mistake::Negative(name));
    }
    note(line.exclusive.checked_add(line.tax) != Some(line.inclusive), Mistake::AmountTaxInclusive);
    note(line.reference.as_ref() == Some(&line.id), Mistake::SelfReference);
    note(line.is_erroneous && !line.is_restatement, Mistake::ErroneousNotRestatement);
    match &line.kind {
        Kind::Refund => {}
        Kind::Buy { quantity, .. } => note(*quantity <= 0, Mistake::NotPositive("quantity")),
        Kind::Subscription { quantity, event, start, end, paid_days, .. } => {
            note(*quantity <= 0, Mistake::NotPositive("quantity"));
            note(*start < FIRST.0 * DAY, Mistake::TooFarInPast("subscriptionStartDate"));
            note(*end < FIRST.0 * DAY, Mistake::TooFarInPast("subscriptionEndDate"));
            note(start > end, Mistake::StartAfterEnd);
            note(*paid_days < 0, Mistake::Negative("subscriptionDaysOfPaidService"));
            note(event == START && *paid_days > 0, Mistake::StartWithPaidDays);
            note(event == PAYMENT && line.inclusive <= 0, Mistake::PaymentOfNothing);
        }
    }
}

fn is_currency(code: &str) -> bool {
    code == "BGN" || territories::ALL.iter().any(|territory| territory.currency == code)
}

/// Whether it is new, or a restatement of what was there.
fn against_before(line: &Line, before: Option<&Line>, now: i64, mistakes: &mut Vec<Mistake>) {
    match before {
        None if line.is_restatement => mistakes.push(Mistake::NotFound("lineItemId")),
        None => {}
        Some(_) if !line.is_restatement => mistakes.push(Mistake::Duplicate("lineItemId")),
        Some(before) => {
            if before.created != line.created {
                mistakes.push(Mistake::RestatedDateMismatch);
            } else if now - before.created > YEAR {
                mistakes.push(Mistake::RestatedTooLate);
            }
            if before.is_erroneous && line.is_erroneous {
                mistakes.push(Mistake::RepeatErroneous);
            }
        }
    }
}

/// Whether what it is about is there, and what it must be.
fn against_reference(line: &Line, all: &BTreeMap<&str, &Line>, now: i64, mistakes: &mut Vec<Mistake>) {
    let Some(id) = line.reference.as_ref().filter(|id| **id != line.id) else { return };
    let Some(other) = all.get(id.as_str()) else {
        mistakes.push(Mistake::NotFound("referenceLineItemId"));
        return;
    };
    let mut note = |is_wrong: bool, mistake| {
        if is_wrong {
            mistakes.push(mistake);
        }
    };
    note(other.created > line.created, Mistake::ReferenceIsLater);
    note(other.is_erroneous && !line.is_erroneous, Mistake::ReferenceIsErroneous);
    if !line.is_refund() {
        note(other.event() != Some(START), Mistake::ReferenceIsNoStart);
        return;
    }
    note(!line.is_restatement && now - other.created > YEAR, Mistake::RefundedTooLate);
    note(other.is_refund(), Mistake::ReferenceIsNoBuy);
    note(other.reporting_currency != line.reporting_currency, Mistake::ReportingCurrencyMismatch);
    note(other.pricing_currency != line.pricing_currency, Mistake::PricingCurrencyMismatch);
    note(other.exchange_rate != line.exchange_rate, Mistake::ExchangeRateMismatch);
    note(other.tax_country != line.tax_country, Mistake::TaxCountryMismatch);
}

/// The lines that refer to others, by those. What is reported now is judged by what it refers to itself.
fn referring<'k>(lines: &[Line], known: &'k BTreeMap<String, Line>) -> BTreeMap<&'k str, Vec<&'k Line>> {
    let now: BTreeSet<&str> = lines.iter().map(|line| line.id.as_str()).collect();
    let mut referring: BTreeMap<&str, Vec<&Line>> = BTreeMap::new();
    for line in known.values().filter(|line| !now.contains(line.id.as_str())) {
        if let Some(reference) = &line.reference {
            referring.entry(reference).or_default().push(line);
        }
    }
    referring
}

/// Whether it can become what it is said to be now, while others refer to what it was.
fn against_referring(line: &Line, referring: Option<&Vec<&Line>>, mistakes: &mut Vec<Mistake>) {
    let Some(referring) = referring else { return };
    let mut note = |is_wrong: bool, mistake| {
        if is_wrong {
            mistakes.push(mistake);
        }
    };
    let is_there = |is_it: fn(&Line) -> bool| referring.iter().any(|other| is_it(other));
    note(line.is_erroneous && is_there(|other| !other.is_erroneous), Mistake::ErroneousReferenced);
    note(line.is_refund() && is_there(Line::is_refund), Mistake::RefundOfRefund);
    note(
        line.event() != Some(START) && is_there(|other| other.event().is_some()),
        Mistake::NoStartReferenced,
    );
}

/// What is left of each purchase after all its refunds, and what is said to be: that stands in each line of it that is
/// reported together. It is added up once for all lines, not for each.
struct Nets<'l> {
    /// Nothing, where lines of a purchase say different things.
    said: BTreeMap<&'l str, Option<i64>>,
    left: BTreeMap<&'l str, i64>,
}

impl<'l> Nets<'l> {
    fn of(lines: &'l [Line], all: &BTreeMap<&'l str, &'l Line>) -> Self {
        let mut said = BTreeMap::new();
        for line in lines {
            let Some(purchase) = purchase_of(line) else { continue };
            let of_purchase = said.entry(purchase).or_insert(Some(line.net));
            *of_purchase = of_purchase.filter(|net| *net == line.net);
        }
        let counted = || all.values().filter(|line| !line.is_erroneous);
        let mut left: BTreeMap<&str, i64> =
            counted().map(|line| (line.id.as_str(), line.exclusive)).collect();
        for refund in counted().filter(|line| line.is_refund()) {
            let Some(purchase) = purchase_of(refund) else { continue };
            let of_purchase = left.entry(purchase).or_default();
            *of_purchase = of_purchase.saturating_sub(refund.exclusive);
        }
        Self { said, left }
    }

    fn mistake_of(&self, line: &Line) -> Option<Mistake> {
        let purchase = purchase_of(line)?;
        let left = self.left.get(purchase).copied().unwrap_or_default();
        match self.said.get(purchase).copied().flatten() {
            None => Some(Mistake::NetAmountMismatch),
            Some(said) => (said != left).then_some(Mistake::NetAmount),
        }
    }
}

/// The purchase that a line is of: a refund's is the one it refers to, any other line is one itself.
fn purchase_of(line: &Line) -> Option<&str> {
    if line.is_refund() { line.reference.as_deref() } else { Some(&line.id) }
}
