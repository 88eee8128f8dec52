//! The demonstration: a small team's apps, so that there is something to list, change and break.

mod cloud;
mod heard;
mod signing;
mod words;

use crate::dates::{Day, moment};
use crate::engine::{House, Refers};
use crate::fault::Fault;
use crate::rules::price_table::Tier;
use crate::rules::worked_out::Point;
use crate::store::{Kept, Writing};
use serde_json::{Value, json};
use std::time::Duration;
use words::{APPS, CATEGORIES, LOCALES, REVIEWS, TESTERS};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Plants the demonstration.
pub(crate) fn demonstration(house: House<'_>, writing: &Writing<'_>) -> Result<(), Fault> {
    let garden = Garden { house, writing };
    garden.categories()?;
    garden.people_and_systems()?;
    let testers = garden.testers()?;
    let cloud = garden.cloud()?;
    for (place, app) in APPS.iter().enumerate() {
        garden.app(place, app, &testers)?;
        garden.built_by(app, &cloud)?;
    }
    garden.buyers()?;
    garden.devices()?;
    garden.signing()
}

/// An app of the demonstration.
pub(super) struct DemoApp {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) bundle: &'static str,
    pub(super) subtitle: &'static str,
    pub(super) category: &'static str,
    pub(super) tier: u32,
}

struct Garden<'g> {
    house: House<'g>,
    writing: &'g Writing<'g>,
}

impl Garden<'_> {
    /// Keeps a resource as it is given, with what only the issuer may say.
    fn plant(
        &self,
        kind: &str,
        id: Option<&str>,
        attributes: &Value,
        refers: &Refers<'_>,
    ) -> Result<Kept, Fault> {
        self.house.keep_given(self.writing, kind, id, attributes, refers)
    }

    fn days_ago(&self, days: u32) -> String {
        moment(self.house.now.checked_sub(DAY * days).unwrap_or(self.house.now))
    }

    fn categories(&self) -> Result<(), Fault> {
        for (name, below) in CATEGORIES {
            let platforms = json!({ "platforms": ["IOS", "MAC_OS", "TV_OS"] });
            self.plant("appCategories", Some(name), &platforms, &[])?;
            for sub in below.split_whitespace() {
                let id = format!("{name}_{sub}");
                self.plant("appCategories", Some(&id), &platforms, &[("parent", "appCategories", name)])?;
            }
        }
        Ok(())
    }

    fn testers(&self) -> Result<Vec<Kept>, Fault> {
        let tester = |(first, last): &(&str, &str)| {
            let email = format!("{}.{}@testers.example", first.to_lowercase(), last.to_lowercase());
            let attributes =
                json!({ "firstName": first, "lastName": last, "email": email, "state": "INSTALLED" });
            self.plant("betaTesters", None, &attributes, &[])
        };
        TESTERS.iter().map(tester).collect()
    }

    fn app(&self, place: usize, app: &DemoApp, testers: &[Kept]) -> Result<(), Fault> {
        let attributes = json!({
            "name": app.name,
            "bundleId": app.bundle,
            "sku": format!("SANDBOX{:03}", place + 1),
            "primaryLocale": "en-US",
            "contentRightsDeclaration": "DOES_NOT_USE_THIRD_PARTY_CONTENT",
        });
        self.plant("apps", Some(app.id), &attributes, &[])?;
        self.info(app)?;
        let builds = self.builds(app)?;
        let released =
            self.version(app, "1.0", "READY_FOR_SALE", "READY_FOR_DISTRIBUTION", builds.first())?;
        self.version(app, "1.1", "PREPARE_FOR_SUBMISSION", "PREPARE_FOR_SUBMISSION", builds.last())?;
        self.groups(app, testers)?;
        self.price(app)?;
        self.purchases(place, app)?;
        self.reviews(app, &released)?;
        self.store(app)?;
        self.feedback(app, builds.last(), testers.first())?;
        self.beta(app)?;
        self.clip(app)?;
        self.plant("subscriptionGracePeriods", Some(app.id), &json!({}), &[("app", "apps", app.id)])?;
        let bundle = json!({ "name": app.name, "identifier": app.bundle, "platform": "UNIVERSAL", "seedId": "SANDBOXTEAM" });
        let bundle = self.plant("bundleIds", None, &bundle, &[])?;
        let capability = json!({ "capabilityType": "IN_APP_PURCHASE" });
        self.plant("bundleIdCapabilities", None, &capability, &[("bundleId", "bundleIds", &bundle.id)])?;
        Ok(())
    }

    fn info(&self, app: &DemoApp) -> Result<(), Fault> {
        let refers = [("app", "apps", app.id), ("primaryCategory", "appCategories", app.category)];
        let state = json!({ "appStoreState": "READY_FOR_SALE", "state": "READY_FOR_DISTRIBUTION", "appStoreAgeRating": "FOUR_PLUS" });
        let info = self.plant("appInfos", None, &state, &refers)?;
        let of_info = [("appInfo", "appInfos", info.id.as_str())];
        self.plant("ageRatingDeclarations", None, &json!({}), &of_info)?;
        for locale in LOCALES {
            let words = json!({
                "locale": locale, "name": app.name, "subtitle": app.subtitle,
                "privacyPolicyUrl": format!("https://{}.example/privacy", app.bundle.rsplit('.').next().unwrap_or("app")),
            });
            self.plant("appInfoLocalizations", None, &words, &of_info)?;
        }
        Ok(())
    }

    fn version(
        &self,
        app: &DemoApp,
        number: &str,
        state: &str,
        app_state: &str,
        build: Option<&Kept>,
    ) -> Result<Kept, Fault> {
        let attributes = json!({
            "platform": "IOS", "versionString": number, "appStoreState": state, "appVersionState": app_state,
            "copyright": "2026 Sandbox Team", "createdDate": self.days_ago(30),
        });
        let mut refers = vec![("app", "apps", app.id)];
        refers.extend(build.map(|build| ("build", "builds", build.id.as_str())));
        let version = self.plant("appStoreVersions", None, &attributes, &refers)?;
        for locale in LOCALES {
            let words = json!({
                "locale": locale,
                "description": format!("{}: {}", app.name, app.subtitle),
                "keywords": "sandbox,demonstration",
                "supportUrl": "https://support.example",
                "whatsNew": if number == "1.0" { Value::Null } else { "Smaller and faster.".into() },
            });
            let refers = [("appStoreVersion", "appStoreVersions", version.id.as_str())];
            self.plant("appStoreVersionLocalizations", None, &words, &refers)?;
        }
        Ok(version)
    }

    fn builds(&self, app: &DemoApp) -> Result<Vec<Kept>, Fault> {
        let mut builds = Vec::new();
        for (version, numbers) in [("1.0", 1..=2), ("1.1", 3..=4)] {
            let attributes = json!({ "version": version, "platform": "IOS" });
            let train = self.plant("preReleaseVersions", None, &attributes, &[("app", "apps", app.id)])?;
            for number in numbers {
                let attributes = json!({
                    "version": number.to_string(), "uploadedDate": self.days_ago(50 - number * 10),
                    "expirationDate": moment(self.house.now + DAY * 60), "minOsVersion": "17.0",
                    "usesNonExemptEncryption": false,
                });
                let refers =
                    [("app", "apps", app.id), ("preReleaseVersion", "preReleaseVersions", train.id.as_str())];
                let build = self.plant("builds", None, &attributes, &refers)?;
                let of_build = [("build", "builds", build.id.as_str())];
                self.plant("buildBetaDetails", Some(&build.id), &json!({}), &of_build)?;
                let words = json!({ "locale": "en-US", "whatsNew": format!("Build {number}") });
                self.plant("betaBuildLocalizations", None, &words, &of_build)?;
                let bundle = json!({ "bundleId": app.bundle, "minimumOsVersion": "17.0" });
                self.plant("buildBundles", None, &bundle, &of_build)?;
                builds.push(build);
            }
        }
        Ok(builds)
    }

    fn groups(&self, app: &DemoApp, testers: &[Kept]) -> Result<(), Fault> {
        for (name, is_internal, some) in [("Team", true, 0..2), ("Friends", false, 2..testers.len())] {
            let attributes =
                json!({ "name": name, "isInternalGroup": is_internal, "createdDate": self.days_ago(40) });
            let mut refers = vec![("app", "apps", app.id)];
            let members = testers.get(some).unwrap_or_default();
            refers.extend(members.iter().map(|tester| ("betaTesters", "betaTesters", tester.id.as_str())));
            self.plant("betaGroups", None, &attributes, &refers)?;
        }
        Ok(())
    }

    fn beta(&self, app: &DemoApp) -> Result<(), Fault> {
        let of_app = [("app", "apps", app.id)];
        let contact = json!({ "contactFirstName": "Ada", "contactLastName": "Example", "contactEmail": "ada@team.example" });
        self.plant("betaAppReviewDetails", Some(app.id), &contact, &of_app)?;
        self.plant(
            "betaLicenseAgreements",
            Some(app.id),
            &json!({ "agreementText": "For testing only." }),
            &of_app,
        )?;
        let words =
            json!({ "locale": "en-US", "description": app.subtitle, "feedbackEmail": "ada@team.example" });
        self.plant("betaAppLocalizations", None, &words, &of_app)?;
        Ok(())
    }

    fn clip(&self, app: &DemoApp) -> Result<(), Fault> {
        let bundle = json!({ "bundleId": format!("{}.Clip", app.bundle) });
        let clip = self.plant("appClips", None, &bundle, &[("app", "apps", app.id)])?;
        let of_clip = [("appClip", "appClips", clip.id.as_str())];
        let met = self.plant("appClipDefaultExperiences", None, &json!({ "action": "OPEN" }), &of_clip)?;
        let words = json!({ "locale": "en-US", "subtitle": app.subtitle });
        let refers = [("appClipDefaultExperience", "appClipDefaultExperiences", met.id.as_str())];
        self.plant("appClipDefaultExperienceLocalizations", None, &words, &refers)?;
        Ok(())
    }

    /// People who buy in the real sandbox of purchases.
    fn buyers(&self) -> Result<(), Fault> {
        for (first, territory) in [("Dorothy", "USA"), ("Konrad", "DEU")] {
            let attributes = json!({
                "firstName": first, "lastName": "Buyer", "territory": territory,
                "acAccountName": format!("{}@buyers.example", first.to_lowercase()),
            });
            self.plant("sandboxTesters", None, &attributes, &[])?;
        }
        Ok(())
    }

    fn price(&self, app: &DemoApp) -> Result<(), Fault> {
        let refers = [("app", "apps", app.id), ("baseTerritory", "territories", "USA")];
        self.plant("appPriceSchedules", Some(app.id), &json!({}), &refers)?;
        let point = Point::new(app.id, "USA", Tier(app.tier)).id();
        let refers = [
            ("schedule", "appPriceSchedules", app.id),
            ("appPricePoint", "appPricePoints", point.as_str()),
            ("territory", "territories", "USA"),
        ];
        self.plant("appPrices", None, &json!({}), &refers)?;
        Ok(())
    }

    fn purchases(&self, place: usize, app: &DemoApp) -> Result<(), Fault> {
        let of_app = [("app", "apps", app.id)];
        for (number, (name, kind)) in
            [("Ten coins", "CONSUMABLE"), ("All themes", "NON_CONSUMABLE")].into_iter().enumerate()
        {
            let id = format!("650000{place}{number}01");
            let product = format!("{}.{}", app.bundle, name.to_lowercase().replace(' ', "_"));
            let attributes =
                json!({ "name": name, "productId": product, "inAppPurchaseType": kind, "state": "APPROVED" });
            self.plant("inAppPurchases", Some(&id), &attributes, &of_app)?;
            let words = json!({ "name": name, "locale": "en-US", "description": name, "state": "APPROVED" });
            let refers = [("inAppPurchaseV2", "inAppPurchases", id.as_str())];
            self.plant("inAppPurchaseLocalizations", None, &words, &refers)?;
        }
        let group = self.plant("subscriptionGroups", None, &json!({ "referenceName": "Plus" }), &of_app)?;
        for (level, (name, period, tier)) in
            [("Yearly", "ONE_YEAR", 300), ("Monthly", "ONE_MONTH", 48)].into_iter().enumerate()
        {
            self.subscription(place, app, &group, level, name, period, Tier(tier))?;
        }
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "one subscription, word for word")]
    fn subscription(
        &self,
        place: usize,
        app: &DemoApp,
        group: &Kept,
        level: usize,
        name: &str,
        period: &str,
        tier: Tier,
    ) -> Result<(), Fault> {
        let id = format!("651000{place}{level}01");
        let attributes = json!({
            "name": format!("Plus {name}"), "productId": format!("{}.plus.{}", app.bundle, name.to_lowercase()),
            "subscriptionPeriod": period, "groupLevel": level + 1, "state": "APPROVED",
        });
        let of_group = [("group", "subscriptionGroups", group.id.as_str())];
        self.plant("subscriptions", Some(&id), &attributes, &of_group)?;
        let words = json!({ "name": format!("Plus {name}"), "locale": "en-US", "state": "APPROVED" });
        let of_subscription = ("subscription", "subscriptions", id.as_str());
        self.plant("subscriptionLocalizations", None, &words, &[of_subscription])?;
        for territory in ["USA", "DEU", "JPN", "GBR"] {
            let point = Point::new(&id, territory, tier).id();
            let refers = [
                of_subscription,
                ("territory", "territories", territory),
                ("subscriptionPricePoint", "subscriptionPricePoints", point.as_str()),
            ];
            self.plant("subscriptionPrices", None, &json!({}), &refers)?;
        }
        Ok(())
    }

    fn reviews(&self, app: &DemoApp, version: &Kept) -> Result<(), Fault> {
        for (place, (rating, territory, title, body)) in (1..).zip(REVIEWS) {
            let attributes = json!({
                "rating": rating, "title": title, "body": body, "reviewerNickname": format!("reader{place}"),
                "createdDate": self.days_ago(place * 3), "territory": territory,
            });
            let refers = [
                ("app", "apps", app.id),
                ("appStoreVersion", "appStoreVersions", version.id.as_str()),
                ("reviewTerritory", "territories", territory),
            ];
            self.plant("customerReviews", None, &attributes, &refers)?;
        }
        Ok(())
    }

    fn devices(&self) -> Result<(), Fault> {
        for (place, (name, class, model)) in (1..).zip([
            ("Ada's phone", "IPHONE", "iPhone 16"),
            ("Test tablet", "IPAD", "iPad Pro"),
            ("Studio", "MAC", "Mac Studio"),
        ]) {
            let attributes = json!({
                "name": name, "platform": if class == "MAC" { "MAC_OS" } else { "IOS" }, "deviceClass": class, "model": model,
                "udid": format!("00008110-{place:016X}"), "addedDate": self.days_ago(90), "status": "ENABLED",
            });
            self.plant("devices", None, &attributes, &[])?;
        }
        let day = Day::of(self.house.now);
        debug_assert!(day > Day(0), "a clock that was set");
        Ok(())
    }
}
