//! Which testers test which apps, by their groups and builds; and which app a bundle id is of. Nowhere is it written
//! down.

use crate::engine::{House, attributes_of, end_of};
use crate::fault::Fault;
use crate::store::{End, Filter, Kept, Origin, Reading, Wanted, Writing};
use crate::table::Relation;
use serde_json::Value;
use std::collections::BTreeSet;

/// What has testers, and by which relation.
const TESTED: &[(&str, &str)] = &[("betaGroups", "betaTesters"), ("builds", "individualTesters")];
/// How many groups and builds of an app, or of a tester, are looked at.
const MOST: usize = 10_000;

/// What such a relation leads to; nothing if another is meant.
pub(super) fn follow(
    house: &House<'_>,
    reading: &Reading<'_>,
    owner: &Kept,
    relation: &Relation,
) -> Result<Option<Vec<Kept>>, Fault> {
    let ids: Vec<String> = match (owner.kind.as_str(), relation.name.as_str()) {
        ("betaTesters", "apps") => {
            let tested = tested_by(reading, &end_of(owner))?;
            tested
                .into_iter()
                .filter_map(|(_, tested)| tested.app)
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect()
        }
        ("apps", "betaTesters") => testers_of(reading, &owner.id)?.into_iter().collect(),
        ("bundleIds", "app") => of_bundle(reading, owner)?,
        _ => return Ok(None),
    };
    let mut found = Vec::new();
    for id in ids {
        match house.find(reading, &relation.to, &id) {
            Ok(kept) => found.push(kept),
            Err(Fault::NoSuchResource { .. }) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(Some(found))
}

/// A filter of testers by apps becomes one by ids. Of apps that may not be seen it finds nobody.
pub(super) fn refine(house: &House<'_>, reading: &Reading<'_>, filters: &mut [Filter]) -> Result<(), Fault> {
    for filter in filters {
        let Filter::Refers(name, apps) = &filter else { continue };
        if name != "apps" {
            continue;
        }
        let mut ids = BTreeSet::new();
        for app in apps.iter().filter(|app| house.apps.is_none_or(|seen| seen.contains(app))) {
            ids.extend(testers_of(reading, app)?);
        }
        *filter = Filter::Ids(ids.into_iter().collect());
    }
    Ok(())
}

/// Takes a tester out of everything of these apps.
pub(super) fn leave(writing: &Writing<'_>, tester: &End, apps: &[End]) -> Result<(), Fault> {
    for (by, tested) in tested_by(writing, tester)? {
        if apps.iter().any(|app| tested.app.as_ref() == Some(&app.id)) {
            writing.unlink(tested.number, by, tester)?;
        }
    }
    Ok(())
}

/// The groups and builds that somebody tests, with the relation that says so.
fn tested_by(reading: &Reading<'_>, tester: &End) -> Result<Vec<(&'static str, Kept)>, Fault> {
    let mut all = Vec::new();
    for (kind, by) in TESTED {
        let wanted = Wanted { most: MOST, ..Wanted::from(Origin::Referring { to: tester, kind, by }) };
        all.extend(reading.list(&wanted)?.kept.into_iter().map(|tested| (*by, tested)));
    }
    Ok(all)
}

/// The ids of all who test an app.
fn testers_of(reading: &Reading<'_>, app: &str) -> Result<BTreeSet<String>, Fault> {
    let app = End { kind: "apps".to_owned(), id: app.to_owned() };
    let mut ids = BTreeSet::new();
    for (kind, by) in TESTED {
        let wanted = Wanted { most: MOST, ..Wanted::from(Origin::Referring { to: &app, kind, by: "app" }) };
        for tested in reading.list(&wanted)?.kept {
            ids.extend(reading.targets(tested.number, by)?.into_iter().map(|end| end.id));
        }
    }
    Ok(ids)
}

/// The id of the app that has this bundle id, if there is one.
fn of_bundle(reading: &Reading<'_>, bundle: &Kept) -> Result<Vec<String>, Fault> {
    let values = attributes_of(bundle)?;
    let identifier = values.get("identifier").and_then(Value::as_str).unwrap_or_default().to_owned();
    let filter = Filter::Attribute("bundleId".to_owned(), vec![identifier.into()]);
    let origin = Origin::All { kind: "apps" };
    let found = reading.list(&Wanted { filters: vec![filter], most: 1, ..Wanted::from(origin) })?.kept;
    Ok(found.into_iter().map(|app| app.id).collect())
}
