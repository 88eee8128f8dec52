//! Why signed data is not believed.

use super::{Environment, RevocationFault};
use crate::fault::Fault;
use std::fmt;

/// Where in its chain a certificate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The one that signs.
    Leaf,
    /// The one between.
    Intermediate,
    /// The one that is trusted.
    Root,
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Leaf => "first",
            Self::Intermediate => "second",
            Self::Root => "third",
        })
    }
}

/// Why signed data is not believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignedFault {
    /// It is longer than anything that the App Store signs.
    TooLong,
    /// It is a JSON object without exactly one member of signed data.
    NotOne,
    /// It is not three segments with dots between.
    NotThreeSegments,
    /// A segment is not base64 as tokens have it.
    NotBase64(&'static str),
    /// A part is no JSON object of its form.
    NotAnObject(&'static str),
    /// Another algorithm than ES256, or none.
    Algorithm,
    /// The header has a member that no genuine one has.
    Member(&'static str),
    /// The header does not have three certificates but so many.
    ChainLength(usize),
    /// This certificate can't be read.
    Certificate(Place),
    /// No root was given.
    NoRoots,
    /// The certificates lead to none of the given roots.
    OtherRoot,
    /// The chain was not valid on the day by which it is judged, whatever it is that does not hold.
    Chain(String),
    /// This certificate does not bear Apple's mark for its place.
    Mark(Place),
    /// This certificate does not count as good, which was asked for.
    Revocation(Place, RevocationFault),
    /// The signature is not 64 bytes.
    SignatureLength,
    /// The first certificate's key did not sign this.
    Signature,
    /// What stands in it under this name is something else.
    OtherKind(&'static str),
    /// It says that it was signed when nothing can have been.
    Date,
    /// It is for another app.
    Bundle(Option<String>),
    /// It is for an app with another number.
    App(Option<u64>),
    /// It comes from another environment.
    Environment(Option<String>, Environment),
}

impl fmt::Display for SignedFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => {
                write!(out, "it is longer than the {} KiB that signed data has", super::LONGEST / 1024)
            }
            Self::NotOne => write!(out, "this JSON has not exactly one of {}", super::OUTER.join(", ")),
            Self::NotThreeSegments => out.write_str("it is not three segments with dots between"),
            Self::NotBase64(part) => write!(out, "its {part} is not base64url"),
            Self::NotAnObject(part) => write!(out, "its {part} is no JSON object as it should be"),
            Self::Algorithm => out.write_str("its header names another algorithm than ES256"),
            Self::Member(name) => write!(out, "its header has a member `{name}`, which no genuine one has"),
            Self::ChainLength(count) => write!(out, "its header has {count} certificates, not three"),
            Self::Certificate(place) => write!(out, "its {place} certificate can't be read"),
            Self::NoRoots => out.write_str("there is no root certificate to trust"),
            Self::OtherRoot => {
                out.write_str("its certificates lead to none of the roots that are trusted here")
            }
            Self::Chain(why) => {
                write!(out, "its certificates did not hold on the day by which they are judged: {why}")
            }
            Self::Mark(place) => write!(out, "its {place} certificate is not marked by Apple for this use"),
            Self::Revocation(place, fault) => write!(out, "its {place} certificate {fault}"),
            Self::SignatureLength => out.write_str("its signature is not 64 bytes"),
            Self::Signature => out.write_str("its signature does not match what it says"),
            Self::OtherKind(name) => write!(out, "what stands in it as {name} is something else"),
            Self::Date => out.write_str("it says that it was signed when nothing can have been"),
            Self::Bundle(found) => write!(out, "it is for another app: {}", plain(found.as_deref())),
            Self::App(Some(found)) => write!(out, "it is for another app: {found}"),
            Self::App(None) => out.write_str("it does not name its app's number"),
            Self::Environment(found, expected) => {
                write!(out, "it comes from {}, not from {}", plain(found.as_deref()), expected.name())
            }
        }
    }
}

/// What a stranger wrote, for a terminal.
fn plain(text: Option<&str>) -> String {
    let Some(text) = text else { return "it does not say which".to_owned() };
    text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).take(160).collect()
}

impl std::error::Error for SignedFault {}

impl From<SignedFault> for Fault {
    fn from(fault: SignedFault) -> Self {
        let hint = match &fault {
            SignedFault::NoRoots | SignedFault::OtherRoot => {
                "give --root FILE: Apple's is AppleRootCA-G3.cer of https://www.apple.com/certificateauthority, the \
                 sandbox's is at /sandbox/root.cer; what Xcode signs has no root, see `counterfoil transaction decode`"
            }
            SignedFault::Revocation(_, fault) => fault.hint(),
            SignedFault::Bundle(_) | SignedFault::App(_) | SignedFault::Environment(..) => {
                "it is genuine, and not meant for you: do nothing of what it says"
            }
            SignedFault::TooLong
            | SignedFault::NotOne
            | SignedFault::NotThreeSegments
            | SignedFault::NotBase64(_)
            | SignedFault::NotAnObject(_) => {
                "give it whole and unchanged, as the App Store or the app sent it"
            }
            _ => "don't believe what it says; `counterfoil transaction decode` shows it all the same",
        };
        Self::new(&fault, hint)
    }
}
