//! Answers to browsers: pages, ways on, and problems as pages.

use super::frame::{Frame, Section};
use super::notice::Notice;
use super::refused::in_words;
use super::visitor::Visitor;
use crate::app::ApiSettings;
use crate::cookies;
use crate::error::Problem;
use crate::reply::Reply;
use askama::Template;
use counterfoil_authority::Failure;
use http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, SET_COOKIE};
use http::{HeaderName, HeaderValue, StatusCode};

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// Nothing inline, nothing from elsewhere, forms to us alone, in nobody's frame; no script writes markup.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; \
    require-trusted-types-for 'script'; trusted-types 'none'";

/// What a page may ask a browser for: passkeys, and to copy.
const PERMISSIONS: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), \
    hid=(), magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=(), clipboard-read=(), \
    clipboard-write=(self), publickey-credentials-create=(self), publickey-credentials-get=(self)";

/// A page. The message that it shows is not shown again.
pub(crate) fn page(visitor: &Visitor, status: StatusCode, template: &impl Template) -> Reply {
    let mut reply = bare_page(status, template);
    if visitor.notice.is_some()
        && let Some(cookie) = cookies::notice_shown(visitor.settings())
    {
        reply.headers.append(SET_COOKIE, cookie);
    }
    reply
}

/// A page for nobody in particular.
pub(crate) fn bare_page(status: StatusCode, template: &impl Template) -> Reply {
    match template.render() {
        Ok(html) => with_policies(Reply::of(status, HTML, html)),
        Err(fault) => Reply {
            fault: Some(format!("a page could not be written: {fault}")),
            ..Reply::empty(StatusCode::INTERNAL_SERVER_ERROR)
        },
    }
}

/// What each page tells its browser. With `no-referrer`, as elsewhere, a browser would hide from us that a form
/// comes from our page.
fn with_policies(reply: Reply) -> Reply {
    let set = |reply: Reply, name: HeaderName, value| reply.with(name, HeaderValue::from_static(value));
    let reply = set(reply, CONTENT_SECURITY_POLICY, POLICY);
    let reply = set(reply, REFERRER_POLICY, "same-origin");
    let reply = set(reply, HeaderName::from_static("permissions-policy"), PERMISSIONS);
    let reply = set(reply, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(reply, HeaderName::from_static("x-frame-options"), "DENY")
}

/// A way on, by `GET`.
pub(crate) fn moved(place: &str) -> Reply {
    Reply::empty(StatusCode::SEE_OTHER).located(place)
}

/// A way on for this time, by the same method.
pub(crate) fn moved_for_now(place: &str) -> Reply {
    Reply::empty(StatusCode::TEMPORARY_REDIRECT).located(place)
}

impl Reply {
    /// This, with a message for the page that it leads to.
    pub(crate) fn noticed(self, notice: &Notice, settings: &ApiSettings) -> Self {
        self.with_cookie(notice.cookie(settings))
    }

    /// This with a cookie.
    pub(crate) fn with_cookie(mut self, cookie: Option<HeaderValue>) -> Self {
        if let Some(cookie) = cookie {
            self.headers.append(SET_COOKIE, cookie);
        }
        self
    }
}

/// A problem as a page.
pub(crate) fn problem_page(visitor: Option<&Visitor>, problem: &Problem, request: &str) -> Reply {
    let told = problem.reply(request);
    let (title, hint) = heading(told.status);
    let frame = visitor.map_or_else(|| Frame::bare(title), |visitor| visitor.frame(title, Section::None));
    let template = ProblemPage { frame, sentence: said(visitor, problem), hint, request };
    let mut reply = bare_page(told.status, &template);
    for name in [http::header::RETRY_AFTER, http::header::ALLOW] {
        if let Some(value) = told.headers.get(&name) {
            reply.headers.insert(name, value.clone());
        }
    }
    Reply { fault: told.fault.or(reply.fault.take()), ..reply }
}

/// What a problem says to people: the rule's own sentence, with roles by their titles. The API's words are about
/// keys.
fn said(visitor: Option<&Visitor>, problem: &Problem) -> String {
    match (problem, visitor) {
        (Problem::Failed(Failure::Refused(refusal)), Some(visitor)) => in_words(&visitor.catalog, refusal),
        (Problem::Failed(Failure::Refused(refusal)), _) => refusal.to_string(),
        (Problem::NotOpen { reason: Some(reason) }, _) => reason.clone(),
        (Problem::NoSuchPath, _) => "There is no such page.".to_owned(),
        _ => problem.sentence(),
    }
}

/// Whether a problem is something that whoever filled a form in can do something about.
pub(crate) fn forbidding(problem: &Problem) -> bool {
    let status = problem.reply("").status;
    status.is_client_error() && status != StatusCode::NOT_FOUND && status != StatusCode::UNAUTHORIZED
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    frame: Frame,
    sentence: String,
    hint: &'static str,
    request: &'a str,
}

/// What a problem's page is called, and what to do next.
fn heading(status: StatusCode) -> (&'static str, &'static str) {
    match status {
        StatusCode::NOT_FOUND => {
            ("Nothing here", "It may be gone, or belong to a team that you are not a member of.")
        }
        StatusCode::FORBIDDEN => ("Not for you", "If you need this, ask an administrator of your team."),
        StatusCode::SERVICE_UNAVAILABLE => {
            ("Not just now", "Nothing is lost. Wait a moment, then load this page again.")
        }
        status if status.is_server_error() => (
            "Something went wrong",
            "It is our fault, not yours. Whoever runs this server finds it in the log by the id below.",
        ),
        _ => ("That did not work", "Go back, look at what you typed, and try again."),
    }
}
