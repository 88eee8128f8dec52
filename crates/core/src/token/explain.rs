//! The rules' findings in words, for whoever proved to hold the key.

use super::claims::{Claim, Claims, Found};
use super::rules::Ruling;
use super::{Demand, TokenFault};
use crate::id::{IssuerId, KeyId};
use crate::time::Timestamp;

/// Which claim, or relation of claims, is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CheckName {
    /// `iss`.
    Issuer,
    /// `sub`.
    Subject,
    /// `aud`.
    Audience,
    /// `bid`.
    Bundle,
    /// `iat`, and `nbf` with it.
    IssuedAt,
    /// `exp`.
    Expiry,
    /// The form of `scope`; whether it covers a request is judged with the request.
    Scope,
    /// How long the token is good for.
    Lifetime,
}

impl CheckName {
    /// All of them, in the order in which they are judged.
    pub const ALL: [Self; 8] = [
        Self::Issuer,
        Self::Subject,
        Self::Audience,
        Self::Bundle,
        Self::IssuedAt,
        Self::Expiry,
        Self::Scope,
        Self::Lifetime,
    ];

    /// Its name outside.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Issuer => "issuer",
            Self::Subject => "subject",
            Self::Audience => "audience",
            Self::Bundle => "bundle",
            Self::IssuedAt => "issuedAt",
            Self::Expiry => "expiry",
            Self::Scope => "scope",
            Self::Lifetime => "lifetime",
        }
    }
}

/// One claim judged by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Which.
    pub name: CheckName,
    /// Whether it is as it must be; `None` where it does not apply.
    pub ok: Option<bool>,
    /// What it broke, if it did.
    pub fault: Option<TokenFault>,
    /// What would be right.
    pub expected: String,
    /// What the token says.
    pub found: String,
    /// The likely mistake and what to do about it, if something is wrong.
    pub hint: Option<String>,
}

pub(super) fn check(name: CheckName, ruling: Ruling, claims: &Claims, demand: &Demand<'_>) -> Check {
    let fault = match ruling {
        Ruling::Broken(fault) => Some(fault),
        Ruling::Kept | Ruling::DoesNotApply => None,
    };
    Check {
        name,
        ok: (ruling != Ruling::DoesNotApply).then_some(fault.is_none()),
        fault,
        expected: expected(name, demand),
        found: found(name, claims, demand.now),
        hint: fault.map(|fault| hint(fault, claims, demand)),
    }
}

fn expected(name: CheckName, demand: &Demand<'_>) -> String {
    let (now, leeway) = (demand.now.as_seconds(), demand.leeway.as_secs());
    match name {
        CheckName::Issuer if demand.claims.names_issuer => format!("`iss` {}", demand.issuer),
        CheckName::Issuer => "no `iss`".to_owned(),
        CheckName::Subject if demand.claims.names_issuer => "no `sub`".to_owned(),
        CheckName::Subject => "`sub` user".to_owned(),
        CheckName::Audience => format!("`aud` {}", demand.audience),
        CheckName::Bundle if demand.claims.names_bundle => "`bid`, the app's bundle id".to_owned(),
        CheckName::Bundle => "nothing: this kind of key names no app".to_owned(),
        CheckName::IssuedAt => {
            let whether = if demand.issued_at_required { "`iat`" } else { "`iat`, if any," };
            format!("{whether} not later than now ({now}), give or take {leeway} s")
        }
        CheckName::Expiry => format!("`exp` later than now ({now}), give or take {leeway} s"),
        CheckName::Scope => "no `scope`, or an array of entries like \"GET /v1/apps\"".to_owned(),
        CheckName::Lifetime => {
            let (limit, longest) =
                (demand.lifetime.as_secs(), (demand.lifetime + demand.backdating).as_secs());
            format!("`exp` at most {limit} s ahead of now ({now}), and at most {longest} s after `iat`")
        }
    }
}

fn found(name: CheckName, claims: &Claims, now: Timestamp) -> String {
    match name {
        CheckName::Issuer => text("iss", &claims.issuer),
        CheckName::Subject => text("sub", &claims.subject),
        CheckName::Audience => text("aud", &claims.audience),
        CheckName::Bundle => text("bid", &claims.bundle),
        CheckName::IssuedAt => match &claims.not_before {
            Claim::Absent => date("iat", &claims.issued_at, now),
            not_before => {
                format!("{}, {}", date("iat", &claims.issued_at, now), date("nbf", not_before, now))
            }
        },
        CheckName::Expiry => date("exp", &claims.expiry, now),
        CheckName::Scope => match &claims.scope {
            Claim::Absent => "no `scope`".to_owned(),
            Claim::Is(scope) => format!("`scope` of {} entries", scope.entries().len()),
            Claim::Malformed(found) => format!("`scope` is {}", described(found)),
        },
        CheckName::Lifetime => match (&claims.expiry, &claims.issued_at) {
            (Claim::Is(expiry), Claim::Is(issued)) => {
                format!("`exp` {}, {} after `iat`", relative(*expiry, now), seconds(*expiry, *issued))
            }
            (Claim::Is(expiry), _) => format!("`exp` {}", relative(*expiry, now)),
            _ => "no `exp` to judge".to_owned(),
        },
    }
}

fn text(claim: &str, value: &Claim<Box<str>>) -> String {
    match value {
        Claim::Absent => format!("no `{claim}`"),
        Claim::Is(text) => format!("`{claim}` {}", shown(text)),
        Claim::Malformed(found) => format!("`{claim}` is {}", described(found)),
    }
}

fn date(claim: &str, value: &Claim<Timestamp>, now: Timestamp) -> String {
    match value {
        Claim::Absent => format!("no `{claim}`"),
        Claim::Is(date) => format!("`{claim}` {}, {}", date.as_seconds(), relative(*date, now)),
        Claim::Malformed(found) => format!("`{claim}` is {}", described(found)),
    }
}

fn described(found: &Found) -> String {
    match found {
        Found::Null => "null".to_owned(),
        Found::Bool => "true or false".to_owned(),
        Found::Number(number) if number.is_empty() => "a number".to_owned(),
        Found::Number(number) => format!("the number {}", shown(number)),
        Found::Text(text) => format!("the text \"{}\"", shown(text)),
        Found::Array => "an array of other things than texts".to_owned(),
        Found::ArrayOf(length) => format!("an array of {length} texts"),
        Found::Object => "an object".to_owned(),
    }
}

fn relative(date: Timestamp, now: Timestamp) -> String {
    match date.as_seconds().saturating_sub(now.as_seconds()) {
        0 => "now".to_owned(),
        ahead @ 1.. => format!("{ahead} s ahead of now"),
        behind => format!("{} s ago", behind.unsigned_abs()),
    }
}

fn seconds(later: Timestamp, earlier: Timestamp) -> String {
    format!("{} s", later.as_seconds().saturating_sub(earlier.as_seconds()))
}

/// A stranger's text, fit for a line: short, and nothing in it that moves a cursor.
fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut shown: String =
        text.chars().take(LONGEST).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

/// The likely mistake. A fault of form has none here: it is refused before anyone is proven.
fn hint(fault: TokenFault, claims: &Claims, demand: &Demand<'_>) -> String {
    let ahead = |date: &Claim<Timestamp>| match date {
        Claim::Is(date) => date.as_seconds().saturating_sub(demand.now.as_seconds()),
        _ => 0,
    };
    match fault {
        TokenFault::IssuerMissing | TokenFault::AudienceMissing | TokenFault::ExpiryMissing if claims.spelt_out => {
            "Claims have short names: write `iss`, `aud`, `exp` instead of `issuer`, `audience`, `expiresIn`.".to_owned()
        }
        TokenFault::IssuerMissing if matches!(claims.subject, Claim::Is(_)) => {
            "This is how an individual key signs; a key of this kind names its team's issuer id in `iss` and has no `sub`."
                .to_owned()
        }
        TokenFault::IssuerMissing => "Set `iss` to the issuer id that stands above the list of keys.".to_owned(),
        TokenFault::IssuerMalformed => format!("{} Copy the issuer id from above the list of keys.", mistaken_issuer(&claims.issuer)),
        TokenFault::IssuerOther => "This is the issuer id of another team, or of another installation.".to_owned(),
        TokenFault::IssuerUncalled => {
            "An individual key's token has no `iss`; leave it out and set `sub` to `user`. With most tools: leave the issuer id empty."
                .to_owned()
        }
        TokenFault::SubjectMissing | TokenFault::SubjectOther => {
            "An individual key's token has `sub` set to the word `user`, and no `iss`.".to_owned()
        }
        TokenFault::SubjectUncalled => {
            "Only an individual key's token has `sub`; a key of this kind names its team in `iss` alone.".to_owned()
        }
        TokenFault::AudienceMissing => format!("Set `aud` to `{}`.", demand.audience),
        TokenFault::AudienceMalformed => format!("Set `aud` to the text `{}`, or to an array of just that.", demand.audience),
        TokenFault::AudienceOther => {
            format!("This token is meant for something else; for this service `aud` is `{}`, letter by letter.", demand.audience)
        }
        TokenFault::BundleMissing | TokenFault::BundleMalformed => {
            "Set `bid` to the bundle id of the app, such as `com.example.app`.".to_owned()
        }
        TokenFault::IssuedAtMissing => "Set `iat` to the time of signing, in seconds since 1970.".to_owned(),
        TokenFault::IssuedAtMalformed => mistaken_date("iat", &claims.issued_at),
        TokenFault::NotBeforeMalformed => mistaken_date("nbf", &claims.not_before),
        TokenFault::ExpiryMalformed => mistaken_date("exp", &claims.expiry),
        TokenFault::IssuedInFuture => clock_ahead("iat", ahead(&claims.issued_at)),
        TokenFault::NotYetValid => clock_ahead("nbf", ahead(&claims.not_before)),
        TokenFault::ExpiryMissing => "Set `exp` to the time of expiry, in seconds since 1970.".to_owned(),
        TokenFault::Expired => expired(&claims.expiry),
        TokenFault::LifetimeTooLong => too_long(ahead(&claims.expiry), demand),
        TokenFault::IssuedTooLongBefore => {
            "This token was signed long before it was meant to be used; sign one when it is needed.".to_owned()
        }
        TokenFault::LongLivedScope => {
            "Beyond the usual limit each entry of `scope` must be GET on a resource that allows it; else sign a shorter token."
                .to_owned()
        }
        TokenFault::ScopeMalformed => {
            "`scope` is an array of texts: a method in capitals, one space, a path beginning with `/`, perhaps `?` and a query."
                .to_owned()
        }
        other => other.to_string(),
    }
}

fn mistaken_issuer(issuer: &Claim<Box<str>>) -> &'static str {
    let Claim::Is(text) = issuer else { return "`iss` must be a text." };
    if text.contains('@') {
        "This is an e-mail address."
    } else if KeyId::try_from(text.as_ref()).is_ok() {
        "This looks like a team id or a key id."
    } else if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        "This looks like an app's number."
    } else if text.contains('$') || text.contains("{{") {
        "This looks like a variable that was never filled in."
    } else if IssuerId::try_from(text.trim()).is_ok() {
        "There is white space around the issuer id."
    } else {
        "This is not an issuer id."
    }
}

fn mistaken_date(claim: &str, date: &Claim<Timestamp>) -> String {
    match date {
        Claim::Malformed(Found::Text(_)) => {
            format!("Write `{claim}` as a number, without quotes: seconds since 1970.")
        }
        Claim::Malformed(Found::Number(number)) if number.starts_with('-') => {
            format!("`{claim}` is negative; it must be the seconds since 1970.")
        }
        Claim::Malformed(Found::Number(number)) if number.contains(['e', 'E']) => {
            format!("Write `{claim}` in plain digits, without an exponent: seconds since 1970.")
        }
        _ => format!("Set `{claim}` to a number: seconds since 1970."),
    }
}

fn clock_ahead(claim: &str, seconds: i64) -> String {
    format!(
        "The clock that wrote `{claim}` is {seconds} s ahead of this server's: set it right, or back-date `{claim}` by a minute."
    )
}

/// Ten years in seconds: nothing below it can be a date of today, much below is a duration.
const NO_DATE_BELOW: i64 = 315_360_000;
/// Some date after the year 5000 in seconds, some date of 1973 in milliseconds.
const NO_DATE_ABOVE: i64 = 100_000_000_000;

fn expired(expiry: &Claim<Timestamp>) -> String {
    match expiry {
        Claim::Is(expiry) if expiry.as_seconds() < NO_DATE_BELOW => {
            format!("`exp` holds a duration; it must be a date: the seconds since 1970 plus {}.", expiry.as_seconds())
        }
        _ => "Sign a new token for each run, or well before the old one expires; and look at the clock that wrote `exp`.".to_owned(),
    }
}

fn too_long(ahead: i64, demand: &Demand<'_>) -> String {
    let limit = demand.lifetime.as_secs();
    if ahead > NO_DATE_ABOVE {
        return "`exp` is in milliseconds or smaller; it must be in seconds since 1970.".to_owned();
    }
    let over = u64::try_from(ahead).unwrap_or_default().saturating_sub(limit);
    if over > 0 && over <= 300 {
        format!(
            "The limit is {limit} s: sign for less, and if you do, the clock that wrote `exp` may be {over} s ahead."
        )
    } else {
        format!("The limit is {limit} s from now: sign a shorter token.")
    }
}
