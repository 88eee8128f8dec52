//! People who prove themselves: with a link, a password, an app, a passkey.

use super::Place;
use super::place::address;
use crate::authenticator::{Authenticator, code_of};
use counterfoil_authority::Authority;
use counterfoil_authority::credentials::{
    CredentialFailure, CredentialRefusal, NewAuthenticator, RecoveryCodes,
};
use counterfoil_authority::secret::Secret;
use counterfoil_authority::sign_in::{Happening, HistoryOf, How, Outcome, SeenFrom, Session};
use counterfoil_core::id::PersonId;

pub(crate) const PASSWORD: &str = "six wild geese over Lyon";
pub(crate) const ADA: &str = "ada@example.com";
pub(crate) const HOLDER: &str = "holder@example.com";

pub(crate) fn here() -> SeenFrom {
    SeenFrom {
        address: Some("192.0.2.7".parse().unwrap()),
        kept_address: "192.0.2.0/24".into(),
        agent: "A browser".into(),
        ..SeenFrom::default()
    }
}

/// A developer, who may do nothing delicate.
pub(crate) async fn ada(place: &Place) -> PersonId {
    place.joined(ADA, "DEVELOPER").await;
    whose(place, ADA).await
}

pub(crate) async fn whose(place: &Place, email: &str) -> PersonId {
    place.server().person_by_email(&address(email)).await.unwrap().unwrap().id
}

/// A session by a link of the operator's.
pub(crate) async fn by_link(place: &Place, person: PersonId) -> Secret {
    place.server().open_session_for(person, How::Link, &here()).await.unwrap()
}

pub(crate) async fn session(place: &Place, secret: &Secret) -> Session {
    place.server().session(secret.expose()).await.unwrap().unwrap()
}

pub(crate) async fn with_password(place: &Place, person: PersonId) -> Secret {
    let secret = by_link(place, person).await;
    place.server().set_password(&session(place, &secret).await, PASSWORD, &here()).await.unwrap();
    secret
}

/// The letters of the app's secret, and its recovery codes.
pub(crate) async fn with_app(place: &Place, secret: &Secret) -> (String, RecoveryCodes) {
    let session = session(place, secret).await;
    let new: NewAuthenticator = place.server().begin_authenticator(&session).await.unwrap();
    let code = code_of(new.secret(), place.clock.now());
    let codes = place.server().confirm_authenticator(&session, new.handle(), &code, &here()).await.unwrap();
    (new.secret().to_owned(), codes)
}

pub(crate) async fn with_passkey(place: &Place, secret: &Secret) -> Authenticator {
    let session = session(place, secret).await;
    let options = place.server().begin_passkey(&session).await.unwrap();
    let (authenticator, answer) = Authenticator::make(&options);
    let name = "My phone".try_into().unwrap();
    place.server().add_passkey(&session, &name, &answer, &here()).await.unwrap();
    authenticator
}

pub(crate) async fn sign_in(server: &Authority, email: &str, password: &str) -> Outcome {
    server.sign_in_with_password(email, password, &here()).await.unwrap()
}

pub(crate) async fn second_factor(place: &Place, email: &str) -> Secret {
    match sign_in(&place.server(), email, PASSWORD).await {
        Outcome::NeedsSecondFactor(pending) => pending,
        other => panic!("no second factor is asked for: {other:?}"),
    }
}

pub(crate) async fn by_code(server: &Authority, pending: &Secret, code: &str) -> Outcome {
    server.sign_in_with_code(pending.expose(), code, &here()).await.unwrap()
}

pub(crate) fn let_in(outcome: Outcome) -> Secret {
    match outcome {
        Outcome::In(secret) => secret,
        other => panic!("not let in: {other:?}"),
    }
}

pub(crate) fn why<T: std::fmt::Debug>(outcome: Result<T, CredentialFailure>) -> CredentialRefusal {
    match outcome {
        Err(CredentialFailure::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

pub(crate) async fn history(place: &Place, person: PersonId) -> Vec<Happening> {
    let page = place.server().sign_in_history(HistoryOf::Person(person), None, 100).await.unwrap();
    page.entries.into_iter().map(|entry| entry.what).collect()
}
