//! Compact JSON Web Signatures, ES256 only.
//!
//! What this reader does not know how to check it does not accept: anything but three segments of
//! strict base64url, one JSON object in each of the first two with no member given twice, `alg`
//! ES256 and 64 bytes of signature is unrepresentable as a [`Jws`].
//!
//! Of the header, `crit` and `b64` (which change what is signed or understood) and `jwk`, `jku`,
//! `x5u`, `x5c` (which bring the stranger's own key) are refused. `x5t`, `x5t#S256` and `cty` are
//! ignored as any unknown member is: they name or describe, and nothing here follows them.

pub(crate) mod object;

use crate::half::{HalfFault, PrivateHalf, Signature, VerifyingHalf};
use crate::id::KeyId;
use crate::token::TokenFault;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use object::{Members, Source, Value};
use std::fmt;

/// The most bytes that a header may have, decoded.
pub const HEADER_LIMIT: usize = 1024;
/// The most bytes that a payload may have, decoded.
pub const PAYLOAD_LIMIT: usize = 8 * 1024;

/// A well-formed JWS whose signature nobody has checked yet.
pub struct Jws<'t> {
    signed: &'t str,
    signature: Signature,
    kid: Kid,
    payload: Vec<u8>,
}

/// A token's three parts, and the first two with the dot between them.
struct Segments<'t> {
    signed: &'t str,
    header: &'t str,
    payload: &'t str,
    signature: &'t str,
}

/// What a header says of `kid`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Kid {
    Absent,
    Id(KeyId),
    OtherText(Box<str>),
    NotText,
}

impl<'t> Jws<'t> {
    /// Reads `token`.
    ///
    /// # Errors
    /// The first of the faults of form: segments, lengths, base64, JSON, header.
    pub fn parse(token: &'t str) -> Result<Self, TokenFault> {
        let Segments { signed, header, payload, signature } = Segments::of(token)?;
        let kid = read_header(header)?;
        Ok(Self { signed, payload: decode_payload(payload)?, signature: decode_signature(signature)?, kid })
    }

    /// `kid` of a token of which only the header is read.
    pub(crate) fn kid_in_header(token: &str) -> Result<Kid, TokenFault> {
        Segments::of(token).and_then(|segments| read_header(segments.header))
    }

    pub(crate) const fn kid(&self) -> &Kid {
        &self.kid
    }

    /// The payload: what somebody claims, until [`Self::is_signed_by`] says who.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Whether the holder of `half` signed exactly these bytes.
    #[must_use]
    pub fn is_signed_by(&self, half: &VerifyingHalf) -> bool {
        half.verifies(self.signed.as_bytes(), &self.signature)
    }
}

impl<'t> Segments<'t> {
    fn of(token: &'t str) -> Result<Self, TokenFault> {
        let (signed, signature) = token.rsplit_once('.').ok_or(TokenFault::NotThreeSegments)?;
        let (header, payload) = signed.split_once('.').ok_or(TokenFault::NotThreeSegments)?;
        if payload.contains('.') {
            return Err(TokenFault::NotThreeSegments);
        }
        Ok(Self { signed, header, payload, signature })
    }
}

/// Shows neither signature nor payload: a token is a secret while it lasts.
impl fmt::Debug for Jws<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("[token]")
    }
}

/// Signs `claims` under `header`, both JSON as they are to be sent. Nothing of them is checked:
/// whoever mints a token writes them, and whoever reads it judges them.
///
/// # Errors
/// As [`PrivateHalf::sign`].
pub fn sign(half: &PrivateHalf, header: &str, claims: &str) -> Result<String, HalfFault> {
    let mut token = URL_SAFE_NO_PAD.encode(header);
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(claims, &mut token);
    let signature = half.sign(token.as_bytes())?;
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Ok(token)
}

fn read_header(segment: &str) -> Result<Kid, TokenFault> {
    let mut header = [0; HEADER_LIMIT + 2];
    if segment.len() > longest(HEADER_LIMIT) {
        return Err(TokenFault::HeaderTooLong);
    }
    let length =
        URL_SAFE_NO_PAD.decode_slice(segment, &mut header).map_err(|_| TokenFault::HeaderNotBase64)?;
    Header::read(header.get(..length).unwrap_or_default())
}

fn decode_payload(segment: &str) -> Result<Vec<u8>, TokenFault> {
    if segment.len() > longest(PAYLOAD_LIMIT) {
        return Err(TokenFault::PayloadTooLong);
    }
    URL_SAFE_NO_PAD.decode(segment).map_err(|_| TokenFault::PayloadNotBase64)
}

/// How long so many bytes are in base64.
const fn longest(bytes: usize) -> usize {
    (bytes * 4).div_ceil(3)
}

fn decode_signature(segment: &str) -> Result<Signature, TokenFault> {
    // Room for more than a signature, so that one that is too long is told from one that is not base64.
    let mut signature = [0; 96];
    if segment.len() > 128 {
        return Err(TokenFault::SignatureLength);
    }
    let length =
        URL_SAFE_NO_PAD.decode_slice(segment, &mut signature).map_err(|_| TokenFault::SignatureNotBase64)?;
    signature.get(..length).and_then(|bytes| bytes.try_into().ok()).ok_or(TokenFault::SignatureLength)
}

/// What a header says, gathered while it is read and judged in one fixed order afterwards.
struct Header {
    algorithm: Option<bool>,
    is_jwt: bool,
    critical: bool,
    unencoded: bool,
    brings_key: bool,
    kid: Kid,
}

impl Header {
    fn read(json: &[u8]) -> Result<Kid, TokenFault> {
        let mut header = Self {
            algorithm: None,
            is_jwt: true,
            critical: false,
            unencoded: false,
            brings_key: false,
            kid: Kid::Absent,
        };
        object::read(json, &mut header).map_err(TokenFault::of_header)?;
        header.judge()
    }

    /// Security invariants: the algorithm is pinned here and nowhere else, and no header can
    /// bring a key, a rule or an encoding of its own.
    fn judge(self) -> Result<Kid, TokenFault> {
        match self {
            Self { algorithm: None, .. } => Err(TokenFault::AlgorithmMissing),
            Self { algorithm: Some(false), .. } => Err(TokenFault::AlgorithmNotEs256),
            Self { critical: true, .. } => Err(TokenFault::CriticalHeader),
            Self { unencoded: true, .. } => Err(TokenFault::UnencodedPayload),
            Self { brings_key: true, .. } => Err(TokenFault::KeyInHeader),
            Self { is_jwt: false, .. } => Err(TokenFault::TypeNotJwt),
            Self { kid, .. } => Ok(kid),
        }
    }
}

impl<'de> Members<'de> for Header {
    fn take<S: Source<'de>>(&mut self, name: &str, from: &mut S) -> Result<bool, S::Fault> {
        match name {
            "alg" => self.algorithm = Some(from.value()?.text() == Some("ES256")),
            "typ" => self.is_jwt = from.value()?.text().is_some_and(|text| text.eq_ignore_ascii_case("JWT")),
            "kid" => self.kid = Kid::of(&from.value()?),
            "crit" => self.critical = from.skip()?,
            "b64" => self.unencoded = from.skip()?,
            "jwk" | "jku" | "x5u" | "x5c" => self.brings_key = from.skip()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl Kid {
    fn of(value: &Value<'_>) -> Self {
        let Some(text) = value.text() else { return Self::NotText };
        KeyId::try_from(text).map_or_else(|_| Self::OtherText(text.into()), Self::Id)
    }
}
