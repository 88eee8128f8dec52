//! What is known of a token: its id says it, since nobody hands out tokens here.

use std::ops::RangeInclusive;

/// With what the ids of a sandbox's tokens begin.
const TOKENS: &str = "SANDBOX";

/// A token, as its id describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Described {
    /// Whether a report may say that it is one too many. Of those that people get who follow a custom link this is so.
    pub(super) may_be_duplicate: bool,
    /// When something can be bought with it, in milliseconds since 1970; at any time, if nothing is said.
    pub(super) active: Option<RangeInclusive<i64>>,
}

impl Described {
    /// Reads an id: `SANDBOX_SERVICES_FROM_TO_…` and `SANDBOX_ACQUISITION_FROM_TO_…` are of custom links,
    /// `SANDBOX_PURCHASE_…` is of none, and of another `SANDBOX…` nothing is known. Any other is no token's.
    pub(super) fn read(id: &str) -> Option<Self> {
        let rest = id.strip_prefix(TOKENS)?;
        let unknown = Self { may_be_duplicate: true, active: None };
        let mut words = rest.strip_prefix('_').unwrap_or_default().split('_');
        match words.next() {
            Some("PURCHASE") => Some(Self { may_be_duplicate: false, active: None }),
            Some("ACQUISITION" | "SERVICES") => {
                let mut moment = || words.next()?.parse::<i64>().ok();
                let (from, to) = (moment(), moment());
                Some(Self { active: from.zip(to).map(|(from, to)| from..=to), ..unknown })
            }
            _ => Some(unknown),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_what_is_known_of_its_token() {
        for (id, may_be_duplicate, active) in [
            ("SANDBOX", true, None),
            ("SANDBOX_b2158121-7af9-49d4-9561-1f588205523e", true, None),
            ("SANDBOX_PURCHASE_1", false, None),
            ("SANDBOX_PURCHASES_1", true, None),
            ("SANDBOX_SERVICES_5_9_x", true, Some(5..=9)),
            ("SANDBOX_ACQUISITION_5_9_x", true, Some(5..=9)),
            ("SANDBOX_ACQUISITION_5_x", true, None),
            ("SANDBOX_ACQUISITION_99999999999999999999_9_x", true, None),
            ("SANDBOX_SERVICES", true, None),
        ] {
            assert_eq!(Described::read(id), Some(Described { may_be_duplicate, active }), "{id}");
        }
        assert_eq!(Described::read("b2158121"), None);
    }
}
