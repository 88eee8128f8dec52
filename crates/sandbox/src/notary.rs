//! The notary: software is submitted, looked at, and found fit, all by the clock. Nothing is uploaded.
//!
//! A submission is in progress for a minute. Then it is accepted; or invalid or rejected, if its name has that word in
//! it, so that automation can try what it does then.

mod log;

use crate::dates::zulu;
use crate::engine::{Draft, House, attributes_of};
use crate::entity::Entity;
use crate::fault::{EntityCode, Fault};
use crate::ids;
use crate::outgoing::Target;
use crate::store::{Kept, Order, Origin, Reading, Store, Wanted, Writing};
use crate::table::{Ids, Kind};
use http::Method;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

pub(crate) use log::developer_log;

/// Before what the notary answers.
pub(crate) const PREFIX: &str = "/notary/";
const PATH: &str = "/notary/v2/submissions";
/// The type as which submissions are kept, and shown.
const KIND: &str = "submissions";

/// How long the notary looks at software.
const LOOKING: Duration = Duration::from_secs(60);
/// How many submissions the list shows, the last first.
const MOST_LISTED: usize = 100;
const LONGEST_NAME: usize = 1000;

/// Answers a request of the notary's API.
///
/// # Errors
/// If it can't be done, or nothing is there.
pub(crate) fn answer(
    house: House<'_>,
    store: &Store,
    team: &str,
    method: &Method,
    path: &str,
    body: &[u8],
) -> Result<String, Fault> {
    let nowhere = || Fault::NoSuchPath(path.to_owned());
    let rest = path.strip_prefix(PATH).ok_or_else(nowhere)?;
    let is_look = matches!(*method, Method::GET | Method::HEAD);
    match rest.split('/').skip(1).collect::<Vec<_>>().as_slice() {
        _ if !rest.is_empty() && !rest.starts_with('/') => Err(nowhere()),
        [] if *method == Method::POST => store.write(team, |writing| submit(house, writing, body)),
        [] if is_look => store.read(team, |reading| list(house, reading)),
        [id] if is_look => store.read(team, |reading| status(house, reading, id)),
        [id, "logs"] if is_look => store.read(team, |reading| where_log_is(house, reading, team, id)),
        [] | [_] | [_, "logs"] => Err(Fault::WrongMethod(method.to_string())),
        _ => Err(nowhere()),
    }
}

/// Takes a submission, and says where its software would be uploaded to.
fn submit(house: House<'_>, writing: &Writing<'_>, body: &[u8]) -> Result<String, Fault> {
    let mut attributes = read(body)?;
    attributes.insert("createdDate".to_owned(), zulu(house.now).into());
    let entity = Entity {
        kind: KIND.to_owned(),
        id: None,
        attributes: attributes.clone(),
        relations: BTreeMap::new(),
    };
    let kept = house.keep(writing, house.kind(KIND)?, Draft { id: None, attributes, entity }, None)?;
    let place = json!({
        "awsAccessKeyId": format!("ASIASANDBX{}", ids::fresh(Ids::Code)),
        "awsSecretAccessKey": format!("sandbox-{}", ids::uuid()),
        "awsSessionToken": format!("sandbox-{}", ids::uuid()),
        "bucket": "counterfoil-sandbox",
        "object": format!("sandbox/{}", kept.id),
    });
    Ok(shown("newSubmissions", &kept.id, &place))
}

/// What a new submission says, as it is kept.
fn read(body: &[u8]) -> Result<Map<String, Value>, Fault> {
    let body: Value = serde_json::from_slice(body).map_err(|fault| Fault::BadBody(fault.to_string()))?;
    let sha256 = text(&body, "sha256")?;
    if sha256.len() != 64 || !sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(wrong("sha256", "It must be 64 hexadecimal digits"));
    }
    let name = text(&body, "submissionName")?;
    if let Some(why) = Kind::Text(LONGEST_NAME).refuses(&body["submissionName"]) {
        return Err(wrong("submissionName", &why));
    }
    let notifications = body.get("notifications").filter(|it| !it.is_null()).cloned().unwrap_or(json!([]));
    check_notifications(&notifications)?;
    Ok(Map::from_iter([
        ("name".to_owned(), name.into()),
        ("sha256".to_owned(), sha256.to_ascii_lowercase().into()),
        ("notifications".to_owned(), notifications),
    ]))
}

fn text<'b>(body: &'b Value, name: &str) -> Result<&'b str, Fault> {
    let missing = || {
        let detail = format!("You must provide a value for '{name}'");
        Fault::Entity { code: EntityCode::AttributeRequired, pointer: format!("/{name}"), detail }
    };
    body[name].as_str().filter(|text| !text.is_empty()).ok_or_else(missing)
}

fn wrong(name: &str, why: &str) -> Fault {
    Fault::Entity { code: EntityCode::AttributeInvalid, pointer: format!("/{name}"), detail: why.to_owned() }
}

fn check_notifications(given: &Value) -> Result<(), Fault> {
    let all = given.as_array().ok_or_else(|| wrong("notifications", "It must be a list"))?;
    for (place, each) in all.iter().enumerate() {
        if each["channel"] != "webhook" {
            return Err(wrong(&format!("notifications/{place}/channel"), "It must be webhook"));
        }
        let target = Target::read(each["target"].as_str().unwrap_or_default());
        target.map_err(|why| wrong(&format!("notifications/{place}/target"), why))?;
    }
    Ok(())
}

fn list(house: House<'_>, reading: &Reading<'_>) -> Result<String, Fault> {
    let sort = vec![(Order::Attribute("createdDate".to_owned()), true)];
    let wanted = Wanted { sort, most: MOST_LISTED, ..Wanted::from(Origin::All { kind: KIND }) };
    let listed = reading.list(&wanted)?.kept;
    let all: Result<Vec<Value>, Fault> = listed
        .iter()
        .map(|kept| Ok(resource(KIND, &kept.id, &Submission::of(kept)?.attributes(house.now))))
        .collect();
    Ok(json!({ "data": all?, "meta": {} }).to_string())
}

fn status(house: House<'_>, reading: &Reading<'_>, id: &str) -> Result<String, Fault> {
    let submission = Submission::of(&house.find(reading, KIND, id)?)?;
    Ok(shown(KIND, id, &submission.attributes(house.now)))
}

/// Where the log can be fetched, without a token, once there is one.
fn where_log_is(house: House<'_>, reading: &Reading<'_>, team: &str, id: &str) -> Result<String, Fault> {
    let submission = Submission::of(&house.find(reading, KIND, id)?)?;
    if submission.status(house.now) == Status::InProgress {
        return Err(Fault::NoSuchResource { kind: "submissionsLog".to_owned(), id: id.to_owned() });
    }
    let url = format!("{}/sandbox/notary/{team}/{id}/developer_log.json", house.base);
    Ok(shown("submissionsLog", id, &json!({ "developerLogUrl": url })))
}

fn resource(kind: &str, id: &str, attributes: &Value) -> Value {
    json!({ "attributes": attributes, "id": id, "type": kind })
}

fn shown(kind: &str, id: &str, attributes: &Value) -> String {
    json!({ "data": resource(kind, id, attributes), "meta": {} }).to_string()
}

/// What the notary thinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    InProgress,
    Accepted,
    Invalid,
    Rejected,
}

impl Status {
    const fn word(self) -> &'static str {
        match self {
            Self::InProgress => "In Progress",
            Self::Accepted => "Accepted",
            Self::Invalid => "Invalid",
            Self::Rejected => "Rejected",
        }
    }
}

/// What was submitted.
struct Submission {
    name: String,
    sha256: String,
    created: String,
}

impl Submission {
    fn of(kept: &Kept) -> Result<Self, Fault> {
        let values = attributes_of(kept)?;
        let text = |name: &str| values.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(Self { name: text("name"), sha256: text("sha256"), created: text("createdDate") })
    }

    /// Moments are written so that their order is that of their text.
    fn status(&self, now: SystemTime) -> Status {
        let since = zulu(now.checked_sub(LOOKING).unwrap_or(now));
        let name = self.name.to_lowercase();
        match () {
            () if self.created > since => Status::InProgress,
            () if name.contains("invalid") => Status::Invalid,
            () if name.contains("rejected") => Status::Rejected,
            () => Status::Accepted,
        }
    }

    fn attributes(&self, now: SystemTime) -> Value {
        json!({ "createdDate": self.created, "name": self.name, "status": self.status(now).word() })
    }
}
