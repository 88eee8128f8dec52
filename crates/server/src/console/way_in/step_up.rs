//! `/step-up`: proving once more who one is, shortly before something delicate.

use super::{let_in, onward, wait};
use crate::console::answer::page;
use crate::console::faults::Faults;
use crate::console::frame::{Frame, Section};
use crate::console::single_sign_on::{ProviderWay, ways};
use crate::console::visitor::Visitor;
use crate::error::Problem;
use crate::reply::Reply;
use askama::Template;
use counterfoil_authority::credentials::Credentials;
use counterfoil_authority::sign_in::StepUp;
use http::StatusCode;

const NO: &str = "That was not right. Look at it, then try again";
const CODE_TOO: &str = "The code of your authenticator app is needed too";

#[derive(Template)]
#[template(path = "way_in/step_up.html")]
struct Page {
    frame: Frame,
    to: String,
    faults: Faults,
    has_passkey: bool,
    has_password: bool,
    has_code: bool,
    providers: Vec<ProviderWay>,
    is_person: bool,
    email: String,
}

/// `GET /step-up`.
pub(crate) async fn show(visitor: Visitor) -> Result<Reply, Problem> {
    let to = onward(visitor.query().text("to")).to_owned();
    again(&visitor, StatusCode::OK, to, Faults::default()).await
}

/// `POST /step-up`: by password, and code.
pub(crate) async fn by_password(visitor: Visitor) -> Result<Reply, Problem> {
    let form = visitor.form()?;
    let code = Some(form.text("code")).filter(|code| !code.is_empty());
    let secret = visitor.signed_in()?.secret.clone();
    let authority = visitor.authority();
    let outcome =
        authority.step_up_with_password(&secret, form.exact("password"), code, &visitor.from()).await?;
    settled(&visitor, outcome, form.text("to"), "password").await
}

/// `POST /step-up/passkey/options`.
pub(crate) async fn passkey_options(visitor: Visitor) -> Result<Reply, Problem> {
    let session = visitor.signed_in()?.session;
    Ok(Reply::ok(&visitor.authority().begin_step_up(&session).await?))
}

/// `POST /step-up/passkey`.
pub(crate) async fn by_passkey(visitor: Visitor) -> Result<Reply, Problem> {
    let form = visitor.form()?;
    let secret = visitor.signed_in()?.secret.clone();
    let outcome =
        visitor.authority().step_up_with_passkey(&secret, form.exact("response"), &visitor.from()).await?;
    settled(&visitor, outcome, form.text("to"), "passkey").await
}

async fn settled(
    visitor: &Visitor,
    outcome: StepUp,
    to: &str,
    field: &'static str,
) -> Result<Reply, Problem> {
    let faults = match outcome {
        StepUp::Fresh(session) => return let_in(visitor, &session, to).await,
        StepUp::NeedsCode => Faults::one("code", CODE_TOO),
        StepUp::Wait(time) => Faults::one(field, wait(time)),
        StepUp::No => Faults::one(field, NO),
    };
    again(visitor, StatusCode::UNPROCESSABLE_ENTITY, onward(to).to_owned(), faults).await
}

async fn again(visitor: &Visitor, status: StatusCode, to: String, faults: Faults) -> Result<Reply, Problem> {
    let person = visitor.signed_in()?.person.clone();
    let credentials = match &person {
        Some(person) => visitor.authority().credentials_of(person.id).await?,
        None => Credentials::default(),
    };
    let template = Page {
        frame: Frame { bare: true, ..visitor.frame("Confirm that it is you", Section::None) },
        to,
        faults,
        has_passkey: !credentials.passkeys.is_empty(),
        has_password: credentials.password_set_at.is_some(),
        has_code: credentials.authenticator_since.is_some(),
        providers: if credentials.identities.is_empty() { Vec::new() } else { ways(visitor) },
        is_person: person.is_some(),
        email: person.map_or_else(String::new, |person| person.email),
    };
    Ok(page(visitor, status, &template))
}
