//! What happens to private halves on their way: what is undone, and what is refused by name.

use counterfoil_core::half::HalfFault;
use std::fmt;

/// Damage that was undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair {
    /// UTF-16, as some Windows programs save text.
    Utf16,
    /// A byte order mark before the text.
    ByteOrderMark,
    /// Quotes around it.
    Quotes,
    /// `\n` as two characters in place of line ends.
    LiteralNewlines,
    /// Lines that end in CR LF, or in CR.
    CarriageReturns,
    /// Spaces in place of line ends.
    NewlinesAsSpaces,
    /// Line ends that are not there.
    NewlinesLost,
    /// Blanks around lines, or empty lines.
    Blanks,
    /// No line end behind the last line.
    NoLastNewline,
    /// Base64 of base64.
    Base64Again,
    /// The base64 lines without the lines around them.
    NoArmour,
    /// DER, not PEM.
    Der,
}

impl fmt::Display for Repair {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Utf16 => "it is saved as UTF-16; save it as UTF-8 or ASCII",
            Self::ByteOrderMark => "a byte order mark stands before it; save it without one",
            Self::Quotes => "quotes stand around it; take them away",
            Self::LiteralNewlines => {
                "its line ends are written as the two characters \\n; store real line ends, or base64"
            }
            Self::CarriageReturns => "its lines end in CR LF, as on Windows; `tr -d '\\r'` takes the CR away",
            Self::NewlinesAsSpaces => {
                "its line ends became spaces (an unquoted shell variable?); put it in double quotes"
            }
            Self::NewlinesLost => {
                "its line ends were lost; store base64 of the file where one line is all there is"
            }
            Self::Blanks => "there are blanks around its lines (indented in YAML?); take them away",
            Self::NoLastNewline => "its last line does not end; `echo >> FILE` ends it",
            Self::Base64Again => "it is base64 of base64; encode it once",
            Self::NoArmour => {
                "the lines BEGIN PRIVATE KEY and END PRIVATE KEY are missing; store the whole file"
            }
            Self::Der => "it is DER and not PEM; `openssl pkcs8 -topk8 -nocrypt -inform DER` makes PEM of it",
        })
    }
}

/// Why nothing can be made of it. It never carries any of what was read, but for a variable's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PemFault {
    /// Nothing.
    #[error("the private key is empty")]
    Empty,
    /// Far too much.
    #[error("this is too long to be a private key")]
    TooLong,
    /// A NUL.
    #[error("there is a NUL byte in the private key")]
    Nul,
    /// Neither text nor a key in DER.
    #[error("this is neither text nor a private key in DER")]
    Binary,
    /// Something that a shell or a CI system should have filled in.
    #[error("this is the name of a variable, {0}, and not its value")]
    Unexpanded(String),
    /// Where the key is, in place of the key.
    #[error("this is the path of a file, and not the private key in it")]
    IsAPath,
    /// JSON.
    #[error("this is JSON, and not the private key in it")]
    IsJson,
    /// A CI log's asterisks.
    #[error("the private key is masked: there are asterisks in place of it")]
    Masked,
    /// An ellipsis.
    #[error("the private key is abbreviated: there are dots in place of a part of it")]
    Abbreviated,
    /// Armour without its end or its beginning.
    #[error("the private key is cut off: the line {0} is missing")]
    CutOff(&'static str),
    /// Base64 in base64 in base64.
    #[error("this is base64 of base64 of base64, and so on")]
    TooManyLayers,
    /// Nothing like a key.
    #[error("this is no private key: neither PEM nor base64 of it")]
    NotAKey,
    /// The armour is whole; what is in it is no half.
    #[error(transparent)]
    Half(#[from] HalfFault),
}

impl PemFault {
    /// What to do about it.
    #[must_use]
    pub const fn mend(&self) -> &'static str {
        match self {
            Self::Empty => "is the secret set for this job? CI systems give none to builds of forks",
            Self::TooLong => "give one .p8 file alone",
            Self::Nul | Self::Binary => {
                "take the .p8 file as it was downloaded; store base64 of it where bytes get lost"
            }
            Self::Unexpanded(_) => {
                "let the shell or CI fill it in: double quotes and not single ones, and the secret's right name"
            }
            Self::IsAPath => {
                "where the key itself is wanted give its text; where a REF is wanted give file:PATH"
            }
            Self::IsJson => {
                "give fastlane's file as APP_STORE_CONNECT_API_KEY_PATH, or the text of its member `key`"
            }
            Self::Masked => {
                "it was copied from a log or a form that hides secrets; take it from the .p8 file"
            }
            Self::Abbreviated => "it was copied from a display; take it from the .p8 file",
            Self::CutOff(_) => "copy the whole .p8 file, from the line BEGIN to the line END",
            Self::TooManyLayers => "encode the .p8 file once: `base64 -w0 AuthKey_….p8`",
            Self::NotAKey => "take the .p8 file as it was downloaded, or base64 of it",
            Self::Half(HalfFault::Library) => "this is the machine's failure; try again",
            Self::Half(_) => {
                "take the .p8 file as it was downloaded; if there is none any more, revoke the key and generate another"
            }
        }
    }
}
