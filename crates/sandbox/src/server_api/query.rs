//! The parameters of a query. Most may be given several times; none that is not known does harm.

use crate::query::pairs;
use crate::server_api::refusal::Refusal;

/// All parameters, in order.
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(super) fn read(query: &str) -> Self {
        Self(pairs(query))
    }

    /// Every value of a parameter.
    pub(super) fn all<'p>(&'p self, name: &'p str) -> impl Iterator<Item = &'p str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value of a parameter that is given once.
    pub(super) fn one(&self, name: &str, refusal: Refusal) -> Result<Option<&str>, Refusal> {
        let mut all = self.0.iter().filter(|(known, _)| known == name);
        match (all.next(), all.next()) {
            (None, _) => Ok(None),
            (Some((_, value)), None) => Ok(Some(value)),
            (Some(_), Some(_)) => Err(refusal),
        }
    }

    /// A time in milliseconds.
    pub(super) fn time(&self, name: &str, refusal: Refusal) -> Result<Option<i64>, Refusal> {
        let read = |value: &str| value.parse().ok().filter(|time: &i64| *time >= 0).ok_or(refusal);
        self.one(name, refusal)?.map(read).transpose()
    }

    /// Yes or no, in any case of letters, as Apple's own clients write it.
    pub(super) fn flag(&self, name: &str, refusal: Refusal) -> Result<Option<bool>, Refusal> {
        let read = |value: &str| match value.to_ascii_lowercase().as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(refusal),
        };
        self.one(name, refusal)?.map(read).transpose()
    }

    /// Every value of a parameter, each one of these words.
    pub(super) fn words(
        &self,
        name: &str,
        words: &[&'static str],
        refusal: Refusal,
    ) -> Result<Vec<&'static str>, Refusal> {
        let read = |value: &str| words.iter().find(|word| **word == value).copied().ok_or(refusal);
        self.all(name).map(read).collect()
    }
}
