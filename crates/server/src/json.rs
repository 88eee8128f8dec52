//! JSON that means one thing: no member twice, nothing after its end, no towers of brackets.

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;

/// How deep arrays and objects may stand in each other.
const DEPTH: u8 = 16;

/// Reads a text of JSON.
///
/// # Errors
/// What is wrong with it, fit to be told.
pub(crate) fn parse(text: &[u8]) -> Result<Value, String> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = Strict(DEPTH).deserialize(&mut reader).map_err(|fault| fault.to_string())?;
    reader.end().map_err(|fault| fault.to_string())?;
    Ok(value)
}

/// Reads one value, with so many levels left.
#[derive(Clone, Copy)]
struct Strict(u8);

impl Strict {
    fn below<E: Error>(self) -> Result<Self, E> {
        self.0.checked_sub(1).map(Self).ok_or_else(|| E::custom("nested too deep"))
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let below = self.below()?;
        let mut values = Vec::new();
        while let Some(value) = from.next_element_seed(below)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let below = self.below()?;
        let mut members = Map::new();
        while let Some(name) = from.next_key::<String>()? {
            let value = from.next_value_seed(below)?;
            if members.contains_key(&name) {
                return Err(Error::custom(format_args!("the member '{}' is given twice", shortened(&name))));
            }
            members.insert(name, value);
        }
        Ok(Value::Object(members))
    }
}

fn shortened(name: &str) -> String {
    name.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ordinary_json_is_read() {
        let text = br#" {"a": [1, -2, 0.5, "x", null, true], "b": {}} "#;
        assert_eq!(parse(text), Ok(json!({"a": [1, -2, 0.5, "x", null, true], "b": {}})));
    }

    #[test]
    fn json_that_could_mean_two_things_is_refused() {
        let deep = "[".repeat(17) + &"]".repeat(17);
        for (text, wrong) in [
            (r#"{"a":1,"a":2}"#, "the member 'a' is given twice"),
            (r#"{"a":{"b":1,"b":1}}"#, "the member 'b' is given twice"),
            (r#"{"a":1,"\u0061":2}"#, "the member 'a' is given twice"),
            (r#"{} {}"#, "trailing characters"),
            ("", "EOF while parsing"),
            ("{", "EOF while parsing"),
            (r#"{"a":1,}"#, "trailing comma"),
            ("1e999", "number out of range"),
            (deep.as_str(), "nested too deep"),
        ] {
            let fault = parse(text.as_bytes()).unwrap_err();
            assert!(fault.contains(wrong), "{text}: {fault}");
        }
        assert!(parse(b"{\"a\":\"\xff\"}").is_err());
    }

    #[test]
    fn sixteen_levels_are_not_too_deep() {
        let text = "[".repeat(16) + &"]".repeat(16);
        assert!(parse(text.as_bytes()).is_ok());
    }
}
