//! What the rules' team and the model's show, side by side, and what must hold of any team.

use super::books::{Book, Whose};
use super::naive::{self, seen, texts};
use counterfoil_core::roles::Roles;
use counterfoil_core::team::{Access, Key, Outcome, Private, Standing, Team};
use std::collections::BTreeMap;

/// Where the two differ, in words; nothing if they agree.
pub(crate) fn differences(team: &Team, model: &naive::Team) -> Vec<String> {
    let mut found = vec![];
    let mut compare = |what: &str, of_team: String, of_model: String| {
        if of_team != of_model {
            found.push(format!("{what}: the rules say {of_team}, the model says {of_model}"));
        }
    };
    compare("standing", standing(team).into(), model.standing.into());
    compare("access", access(team).into(), model.access.into());
    compare("owner", team.owner.to_string(), model.owner.clone());
    compare("rotation", team.rotation_age.to_string(), model.rotation.clone());
    compare("apps", sorted(team.apps.keys().map(ToString::to_string)), sorted(model.apps.iter().cloned()));
    compare(
        "members",
        sorted(members(team)),
        sorted(model.members.iter().map(|member| format!("{member:?}"))),
    );
    compare(
        "invitations",
        sorted(invitations(team)),
        sorted(model.invitations.iter().map(|one| format!("{one:?}"))),
    );
    compare_keys(team, model, &mut compare);
    found
}

fn compare_keys(team: &Team, model: &naive::Team, compare: &mut impl FnMut(&str, String, String)) {
    compare("number of keys", team.keys.len().to_string(), model.keys.len().to_string());
    for (id, key) in team.keys.iter() {
        let Some(of_model) = model.key(id.as_str()) else {
            compare("key", id.to_string(), "no such key".into());
            continue;
        };
        let own = naive::Key {
            id: id.to_string(),
            kind: key.kind.to_string(),
            name: key.name.to_string(),
            person: key.member().map_or_else(String::new, |member| member.to_string()),
            roles: if key.member().is_some() { vec![] } else { texts(&team.roles_of_key(key)) },
            half: half(key),
            made_by: key.created_by,
            ended: key
                .revoked
                .as_ref()
                .map_or_else(String::new, |end| format!("{:?} {}", end.by, end.reason.name())),
        };
        if own != *of_model {
            compare("key", format!("{own:?}"), format!("{of_model:?}"));
        }
        if !of_model.person.is_empty() {
            let (roles, apps) = model
                .member(&of_model.person)
                .map_or_else(Default::default, |person| (person.roles.clone(), person.apps.clone()));
            let own = (texts(&team.roles_of_key(key)), seen(&team.sight_of_key(key)));
            compare("rights of a person's key", format!("{own:?}"), format!("{:?}", (roles, apps)));
        }
    }
}

fn sorted(texts: impl IntoIterator<Item = String>) -> String {
    let mut texts: Vec<_> = texts.into_iter().collect();
    texts.sort();
    texts.join("; ")
}

fn standing(team: &Team) -> &'static str {
    match team.standing {
        Standing::Active => "active",
        Standing::Suspended => "suspended",
        Standing::Closed => "closed",
    }
}

fn access(team: &Team) -> &'static str {
    match team.access {
        Access::NotRequested => "none",
        Access::Requested { .. } => "requested",
        Access::Approved { .. } => "approved",
        Access::Declined { .. } => "declined",
    }
}

fn half(key: &Key) -> &'static str {
    match key.private {
        Private::Pending => "here",
        Private::Downloaded => "downloaded",
        Private::WithHolder => "never here",
        Private::Erased => "erased",
    }
}

fn members(team: &Team) -> impl Iterator<Item = String> {
    team.members.iter().map(|(id, member)| {
        let (roles, apps) = (texts(&member.roles), seen(&member.sees));
        let provisioning = member.provisioning_allowed;
        format!("{:?}", naive::Member { id: id.to_string(), roles, apps, provisioning })
    })
}

fn invitations(team: &Team) -> impl Iterator<Item = String> {
    team.invitations.iter().map(|(id, one)| {
        let state = match one.outcome {
            Outcome::Open => "open",
            Outcome::Accepted => "accepted",
            Outcome::Cancelled => "cancelled",
        };
        let (roles, apps) = (texts(&one.roles), seen(&one.sees));
        let (provisioning, until) = (one.provisioning_allowed, one.expires_at);
        format!("{:?}", naive::Invitation { id: id.to_string(), roles, apps, provisioning, until, state })
    })
}

pub(crate) fn active_keys(team: &Team, kind: &str) -> usize {
    team.keys.values().filter(|key| key.is_active() && key.kind.as_str() == kind).count()
}

/// What holds of any team at any time, whatever the model says.
pub(crate) fn assert_invariants(before: &Team, team: &Team, book: &Book) {
    let owns = |roles: &Roles| roles.iter().any(|role| role.as_str() == book.owner);
    let owners: Vec<_> =
        team.members.iter().filter(|(_, member)| owns(&member.roles)).map(|(id, _)| *id).collect();
    assert_eq!(owners, [team.owner], "exactly one person owns a team, and belongs to it");
    for kind in book.kinds {
        assert_limit(team, kind.name, kind.whose, kind.limit);
    }
    for key in team.keys.values().filter(|key| key.is_active()) {
        assert!(
            key.member().is_none_or(|member| team.members.contains_key(&member)),
            "{key:?} outlived its person"
        );
        assert!(!owns(&team.roles_of_key(key)) || key.member() == Some(team.owner), "{key:?} owns the team");
    }
    assert_nothing_revived(before, team);
}

fn assert_limit(team: &Team, kind: &str, whose: Whose, limit: usize) {
    let mut active = BTreeMap::<_, usize>::new();
    for key in team.keys.values().filter(|key| key.is_active() && key.kind.as_str() == kind) {
        assert_eq!(
            matches!(whose, Whose::Person(..)),
            key.member().is_some(),
            "{key:?} is held by whom it is for"
        );
        *active.entry(key.member()).or_default() += 1;
    }
    assert!(
        active.values().all(|count| *count <= limit),
        "more than {limit} active keys of kind {kind}: {active:?}"
    );
}

/// A key that was revoked is there, as it was; one whose half has gone has it never again.
pub(crate) fn assert_nothing_revived(before: &Team, team: &Team) {
    for (id, key) in before.keys.iter() {
        let now = team.keys.get(id).unwrap();
        assert!(key.is_active() || now.revoked == key.revoked, "{id} was revoked as {key:?} and is {now:?}");
        assert!(
            key.private == Private::Pending || now.private != Private::Pending,
            "{id} has its half again"
        );
        assert_eq!(
            (&now.kind, &now.name, &now.holder, now.public),
            (&key.kind, &key.name, &key.holder, key.public)
        );
    }
}
