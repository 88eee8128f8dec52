//! One request, from the table of doors to its answer.

use super::House;
use super::settings::ApiSettings;
use crate::call::Call;
use crate::console;
use crate::cookies;
use crate::demand::Demand;
use crate::error::Problem;
use crate::metrics::Answered;
use crate::proof::{POSITION_HEADER, Proven};
use crate::query::Query;
use crate::reply::Reply;
use crate::request_id::RequestId;
use crate::routes::{Door, Found, find, is_of_console};
use crate::trust::KeptAddress;
use bytes::Bytes;
use counterfoil_core::catalog::RequestPath;
use counterfoil_verify::answer::tell_holder;
use counterfoil_verify::{OwnDoor, Presented, Reason, Request as Asked, Takes};
use http::header::{HOST, SET_COOKIE};
use http::{HeaderName, Method};
use std::sync::Arc;

/// What a request turned out to be, for figures and log.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) method: String,
    pub(super) route: &'static str,
    pub(super) by: String,
}

pub(super) fn head_line(seen: &Seen) -> Answered<'_> {
    Answered { method: &seen.method, route: seen.route, by: &seen.by }
}

pub(super) async fn answer(
    house: Arc<House>,
    head: http::request::Parts,
    body: Bytes,
    id: RequestId,
) -> (Reply, Seen) {
    let mut seen = Seen { method: head.method.to_string(), ..Seen::default() };
    let replied = carry_out(&house, head, body, id, &mut seen).await;
    (replied.unwrap_or_else(|problem| problem.reply(&id)), seen)
}

async fn carry_out(
    house: &Arc<House>,
    head: http::request::Parts,
    body: Bytes,
    id: RequestId,
    seen: &mut Seen,
) -> Result<Reply, Problem> {
    let from = house.kept_address(head.extensions.get(), &head.headers);
    let address = house.address(head.extensions.get(), &head.headers);
    let host = host(&head);
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
    let (path, query) = RequestPath::split(target).map_err(Problem::Ambiguous)?;
    let (path, query_text) = (path.as_str().to_owned(), query.map(str::to_owned));
    let found = find(&head.method, &path);
    let route = found.route();
    seen.route = route.map_or("", |route| route.path);
    let (route, captures) = (route.unwrap_or(&crate::routes::NOWHERE), found.captures());
    let http::request::Parts { method, headers, .. } = head;
    let (house, query) = (Arc::clone(house), Query::default());
    let target = target.to_owned();
    let call = Call {
        house,
        route,
        method,
        path,
        target,
        captures,
        query_text,
        query,
        headers,
        body,
        id,
        from,
        address,
        host,
    };
    match found {
        Found::Route { .. } => open(call, seen).await,
        Found::OtherMethods { allowed, .. } if is_of_console(&call.path) => {
            Ok(console::door::nothing(call, Problem::WrongMethod { allowed }).await)
        }
        Found::Nothing if is_of_console(&call.path) => {
            Ok(console::door::nothing(call, Problem::NoSuchPath).await)
        }
        Found::OtherMethods { allowed, public: true, .. } => Err(Problem::WrongMethod { allowed }),
        Found::OtherMethods { allowed, public: false, .. } => {
            turn_away(&call, seen, Problem::WrongMethod { allowed }).await
        }
        Found::Nothing => turn_away(&call, seen, Problem::NoSuchPath).await,
    }
}

/// The host that a request was sent to, in whichever way its version of HTTP says so.
fn host(head: &http::request::Parts) -> Option<String> {
    let said = head.headers.get(HOST).and_then(|host| host.to_str().ok());
    head.uri.authority().map(http::uri::Authority::as_str).or(said).map(str::to_owned)
}

/// Whoever is proven learns that there is nothing behind this; whoever is not learns nothing.
async fn turn_away(call: &Call, seen: &mut Seen, problem: Problem) -> Result<Reply, Problem> {
    let proven = call.prove(OwnDoor { takes: Takes::OurService, counts: true }).await?;
    seen.by = who(&proven);
    Ok(Visit::of(call, proven).end(Err(problem)))
}

async fn open(call: Call, seen: &mut Seen) -> Result<Reply, Problem> {
    match call.route.door {
        Door::Public(handler) => handler(call.with_query()?).await,
        Door::Replica(handler) => {
            let replica = crate::api::feed::replica(&call).await?;
            seen.by = format!("replica {replica}");
            handler(call.with_query()?, replica).await
        }
        Door::Page(demand, handler) => Ok(console::door::open(call, demand, handler, &mut seen.by).await),
        Door::Proven(demand, handler) => {
            let proven = call.prove(demand.own_door()).await?;
            seen.by = who(&proven);
            let visit = Visit::of(&call, proven.clone());
            Ok(visit.end(go_in(call, proven, demand, handler).await))
        }
    }
}

async fn go_in(
    call: Call,
    proven: Proven,
    demand: Demand,
    handler: crate::routes::ProvenHandler,
) -> Result<Reply, Problem> {
    demand.check(&call, &proven)?;
    handler(call.with_query()?, proven).await
}

impl Call {
    fn with_query(mut self) -> Result<Self, Problem> {
        self.query = Query::read(self.query_text.as_deref(), self.route.query)?;
        Ok(self)
    }
}

/// A request of somebody proven, from the door to the answer.
struct Visit {
    house: Arc<House>,
    proven: Proven,
    method: Method,
    target: String,
    id: RequestId,
    from: KeptAddress,
}

impl Visit {
    fn of(call: &Call, proven: Proven) -> Self {
        let (house, method, target) = (Arc::clone(&call.house), call.method.clone(), call.target.clone());
        Self { house, proven, method, target, id: call.id, from: call.from }
    }

    /// What is counted of it, and the answer with what every answer to a proven token says.
    fn end(self, replied: Result<Reply, Problem>) -> Reply {
        self.note(replied.as_ref().err().and_then(Problem::lack));
        let mut reply = match replied {
            Ok(reply) => with_position(reply, &self.proven, &self.house.settings),
            Err(problem) => problem.reply(&self.id),
        };
        if let Some(holder) = &self.proven.holder {
            tell_holder(holder.quota(), holder.stale_warning(), &mut reply.headers);
        }
        reply
    }

    /// A request by a proven token counts as use, whether it was let through or not.
    fn note(&self, lack: Option<Reason>) {
        let Some(holder) = &self.proven.holder else { return };
        let (method, target, from) = (self.method.as_str(), self.target.as_str(), self.from.as_str());
        let request = Asked { method, target, token: Presented::Nothing, id: &self.id, from };
        self.house.authority.verifier().note_own(holder, &request, self.house.clock(), lack);
    }
}

/// Who writes is told where it stands; a browser brings it along by itself.
fn with_position(mut reply: Reply, proven: &Proven, settings: &ApiSettings) -> Reply {
    let Some(position) = reply.position else { return reply };
    let by_session = proven.key().is_none();
    if let Some(cookie) = cookies::written_to(position, settings).filter(|_| by_session) {
        reply.headers.append(SET_COOKIE, cookie);
    }
    reply.with_text(HeaderName::from_static(POSITION_HEADER), &position.to_string())
}

fn who(proven: &Proven) -> String {
    match proven.by {
        counterfoil_core::event::Actor::User(member) => format!("user {member} of {}", proven.team.id),
        counterfoil_core::event::Actor::ApiKey(key) => format!("key {key} of {}", proven.team.id),
        counterfoil_core::event::Actor::Operator => "operator".to_owned(),
        counterfoil_core::event::Actor::Holder(key) => format!("holder of {key}"),
    }
}
