//! What has a price: an app, an in-app purchase, a subscription.

use super::store::Store;
use crate::fault::Fault;
use serde_json::Value;

/// What it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProductKind {
    /// An app.
    App,
    /// An in-app purchase.
    InAppPurchase,
    /// A subscription.
    Subscription,
}

/// A product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// What it is.
    pub kind: ProductKind,
    /// Its number.
    pub id: String,
    /// What people call it.
    pub name: String,
}

impl ProductKind {
    const ALL: [Self; 3] = [Self::App, Self::InAppPurchase, Self::Subscription];

    /// In words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::InAppPurchase => "in-app purchase",
            Self::Subscription => "subscription",
        }
    }

    /// Its type in the API.
    pub(super) const fn resource(self) -> &'static str {
        match self {
            Self::App => "apps",
            Self::InAppPurchase => "inAppPurchases",
            Self::Subscription => "subscriptions",
        }
    }

    /// The relation by which schedules and prices name it.
    pub(super) const fn relation(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::InAppPurchase => "inAppPurchase",
            Self::Subscription => "subscription",
        }
    }

    pub(super) const fn schedules(self) -> &'static str {
        match self {
            Self::App => "appPriceSchedules",
            Self::InAppPurchase | Self::Subscription => "inAppPurchasePriceSchedules",
        }
    }

    pub(super) const fn prices(self) -> &'static str {
        match self {
            Self::App => "appPrices",
            Self::InAppPurchase => "inAppPurchasePrices",
            Self::Subscription => "subscriptionPrices",
        }
    }

    pub(super) const fn points(self) -> &'static str {
        match self {
            Self::App => "appPricePoints",
            Self::InAppPurchase => "inAppPurchasePricePoints",
            Self::Subscription => "subscriptionPricePoints",
        }
    }

    /// The relation by which a price names its point.
    pub(super) const fn point(self) -> &'static str {
        match self {
            Self::App => "appPricePoint",
            Self::InAppPurchase => "inAppPurchasePricePoint",
            Self::Subscription => "subscriptionPricePoint",
        }
    }

    const fn path(self) -> &'static str {
        match self {
            Self::App => "/v1/apps",
            Self::InAppPurchase => "/v2/inAppPurchases",
            Self::Subscription => "/v1/subscriptions",
        }
    }
}

impl Product {
    /// Its own place in the API.
    pub(super) fn path(&self) -> String {
        format!("{}/{}", self.kind.path(), self.id)
    }

    /// Where its schedule is; subscriptions have none.
    pub(super) fn schedule_path(&self) -> Option<String> {
        match self.kind {
            ProductKind::App => Some(format!("{}/appPriceSchedule", self.path())),
            ProductKind::InAppPurchase => Some(format!("{}/iapPriceSchedule", self.path())),
            ProductKind::Subscription => None,
        }
    }

    /// Where its price points are.
    pub(super) fn points_path(&self) -> String {
        match self.kind {
            ProductKind::App => format!("{}/appPricePoints", self.path()),
            ProductKind::InAppPurchase | ProductKind::Subscription => format!("{}/pricePoints", self.path()),
        }
    }

    /// The product that is meant by a number, a bundle id or a product id.
    ///
    /// # Errors
    /// There is none that the key may see.
    pub fn find(store: &mut Store<'_, '_>, meant: &str) -> Result<Self, Fault> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        if meant.is_empty() || meant.len() > 255 || !meant.bytes().all(is_plain) {
            return Err(Fault::new(format!("`{}` is no id of a product", shown(meant)), SEE));
        }
        let is_number = meant.bytes().all(|byte| byte.is_ascii_digit());
        let found = if is_number { Self::by_number(store, meant)? } else { Self::by_name(store, meant)? };
        found.ok_or_else(|| Fault::new(format!("there is no product {meant} that this key may see"), SEE))
    }

    fn by_number(store: &mut Store<'_, '_>, number: &str) -> Result<Option<Self>, Fault> {
        for kind in ProductKind::ALL {
            if let Some(found) = store.find(&format!("{}/{number}", kind.path()))? {
                return Ok(Some(Self::of(kind, &found["data"])));
            }
        }
        Ok(None)
    }

    /// A bundle id is an app's; a product id is looked for in each app.
    fn by_name(store: &mut Store<'_, '_>, name: &str) -> Result<Option<Self>, Fault> {
        let apps = store.list(&format!("/v1/apps?filter[bundleId]={name}&limit=200"))?;
        let is_it = |app: &&Value| app["attributes"]["bundleId"] == name;
        if let Some(app) = rows(&apps).iter().find(is_it) {
            return Ok(Some(Self::of(ProductKind::App, app)));
        }
        let apps = store.list("/v1/apps?limit=200&fields[apps]=name")?;
        for app in rows(&apps) {
            let found = Self::in_app(store, app["id"].as_str().unwrap_or_default(), name)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    fn in_app(store: &mut Store<'_, '_>, app: &str, name: &str) -> Result<Option<Self>, Fault> {
        let found =
            store.list(&format!("/v1/apps/{app}/inAppPurchasesV2?filter[productId]={name}&limit=200"))?;
        let is_it = |product: &&Value| product["attributes"]["productId"] == name;
        if let Some(product) = rows(&found).iter().find(is_it) {
            return Ok(Some(Self::of(ProductKind::InAppPurchase, product)));
        }
        let groups = store.list(&format!("/v1/apps/{app}/subscriptionGroups?limit=200"))?;
        for group in rows(&groups) {
            let group = group["id"].as_str().unwrap_or_default();
            let path =
                format!("/v1/subscriptionGroups/{group}/subscriptions?filter[productId]={name}&limit=200");
            if let Some(product) = rows(&store.list(&path)?).iter().find(is_it) {
                return Ok(Some(Self::of(ProductKind::Subscription, product)));
            }
        }
        Ok(None)
    }

    fn of(kind: ProductKind, row: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Self { kind, id: text(&row["id"]), name: text(&row["attributes"]["name"]) }
    }
}

const SEE: &str = "give an app's number or bundle id, or a product's number or product id; `counterfoil request GET \
                   /v1/apps` lists the apps";

pub(super) fn rows(document: &Value) -> &[Value] {
    document["data"].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn shown(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(80).collect()
}
