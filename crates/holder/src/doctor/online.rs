//! What only the server knows: asked of a Counterfoil server at the doors it has for it, else read from the answers of
//! App Store Connect.

use super::Check;
use super::answers::{Refused, clock, reasons};
use crate::caller::Caller;
use crate::fault::Fault;
use crate::http::{Answer, Call, Url};
use crate::mint::Order;
use counterfoil_core::catalog::Catalog;
use serde::Deserialize;
use serde_json::{Value, json};

/// A request that the key is meant for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meant {
    /// Its method.
    pub method: String,
    /// Its path, with a query if it has one.
    pub target: String,
}

/// What came of it.
pub struct Online {
    /// The checks.
    pub checks: Vec<Check>,
    /// What the key is and may do, as a Counterfoil server tells it.
    pub key_in_use: Option<Value>,
}

/// Asks the server at `base`.
pub fn examine_online(
    caller: &mut Caller<'_>,
    base: &Url,
    order: &Order,
    catalog: &Catalog,
    meant: Option<&Meant>,
) -> Online {
    let mut online = Online { checks: Vec::new(), key_in_use: None };
    if let Err(fault) = ask(caller, base, order, catalog, meant, &mut online) {
        online.checks.push(Check::of_fault("server", &fault, "an answer"));
    }
    online
}

fn ask(
    caller: &mut Caller<'_>,
    base: &Url,
    order: &Order,
    catalog: &Catalog,
    meant: Option<&Meant>,
    online: &mut Online,
) -> Result<(), Fault> {
    let in_use = caller.call(&Call::new("GET", base.with("/v1/keyInUse")?))?;
    online.checks.push(Check::good("server", format!("{} answers", base.origin()), "an answer"));
    online.checks.push(clock(caller.ahead(base)));
    let told = in_use.json().and_then(|mut body| Some(body.get_mut("data")?.take()));
    online.key_in_use = told.filter(|data| in_use.is_success() && data["type"] == "keyInUse");
    if let Some(checks) = diagnosed(caller, base, meant)? {
        online.checks.extend(checks);
        return Ok(());
    }
    let (method, target) =
        meant.map_or_else(|| usual(order), |meant| (meant.method.clone(), meant.target.clone()));
    if method != "GET" {
        online.checks.extend(foreseen(&method, &target, catalog));
        return Ok(());
    }
    let url = base.with(&target)?;
    let answer = caller.call(&Call::new("GET", url.clone()))?;
    online.checks.extend(read(caller, &answer, &url, order, catalog));
    Ok(())
}

/// A request that every key of its kind may make.
fn usual(order: &Order) -> (String, String) {
    let target = if order.bundle.is_some() { "/inApps/v1/transactions/0" } else { "/v1/apps?limit=1" };
    ("GET".into(), target.into())
}

/// What is answered by who is no Counterfoil server.
fn read(caller: &Caller<'_>, answer: &Answer, url: &Url, order: &Order, catalog: &Catalog) -> Vec<Check> {
    let refused = Refused { method: "GET", path: url.path(), answer, ahead: caller.ahead(url) };
    match answer.status {
        401 | 403 => reasons(&refused, caller.key(), order, catalog)
            .into_iter()
            .filter(|check| check.name != "clock")
            .collect(),
        429 => vec![Check::bad(
            "limits",
            "the hour's requests are used up",
            "requests left",
            "wait; X-Rate-Limit in each answer says how many are left",
        )],
        status => {
            vec![Check::good("key", format!("{} {} is answered with {status}", "GET", url.path()), "not 401")]
        }
    }
}

/// What the catalog says of a request that is not made for a trial.
fn foreseen(method: &str, target: &str, catalog: &Catalog) -> Option<Check> {
    let path = target.split('?').next().unwrap_or_default();
    let path = counterfoil_core::catalog::RequestPath::parse(path).ok()?;
    let explained = catalog.explain(method, &path)?;
    let roles: Vec<_> = explained.roles.iter().map(ToString::to_string).collect();
    let found = format!("not tried: {method} may change something");
    Some(Check::open("role", found, format!("one of: {}", roles.join(", "))))
}

#[derive(Deserialize)]
struct Diagnosis {
    checks: Vec<Check>,
}

/// What `POST /v1/diagnose` says; nothing where there is no such door or the holder is not proven.
pub(crate) fn diagnosed(
    caller: &mut Caller<'_>,
    base: &Url,
    meant: Option<&Meant>,
) -> Result<Option<Vec<Check>>, Fault> {
    let body = meant.map(|meant| json!({"method": meant.method, "path": meant.target}).to_string());
    let mut call = Call::new("POST", base.with("/v1/diagnose")?);
    call.body = body.as_deref().map(str::as_bytes);
    let answer = caller.call(&call)?;
    let diagnosis = serde_json::from_slice::<Diagnosis>(&answer.body).ok().filter(|_| answer.is_success());
    Ok(diagnosis.map(|diagnosis| diagnosis.checks))
}
