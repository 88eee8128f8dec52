//! Any JSON, by serde.

use super::{Members, ObjectFault, Source, Value};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

/// How deep arrays and objects may nest, the outermost object included.
const DEPTH: u8 = 8;
/// How many members an object may have. It bounds the search for duplicates.
const MEMBERS: usize = 64;

/// Reads `json`, giving each member to `members`.
pub(super) fn read<'de, M: Members<'de>>(json: &'de [u8], members: &mut M) -> Result<(), ObjectFault> {
    let fault = Cell::new(None);
    let mut reader = serde_json::Deserializer::from_slice(json);
    let outcome = reader.deserialize_any(Outer { members, inner: Inner { depth: 1, fault: &fault } });
    outcome.and_then(|()| reader.end()).map_err(|error| match fault.get() {
        Some(fault) => fault,
        None if error.is_data() => ObjectFault::NotAnObject,
        None => ObjectFault::NotJson,
    })
}

/// The value of one member.
struct Taking<'a, A> {
    map: &'a mut A,
    inner: Inner<'a>,
}

impl<'de, A: MapAccess<'de>> Source<'de> for Taking<'_, A> {
    type Fault = A::Error;

    fn value(&mut self) -> Result<Value<'de>, A::Error> {
        self.map.next_value_seed(self.inner)
    }

    fn text(&mut self) -> Result<&'de str, A::Error> {
        self.map.next_value::<&'de RawValue>().map(RawValue::get)
    }
}

/// Visits the outermost object.
struct Outer<'a, M> {
    members: &'a mut M,
    inner: Inner<'a>,
}

impl<'de, M: Members<'de>> Visitor<'de> for Outer<'_, M> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut names = Names::default();
        while let Some(Name(name)) = map.next_key_seed(NameSeed)? {
            let mut taking = Taking { map: &mut map, inner: self.inner };
            if !self.members.take(&name, &mut taking)? {
                taking.skip()?;
            }
            names.note(name, self.inner)?;
        }
        Ok(())
    }
}

/// Visits any value inside.
#[derive(Clone, Copy)]
struct Inner<'a> {
    depth: u8,
    fault: &'a Cell<Option<ObjectFault>>,
}

impl Inner<'_> {
    fn refuse<E: serde::de::Error>(self, fault: ObjectFault) -> E {
        self.fault.set(Some(fault));
        E::custom("refused")
    }

    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth < DEPTH {
            Ok(Self { depth: self.depth + 1, ..self })
        } else {
            Err(self.refuse(ObjectFault::TooDeep))
        }
    }
}

impl<'de> DeserializeSeed<'de> for Inner<'_> {
    type Value = Value<'de>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value<'de>, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Inner<'_> {
    type Value = Value<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Value<'de>, E> {
        Ok(Value::Bool)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Value<'de>, E> {
        Ok(Value::Number)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Value<'de>, E> {
        Ok(Value::Number)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value<'de>, E> {
        Ok(Value::Number)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Value<'de>, A::Error> {
        let inner = self.deeper()?;
        let mut texts = Some(Vec::new());
        while let Some(value) = array.next_element_seed(inner)? {
            match (&mut texts, value) {
                (Some(texts), Value::Text(text)) => texts.push(text),
                _ => texts = None,
            }
        }
        Ok(texts.map_or(Value::Array, Value::Texts))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value<'de>, A::Error> {
        let inner = self.deeper()?;
        let mut names = Names::default();
        while let Some(Name(name)) = map.next_key_seed(NameSeed)? {
            names.note(name, inner)?;
            map.next_value_seed(inner)?;
        }
        Ok(Value::Object)
    }
}

/// The members' names of one object so far.
#[derive(Default)]
struct Names<'de>(Vec<Cow<'de, str>>);

impl<'de> Names<'de> {
    fn note<E: serde::de::Error>(&mut self, name: Cow<'de, str>, inner: Inner<'_>) -> Result<(), E> {
        if self.0.contains(&name) {
            return Err(inner.refuse(ObjectFault::Duplicate));
        }
        if self.0.len() == MEMBERS {
            return Err(inner.refuse(ObjectFault::TooManyMembers));
        }
        if self.0.is_empty() {
            self.0.reserve(8);
        }
        self.0.push(name);
        Ok(())
    }
}

/// A member's name with its escapes undone: `"\u0061lg"` is `alg`.
struct Name<'de>(Cow<'de, str>);

struct NameSeed;

impl<'de> DeserializeSeed<'de> for NameSeed {
    type Value = Name<'de>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Name<'de>, D::Error> {
        from.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for NameSeed {
    type Value = Name<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Borrowed(name)))
    }

    fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Owned(name.to_owned())))
    }
}
