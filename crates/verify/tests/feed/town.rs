//! A server in this process, with a team and keys.

use counterfoil_authority::keys::{NewHalf, NewKeyRequest};
use counterfoil_authority::people::NewPerson;
use counterfoil_authority::replicas::ReplicaName;
use counterfoil_authority::seal_source::SealSource;
use counterfoil_authority::{Authority, Request, Settings};
use counterfoil_core::catalog::Catalog;
use counterfoil_core::event::{Actor, RevocationReason};
use counterfoil_core::half::PrivateHalf;
use counterfoil_core::id::{IssuerId, KeyId, KeyName, KindName, MemberId, RoleName, TeamName};
use counterfoil_core::jws;
use counterfoil_core::time::Timestamp;
use counterfoil_server::{ApiSettings, app};
use counterfoil_verify::{Now, Verifier};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// A server with one team.
pub(crate) struct Town {
    pub(crate) authority: Arc<Authority>,
    pub(crate) address: SocketAddr,
    pub(crate) team: IssuerId,
    owner: MemberId,
    _folder: tempfile::TempDir,
}

/// A key in its holder's hands.
pub(crate) struct Key {
    pub(crate) id: KeyId,
    team: IssuerId,
    half: PrivateHalf,
}

impl Town {
    /// With the built-in catalog.
    pub(crate) async fn build() -> Self {
        Self::with(None).await
    }

    /// Whose verdicts go stale so soon.
    pub(crate) async fn stale_after(bound: Duration) -> Self {
        Self::with(Some(catalog(bound).to_toml())).await
    }

    async fn with(catalog: Option<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings {
            data_dir: folder.path().to_owned(),
            database: None,
            catalog,
            seal: SealSource::in_data_dir(folder.path()),
            serve: true,
            adopt_older_ledger: false,
            replace_lost_seal_key: false,
            half_lifetime: Duration::from_secs(86_400),
            site: Default::default(),
            name: "town".into(),
            clock: Arc::new(|| Now::read().wall),
            verdicts: counterfoil_verify::Settings::default(),
        };
        let authority = Authority::start(settings).await.unwrap();
        let holder = NewPerson {
            email: "holder@example.com".try_into().unwrap(),
            first_name: "Hedda".try_into().unwrap(),
            last_name: "Holder".try_into().unwrap(),
        };
        let opened = authority.open_team(&TeamName::try_from("Rivets").unwrap(), &holder).await.unwrap();
        let (team, owner) = (opened.team, opened.member);
        authority.request_access(team, &Request::by(Actor::User(owner)), true).await.unwrap();
        authority.approve_access(team).await.unwrap();
        let address = serve(&authority).await;
        Self { authority, address, team, owner, _folder: folder }
    }

    /// A verifier as others embed it, which knows what is known here now.
    pub(crate) async fn embedded(&self) -> Arc<Verifier> {
        let verifier = Verifier::new(self.authority.catalog(), counterfoil_verify::Settings::default());
        verifier.load(&self.authority.feed_snapshot(String::new()).await.unwrap());
        verifier.fence().read_began_at(Now::read().awake);
        Arc::new(verifier)
    }

    /// A replica's credential.
    pub(crate) async fn replica(&self, name: &str) -> String {
        let name = ReplicaName::try_from(name).unwrap();
        self.authority.add_replica(&name).await.unwrap().expose().to_owned()
    }

    /// A team key with one role, downloaded.
    pub(crate) async fn key(&self, role: &str) -> Key {
        let new = NewKeyRequest {
            kind: KindName::try_from("TEAM").unwrap(),
            name: KeyName::try_from("For tests").unwrap(),
            roles: Some([RoleName::try_from(role).unwrap()].into_iter().collect()),
            half: NewHalf::Issuer,
        };
        let by = Actor::User(self.owner);
        let id = self.authority.generate(self.team, &Request::by(by), &new).await.unwrap().value;
        let pem = self.authority.download(self.team, by, id).await.unwrap().pem;
        Key { id, team: self.team, half: PrivateHalf::from_pem(&pem).unwrap() }
    }

    /// Revokes a key; once this has returned, it is acknowledged. Answers where the ledger stands then.
    pub(crate) async fn revoke(&self, key: &Key) -> counterfoil_verify::fact::Position {
        let by = Request::by(Actor::User(self.owner));
        let reason = RevocationReason::Unspecified;
        let revoked = self.authority.revoke(self.team, &by, vec![key.id], reason, None).await.unwrap();
        counterfoil_verify::fact::Position(revoked.position.0)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// The built-in catalog with another bound of staleness.
pub(crate) fn catalog(bound: Duration) -> Catalog {
    let mut catalog = Catalog::appstore();
    catalog.services.iter_mut().for_each(|service| service.stale_after = bound);
    catalog
}

async fn serve(authority: &Arc<Authority>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = app(authority.clone(), &ApiSettings::new(&format!("http://{address}")));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let app = TowerToHyperService::new(app.clone());
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), app));
        }
    });
    address
}

impl Key {
    /// A fresh token, good for some minutes.
    pub(crate) fn token(&self) -> String {
        self.token_at(Now::read().wall)
    }

    /// One that begins to be good at that time.
    pub(crate) fn token_at(&self, time: Timestamp) -> String {
        let now = time.as_seconds();
        let header = json!({ "alg": "ES256", "kid": self.id, "typ": "JWT" });
        let claims = json!({ "iss": self.team, "aud": "appstoreconnect-v1", "iat": now, "exp": now + 600 });
        jws::sign(&self.half, &header.to_string(), &claims.to_string()).unwrap()
    }
}
