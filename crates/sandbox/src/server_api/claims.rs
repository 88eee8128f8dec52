//! What is said, under a signature, of a transaction, a renewal, and the app itself.

use super::customers::{Customer, ProductKind, Purchase};
use super::identifiers::app_transaction_id;
use super::products::App;
use super::renewals::{Paid, Standing};
use crate::fault::Fault;
use crate::signed::Signer;
use serde_json::{Map, Value, json};

/// As what this sandbox signs.
pub(super) const ENVIRONMENT: &str = "Sandbox";
/// All of the money, in thousandths of a hundredth.
const WHOLE: u32 = 100_000;

/// Who says it, of which app, and when.
#[derive(Clone, Copy)]
pub(super) struct Teller<'t> {
    pub(super) signer: &'t Signer,
    pub(super) app: &'t App,
    pub(super) now: i64,
}

/// A transaction of a customer.
#[derive(Clone, Copy)]
pub(super) struct Transaction<'c> {
    pub(super) customer: &'c Customer,
    pub(super) purchase: &'c Purchase,
    pub(super) paid: Paid,
}

impl<'c> Transaction<'c> {
    /// All of a customer, until now.
    pub(super) fn all(customer: &'c Customer, now: i64) -> Vec<Self> {
        let of = |purchase: &'c Purchase| {
            purchase.paid(now).into_iter().map(move |paid| Self { customer, purchase, paid })
        };
        customer.purchases.iter().flat_map(of).collect()
    }

    /// When something of it last changed.
    pub(super) fn modified(&self) -> i64 {
        self.purchase.revocation(self.paid.renewal).map_or(self.paid.begins, |revoked| revoked.at)
    }

    /// Its place among transactions that changed at the same time.
    pub(super) const fn place(&self) -> (u32, u32) {
        (self.purchase.number, self.paid.renewal)
    }
}

impl Teller<'_> {
    pub(super) fn transaction(&self, transaction: &Transaction<'_>) -> Result<String, Fault> {
        let Transaction { customer, purchase, paid } = transaction;
        let id = purchase.id(&self.app.id, customer.number, paid.renewal);
        let product = &purchase.product;
        let mut claims = self.of_customer(customer);
        claims.extend(object(json!({
            "transactionId": id.to_string(),
            "originalTransactionId": id.original().to_string(),
            "bundleId": self.app.bundle,
            "productId": product.id,
            "purchaseDate": paid.begins,
            "originalPurchaseDate": purchase.at,
            "quantity": purchase.quantity,
            "type": product.kind.words(),
            "inAppOwnershipType": ownership(purchase),
            "transactionReason": if paid.renewal == 0 { "PURCHASE" } else { "RENEWAL" },
            "storefront": customer.storefront,
            "storefrontId": storefront_id(&customer.storefront),
            "price": product.price,
            "currency": product.currency,
        })));
        if product.kind == ProductKind::AutoRenewable {
            claims.insert("webOrderLineItemId".to_owned(), id.web_order_line_item().into());
            claims.insert("expiresDate".to_owned(), paid.ends.into());
            claims.insert("subscriptionGroupIdentifier".to_owned(), product.group.clone().into());
        }
        if let Some(token) = &purchase.token {
            claims.insert("appAccountToken".to_owned(), token.as_str().into());
        }
        if let Some(revoked) = purchase.revocation(paid.renewal) {
            claims.insert("revocationDate".to_owned(), revoked.at.into());
            claims.insert("revocationReason".to_owned(), revoked.reason.into());
            claims.insert("revocationType".to_owned(), revocation_type(purchase).into());
            claims.insert("revocationPercentage".to_owned(), WHOLE.into());
        }
        self.signer.sign(&Value::Object(claims))
    }

    /// What is known of the next renewal of a subscription.
    pub(super) fn renewal(
        &self,
        customer: &Customer,
        purchase: &Purchase,
        standing: &Standing,
    ) -> Result<String, Fault> {
        let product = &purchase.product;
        let original = purchase.id(&self.app.id, customer.number, 0);
        let mut claims = self.of_customer(customer);
        claims.extend(object(json!({
            "originalTransactionId": original.to_string(),
            "productId": product.id,
            "autoRenewProductId": product.id,
            "autoRenewStatus": u8::from(standing.renews),
            "recentSubscriptionStartDate": purchase.at,
            "renewalDate": standing.last.ends,
            "currency": product.currency,
            "renewalPrice": product.price,
        })));
        if let Some(intent) = standing.intent {
            claims.insert("expirationIntent".to_owned(), intent.into());
            claims.insert("isInBillingRetryPeriod".to_owned(), standing.is_retried.into());
        }
        if let Some(until) = standing.grace_until {
            claims.insert("gracePeriodExpiresDate".to_owned(), until.into());
        }
        if let Some(token) = &purchase.token {
            claims.insert("appAccountToken".to_owned(), token.as_str().into());
        }
        self.signer.sign(&Value::Object(claims))
    }

    /// What is known of the app on the customer's devices.
    pub(super) fn app_transaction(&self, customer: &Customer) -> Result<String, Fault> {
        self.signer.sign(&json!({
            "receiptType": ENVIRONMENT,
            "appAppleId": self.app.apple_id(),
            "bundleId": self.app.bundle,
            "applicationVersion": "1.0",
            "versionExternalIdentifier": 1,
            "receiptCreationDate": self.now,
            "originalPurchaseDate": customer.since,
            "originalApplicationVersion": "1.0",
            "appTransactionId": app_transaction_id(&self.app.id, customer.number),
            "originalPlatform": "iOS",
        }))
    }

    fn of_customer(&self, customer: &Customer) -> Map<String, Value> {
        object(json!({
            "environment": ENVIRONMENT,
            "signedDate": self.now,
            "appTransactionId": app_transaction_id(&self.app.id, customer.number),
        }))
    }
}

/// How a purchase was had, as transactions and queries say it.
pub(super) const fn ownership(purchase: &Purchase) -> &'static str {
    if purchase.shared { "FAMILY_SHARED" } else { "PURCHASED" }
}

const fn revocation_type(purchase: &Purchase) -> &'static str {
    if purchase.shared { "FAMILY_REVOKE" } else { "REFUND_FULL" }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// The store's own number of a storefront; that of the United States, where the sandbox knows no other.
fn storefront_id(storefront: &str) -> &'static str {
    match storefront {
        "DEU" => "143443",
        "FRA" => "143442",
        "GBR" => "143444",
        "JPN" => "143462",
        "CAN" => "143455",
        _ => "143441",
    }
}
