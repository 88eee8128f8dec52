//! *Download API Key*: once, after a page that says so.

use super::refusal;
use crate::api::api_keys::handed_over;
use crate::console::{Frame, Section, TeamVisitor, page};
use crate::error::Problem;
use crate::reply::Reply;
use askama::Template;
use counterfoil_core::catalog::Administration;
use counterfoil_core::id::KeyId;
use counterfoil_core::refusal::Thing;
use counterfoil_core::team::{Circumstances, Command, Key};
use http::StatusCode;

#[derive(Template)]
#[template(path = "keys/download.html")]
struct Download {
    frame: Frame,
    id: KeyId,
    name: String,
    file: String,
    action: String,
    /// What the module asks instead, so that it knows when the file is there.
    api: String,
    issuer: String,
    back: String,
    /// Why it can't be downloaded, if it can't.
    fault: Option<String>,
}

/// Asks before the link is used up.
pub(crate) async fn form(visitor: TeamVisitor) -> Result<Reply, Problem> {
    let (id, key) = key_in_path(&visitor)?;
    let under =
        Circumstances { catalog: &visitor.catalog, by: visitor.actor(), now: visitor.authority().now() };
    let fault = visitor.team.decide(&Command::Download { key: id }, under).err();
    let status = if fault.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    Ok(shown(&visitor, id, key, status, fault.map(|refusal| refusal.to_string())))
}

/// Hands the file over.
pub(crate) async fn hand_over(visitor: TeamVisitor) -> Result<Reply, Problem> {
    let (id, key) = key_in_path(&visitor)?;
    match visitor.authority().download(visitor.team.id, visitor.actor(), id).await {
        Ok(half) => Ok(handed_over(half)),
        Err(failure) => {
            let said = refusal(failure)?.to_string();
            Ok(shown(&visitor, id, key, StatusCode::UNPROCESSABLE_ENTITY, Some(said)))
        }
    }
}

/// The key in the path, if the visitor may know of it: to everybody else there is none.
pub(super) fn key_in_path(visitor: &TeamVisitor) -> Result<(KeyId, &Key), Problem> {
    let unknown = || Problem::no_such(Thing::Key, visitor.place(1));
    let id = KeyId::try_from(visitor.place(1)).map_err(|_| unknown())?;
    let under =
        Circumstances { catalog: &visitor.catalog, by: visitor.actor(), now: visitor.authority().now() };
    let key = visitor.team.keys.get(&id).filter(|_| visitor.team.may_see_key(id, under));
    key.map(|key| (id, key.as_ref())).ok_or_else(unknown)
}

/// The section of the console that a key's pages belong to.
pub(super) fn section(visitor: &TeamVisitor) -> Section {
    if visitor.may(Administration::Keys) { Section::Integrations } else { Section::Profile }
}

fn shown(visitor: &TeamVisitor, id: KeyId, key: &Key, status: StatusCode, fault: Option<String>) -> Reply {
    let prefix = visitor.catalog.kind(key.kind.as_str()).map_or("", |kind| kind.file_prefix.as_str());
    let download = Download {
        frame: visitor.frame("Download API Key", section(visitor)),
        id,
        name: key.name.to_string(),
        file: format!("{prefix}{id}.p8"),
        action: visitor.here(&format!("/keys/{id}/download")),
        api: format!("/v1/apiKeys/{id}/download"),
        issuer: visitor.team.id.to_string(),
        back: visitor.here(&format!("/keys/{id}")),
        fault,
    };
    page(visitor, status, &download)
}
