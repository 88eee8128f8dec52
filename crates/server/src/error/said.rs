//! What is said of each problem: status, code, title and detail. No `_`: whoever adds a problem says what it looks like.

use super::Problem;
use super::refused::failed;
use super::told::{Source, Told};
use super::words::{
    FORBIDDEN, KEY_NOT_ALLOWED, PARAMETER, STATE, UNAVAILABLE, UPSTREAM, entity, no_such, not_open,
    parameter, unexpected,
};
use counterfoil_verify::verdict::{Shut, Unproven};
use counterfoil_verify::{Outcome, Reason, Verdict};
use std::time::Duration;

/// Who words the answer.
pub(super) enum Said {
    Ours(Told),
    /// A verdict's words are the verify crate's, so that an embedded verifier says the same; and where more stands.
    Verdict(Box<Verdict>, Option<String>),
}

impl Said {
    fn of(reason: Reason) -> Self {
        Self::Verdict(Box::new(refused_for(reason)), None)
    }
}

impl Problem {
    /// What is said of it, and by whom.
    pub(super) fn said(&self) -> Said {
        let told = match self {
            Self::Failed(failure) => failed(failure),
            Self::Refused(verdict) => return Said::Verdict(verdict.clone(), None),
            Self::Unproven => return Said::of(Reason::Unproven(Unproven::NoCredential)),
            Self::Ambiguous(how) => return Said::of(Reason::Ambiguous(*how)),
            Self::NoSuchPath => return Said::of(Reason::NoSuchPath),
            Self::OutOfScope => return Said::of(Reason::Scope),
            Self::Overloaded => return Said::of(Reason::Overloaded { retry_after: Duration::from_secs(1) }),
            Self::Stale => return Said::of(Reason::Stale { retry_after: Duration::from_secs(1) }),
            Self::AccessMissing { see } => {
                let verdict = refused_for(Reason::Access(Shut::NotApproved));
                return Said::Verdict(Box::new(verdict), Some(see.clone()));
            }
            Self::Header { name, detail } => {
                let source = Source::Header(name);
                Told { source: Some(source), ..Told::new(400, "PARAMETER_ERROR.INVALID", PARAMETER, *detail) }
            }
            Self::ForeignOrigin => Told::new(
                403,
                "FORBIDDEN_ERROR.ORIGIN",
                FORBIDDEN,
                "A signed-in browser changes things from this site's own pages only: Origin or Sec-Fetch-Site must say so.",
            ),
            Self::StepUpRequired { see } => Told {
                see: Some(see.clone()),
                ..Told::new(
                    403,
                    "FORBIDDEN_ERROR.STEP_UP_REQUIRED",
                    FORBIDDEN,
                    "Prove once more that it is you, in the console, and try again.",
                )
            },
            Self::WrongMethod { allowed } => Told {
                allow: Some(allowed.clone()),
                ..Told::new(
                    405,
                    "METHOD_NOT_ALLOWED",
                    "The method in this request is not allowed",
                    format!("This path takes {allowed}"),
                )
            },
            Self::NotOpen { reason } => Told { reason: reason.clone(), ..not_open(KEY_NOT_ALLOWED) },
            Self::NotReinstated => Told::new(
                409,
                "STATE_ERROR.REVOKED",
                STATE,
                "`isActive` can only be set to false, which revokes the key. A revoked key stays revoked: generate a new one",
            ),
            Self::Parameter { name, fault, detail } => parameter(name, *fault, detail),
            Self::NotJson(detail) => Told::new(
                400,
                "ENTITY_INVALID",
                "JSON processing failed",
                format!("JSON processing failed: {detail}"),
            ),
            Self::BodyTooLong => {
                Told::new(413, "ENTITY_TOO_LARGE", "The request body is too large", "At most 1 MiB is taken")
            }
            Self::BodyBroken => Told::new(
                400,
                "ENTITY_INVALID",
                "The request body is not complete",
                "It ended before its end",
            ),
            Self::BodyTooSlow => Told::new(
                408,
                "REQUEST_TIMEOUT",
                "The request took too long to arrive",
                "The request body came too slowly",
            ),
            Self::HeadTooBig => Told::new(
                431,
                "REQUEST_HEADERS_TOO_LARGE",
                "The header fields of the request are too large",
                "Send fewer header fields, or shorter ones",
            ),
            Self::MediaType { wanted } => Told::new(
                415,
                "UNSUPPORTED_MEDIA_TYPE",
                "The content type of the request is not supported",
                format!("Send the body as {wanted}"),
            ),
            Self::Entity { pointer, fault, detail } => entity(pointer, *fault, detail),
            Self::NoSuch { resource, id } => no_such(resource, id),
            Self::OtherLedger(detail) => Told::new(409, "STATE_ERROR.OTHER_LEDGER", STATE, detail.clone()),
            Self::TimedOut => Told {
                retry_after: Some(1),
                ..Told::new(
                    503,
                    "SERVICE_UNAVAILABLE.TIMEOUT",
                    UNAVAILABLE,
                    "The request took too long; try again",
                )
            },
            Self::NoUpstream => Told::new(
                502,
                "UPSTREAM_ERROR.NOT_SET",
                UPSTREAM,
                "This request is allowed, but the server has nothing to forward it to: its operator sets --upstream",
            ),
            Self::UpstreamLost => Told::new(
                502,
                "UPSTREAM_ERROR",
                UPSTREAM,
                "This request is allowed, but the API behind this server can't be reached, or broke off",
            ),
            Self::UpstreamSlow => Told::new(
                504,
                "UPSTREAM_ERROR.TIMEOUT",
                UPSTREAM,
                "This request is allowed, but the API behind this server did not answer in time; it may still act on it",
            ),
            Self::Panicked => unexpected(),
        };
        Said::Ours(told)
    }
}

const fn refused_for(reason: Reason) -> Verdict {
    Verdict { outcome: Outcome::Refused(reason), service: None, by: None, quota: None, stale_warning: None }
}
