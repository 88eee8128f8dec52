//! `/v1/actors`: who did something: a user, a key, the operator.

use crate::call::Call;
use crate::error::Problem;
use crate::page::{SortValue, cut};
use crate::proof::Proven;
use crate::query::{Parameter, ParameterKind};
use crate::reply::Reply;
use crate::resource::{Form, Resource, ResourceType, has, may_have};
use counterfoil_authority::people::PersonOfTeam;
use counterfoil_core::event::Actor;
use counterfoil_core::id::{KeyId, MemberId};
use counterfoil_core::team::Team;
use http::StatusCode;
use serde_json::Value;
use std::collections::BTreeSet;

/// The operator's id among actors.
const OPERATOR: &str = "OPERATOR";

pub(crate) static TYPE: ResourceType = ResourceType {
    name: "actors",
    attributes: &[
        has("actorType", Form::OneOf(&["USER", "API_KEY", "OPERATOR"]), "What sort of actor it is."),
        may_have("userFirstName", Form::Text, "The person's first name; null for a former member."),
        may_have("userLastName", Form::Text, "The person's last name; null for a former member."),
        may_have("userEmail", Form::Text, "The person's e-mail address; null for a former member."),
        may_have("apiKeyId", Form::Text, "The key's id."),
    ],
    relationships: &[],
};

pub(crate) const FIELDS: Parameter = Parameter::fields("fields[actors]", &TYPE, "Only these of an actor");

pub(crate) static LIST: &[Parameter] = &[
    Parameter { name: "filter[id]", kind: ParameterKind::RequiredFilter, about: "Actors with these ids" },
    Parameter::LIMIT,
    Parameter::CURSOR,
    FIELDS,
];

pub(crate) static ONE: &[Parameter] = &[FIELDS];

pub(crate) async fn list(call: Call, proven: Proven) -> Result<Reply, Problem> {
    let wanted = call.query.list("filter[id]").unwrap_or_default();
    let known: Vec<Actor> = wanted.into_iter().filter_map(|id| find(&proven.team, id)).collect();
    let resources = resources(&call, &proven.team, known).await?;
    let page =
        cut(resources, &call.query, "id", |_, _| SortValue::Nothing, |resource| resource.id().to_owned())?;
    Ok(call.many(page, Vec::new()))
}

pub(crate) async fn get(call: Call, proven: Proven) -> Result<Reply, Problem> {
    let unknown = || Problem::NoSuch { resource: TYPE.name, id: call.named().to_owned() };
    let actor = find(&proven.team, call.named()).ok_or_else(unknown)?;
    let resource = resources(&call, &proven.team, vec![actor]).await?.pop().ok_or_else(unknown)?;
    Ok(call.one(StatusCode::OK, resource, Vec::new()))
}

/// An actor's id: a user's, a key's, or that of the operator. Whoever held a key's private half is shown as
/// the key.
pub(crate) fn id_of(actor: Actor) -> String {
    match actor {
        Actor::User(member) => member.to_string(),
        Actor::ApiKey(key) | Actor::Holder(key) => key.to_string(),
        Actor::Operator => OPERATOR.to_owned(),
    }
}

/// These actors, each once.
pub(crate) async fn resources(
    call: &Call,
    team: &Team,
    actors: Vec<Actor>,
) -> Result<Vec<Resource>, Problem> {
    let people = call.authority().people_of(team.id).await?;
    let actors: BTreeSet<Actor> = actors.into_iter().map(as_shown).collect();
    Ok(actors.into_iter().map(|actor| resource(call, actor, &people)).collect())
}

const fn as_shown(actor: Actor) -> Actor {
    match actor {
        Actor::Holder(key) => Actor::ApiKey(key),
        Actor::User(_) | Actor::ApiKey(_) | Actor::Operator => actor,
    }
}

fn resource(call: &Call, actor: Actor, people: &[PersonOfTeam]) -> Resource {
    let (sort, key) = match actor {
        Actor::User(_) => ("USER", Value::Null),
        Actor::ApiKey(key) | Actor::Holder(key) => ("API_KEY", key.to_string().into()),
        Actor::Operator => (OPERATOR, Value::Null),
    };
    let person = people.iter().find(|person| Actor::User(person.member) == actor);
    let of_person =
        |part: fn(&PersonOfTeam) -> &str| person.map_or(Value::Null, |person| part(person).into());
    Resource::new(&TYPE, id_of(actor))
        .at(&call.place(&format!("/v1/actors/{}", id_of(actor))))
        .with("actorType", sort)
        .with("userFirstName", of_person(|person| &person.first_name))
        .with("userLastName", of_person(|person| &person.last_name))
        .with("userEmail", of_person(|person| &person.email))
        .with("apiKeyId", key)
}

/// Whoever of this team has ever done something under this id, or could have.
fn find(team: &Team, id: &str) -> Option<Actor> {
    if id == OPERATOR {
        return Some(Actor::Operator);
    }
    if let Ok(key) = KeyId::try_from(id) {
        return team.keys.contains_key(&key).then_some(Actor::ApiKey(key));
    }
    let member = MemberId::try_from(id).ok()?;
    let acted = |actor: Actor| actor == Actor::User(member);
    let left_a_trace = || {
        team.keys.values().any(|key| {
            acted(key.created_by)
                || key.member() == Some(member)
                || key.revoked.as_ref().is_some_and(|revocation| acted(revocation.by))
        })
    };
    (team.members.contains_key(&member) || left_a_trace()).then_some(Actor::User(member))
}
