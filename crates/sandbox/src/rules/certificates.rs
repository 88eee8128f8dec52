//! Certificates: a request that is sent in is really signed, and a certificate that is deleted is good no more.

use super::profiles;
use crate::dates;
use crate::developers::public::revoked_at;
use crate::developers::{Issued, Kind, Request, Subject, TEAM_NAME};
use crate::engine::{Draft, House, attributes_of};
use crate::fault::{EntityCode, Fault};
use crate::ids;
use crate::pem;
use crate::store::{Kept, Writing};
use rcgen::PublicKeyData;
use serde_json::{Map, Value};

/// Signs what a new certificate is asked for by.
pub(super) fn before_create(
    house: &House<'_>,
    writing: &Writing<'_>,
    draft: &mut Draft,
) -> Result<(), Fault> {
    let request = Request::read(draft.entity.text("csrContent").unwrap_or_default());
    let request = request
        .map_err(|fault| Fault::attribute(EntityCode::AttributeInvalid, "csrContent", format!("{fault}.")))?;
    let kind = kind_of(&draft.attributes)?;
    let of = what_for(house, writing, draft, kind)?;
    let issued = sign(house, writing.team(), kind, of.as_deref(), &request)?;
    draft.attributes.extend(shown(kind, of.as_deref(), &issued));
    Ok(())
}

fn kind_of(attributes: &Map<String, Value>) -> Result<&'static Kind, Fault> {
    let name = attributes.get("certificateType").and_then(Value::as_str).unwrap_or_default();
    Kind::named(name).ok_or_else(|| Fault::Broken(format!("certificates of type {name} can't be signed")))
}

/// The pass type or merchant that a certificate is for, if its kind is for one.
fn what_for(
    house: &House<'_>,
    writing: &Writing<'_>,
    draft: &Draft,
    kind: &Kind,
) -> Result<Option<String>, Fault> {
    for name in ["passTypeId", "merchantId"] {
        let end = draft.entity.one(name);
        match (end, kind.of == Some(name)) {
            (Some(end), true) => {
                let of = attributes_of(&house.find(writing, &end.kind, &end.id)?)?;
                return Ok(of.get("identifier").and_then(Value::as_str).map(str::to_owned));
            }
            (None, true) => {
                let detail = format!("A certificate of type {} is for one: give '{name}'", kind.name);
                return Err(Fault::relation(EntityCode::RelationshipRequired, name, detail));
            }
            (Some(_), false) => {
                let detail = format!("A certificate of type {} has no '{name}'", kind.name);
                return Err(Fault::relation(EntityCode::RelationshipNotAllowed, name, detail));
            }
            (None, false) => {}
        }
    }
    Ok(None)
}

/// Signs a certificate for a key of this team's.
pub(crate) fn sign(
    house: &House<'_>,
    team: &str,
    kind: &Kind,
    of: Option<&str>,
    key: &impl PublicKeyData,
) -> Result<Issued, Fault> {
    let code = ids::team_code(team);
    let subject = Subject { kind, team: &code, of };
    let issued = house.developers.certify(key, &subject, revoked_at(house.base), house.now);
    issued.map_err(|fault| Fault::Broken(format!("a certificate can't be signed: {fault}")))
}

/// What is shown of a certificate that was signed.
pub(crate) fn shown(kind: &Kind, of: Option<&str>, issued: &Issued) -> Map<String, Value> {
    let who = of.unwrap_or(if kind.is_for_distribution { TEAM_NAME } else { "Created via API" });
    Map::from_iter([
        ("name".to_owned(), format!("{}: {who}", kind.title).into()),
        ("displayName".to_owned(), who.into()),
        ("serialNumber".to_owned(), issued.serial.clone().into()),
        ("platform".to_owned(), kind.platform.into()),
        ("expirationDate".to_owned(), dates::moment(issued.expires).into()),
        ("certificateContent".to_owned(), pem::encoded(&issued.certificate).into()),
    ])
}

/// A certificate that goes is revoked, and so are the profiles that name it.
pub(super) fn before_delete(house: &House<'_>, writing: &Writing<'_>, gone: &Kept) -> Result<(), Fault> {
    profiles::end_those_with(house, writing, gone, "certificates")?;
    match attributes_of(gone)?.get("serialNumber").and_then(Value::as_str) {
        Some(serial) => writing.revoke(serial, house.now),
        None => Ok(()),
    }
}
