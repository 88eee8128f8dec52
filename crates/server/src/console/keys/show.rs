//! A key's page: what it is, its life, its use, what it needs, and how to replace it.

use super::chart::Chart;
use super::commands::{Step, first_steps, rotation};
use super::download::{key_in_path, section};
use super::life::{Moved, RefusedRow, timeline};
use super::row::{KeyRow, is_personal};
use super::shelf::{Link, Shelf, column};
use super::who::Who;
use crate::console::{Frame, Moment, TeamVisitor, page};
use crate::error::Problem;
use crate::reply::Reply;
use askama::Template;
use counterfoil_authority::advice::Advice;
use counterfoil_authority::audit::AuditQuery;
use counterfoil_core::catalog::{Access, Administration, Catalog, Service};
use counterfoil_core::id::{KeyId, RoleName};
use counterfoil_core::team::{Key, Private};
use counterfoil_core::time::Timestamp;
use http::StatusCode;
use std::time::Duration;

/// How far back use is shown.
const SHOWN: Duration = Duration::from_secs(30 * 24 * 3600);
/// How many refusals are shown.
const MOST_REFUSALS: usize = 20;
/// As many refusals of the team as are kept.
const KEPT_REFUSALS: u32 = 1000;
/// More than happens to a key.
const MOST_EVENTS: usize = 50;

#[derive(Template)]
#[template(path = "keys/show.html")]
struct Show {
    frame: Frame,
    column: Vec<Link>,
    key: KeyRow,
    issuer: String,
    /// Whether its tokens name the issuer.
    names_issuer: bool,
    is_personal: bool,
    public: String,
    thumbprint: String,
    life: Vec<Moved>,
    chart: Chart,
    advice: AdviceWords,
    refusals: Vec<RefusedRow>,
    tokens: Tokens,
    /// What to do first, if somebody holds the half now.
    steps: Vec<Step>,
    rotation: Step,
    base: String,
    back: String,
}

/// Until when tokens may be good.
struct Tokens {
    /// How long one lives.
    lifetime: String,
    /// Until when one that was made just now is good; nothing, once the key is revoked.
    until: Option<Moment>,
    /// Until when the youngest is good that was seen, if it is still.
    seen: Option<Moment>,
    /// How long those live whose scope reads certain paths only, if there are such.
    long_lived: Option<String>,
}

/// What a key was used for, and which roles would do.
struct AdviceWords {
    since: Moment,
    used: Vec<UsedRow>,
    never_used: String,
    /// The titles of the smallest roles, if they are others than it has.
    smaller: Option<String>,
    fits: bool,
}

struct UsedRow {
    group: String,
    access: &'static str,
    requests: u64,
    refused: u64,
}

/// `/keys/{id}`.
pub(crate) async fn show(visitor: TeamVisitor) -> Result<Reply, Problem> {
    let (id, key) = key_in_path(&visitor)?;
    let who = Who::of(&visitor).await?;
    let (authority, team) = (visitor.authority(), visitor.team.id);
    let now = authority.now();
    let query = AuditQuery { keys: vec![id], limit: MOST_EVENTS, ..AuditQuery::default() };
    let audit = authority.audit(team, &query).await?;
    let used = authority.usage_of(id, now.minus(SHOWN)).await?;
    let refusals =
        authority.refusals(team, KEPT_REFUSALS).await?.into_iter().filter(|refused| refused.key == id);
    let advice = authority.advice(team, id).await?;
    let kind = visitor.catalog.kind(key.kind.as_str());
    let show = Show {
        frame: visitor.frame(key.name.as_str(), section(&visitor)),
        column: column_of(&visitor, key),
        key: KeyRow::of(&visitor, &who, id, key, authority.last_used(id).await?),
        issuer: team.to_string(),
        names_issuer: kind.is_none_or(|kind| kind.claims.names_issuer),
        is_personal: is_personal(&visitor.catalog, key),
        public: key.public.to_pem(),
        thumbprint: key.public.thumbprint().to_string(),
        life: timeline(&audit.entries, &who),
        chart: Chart::of(&used, now),
        advice: words(&visitor.catalog, &advice, key),
        refusals: refusals.take(MOST_REFUSALS).map(RefusedRow::from).collect(),
        tokens: tokens(&visitor.catalog, key, now, authority.tokens_seen_until(id).await?),
        steps: steps(&visitor, id, key),
        rotation: rotation(&visitor, id, key),
        base: visitor.here(""),
        back: back(&visitor, key),
    };
    Ok(page(&visitor, StatusCode::OK, &show))
}

fn column_of(visitor: &TeamVisitor, key: &Key) -> Vec<Link> {
    let may = visitor.may(Administration::Keys);
    shelf(visitor, key).filter(|_| may).map(|shelf| column(visitor, shelf)).unwrap_or_default()
}

fn shelf(visitor: &TeamVisitor, key: &Key) -> Option<Shelf> {
    visitor.catalog.kind(key.kind.as_str()).map(Shelf::of)
}

fn back(visitor: &TeamVisitor, key: &Key) -> String {
    if visitor.may(Administration::Keys) {
        visitor.here(shelf(visitor, key).unwrap_or(Shelf::WithRoles).place())
    } else {
        visitor.here("/profile#individual-key")
    }
}

/// Of use to whoever may hold the half: of a person's key, the person.
fn steps(visitor: &TeamVisitor, id: KeyId, key: &Key) -> Vec<Step> {
    let theirs = key.member().is_none_or(|member| member == visitor.member);
    let held = matches!(key.private, Private::Downloaded | Private::WithHolder | Private::Pending);
    if theirs && held && key.is_active() { first_steps(visitor, id, key) } else { Vec::new() }
}

fn tokens(catalog: &Catalog, key: &Key, now: Timestamp, seen: Option<Timestamp>) -> Tokens {
    let kind = catalog.kind(key.kind.as_str());
    let takes = |service: &&Service| kind.is_some_and(|kind| kind.services.contains(&service.name));
    let services: Vec<_> = catalog.services.iter().filter(takes).collect();
    let lifetime = services.iter().map(|service| service.lifetime).max().unwrap_or_default();
    let long =
        services.iter().filter_map(|service| service.long_lived.as_ref()).map(|long| long.lifetime).max();
    Tokens {
        lifetime: time_words(lifetime),
        until: key.is_active().then(|| now.plus(lifetime + catalog.leeway).into()),
        seen: seen.filter(|_| key.is_active()).map(Moment::from),
        long_lived: long.map(time_words),
    }
}

fn time_words(time: Duration) -> String {
    let (count, unit) = match time.as_secs() {
        seconds if seconds >= 86_400 && seconds.is_multiple_of(86_400) => (seconds / 86_400, "day"),
        seconds if seconds >= 60 && seconds.is_multiple_of(60) => (seconds / 60, "minute"),
        seconds => (seconds, "second"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

fn words(catalog: &Catalog, advice: &Advice, key: &Key) -> AdviceWords {
    let has: Vec<&RoleName> =
        catalog.roles.iter().map(|role| &role.name).filter(|role| advice.roles_now.contains(role)).collect();
    let smallest: Vec<&RoleName> = advice.smallest.iter().collect();
    let is_known = !smallest.is_empty();
    let same = has == smallest;
    AdviceWords {
        since: advice.since.into(),
        used: advice
            .used
            .iter()
            .map(|used| UsedRow {
                group: group_title(catalog, used.group.as_str()),
                access: match used.access {
                    Access::Read => "Reads",
                    Access::Write => "Changes",
                },
                requests: used.requests,
                refused: used.refused,
            })
            .collect(),
        never_used: titles(advice.never_used.iter().map(|group| group_title(catalog, group.as_str()))),
        smaller: (is_known && !same && key.is_active())
            .then(|| titles(smallest.iter().map(|role| role_title(catalog, role)))),
        fits: is_known && same,
    }
}

fn titles(titles: impl Iterator<Item = String>) -> String {
    titles.collect::<Vec<_>>().join(", ")
}

fn group_title(catalog: &Catalog, name: &str) -> String {
    catalog.group(name).map_or_else(|| name.to_owned(), |group| group.title.clone())
}

fn role_title(catalog: &Catalog, name: &RoleName) -> String {
    catalog.role(name.as_str()).map_or_else(|| name.to_string(), |role| role.title.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_in_its_largest_whole_unit() {
        for (seconds, words) in [
            (1200, "20 minutes"),
            (3600, "60 minutes"),
            (60, "1 minute"),
            (90, "90 seconds"),
            (183 * 86_400, "183 days"),
            (86_400, "1 day"),
        ] {
            assert_eq!(time_words(Duration::from_secs(seconds)), words);
        }
    }
}
