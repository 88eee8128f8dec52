//! Whether lines are right by themselves, and fit each other and what was reported before.

use super::Mistakes;
use super::line::{Kind, Line, START};
use super::mistake::Mistake;
use crate::dates::Day;
use crate::rules::territories;
use std::collections::{BTreeMap, BTreeSet};

const DAY: i64 = 24 * 3_600_000;
/// How long a line may be restated.
const YEAR: i64 = 365 * DAY;
/// Before this, nobody reported anything: whoever writes seconds for milliseconds is found out.
const FIRST: Day = Day::of_civil(2024, 1, 1);
const LONGEST: usize = 255;
const PAYMENT: &str = "SUBSCRIPTION_PAYMENT";

/// Every mistake of these lines. `known` are those that were reported before, by their ids.
pub(super) fn all(lines: &[Line], known: &BTreeMap<String, Line>, now: i64) -> Mistakes {
    let mut after = known.clone();
    after.extend(lines.iter().map(|line| (line.id.clone(), line.clone())));
    let mut seen = BTreeSet::new();
    let mut mistakes = Vec::new();
    for line in lines {
        let mut of_line = Vec::new();
        if !seen.insert(&line.id) {
            of_line.push(Mistake::Duplicate("lineItemId"));
        }
        of_itself(line, now, &mut of_line);
        against_before(line, known.get(&line.id), now, &mut of_line);
        against_reference(line, &after, &mut of_line);
        if of_line.is_empty() {
            of_line.extend(net(line, lines, &after));
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
    note(line.created < FIRST.0 * DAY, Mistake::TooFarInPast("creationDate"));
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
fn against_reference(line: &Line, all: &BTreeMap<String, Line>, mistakes: &mut Vec<Mistake>) {
    let Some(id) = line.reference.as_ref().filter(|id| **id != line.id) else { return };
    let Some(other) = all.get(id) else {
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
    note(other.is_refund(), Mistake::ReferenceIsNoBuy);
    note(other.reporting_currency != line.reporting_currency, Mistake::ReportingCurrencyMismatch);
    note(other.pricing_currency != line.pricing_currency, Mistake::PricingCurrencyMismatch);
    note(other.exchange_rate != line.exchange_rate, Mistake::ExchangeRateMismatch);
    note(other.tax_country != line.tax_country, Mistake::TaxCountryMismatch);
}

/// What is left of a purchase after all its refunds stands in each line of it that is reported together.
fn net(line: &Line, lines: &[Line], all: &BTreeMap<String, Line>) -> Option<Mistake> {
    let of = |line: &Line| if line.is_refund() { line.reference.clone() } else { Some(line.id.clone()) };
    let purchase = of(line)?;
    let others = lines.iter().filter(|other| of(other).as_ref() == Some(&purchase));
    if others.into_iter().any(|other| other.net != line.net) {
        return Some(Mistake::NetAmountMismatch);
    }
    let paid = all.get(&purchase).filter(|purchase| !purchase.is_erroneous).map_or(0, |it| it.exclusive);
    let refunds = all.values().filter(|it| it.is_refund() && !it.is_erroneous);
    let given_back = refunds.filter(|it| it.reference.as_ref() == Some(&purchase)).map(|it| it.exclusive);
    let left = given_back.fold(paid, i64::saturating_sub);
    (left != line.net).then_some(Mistake::NetAmount)
}
