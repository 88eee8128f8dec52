//! Whoever holds a key and asks with its tokens. Two test binaries share this file.

use counterfoil_authority::Authority;
use counterfoil_core::event::Actor;
use counterfoil_core::half::PrivateHalf;
use counterfoil_core::id::{IssuerId, KeyId};
use counterfoil_core::time::Timestamp;
use counterfoil_verify::{Awake, Now, Presented, Request, Verdict};

/// Whoever holds a key.
pub(crate) struct Holder {
    pub(crate) key: KeyId,
    token: String,
}

impl Holder {
    /// Downloads the half of a team key, and signs one token with it that is good for ten minutes.
    pub(crate) async fn of(
        server: &Authority,
        team: IssuerId,
        by: Actor,
        key: KeyId,
        now: Timestamp,
    ) -> Self {
        let downloaded = server.download(team, by, key).await.unwrap();
        let half = PrivateHalf::from_pem(&downloaded.pem).unwrap();
        let header = format!(r#"{{"alg":"ES256","kid":"{key}","typ":"JWT"}}"#);
        let (issued, expires) = (now.as_seconds() - 1, now.as_seconds() + 600);
        let claims =
            format!(r#"{{"iss":"{team}","iat":{issued},"exp":{expires},"aud":"appstoreconnect-v1"}}"#);
        Self { key, token: counterfoil_core::jws::sign(&half, &header, &claims).unwrap() }
    }

    /// What becomes of a request at a server.
    pub(crate) fn asks(&self, server: &Authority, method: &str, target: &str) -> Verdict {
        self.asks_at(server, method, target, Awake::read())
    }

    /// The same at another moment than now.
    pub(crate) fn asks_at(&self, server: &Authority, method: &str, target: &str, awake: Awake) -> Verdict {
        let request =
            Request { method, target, token: Presented::Bearer(&self.token), id: "r-1", from: "192.0.2.1" };
        server.verifier().decide(&request, Now { wall: server.now(), awake })
    }
}
