//! What apps of the demonstration are built by.

use super::{DemoApp, Garden};
use crate::fault::Fault;
use crate::store::Kept;
use serde_json::json;

/// What all apps' workflows need.
pub(super) struct Cloud {
    provider: Kept,
    xcode: Kept,
    system: Kept,
}

impl Garden<'_> {
    pub(super) fn cloud(&self) -> Result<Cloud, Fault> {
        let provider = json!({
            "scmProviderType": { "kind": "GITHUB_CLOUD", "displayName": "GitHub", "isOnPremise": false },
            "url": "https://github.com",
        });
        let xcode = json!({ "version": "Xcode26.1", "name": "Xcode 26.1", "testDestinations": [] });
        let xcode = self.plant("ciXcodeVersions", None, &xcode, &[])?;
        let system = json!({ "version": "26.1", "name": "macOS Tahoe 26.1" });
        let fits = [("xcodeVersions", "ciXcodeVersions", xcode.id.as_str())];
        Ok(Cloud {
            provider: self.plant("scmProviders", None, &provider, &[])?,
            system: self.plant("ciMacOsVersions", None, &system, &fits)?,
            xcode,
        })
    }

    /// A product of the app's, with a repository, a workflow and a run that is over.
    pub(super) fn built_by(&self, app: &DemoApp, cloud: &Cloud) -> Result<(), Fault> {
        let name = app.bundle.rsplit('.').next().unwrap_or("app");
        let repository = json!({
            "ownerName": "sandbox-team", "repositoryName": name, "lastAccessedDate": self.days_ago(1),
            "httpCloneUrl": format!("https://github.com/sandbox-team/{name}.git"),
            "sshCloneUrl": format!("ssh://git@github.com/sandbox-team/{name}.git"),
        });
        let from = [("scmProvider", "scmProviders", cloud.provider.id.as_str())];
        let repository = self.plant("scmRepositories", None, &repository, &from)?;
        let branch = json!({ "name": "main", "canonicalName": "refs/heads/main" });
        let of_repository = ("repository", "scmRepositories", repository.id.as_str());
        let branch = self.plant("scmGitReferences", None, &branch, &[of_repository])?;
        let product = json!({ "name": app.name, "createdDate": self.days_ago(90) });
        let refers =
            [("app", "apps", app.id), ("primaryRepositories", "scmRepositories", repository.id.as_str())];
        let product = self.plant("ciProducts", None, &product, &refers)?;
        let of_product = ("product", "ciProducts", product.id.as_str());
        let workflow = json!({
            "name": "Release", "description": "Archives what comes to main", "isEnabled": true, "clean": false,
            "containerFilePath": format!("{name}.xcodeproj"), "lastModifiedDate": self.days_ago(30),
            "branchStartCondition": { "source": { "isAllMatch": false, "patterns": [{ "pattern": "main", "isPrefix": false }] } },
            "actions": [{ "name": "Archive - iOS", "actionType": "ARCHIVE", "platform": "IOS", "scheme": name, "isRequiredToPass": true }],
        });
        let refers = [
            of_product,
            of_repository,
            ("xcodeVersion", "ciXcodeVersions", cloud.xcode.id.as_str()),
            ("macOsVersion", "ciMacOsVersions", cloud.system.id.as_str()),
        ];
        let workflow = self.plant("ciWorkflows", None, &workflow, &refers)?;
        self.run_of(&product, &workflow, &branch)
    }

    fn run_of(&self, product: &Kept, workflow: &Kept, branch: &Kept) -> Result<(), Fault> {
        let day = self.days_ago(2);
        let over = json!({
            "executionProgress": "COMPLETE", "completionStatus": "SUCCEEDED", "startedDate": day, "finishedDate": day,
            "issueCounts": { "analyzerWarnings": 0, "errors": 0, "testFailures": 0, "warnings": 0 },
        });
        let with = |more: serde_json::Value| {
            let mut all = over.as_object().cloned().unwrap_or_default();
            all.extend(more.as_object().cloned().unwrap_or_default());
            serde_json::Value::Object(all)
        };
        let refers = [
            ("product", "ciProducts", product.id.as_str()),
            ("workflow", "ciWorkflows", workflow.id.as_str()),
            ("sourceBranchOrTag", "scmGitReferences", branch.id.as_str()),
        ];
        let started = json!({ "number": 1, "createdDate": day, "startReason": "GIT_REF_CHANGE" });
        let run = self.plant("ciBuildRuns", None, &with(started), &refers)?;
        let archive = json!({ "name": "Archive - iOS", "actionType": "ARCHIVE" });
        self.plant("ciBuildActions", None, &with(archive), &[("buildRun", "ciBuildRuns", run.id.as_str())])?;
        Ok(())
    }
}
