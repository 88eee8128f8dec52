//! Data signed as the App Store signs it: compact JWS by ES256, with the chain of certificates in its head.
//!
//! Whoever verifies it takes this sandbox's root in the place of the App Store's, and changes nothing else.

mod chain;
pub(crate) mod public;

use crate::fault::Fault;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chain::Chain;
use serde_json::{Value, json};
use std::path::Path;
use std::time::SystemTime;

/// Who signs, and the chain that says so.
pub(crate) struct Signer {
    pair: EcdsaKeyPair,
    /// The head of all that is signed, as it is written.
    head: String,
    root: Vec<u8>,
}

impl Signer {
    /// Opens what is kept in this folder, or makes it there.
    ///
    /// # Errors
    /// If it can't be read, or can't be made and kept.
    pub(crate) fn open(folder: &Path, now: SystemTime) -> Result<Self, Fault> {
        let Chain { pair, certificates: [leaf, intermediate, root] } = Chain::open(folder, now)?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pair)
            .map_err(|_| Fault::Broken("the half that signs transactions is damaged".to_owned()))?;
        let certificates = [&leaf, &intermediate, &root].map(|der| STANDARD.encode(der));
        let head = URL_SAFE_NO_PAD.encode(json!({ "alg": "ES256", "x5c": certificates }).to_string());
        Ok(Self { pair, head, root })
    }

    /// These claims, signed.
    ///
    /// # Errors
    /// If no randomness can be had.
    pub(crate) fn sign(&self, claims: &Value) -> Result<String, Fault> {
        let signed = format!("{}.{}", self.head, URL_SAFE_NO_PAD.encode(claims.to_string()));
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes());
        let signature = signature.map_err(|_| Fault::Broken("nothing can be signed".to_owned()))?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// The certificate on which all this stands, in DER.
    pub(crate) fn root(&self) -> &[u8] {
        &self.root
    }
}
