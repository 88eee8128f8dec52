//! How old a team lets its keys become.
//!
//! This is a reminder: it opens nothing and ends nothing, and no verdict asks for it. So it is a setting beside
//! the ledger, and not an event, which would raise the ledger's format for the sake of a number.

use crate::authority::Authority;
use crate::failure::Failure;
use crate::store::tables::installation;
use counterfoil_core::catalog::Administration;
use counterfoil_core::event::Actor;
use counterfoil_core::id::{IssuerId, Malformed};
use counterfoil_core::refusal::Refusal;
use counterfoil_core::team::Standing;
use std::fmt;
use std::time::Duration;

/// How old a key may become before it is due for rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RotationAge {
    /// So many days.
    Days(u16),
    /// However old.
    Never,
}

/// The most days that a team may set: ten years.
const MOST_DAYS: u16 = 3_650;

impl RotationAge {
    /// Whether a key of this age is due.
    #[must_use]
    pub const fn is_over(self, age: Duration) -> bool {
        match self {
            Self::Days(days) => age.as_secs() >= days as u64 * 24 * 3600,
            Self::Never => false,
        }
    }
}

impl Default for RotationAge {
    fn default() -> Self {
        Self::Days(365)
    }
}

impl fmt::Display for RotationAge {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Days(days) => write!(out, "{days}"),
            Self::Never => out.write_str("never"),
        }
    }
}

impl TryFrom<&str> for RotationAge {
    type Error = Malformed;

    fn try_from(text: &str) -> Result<Self, Malformed> {
        let malformed =
            Malformed { what: "an age for rotation", rule: "1 to 3650 days, or \u{201c}never\u{201d}" };
        match text.trim() {
            "never" => Ok(Self::Never),
            days => match days.parse() {
                Ok(days @ 1..=MOST_DAYS) => Ok(Self::Days(days)),
                _ => Err(malformed),
            },
        }
    }
}

impl Authority {
    /// The age at which a team rotates keys; a year, if it has set none.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn rotation_age(&self, team: IssuerId) -> Result<RotationAge, Failure> {
        let rows = self.store().read(installation::value(&setting_of(team))).await?;
        let set = installation::read(&rows)?;
        Ok(set.and_then(|text| RotationAge::try_from(text.as_str()).ok()).unwrap_or_default())
    }

    /// Sets the age at which a team rotates keys: for whoever administers its keys.
    ///
    /// # Errors
    /// If whoever asks may not, the team stands still, or the store did not take it.
    pub async fn set_rotation_age(&self, team: IssuerId, by: Actor, age: RotationAge) -> Result<(), Failure> {
        self.must_administer_keys(team, by)?;
        self.store().write(vec![installation::set(&setting_of(team), &age.to_string())]).await?;
        Ok(())
    }

    fn must_administer_keys(&self, team: IssuerId, by: Actor) -> Result<(), Failure> {
        let (catalog, team) = (self.catalog(), self.ledger().team(team)?);
        match team.standing {
            Standing::Active => {}
            Standing::Suspended => return Err(Refusal::TeamSuspended.into()),
            Standing::Closed => return Err(Refusal::TeamClosed.into()),
        }
        if catalog.administers(team.roles_of_actor(by)?.iter(), Administration::Keys) {
            return Ok(());
        }
        let may = catalog.roles.iter().filter(|role| role.administers.contains(&Administration::Keys));
        let allowed = may.map(|role| role.name.clone()).collect();
        Err(Refusal::RoleMissing { act: "Setting the age for rotation", allowed }.into())
    }
}

fn setting_of(team: IssuerId) -> String {
    format!("rotation-age of {team}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_some_days_or_never() {
        for (typed, age) in [
            ("365", RotationAge::Days(365)),
            (" 1 ", RotationAge::Days(1)),
            ("3650", RotationAge::Days(3650)),
            ("never", RotationAge::Never),
        ] {
            assert_eq!(RotationAge::try_from(typed), Ok(age));
            assert_eq!(RotationAge::try_from(age.to_string().as_str()), Ok(age));
        }
        for typed in ["", "0", "-1", "3651", "1.5", "a year", "99999999999999999999"] {
            assert!(RotationAge::try_from(typed).is_err(), "{typed:?}");
        }
    }

    #[test]
    fn a_key_is_due_from_the_day_it_is_that_old() {
        let day = Duration::from_secs(24 * 3600);
        let age = RotationAge::Days(2);
        assert_eq!([day * 2 - Duration::from_secs(1), day * 2].map(|old| age.is_over(old)), [false, true]);
        assert!(!RotationAge::Never.is_over(day * 100_000));
    }
}
