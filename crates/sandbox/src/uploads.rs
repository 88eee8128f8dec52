//! Files: reserved, uploaded in parts, committed. One rule for all types that the table says are `uploads`.
//!
//! To reserve a file is to make its resource: it says where each part is to be sent. Parts may come in any order, and
//! again. To commit is to say `uploaded`; then all of it is there and has the checksum that was said, or the file has
//! failed for good.

mod checksum;
mod picture;
pub(crate) mod public;

use crate::engine::{Draft, House, attributes_of};
use crate::entity::Entity;
use crate::fault::{EntityCode, Fault};
use crate::ids;
use crate::store::{Kept, Upload, Writing};
use crate::table::ResourceType;
use checksum::Sums;
use serde_json::{Map, Value, json};

/// How long a part is, but the last. A request's body may be twice as long.
pub(crate) const PART: u64 = 4 * 1024 * 1024;
/// How long a file may be.
const LONGEST: u64 = 1024 * 1024 * 1024;
/// How long a file may be that is shown to whoever asks: it is answered whole.
const LONGEST_SHOWN: u64 = 64 * 1024 * 1024;

/// The attributes in which types say what became of a file.
const DELIVERY: &[&str] = &["assetDeliveryState", "videoDeliveryState"];

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Became {
    /// All of it is there.
    Complete,
    /// It is not what was said.
    Failed,
}

/// Looks at what is about to be reserved.
pub(crate) fn before_create(kind: &ResourceType, draft: &Draft) -> Result<(), Fault> {
    let invalid = |name: &str, detail: String| Fault::attribute(EntityCode::AttributeInvalid, name, detail);
    let longest = if is_shown(kind) { LONGEST_SHOWN } else { LONGEST };
    let size = draft.attributes.get("fileSize").and_then(Value::as_u64).unwrap_or_default();
    if size == 0 || size > longest {
        return Err(invalid("fileSize", format!("A file has at least 1 byte, and here {longest} at most")));
    }
    let name = draft.entity.text("fileName").unwrap_or_default();
    if name.is_empty() || name.contains(['/', '\\']) || name.contains(char::is_control) {
        return Err(invalid("fileName", "It must be the name of a file, without a folder".to_owned()));
    }
    Ok(())
}

/// Reserves the file of a resource that was made.
pub(crate) fn after_create(
    house: &House<'_>,
    writing: &Writing<'_>,
    kind: &ResourceType,
    kept: &Kept,
) -> Result<(), Fault> {
    let mut values = attributes_of(kept)?;
    let size = values.get("fileSize").and_then(Value::as_u64).unwrap_or_default();
    let name = values.get("fileName").and_then(Value::as_str).unwrap_or_default().to_owned();
    if writing.bytes_of_uploads()?.saturating_add(size) > house.most_bytes {
        let detail = format!("The files of a team have {} bytes at most: delete some", house.most_bytes);
        return Err(Fault::state("ENTITY_STATE_INVALID", &detail));
    }
    let token = ids::secret();
    writing.reserve(kept.number, &token, size)?;
    values.insert("uploadOperations".to_owned(), operations(house.base, kind, &token, size, &name));
    for state in DELIVERY.iter().filter(|name| kind.attribute(name).is_some()) {
        values.insert((*state).to_owned(), delivery("AWAITING_UPLOAD", &[]));
    }
    house.rewrite(writing, kind, kept, &values)
}

/// Where each part is to be sent, and how.
fn operations(base: &str, kind: &ResourceType, token: &str, size: u64, name: &str) -> Value {
    let numbered = kind.attribute("sourceFileChecksums").is_some();
    let one = |part: u64| {
        let (offset, length) = place(size, part)?;
        let mut operation = json!({
            "method": "PUT",
            "url": format!("{base}/sandbox/uploads/{token}/{part}"),
            "length": length,
            "offset": offset,
            "requestHeaders": [{ "name": "Content-Type", "value": picture::kind_of_name(name) }],
        });
        if numbered {
            operation["partNumber"] = part.into();
        }
        Some(operation)
    };
    (1..).map_while(one).collect()
}

/// Where a part begins and how long it is; parts are counted from 1.
fn place(size: u64, part: u64) -> Option<(u64, u64)> {
    let offset = part.checked_sub(1)?.checked_mul(PART).filter(|offset| *offset < size)?;
    Some((offset, PART.min(size - offset)))
}

/// Looks at a change of a file's resource; commits the file if that is said. Answers what became of it, if the change
/// decided that.
pub(crate) fn before_update(
    house: &House<'_>,
    writing: &Writing<'_>,
    kind: &ResourceType,
    kept: &Kept,
    entity: &Entity,
    values: &mut Map<String, Value>,
) -> Result<Option<Became>, Fault> {
    let upload = writing.upload_of(kept.number)?;
    if upload.as_ref().is_some_and(|upload| !upload.is_open) {
        keep_checksums(kept, values)?;
        return Ok(None);
    }
    if entity.attributes.get("uploaded") != Some(&Value::Bool(true)) {
        return Ok(None);
    }
    let Some(upload) = upload else {
        let detail = "Nothing was ever uploaded for it: it came by import. Delete it, and reserve it anew";
        return Err(Fault::state("INVALID_STATE", detail));
    };
    commit(house, writing, kind, &upload, values).map(Some)
}

/// What was said of a file's checksum stands once it was committed.
fn keep_checksums(kept: &Kept, values: &mut Map<String, Value>) -> Result<(), Fault> {
    let before = attributes_of(kept)?;
    for name in ["sourceFileChecksum", "sourceFileChecksums"] {
        if let Some(value) = before.get(name) {
            values.insert(name.to_owned(), value.clone());
        }
    }
    Ok(())
}

fn commit(
    house: &House<'_>,
    writing: &Writing<'_>,
    kind: &ResourceType,
    upload: &Upload,
    values: &mut Map<String, Value>,
) -> Result<Became, Fault> {
    let mut sums = Sums::default();
    let mut first = Vec::new();
    let mut there = 0;
    writing.each_part(&upload.token, |part, bytes| {
        if part == there + 1 {
            there = part;
        }
        if part == 1 {
            first = bytes.to_vec();
        }
        sums.add(bytes);
    })?;
    let said = sums.end();
    let wrong = match place(upload.size, there + 1) {
        Some(_) => Some(("FILE_INCOMPLETE", format!("Part {} was not uploaded", there + 1))),
        None => said.wrong(values).map(|why| ("CHECKSUM_MISMATCH", why)),
    };
    values.insert("uploadOperations".to_owned(), Value::Null);
    let became = if wrong.is_some() { Became::Failed } else { Became::Complete };
    writing.close_upload(&upload.token, wrong.is_none() && is_shown(kind))?;
    tell(kind, values, wrong.as_ref().map(|(code, why)| (*code, why.as_str())));
    if became == Became::Complete {
        said.tell(kind, values);
        show(house.base, kind, &upload.token, &first, values);
    }
    Ok(became)
}

/// Whether files of this type can be looked at.
fn is_shown(kind: &ResourceType) -> bool {
    ["imageAsset", "videoUrl"].iter().any(|name| kind.attribute(name).is_some())
}

/// Says what became of a file in the attributes that its type has for that.
fn tell(kind: &ResourceType, values: &mut Map<String, Value>, wrong: Option<(&str, &str)>) {
    let errors: Vec<Value> =
        wrong.iter().map(|(code, why)| json!({ "code": code, "description": why })).collect();
    let state = if wrong.is_some() { "FAILED" } else { "COMPLETE" };
    for name in DELIVERY.iter().filter(|name| kind.attribute(name).is_some()) {
        values.insert((*name).to_owned(), delivery(state, &errors));
    }
    if kind.attribute("state").is_some() {
        let state = if wrong.is_some() { "FAILED" } else { "PREPARE_FOR_SUBMISSION" };
        values.insert("state".to_owned(), state.into());
    }
}

fn delivery(state: &str, errors: &[Value]) -> Value {
    json!({ "errors": errors, "warnings": [], "state": state })
}

/// Says where a file can be looked at.
fn show(base: &str, kind: &ResourceType, token: &str, first: &[u8], values: &mut Map<String, Value>) {
    let mut say = |name: &str, value: Value| {
        if kind.attribute(name).is_some() {
            values.insert(name.to_owned(), value);
        }
    };
    let (width, height) = picture::size(first).unzip();
    let template = format!("{base}/sandbox/assets/{token}/{{w}}x{{h}}bb.{{f}}");
    say("imageAsset", json!({ "templateUrl": template, "width": width, "height": height }));
    say("videoUrl", format!("{base}/sandbox/assets/{token}/video").into());
    say("assetToken", format!("Sandbox/{token}").into());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_a_file_from_end_to_end() {
        for (size, lengths) in
            [(1, vec![1]), (PART, vec![PART]), (PART + 1, vec![PART, 1]), (3 * PART, vec![PART, PART, PART])]
        {
            let places: Vec<(u64, u64)> = (1..).map_while(|part| place(size, part)).collect();
            assert_eq!(places.iter().map(|(_, length)| *length).collect::<Vec<_>>(), lengths);
            let ends = places.iter().map(|(offset, length)| offset + length);
            let begins = places.iter().skip(1).map(|(offset, _)| *offset);
            assert!(ends.zip(begins).all(|(end, begin)| end == begin));
        }
        assert_eq!((place(5, 0), place(5, 2), place(5, u64::MAX)), (None, None, None));
    }
}
