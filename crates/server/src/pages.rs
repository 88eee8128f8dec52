//! The few pages that there are before the console: where one-time links lead. They need nothing from anywhere
//! else, and a look at a link (a mail program's preview) never uses it up.

use crate::call::Call;
use crate::cookies::{self, shown_session};
use crate::error::Problem;
use crate::origin;
use crate::query::{Parameter, ParameterKind, decoded};
use crate::reply::Reply;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use counterfoil_authority::sign_in::{Purpose, Who};
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, SET_COOKIE};
use http::{HeaderValue, StatusCode};
use std::sync::LazyLock;

pub(crate) static QUERY: &[Parameter] =
    &[Parameter { name: "link", kind: ParameterKind::Text, about: "The secret of the link" }];

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
const STYLE: &str = include_str!("pages/style.css");
const FRAME: &str = include_str!("pages/frame.html");

pub(crate) async fn set_up(call: Call) -> Result<Reply, Problem> {
    let link = call.query.text("link").unwrap_or_default();
    let good = call.authority().look_at_link(link).await?.is_some_and(|link| link.purpose == Purpose::SetUp);
    if !good {
        return Ok(over());
    }
    let steps = "<p>This server is ready, and nobody has set it up yet. Open the first team on the machine that it runs on:</p>\
        <pre><code>counterfoil bootstrap --team \"Your team\" --email you@example.com --out ./keys</code></pre>\
        <p>The command opens the team with you as its Account Holder, approves its access to the API, and puts the first \
        admin key into <code>./keys</code>. Add <code>--sign-in</code> for a link that signs you in here.</p>\
        <p>Give the same <code>--data</code> or <code>--database</code> as to <code>counterfoil serve</code>. \
        Looking at this page has not used your link up.</p>";
    Ok(page(StatusCode::OK, "Set up Counterfoil", steps))
}

pub(crate) async fn sign_in(call: Call) -> Result<Reply, Problem> {
    let Some(link) = call.query.text("link") else { return who_is_signed_in(&call).await };
    let Some(view) = call.authority().look_at_link(link).await? else { return Ok(over()) };
    let whom = match view.purpose {
        Purpose::SignIn(person) => match call.authority().person(person).await? {
            Some(person) => escaped(&person.email),
            None => return Ok(over()),
        },
        Purpose::Operator => "the operator".to_owned(),
        Purpose::SetUp | Purpose::Join(_) => return Ok(over()),
    };
    let form = format!(
        "<p>Sign in as <strong>{whom}</strong>. The link is good once.</p>\
        <form method=\"post\" action=\"/sign-in\"><input type=\"hidden\" name=\"link\" value=\"{}\">\
        <button type=\"submit\">Sign in</button></form>",
        escaped(link)
    );
    Ok(page(StatusCode::OK, "Sign in", &form))
}

pub(crate) async fn open_session(call: Call) -> Result<Reply, Problem> {
    origin::must_be_ours(&call.headers, &call.house.settings)?;
    let link = form_value(&call, "link")?.unwrap_or_default();
    if call.authority().look_at_link(&link).await?.is_some_and(|link| link.purpose == Purpose::SetUp) {
        return Ok(over());
    }
    let Some(session) = call.authority().use_link(&link, &Default::default()).await? else { return Ok(over()) };
    let cookie = cookies::signed_in(session.expose(), &call.house.settings);
    Ok(with_cookie(moved("/sign-in"), cookie))
}

pub(crate) async fn sign_out(call: Call) -> Result<Reply, Problem> {
    origin::must_be_ours(&call.headers, &call.house.settings)?;
    if let Some(secret) = shown_session(&call.headers, &call.house.settings)? {
        call.authority().end_session(&secret).await?;
    }
    Ok(with_cookie(moved("/sign-in"), cookies::signed_out(&call.house.settings)))
}

async fn who_is_signed_in(call: &Call) -> Result<Reply, Problem> {
    let session = match shown_session(&call.headers, &call.house.settings)? {
        Some(secret) => call.authority().session(&secret).await?,
        None => None,
    };
    let Some(session) = session else {
        let words = "<p>You are not signed in. Ask whoever runs this server for a link.</p>";
        return Ok(page(StatusCode::OK, "Signed out", words));
    };
    let who = match session.who {
        Who::Operator => "the operator".to_owned(),
        Who::Person(person) => {
            call.authority().person(person).await?.map(|person| escaped(&person.email)).unwrap_or_default()
        }
    };
    let words = format!(
        "<p>You are signed in as <strong>{who}</strong>.</p>\
        <form method=\"post\" action=\"/sign-out\"><button type=\"submit\">Sign out</button></form>"
    );
    Ok(page(StatusCode::OK, "Signed in", &words))
}

fn over() -> Reply {
    let words = "<p>This link is not good, or not any more: each is good once and for a while. Ask for a new one.</p>";
    page(StatusCode::GONE, "This link is over", words)
}

fn page(status: StatusCode, title: &str, words: &str) -> Reply {
    let html = FRAME.replace("{title}", title).replace("{style}", STYLE).replace("{words}", words);
    // With `no-referrer`, as elsewhere, a browser would hide from us that its form comes from this page.
    let reply = Reply::of(status, HTML, html).with(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    match HeaderValue::from_str(&POLICY) {
        Ok(policy) => reply.with(CONTENT_SECURITY_POLICY, policy),
        Err(_) => reply,
    }
}

/// Nothing is loaded; of styles, ours alone; forms go to us.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, STYLE.as_bytes());
    let hash = STANDARD.encode(digest.as_ref());
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
});

fn moved(place: &'static str) -> Reply {
    Reply::empty(StatusCode::SEE_OTHER).located(place)
}

fn with_cookie(mut reply: Reply, cookie: Option<HeaderValue>) -> Reply {
    if let Some(cookie) = cookie {
        reply.headers.append(SET_COOKIE, cookie);
    }
    reply
}

fn form_value(call: &Call, name: &str) -> Result<Option<String>, Problem> {
    const FORM: &str = "application/x-www-form-urlencoded";
    let kind = call.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(FORM) {
        return Err(Problem::MediaType { wanted: FORM });
    }
    let text = std::str::from_utf8(&call.body).unwrap_or_default();
    let value = text.split('&').filter_map(|pair| pair.split_once('=')).find(|(found, _)| *found == name);
    Ok(value.and_then(|(_, value)| decoded(value)))
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            plain => escaped.push(plain),
        }
    }
    escaped
}
