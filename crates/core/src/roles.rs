//! A set of roles.

use crate::id::RoleName;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// Roles without order and without repetition. An empty one opens nothing.
///
/// Add-on permissions are elements too: the catalog tells them apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(from = "Vec<RoleName>")]
pub struct Roles(Arc<[RoleName]>);

impl Roles {
    /// No roles.
    #[must_use]
    pub fn none() -> Self {
        Self(Arc::new([]))
    }

    /// Whether this role is among them.
    #[must_use]
    pub fn contains(&self, role: &RoleName) -> bool {
        self.0.binary_search(role).is_ok()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The roles in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = &RoleName> {
        self.0.iter()
    }

    /// The roles in alphabetical order.
    #[must_use]
    pub fn as_slice(&self) -> &[RoleName] {
        &self.0
    }

    /// These and one more.
    #[must_use]
    pub fn with(&self, role: &RoleName) -> Self {
        self.iter().chain([role]).cloned().collect()
    }

    /// These but one.
    #[must_use]
    pub fn without(&self, role: &RoleName) -> Self {
        self.iter().filter(|held| *held != role).cloned().collect()
    }
}

impl Serialize for Roles {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.iter())
    }
}

impl FromIterator<RoleName> for Roles {
    fn from_iter<T: IntoIterator<Item = RoleName>>(roles: T) -> Self {
        roles.into_iter().collect::<Vec<_>>().into()
    }
}

impl From<Vec<RoleName>> for Roles {
    fn from(mut roles: Vec<RoleName>) -> Self {
        roles.sort_unstable();
        roles.dedup();
        Self(roles.into())
    }
}

impl fmt::Display for Roles {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, role) in self.0.iter().enumerate() {
            if at > 0 {
                out.write_str(", ")?;
            }
            role.fmt(out)?;
        }
        Ok(())
    }
}
