//! Signing in by another provider: the way there, the way back, and the accounts there that one has linked.
//!
//! Nobody is let in by an address: an account there opens the one here that its owner linked it to, while signed in
//! and having just proven to be there. Signing out here ends the session here alone.

use super::answer::{moved, page};
use super::frame::Frame;
use super::moment::Moment;
use super::notice::Notice;
use super::visitor::Visitor;
use super::way_in::{let_in, onward};
use crate::cookies;
use crate::error::Problem;
use crate::oidc::{Attempt, Identity, Provider, Purpose, SignOnFault};
use crate::query::encoded;
use crate::reply::Reply;
use askama::Template;
use counterfoil_authority::credentials::{CredentialFailure, Credentials};
use counterfoil_authority::people::Email;
use counterfoil_authority::sign_in::{How, StepUp};
use counterfoil_core::id::PersonId;
use http::StatusCode;

const NOT_BEGUN: &str = "This sign-in was not begun in this browser, or it was begun too long ago, or has come back \
    already. Begin again.";
const AWAY: &str = "gives no good answer at the moment. Try again in a while, or sign in another way.";
const NOT_BELIEVED: &str = "sent an answer that can't be trusted, so nothing was done. Begin again; if it happens \
    once more, tell whoever runs this server.";
const NOT_LINKED: &str = "No account here is linked to this one. Sign in another way, then link it on your profile. \
    If you are invited, open the link of your invitation first.";
const OTHER_PERSON: &str = "The account that you chose there is not linked to the person who is signed in here. \
    Choose the other one.";
const NOT_ANEW: &str = "did not ask you anew who you are, so this does not count. Use another way.";

/// A page that says why it ends here.
#[derive(Template)]
#[template(path = "single_sign_on/stopped.html")]
struct Stopped {
    frame: Frame,
    said: String,
}

/// The page from which a browser goes on. A form may lead to our own pages alone, so it can't lead there itself.
#[derive(Template)]
#[template(path = "single_sign_on/going.html")]
struct Going {
    frame: Frame,
    name: String,
    href: String,
}

/// A provider that one may go to.
pub(crate) struct ProviderWay {
    /// The button's words.
    pub(crate) label: String,
    /// Where it leads.
    pub(crate) href: String,
}

/// What a profile says of other providers.
pub(crate) struct Linked {
    /// The accounts that are linked.
    pub(crate) accounts: Vec<Account>,
    /// The providers that another one may be linked of.
    pub(crate) providers: Vec<LinkWay>,
    /// Where one goes on afterwards.
    pub(crate) to: String,
}

/// An account at a provider.
pub(crate) struct Account {
    /// What the provider is called.
    pub(crate) provider: String,
    /// What it calls itself.
    pub(crate) issuer: String,
    /// Who there.
    pub(crate) subject: String,
    /// What is shown of it.
    pub(crate) shown_as: String,
    /// Since when.
    pub(crate) linked: Moment,
    /// When it was last used.
    pub(crate) last_used: Option<Moment>,
}

/// A provider that an account may be linked of.
pub(crate) struct LinkWay {
    /// What people know it by.
    pub(crate) name: String,
    /// What it is called in paths and forms.
    pub(crate) slug: String,
    /// Where the form goes.
    pub(crate) action: String,
}

/// Why it ends here.
enum Stop {
    /// For a reason that is said.
    Said(StatusCode, String),
    /// For one of ours.
    Problem(Problem),
}

/// The providers that one may go to, on the way to the page that is wanted.
pub(crate) fn ways(visitor: &Visitor) -> Vec<ProviderWay> {
    let query = visitor.query();
    let to = encoded(onward(query.text("to")));
    let way = |provider: &Provider| ProviderWay {
        label: format!("Continue with {}", provider.name()),
        href: format!("/sign-in/with/{}?to={to}", provider.slug()),
    };
    providers(visitor).iter().map(way).collect()
}

/// What a person's profile says of other providers.
pub(crate) fn linked(visitor: &Visitor, credentials: &Credentials, to: &str) -> Linked {
    let sign_on = visitor.settings().sign_on.as_ref();
    let accounts = credentials.identities.iter().map(|identity| {
        let provider = sign_on.and_then(|sign_on| sign_on.of_issuer(&identity.provider));
        Account {
            provider: provider.map_or_else(|| identity.provider.clone(), |found| found.name().to_owned()),
            issuer: identity.provider.clone(),
            subject: identity.subject.clone(),
            shown_as: identity.shown_as.clone(),
            linked: identity.linked_at.into(),
            last_used: identity.last_used.map(Moment::from),
        }
    });
    Linked { accounts: accounts.collect(), providers: link_ways(visitor), to: to.to_owned() }
}

/// The providers that an account may be linked of.
pub(crate) fn link_ways(visitor: &Visitor) -> Vec<LinkWay> {
    let way = |provider: &Provider| LinkWay {
        name: provider.name().to_owned(),
        slug: provider.slug().to_owned(),
        action: format!("/secure/providers/{}", provider.slug()),
    };
    providers(visitor).iter().map(way).collect()
}

/// `GET /sign-in/with/{provider}`: to sign in; of whoever is signed in, to prove it anew.
pub(crate) async fn go(visitor: Visitor) -> Result<Reply, Problem> {
    let provider = provider(&visitor)?;
    let to = wanted(visitor.query().text("to"));
    let person = visitor.signed_in.as_ref().and_then(|signed_in| signed_in.person.as_ref());
    let purpose = match person {
        Some(person) => Purpose::StepUp { person: person.id, to },
        None => Purpose::SignIn { to },
    };
    match begun(&visitor, provider, purpose).await {
        Ok((href, attempt)) => Ok(moved(&href).with_cookie(cookies::sign_on(&attempt, visitor.settings()))),
        Err(stop) => stop.page(&visitor),
    }
}

/// `POST /secure/providers/{provider}`: to link an account there.
pub(crate) async fn link(visitor: Visitor) -> Result<Reply, Problem> {
    let provider = provider(&visitor)?;
    let form = visitor.form()?;
    match going(&visitor, provider, visitor.person()?.id, form.text("to")).await {
        Ok(reply) => Ok(reply),
        Err(stop) => stop.page(&visitor),
    }
}

/// On the way to link an account of a provider as the first thing that somebody does here; or what is said if that
/// can't be begun.
///
/// # Errors
/// For a reason of ours.
pub(crate) async fn first_link(
    visitor: &Visitor,
    slug: &str,
    person: PersonId,
    to: &str,
) -> Result<Result<Reply, String>, Problem> {
    let sign_on = visitor.settings().sign_on.as_ref();
    let Some(provider) = sign_on.and_then(|sign_on| sign_on.called(slug)) else {
        return Ok(Err("This provider is not known here any more. Choose another way.".to_owned()));
    };
    match going(visitor, provider, person, to).await {
        Ok(reply) => Ok(Ok(reply)),
        Err(Stop::Said(_, said)) => Ok(Err(said)),
        Err(Stop::Problem(problem)) => Err(problem),
    }
}

async fn going(visitor: &Visitor, provider: &Provider, person: PersonId, to: &str) -> Result<Reply, Stop> {
    let (href, attempt) = begun(visitor, provider, Purpose::Link { person, to: wanted(to) }).await?;
    let going = Going { frame: Frame::bare("One moment"), name: provider.name().to_owned(), href };
    let reply = page(visitor, StatusCode::OK, &going);
    Ok(reply.with_cookie(cookies::sign_on(&attempt, visitor.settings())))
}

/// `POST /secure/unlink-provider`.
pub(crate) async fn unlink(visitor: Visitor) -> Result<Reply, Problem> {
    let form = visitor.form()?;
    let session = visitor.signed_in()?.session;
    let (issuer, subject) = (form.exact("issuer"), form.exact("subject"));
    let done = visitor.authority().unlink_identity(&session, issuer, subject, &visitor.from()).await;
    let notice = match done {
        Ok(()) => Notice::done("The account is unlinked, and signs nobody in any more."),
        Err(CredentialFailure::Refused(refusal)) => Notice::failed(refusal.to_string()),
        Err(CredentialFailure::Failed(failure)) => return Err(failure.into()),
    };
    Ok(visitor.moved_with(onward(form.text("to")), &notice))
}

/// `GET /sign-in/with/{provider}/callback`: where a provider sends people back to.
pub(crate) async fn come_back(visitor: Visitor) -> Result<Reply, Problem> {
    let provider = provider(&visitor)?;
    let reply = match settled(&visitor, provider).await {
        Ok(reply) => reply,
        Err(stop) => stop.page(&visitor)?,
    };
    Ok(reply.with_cookie(cookies::sign_on_over(visitor.settings())))
}

/// Nothing of an answer is looked at before it is known to answer what was begun in this browser.
async fn settled(visitor: &Visitor, provider: &Provider) -> Result<Reply, Stop> {
    let (authority, query) = (visitor.authority(), visitor.query());
    let attempt = attempt(visitor, query.text("state")).filter(|attempt| attempt.provider == provider.slug());
    let attempt = attempt.ok_or_else(|| Stop::said(NOT_BEGUN))?;
    if !attempt.comes_back(authority).await? {
        return Err(Stop::said(NOT_BEGUN));
    }
    if query.has("error") {
        let why = SignOnFault::Refused(crate::oidc::plain(query.text("error")));
        return Err(Stop::of(provider, &why));
    }
    let named = query.has("iss").then(|| query.exact("iss"));
    let settled = match provider.identity(authority, &attempt, query.exact("code"), named).await {
        Ok(identity) => believed(visitor, provider, &attempt.purpose, &identity).await,
        Err(fault) => Err(Stop::of(provider, &fault)),
    };
    if let Err(Stop::Said(status, _)) = &settled
        && *status != StatusCode::BAD_GATEWAY
    {
        authority.sign_on_failed(attempt.purpose.person(), &visitor.from()).await?;
    }
    settled
}

/// What comes of somebody whom a provider names.
async fn believed(
    visitor: &Visitor,
    provider: &Provider,
    purpose: &Purpose,
    identity: &Identity,
) -> Result<Reply, Stop> {
    match purpose {
        Purpose::SignIn { to } => sign_in(visitor, identity, to).await,
        Purpose::StepUp { to, .. } => {
            must_be(visitor, purpose)?;
            step_up(visitor, identity, to).await
        }
        Purpose::Link { to, .. } => {
            must_be(visitor, purpose)?;
            keep(visitor, provider, identity, to).await
        }
    }
}

async fn sign_in(visitor: &Visitor, identity: &Identity, to: &str) -> Result<Reply, Stop> {
    let authority = visitor.authority();
    let person = authority.person_by_identity(&identity.issuer, &identity.subject).await?;
    let person = person.ok_or_else(|| Stop::Said(StatusCode::FORBIDDEN, NOT_LINKED.to_owned()))?;
    let session = authority.open_session_for(person, How::Provider, &visitor.from()).await?;
    let_in(visitor, &session, to).await.map_err(Stop::Problem)
}

async fn step_up(visitor: &Visitor, identity: &Identity, to: &str) -> Result<Reply, Stop> {
    let authority = visitor.authority();
    let person = authority.person_by_identity(&identity.issuer, &identity.subject).await?;
    if person.is_none() || person != visitor.person().ok().map(|person| person.id) {
        return Err(Stop::said(OTHER_PERSON));
    }
    let secret = &visitor.signed_in().map_err(Stop::Problem)?.secret;
    match authority.step_up_for(secret, How::Provider, &visitor.from()).await? {
        StepUp::Fresh(session) => let_in(visitor, &session, to).await.map_err(Stop::Problem),
        StepUp::NeedsCode | StepUp::Wait(_) | StepUp::No => Err(Stop::said(NOT_BEGUN)),
    }
}

/// Links the account to whoever is signed in.
async fn keep(visitor: &Visitor, provider: &Provider, identity: &Identity, to: &str) -> Result<Reply, Stop> {
    let authority = visitor.authority();
    let session = visitor.signed_in().map_err(Stop::Problem)?.session;
    let shown_as = identity.email.as_deref().unwrap_or(&identity.subject);
    let kept = authority
        .link_identity(&session, &identity.issuer, &identity.subject, &shown(shown_as), &visitor.from())
        .await;
    match kept {
        Ok(()) => {}
        Err(CredentialFailure::Refused(refusal)) => {
            return Err(Stop::Said(StatusCode::CONFLICT, format!("{refusal}.")));
        }
        Err(CredentialFailure::Failed(failure)) => return Err(failure.into()),
    }
    if provider.proves_address(identity)
        && let (Ok(person), Ok(address)) =
            (visitor.person(), Email::try_from(identity.email.as_deref().unwrap_or_default()))
    {
        authority.provider_proves_address(person.id, &address).await?;
    }
    let notice = Notice::done(format!("From now on {} signs you in.", provider.name()));
    Ok(visitor.moved_with(onward(to), &notice))
}

/// The page that is wanted afterwards. It goes along in a cookie, so a very long one is forgotten.
fn wanted(asked: &str) -> String {
    const LONGEST: usize = 1_000;
    onward(if asked.len() <= LONGEST { asked } else { "" }).to_owned()
}

/// What a provider says is shown in part, on one line.
fn shown(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(100).collect()
}

/// Whoever began it must still be who is signed in.
fn must_be(visitor: &Visitor, purpose: &Purpose) -> Result<(), Stop> {
    match (purpose.person(), visitor.person()) {
        (Some(wanted), Ok(person)) if person.id == wanted => Ok(()),
        _ => Err(Stop::said(NOT_BEGUN)),
    }
}

async fn begun(visitor: &Visitor, provider: &Provider, purpose: Purpose) -> Result<(String, String), Stop> {
    let authority = visitor.authority();
    let attempt = Attempt::begin(authority, provider.slug(), purpose)?;
    let href = provider.way_there(authority, &attempt).await.map_err(|fault| Stop::of(provider, &fault))?;
    let cookie = attempt.to_cookie(authority).ok_or_else(|| Stop::said(NOT_BEGUN))?;
    Ok((href, cookie))
}

fn attempt(visitor: &Visitor, state: &str) -> Option<Attempt> {
    let name = cookies::sign_on_name(visitor.settings());
    let cookie = cookies::value(&visitor.call.headers, name)?;
    let attempt = Attempt::of_cookie(visitor.authority(), &cookie)?;
    attempt.is_state(visitor.authority(), state).then_some(attempt)
}

fn provider(visitor: &Visitor) -> Result<&Provider, Problem> {
    let sign_on = visitor.settings().sign_on.as_ref();
    sign_on.and_then(|sign_on| sign_on.called(visitor.place(0))).ok_or(Problem::NoSuchPath)
}

fn providers(visitor: &Visitor) -> &[Provider] {
    visitor.settings().sign_on.as_ref().map_or(&[], |sign_on| sign_on.providers())
}

impl Stop {
    fn said(text: &str) -> Self {
        Self::Said(StatusCode::BAD_REQUEST, text.to_owned())
    }

    /// What went wrong at a provider: in short for people, in full for the log.
    fn of(provider: &Provider, fault: &SignOnFault) -> Self {
        let name = provider.name();
        tracing::warn!(provider = name, %fault, "A sign-in by a provider did not come to its end");
        match fault {
            SignOnFault::Away(_) => Self::Said(StatusCode::BAD_GATEWAY, format!("{name} {AWAY}")),
            SignOnFault::Refused(why) => {
                Self::Said(StatusCode::FORBIDDEN, format!("{name} did not sign you in: {why}. Begin again."))
            }
            SignOnFault::Token(fault) if fault.is_not_anew() => {
                Self::Said(StatusCode::FORBIDDEN, format!("{name} {NOT_ANEW}"))
            }
            SignOnFault::MixedUp | SignOnFault::Token(_) => {
                Self::Said(StatusCode::FORBIDDEN, format!("{name} {NOT_BELIEVED}"))
            }
            SignOnFault::Failed(failure) => Self::Problem(failure.clone().into()),
        }
    }

    fn page(self, visitor: &Visitor) -> Result<Reply, Problem> {
        match self {
            Self::Said(status, said) => {
                let frame = Frame::bare("You are not signed in by this");
                Ok(page(visitor, status, &Stopped { frame, said }))
            }
            Self::Problem(problem) => Err(problem),
        }
    }
}

impl<T: Into<Problem>> From<T> for Stop {
    fn from(failed: T) -> Self {
        Self::Problem(failed.into())
    }
}
