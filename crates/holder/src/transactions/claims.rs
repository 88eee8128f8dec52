//! What signed data says of itself: what it is, for which app, from where, and when.

use super::{Demand, Expected, SignedFault};
use counterfoil_core::time::Timestamp;
use serde_json::{Map, Value};

/// What the App Store signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A transaction.
    Transaction,
    /// How a subscription goes on.
    RenewalInfo,
    /// A notification, version 2.
    Notification,
    /// How an app came onto a device.
    AppTransaction,
    /// Something else, which is as genuine.
    Other,
}

impl Kind {
    /// As documents name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Transaction => "TRANSACTION",
            Self::RenewalInfo => "RENEWAL_INFO",
            Self::Notification => "NOTIFICATION",
            Self::AppTransaction => "APP_TRANSACTION",
            Self::Other => "OTHER",
        }
    }

    /// By members that no other kind has.
    fn of(payload: &Map<String, Value>) -> Self {
        let has = |name: &str| payload.contains_key(name);
        if has("notificationType") {
            Self::Notification
        } else if has("receiptType") {
            Self::AppTransaction
        } else if has("autoRenewStatus") || has("autoRenewProductId") {
            Self::RenewalInfo
        } else if has("transactionId") {
            Self::Transaction
        } else {
            Self::Other
        }
    }
}

/// From where signed data comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// The App Store.
    Production,
    /// Its sandbox.
    Sandbox,
    /// A test in Xcode, whose certificates nobody else knows.
    Xcode,
    /// A test on a device, the same.
    LocalTesting,
}

impl Environment {
    const ALL: [Self; 4] = [Self::Production, Self::Sandbox, Self::Xcode, Self::LocalTesting];

    /// As the App Store writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Production => "Production",
            Self::Sandbox => "Sandbox",
            Self::Xcode => "Xcode",
            Self::LocalTesting => "LocalTesting",
        }
    }

    /// The one that people mean, however they write it.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name().eq_ignore_ascii_case(name))
    }
}

/// What signed data says that can be judged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claims<'p> {
    pub(super) kind: Kind,
    pub(super) signed_at: Option<Timestamp>,
    bundle: Option<&'p str>,
    app: Option<u64>,
    environment: Option<&'p str>,
}

impl<'p> Claims<'p> {
    pub(super) fn of(payload: &'p Map<String, Value>) -> Self {
        let kind = Kind::of(payload);
        let text = |name: &str| payload.get(name).and_then(Value::as_str);
        let date = payload.get("signedDate").or_else(|| payload.get("receiptCreationDate"));
        let signed_at = date.and_then(Value::as_i64).map(Timestamp::from_millis);
        let app = payload.get("appAppleId").and_then(Value::as_u64);
        let said = Self { kind, signed_at, bundle: text("bundleId"), app, environment: text("environment") };
        match kind {
            Kind::Transaction | Kind::RenewalInfo | Kind::Other => said,
            Kind::AppTransaction => Self { environment: text("receiptType"), ..said },
            Kind::Notification => said.of_notification(payload),
        }
    }

    /// A notification says it of what it tells, which stands under one of four names.
    fn of_notification(self, payload: &'p Map<String, Value>) -> Self {
        let about = ["data", "summary", "appData", "externalPurchaseToken"]
            .iter()
            .find_map(|name| payload.get(*name));
        let text = |name: &str| about?.get(name)?.as_str();
        let app = about.and_then(|about| about.get("appAppleId")?.as_u64());
        let of_token = text("externalPurchaseId").map(|id| {
            if id.starts_with("SANDBOX") {
                Environment::Sandbox.name()
            } else {
                Environment::Production.name()
            }
        });
        Self { bundle: text("bundleId"), app, environment: of_token.or_else(|| text("environment")), ..self }
    }

    /// The environment comes before the app's number, which only some of them name.
    pub(super) fn judge(&self, demand: &Demand<'_>) -> Result<(), SignedFault> {
        self.judge_bundle(demand.bundle)?;
        match demand.environment {
            Expected::Exactly(expected) if self.environment != Some(expected.name()) => {
                Err(SignedFault::Environment(self.environment.map(str::to_owned), expected))
            }
            _ => self.judge_app(demand.app),
        }
    }

    fn judge_bundle(&self, expected: Expected<&str>) -> Result<(), SignedFault> {
        match expected {
            Expected::Exactly(expected)
                if self.kind != Kind::RenewalInfo && self.bundle != Some(expected) =>
            {
                Err(SignedFault::Bundle(self.bundle.map(str::to_owned)))
            }
            _ => Ok(()),
        }
    }

    /// Only notifications and app transactions have a number. The App Store's sandbox gives none to anything.
    fn judge_app(&self, expected: Expected<u64>) -> Result<(), SignedFault> {
        let Expected::Exactly(expected) = expected else { return Ok(()) };
        let may_lack = !matches!(self.kind, Kind::Notification | Kind::AppTransaction)
            || self.environment == Some(Environment::Sandbox.name());
        match self.app {
            Some(app) if app == expected => Ok(()),
            None if may_lack => Ok(()),
            app => Err(SignedFault::App(app)),
        }
    }
}
