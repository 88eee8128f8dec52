//! Whoever holds a key and asks with its tokens. Two test binaries share this file.

use counterfoil_authority::Authority;
use counterfoil_core::event::Actor;
use counterfoil_core::half::PrivateHalf;
use counterfoil_core::id::{IssuerId, KeyId};
use counterfoil_core::time::Timestamp;
use counterfoil_verify::{Awake, Now, Presented, Request, Verdict};
use std::sync::Mutex;

/// Whoever holds a key.
pub(crate) struct Holder {
    pub(crate) key: KeyId,
    team: IssuerId,
    half: PrivateHalf,
    token: Mutex<(Timestamp, String)>,
}

impl Holder {
    /// Downloads the half of a team key.
    pub(crate) async fn of(server: &Authority, team: IssuerId, by: Actor, key: KeyId) -> Self {
        let downloaded = server.download(team, by, key).await.unwrap();
        let half = PrivateHalf::from_pem(&downloaded.pem).unwrap();
        Self { key, team, half, token: Mutex::default() }
    }

    /// What becomes of a request at a server.
    pub(crate) fn asks(&self, server: &Authority, method: &str, target: &str) -> Verdict {
        self.asks_at(server, method, target, Awake::read())
    }

    /// The same at another moment than now.
    pub(crate) fn asks_at(&self, server: &Authority, method: &str, target: &str, awake: Awake) -> Verdict {
        let token = self.token(server.now());
        let request =
            Request { method, target, token: Presented::Bearer(&token), id: "r-1", from: "192.0.2.1" };
        server.verifier().decide(&request, Now { wall: server.now(), awake })
    }

    /// A token that is good for some minutes at least.
    fn token(&self, now: Timestamp) -> String {
        let mut last = self.token.lock().unwrap();
        if last.1.is_empty() || now.since(last.0).as_secs() > 300 {
            *last = (now, self.sign(now));
        }
        last.1.clone()
    }

    fn sign(&self, now: Timestamp) -> String {
        let Self { key, team, .. } = self;
        let header = format!(r#"{{"alg":"ES256","kid":"{key}","typ":"JWT"}}"#);
        let (issued, expires) = (now.as_seconds() - 1, now.as_seconds() + 900);
        let claims =
            format!(r#"{{"iss":"{team}","iat":{issued},"exp":{expires},"aud":"appstoreconnect-v1"}}"#);
        counterfoil_core::jws::sign(&self.half, &header, &claims).unwrap()
    }
}
