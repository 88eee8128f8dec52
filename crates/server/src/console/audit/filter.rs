//! Which entries of the audit somebody wants to see: by person, key, kind and time.

use crate::console::faults::Faults;
use crate::console::form::Form;
use crate::dates;
use crate::query::encoded;
use counterfoil_authority::audit::{AuditQuery, Involved};
use counterfoil_authority::directory::Directory;
use counterfoil_core::team::Team;
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
            match (dates::day(&typed), field) {
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
pub(super) const KINDS: [(&str, &str); 21] = [
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
    ("ROTATION_AGE_SET", "Age for rotation set"),
    ("ACCESS_REQUESTED", "Access requested"),
    ("ACCESS_APPROVED", "Access approved"),
    ("ACCESS_DECLINED", "Access declined"),
    ("ACCESS_WITHDRAWN", "Access taken back"),
    ("TEAM_OPENED", "Team opened"),
    ("TEAM_SUSPENDED", "Team suspended"),
    ("TEAM_RESUMED", "Team resumed"),
    ("TEAM_CLOSED", "Team closed"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

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
