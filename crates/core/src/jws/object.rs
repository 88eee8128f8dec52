//! One JSON object, read strictly: no member twice at any depth, bounded depth and size, nothing
//! after it. Unknown members are checked like the known ones and then forgotten.

mod plain;
mod strict;

use std::borrow::Cow;

/// Why bytes are not such an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ObjectFault {
    NotJson,
    NotAnObject,
    Duplicate,
    TooDeep,
    TooManyMembers,
}

/// A value, as far as anyone here wants to know.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Value<'de> {
    Null,
    Bool,
    Number,
    Text(Cow<'de, str>),
    /// An array of texts only; also the empty array.
    Texts(Vec<Cow<'de, str>>),
    Array,
    Object,
}

impl Value<'_> {
    pub(crate) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

/// Whoever wants the members of an object.
pub(crate) trait Members<'de> {
    /// Takes the value of `name` and says `true`, or leaves it untouched and says `false`.
    fn take<S: Source<'de>>(&mut self, name: &str, from: &mut S) -> Result<bool, S::Fault>;
}

/// The value of one member, ready to be taken.
pub(crate) trait Source<'de> {
    type Fault;

    fn value(&mut self) -> Result<Value<'de>, Self::Fault>;

    /// The value as it is written, which alone tells `1.0` from `1e0`.
    fn text(&mut self) -> Result<&'de str, Self::Fault>;

    /// Passes over the value, which still must be sound; `true`, for the member was there.
    fn skip(&mut self) -> Result<bool, Self::Fault> {
        self.value().map(|_| true)
    }
}

/// Reads `json`, giving each member to `members`.
pub(crate) fn read<'de, M: Members<'de>>(json: &'de [u8], members: &mut M) -> Result<(), ObjectFault> {
    match plain::members(json) {
        Some(plain) => {
            plain.give_to(members);
            Ok(())
        }
        None => strict::read(json, members),
    }
}
