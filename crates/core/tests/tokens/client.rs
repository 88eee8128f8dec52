//! A client that writes tokens, right or wrong, byte by byte.

use crate::keys::{KEY, TestKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The time at which everything here happens.
pub(crate) const NOW: i64 = 1_795_000_000;
pub(crate) const ISSUER: &str = "57246542-96fe-1a63-e053-0824d011072a";
pub(crate) const AUDIENCE: &str = "appstoreconnect-v1";

/// A token in the making: members as they will be written, in their order.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) demand: &'static str,
    header: Vec<(String, String)>,
    claims: Vec<(String, String)>,
    raw_header: Option<Vec<u8>>,
    raw_claims: Option<Vec<u8>>,
    key: &'static TestKey,
}

impl Draft {
    /// A sound token of a team key.
    pub(crate) fn team() -> Self {
        let draft = Self {
            demand: "team",
            header: Vec::new(),
            claims: Vec::new(),
            raw_header: None,
            raw_claims: None,
            key: &KEY,
        };
        draft
            .head("alg", r#""ES256""#)
            .head("kid", &quoted(KEY.id))
            .head("typ", r#""JWT""#)
            .claim("iss", &quoted(ISSUER))
            .claim("iat", &NOW.to_string())
            .claim("exp", &(NOW + 1200).to_string())
            .claim("aud", &quoted(AUDIENCE))
    }

    /// A sound token of an individual key.
    pub(crate) fn individual() -> Self {
        Self { demand: "individual", ..Self::team().without("iss").claim("sub", r#""user""#) }
    }

    /// A sound token of an in-app purchase key.
    pub(crate) fn purchase() -> Self {
        Self { demand: "in-app-purchase", ..Self::team().claim("bid", r#""com.example.app""#) }
    }

    /// A sound token for a service that wants `iat`.
    pub(crate) fn dated() -> Self {
        Self { demand: "dated", ..Self::team() }
    }

    /// A sound token that ends a key.
    pub(crate) fn burn() -> Self {
        let draft = Self::team().without("iss").without("iat").claim("aud", r#""counterfoil-burn""#);
        Self { demand: "burn", ..draft }
    }

    /// A sound token that lives for thirty days.
    pub(crate) fn long() -> Self {
        Self::team()
            .claim("exp", &(NOW + 30 * 86400).to_string())
            .claim("scope", r#"["GET /v1/ciProducts/42"]"#)
    }

    /// With this member of the header, in place of the one of that name.
    pub(crate) fn head(mut self, name: &str, json: &str) -> Self {
        set(&mut self.header, name, json);
        self
    }

    pub(crate) fn headless(mut self, name: &str) -> Self {
        self.header.retain(|(member, _)| member != name);
        self
    }

    /// With this claim, in place of the one of that name.
    pub(crate) fn claim(mut self, name: &str, json: &str) -> Self {
        set(&mut self.claims, name, json);
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.claims.retain(|(member, _)| member != name);
        self
    }

    /// With these bytes where the header belongs.
    pub(crate) fn raw_header(self, bytes: impl AsRef<[u8]>) -> Self {
        Self { raw_header: Some(bytes.as_ref().to_vec()), ..self }
    }

    /// With these bytes where the claims belong.
    pub(crate) fn raw_claims(self, bytes: impl AsRef<[u8]>) -> Self {
        Self { raw_claims: Some(bytes.as_ref().to_vec()), ..self }
    }

    pub(crate) fn signed_by(self, key: &'static TestKey) -> Self {
        Self { key, ..self }
    }

    /// Judged by the rules of this name.
    pub(crate) fn judged_by(self, demand: &'static str) -> Self {
        Self { demand, ..self }
    }

    pub(crate) fn header_json(&self) -> Vec<u8> {
        self.raw_header.clone().unwrap_or_else(|| object(&self.header).into_bytes())
    }

    pub(crate) fn claims_json(&self) -> Vec<u8> {
        self.raw_claims.clone().unwrap_or_else(|| object(&self.claims).into_bytes())
    }

    /// The first two segments.
    pub(crate) fn signed_part(&self) -> String {
        [base64(self.header_json()), base64(self.claims_json())].join(".")
    }

    pub(crate) fn signature(&self) -> [u8; 64] {
        self.key.sign(self.signed_part().as_bytes())
    }

    pub(crate) fn token(&self) -> String {
        [self.signed_part(), base64(self.signature())].join(".")
    }

    /// The token with its three segments changed after signing.
    pub(crate) fn mangled(&self, mangle: impl Fn(&mut [String; 3])) -> String {
        let mut segments = [base64(self.header_json()), base64(self.claims_json()), base64(self.signature())];
        mangle(&mut segments);
        segments.join(".")
    }

    /// A sound signature over segments that are not what they should be.
    pub(crate) fn resigned(&self, mangle: impl Fn(&mut [String; 2])) -> String {
        let mut segments = [base64(self.header_json()), base64(self.claims_json())];
        mangle(&mut segments);
        let signed = segments.join(".");
        let signature = base64(self.key.sign(signed.as_bytes()));
        [signed, signature].join(".")
    }
}

pub(crate) fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

pub(crate) fn base64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// `json` with a last member that makes it `length` bytes long.
pub(crate) fn padded(json: &[u8], length: usize) -> Vec<u8> {
    let mut padded = json[..json.len() - 1].to_vec();
    padded.extend(b",\"pad\":\"");
    padded.resize(length - 2, b'x');
    padded.extend(b"\"}");
    padded
}

fn object(members: &[(String, String)]) -> String {
    let members: Vec<_> = members.iter().map(|(name, json)| format!("\"{name}\":{json}")).collect();
    format!("{{{}}}", members.join(","))
}

fn set(members: &mut Vec<(String, String)>, name: &str, json: &str) {
    match members.iter_mut().find(|(member, _)| member == name) {
        Some((_, old)) => json.clone_into(old),
        None => members.push((name.to_owned(), json.to_owned())),
    }
}
