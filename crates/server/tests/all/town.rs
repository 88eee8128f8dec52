//! A town for the API's tests: an installation with teams, people and keys, and short words to ask it with.

use counterfoil_authority::keys::{NewHalf, NewKeyRequest};
use counterfoil_authority::people::{NewInvitation, NewPerson};
use counterfoil_authority::seal_source::SealSource;
use counterfoil_authority::sign_in::Purpose;
use counterfoil_authority::{Authority, Request, Settings};
use counterfoil_core::event::{Actor, RevocationReason, Sees};
use counterfoil_core::half::PrivateHalf;
use counterfoil_core::id::{IssuerId, KeyId, KeyName, KindName, MemberId, PersonId, RoleName, TeamName};
use counterfoil_core::jws;
use counterfoil_core::roles::Roles;
use counterfoil_core::time::Timestamp;
use counterfoil_server::{ApiSettings, App, app};
use http::{HeaderMap, StatusCode};
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;
use tower::ServiceExt;

/// Where the town says that it is found.
pub(crate) const URL: &str = "https://keys.example";

/// An installation.
pub(crate) struct Town {
    pub(crate) app: App,
    pub(crate) authority: Arc<Authority>,
    clock: Arc<AtomicI64>,
    people: AtomicU64,
    folder: tempfile::TempDir,
}

/// A team, and its Account Holder.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Team {
    pub(crate) id: IssuerId,
    pub(crate) owner: MemberId,
    pub(crate) person: PersonId,
}

/// Somebody who asks.
#[derive(Clone)]
pub(crate) enum Persona {
    /// Nobody in particular.
    Anonymous,
    /// A key's holder.
    Key(Arc<Held>),
    /// Somebody signed in, who shows this.
    Session(String),
    /// Whoever sends this in `Authorization`.
    Saying(String),
}

/// A key with its private half.
pub(crate) struct Held {
    pub(crate) id: KeyId,
    pub(crate) team: IssuerId,
    pub(crate) kind: &'static str,
    pub(crate) half: PrivateHalf,
    pub(crate) pem: String,
}

impl Town {
    /// An empty one, with the appstore catalog.
    pub(crate) async fn build() -> Self {
        Self::build_with(None).await
    }

    /// An empty one with another catalog.
    pub(crate) async fn build_with(catalog: Option<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(AtomicI64::new(1_795_268_400_000));
        let reading = Arc::clone(&clock);
        let settings = Settings {
            data_dir: folder.path().to_owned(),
            database: None,
            catalog,
            seal: SealSource::in_data_dir(folder.path()),
            serve: true,
            adopt_older_ledger: false,
            replace_lost_seal_key: false,
            half_lifetime: Duration::from_secs(30 * 86_400),
            site: Default::default(),
            name: "town".into(),
            clock: Arc::new(move || Timestamp::from_millis(reading.load(Ordering::SeqCst))),
            verdicts: Default::default(),
        };
        let authority = Authority::start(settings).await.unwrap();
        let mut settings = ApiSettings::new(URL);
        settings.feed_patience = Duration::from_millis(300);
        let app = app(Arc::clone(&authority), &settings);
        Self { app, authority, clock, people: AtomicU64::new(0), folder }
    }

    /// A town with a team whose access is approved, and its first admin key.
    pub(crate) async fn with_admin() -> (Self, Team, Persona) {
        let town = Self::build().await;
        let team = town.team("Rivets").await;
        let admin = town.team_key(team, "ADMIN").await;
        (town, team, admin)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.clock.load(Ordering::SeqCst))
    }

    /// Lets time pass.
    pub(crate) fn wait(&self, time: Duration) {
        self.clock.fetch_add(i64::try_from(time.as_millis()).unwrap(), Ordering::SeqCst);
    }

    /// A team that has asked for nothing yet.
    pub(crate) async fn bare_team(&self, name: &str) -> Team {
        let number = self.people.fetch_add(1, Ordering::Relaxed);
        let holder = NewPerson {
            email: format!("holder{number}@example.com").as_str().try_into().unwrap(),
            first_name: "Hedda".try_into().unwrap(),
            last_name: "Holder".try_into().unwrap(),
        };
        let opened = self.authority.open_team(&TeamName::try_from(name).unwrap(), &holder).await.unwrap();
        Team { id: opened.team, owner: opened.member, person: opened.person }
    }

    /// A team whose access is approved.
    pub(crate) async fn team(&self, name: &str) -> Team {
        let team = self.bare_team(name).await;
        self.authority.request_access(team.id, &Request::by(Actor::User(team.owner)), true).await.unwrap();
        self.authority.approve_access(team.id).await.unwrap();
        team
    }

    /// Somebody who has joined a team with these roles.
    pub(crate) async fn member(&self, team: Team, granted: &[&str]) -> (MemberId, PersonId) {
        let number = self.people.fetch_add(1, Ordering::Relaxed);
        let email = format!("person{number}@example.com");
        let invitation = NewInvitation {
            email: email.as_str().try_into().unwrap(),
            first_name: "Per".try_into().unwrap(),
            last_name: format!("Son{number}").as_str().try_into().unwrap(),
            roles: roles(granted),
            withheld: Roles::none(),
            sees: Sees::AllApps,
            provisioning_allowed: false,
        };
        let by = Request::by(Actor::User(team.owner));
        let invited = self.authority.invite(team.id, &by, &invitation).await.unwrap();
        let joined = self.authority.join(team.id, Actor::Operator, invited.value).await.unwrap();
        let person = self.authority.person_of(team.id, joined.value).await.unwrap().unwrap();
        (joined.value, person.person)
    }

    /// A team key with one role, downloaded.
    pub(crate) async fn team_key(&self, team: Team, role: &str) -> Persona {
        self.key(team, Actor::User(team.owner), "TEAM", Some(roles(&[role]))).await
    }

    /// An in-app purchase key, downloaded.
    pub(crate) async fn purchase_key(&self, team: Team) -> Persona {
        self.key(team, Actor::User(team.owner), "IN_APP_PURCHASE", None).await
    }

    /// The key of a new member with these roles, downloaded.
    pub(crate) async fn individual_key(&self, team: Team, granted: &[&str]) -> Persona {
        let (member, _) = self.member(team, granted).await;
        self.key(team, Actor::User(member), "INDIVIDUAL", None).await
    }

    /// Any key, downloaded.
    pub(crate) async fn key(
        &self,
        team: Team,
        by: Actor,
        kind: &'static str,
        roles: Option<Roles>,
    ) -> Persona {
        let new = NewKeyRequest {
            kind: KindName::try_from(kind).unwrap(),
            name: KeyName::try_from("For tests").unwrap(),
            roles,
            half: NewHalf::Issuer,
        };
        let id = self.authority.generate(team.id, &Request::by(by), &new).await.unwrap().value;
        let pem = self.authority.download(team.id, by, id).await.unwrap().pem;
        let half = PrivateHalf::from_pem(&pem).unwrap();
        Persona::Key(Arc::new(Held { id, team: team.id, kind, half, pem: pem.to_string() }))
    }

    pub(crate) async fn revoke(&self, team: Team, key: &Persona) {
        let by = Request::by(Actor::User(team.owner));
        let reason = RevocationReason::Unspecified;
        self.authority.revoke(team.id, &by, vec![key.id()], reason, None).await.unwrap();
    }

    /// Somebody signed in.
    pub(crate) async fn signed_in(&self, person: PersonId) -> Persona {
        let link = self.authority.make_link(Purpose::SignIn(person), Duration::from_secs(60)).await.unwrap();
        let session = self.authority.use_link(link.expose(), &Default::default()).await.unwrap().unwrap();
        Persona::Session(session.expose().to_owned())
    }

    pub(crate) fn get(&self, path: &str) -> Ask<'_> {
        self.ask("GET", path)
    }

    pub(crate) fn post(&self, path: &str) -> Ask<'_> {
        self.ask("POST", path)
    }

    pub(crate) fn patch(&self, path: &str) -> Ask<'_> {
        self.ask("PATCH", path)
    }

    pub(crate) fn delete(&self, path: &str) -> Ask<'_> {
        self.ask("DELETE", path)
    }

    pub(crate) fn ask(&self, method: &str, path: &str) -> Ask<'_> {
        let request = http::request::Builder::new().method(method).uri(path);
        Ask { town: self, request, body: Vec::new() }
    }
}

impl Drop for Town {
    fn drop(&mut self) {
        let authority = Arc::clone(&self.authority);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { authority.shutdown().await });
        }
    }
}

impl Persona {
    pub(crate) fn held(&self) -> &Held {
        match self {
            Self::Key(held) => held,
            _ => panic!("no key"),
        }
    }

    pub(crate) fn id(&self) -> KeyId {
        self.held().id
    }
}

impl Held {
    /// The claims of a good token.
    pub(crate) fn claims(&self, now: Timestamp) -> Value {
        let now = now.as_seconds();
        let mut claims = json!({ "aud": "appstoreconnect-v1", "iat": now, "exp": now + 600 });
        if self.kind == "INDIVIDUAL" {
            claims["sub"] = "user".into();
        } else {
            claims["iss"] = self.team.to_string().into();
        }
        if self.kind == "IN_APP_PURCHASE" {
            claims["bid"] = "com.example.app".into();
        }
        claims
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        let header = json!({ "alg": "ES256", "kid": self.id, "typ": "JWT" });
        jws::sign(&self.half, &header.to_string(), &claims.to_string()).unwrap()
    }
}

pub(crate) fn roles(names: &[&str]) -> Roles {
    names.iter().map(|name| RoleName::try_from(*name).unwrap()).collect()
}

/// A request in the making.
pub(crate) struct Ask<'t> {
    town: &'t Town,
    request: http::request::Builder,
    body: Vec<u8>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Ask<'_> {
    pub(crate) fn by(self, persona: &Persona) -> Self {
        match persona {
            Persona::Anonymous => self,
            Persona::Key(held) => {
                let token = held.sign(&held.claims(self.town.now()));
                self.with("authorization", &format!("Bearer {token}"))
            }
            Persona::Session(secret) => {
                self.with("cookie", &format!("__Host-counterfoil={secret}")).with("origin", URL)
            }
            Persona::Saying(text) => self.with("authorization", text),
        }
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    pub(crate) fn json(mut self, body: &Value) -> Self {
        self.body = body.to_string().into_bytes();
        self.with("content-type", "application/json")
    }

    pub(crate) fn raw(mut self, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.with("content-type", kind)
    }

    /// A new resource with these attributes.
    pub(crate) fn entity(self, kind: &str, attributes: Value) -> Self {
        let mut data = json!({ "type": kind });
        data["attributes"] = attributes;
        self.json(&json!({ "data": data }))
    }

    /// A change of a resource.
    pub(crate) fn change(self, kind: &str, id: &str, attributes: Value) -> Self {
        let mut data = json!({ "type": kind, "id": id });
        data["attributes"] = attributes;
        self.json(&json!({ "data": data }))
    }

    pub(crate) async fn send(self) -> Said {
        let request = self.request.body(Full::from(self.body)).unwrap();
        let (head, body) = self.town.app.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = body.collect().await.unwrap().to_bytes().to_vec();
        Said { status: head.status.as_u16(), headers: head.headers, bytes }
    }
}

impl Said {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.bytes.clone()).unwrap()
    }

    /// The error's code; nothing, if it is none.
    pub(crate) fn code(&self) -> String {
        let value: Value = serde_json::from_slice(&self.bytes).unwrap_or_default();
        value["errors"][0]["code"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    #[track_caller]
    pub(crate) fn is(self, status: StatusCode) -> Self {
        assert_eq!(self.status, status.as_u16(), "{}", String::from_utf8_lossy(&self.bytes));
        self
    }

    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        self.is(StatusCode::OK)
    }

    #[track_caller]
    pub(crate) fn fails(self, status: u16, code: &str) -> Self {
        assert_eq!(
            (self.status, self.code().as_str()),
            (status, code),
            "{}",
            String::from_utf8_lossy(&self.bytes)
        );
        self
    }

    /// The ids of a list.
    pub(crate) fn ids(&self) -> Vec<String> {
        let document = self.json();
        let data = document["data"].as_array().unwrap_or_else(|| panic!("no list: {document}"));
        data.iter().map(|resource| resource["id"].as_str().unwrap().to_owned()).collect()
    }

    /// An attribute of the one resource.
    pub(crate) fn attribute(&self, name: &str) -> Value {
        self.json()["data"]["attributes"][name].clone()
    }
}
