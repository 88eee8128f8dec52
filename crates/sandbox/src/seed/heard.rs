//! What is heard of the demonstration's apps: by the store, and by testers.

use super::{DemoApp, Garden};
use crate::fault::Fault;
use crate::store::Kept;
use serde_json::json;

impl Garden<'_> {
    /// Someone who did things, and the systems that testers may be asked for.
    pub(super) fn people_and_systems(&self) -> Result<(), Fault> {
        let ada = json!({
            "actorType": "USER", "userFirstName": "Ada", "userLastName": "Example", "userEmail": "ada@team.example",
        });
        self.plant("actors", Some("ada"), &ada, &[])?;
        let versions = ["17.0", "18.0", "26.0"];
        let systems = json!({ "deviceFamilyOsVersions": [
            { "deviceFamily": "IPHONE", "osVersions": versions }, { "deviceFamily": "IPAD", "osVersions": versions },
        ]});
        self.plant("betaRecruitmentCriterionOptions", Some("options"), &systems, &[])?;
        Ok(())
    }

    /// Tags, keywords and a summary of reviews.
    pub(super) fn store(&self, app: &DemoApp) -> Result<(), Fault> {
        let of_app = ("app", "apps", app.id);
        for word in app.subtitle.split_whitespace() {
            let refers = [of_app, ("territories", "territories", "USA")];
            self.plant("appTags", None, &json!({ "name": word }), &refers)?;
        }
        let name = app.name.rsplit(' ').next().unwrap_or(app.name).to_lowercase();
        for word in [name.clone(), format!("best {name}")] {
            let attributes = json!({ "platform": "IOS", "locale": "en-US" });
            self.plant("appKeywords", Some(&word), &attributes, &[of_app])?;
        }
        let summary = json!({
            "createdDate": self.days_ago(1), "locale": "en-US", "platform": "IOS",
            "text": format!("People like what {} does, and would like it faster.", app.name),
        });
        let refers = [of_app, ("territory", "territories", "USA")];
        self.plant("customerReviewSummarizations", None, &summary, &refers)?;
        Ok(())
    }

    /// A picture that a tester sent with a word on it, and a crash.
    pub(super) fn feedback(
        &self,
        app: &DemoApp,
        build: Option<&Kept>,
        tester: Option<&Kept>,
    ) -> Result<(), Fault> {
        let mut refers = vec![("app", "apps", app.id)];
        refers.extend(build.map(|build| ("build", "builds", build.id.as_str())));
        refers.extend(tester.map(|tester| ("tester", "betaTesters", tester.id.as_str())));
        let mut said = json!({
            "createdDate": self.days_ago(2), "comment": "The last line is cut off.", "deviceModel": "iPhone17,1",
            "osVersion": "26.0", "locale": "en-US", "timeZone": "Europe/Berlin", "architecture": "arm64e",
            "connectionType": "WIFI", "batteryPercentage": 80, "screenWidthInPoints": 393, "screenHeightInPoints": 852,
            "appPlatform": "IOS", "devicePlatform": "IOS", "deviceFamily": "IPHONE", "buildBundleId": app.bundle,
            "screenshots": [],
        });
        self.plant("betaFeedbackScreenshotSubmissions", None, &said, &refers)?;
        said["comment"] = "It ended when I turned the phone.".into();
        said["appUptimeInMilliseconds"] = 61_000.into();
        let crash = self.plant("betaFeedbackCrashSubmissions", None, &said, &refers)?;
        let log = format!("Identifier: {}\nException Type: EXC_BREAKPOINT (SIGTRAP)\n", app.bundle);
        let refers = [("submission", "betaFeedbackCrashSubmissions", crash.id.as_str())];
        self.plant("betaCrashLogs", None, &json!({ "logText": log }), &refers)?;
        Ok(())
    }
}
