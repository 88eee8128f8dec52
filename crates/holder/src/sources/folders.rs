//! The `private_keys` folders, where Apple's tools look for `AuthKey_<ID>.p8`.

use super::{HalfAt, Source, key_file_name};
use crate::fault::Fault;
use crate::reference::Ref;
use crate::surroundings::Surroundings;
use std::collections::BTreeMap;
use std::path::PathBuf;

const BELOW_HOME: [&str; 3] = ["private_keys", ".private_keys", ".appstoreconnect/private_keys"];

/// The file of the key that `named` names or, if it names none, the only one that there is.
pub(super) fn find(named: &Source, around: &Surroundings) -> Result<Option<Source>, Fault> {
    let mut files = files(around);
    let id = match &named.key_id {
        Some(id) => id.clone(),
        None if files.len() > 1 => return Err(several(&files)),
        None => match files.keys().next() {
            Some(id) => id.clone(),
            None => return Ok(None),
        },
    };
    let Some(path) = files.remove(&id) else { return Ok(None) };
    Ok(Some(Source {
        name: format!("the file {}", path.display()),
        key_id: Some(id),
        issuer_id: named.issuer_id.clone(),
        half: Some(HalfAt::Ref(Ref::File(path))),
        url: None,
    }))
}

/// Each key's first file, in the order in which the folders are looked at.
fn files(around: &Surroundings) -> BTreeMap<String, PathBuf> {
    let mut files = BTreeMap::new();
    for folder in folders(around) {
        let Ok(entries) = std::fs::read_dir(folder) else { continue };
        for path in entries.flatten().map(|entry| entry.path()) {
            if let Some((_, id)) =
                key_file_name(&path).filter(|_| path.extension().is_some_and(|end| end == "p8"))
            {
                files.entry(id.to_string()).or_insert(path);
            }
        }
    }
    files
}

fn folders(around: &Surroundings) -> impl Iterator<Item = PathBuf> {
    let named = around.variable("API_PRIVATE_KEYS_DIR").map(|folder| around.path(folder));
    let below_home = BELOW_HOME.into_iter().filter_map(|below| Some(around.home()?.join(below)));
    named.into_iter().chain([around.path("private_keys")]).chain(below_home)
}

fn several(files: &BTreeMap<String, PathBuf>) -> Fault {
    let ids: Vec<_> = files.keys().map(String::as_str).collect();
    Fault::new(
        format!("there are several keys in the private_keys folders: {}", ids.join(", ")),
        "say which with --key-id, and its team with --issuer-id",
    )
}
