//! The External Purchase Server API: `/externalPurchase/v1/reports`. A report is checked as a whole, and kept as a whole
//! or not at all; what was kept can be looked up.
//!
//! Nobody hands out tokens here: an external purchase id that begins with `SANDBOX`, as those of Apple's sandbox do, is
//! taken for one that was, and may say more of it.

mod checks;
mod line;
mod mistake;
mod token;

use crate::fault::Fault;
use crate::ids;
use crate::server_api::{Call, Refusal, Said, in_own_form};
use crate::store::Writing;
use http::{Method, StatusCode};
use line::Line;
use mistake::Mistake;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, UNIX_EPOCH};
use token::Described;

/// Before what is answered here.
pub(crate) const PREFIX: &str = "/externalPurchase/";
const REPORTS: &str = "/externalPurchase/v1/reports";
/// How many lines a report has at most: they are checked while nobody else can write.
const MOST_LINES: usize = 1000;
const TOO_MANY_LINES: Refusal =
    Refusal::Because("A report has at most 1000 line items; send the rest in reports of their own.");

/// Answers a call.
///
/// # Errors
/// If it is refused, or the store does not work.
pub(crate) fn answer(call: &Call<'_>) -> Result<Said, Fault> {
    at(call).map_err(in_own_form)
}

fn at(call: &Call<'_>) -> Result<Said, Fault> {
    let rest = call.path.strip_prefix(REPORTS).ok_or(Refusal::NothingHere)?;
    let app = call.app_id()?;
    match (call.method, rest.trim_matches('/')) {
        (&Method::PUT, "") => send(call, &app),
        (&Method::GET | &Method::HEAD, id) if !id.is_empty() && !id.contains('/') => retrieve(call, &app, id),
        (_, id) if !id.contains('/') => Err(Refusal::WrongMethod.into()),
        _ => Err(Refusal::NothingHere.into()),
    }
}

/// What is known of a token.
#[derive(Serialize, Deserialize)]
struct Token {
    /// Whether purchases were reported of it.
    has_lines: bool,
}

/// Takes a report.
fn send(call: &Call<'_>, app: &str) -> Result<Said, Fault> {
    let body: Option<Value> = serde_json::from_slice(call.body).ok();
    let body = body.filter(Value::is_object).ok_or(Refusal::BadRequest)?;
    let report = match Report::read(&body)? {
        Ok(report) => report,
        Err(mistakes) => return Err(refused(&mistakes)),
    };
    let now = call.house.now.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let now = i64::try_from(now.as_millis()).unwrap_or(i64::MAX);
    call.store.write(call.team, |writing| take(writing, app, &report, &body, now))?;
    Ok(Said::ok(&json!({ "requestIdentifier": report.request })))
}

/// Gives back a report that was taken.
fn retrieve(call: &Call<'_>, app: &str, id: &str) -> Result<Said, Fault> {
    let key = ids::read_uuid(id).unwrap_or_default();
    let report: Option<Value> = call.store.read(call.team, |reading| reading.aside(&reports(app), &key))?;
    let Some(report) = report else {
        let body = Mistake::NotFound("requestIdentifier").told(None).to_string();
        return Err(Fault::InOwnForm { status: StatusCode::BAD_REQUEST, body });
    };
    Ok(Said::ok(&report))
}

/// A report, as far as it can be read by itself.
struct Report {
    request: String,
    token: String,
    status: Status,
    lines: Vec<Line>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    LineItem,
    NoLineItem,
    UnrecognizedToken,
    DuplicateToken,
}

impl Status {
    fn read(word: &str) -> Option<Self> {
        Some(match word {
            "LINE_ITEM" => Self::LineItem,
            "NO_LINE_ITEM" => Self::NoLineItem,
            "UNRECOGNIZED_TOKEN" => Self::UnrecognizedToken,
            "DUPLICATE_TOKEN" => Self::DuplicateToken,
            _ => return None,
        })
    }
}

/// Mistakes, each with the line in which it was made, if in one.
type Mistakes = Vec<(Mistake, Option<String>)>;

impl Report {
    /// Reads a report, or says what of it is missing or must not be there. One that is of no form at all is refused.
    fn read(body: &Value) -> Result<Result<Self, Mistakes>, Refusal> {
        let mut mistakes: Mistakes = Vec::new();
        let mut text = |name: &'static str| match &body[name] {
            Value::String(text) if !text.is_empty() => Ok(text.clone()),
            Value::Null => {
                mistakes.push((Mistake::Omitted(name), None));
                Ok(String::new())
            }
            _ => Err(Refusal::BadRequest),
        };
        let (request, token, status) =
            (text("requestIdentifier")?, text("externalPurchaseId")?, text("status")?);
        if !mistakes.is_empty() {
            return Ok(Err(mistakes));
        }
        let request = ids::read_uuid(&request).ok_or(Refusal::BadRequest)?;
        let status = Status::read(&status).ok_or(Refusal::BadRequest)?;
        let given = match &body["lineItems"] {
            Value::Null => &[],
            Value::Array(all) => all.as_slice(),
            _ => return Err(Refusal::BadRequest),
        };
        if given.len() > MOST_LINES {
            return Err(TOO_MANY_LINES);
        }
        match (status, given) {
            (Status::LineItem, []) => return Ok(Err(vec![(Mistake::MissingLines, None)])),
            (Status::LineItem, _) | (_, []) => {}
            _ => return Ok(Err(vec![(Mistake::LinesNotAllowed, None)])),
        }
        let mut lines = Vec::new();
        for one in given {
            match Line::read(one)? {
                Ok(line) => lines.push(line),
                Err(some) => mistakes.extend(some),
            }
        }
        Ok(if mistakes.is_empty() { Ok(Self { request, token, status, lines }) } else { Err(mistakes) })
    }
}

/// Checks a report against all that was reported before, and keeps it.
fn take(writing: &Writing<'_>, app: &str, report: &Report, body: &Value, now: i64) -> Result<(), Fault> {
    let Report { request, token, status, lines: given } = report;
    let token_before: Option<Token> = writing.aside(&tokens(app), token)?;
    let had_lines = token_before.is_some_and(|token| token.has_lines);
    let known = related(writing, app, given)?;

    let mut mistakes: Mistakes = Vec::new();
    if writing.aside::<Value>(&reports(app), request)?.is_some() {
        mistakes.push((Mistake::Duplicate("requestIdentifier"), None));
    }
    match Described::read(token) {
        None => mistakes.push((Mistake::NotFound("externalPurchaseId"), None)),
        Some(described) => mistakes.extend(of_token(&described, *status, given)),
    }
    if had_lines && matches!(status, Status::NoLineItem | Status::UnrecognizedToken) {
        mistakes.push((Mistake::StatusRegression, None));
    }
    mistakes.extend(checks::all(given, &known, now));
    if !mistakes.is_empty() {
        return Err(refused(&mistakes));
    }
    writing.put_aside(&reports(app), request, body)?;
    writing.put_aside(&tokens(app), token, &Token { has_lines: had_lines || *status == Status::LineItem })?;
    given.iter().try_for_each(|line| keep(writing, app, line))
}

/// What does not fit the token of a report.
fn of_token(token: &Described, status: Status, lines: &[Line]) -> Mistakes {
    let mut mistakes: Mistakes = Vec::new();
    if status == Status::DuplicateToken && !token.may_be_duplicate {
        mistakes.push((Mistake::DuplicateNotAllowed, None));
    }
    if let Some(active) = &token.active {
        let outside = lines.iter().filter(|line| !active.contains(&line.created));
        mistakes.extend(outside.map(|line| (Mistake::OutsideOfToken, Some(line.id.clone()))));
    }
    mistakes
}

/// Keeps a line, so that it is found by its id and from the line that it refers to.
fn keep(writing: &Writing<'_>, app: &str, line: &Line) -> Result<(), Fault> {
    if let Some(reference) = &line.reference {
        writing.put_aside(&referring(app, reference), &line.id, &())?;
    }
    writing.put_aside(&lines(app), &line.id, line)
}

/// What was reported before of these lines, of those that they refer to, and of those that refer to any of these. Whatever
/// else an app has reported, it is not read.
fn related(writing: &Writing<'_>, app: &str, given: &[Line]) -> Result<BTreeMap<String, Line>, Fault> {
    let named: BTreeSet<&str> =
        given.iter().flat_map(|line| [Some(line.id.as_str()), line.reference.as_deref()]).flatten().collect();
    let mut known = BTreeMap::new();
    for id in named {
        let others: Vec<(String, ())> = writing.shelf(&referring(app, id))?;
        for id in others.into_iter().map(|(other, ())| other).chain([id.to_owned()]) {
            if let Some(line) = writing.aside(&lines(app), &id)? {
                known.insert(id, line);
            }
        }
    }
    Ok(known)
}

fn refused(mistakes: &Mistakes) -> Fault {
    let errors: Vec<Value> = mistakes.iter().map(|(mistake, line)| mistake.told(line.as_deref())).collect();
    Fault::InOwnForm { status: StatusCode::BAD_REQUEST, body: json!({ "errors": errors }).to_string() }
}

fn reports(app: &str) -> String {
    format!("externalPurchaseReports/{app}")
}

fn tokens(app: &str) -> String {
    format!("externalPurchaseTokens/{app}")
}

fn lines(app: &str) -> String {
    format!("externalPurchaseLines/{app}")
}

/// Where the ids of those lie that refer to this line.
fn referring(app: &str, id: &str) -> String {
    format!("externalPurchaseReferences/{app}/{id}")
}
