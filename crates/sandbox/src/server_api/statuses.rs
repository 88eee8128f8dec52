//! How all subscriptions of a customer stand.

use super::claims::Transaction;
use super::customers::{Customer, Purchase};
use super::query::Parameters;
use super::refusal::Refusal;
use super::renewals::Standing;
use super::{Desk, Said};
use crate::fault::Fault;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The states that there are, by their numbers.
const NUMBERS: &[&str] = &["1", "2", "3", "4", "5"];

pub(super) fn all(desk: &Desk<'_>, id: &str) -> Result<Said, Fault> {
    let wanted = Parameters::read(desk.call.query).words("status", NUMBERS, Refusal::Status)?;
    let (_, customer) = desk.read(|reading| desk.customer_of(reading, id))?;
    let mut groups: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for purchase in &customer.purchases {
        let (Some(standing), Some(group)) = (purchase.standing(desk.now), &purchase.product.group) else {
            continue;
        };
        let number = standing.status.number();
        if wanted.is_empty() || wanted.contains(&number.to_string().as_str()) {
            groups.entry(group).or_default().push(last(desk, &customer, purchase, &standing)?);
        }
    }
    let of_group = |(group, all): (&str, Vec<Value>)| json!({ "subscriptionGroupIdentifier": group, "lastTransactions": all });
    let mut body = desk.of_app();
    body["data"] = groups.into_iter().map(of_group).collect();
    Ok(Said::ok(&body))
}

fn last(
    desk: &Desk<'_>,
    customer: &Customer,
    purchase: &Purchase,
    standing: &Standing,
) -> Result<Value, Fault> {
    let teller = desk.teller();
    let transaction = Transaction { customer, purchase, paid: standing.last };
    Ok(json!({
        "originalTransactionId": purchase.id(&desk.app.id, customer.number, 0).to_string(),
        "status": standing.status.number(),
        "signedTransactionInfo": teller.transaction(&transaction)?,
        "signedRenewalInfo": teller.renewal(customer, purchase, standing)?,
    }))
}
