//! A request that was let in, with everything that a door needs to answer it.

use crate::app::House;
use crate::error::Problem;
use crate::page::Page;
use crate::proof::Proven;
use crate::query::{Query, encoded};
use crate::reply::Reply;
use crate::request_id::RequestId;
use crate::resource::Resource;
use crate::routes::Route;
use crate::trust::KeptAddress;
use aws_lc_rs::digest::{Context, SHA256};
use bytes::Bytes;
use counterfoil_authority::idempotency::IdempotencyKey;
use counterfoil_authority::{Authority, Request};
use counterfoil_core::event::Actor;
use counterfoil_core::id::{IssuerId, KeyId, Malformed};
use counterfoil_core::refusal::Thing;
use http::{HeaderMap, Method, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};
use std::net::IpAddr;
use std::sync::Arc;

/// The longest name that a request may give itself.
const LONGEST_IDEMPOTENCY_KEY: usize = 255;

/// A request that was let in.
#[derive(Clone)]
pub(crate) struct Call {
    /// What all requests share.
    pub(crate) house: Arc<House>,
    /// The row of the table that it came in by.
    pub(crate) route: &'static Route,
    /// Its method.
    pub(crate) method: Method,
    /// Its path, which means one thing.
    pub(crate) path: String,
    /// Path and query as they came.
    pub(crate) target: String,
    /// What stands in the places that the route leaves open.
    pub(crate) captures: Vec<String>,
    /// What stands behind the question mark.
    pub(crate) query_text: Option<String>,
    /// The same, read by the route's table.
    pub(crate) query: Query,
    /// Its header fields.
    pub(crate) headers: HeaderMap,
    /// Its body.
    pub(crate) body: Bytes,
    /// What it is called.
    pub(crate) id: RequestId,
    /// What is kept of its sender's address.
    pub(crate) from: KeptAddress,
    /// The whole address, for what is counted by it in memory.
    pub(crate) address: Option<IpAddr>,
    /// The host, and port, that it was sent to.
    pub(crate) host: Option<String>,
}

impl Call {
    /// The use cases.
    pub(crate) fn authority(&self) -> &Authority {
        &self.house.authority
    }

    /// What stands in the first open place of the path.
    pub(crate) fn named(&self) -> &str {
        self.captures.first().map_or("", String::as_str)
    }

    /// The id in the path.
    ///
    /// # Errors
    /// What is not an id names nothing that there is: not found.
    pub(crate) fn named_as<T>(&self, thing: Thing) -> Result<T, Problem>
    where
        T: for<'a> TryFrom<&'a str, Error = Malformed>,
    {
        T::try_from(self.named()).map_err(|_| Problem::no_such(thing, self.named()))
    }

    /// The key id in the path.
    ///
    /// # Errors
    /// As [`Call::named_as`].
    pub(crate) fn named_key(&self) -> Result<KeyId, Problem> {
        self.named_as(Thing::Key)
    }

    /// A place, as others find it.
    pub(crate) fn place(&self, path: &str) -> String {
        format!("{}{path}", self.house.settings.public_url)
    }

    /// What the authority must know of whoever asks.
    ///
    /// # Errors
    /// An `Idempotency-Key` that is not one.
    pub(crate) fn request(&self, proven: &Proven) -> Result<Request, Problem> {
        Ok(Request { by: proven.by, idempotency: self.idempotency(proven)? })
    }

    fn idempotency(&self, proven: &Proven) -> Result<Option<IdempotencyKey>, Problem> {
        let mut given = self.headers.get_all("idempotency-key").iter();
        let Some(name) = given.next() else { return Ok(None) };
        let fits = (1..=LONGEST_IDEMPOTENCY_KEY).contains(&name.len()) && name.to_str().is_ok();
        if !fits || given.next().is_some() {
            let detail = "An Idempotency-Key is given once, and has 1 to 255 printable characters";
            return Err(Problem::Header { name: "Idempotency-Key", detail });
        }
        Ok(Some(self.named_request(proven.team.id, proven.by, name.as_bytes())))
    }

    /// This request under a name of its own: who asks for the same under the same name asks once.
    pub(crate) fn named_request(&self, team: IssuerId, by: Actor, name: &[u8]) -> IdempotencyKey {
        let query = self.query_text.as_deref().unwrap_or_default();
        let caller = format!("{by:?}");
        let scope = [
            team.as_bytes().as_slice(),
            caller.as_bytes(),
            self.method.as_str().as_bytes(),
            self.path.as_bytes(),
            query.as_bytes(),
            name,
        ];
        IdempotencyKey { scope: hash(&scope), body: hash(&[&self.body]) }
    }

    /// One resource.
    pub(crate) fn one(&self, status: StatusCode, resource: Resource, included: Vec<Resource>) -> Reply {
        let place = self.place(&self.path);
        let document = One {
            data: resource.trimmed(&self.query),
            included: self.included(included),
            links: json!({ "self": place }),
        };
        Reply::json(status, &document)
    }

    /// A page of resources.
    pub(crate) fn many(&self, page: Page<Resource>, included: Vec<Resource>) -> Reply {
        let document = Many {
            data: page.items.into_iter().map(|resource| resource.trimmed(&self.query)).collect(),
            included: self.included(included),
            links: self.page_links(page.next.as_deref()),
            meta: json!({ "paging": { "total": page.total, "limit": page.limit } }),
        };
        Reply::ok(&document)
    }

    /// What came along, each thing once.
    fn included(&self, mut included: Vec<Resource>) -> Option<Vec<Resource>> {
        self.query.text("include")?;
        included.sort_by(|one, other| (one.kind(), one.id()).cmp(&(other.kind(), other.id())));
        included.dedup_by(|one, other| (one.kind(), one.id()) == (other.kind(), other.id()));
        Some(included.into_iter().map(|resource| resource.trimmed(&self.query)).collect())
    }

    fn page_links(&self, next: Option<&str>) -> Value {
        let here = |query: String| {
            let path = self.path.split('/').map(encoded).collect::<Vec<_>>().join("/");
            self.place(&if query.is_empty() { path } else { format!("{path}?{query}") })
        };
        let mut links = json!({ "self": here(self.query.to_text()) });
        if let Some(next) = next {
            links["next"] = here(self.query.with_cursor(Some(next))).into();
        }
        links
    }
}

#[derive(Serialize)]
struct One {
    data: Resource,
    #[serde(skip_serializing_if = "Option::is_none")]
    included: Option<Vec<Resource>>,
    links: Value,
}

#[derive(Serialize)]
struct Many {
    data: Vec<Resource>,
    #[serde(skip_serializing_if = "Option::is_none")]
    included: Option<Vec<Resource>>,
    links: Value,
    meta: Value,
}

/// SHA-256 over parts, each with its length before it, so that no two lists of parts run together.
fn hash(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}
