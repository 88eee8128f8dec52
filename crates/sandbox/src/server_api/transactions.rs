//! Single transactions: by their ids, by an order, of the app itself; and the token of the app's own account.

use super::claims::{Transaction, ownership};
use super::customers::Customer;
use super::identifiers::{Given, TransactionId};
use super::refusal::Refusal;
use super::{Desk, Said};
use crate::fault::Fault;
use crate::ids;
use crate::store::Writing;
use http::StatusCode;
use serde_json::{Value, json};

/// One transaction.
pub(super) fn one(desk: &Desk<'_>, id: &str) -> Result<Said, Fault> {
    let (given, customer) = desk.read(|reading| desk.customer_of(reading, id))?;
    let Given::Transaction(id) = given else { return Err(Refusal::AppTransactionIdNotSupported.into()) };
    let transaction = find(desk, &customer, id).ok_or(Refusal::TransactionNotFound)?;
    let signed = desk.teller().transaction(&transaction)?;
    Ok(Said::ok(&json!({ "signedTransactionInfo": signed })))
}

/// The app, as the customer has it.
pub(super) fn of_app(desk: &Desk<'_>, id: &str) -> Result<Said, Fault> {
    let (_, customer) = desk.read(|reading| desk.customer_of(reading, id))?;
    let signed = desk.teller().app_transaction(&customer)?;
    Ok(Said::ok(&json!({ "signedAppTransactionInfo": signed })))
}

/// What was bought by an order; an order that is none of the app's is no fault, but invalid.
pub(super) fn of_order(desk: &Desk<'_>, order: &str) -> Result<Said, Fault> {
    let invalid = json!({ "status": 1, "signedTransactions": [] });
    let Some(id) = TransactionId::of_order(order, &desk.app.id) else { return Ok(Said::ok(&invalid)) };
    let customer = desk.read(|reading| desk.customer(reading, id.customer))?;
    let transaction = customer.as_ref().and_then(|customer| find(desk, customer, id));
    let Some(transaction) = transaction else { return Ok(Said::ok(&invalid)) };
    let signed = desk.teller().transaction(&transaction)?;
    Ok(Said::ok(&json!({ "status": 0, "signedTransactions": [signed] })))
}

/// Says to which account of the app's own a purchase belongs, with all that follows from it.
pub(super) fn set_token(desk: &Desk<'_>, id: &str) -> Result<Said, Fault> {
    let given = Given::read(id, &desk.app.id).map_err(|refusal| match refusal {
        Refusal::TransactionNotFound => Refusal::OriginalNotFound,
        other => other,
    })?;
    let Given::Transaction(id) = given else { return Err(Refusal::AppTransactionIdNotSupported.into()) };
    let body = desk.body()?;
    let token =
        body["appAccountToken"].as_str().and_then(ids::read_uuid).ok_or(Refusal::AppAccountTokenUuid)?;
    desk.write(|writing| token_of(desk, writing, id, &token))?;
    Ok(Said::nothing(StatusCode::OK))
}

fn token_of(desk: &Desk<'_>, writing: &Writing<'_>, id: TransactionId, token: &str) -> Result<(), Fault> {
    let mut customer = desk.customer(writing, id.customer)?.ok_or(Refusal::OriginalNotFound)?;
    let purchase = customer.purchase_mut(id.purchase).ok_or(Refusal::OriginalNotFound)?;
    if id.renewal > purchase.last(desk.now).renewal {
        return Err(Refusal::OriginalNotFound.into());
    }
    if id.renewal > 0 {
        return Err(Refusal::NotOriginal.into());
    }
    if ownership(purchase) == "FAMILY_SHARED" {
        return Err(Refusal::FamilyTransaction.into());
    }
    purchase.token = Some(token.to_owned());
    desk.keep(writing, &customer)
}

/// A customer's transaction of this id.
pub(super) fn find<'c>(
    desk: &Desk<'_>,
    customer: &'c Customer,
    id: TransactionId,
) -> Option<Transaction<'c>> {
    let purchase = customer.purchase(id.purchase)?;
    let paid = purchase.paid(desk.now).into_iter().find(|paid| paid.renewal == id.renewal)?;
    Some(Transaction { customer, purchase, paid })
}

/// Text in a member that must have some.
pub(super) fn text<'b>(body: &'b Value, name: &str) -> Option<&'b str> {
    body[name].as_str().filter(|text| !text.is_empty())
}
