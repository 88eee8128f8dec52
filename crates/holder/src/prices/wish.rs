//! The file that says what prices should be.

use super::amount::{Amount, Day};
use crate::fault::Fault;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;

/// All that is wished for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wishes {
    /// One for each product.
    #[serde(rename = "product")]
    pub products: Vec<Wish>,
}

/// What a product should cost.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// Its number, bundle id or product id.
    pub id: String,
    /// The territory that others follow; the one that it is, if nothing is said.
    pub base: Option<Territory>,
    /// The price there; as it is, if nothing is said.
    pub price: Option<Amount>,
    /// From when all of this holds; at once, if nothing is said.
    pub start: Option<Day>,
    /// What becomes of territories that are not named.
    #[serde(default)]
    pub others: Others,
    /// Whether those who have subscribed keep the price that they pay.
    #[serde(default)]
    pub preserve: bool,
    /// Prices of their own.
    #[serde(default)]
    pub territories: BTreeMap<Territory, Amount>,
}

/// What becomes of territories that are not named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Others {
    /// What was set there stays; where nothing was set, the price follows the base as before.
    #[default]
    Keep,
    /// They follow the base, whatever was set there.
    Follow,
}

/// A territory's three letters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Territory(String);

impl Territory {
    /// The three letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Wishes {
    /// Reads them.
    ///
    /// # Errors
    /// It is not TOML of this form; the line is named.
    pub fn read(text: &str) -> Result<Self, Fault> {
        let wishes: Self = toml::from_str(text).map_err(|fault| {
            Fault::new(format!("this is no file of prices: {}", fault.to_string().trim()), FORM)
        })?;
        let mut ids: Vec<_> = wishes.products.iter().map(|wish| wish.id.as_str()).collect();
        ids.sort_unstable();
        match ids.windows(2).find(|two| two[0] == two[1]) {
            Some(twice) => {
                Err(Fault::new(format!("the product {} is there twice", twice[0]), "say all of it once"))
            }
            None => Ok(wishes),
        }
    }
}

const FORM: &str = "docs/prices.md shows one";

impl<'de> Deserialize<'de> for Territory {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        if text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase()) {
            Ok(Self(text))
        } else {
            Err(serde::de::Error::custom("a territory is three letters, such as USA"))
        }
    }
}

/// Prices may be written as numbers too; `4.99` is meant as it stands there.
impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Text(String),
            Whole(u64),
            Part(f64),
        }
        let text = match Written::deserialize(from)? {
            Written::Text(text) => text,
            Written::Whole(number) => number.to_string(),
            Written::Part(number) => number.to_string(),
        };
        Self::read(&text).ok_or_else(|| serde::de::Error::custom("a price is a number such as \"4.99\""))
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::read(&text).ok_or_else(|| serde::de::Error::custom("a day is written as \"2027-01-01\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_says_what_prices_should_be() {
        let wishes = Wishes::read(
            "[[product]]\nid = \"6448311069\"\nbase = \"USA\"\nprice = 4.99\nothers = \"follow\"\n\
             [product.territories]\nDEU = \"5.99\"\nJPN = 700\n\
             [[product]]\nid = \"com.example.plus\"\nstart = \"2027-01-01\"\npreserve = true",
        )
        .unwrap();
        let [app, plus] = &wishes.products[..] else { panic!("two") };
        assert_eq!((app.price, app.others, &app.start), (Amount::read("4.99"), Others::Follow, &None));
        let territories: Vec<_> =
            app.territories.iter().map(|(it, amount)| format!("{} {amount}", it.as_str())).collect();
        assert_eq!(territories, ["DEU 5.99", "JPN 700"]);
        assert_eq!((plus.others, plus.preserve, &plus.start), (Others::Keep, true, &Day::read("2027-01-01")));
    }

    #[test]
    fn a_file_that_says_something_else_is_refused_with_its_line() {
        for (text, words) in [
            ("", "missing field `product`"),
            ("[[product]]\nprice = 1", "missing field `id`"),
            ("[[product]]\nid = \"1\"\nprcie = 1", "unknown field `prcie`"),
            ("[[product]]\nid = \"1\"\nprice = -1", "a price is a number"),
            ("[[product]]\nid = \"1\"\nprice = 1e30", "a price is a number"),
            ("[[product]]\nid = \"1\"\nbase = \"US\"", "a territory is three letters"),
            ("[[product]]\nid = \"1\"\nstart = \"1.1.2027\"", "a day is written as"),
            ("[[product]]\nid = \"1\"\nothers = \"all\"", "unknown variant `all`"),
            ("[[product]]\nid = \"1\"\n[[product]]\nid = \"1\"", "the product 1 is there twice"),
        ] {
            let fault = Wishes::read(text).unwrap_err();
            assert!(fault.message().contains(words), "{text}: {fault}");
        }
    }
}
