//! The ids of transactions, orders and app transactions. They say by themselves whose they are, so that nothing has
//! to be kept to find a transaction by any of them.

use super::refusal::Refusal;

/// A transaction of an app's customer: a purchase, and which of its renewals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TransactionId {
    pub(super) app: u32,
    pub(super) customer: u32,
    pub(super) purchase: u32,
    /// 0 is the purchase itself.
    pub(super) renewal: u32,
}

/// The most customers of an app, purchases of a customer and renewals of a purchase.
pub(super) const MOST: u32 = 999;
const DIGITS: usize = 16;
const LONGEST: usize = 20;

/// What a client's transaction id means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Given {
    Transaction(TransactionId),
    /// An app transaction id, of this customer.
    AppTransaction(u32),
}

impl Given {
    /// Reads any id that may belong to a customer of this app.
    pub(super) fn read(text: &str, app: &str) -> Result<Self, Refusal> {
        let is_number = (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number {
            return Err(Refusal::TransactionId);
        }
        if let Some(id) = TransactionId::read(text).filter(|id| id.app == number_of(app)) {
            return Ok(Self::Transaction(id));
        }
        let customer = text.get(7..10).and_then(|part| part.parse().ok());
        let customer = customer.filter(|customer| app_transaction_id(app, *customer) == text);
        customer.map(Self::AppTransaction).ok_or(Refusal::TransactionNotFound)
    }

    pub(super) const fn customer(self) -> u32 {
        match self {
            Self::Transaction(id) => id.customer,
            Self::AppTransaction(customer) => customer,
        }
    }
}

impl TransactionId {
    fn read(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("20").filter(|_| text.len() == DIGITS)?;
        Self::of_number(digits.parse().ok()?)
    }

    fn of_number(number: u64) -> Option<Self> {
        let part = |divisor: u64, most: u64| u32::try_from(number / divisor % most).ok();
        Some(Self {
            app: part(1_000_000_000, 100_000)?,
            customer: part(1_000_000, 1_000)?,
            purchase: part(1_000, 1_000)?,
            renewal: part(1, 1_000)?,
        })
    }

    fn number(self) -> u64 {
        let parts =
            [(self.app, 100_000), (self.customer, 1_000), (self.purchase, 1_000), (self.renewal, 1_000)];
        parts.iter().fold(0, |number, (part, most)| number * most + u64::from(*part) % most)
    }

    /// The id of the transaction with which the purchase began.
    pub(super) const fn original(self) -> Self {
        Self { renewal: 0, ..self }
    }

    /// The id of the purchase event of a subscription, across devices.
    pub(super) fn web_order_line_item(self) -> String {
        format!("21{:014}", self.number())
    }

    /// The order, as it stands on the customer's receipt: `M` and nine letters and digits.
    pub(super) fn order(self) -> String {
        let mut number = self.number();
        let mut signs = ['0'; 9];
        for sign in signs.iter_mut().rev() {
            *sign = char::from_digit(u32::try_from(number % 36).unwrap_or(0), 36).unwrap_or('0');
            number /= 36;
        }
        std::iter::once('M').chain(signs).collect::<String>().to_ascii_uppercase()
    }

    /// The transaction of an order of this app.
    pub(super) fn of_order(order: &str, app: &str) -> Option<Self> {
        let signs = order.strip_prefix('M').filter(|signs| signs.len() == 9)?;
        let id = Self::of_number(u64::from_str_radix(signs, 36).ok()?)?;
        (id.order() == order && id.app == number_of(app)).then_some(id)
    }
}

impl std::fmt::Display for TransactionId {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "20{:014}", self.number())
    }
}

/// What of an app stands in the ids of its transactions.
pub(super) fn number_of(app: &str) -> u32 {
    u32::try_from(spread(app) % 100_000).unwrap_or(0)
}

/// The id of the app's download by a customer.
pub(super) fn app_transaction_id(app: &str, customer: u32) -> String {
    let check = spread(&format!("{app} {customer}")) % 100_000_000;
    format!("70{:05}{customer:03}{check:08}", number_of(app))
}

/// FNV-1a: the same each time.
fn spread(text: &str) -> u64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash >> 20
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: &str = "6448311069";

    fn id(customer: u32, purchase: u32, renewal: u32) -> TransactionId {
        TransactionId { app: number_of(APP), customer, purchase, renewal }
    }

    #[test]
    fn ids_and_orders_lead_back_to_their_transaction() {
        for (customer, purchase, renewal) in [(1, 1, 0), (999, 999, 999), (7, 30, 12)] {
            let id = id(customer, purchase, renewal);
            let text = id.to_string();
            assert_eq!(text.len(), 16);
            assert_eq!(Given::read(&text, APP), Ok(Given::Transaction(id)));
            assert_eq!(Given::read(&text, "6448311070"), Err(Refusal::TransactionNotFound));
            let order = id.order();
            assert_eq!(order.len(), 10);
            assert_eq!(TransactionId::of_order(&order, APP), Some(id));
            assert_eq!(TransactionId::of_order(&order.to_lowercase(), APP), None);
        }
        let of_app = app_transaction_id(APP, 7);
        assert_eq!(Given::read(&of_app, APP), Ok(Given::AppTransaction(7)));
        assert_eq!(of_app.len(), 18);
    }

    #[test]
    fn what_is_no_id_is_told_from_one_that_leads_nowhere() {
        for text in ["", "x", "12 3", "-1", "123456789012345678901", "１２", "20½"] {
            assert_eq!(Given::read(text, APP), Err(Refusal::TransactionId), "{text}");
        }
        for text in ["0", "1000000", "2000000000000001", "704289572311513293"] {
            assert_eq!(Given::read(text, APP), Err(Refusal::TransactionNotFound), "{text}");
        }
        for order in ["", "M", "MSD3B7XL1D", "W1234567890", "M½½½½", "ZZZZZZZZZZ", "MZZZZZZZZZ"] {
            assert_eq!(TransactionId::of_order(order, APP), None, "{order}");
        }
    }
}
