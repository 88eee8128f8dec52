//! Builds that are sent in: the file of one makes a build, which is good some time later.

use crate::dates::moment;
use crate::engine::{Draft, House, attributes_of, end_of};
use crate::fault::{EntityCode, Fault};
use crate::store::{End, Filter, Kept, Origin, Wanted, Writing};
use crate::uploads::Became;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// How long a build is processed.
const PROCESSING: Duration = Duration::from_secs(20);
/// How long a build can be tested.
const TESTED: Duration = Duration::from_secs(90 * 24 * 3600);
/// What of an upload is the build itself.
const ASSET: &str = "ASSET";

/// Refuses an upload of a build that there is.
pub(super) fn before_create(writing: &Writing<'_>, draft: &mut Draft) -> Result<(), Fault> {
    let text = |name: &str| draft.entity.text(name).unwrap_or_default().to_owned();
    let (version, number) = (text("cfBundleShortVersionString"), text("cfBundleVersion"));
    let Some(app) = draft.entity.one("app") else { return Ok(()) };
    let train = train(writing, app, &version, &text("platform"))?;
    if let Some(train) = train
        && has(writing, &end_of(&train), &number)?
    {
        let detail = format!("The build {number} of version {version} has been uploaded already");
        return Err(Fault::attribute(EntityCode::AttributeDuplicate, "cfBundleVersion", detail));
    }
    draft.attributes.insert("state".to_owned(), state("AWAITING_UPLOAD", &[]));
    Ok(())
}

/// The version of an app for a platform that builds belong to.
fn train(writing: &Writing<'_>, app: &End, version: &str, platform: &str) -> Result<Option<Kept>, Fault> {
    let is = |name: &str, value: &str| Filter::Attribute(name.to_owned(), vec![value.to_owned().into()]);
    let filters = vec![is("version", version), is("platform", platform)];
    let origin = Origin::Referring { to: app, kind: "preReleaseVersions", by: "app" };
    Ok(writing.list(&Wanted { filters, most: 1, ..Wanted::from(origin) })?.kept.pop())
}

fn has(writing: &Writing<'_>, train: &End, number: &str) -> Result<bool, Fault> {
    let filters = vec![Filter::Attribute("version".to_owned(), vec![number.to_owned().into()])];
    let origin = Origin::Referring { to: train, kind: "builds", by: "preReleaseVersion" };
    Ok(!writing.list(&Wanted { filters, most: 1, ..Wanted::from(origin) })?.kept.is_empty())
}

/// Refuses a file of an upload that waits for none.
pub(super) fn before_create_file(
    house: &House<'_>,
    writing: &Writing<'_>,
    draft: &Draft,
) -> Result<(), Fault> {
    let Some(end) = draft.entity.one("buildUpload") else { return Ok(()) };
    let upload = attributes_of(&house.find(writing, &end.kind, &end.id)?)?;
    if upload["state"]["state"] == "AWAITING_UPLOAD" {
        return Ok(());
    }
    Err(Fault::state(
        "INVALID_STATE",
        format!("The upload takes no files in state {}", upload["state"]["state"]),
    ))
}

/// What follows from a file of an upload having been committed.
pub(super) fn file_became(
    house: &House<'_>,
    writing: &Writing<'_>,
    file: &Kept,
    values: &Map<String, Value>,
    became: Became,
) -> Result<(), Fault> {
    let Some(end) = writing.targets(file.number, "buildUpload")?.into_iter().next() else { return Ok(()) };
    let upload = house.find(writing, &end.kind, &end.id)?;
    if became == Became::Failed {
        let errors = values["assetDeliveryState"]["errors"].as_array().cloned().unwrap_or_default();
        return set_state(house, writing, &upload, &state("FAILED", &errors));
    }
    if values.get("assetType").and_then(Value::as_str) != Some(ASSET) {
        return Ok(());
    }
    let build = make_build(house, writing, &upload)?;
    writing.unlink_all(upload.number, "build")?;
    writing.link(&upload, "build", 0, &end_of(&build))?;
    writing.due_at(build.number, house.now + PROCESSING)?;
    set_state(house, writing, &upload, &state("PROCESSING", &[]))
}

fn state(name: &str, errors: &[Value]) -> Value {
    json!({ "errors": errors, "warnings": [], "infos": [], "state": name })
}

fn set_state(house: &House<'_>, writing: &Writing<'_>, upload: &Kept, state: &Value) -> Result<(), Fault> {
    let mut values = attributes_of(upload)?;
    values.insert("state".to_owned(), state.clone());
    if state["state"] == "PROCESSING" {
        values.insert("uploadedDate".to_owned(), moment(house.now).into());
    }
    house.rewrite(writing, house.kind(&upload.kind)?, upload, &values)
}

fn make_build(house: &House<'_>, writing: &Writing<'_>, upload: &Kept) -> Result<Kept, Fault> {
    let values = attributes_of(upload)?;
    let text = |name: &str| values.get(name).and_then(Value::as_str).unwrap_or_default();
    let (version, platform) = (text("cfBundleShortVersionString"), text("platform"));
    let Some(app) = upload.app.clone() else {
        return Err(Fault::Broken(format!("the upload {} is of no app", upload.id)));
    };
    let app = End { kind: "apps".to_owned(), id: app };
    let train = match train(writing, &app, version, platform)? {
        Some(train) => train,
        None => {
            let attributes = json!({ "version": version, "platform": platform });
            let refers = [("app", "apps", app.id.as_str())];
            house.keep_given(writing, "preReleaseVersions", None, &attributes, &refers)?
        }
    };
    let attributes = json!({
        "version": text("cfBundleVersion"),
        "uploadedDate": moment(house.now),
        "expirationDate": moment(house.now + TESTED),
        "processingState": "PROCESSING",
    });
    let refers =
        [("app", "apps", app.id.as_str()), ("preReleaseVersion", "preReleaseVersions", train.id.as_str())];
    let build = house.keep_given(writing, "builds", None, &attributes, &refers)?;
    let attributes = json!({ "internalBuildState": "PROCESSING", "externalBuildState": "PROCESSING" });
    let of_build = [("build", "builds", build.id.as_str())];
    house.keep_given(writing, "buildBetaDetails", Some(&build.id), &attributes, &of_build)?;
    house.keep_given(writing, "buildBundles", None, &json!({}), &of_build)?;
    Ok(build)
}

/// The time of a build that was processed has come: it is good.
pub(super) fn processed(house: &House<'_>, writing: &Writing<'_>, build: &Kept) -> Result<(), Fault> {
    let mut values = attributes_of(build)?;
    values.insert("processingState".to_owned(), "VALID".into());
    house.rewrite(writing, house.kind("builds")?, build, &values)?;
    if let Some(details) = writing.find("buildBetaDetails", &build.id)? {
        let mut values = attributes_of(&details)?;
        values.insert("internalBuildState".to_owned(), "IN_BETA_TESTING".into());
        values.insert("externalBuildState".to_owned(), "READY_FOR_BETA_SUBMISSION".into());
        house.rewrite(writing, house.kind("buildBetaDetails")?, &details, &values)?;
    }
    match writing.first_that_refers(&end_of(build), "buildUploads", "build")? {
        Some(upload) => set_state(house, writing, &upload, &state("COMPLETE", &[])),
        None => Ok(()),
    }
}
