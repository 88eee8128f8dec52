//! The names that a catalog gives, gathered before anything refers to them.

use super::fields::Fields;
use super::values::{Value, Word};
use crate::id::{GroupName, RoleName, ServiceName};
use std::ops::Range;

/// What there is to refer to, well-formed or not: a fault of an entry doesn't make every mention of
/// it another.
pub(super) struct Names<'a> {
    pub(super) services: Vec<&'a str>,
    groups: Vec<&'a str>,
    roles: Vec<&'a str>,
    permissions: Vec<&'a str>,
    /// The roles that say they own a team, and where they say so.
    pub(super) owners: Vec<(&'a str, Range<usize>)>,
}

impl<'a> Names<'a> {
    /// Gathers the names, and notes those that are given twice.
    pub(super) fn gather(top: &Fields<'a>) -> Self {
        let given = |key: &str| top.tables(key).filter_map(|entry| entry.words("name").next()).collect();
        let [services, groups, kinds]: [Vec<Word<'a>>; 3] = ["services", "groups", "kinds"].map(given);
        let [roles, permissions]: [Vec<Word<'a>>; 2] = ["roles", "permissions"].map(given);
        let owner = |role: Fields<'a>| Some((role.words("name").next()?.text, role.truth("owns_team")?));
        for names in [&services, &groups, &kinds, &[&*roles, &*permissions].concat()] {
            refuse_repeated(names);
        }
        Self {
            services: texts(&services),
            groups: texts(&groups),
            roles: texts(&roles),
            permissions: texts(&permissions),
            owners: top.tables("roles").filter_map(owner).collect(),
        }
    }

    pub(super) fn service(&self, value: Value<'_>) -> Option<ServiceName> {
        value.word()?.refer(&self.services, "service")
    }

    pub(super) fn group(&self, word: &Word<'_>) -> Option<GroupName> {
        word.refer(&self.groups, "group")
    }

    pub(super) fn role(&self, value: Value<'_>) -> Option<RoleName> {
        let word = value.word()?;
        if self.permissions.contains(&word.text) && !self.roles.contains(&word.text) {
            return word.fault(format!("`{}` is a permission; a role belongs here", word.text));
        }
        word.refer(&self.roles, "role")
    }

    pub(super) fn permission(&self, value: Value<'_>) -> Option<RoleName> {
        value.word()?.refer(&self.permissions, "permission")
    }

    pub(super) fn owns_team(&self, role: &str) -> bool {
        self.owners.iter().any(|(owner, _)| *owner == role)
    }
}

fn refuse_repeated(names: &[Word<'_>]) {
    for (at, name) in names.iter().enumerate() {
        if let Some(first) = names[..at].iter().find(|earlier| earlier.text == name.text) {
            name.fault::<()>(format!("the name `{}` is taken, on line {}", name.text, first.line()));
        }
    }
}

fn texts<'a>(words: &[Word<'a>]) -> Vec<&'a str> {
    words.iter().map(|word| word.text).collect()
}
