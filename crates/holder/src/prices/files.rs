//! Files that people give: rates of exchange, and how far money goes where. Both TOML or JSON.

use crate::fault::Fault;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Rates of exchange: how much of a currency one of the base currency is. The form of most services that give rates.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Rates {
    base: String,
    rates: BTreeMap<String, f64>,
}

/// How dear life is in each territory, beside some one of them which has 1.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Power {
    power: BTreeMap<String, f64>,
}

impl Rates {
    /// Reads them.
    ///
    /// # Errors
    /// The file can't be read, or is none of rates.
    pub fn read(path: &Path) -> Result<Self, Fault> {
        let rates: Self =
            file(path, "`base = \"USD\"` and a table `[rates]` with lines such as `EUR = 0.92`")?;
        check(path, rates.rates.values())?;
        Ok(rates)
    }

    /// The currency that the others are told in.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// An amount of one currency in another; nothing if a rate is missing.
    #[must_use]
    pub fn convert(&self, amount: f64, from: &str, to: &str) -> Option<f64> {
        if from == to {
            return Some(amount);
        }
        Some(amount / self.of(from)? * self.of(to)?)
    }

    fn of(&self, currency: &str) -> Option<f64> {
        if currency == self.base { Some(1.0) } else { self.rates.get(currency).copied() }
    }
}

impl Power {
    /// Reads it.
    ///
    /// # Errors
    /// The file can't be read, or is none of these.
    pub fn read(path: &Path) -> Result<Self, Fault> {
        let power: Self =
            file(path, "a table `[power]` with lines such as `IND = 0.24`, where one territory has 1")?;
        check(path, power.power.values())?;
        Ok(power)
    }

    /// How dear life is in one territory beside another.
    #[must_use]
    pub fn beside(&self, territory: &str, base: &str) -> Option<f64> {
        Some(self.power.get(territory)? / self.power.get(base)?)
    }
}

fn file<T: DeserializeOwned>(path: &Path, form: &str) -> Result<T, Fault> {
    let text = fs::read_to_string(path).map_err(|fault| Fault::at("read", path, &fault))?;
    let read: Result<T, String> = if text.trim_start().starts_with('{') {
        serde_json::from_str(&text).map_err(|fault| fault.to_string())
    } else {
        toml::from_str(&text).map_err(|fault| fault.message().to_owned())
    };
    let wrong = |fault| {
        Fault::new(format!("{}: {fault}", path.display()), format!("it needs {form}; JSON will do too"))
    };
    read.map_err(wrong)
}

fn check<'n>(path: &Path, mut numbers: impl Iterator<Item = &'n f64>) -> Result<(), Fault> {
    match numbers.find(|number| !number.is_finite() || **number <= 0.0) {
        None => Ok(()),
        Some(wrong) => Err(Fault::new(
            format!("{}: {wrong} can't be", path.display()),
            "every number must be more than nothing",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with<T>(text: &str, read: impl Fn(&Path) -> Result<T, Fault>) -> Result<T, String> {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("file");
        fs::write(&path, text).unwrap();
        read(&path).map_err(|fault| fault.message().replace(&path.display().to_string(), "FILE"))
    }

    #[test]
    fn rates_convert_both_ways_and_across() {
        for text in [
            "base = \"USD\"\n[rates]\nEUR = 0.5\nJPY = 100",
            "{\"amount\":1.0,\"base\":\"USD\",\"date\":\"2026-11-20\",\"rates\":{\"EUR\":0.5,\"JPY\":100}}",
        ] {
            let rates = with(text, Rates::read).unwrap();
            for (amount, from, to, expected) in [
                (2.0, "USD", "EUR", Some(1.0)),
                (2.0, "EUR", "USD", Some(4.0)),
                (2.0, "EUR", "JPY", Some(400.0)),
                (2.0, "CHF", "CHF", Some(2.0)),
                (2.0, "CHF", "USD", None),
            ] {
                assert_eq!(rates.convert(amount, from, to), expected, "{amount} {from} {to}");
            }
        }
    }

    #[test]
    fn a_file_that_says_something_else_is_refused() {
        for (text, message) in [
            ("base = \"USD\"", "FILE: missing field `rates`"),
            ("base = \"USD\"\n[rates]\nEUR = 0", "FILE: 0 can't be"),
            ("base = \"USD\"\n[rates]\nEUR = nan", "FILE: NaN can't be"),
            ("{", "FILE: EOF while parsing an object at line 1 column 1"),
        ] {
            assert_eq!(with(text, Rates::read), Err(message.to_owned()));
        }
        assert_eq!(with("[power]\nIND = -1", Power::read), Err("FILE: -1 can't be".to_owned()));
        let power = with("[power]\nUSA = 1\nIND = 0.25", Power::read).unwrap();
        assert_eq!((power.beside("IND", "USA"), power.beside("XXX", "USA")), (Some(0.25), None));
    }
}
