//! A verifier with a team, its people and its keys, and a client that makes their tokens.

use aws_lc_rs::rand::SystemRandom;
use counterfoil_core::catalog::Catalog;
use counterfoil_core::event::{Holding, Sees};
use counterfoil_core::half::PrivateHalf;
use counterfoil_core::id::{EpochId, IssuerId, KeyId, KindName, MemberId, RoleName};
use counterfoil_core::jws;
use counterfoil_core::roles::Roles;
use counterfoil_core::time::Timestamp;
use counterfoil_verify::fact::{
    About, Access, ChainHash, Fact, KeyFacts, MemberFacts, Position, Snapshot, Standing, TeamFact, TeamFacts,
    Through,
};
use counterfoil_verify::{Awake, Now, Presented, Reason, Request, Settings, Verdict, Verifier};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

/// When everything happens.
pub(crate) const NOW: i64 = 1_795_000_000;
pub(crate) const AUDIENCE: &str = "appstoreconnect-v1";
pub(crate) const EPOCH: &str = "0b5f6542-96fe-1a63-e053-0824d011072a";
pub(crate) const TEAM: &str = "57246542-96fe-1a63-e053-0824d011072a";

pub(crate) const TEAM_KEY: &str = "TEAM000000";
pub(crate) const PERSONS_KEY: &str = "PERSON0000";
pub(crate) const APP_KEY: &str = "PURCHASE00";
/// Whose [`PERSONS_KEY`] is.
pub(crate) const MEMBER: &str = "0e000000-0000-0000-0000-000000000001";

/// A team with all that belongs to it, and the verifier that knows it.
pub(crate) struct Bed {
    pub(crate) verifier: Arc<Verifier>,
    position: Mutex<u64>,
}

impl Bed {
    /// With an ADMIN team key, an in-app purchase key, and the individual key of a member who is ADMIN too.
    pub(crate) fn new() -> Self {
        Self::with(Settings::default(), Catalog::appstore(), vec![team_facts()])
    }

    pub(crate) fn with(settings: Settings, catalog: Catalog, teams: Vec<TeamFacts>) -> Self {
        let verifier = Verifier::new(Arc::new(catalog), settings);
        verifier.load(&snapshot(teams));
        verifier.fence().read_began_at(awake(0));
        Self { verifier: Arc::new(verifier), position: Mutex::new(100) }
    }

    /// Tells the next fact about the team.
    pub(crate) fn tell(&self, fact: TeamFact) {
        let mut position = self.position.lock().unwrap();
        *position += 1;
        let about = About::Team(issuer(TEAM), fact);
        self.verifier.apply(&Fact { position: Position(*position), about }).unwrap();
    }

    pub(crate) fn decide(&self, method: &str, target: &str, token: &str) -> Verdict {
        self.verifier.decide(&request(method, target, token), at(0))
    }

    /// Why a request is refused; nothing if it is not.
    pub(crate) fn reason(&self, method: &str, target: &str, token: &str) -> Option<Reason> {
        self.decide(method, target, token).reason()
    }

    pub(crate) fn revoke(&self, key: &str) {
        self.tell(TeamFact::KeyRevoked { key: key_id(key) });
    }
}

pub(crate) fn request<'r>(method: &'r str, target: &'r str, token: &'r str) -> Request<'r> {
    Request { method, target, token: Presented::Bearer(token), id: "", from: "" }
}

/// So many seconds after [`NOW`], by both clocks.
pub(crate) fn at(seconds: i64) -> Now {
    let passed = u64::try_from(seconds).unwrap_or(0);
    Now { wall: Timestamp::from_seconds(NOW + seconds), awake: awake(passed) }
}

/// The passing clock begins some time before [`NOW`].
pub(crate) fn awake(seconds: u64) -> Awake {
    Awake::after_start(Duration::from_secs(1000 + seconds))
}

pub(crate) fn snapshot(teams: Vec<TeamFacts>) -> Snapshot {
    Snapshot {
        epoch: EpochId::try_from(EPOCH).unwrap(),
        head: Position(100),
        time: "2026-11-21T13:40:00Z".to_owned(),
        age: 0,
        catalog: None,
        through: Through { position: Position(100), hash: Some(ChainHash([7; 32])) },
        teams,
    }
}

pub(crate) fn team_facts() -> TeamFacts {
    TeamFacts {
        team: issuer(TEAM),
        standing: Standing::Active,
        access: Access::Approved,
        members: vec![member(&["ADMIN"], Sees::AllApps)],
        apps: Vec::new(),
        keys: vec![
            key_facts(TEAM_KEY, "TEAM", Holding::TeamWithRoles(roles(&["ADMIN"]))),
            key_facts(PERSONS_KEY, "INDIVIDUAL", Holding::Member(member_id(MEMBER))),
            key_facts(APP_KEY, "IN_APP_PURCHASE", Holding::Team),
        ],
    }
}

pub(crate) fn member(names: &[&str], sees: Sees) -> MemberFacts {
    MemberFacts { user: member_id(MEMBER), roles: roles(names), sees, provisioning_allowed: true }
}

pub(crate) fn key_facts(id: &str, kind: &str, holder: Holding) -> KeyFacts {
    let key_type = KindName::try_from(kind).unwrap();
    KeyFacts { key: key_id(id), key_type, holder, point: half(id).public(), active: true }
}

/// The private half of a key of this id: always the same within one run.
pub(crate) fn half(id: &str) -> &'static PrivateHalf {
    static HALVES: LazyLock<Mutex<BTreeMap<String, &'static PrivateHalf>>> = LazyLock::new(Mutex::default);
    let generate = || &*Box::leak(Box::new(PrivateHalf::generate(&SystemRandom::new()).unwrap()));
    HALVES.lock().unwrap().entry(id.to_owned()).or_insert_with(generate)
}

/// A token in the making: the claims, as JSON.
#[derive(Clone)]
pub(crate) struct Draft {
    key: String,
    signer: String,
    claims: BTreeMap<String, String>,
}

impl Draft {
    fn new(key: &str, claims: &[(&str, &str)]) -> Self {
        let draft = Self { key: key.to_owned(), signer: key.to_owned(), claims: BTreeMap::new() };
        let draft = draft.claim("exp", &(NOW + 1200).to_string()).claim("aud", &quoted(AUDIENCE));
        claims.iter().fold(draft, |draft, (name, json)| draft.claim(name, json))
    }

    pub(crate) fn claim(mut self, name: &str, json: &str) -> Self {
        self.claims.insert(name.to_owned(), json.to_owned());
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    /// Signed by the half of another key than it names.
    pub(crate) fn signed_by(mut self, other: &str) -> Self {
        self.signer = other.to_owned();
        self
    }

    pub(crate) fn token(&self) -> String {
        let header = format!(r#"{{"alg":"ES256","kid":"{}","typ":"JWT"}}"#, self.key);
        let claims: Vec<_> = self.claims.iter().map(|(name, json)| format!(r#""{name}":{json}"#)).collect();
        jws::sign(half(&self.signer), &header, &format!("{{{}}}", claims.join(","))).unwrap()
    }
}

/// A sound token of a team key.
pub(crate) fn team_token(key: &str) -> Draft {
    Draft::new(key, &[("iss", &quoted(TEAM))])
}

/// A sound token of an individual key.
pub(crate) fn persons_token(key: &str) -> Draft {
    Draft::new(key, &[("sub", "\"user\"")])
}

/// A sound token of an in-app purchase key.
pub(crate) fn app_token(key: &str) -> Draft {
    Draft::new(key, &[("iss", &quoted(TEAM)), ("bid", "\"com.example.app\"")])
}

pub(crate) fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

pub(crate) fn roles(names: &[&str]) -> Roles {
    names.iter().map(|name| RoleName::try_from(*name).unwrap()).collect()
}

pub(crate) fn issuer(text: &str) -> IssuerId {
    IssuerId::try_from(text).unwrap()
}

pub(crate) fn key_id(text: &str) -> KeyId {
    KeyId::try_from(text).unwrap()
}

pub(crate) fn member_id(text: &str) -> MemberId {
    MemberId::try_from(text).unwrap()
}
