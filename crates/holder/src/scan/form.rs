//! In which form a private half was found.

use std::fmt;

/// What the half was written as, and what that was wrapped in, inside first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Form {
    written: Written,
    wrappings: Vec<Wrapping>,
}

/// How the half itself is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Written {
    Der,
    Sec1Der,
    Base64,
    PemBody,
    Pem,
    Sec1Pem,
    EscapedPem,
    FastlaneJson,
}

/// What it is wrapped in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Wrapping {
    Base64,
    Utf16,
    Hex,
}

impl Form {
    pub(super) fn new(written: Written) -> Self {
        Self { written, wrappings: Vec::new() }
    }

    /// The same, wrapped in something more. DER in base64 has names of its own, which the text around it gives.
    pub(super) fn within(mut self, wrapping: Wrapping, armour: Written) -> Self {
        match (self.written, wrapping) {
            (Written::Der, Wrapping::Base64) if self.wrappings.is_empty() => self.written = armour,
            (Written::Sec1Der, Wrapping::Base64) if self.wrappings.is_empty() => {
                self.written = Written::Sec1Pem;
            }
            _ => self.wrappings.push(wrapping),
        }
        self
    }
}

impl Written {
    const fn name(self) -> &'static str {
        match self {
            Self::Der => "der",
            Self::Sec1Der => "sec1-der",
            Self::Base64 => "base64-der",
            Self::PemBody => "pem-body",
            Self::Pem => "pem",
            Self::Sec1Pem => "sec1-pem",
            Self::EscapedPem => "escaped-pem",
            Self::FastlaneJson => "fastlane-json",
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.written.name())?;
        for wrapping in &self.wrappings {
            out.write_str(match wrapping {
                Wrapping::Base64 => " in base64",
                Wrapping::Utf16 => " in utf-16",
                Wrapping::Hex => " in hex",
            })?;
        }
        Ok(())
    }
}
