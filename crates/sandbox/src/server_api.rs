//! The App Store Server API: `/inApps/**`, with its own answers and its own refusals.
//!
//! Each app that App Store Connect's side of the sandbox knows has customers here, from the first time that it is asked
//! about. What they bought is kept; what follows from it by the clock is worked out.

mod claims;
mod consumption;
mod customers;
mod demonstration;
mod device;
mod extensions;
mod history;
mod identifiers;
mod notifications;
mod products;
mod query;
mod refusal;
mod renewals;
mod statuses;
mod transactions;

use crate::engine::House;
use crate::fault::Fault;
use crate::signed::Signer;
use crate::store::{Reading, Store, Writing};
use claims::Teller;
use customers::Customer;
use demonstration::{STOREFRONTS, Shop};
use http::{Method, StatusCode};
use identifiers::Given;
use products::App;
use serde_json::{Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub(crate) use notifications::{Parcel, send};
pub(crate) use refusal::Refusal;

/// Before what is answered here.
pub(crate) const PREFIX: &str = "/inApps/";

/// A call, with what the gateway said about it.
#[derive(Clone, Copy)]
pub(crate) struct Call<'c> {
    pub(crate) house: House<'c>,
    pub(crate) store: &'c Store,
    pub(crate) signer: &'c Signer,
    pub(crate) team: &'c str,
    /// The bundle id that the token names.
    pub(crate) bundle: Option<&'c str>,
    pub(crate) method: &'c Method,
    pub(crate) path: &'c str,
    pub(crate) query: &'c str,
    pub(crate) body: &'c [u8],
}

/// What is answered, and what is to be sent to the app's server besides.
pub(crate) struct Said {
    pub(crate) status: StatusCode,
    /// JSON, or nothing at all.
    pub(crate) body: String,
    pub(crate) parcels: Vec<Parcel>,
}

impl Said {
    pub(crate) fn ok(body: &Value) -> Self {
        Self { status: StatusCode::OK, body: body.to_string(), parcels: Vec::new() }
    }

    const fn nothing(status: StatusCode) -> Self {
        Self { status, body: String::new(), parcels: Vec::new() }
    }

    fn and(self, parcels: Vec<Parcel>) -> Self {
        Self { parcels, ..self }
    }
}

/// Answers a call.
///
/// # Errors
/// If it is refused, or the store does not work.
pub(crate) fn answer(call: &Call<'_>) -> Result<Said, Fault> {
    let path = call.path.strip_suffix('/').unwrap_or(call.path);
    let parts: Vec<&str> = path.split('/').skip(2).collect();
    let now = milliseconds(call.house.now);
    let answered = call.app().and_then(|app| Desk { call, app, now }.at(&parts));
    answered.map_err(in_own_form)
}

/// What broke inside is logged, and told in the form of this API, which says no more than that.
pub(crate) fn in_own_form(fault: Fault) -> Fault {
    match fault {
        Fault::InOwnForm { .. } => fault,
        fault => {
            tracing::error!(%fault, "The sandbox could not answer");
            Refusal::Internal.into()
        }
    }
}

/// Where a call about an app is answered.
struct Desk<'d> {
    call: &'d Call<'d>,
    app: App,
    /// Milliseconds since 1970.
    now: i64,
}

impl Desk<'_> {
    /// Every path of the API, with the sandbox's own at the end.
    fn at(&self, parts: &[&str]) -> Result<Said, Fault> {
        let method = match *self.call.method {
            Method::HEAD => "GET",
            ref method => method.as_str(),
        };
        match (method, parts) {
            ("GET", ["v1", "transactions", "appTransactions", id]) => transactions::of_app(self, id),
            ("PUT", ["v1", "transactions", "consumption", id]) => consumption::v1(self, id),
            ("PUT", ["v2", "transactions", "consumption", id]) => consumption::v2(self, id),
            ("PUT", ["v1", "transactions", id, "appAccountToken"]) => transactions::set_token(self, id),
            ("GET", ["v1", "transactions", id]) => transactions::one(self, id),
            ("GET", ["v1", "lookup", order]) => transactions::of_order(self, order),
            ("GET", ["v1", "history", id]) => history::all(self, id, history::Version::V1),
            ("GET", ["v2", "history", id]) => history::all(self, id, history::Version::V2),
            ("GET", ["v1", "refund", "lookup", id]) => history::refunds_at_once(self, id),
            ("GET", ["v2", "refund", "lookup", id]) => history::refunds(self, id),
            ("POST", ["v1", "subscriptions", "extend", "mass"]) => extensions::all(self),
            ("GET", ["v1", "subscriptions", "extend", "mass", product, request]) => {
                extensions::status(self, product, request)
            }
            ("PUT", ["v1", "subscriptions", "extend", id]) => extensions::one(self, id),
            ("GET", ["v1", "subscriptions", id]) => statuses::all(self, id),
            ("POST", ["v1", "notifications", "test"]) => notifications::test(self),
            ("GET", ["v1", "notifications", "test", token]) => notifications::tested(self, token),
            ("POST", ["v1", "notifications", "history"]) => notifications::history(self),
            ("GET", ["sandbox", "customers"]) => device::customers(self),
            ("POST", ["sandbox", "purchases"]) => device::buy(self),
            ("POST", ["sandbox", "refunds"]) => device::refund(self),
            ("POST", ["sandbox", "refundRequests"]) => device::ask_for_refund(self),
            ("POST", ["sandbox", "cancellations"]) => device::cancel(self),
            _ => Err(nowhere(parts)),
        }
    }

    fn read<T>(&self, work: impl FnOnce(&Reading<'_>) -> Result<T, Fault>) -> Result<T, Fault> {
        self.call.store.read(self.call.team, work)
    }

    fn write<T>(&self, work: impl FnOnce(&Writing<'_>) -> Result<T, Fault>) -> Result<T, Fault> {
        self.call.store.write(self.call.team, work)
    }

    const fn teller(&self) -> Teller<'_> {
        Teller { signer: self.call.signer, app: &self.app, now: self.now }
    }

    /// What any id that belongs to a customer means, and that customer.
    fn customer_of(&self, reading: &Reading<'_>, id: &str) -> Result<(Given, Customer), Fault> {
        let given = Given::read(id, &self.app.id)?;
        let customer = self.customer(reading, given.customer())?.ok_or(Refusal::TransactionNotFound)?;
        if let Given::Transaction(id) = given {
            let purchase = customer.purchase(id.purchase).ok_or(Refusal::TransactionNotFound)?;
            if id.renewal > purchase.last(self.now).renewal {
                return Err(Refusal::TransactionNotFound.into());
            }
        }
        Ok((given, customer))
    }

    fn customer(&self, reading: &Reading<'_>, number: u32) -> Result<Option<Customer>, Fault> {
        reading.aside(&shelf(&self.app), &key(number))
    }

    fn customers(&self, reading: &Reading<'_>) -> Result<Vec<Customer>, Fault> {
        let all = reading.shelf(&shelf(&self.app))?;
        Ok(all.into_iter().map(|(_, customer)| customer).collect())
    }

    fn keep(&self, writing: &Writing<'_>, customer: &Customer) -> Result<(), Fault> {
        keep(writing, &self.app, customer)
    }

    /// The members of the body, which must be an object.
    fn body(&self) -> Result<Value, Fault> {
        let body: Option<Value> = serde_json::from_slice(self.call.body).ok();
        Ok(body.filter(Value::is_object).ok_or(Refusal::BadRequest)?)
    }

    /// What every page of transactions says of the app.
    fn of_app(&self) -> Value {
        json!({
            "environment": claims::ENVIRONMENT,
            "bundleId": self.app.bundle,
            "appAppleId": self.app.apple_id(),
        })
    }
}

impl Call<'_> {
    /// The id of the app that the call is about.
    ///
    /// # Errors
    /// If it names none, or none that there is.
    pub(crate) fn app_id(&self) -> Result<String, Fault> {
        self.app().map(|app| app.id)
    }

    /// The app that the call is about. One that is asked about for the first time gets its customers.
    fn app(&self) -> Result<App, Fault> {
        let bundle = self.bundle.filter(|bundle| !bundle.is_empty()).ok_or(Refusal::AppIdentifier)?;
        let find = |reading: &Reading<'_>| {
            let app = App::find(&self.house, reading, bundle)?.ok_or(Refusal::AppNotFound)?;
            let is_known = reading.aside::<Customer>(&shelf(&app), &key(1))?.is_some();
            Ok((app, is_known))
        };
        let (app, is_known) = self.store.read(self.team, find)?;
        if !is_known {
            self.store.write(self.team, |writing| self.settle(writing, &app))?;
        }
        Ok(app)
    }

    fn settle(&self, writing: &Writing<'_>, app: &App) -> Result<(), Fault> {
        if writing.aside::<Customer>(&shelf(app), &key(1))?.is_some() {
            return Ok(());
        }
        let shop = |storefront: &&'static str| {
            Ok(Shop { storefront, products: products::all(writing, app, storefront)? })
        };
        let shops: Vec<Shop> = STOREFRONTS.iter().map(shop).collect::<Result<_, Fault>>()?;
        let all = demonstration::customers(&shops, milliseconds(self.house.now));
        all.iter().try_for_each(|customer| keep(writing, app, customer))
    }
}

fn keep(writing: &Writing<'_>, app: &App, customer: &Customer) -> Result<(), Fault> {
    writing.put_aside(&shelf(app), &key(customer.number), customer)
}

fn shelf(app: &App) -> String {
    format!("customers/{}", app.id)
}

fn key(customer: u32) -> String {
    format!("{customer:03}")
}

fn milliseconds(at: SystemTime) -> i64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Whether another method would do, or nothing is there.
fn nowhere(parts: &[&str]) -> Fault {
    let is_there = matches!(
        parts,
        ["v1", "transactions" | "subscriptions" | "lookup" | "history", ..]
            | ["v2", "history" | "transactions", ..]
            | ["v1", "notifications", "test" | "history", ..]
            | ["sandbox", "customers" | "purchases" | "refunds" | "refundRequests" | "cancellations"]
    );
    if is_there { Refusal::WrongMethod.into() } else { Refusal::NothingHere.into() }
}
