//! Profiles: which certificates and devices fit which type, and the signed file that they are handed out as.

mod content;
mod kind;

use crate::dates;
use crate::developers::YEAR;
use crate::engine::{Draft, House, attributes_of, end_of};
use crate::entity::Ends;
use crate::fault::{EntityCode, Fault};
use crate::ids;
use crate::pem;
use crate::store::{Kept, Origin, Wanted, Writing};
use content::Content;
use kind::{Devices, ProfileKind};
use serde_json::{Map, Value};

/// How many profiles of a certificate or a bundle id are found.
const MOST_PROFILES: usize = 100_000;

/// Checks what a new profile puts together, and makes its file.
pub(super) fn before_create(
    house: &House<'_>,
    writing: &Writing<'_>,
    draft: &mut Draft,
) -> Result<(), Fault> {
    let name = draft.entity.text("profileType").unwrap_or_default();
    let kind =
        ProfileKind::named(name).ok_or_else(|| Fault::Broken(format!("{name} is no type of profiles")))?;
    let certificates = certificates(house, writing, draft, kind)?;
    let devices = devices(house, writing, draft, kind)?;
    let Some(bundle) = draft.entity.one("bundleId") else { return Ok(()) };
    let bundle = attributes_of(&house.find(writing, &bundle.kind, &bundle.id)?)?;
    let uuid = ids::uuid();
    let expires = house.now + YEAR;
    let content = Content {
        kind,
        name: draft.entity.text("name").unwrap_or_default(),
        uuid: &uuid,
        team: &ids::team_code(writing.team()),
        bundle: &bundle,
        certificates: &certificates,
        devices: &devices,
        begins: house.now,
        expires,
    };
    let signed = house.developers.sign(content.text().as_bytes());
    let signed = signed.map_err(|fault| Fault::Broken(format!("a profile can't be signed: {fault}")))?;
    let mut say = |name: &str, value: Value| draft.attributes.insert(name.to_owned(), value);
    say("profileContent", pem::encoded(&signed).into());
    say("expirationDate", dates::moment(expires).into());
    say("platform", kind.platform.into());
    say("uuid", uuid.into());
    Ok(())
}

/// The certificates, as base64 of their DER.
fn certificates(
    house: &House<'_>,
    writing: &Writing<'_>,
    draft: &Draft,
    kind: &ProfileKind,
) -> Result<Vec<String>, Fault> {
    let invalid = |detail| Fault::relation(EntityCode::RelationshipInvalid, "certificates", detail);
    let given = draft.entity.relations.get("certificates").map(Ends::all).unwrap_or_default();
    let mut all = Vec::new();
    for end in given {
        let values = attributes_of(&house.find(writing, &end.kind, &end.id)?)?;
        let of = text(&values, "certificateType");
        if !kind.certificates.contains(&of) {
            let fitting = kind.certificates.join(", ");
            let detail = format!(
                "The certificate '{}' is of type {of}; a profile of type {} takes {fitting}",
                end.id, kind.name
            );
            return Err(invalid(detail));
        }
        if text(&values, "certificateContent").is_empty() {
            return Err(invalid(format!("The certificate '{}' has no content: it came by import", end.id)));
        }
        all.push(text(&values, "certificateContent").to_owned());
    }
    Ok(all)
}

/// The identifiers of the devices.
fn devices(
    house: &House<'_>,
    writing: &Writing<'_>,
    draft: &Draft,
    kind: &ProfileKind,
) -> Result<Vec<String>, Fault> {
    let given = draft.entity.relations.get("devices").map(Ends::all).unwrap_or_default();
    match (kind.devices, given.is_empty()) {
        (Devices::Named, true) => {
            let detail = format!("A profile of type {} names the devices that it is for", kind.name);
            return Err(Fault::relation(EntityCode::RelationshipRequired, "devices", detail));
        }
        (Devices::None | Devices::All, false) => {
            let detail = format!("A profile of type {} names no devices", kind.name);
            return Err(Fault::relation(EntityCode::RelationshipNotAllowed, "devices", detail));
        }
        _ => {}
    }
    let mut all = Vec::new();
    for end in given {
        let values = attributes_of(&house.find(writing, &end.kind, &end.id)?)?;
        let why = unfit(kind, text(&values, "platform"), text(&values, "status"));
        if let Some(why) = why {
            let detail = format!("The device '{}' {why}", end.id);
            return Err(Fault::relation(EntityCode::RelationshipInvalid, "devices", detail));
        }
        all.push(text(&values, "udid").to_owned());
    }
    Ok(all)
}

fn unfit(kind: &ProfileKind, platform: &str, status: &str) -> Option<String> {
    if status == "DISABLED" {
        return Some("is disabled".to_owned());
    }
    let fits = platform == "UNIVERSAL" || platform == kind.platform;
    (!fits).then(|| format!("is of platform {platform}; a profile of type {} is not for it", kind.name))
}

fn text<'v>(values: &'v Map<String, Value>, name: &str) -> &'v str {
    values.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Profiles are good no more once what they name by this relation goes.
pub(super) fn end_those_with(
    house: &House<'_>,
    writing: &Writing<'_>,
    gone: &Kept,
    relation: &str,
) -> Result<(), Fault> {
    let end = end_of(gone);
    let origin = Origin::Referring { to: &end, kind: "profiles", by: relation };
    let kind = house.kind("profiles")?;
    let all = writing.list(&Wanted { most: MOST_PROFILES, ..Wanted::from(origin) })?;
    for profile in all.kept {
        let mut values = attributes_of(&profile)?;
        values.insert("profileState".to_owned(), "INVALID".into());
        house.rewrite(writing, kind, &profile, &values)?;
    }
    Ok(())
}
