//! What is answered when something is not done: one place where refusals and failures become status,
//! code, title and detail. No match in here has an `_`: whoever adds a refusal says what it looks like.
//! docs/status-codes.md tells clients the same.

mod refused;
mod said;
mod told;
mod words;

use crate::reply::Reply;
use counterfoil_authority::Failure;
use counterfoil_core::catalog::AmbiguousPath;
use counterfoil_core::refusal::{Refusal, Thing};
use counterfoil_core::time::Timestamp;
use counterfoil_verify::answer::{self, Asked, Door};
use counterfoil_verify::verdict::Shut;
use counterfoil_verify::{Reason, Verdict};
use http::StatusCode;
use http::header::{ALLOW, RETRY_AFTER};
use said::Said;
use told::Document;

/// Why a request was not done.
#[derive(Clone, Debug)]
pub(crate) enum Problem {
    /// The use case did not do it.
    Failed(Failure),
    /// The verifier's verdict.
    Refused(Box<Verdict>),
    /// No credential, or one that proves nothing. Which, nobody learns.
    Unproven,
    /// A header field that can't be taken as it is.
    Header { name: &'static str, detail: &'static str },
    /// A change by a session that another site may have asked for.
    ForeignOrigin,
    /// The session is too old for this: whoever is signed in must prove anew who it is, there.
    StepUpRequired { see: String },
    /// The path could be read in two ways.
    Ambiguous(AmbiguousPath),
    /// There is no such path.
    NoSuchPath,
    /// The path has other methods.
    WrongMethod { allowed: String },
    /// A role or a kind of key does not open this; why, if whoever asks may know.
    NotOpen { reason: Option<String> },
    /// The token's scope leaves this out.
    OutOfScope,
    /// A key can be ended, and nothing else: `isActive` is never set to true.
    NotReinstated,
    /// The team has no access to the API, or not any more.
    AccessMissing { see: String },
    /// A parameter of the query.
    Parameter { name: String, fault: ParameterFault, detail: String },
    /// The body is not JSON, or not JSON that means one thing.
    NotJson(String),
    /// The body is too long.
    BodyTooLong,
    /// The body ended before its end.
    BodyBroken,
    /// The body came too slowly.
    BodyTooSlow,
    /// The head has too many bytes or fields.
    HeadTooBig,
    /// The body is of another type.
    MediaType { wanted: &'static str },
    /// Something in the entity.
    Entity { pointer: String, fault: EntityFault, detail: String },
    /// There is no such resource.
    NoSuch { resource: &'static str, id: String },
    /// The feed goes on in another life of the ledger.
    OtherLedger(String),
    /// The view of the ledger is too old to go by.
    Stale,
    /// Too many signatures wait to be checked.
    Overloaded,
    /// It took too long.
    TimedOut,
    /// The gateway has nothing to forward to.
    NoUpstream,
    /// The upstream can't be reached, or broke off before it said anything.
    UpstreamLost,
    /// The upstream said nothing for too long.
    UpstreamSlow,
    /// A fault of this program.
    Panicked,
}

/// What is wrong with a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ParameterFault {
    /// It does not belong here.
    Illegal,
    /// Its value is not one.
    Invalid,
    /// It is missing.
    Required,
}

/// What is wrong with a part of an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EntityFault {
    /// It is missing.
    Required,
    /// Its value is not one.
    Invalid,
    /// Its value is taken.
    Duplicate,
    /// There is no such attribute.
    Unknown,
    /// It can't be given here.
    NotAllowed,
    /// It can't be changed.
    NotEditable,
    /// `type` or `id` is of something else.
    OtherResource,
    /// A relationship's value is not one.
    Relationship,
}

impl Problem {
    /// A parameter that does not belong here.
    pub(crate) fn illegal(name: &str) -> Self {
        let detail = format!("The parameter '{}' can not be used with this request", shortened(name));
        Self::Parameter { name: shortened(name), fault: ParameterFault::Illegal, detail }
    }

    /// A parameter whose value is not one.
    pub(crate) fn invalid(name: &str, detail: impl Into<String>) -> Self {
        Self::Parameter { name: shortened(name), fault: ParameterFault::Invalid, detail: detail.into() }
    }

    /// An attribute with something wrong about it.
    pub(crate) fn attribute(name: &str, fault: EntityFault, detail: impl Into<String>) -> Self {
        let pointer = format!("/data/attributes/{}", shortened(name));
        Self::Entity { pointer, fault, detail: detail.into() }
    }

    /// There is no such thing.
    pub(crate) fn no_such(thing: Thing, id: &str) -> Self {
        Self::NoSuch { resource: thing.resource(), id: shortened(id) }
    }

    /// The answer. `request` names the request in it, but for the 401, whose body is one for all.
    pub(crate) fn reply(&self, request: &str) -> Reply {
        let told = match self.said() {
            Said::Ours(told) => told,
            Said::Verdict(verdict, see) => {
                return Reply { fault: self.fault(), ..reply_to(&verdict, see.as_deref(), request) };
            }
        };
        let status = StatusCode::from_u16(told.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut reply = Reply::json(status, &Document { errors: [told.object(request.to_owned())] });
        if let Some(seconds) = told.retry_after {
            reply = reply.with(RETRY_AFTER, seconds.into());
        }
        if let Some(allowed) = &told.allow {
            reply = reply.with_text(ALLOW, allowed);
        }
        reply.fault = self.fault();
        reply
    }

    /// Why a proven holder may not do this, as far as it is the key's lack and not the request's.
    pub(crate) fn lack(&self) -> Option<Reason> {
        match self {
            Self::Refused(verdict) => verdict.reason(),
            Self::OutOfScope => Some(Reason::Scope),
            Self::AccessMissing { .. } => Some(Reason::Access(Shut::NotApproved)),
            Self::NoSuchPath => Some(Reason::NoSuchPath),
            Self::Failed(Failure::Refused(Refusal::TeamSuspended)) => Some(Reason::Access(Shut::Suspended)),
            Self::Failed(Failure::Refused(Refusal::TeamClosed)) => Some(Reason::Access(Shut::Closed)),
            other => (other.reply("").status == StatusCode::FORBIDDEN).then_some(Reason::Role),
        }
    }

    /// What the log should know of a fault on our side.
    fn fault(&self) -> Option<String> {
        match self {
            Self::Failed(
                Failure::Refused(_) | Failure::IdempotencyMismatch | Failure::TooManyMails { .. },
            ) => None,
            Self::Failed(failure) => Some(failure.to_string()),
            Self::Stale => Some("the ledger was not heard of for too long".to_owned()),
            Self::TimedOut => Some("the request took too long".to_owned()),
            Self::Panicked => Some("the program panicked".to_owned()),
            Self::Refused(verdict) => match verdict.reason() {
                Some(Reason::Stale { .. }) => Self::Stale.fault(),
                _ => None,
            },
            Self::NoUpstream
            | Self::UpstreamLost
            | Self::UpstreamSlow
            | Self::Unproven
            | Self::Header { .. }
            | Self::ForeignOrigin
            | Self::StepUpRequired { .. }
            | Self::Overloaded
            | Self::Ambiguous(_)
            | Self::NoSuchPath
            | Self::WrongMethod { .. }
            | Self::NotOpen { .. }
            | Self::OutOfScope
            | Self::NotReinstated
            | Self::AccessMissing { .. }
            | Self::Parameter { .. }
            | Self::NotJson(_)
            | Self::BodyTooLong
            | Self::BodyBroken
            | Self::BodyTooSlow
            | Self::HeadTooBig
            | Self::MediaType { .. }
            | Self::Entity { .. }
            | Self::NoSuch { .. }
            | Self::OtherLedger(_) => None,
        }
    }

    /// What it says, for answers of another form.
    pub(crate) fn sentence(&self) -> String {
        match self.said() {
            Said::Ours(told) => told.detail,
            Said::Verdict(verdict, _) => {
                verdict.reason().map_or_else(String::new, |reason| reason.to_string())
            }
        }
    }
}

fn reply_to(verdict: &Verdict, see: Option<&str>, request: &str) -> Reply {
    // Our own doors answer in one form, whichever service the key is for; that form tells no time of day.
    let verdict = Verdict { service: None, ..verdict.clone() };
    let asked = Asked { door: Door::Gateway, id: request, see, now: Timestamp::from_millis(0) };
    let Some(response) = answer::refusal(&verdict, &asked) else {
        return Problem::Panicked.reply(request);
    };
    let (head, body) = response.into_parts();
    Reply { headers: head.headers, body: body.into(), ..Reply::empty(head.status) }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::Failed(Failure::Refused(refusal))
    }
}

fn shortened(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(100).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    const PAGE: &str = include_str!("../../../docs/status-codes.md");
    const OF_VERDICTS: &str = include_str!("../../verify/src/answer/json_api.rs");

    /// Words of capitals and underscores, dots between, of two parts at least.
    fn codes(text: &str, quote: char) -> BTreeSet<String> {
        let is_code = |word: &&str| {
            word.len() > 3
                && word.contains(['_', '.'])
                && word.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_' || letter == '.')
        };
        text.split(quote).filter(is_code).map(str::to_owned).collect()
    }

    #[test]
    fn the_page_on_status_codes_names_every_code_and_no_other() {
        let mut told = BTreeSet::new();
        for source in
            [include_str!("error/said.rs"), include_str!("error/refused.rs"), include_str!("error/words.rs")]
        {
            told.extend(codes(source.split("#[cfg(test)]").next().unwrap(), '"'));
        }
        told.extend(codes(OF_VERDICTS, '"'));
        told.extend(["GONE".to_owned(), "NOT_FOUND".to_owned()]);
        let mut named = codes(PAGE, '`');
        named.extend(["GONE".to_owned()].into_iter().filter(|code| PAGE.contains(&format!("`{code}`"))));
        assert_eq!(named, told);
    }
}
