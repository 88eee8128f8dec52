//! Minting tokens with a downloaded key, as its holder does.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use counterfoil_core::half::{PrivateHalf, PublicHalf};
use serde_json::json;
use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// A key in its holder's hands.
pub(crate) struct Key {
    pub(crate) id: String,
    issuer: Option<String>,
    half: PrivateHalf,
}

impl Key {
    /// Reads the file that was downloaded.
    pub(crate) fn read(id: &str, issuer: Option<&str>, path: &Path) -> Self {
        let pem = fs::read_to_string(path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
        Self {
            id: id.to_owned(),
            issuer: issuer.map(str::to_owned),
            half: PrivateHalf::from_pem(&pem).unwrap(),
        }
    }

    /// A fresh token, good for five minutes.
    pub(crate) fn token(&self) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let header = json!({"alg": "ES256", "kid": self.id, "typ": "JWT"});
        let mut claims = json!({"aud": "appstoreconnect-v1", "iat": now, "exp": now + 300});
        match &self.issuer {
            Some(issuer) => claims["iss"] = json!(issuer),
            None => claims["sub"] = json!("user"),
        }
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let message =
            format!("{}.{}", encode(header.to_string().as_bytes()), encode(claims.to_string().as_bytes()));
        let signature = self.half.sign(message.as_bytes()).unwrap();
        format!("{message}.{}", encode(&signature))
    }
}

/// The public half that belongs to a private one.
pub(crate) fn public_of(pem: &str) -> PublicHalf {
    PrivateHalf::from_pem(pem).unwrap().public()
}
