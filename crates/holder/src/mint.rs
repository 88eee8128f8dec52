//! Minting tokens: what a key's kind claims, for no longer than its service allows, for no more than is asked.

use crate::fault::Fault;
use crate::sources::HeldKey;
use counterfoil_core::catalog::{Catalog, KeyKind, Service};
use counterfoil_core::id::BundleId;
use counterfoil_core::jws;
use counterfoil_core::scope::Scope;
use counterfoil_core::time::Timestamp;
use serde_json::{Map, Value, json};
use std::fmt;
use std::time::Duration;
use zeroize::Zeroizing;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Order {
    /// How long it is to be good for.
    pub ttl: Duration,
    /// The requests that it confines itself to; none: whatever its key may do.
    pub scopes: Vec<String>,
    /// The app, which makes it a token of an in-app purchase key.
    pub bundle: Option<String>,
    /// For whom it is, if not for the service of the key's kind.
    pub audience: Option<String>,
}

impl Order {
    /// A token for whatever the key may do.
    #[must_use]
    pub const fn plain(ttl: Duration) -> Self {
        Self { ttl, scopes: Vec::new(), bundle: None, audience: None }
    }
}

/// A fresh token.
pub struct Minted {
    /// The token: a secret while it lasts.
    pub token: Zeroizing<String>,
    /// Its header.
    pub header: Value,
    /// What it claims.
    pub claims: Value,
    /// When it expires.
    pub expires: Timestamp,
}

impl fmt::Debug for Minted {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "[token until {}]", crate::dates::written(self.expires))
    }
}

/// Mints a token.
///
/// # Errors
/// What is asked for is more than a service would take, or the library failed.
pub fn mint(key: &HeldKey, order: &Order, catalog: &Catalog, now: Timestamp) -> Result<Minted, Fault> {
    let (kind, service) = kind_and_service(key, order, catalog)?;
    let scope = scope(order)?;
    if order.audience.as_deref().is_none_or(|audience| audience == service.audience) {
        check_lifetime(order, scope.as_ref(), service)?;
    }
    let (issued, expires) = (now.as_seconds(), now.plus(order.ttl).as_seconds());
    let mut claims = Map::new();
    match &key.issuer {
        Some(issuer) => claims.insert("iss".into(), json!(issuer.to_string())),
        None => claims.insert("sub".into(), json!("user")),
    };
    claims.insert("iat".into(), json!(issued));
    claims.insert("exp".into(), json!(expires));
    claims.insert("aud".into(), json!(order.audience.as_deref().unwrap_or(&service.audience)));
    if kind.claims.names_bundle {
        claims.insert("bid".into(), json!(bundle(order)?.as_str()));
    }
    if scope.is_some() {
        claims.insert("scope".into(), json!(order.scopes));
    }
    let (header, claims) =
        (json!({"alg": "ES256", "kid": key.id.as_str(), "typ": "JWT"}), Value::Object(claims));
    let token = jws::sign(&key.half, &header.to_string(), &claims.to_string())
        .map_err(|fault| Fault::new(fault, "this is the machine's failure; try again"))?;
    Ok(Minted { token: Zeroizing::new(token), header, claims, expires: Timestamp::from_seconds(expires) })
}

/// The kind that a key is, as far as its holder can tell: whose tokens claim what these would.
///
/// # Errors
/// An app is named where the team is not, or the other way round.
pub fn kind_and_service<'c>(
    key: &HeldKey,
    order: &Order,
    catalog: &'c Catalog,
) -> Result<(&'c KeyKind, &'c Service), Fault> {
    let of_file = key.file_prefix.as_deref().and_then(|prefix| {
        catalog.kinds.iter().find(|kind| kind.file_prefix.trim_end_matches('_') == prefix)
    });
    if order.bundle.is_none()
        && of_file.is_some_and(|kind| kind.claims.names_bundle && is_only(kind, catalog))
    {
        return Err(Fault::new(
            "this is an in-app purchase key's file, and its tokens name an app",
            "give --bundle-id, such as com.example.app; other calls need another kind of key",
        ));
    }
    let claims = |kind: &&KeyKind| {
        kind.claims.names_issuer == key.issuer.is_some() && kind.claims.names_bundle == order.bundle.is_some()
    };
    let kind = catalog.kinds.iter().find(claims).ok_or_else(|| {
        Fault::new(
            "an app is named and no team: an in-app purchase key's tokens name both",
            "give --issuer-id too; it stands above the table of keys",
        )
    })?;
    let service = catalog.services.iter().find(|service| kind.services.contains(&service.name));
    let service =
        service.ok_or_else(|| Fault::new("no service takes this kind of key", "use another key"))?;
    Ok((kind, service))
}

/// Whether no other kind's files are called the same.
fn is_only(kind: &KeyKind, catalog: &Catalog) -> bool {
    catalog.kinds.iter().filter(|other| other.file_prefix == kind.file_prefix).count() == 1
}

fn scope(order: &Order) -> Result<Option<Scope>, Fault> {
    if order.scopes.is_empty() {
        return Ok(None);
    }
    let scope = Scope::parse(order.scopes.iter().map(String::as_str));
    scope.map(Some).map_err(|fault| Fault::new(fault, "write each as in --scope \"GET /v1/apps\""))
}

fn bundle(order: &Order) -> Result<BundleId, Fault> {
    BundleId::try_from(order.bundle.as_deref().unwrap_or_default())
        .map_err(|fault| Fault::new(fault, "give the app's bundle id, such as com.example.app"))
}

/// The service would answer a longer life with a bare 401: it is refused here, with the reason.
fn check_lifetime(order: &Order, scope: Option<&Scope>, service: &Service) -> Result<(), Fault> {
    if order.ttl.as_secs() == 0 {
        return Err(Fault::new("a token must be good for a second at least", "give --ttl, such as 10m"));
    }
    if order.ttl <= service.lifetime {
        return Ok(());
    }
    let limit = span::written(service.lifetime);
    let Some(long) = &service.long_lived else {
        return Err(Fault::new(
            format!("a token for {} is good for {limit} at most", service.title),
            format!("give --ttl {limit} or less"),
        ));
    };
    let most = span::written(long.lifetime);
    match scope {
        Some(scope) if scope.may_live_long(&long.paths) && order.ttl <= long.lifetime => Ok(()),
        Some(scope) if scope.may_live_long(&long.paths) => Err(Fault::new(
            format!("a token with such a scope is good for {most} at most"),
            format!("give --ttl {most} or less"),
        )),
        _ => Err(Fault::new(
            format!(
                "a token for {} is good for {limit} at most, unless its scope has nothing but GET on resources that \
                 allow {most}",
                service.title
            ),
            format!("give --ttl {limit} or less, or confine it, as in --scope \"GET /v1/ciProducts\""),
        )),
    }
}

/// Stretches of time as people type them.
pub mod span {
    use crate::fault::Fault;
    use std::time::Duration;

    const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3600), ('m', 60), ('s', 1)];

    /// Reads `90s`, `10m`, `1h30m`, `30d`; a number alone is seconds.
    ///
    /// # Errors
    /// It is none of these.
    pub fn read(text: &str) -> Result<Duration, Fault> {
        let malformed = || Fault::new(format!("`{text}` is no time"), "write it as 90s, 10m, 1h30m or 30d");
        if let Ok(seconds) = text.parse() {
            return Ok(Duration::from_secs(seconds));
        }
        let (mut seconds, mut rest) = (0_u64, text);
        while !rest.is_empty() {
            let at = rest.find(|letter: char| !letter.is_ascii_digit()).ok_or_else(malformed)?;
            let (number, unit) = rest.split_at(at);
            let unit = unit.chars().next().ok_or_else(malformed)?;
            let (_, length) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(malformed)?;
            let number: u64 = number.parse().map_err(|_| malformed())?;
            seconds = number
                .checked_mul(*length)
                .and_then(|more| seconds.checked_add(more))
                .ok_or_else(malformed)?;
            rest = &rest[at + unit.len_utf8()..];
        }
        if text.is_empty() || seconds > 400 * 86_400 {
            Err(malformed())
        } else {
            Ok(Duration::from_secs(seconds))
        }
    }

    /// Writes it so.
    #[must_use]
    pub fn written(span: Duration) -> String {
        let seconds = span.as_secs();
        let unit = UNITS.iter().find(|(_, length)| seconds >= *length && seconds.is_multiple_of(*length));
        unit.map_or_else(|| "0s".into(), |(name, length)| format!("{}{name}", seconds / length))
    }
}
