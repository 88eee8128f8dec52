//! An app's customers and what they bought. What follows from a purchase as time goes by is not kept, but worked out
//! in [`super::renewals`].

use super::identifiers::{MOST, TransactionId, number_of};
use super::renewals::Period;
use serde::{Deserialize, Serialize};

/// A customer of an app. All times are milliseconds since 1970.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Customer {
    pub(super) number: u32,
    /// What there is to try with this one, for people.
    pub(super) about: String,
    pub(super) storefront: String,
    /// Since when this one has the app.
    pub(super) since: i64,
    pub(super) purchases: Vec<Purchase>,
}

/// Something that was bought once; a subscription with all its renewals.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Purchase {
    pub(super) number: u32,
    pub(super) product: Product,
    pub(super) at: i64,
    pub(super) quantity: u32,
    /// Had by Family Sharing, not bought.
    pub(super) shared: bool,
    /// Whether the app has marked it as delivered.
    pub(super) finished: bool,
    pub(super) token: Option<String>,
    pub(super) revoked: Vec<Revocation>,
    pub(super) extended: Vec<Extension>,
    pub(super) fate: Fate,
}

/// What was bought, as it was then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Product {
    pub(super) id: String,
    pub(super) kind: ProductKind,
    /// Of a subscription: its group, and how long it lasts.
    pub(super) group: Option<String>,
    pub(super) period: Option<Period>,
    /// In thousandths of the currency.
    pub(super) price: i64,
    pub(super) currency: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum ProductKind {
    Consumable,
    NonConsumable,
    NonRenewing,
    AutoRenewable,
}

impl ProductKind {
    /// As transactions say it.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Consumable => "Consumable",
            Self::NonConsumable => "Non-Consumable",
            Self::NonRenewing => "Non-Renewing Subscription",
            Self::AutoRenewable => "Auto-Renewable Subscription",
        }
    }

    /// As queries say it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Consumable => "CONSUMABLE",
            Self::NonConsumable => "NON_CONSUMABLE",
            Self::NonRenewing => "NON_RENEWABLE",
            Self::AutoRenewable => "AUTO_RENEWABLE",
        }
    }

    pub(super) const ALL: &[Self] =
        &[Self::Consumable, Self::NonConsumable, Self::NonRenewing, Self::AutoRenewable];
}

/// That a transaction was taken back.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Revocation {
    pub(super) renewal: u32,
    pub(super) at: i64,
    /// 1 for a fault of the app, 0 for any other cause.
    pub(super) reason: u8,
}

/// That a period was made longer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Extension {
    pub(super) renewal: u32,
    pub(super) days: u32,
    pub(super) at: i64,
    pub(super) request: String,
}

/// What becomes of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Fate {
    Renews,
    /// The customer does not want it any longer: it ends with this period. Since when that is known.
    Ends {
        with: u32,
        decided: i64,
    },
    /// After this period the next is never paid; whether the customer goes on for some days nevertheless.
    Fails {
        after: u32,
        grace: bool,
    },
}

impl Purchase {
    /// Bought just now, by the customer, to go on for ever.
    pub(super) fn new(number: u32, product: Product, at: i64) -> Self {
        Self {
            number,
            product,
            at,
            quantity: 1,
            shared: false,
            finished: true,
            token: None,
            revoked: Vec::new(),
            extended: Vec::new(),
            fate: Fate::Renews,
        }
    }

    pub(super) fn id(&self, app: &str, customer: u32, renewal: u32) -> TransactionId {
        TransactionId { app: number_of(app), customer, purchase: self.number, renewal }
    }

    pub(super) fn revocation(&self, renewal: u32) -> Option<&Revocation> {
        self.revoked.iter().find(|revoked| revoked.renewal == renewal)
    }
}

impl Customer {
    pub(super) fn purchase(&self, number: u32) -> Option<&Purchase> {
        self.purchases.iter().find(|purchase| purchase.number == number)
    }

    pub(super) fn purchase_mut(&mut self, number: u32) -> Option<&mut Purchase> {
        self.purchases.iter_mut().find(|purchase| purchase.number == number)
    }

    /// Adds a purchase, if there is room for one more.
    pub(super) fn buys(&mut self, product: Product, at: i64) -> Option<&mut Purchase> {
        let number = self.purchases.iter().map(|purchase| purchase.number).max().unwrap_or(0) + 1;
        (number <= MOST).then(|| self.purchases.push(Purchase::new(number, product, at)))?;
        self.purchases.last_mut()
    }
}
