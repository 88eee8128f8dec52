//! `/sign-in`: by passkey, by password, by another provider, or by a link that is good once. A look at a link (a
//! mail program's preview) never uses it up.

use super::{let_in, onward, over, settled};
use crate::console::answer::page;
use crate::console::faults::Faults;
use crate::console::form::Form;
use crate::console::frame::Frame;
use crate::console::single_sign_on::{ProviderWay, ways};
use crate::console::visitor::Visitor;
use crate::error::Problem;
use crate::reply::Reply;
use askama::Template;
use counterfoil_authority::sign_in::Purpose;
use http::StatusCode;

/// What is said whatever was wrong: it must not tell which addresses are known here.
const NO: &str = "The address and the password do not belong together. Look at both, then try again";
const NO_PASSKEY: &str = "This passkey is not known here, or it was removed. Use another one, or another way";
const ASK: &str = "Each link is good once and for a while. Ask whoever gave it to you for another; whoever runs \
    this server makes one with `counterfoil people sign-in-link` or `counterfoil operator link`.";

#[derive(Template)]
#[template(path = "way_in/sign_in.html")]
struct SignIn {
    frame: Frame,
    to: String,
    email: String,
    faults: Faults,
    has_passkeys: bool,
    providers: Vec<ProviderWay>,
    has_provider: bool,
}

#[derive(Template)]
#[template(path = "way_in/signed_in.html")]
struct SignedIn {
    frame: Frame,
    to: String,
    name: String,
}

#[derive(Template)]
#[template(path = "way_in/link.html")]
struct Link {
    frame: Frame,
    link: String,
    to: String,
    whom: String,
}

/// `GET /sign-in`.
pub(crate) async fn show(visitor: Visitor) -> Result<Reply, Problem> {
    let query = visitor.query();
    let to = onward(query.text("to")).to_owned();
    if query.has("link") {
        return show_link(&visitor, query.text("link"), to).await;
    }
    let name = visitor.signed_in.as_ref().map(|signed_in| match &signed_in.person {
        Some(person) => person.email.clone(),
        None => "the operator".to_owned(),
    });
    match name {
        Some(name) => {
            let frame = Frame { notice: visitor.notice.clone(), ..Frame::bare("You are signed in") };
            Ok(page(&visitor, StatusCode::OK, &SignedIn { frame, to, name }))
        }
        None => Ok(again(&visitor, StatusCode::OK, to, "", Faults::default())),
    }
}

async fn show_link(visitor: &Visitor, link: &str, to: String) -> Result<Reply, Problem> {
    let Some(view) = visitor.authority().look_at_link(link).await? else {
        return Ok(over::show(visitor, ASK));
    };
    let whom = match view.purpose {
        Purpose::SignIn(person) => match visitor.authority().person(person).await? {
            Some(person) => person.email,
            None => return Ok(over::show(visitor, ASK)),
        },
        Purpose::Operator => "the operator".to_owned(),
        _ => return Ok(over::show(visitor, ASK)),
    };
    let frame = Frame::bare("Sign in");
    Ok(page(visitor, StatusCode::OK, &Link { frame, link: link.to_owned(), to, whom }))
}

/// `POST /sign-in`: a link's button, or address and password.
pub(crate) async fn sign_in(visitor: Visitor) -> Result<Reply, Problem> {
    let form = visitor.form()?;
    if form.has("link") { use_link(&visitor, &form).await } else { by_password(&visitor, &form).await }
}

async fn use_link(visitor: &Visitor, form: &Form) -> Result<Reply, Problem> {
    let link = form.text("link");
    let view = visitor.authority().look_at_link(link).await?;
    if !view.is_some_and(|view| matches!(view.purpose, Purpose::SignIn(_) | Purpose::Operator)) {
        return Ok(over::show(visitor, ASK));
    }
    match visitor.authority().use_link(link, &visitor.from()).await? {
        Some(session) => let_in(visitor, &session, form.text("to")).await,
        None => Ok(over::show(visitor, ASK)),
    }
}

async fn by_password(visitor: &Visitor, form: &Form) -> Result<Reply, Problem> {
    let (email, to) = (form.text("email"), form.text("to"));
    let outcome =
        visitor.authority().sign_in_with_password(email, form.exact("password"), &visitor.from()).await?;
    Ok(settled(visitor, outcome, to, NO).await?.unwrap_or_else(|said| {
        let faults = Faults::one("password", said);
        again(visitor, StatusCode::UNPROCESSABLE_ENTITY, onward(to).to_owned(), email, faults)
    }))
}

/// `POST /sign-in/passkey/options`: what the browser needs to ask for a passkey.
pub(crate) async fn passkey_options(visitor: Visitor) -> Result<Reply, Problem> {
    Ok(Reply::ok(&visitor.authority().begin_passkey_sign_in().await?))
}

/// `POST /sign-in/passkey`.
pub(crate) async fn by_passkey(visitor: Visitor) -> Result<Reply, Problem> {
    let form = visitor.form()?;
    let to = form.text("to");
    let outcome = visitor.authority().sign_in_with_passkey(form.exact("response"), &visitor.from()).await?;
    Ok(settled(&visitor, outcome, to, NO_PASSKEY).await?.unwrap_or_else(|said| {
        let faults = Faults::one("passkey", said);
        again(&visitor, StatusCode::UNPROCESSABLE_ENTITY, onward(to).to_owned(), "", faults)
    }))
}

fn again(visitor: &Visitor, status: StatusCode, to: String, email: &str, faults: Faults) -> Reply {
    let frame = Frame { notice: visitor.notice.clone(), ..Frame::bare("Sign in") };
    let providers = ways(visitor);
    let has_passkeys = visitor.authority().site().has_passkeys();
    let has_provider = !providers.is_empty();
    page(
        visitor,
        status,
        &SignIn { frame, to, email: email.to_owned(), faults, has_passkeys, providers, has_provider },
    )
}
