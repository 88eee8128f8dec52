//! The console's pages of keys, as a browser without scripts asks for them.

mod access;
mod ended;
mod generated;
mod own;
mod tables;
mod turned_away;
mod used;

use crate::town::{Persona, Said, Team, Town, roles};
use crate::visitor::Visitor;
use counterfoil_authority::keys::{NewHalf, NewKeyRequest};
use counterfoil_authority::{Authority, Request};
use counterfoil_core::event::Actor;
use counterfoil_core::id::{KeyId, KeyName, KindName};
use counterfoil_core::jws;
use http::StatusCode;
use serde_json::json;

const TEAM_KEYS: &str = "/integrations/api";
const GENERATE: &str = "/integrations/api/generate";

/// Keys, as somebody makes them by the form.
impl Visitor<'_> {
    /// Generates a team key by the form.
    async fn generate(&self, name: &str, once: &str) -> KeyId {
        let said = self.post(GENERATE, &[("name", name), ("role", "DEVELOPER"), ("once", once)]).await;
        self.key_of(&said.is(StatusCode::SEE_OTHER))
    }

    /// The key whose page an answer leads to.
    fn key_of(&self, said: &Said) -> KeyId {
        let start = self.place("/keys/");
        KeyId::try_from(said.header("location").strip_prefix(&start).unwrap()).unwrap()
    }
}

fn new_key(kind: &str, name: &str, granted: &[&str]) -> NewKeyRequest {
    NewKeyRequest {
        kind: KindName::try_from(kind).unwrap(),
        name: KeyName::try_from(name).unwrap(),
        roles: (kind == "TEAM").then(|| roles(granted)),
        half: NewHalf::Issuer,
    }
}

async fn made(authority: &Authority, team: Team, kind: &str, name: &str) -> KeyId {
    let by = Request::by(Actor::User(team.owner));
    authority.generate(team.id, &by, &new_key(kind, name, &["DEVELOPER"])).await.unwrap().value
}

fn count(page: &str, text: &str) -> usize {
    page.matches(text).count()
}

/// Ends a key as whoever finds its private half can.
async fn burn(town: &Town, key: &Persona) {
    let claims = json!({ "aud": "counterfoil-burn", "exp": town.now().as_seconds() + 60 });
    let header = json!({ "alg": "ES256", "kid": key.id() });
    let token = jws::sign(&key.held().half, &header.to_string(), &claims.to_string()).unwrap();
    town.post("/v1/burn").by(&Persona::Saying(format!("Bearer {token}"))).send().await.ok();
}
