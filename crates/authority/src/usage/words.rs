//! How uses are written in the tables.

use super::Outcome;
use counterfoil_core::catalog::Access;

const OUTCOMES: [Outcome; 4] = [Outcome::Allowed, Outcome::Forbidden, Outcome::Limited, Outcome::Refused];
const ACCESSES: [Access; 2] = [Access::Read, Access::Write];

pub(crate) const fn name_of_outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Allowed => "ALLOWED",
        Outcome::Forbidden => "FORBIDDEN",
        Outcome::Limited => "LIMITED",
        Outcome::Refused => "REFUSED",
    }
}

pub(crate) fn outcome_named(name: &str) -> Option<Outcome> {
    OUTCOMES.into_iter().find(|outcome| name_of_outcome(*outcome) == name)
}

pub(crate) const fn name_of_access(access: Access) -> &'static str {
    match access {
        Access::Read => "READ",
        Access::Write => "WRITE",
    }
}

pub(crate) fn access_named(name: &str) -> Option<Access> {
    ACCESSES.into_iter().find(|access| name_of_access(*access) == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_as_it_was_written() {
        for outcome in OUTCOMES {
            assert_eq!(outcome_named(name_of_outcome(outcome)), Some(outcome));
        }
        for access in ACCESSES {
            assert_eq!(access_named(name_of_access(access)), Some(access));
        }
        assert_eq!((outcome_named("LOST"), access_named("read")), (None, None));
    }
}
