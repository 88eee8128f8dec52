//! All transactions of a customer, a page at a time, and those that were taken back.

use super::claims::{Transaction, ownership};
use super::customers::{Customer, ProductKind};
use super::query::Parameters;
use super::refusal::Refusal;
use super::{Desk, Said};
use crate::fault::Fault;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// How many transactions a page has at most.
const PAGE: usize = 20;

/// Which history: the first leaves out consumables that the app has delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    V1,
    V2,
}

pub(super) fn all(desk: &Desk<'_>, id: &str, version: Version) -> Result<Said, Fault> {
    let parameters = Parameters::read(desk.call.query);
    let wanted = Wanted::read(&parameters)?;
    let after = Revision::asked(&parameters)?;
    let (_, customer) = desk.read(|reading| desk.customer_of(reading, id))?;
    let shown = |transaction: &Transaction<'_>| {
        let is_gone = transaction.purchase.product.kind == ProductKind::Consumable
            && transaction.purchase.finished
            && version == Version::V1;
        !is_gone && wanted.holds(transaction)
    };
    let some = transactions(desk, &customer, shown);
    let mut body = desk.of_app();
    page(desk, &mut body, some, after, wanted.backwards)?;
    Ok(Said::ok(&body))
}

/// What was taken back, a page at a time.
pub(super) fn refunds(desk: &Desk<'_>, id: &str) -> Result<Said, Fault> {
    let after = Revision::asked(&Parameters::read(desk.call.query))?;
    let (_, customer) = desk.read(|reading| desk.customer_of(reading, id))?;
    let mut body = json!({});
    page(desk, &mut body, transactions(desk, &customer, is_revoked), after, false)?;
    Ok(Said::ok(&body))
}

/// The same, as the first version of it answers: all at once.
pub(super) fn refunds_at_once(desk: &Desk<'_>, id: &str) -> Result<Said, Fault> {
    let (_, customer) = desk.read(|reading| desk.customer_of(reading, id))?;
    let all = transactions(desk, &customer, is_revoked);
    let signed: Vec<String> =
        all.iter().map(|one| desk.teller().transaction(one)).collect::<Result<_, _>>()?;
    Ok(Said::ok(&json!({ "signedTransactions": signed })))
}

fn is_revoked(transaction: &Transaction<'_>) -> bool {
    transaction.purchase.revocation(transaction.paid.renewal).is_some()
}

/// Those of a customer's transactions, the one that changed first at first.
fn transactions<'c>(
    desk: &Desk<'_>,
    customer: &'c Customer,
    some: impl Fn(&Transaction<'_>) -> bool,
) -> Vec<Transaction<'c>> {
    let mut all = Transaction::all(customer, desk.now);
    all.retain(some);
    all.sort_by_key(Revision::of);
    all
}

/// Writes the page after a revision, with the revision after which the next begins.
fn page(
    desk: &Desk<'_>,
    body: &mut Value,
    mut all: Vec<Transaction<'_>>,
    after: Option<Revision>,
    backwards: bool,
) -> Result<(), Fault> {
    if backwards {
        all.reverse();
    }
    if let Some(after) = &after {
        all.retain(|one| if backwards { Revision::of(one) < *after } else { Revision::of(one) > *after });
    }
    let has_more = all.len() > PAGE;
    all.truncate(PAGE);
    let last = all.last().map(Revision::of).or(after).unwrap_or_default();
    let signed: Vec<String> =
        all.iter().map(|one| desk.teller().transaction(one)).collect::<Result<_, _>>()?;
    body["revision"] = last.written().into();
    body["hasMore"] = has_more.into();
    body["signedTransactions"] = signed.into();
    Ok(())
}

/// Where a page ended: at a time of change, and which of those that changed then.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Revision(i64, u32, u32);

impl Revision {
    fn of(transaction: &Transaction<'_>) -> Self {
        let (purchase, renewal) = transaction.place();
        Self(transaction.modified(), purchase, renewal)
    }

    fn asked(parameters: &Parameters) -> Result<Option<Self>, Refusal> {
        let read = |text: &str| Self::read(text).ok_or(Refusal::Revision);
        parameters.one("revision", Refusal::Revision)?.map(read).transpose()
    }

    fn written(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}_{}_{}", self.0, self.1, self.2))
    }

    fn read(text: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let mut parts = text.split('_');
        let (time, purchase, renewal) = (parts.next()?, parts.next()?, parts.next()?);
        let read = Self(time.parse().ok()?, purchase.parse().ok()?, renewal.parse().ok()?);
        parts.next().is_none().then_some(read)
    }
}

/// What a history is limited to.
struct Wanted {
    start: Option<i64>,
    end: Option<i64>,
    products: Vec<String>,
    kinds: Vec<&'static str>,
    groups: Vec<String>,
    ownership: Option<&'static str>,
    revoked: Option<bool>,
    backwards: bool,
}

impl Wanted {
    fn read(parameters: &Parameters) -> Result<Self, Refusal> {
        let start = parameters.time("startDate", Refusal::StartDate)?;
        let end = parameters.time("endDate", Refusal::EndDate)?;
        if start.zip(end).is_some_and(|(start, end)| start >= end) {
            return Err(Refusal::StartAfterEnd);
        }
        let ownership =
            parameters.words("inAppOwnershipType", &["FAMILY_SHARED", "PURCHASED"], Refusal::Ownership)?;
        let sort = parameters.words("sort", &["ASCENDING", "DESCENDING"], Refusal::Sort)?;
        if ownership.len() > 1 {
            return Err(Refusal::Ownership);
        }
        if sort.len() > 1 {
            return Err(Refusal::Sort);
        }
        let kinds: Vec<&str> = ProductKind::ALL.iter().map(|kind| kind.word()).collect();
        let excluded = parameters.flag("excludeRevoked", Refusal::ExcludeRevoked)?;
        Ok(Self {
            start,
            end,
            products: filled(parameters, "productId", |_| true, Refusal::ProductId)?,
            kinds: parameters.words("productType", &kinds, Refusal::ProductType)?,
            groups: filled(
                parameters,
                "subscriptionGroupIdentifier",
                |group| group.bytes().all(|byte| byte.is_ascii_digit()),
                Refusal::SubscriptionGroup,
            )?,
            ownership: ownership.first().copied(),
            revoked: parameters
                .flag("revoked", Refusal::Revoked)?
                .or(excluded.filter(|excluded| *excluded).map(|_| false)),
            backwards: sort.first() == Some(&"DESCENDING"),
        })
    }

    fn holds(&self, transaction: &Transaction<'_>) -> bool {
        let (purchase, at) = (transaction.purchase, transaction.paid.begins);
        let product = &purchase.product;
        self.start.is_none_or(|start| at >= start)
            && self.end.is_none_or(|end| at < end)
            && (self.products.is_empty() || self.products.contains(&product.id))
            && (self.kinds.is_empty() || self.kinds.contains(&product.kind.word()))
            && (self.groups.is_empty()
                || product.group.as_ref().is_some_and(|group| self.groups.contains(group)))
            && self.ownership.is_none_or(|wanted| wanted == ownership(purchase))
            && self.revoked.is_none_or(|wanted| wanted == is_revoked(transaction))
    }
}

/// Every value of a parameter, none of them empty or of another form.
fn filled(
    parameters: &Parameters,
    name: &str,
    form: impl Fn(&str) -> bool,
    refusal: Refusal,
) -> Result<Vec<String>, Refusal> {
    let read = |value: &str| {
        let is_good = !value.is_empty() && form(value);
        is_good.then(|| value.to_owned()).ok_or(refusal)
    };
    parameters.all(name).map(read).collect()
}
