//! `/v1/apiKeys`: list, read, generate, download, revoke.

use crate::api::actors;
use crate::call::Call;
use crate::dates;
use crate::demand::Demand;
use crate::entity::Entity;
use crate::error::{EntityFault, Problem};
use crate::page::{SortValue, cut};
use crate::proof::Proven;
use crate::query::{Parameter, ParameterKind};
use crate::reply::Reply;
use crate::resource::{Form, Relationship, Resource, ResourceType, has, may_have};
use bytes::Bytes;
use counterfoil_authority::keys::{Downloaded, NewHalf, NewKeyRequest};
use counterfoil_core::catalog::Administration;
use counterfoil_core::event::{Actor, RevocationReason};
use counterfoil_core::half::PublicHalf;
use counterfoil_core::id::{KeyId, KeyName, KindName, Remark, RoleName};
use counterfoil_core::refusal::Thing;
use counterfoil_core::team::{Key, Private, Team};
use counterfoil_core::time::Timestamp;
use http::header::CONTENT_DISPOSITION;
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;

/// For how long revoked keys are listed.
pub(crate) const REVOKED_LISTED: Duration = Duration::from_secs(30 * 24 * 3600);

pub(crate) static TYPE: ResourceType = ResourceType {
    name: "apiKeys",
    attributes: &[
        has(
            "nickname",
            Form::Text,
            "What people call it; no part of the key. It stands in the audit for ever.",
        ),
        has("keyType", Form::Text, "The kind of key, as the catalog names it."),
        has("roles", Form::Texts, "What it may do at this moment; of a person's key, the person's roles."),
        has("isActive", Form::Bool, "Whether it was not revoked."),
        has("canDownload", Form::Bool, "Whether the private half waits for its one download."),
        has("publicKey", Form::Text, "The half that is kept here, as PEM."),
        has("createdDate", Form::Date, "When it was generated."),
        may_have("lastUsed", Form::Date, "When a token of it last proved itself; shown within 30 seconds."),
        may_have("revokingDate", Form::Date, "When it was revoked."),
        may_have("revocationReason", Form::OneOf(REASONS), "Why it was revoked."),
    ],
    relationships: &[
        Relationship { name: "createdBy", leads_to: "actors", many: false },
        Relationship { name: "revokedBy", leads_to: "actors", many: false },
    ],
};

pub(crate) const REASONS: &[&str] =
    &["UNSPECIFIED", "KEY_COMPROMISED", "SUPERSEDED", "NO_LONGER_USED", "MEMBER_LEFT"];

const FIELDS: Parameter = Parameter::fields("fields[apiKeys]", &TYPE, "Only these of a key");
const INCLUDE: Parameter = Parameter {
    name: "include",
    kind: ParameterKind::Include(&["createdBy", "revokedBy"]),
    about: "Who generated and revoked it",
};

pub(crate) static LIST: &[Parameter] = &[
    Parameter::filter("filter[id]", "Keys with these ids"),
    Parameter::filter("filter[nickname]", "Keys that are called so"),
    Parameter::filter("filter[isActive]", "`true`: not revoked; `false`: revoked"),
    Parameter::filter("filter[keyType]", "Keys of these kinds"),
    Parameter::filter("filter[roles]", "Keys with one of these roles"),
    Parameter::sort(
        &["nickname", "keyType", "isActive", "createdDate", "lastUsed", "revokingDate"],
        "`-isActive,-revokingDate` if nothing is said",
    ),
    Parameter::LIMIT,
    Parameter::CURSOR,
    FIELDS,
    INCLUDE,
    actors::FIELDS,
];
pub(crate) static ONE: &[Parameter] = &[FIELDS, INCLUDE, actors::FIELDS];

/// A key with what the ledger does not tell.
struct Shown<'t> {
    id: KeyId,
    key: &'t Key,
    last_used: Option<Timestamp>,
}

pub(crate) async fn list(call: Call, proven: Proven) -> Result<Reply, Problem> {
    let team = &proven.team;
    let listed_since = call.authority().now().minus(REVOKED_LISTED);
    let found: Vec<(KeyId, &Key)> = team
        .keys
        .iter()
        .filter(|(_, key)| key.revoked.as_ref().is_none_or(|revocation| revocation.at >= listed_since))
        .filter(|(id, key)| is_wanted(&call, team, **id, key))
        .map(|(id, key)| (*id, key.as_ref()))
        .collect();
    let ids: Vec<KeyId> = found.iter().map(|(id, _)| *id).collect();
    let used = call.authority().last_used_of(&ids).await?;
    let shown: Vec<Shown<'_>> =
        found.into_iter().map(|(id, key)| Shown { id, key, last_used: used.get(&id).copied() }).collect();
    let page = cut(shown, &call.query, "-isActive,-revokingDate", sort_value, |shown| shown.id.to_string())?;
    let included = included(&call, team, page.items.iter().map(|shown| shown.key)).await?;
    Ok(call.many(page.map(|shown| resource(&call, team, &shown)), included))
}

pub(crate) async fn get(call: Call, proven: Proven) -> Result<Reply, Problem> {
    let id = call.named_key()?;
    if call.query.includes("createdBy") || call.query.includes("revokedBy") {
        must_administer_keys(&call, &proven)?;
    }
    show(&call, &proven.team, id, StatusCode::OK).await
}

/// Everybody reads their own key; who the people behind it are, not everybody may know.
fn must_administer_keys(call: &Call, proven: &Proven) -> Result<(), Problem> {
    Demand::Administers(Administration::Keys).check_role(call, &call.authority().catalog(), proven)
}

pub(crate) async fn generate(call: Call, proven: Proven) -> Result<Reply, Problem> {
    let new = read_new(call.new_entity(&TYPE)?)?;
    let answered = call.authority().generate(proven.team.id, &call.request(&proven)?, &new).await?;
    let team = call.authority().ledger().team(proven.team.id)?;
    let shown = show(&call, &team, answered.value, StatusCode::CREATED).await?;
    Ok(shown.located(&place(&call, answered.value)).at(answered.position))
}

pub(crate) async fn download(call: Call, proven: Proven) -> Result<Reply, Problem> {
    let id = call.named_key()?;
    call.authority().download(proven.team.id, proven.by, id).await.map(handed_over).map_err(Problem::from)
}

/// A private half on its way out, as a file that nobody keeps.
pub(crate) fn handed_over(half: Downloaded) -> Reply {
    let disposition = format!("attachment; filename=\"{}\"", half.file_name);
    let body = Bytes::from_owner(ErasedAfterwards(half.pem));
    let reply = Reply::of(StatusCode::OK, HeaderValue::from_static("application/x-pem-file"), body);
    reply.with_text(CONTENT_DISPOSITION, &disposition).kept("no-store")
}

pub(crate) async fn change(call: Call, proven: Proven) -> Result<Reply, Problem> {
    let id = call.named_key()?;
    if !proven.team.keys.contains_key(&id) {
        return Err(Problem::no_such(Thing::Key, &id.to_string()));
    }
    let (reason, remark) = read_change(call.changed_entity(&TYPE, id.as_str())?)?;
    let request = call.request(&proven)?;
    let answered = call.authority().revoke(proven.team.id, &request, vec![id], reason, remark).await?;
    let team = call.authority().ledger().team(proven.team.id)?;
    Ok(show(&call, &team, id, StatusCode::OK).await?.at(answered.position))
}

/// One key, rendered.
async fn show(call: &Call, team: &Team, id: KeyId, status: StatusCode) -> Result<Reply, Problem> {
    let key = team.keys.get(&id).ok_or_else(|| Problem::no_such(Thing::Key, id.as_str()))?;
    let last_used = call.authority().last_used(id).await?;
    let included = included(call, team, std::iter::once(key.as_ref())).await?;
    Ok(call.one(status, resource(call, team, &Shown { id, key, last_used }), included))
}

fn place(call: &Call, id: KeyId) -> String {
    call.place(&format!("/v1/apiKeys/{id}"))
}

fn resource(call: &Call, team: &Team, shown: &Shown<'_>) -> Resource {
    let Shown { id, key, last_used } = shown;
    let revoked = key.revoked.as_deref();
    let date = |at: Option<Timestamp>| at.map_or(Value::Null, |at| dates::written(at).into());
    Resource::new(&TYPE, id.as_str())
        .with("nickname", key.name.as_str())
        .with("keyType", key.kind.as_str())
        .with("roles", json!(team.roles_of_key(key)))
        .with("isActive", key.is_active())
        .with("canDownload", key.is_active() && key.private == Private::Pending)
        .with("publicKey", key.public.to_pem())
        .with("createdDate", dates::written(key.created_at))
        .with("lastUsed", date(*last_used))
        .with("revokingDate", date(revoked.map(|revocation| revocation.at)))
        .with("revocationReason", revoked.map_or(Value::Null, |revocation| revocation.reason.name().into()))
        .leading_to("createdBy", "actors", Some(actors::id_of(key.created_by)))
        .leading_to("revokedBy", "actors", revoked.map(|revocation| actors::id_of(revocation.by)))
        .at(&place(call, *id))
}

/// Who generated and revoked these, if that is asked for.
async fn included<'k>(
    call: &Call,
    team: &Team,
    keys: impl Iterator<Item = &'k Key>,
) -> Result<Vec<Resource>, Problem> {
    let (makers, enders) = (call.query.includes("createdBy"), call.query.includes("revokedBy"));
    let wanted: Vec<Actor> = keys
        .flat_map(|key| {
            let maker = Some(key.created_by).filter(|_| makers);
            let ender = key.revoked.as_ref().map(|revocation| revocation.by).filter(|_| enders);
            maker.into_iter().chain(ender)
        })
        .collect();
    if wanted.is_empty() { Ok(Vec::new()) } else { actors::resources(call, team, wanted).await }
}

fn is_wanted(call: &Call, team: &Team, id: KeyId, key: &Key) -> bool {
    let query = &call.query;
    let roles = || team.roles_of_key(key);
    query.admits("filter[id]", [id.as_str()])
        && query.admits("filter[nickname]", [key.name.as_str()])
        && query.admits("filter[isActive]", [if key.is_active() { "true" } else { "false" }])
        && query.admits("filter[keyType]", [key.kind.as_str()])
        && (query.text("filter[roles]").is_none()
            || query.admits("filter[roles]", roles().iter().map(RoleName::as_str)))
}

fn sort_value(shown: &Shown<'_>, field: &str) -> SortValue {
    let date = |at: Option<Timestamp>| at.map_or(SortValue::Nothing, |at| SortValue::Number(at.as_millis()));
    match field {
        "nickname" => SortValue::Text(shown.key.name.to_string()),
        "keyType" => SortValue::Text(shown.key.kind.to_string()),
        "isActive" => SortValue::Bool(shown.key.is_active()),
        "createdDate" => date(Some(shown.key.created_at)),
        "lastUsed" => date(shown.last_used),
        "revokingDate" => date(shown.key.revoked.as_ref().map(|revocation| revocation.at)),
        _ => SortValue::Nothing,
    }
}

fn read_new(mut entity: Entity) -> Result<NewKeyRequest, Problem> {
    let name = entity.required::<KeyName>("nickname")?;
    let kind = entity.required::<KindName>("keyType")?;
    let roles = entity.roles("roles")?;
    let half = match entity.text("publicKey")? {
        None => NewHalf::Issuer,
        Some(text) => NewHalf::Holder(
            PublicHalf::from_text(&text)
                .map_err(|fault| Problem::attribute("publicKey", EntityFault::Invalid, fault.to_string()))?,
        ),
    };
    if entity.id().is_some() {
        let detail = "The key id is drawn here; leave it out".to_owned();
        return Err(Problem::Entity {
            pointer: "/data/id".to_owned(),
            fault: EntityFault::NotAllowed,
            detail,
        });
    }
    entity.finish(&TYPE, EntityFault::NotAllowed)?;
    Ok(NewKeyRequest { kind, name, roles, half })
}

/// Why a key is to be ended.
fn read_change(mut entity: Entity) -> Result<(RevocationReason, Option<Remark>), Problem> {
    let active = entity.boolean("isActive")?;
    let reason = entity.parsed::<RevocationReason>("revocationReason")?;
    let remark = entity.parsed::<Remark>("revocationRemark")?;
    entity.finish(&TYPE, EntityFault::NotEditable)?;
    match active {
        Some(false) => Ok((reason.unwrap_or(RevocationReason::Unspecified), remark)),
        Some(true) => Err(Problem::NotReinstated),
        None => Err(Problem::attribute(
            "isActive",
            EntityFault::Required,
            "Say `isActive: false` to revoke the key",
        )),
    }
}

/// The bytes of a private half on their way out: erased as soon as they are sent.
struct ErasedAfterwards(zeroize::Zeroizing<String>);

impl AsRef<[u8]> for ErasedAfterwards {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}
