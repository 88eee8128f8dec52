//! Whose events there are.

use crate::id::{IssuerId, Malformed};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Whose event it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stream {
    /// The installation's own: epoch, catalog, format, replicas.
    Installation,
    /// A team's.
    Team(IssuerId),
}

impl fmt::Display for Stream {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Installation => out.write_str("installation"),
            Self::Team(team) => team.fmt(out),
        }
    }
}

impl TryFrom<&str> for Stream {
    type Error = Malformed;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        if text == "installation" { Ok(Self::Installation) } else { text.try_into().map(Self::Team) }
    }
}

impl Serialize for Stream {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Stream {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(StreamName)
    }
}

struct StreamName;

impl serde::de::Visitor<'_> for StreamName {
    type Value = Stream;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an issuer id or «installation»")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Stream, E> {
        Stream::try_from(text).map_err(E::custom)
    }
}
