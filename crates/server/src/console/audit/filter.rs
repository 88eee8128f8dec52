//! Which entries of the audit somebody wants to see: by person, key, kind and time.

use crate::console::faults::Faults;
use crate::console::form::Form;
use crate::query::encoded;
use counterfoil_authority::audit::{AuditQuery, Involved};
use counterfoil_authority::directory::Directory;
use counterfoil_core::team::Team;
use counterfoil_core::time::Timestamp;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);
/// The fields of the form.
const FIELDS: [&str; 5] = ["who", "key", "kind", "from", "to"];

/// What was asked for, as it was typed and as it is meant.
pub(crate) struct Filter {
    typed: [String; FIELDS.len()],
    /// What is meant.
    pub(crate) query: AuditQuery,
    /// What can't be meant.
    pub(crate) faults: Faults,
}

/// A choice of a list.
pub(crate) struct Choice {
    /// What the form sends.
    pub(crate) value: String,
    /// What people read.
    pub(crate) label: String,
    /// Whether it is chosen.
    pub(crate) chosen: bool,
}

impl Filter {
    /// What stands behind the question mark.
    pub(crate) fn read(form: &Form) -> Self {
        let typed = FIELDS.map(|field| form.text(field).to_owned());
        let mut filter = Self { typed, query: AuditQuery::default(), faults: Faults::default() };
        filter.read_subjects();
        filter.read_days();
        filter.query.kinds = filter.given("kind").map(str::to_owned).into_iter().collect();
        filter.query.before = form.text("before").parse().ok();
        filter
    }

    /// A key alone is also meant as the one who did something; beside a person it is what it was done to.
    fn read_subjects(&mut self) {
        let (who, key) = (self.typed("who").to_owned(), self.typed("key").to_owned());
        if !who.is_empty() {
            self.query.involved.extend(self.faults.parse::<Involved>("who", &who));
        }
        if key.is_empty() {
            return;
        }
        match Involved::try_from(key.as_str()) {
            Ok(key @ Involved::Key(_)) if who.is_empty() => self.query.involved.push(key),
            Ok(Involved::Key(key)) => self.query.keys.push(key),
            _ => self.faults.add("key", "A key id has ten characters of A–Z and 0–9"),
        }
    }

    fn read_days(&mut self) {
        for field in ["from", "to"] {
            let Some(typed) = self.given(field).map(str::to_owned) else { continue };
            match (day(&typed), field) {
                (None, _) => self.faults.add(field, "A day is written as 2026-11-21"),
                (Some(at), "from") => self.query.since = Some(at),
                (Some(at), _) => self.query.until = Some(at.plus(DAY)),
            }
        }
    }

    /// What was typed into a field.
    pub(crate) fn typed(&self, field: &str) -> &str {
        let at = FIELDS.iter().position(|name| *name == field);
        at.and_then(|at| self.typed.get(at)).map_or("", String::as_str)
    }

    fn given(&self, field: &str) -> Option<&str> {
        Some(self.typed(field)).filter(|typed| !typed.is_empty())
    }

    /// Whether anything is left out.
    pub(crate) fn is_set(&self) -> bool {
        self.typed.iter().any(|typed| !typed.is_empty())
    }

    /// The same for a link, from there on.
    pub(crate) fn to_query(&self, before: Option<u64>) -> String {
        let pairs = FIELDS.iter().zip(&self.typed).filter(|(_, typed)| !typed.is_empty());
        let pairs = pairs.map(|(field, typed)| format!("{field}={}", encoded(typed)));
        pairs.chain(before.map(|before| format!("before={before}"))).collect::<Vec<_>>().join("&")
    }
}

/// Members by name, then whoever has left, and the operator.
pub(crate) fn people(team: &Team, directory: &Directory, filter: &Filter) -> Vec<Choice> {
    let mut people: Vec<(bool, String, String)> = directory
        .all()
        .map(|(member, named)| {
            let left = if named.has_left { " (has left)" } else { "" };
            (!team.members.contains_key(&member), format!("{}{left}", named.name), member.to_string())
        })
        .collect();
    people.sort();
    let people = people.into_iter().map(|(_, label, value)| (value, label));
    let operator = ("OPERATOR".to_owned(), "The operator".to_owned());
    choices(people.chain([operator]), filter.typed("who"))
}

/// Keys by name, active ones in front.
pub(crate) fn keys(team: &Team, filter: &Filter) -> Vec<Choice> {
    let mut keys: Vec<_> = team
        .keys
        .iter()
        .map(|(id, key)| (!key.is_active(), key.name.as_str().to_lowercase(), *id, key))
        .collect();
    keys.sort_by(|one, other| (one.0, &one.1, one.2).cmp(&(other.0, &other.1, other.2)));
    let label = |revoked: bool, name: &str, id: &dyn std::fmt::Display| {
        format!("{name} ({id}){}", if revoked { ", revoked" } else { "" })
    };
    let keys = keys
        .into_iter()
        .map(|(revoked, _, id, key)| (id.to_string(), label(revoked, key.name.as_str(), &id)));
    choices(keys, filter.typed("key"))
}

/// The kinds of a team's events.
pub(crate) fn kinds(filter: &Filter) -> Vec<Choice> {
    let kinds = KINDS.iter().map(|(kind, label)| ((*kind).to_owned(), (*label).to_owned()));
    choices(kinds, filter.typed("kind"))
}

fn choices(all: impl Iterator<Item = (String, String)>, chosen: &str) -> Vec<Choice> {
    all.map(|(value, label)| Choice { chosen: value == chosen, value, label }).collect()
}

/// The kinds of events of a team, as people look for them.
pub(super) const KINDS: [(&str, &str); 20] = [
    ("KEY_GENERATED", "Key generated"),
    ("KEY_DOWNLOADED", "Key downloaded"),
    ("KEY_REVOKED", "Key revoked"),
    ("HALF_ERASED", "Private half erased"),
    ("MEMBER_INVITED", "Invited"),
    ("INVITATION_CANCELLED", "Invitation taken back"),
    ("MEMBER_JOINED", "Joined"),
    ("MEMBER_CHANGED", "Roles or apps changed"),
    ("MEMBER_REMOVED", "Removed"),
    ("OWNERSHIP_TRANSFERRED", "Ownership transferred"),
    ("APP_REGISTERED", "App registered"),
    ("APP_REMOVED", "App removed"),
    ("ACCESS_REQUESTED", "Access requested"),
    ("ACCESS_APPROVED", "Access approved"),
    ("ACCESS_DECLINED", "Access declined"),
    ("ACCESS_WITHDRAWN", "Access taken back"),
    ("TEAM_OPENED", "Team opened"),
    ("TEAM_SUSPENDED", "Team suspended"),
    ("TEAM_RESUMED", "Team resumed"),
    ("TEAM_CLOSED", "Team closed"),
];

/// When a day began that is written `2026-11-21`, in UTC.
fn day(text: &str) -> Option<Timestamp> {
    let mut parts = text.split('-');
    let (year, month, date) = (parts.next()?, parts.next()?, parts.next()?);
    let is_whole = parts.next().is_none()
        && [year.len(), month.len(), date.len()] == [4, 2, 2]
        && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let (year, month, date): (i64, i64, i64) = (year.parse().ok()?, month.parse().ok()?, date.parse().ok()?);
    let is_day = is_whole && (1..=12).contains(&month) && (1..=days_of(year, month)).contains(&date);
    is_day.then(|| Timestamp::from_seconds(days_since_epoch(year, month, date) * 86_400))
}

const fn days_of(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// After Howard Hinnant's `days_from_civil`.
const fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_day_begins_at_midnight_utc() {
        for (text, seconds) in [
            ("1970-01-01", Some(0)),
            ("2000-02-29", Some(951_782_400)),
            ("2026-11-21", Some(1_795_219_200)),
            ("2100-03-01", Some(4_107_542_400)),
            ("2026-02-29", None),
            ("2026-13-01", None),
            ("2026-00-10", None),
            ("2026-1-1", None),
            ("2026-11-21-1", None),
            ("21.11.2026", None),
            ("+026-11-21", None),
            ("", None),
        ] {
            assert_eq!(day(text).map(Timestamp::as_seconds), seconds, "{text}");
        }
    }

    #[test]
    fn every_kind_of_a_teams_events_can_be_looked_for() {
        let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/../core/tests/golden");
        let of_team: BTreeSet<String> = std::fs::read_dir(golden)
            .unwrap()
            .map(|file| file.unwrap().path())
            .filter(|path| !std::fs::read_to_string(path).unwrap().contains("\"of\":\"installation\""))
            .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        let offered: BTreeSet<String> = KINDS.iter().map(|(kind, _)| (*kind).to_owned()).collect();
        assert_eq!(offered, of_team);
    }

    #[test]
    fn what_was_typed_goes_along_to_the_next_page() {
        let form = Form::read("who=OPERATOR&kind=KEY_REVOKED&from=2026-11-21&to=&before=7").unwrap();
        let filter = Filter::read(&form);
        assert!(filter.faults.is_empty() && filter.is_set());
        assert_eq!(filter.to_query(Some(5)), "who=OPERATOR&kind=KEY_REVOKED&from=2026-11-21&before=5");
        assert_eq!(filter.query.before, Some(7));
        let bad = Filter::read(&Form::read("who=me&key=short&from=soon").unwrap());
        assert_eq!(bad.faults.all().len(), 3);
    }
}
