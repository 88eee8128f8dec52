//! What a token claims, read but not judged.

use crate::half::Thumbprint;
use crate::jws::object::{self, Members, Source, Value};
use crate::scope::Scope;
use crate::time::Timestamp;
use crate::token::{TokenFault, date};

/// One claim. What it is not is kept as it was found, so that its holder can be told.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Claim<T> {
    Absent,
    Malformed(Found),
    Is(T),
}

/// What stood where something else belongs.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Found {
    Null,
    Bool,
    Number(Box<str>),
    Text(Box<str>),
    Array,
    ArrayOf(usize),
    Object,
}

/// The claims that matter.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Claims {
    pub(super) issuer: Claim<Box<str>>,
    pub(super) subject: Claim<Box<str>>,
    pub(super) audience: Claim<Box<str>>,
    pub(super) bundle: Claim<Box<str>>,
    pub(super) issued_at: Claim<Timestamp>,
    pub(super) not_before: Claim<Timestamp>,
    pub(super) expiry: Claim<Timestamp>,
    pub(super) scope: Claim<Scope>,
    pub(super) thumbprint: Claim<Thumbprint>,
    /// Whether claims are spelt out (`issuer`, `audience`, `expiresIn`), as one generator of tokens does.
    pub(super) spelt_out: bool,
}

impl Claims {
    pub(super) fn read(json: &[u8]) -> Result<Self, TokenFault> {
        let mut claims = Self {
            issuer: Claim::Absent,
            subject: Claim::Absent,
            audience: Claim::Absent,
            bundle: Claim::Absent,
            issued_at: Claim::Absent,
            not_before: Claim::Absent,
            expiry: Claim::Absent,
            scope: Claim::Absent,
            thumbprint: Claim::Absent,
            spelt_out: false,
        };
        object::read(json, &mut claims).map_err(TokenFault::of_payload)?;
        Ok(claims)
    }
}

impl<'de> Members<'de> for Claims {
    fn take<S: Source<'de>>(&mut self, name: &str, from: &mut S) -> Result<bool, S::Fault> {
        match name {
            "iss" => self.issuer = text(from.value()?),
            "sub" => self.subject = text(from.value()?),
            "aud" => self.audience = audience(from.value()?),
            "bid" => self.bundle = text(from.value()?),
            "iat" => self.issued_at = date(from.text()?),
            "nbf" => self.not_before = date(from.text()?),
            "exp" => self.expiry = date(from.text()?),
            "scope" => self.scope = scope(from.value()?),
            "jkt" => self.thumbprint = thumbprint(from.value()?),
            "issuer" | "audience" | "expiresIn" => self.spelt_out = from.skip()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn text(value: Value<'_>) -> Claim<Box<str>> {
    match value {
        Value::Text(text) => Claim::Is(text.into()),
        other => Claim::Malformed(Found::of(other)),
    }
}

/// A text, or an array of exactly one.
fn audience(value: Value<'_>) -> Claim<Box<str>> {
    match value {
        Value::Texts(mut texts) if texts.len() == 1 => {
            texts.pop().map_or(Claim::Absent, |text| Claim::Is(text.into()))
        }
        other => text(other),
    }
}

fn scope(value: Value<'_>) -> Claim<Scope> {
    match value {
        Value::Texts(entries) => Scope::parse(entries.iter().map(AsRef::as_ref))
            .map_or(Claim::Malformed(Found::ArrayOf(entries.len())), Claim::Is),
        other => Claim::Malformed(Found::of(other)),
    }
}

fn thumbprint(value: Value<'_>) -> Claim<Thumbprint> {
    match value {
        Value::Text(text) => Thumbprint::try_from(text.as_ref())
            .map_or_else(|_| Claim::Malformed(Found::Text(text.into())), Claim::Is),
        other => Claim::Malformed(Found::of(other)),
    }
}

fn date(written: &str) -> Claim<Timestamp> {
    date::read(written).map_or_else(|| Claim::Malformed(Found::written(written)), Claim::Is)
}

impl Found {
    fn of(value: Value<'_>) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool => Self::Bool,
            Value::Number => Self::Number("".into()),
            Value::Text(text) => Self::Text(text.into()),
            Value::Texts(texts) => Self::ArrayOf(texts.len()),
            Value::Array => Self::Array,
            Value::Object => Self::Object,
        }
    }

    /// Of a JSON value as it is written.
    fn written(written: &str) -> Self {
        match written.as_bytes().first() {
            Some(b'n') => Self::Null,
            Some(b't' | b'f') => Self::Bool,
            Some(b'"') => Self::Text(written.trim_matches('"').into()),
            Some(b'[') => Self::Array,
            Some(b'{') => Self::Object,
            _ => Self::Number(written.into()),
        }
    }
}
