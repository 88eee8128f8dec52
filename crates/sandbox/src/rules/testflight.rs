//! Groups of testers, their invitations, their builds.

use crate::engine::{Draft, House, attributes_of};
use crate::entity::{Ends, Entity};
use crate::fault::{EntityCode, Fault};
use crate::ids;
use crate::store::{Kept, Writing};
use serde_json::{Map, Value};

/// What is not a client's to say of a new group.
pub(super) fn group(draft: &mut Draft) -> Result<(), Fault> {
    public_link(&mut draft.attributes);
    Ok(())
}

/// A group has a public link while it is enabled.
pub(super) fn public_link(values: &mut Map<String, Value>) {
    let is_enabled = values.get("publicLinkEnabled") == Some(&Value::Bool(true));
    let has_link = values.get("publicLink").is_some_and(Value::is_string);
    match (is_enabled, has_link) {
        (true, false) => {
            let id = ids::fresh(crate::table::Ids::Code);
            values.insert("publicLink".to_owned(), format!("https://testflight.apple.com/join/{id}").into());
            values.insert("publicLinkId".to_owned(), id.into());
        }
        (false, true) => {
            values.insert("publicLink".to_owned(), Value::Null);
            values.insert("publicLinkId".to_owned(), Value::Null);
        }
        _ => {}
    }
}

/// A tester comes into groups or to builds, and is invited by that.
pub(super) fn tester(draft: &mut Draft) -> Result<(), Fault> {
    let is_anywhere = ["betaGroups", "builds"].iter().any(|name| draft.entity.relations.contains_key(*name));
    if !is_anywhere {
        let detail = "A tester needs a group or a build: give 'betaGroups' or 'builds'";
        return Err(Fault::relation(EntityCode::RelationshipRequired, "betaGroups", detail));
    }
    draft.attributes.insert("state".to_owned(), "INVITED".into());
    Ok(())
}

/// An invitation that was sent shows at the tester.
pub(super) fn invited(house: &House<'_>, writing: &Writing<'_>, entity: &Entity) -> Result<(), Fault> {
    let Some(end) = entity.one("betaTester") else { return Ok(()) };
    let tester = house.find(writing, &end.kind, &end.id)?;
    let mut values = attributes_of(&tester)?;
    if values.get("state").and_then(Value::as_str) == Some("NOT_INVITED") {
        values.insert("state".to_owned(), "INVITED".into());
        house.rewrite(writing, house.kind("betaTesters")?, &tester, &values)?;
    }
    Ok(())
}

/// A build that has expired stays so.
pub(super) fn build_changed(kept: &Kept, entity: &Entity) -> Result<(), Fault> {
    let is_over = attributes_of(kept)?.get("expired") == Some(&Value::Bool(true));
    if is_over && entity.attributes.get("expired") == Some(&Value::Bool(false)) {
        let detail = "A build that has expired can't be brought back";
        return Err(Fault::attribute(EntityCode::AttributeInvalid, "expired", detail));
    }
    Ok(())
}

/// Groups test builds of their own app, and none that has expired.
pub(super) fn builds_of_group(
    house: &House<'_>,
    writing: &Writing<'_>,
    owner: &Kept,
    ends: &Ends,
) -> Result<(), Fault> {
    for end in ends.all() {
        let other = house.find(writing, &end.kind, &end.id)?;
        let build = if owner.kind == "builds" { owner } else { &other };
        if other.app != owner.app {
            return Err(Fault::state("INVALID_STATE", "The build and the group belong to different apps"));
        }
        if attributes_of(build)?.get("expired") == Some(&Value::Bool(true)) {
            return Err(Fault::state("INVALID_STATE", format!("The build {} has expired", build.id)));
        }
    }
    Ok(())
}
