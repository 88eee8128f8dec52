//! *Revoke Key*: one, or several that were selected, after a page that says what it means.

use super::download::{key_in_path, section};
use super::refusal;
use super::row::{KeyRow, reason_words};
use super::shelf::Shelf;
use super::who::Who;
use crate::console::{Form, Frame, Notice, TeamVisitor, page};
use crate::error::Problem;
use crate::reply::Reply;
use askama::Template;
use counterfoil_core::catalog::Administration;
use counterfoil_core::event::RevocationReason;
use counterfoil_core::id::{KeyId, Remark};
use counterfoil_core::refusal::Thing;
use counterfoil_core::team::{Circumstances, Key};
use http::StatusCode;

/// More than a person selects.
const MOST_AT_ONCE: usize = 500;

struct Reason {
    name: &'static str,
    words: &'static str,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "keys/revoke.html")]
struct Revoke {
    frame: Frame,
    keys: Vec<KeyRow>,
    reasons: Vec<Reason>,
    remark: String,
    fault: Option<String>,
    action: String,
    back: String,
}

/// Asks about one key.
pub(crate) async fn one_form(visitor: TeamVisitor) -> Result<Reply, Problem> {
    let (id, key) = key_in_path(&visitor)?;
    if !key.is_active() {
        let notice = Notice::failed(format!("The key {id} is revoked already."));
        return Ok(visitor.moved_with(&visitor.here(&format!("/keys/{id}")), &notice));
    }
    shown(&visitor, StatusCode::OK, &[id], &Form::default(), None).await
}

/// Revokes it.
pub(crate) async fn one(visitor: TeamVisitor) -> Result<Reply, Problem> {
    let (id, _) = key_in_path(&visitor)?;
    revoke(&visitor, vec![id]).await
}

/// Asks about the keys that were selected.
pub(crate) async fn several_form(visitor: TeamVisitor) -> Result<Reply, Problem> {
    let query = visitor.query();
    let keys = selected(&visitor, &query)?;
    if keys.is_empty() {
        let notice = Notice::failed("Select the keys to revoke first.");
        return Ok(visitor.moved_with(&format!("{}?edit=1", back(&visitor, &query)), &notice));
    }
    shown(&visitor, StatusCode::OK, &keys, &query, None).await
}

/// Revokes them.
pub(crate) async fn several(visitor: TeamVisitor) -> Result<Reply, Problem> {
    let keys = selected(&visitor, &visitor.form()?)?;
    revoke(&visitor, keys).await
}

async fn revoke(visitor: &TeamVisitor, keys: Vec<KeyId>) -> Result<Reply, Problem> {
    let form = visitor.form()?;
    let typed = form.text("remark");
    let remark = match Some(typed).filter(|typed| !typed.is_empty()).map(Remark::try_from).transpose() {
        Ok(remark) => remark,
        Err(malformed) => {
            let fault = Some(malformed.to_string());
            return shown(visitor, StatusCode::UNPROCESSABLE_ENTITY, &keys, &form, fault).await;
        }
    };
    let reason = RevocationReason::try_from(form.text("reason")).unwrap_or(RevocationReason::Unspecified);
    let live = keys.iter().filter(|id| visitor.team.keys.get(id).is_some_and(|key| key.is_active())).count();
    let request = visitor.request();
    match visitor.authority().revoke(visitor.team.id, &request, keys.clone(), reason, remark).await {
        Ok(answered) => {
            let reply = visitor.moved_with(&back(visitor, &form), &told(&keys, live));
            Ok(reply.at(answered.position))
        }
        Err(failure) => {
            let fault = Some(refusal(failure)?.to_string());
            shown(visitor, StatusCode::UNPROCESSABLE_ENTITY, &keys, &form, fault).await
        }
    }
}

fn told(keys: &[KeyId], live: usize) -> Notice {
    match (keys, live) {
        ([key], 0) => Notice::failed(format!("The key {key} was revoked before.")),
        (_, 0) => Notice::failed("These keys were revoked before."),
        ([key], _) => Notice::done(format!("The key {key} is revoked. It opens nothing from now on.")),
        (_, 1) => Notice::done("One key is revoked. It opens nothing from now on."),
        (_, live) => Notice::done(format!("{live} keys are revoked. They open nothing from now on.")),
    }
}

/// The keys that were selected; one that the visitor may not know of is none.
fn selected(visitor: &TeamVisitor, form: &Form) -> Result<Vec<KeyId>, Problem> {
    let under =
        Circumstances { catalog: &visitor.catalog, by: visitor.actor(), now: visitor.authority().now() };
    let read = |text: &str| {
        let may_see = |id: &KeyId| visitor.team.keys.contains_key(id) && visitor.team.may_see_key(*id, under);
        let id = KeyId::try_from(text).ok().filter(may_see);
        id.ok_or_else(|| Problem::no_such(Thing::Key, text))
    };
    let mut keys = form.all("key").take(MOST_AT_ONCE).map(read).collect::<Result<Vec<_>, _>>()?;
    keys.sort_unstable();
    keys.dedup();
    Ok(keys)
}

/// The table that the keys were selected in; for whoever sees none, the profile.
fn back(visitor: &TeamVisitor, form: &Form) -> String {
    if !visitor.may(Administration::Keys) {
        return visitor.here("/profile#individual-key");
    }
    let from = form.text("from");
    let shelf = Shelf::ALL.into_iter().find(|shelf| shelf.place() == from);
    visitor.here(shelf.unwrap_or_else(|| shelf_of_first(visitor, form)).place())
}

fn shelf_of_first(visitor: &TeamVisitor, form: &Form) -> Shelf {
    let named = form.all("key").next().unwrap_or_else(|| visitor.place(1));
    let key: Option<&Key> =
        KeyId::try_from(named).ok().and_then(|id| visitor.team.keys.get(&id)).map(AsRef::as_ref);
    let kind = key.and_then(|key| visitor.catalog.kind(key.kind.as_str()));
    kind.map_or(Shelf::WithRoles, Shelf::of)
}

async fn shown(
    visitor: &TeamVisitor,
    status: StatusCode,
    keys: &[KeyId],
    form: &Form,
    fault: Option<String>,
) -> Result<Reply, Problem> {
    let who = Who::of(visitor).await?;
    let used = visitor.authority().last_used_of(keys).await?;
    let found = keys.iter().filter_map(|id| visitor.team.keys.get(id).map(|key| (*id, key)));
    let rows: Vec<KeyRow> = found
        .filter(|(_, key)| key.is_active())
        .map(|(id, key)| KeyRow::of(visitor, &who, id, key, used.get(&id).copied()))
        .collect();
    let chosen = RevocationReason::try_from(form.text("reason")).unwrap_or(RevocationReason::Unspecified);
    let reason = |reason: RevocationReason| Reason {
        name: reason.name(),
        words: reason_words(reason),
        chosen: reason == chosen,
    };
    let one = visitor.place(1);
    let action = if one.is_empty() {
        visitor.here("/keys/revoke")
    } else {
        visitor.here(&format!("/keys/{one}/revoke"))
    };
    let revoke = Revoke {
        frame: visitor.frame(if keys.len() == 1 { "Revoke Key" } else { "Revoke Keys" }, section(visitor)),
        keys: rows,
        reasons: RevocationReason::ALL.into_iter().map(reason).collect(),
        remark: form.text("remark").to_owned(),
        fault,
        action,
        back: if one.is_empty() { back(visitor, form) } else { visitor.here(&format!("/keys/{one}")) },
    };
    Ok(page(visitor, status, &revoke))
}
