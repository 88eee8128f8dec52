//! What the authenticator says: for whom, with whom, how often.

use super::cbor::Item;
use aws_lc_rs::digest::{SHA256, digest};

const PRESENT: u8 = 1;
const VERIFIED: u8 = 1 << 2;
const MAY_BE_BACKED_UP: u8 = 1 << 3;
const IS_BACKED_UP: u8 = 1 << 4;
const WITH_CREDENTIAL: u8 = 1 << 6;
const WITH_EXTENSIONS: u8 = 1 << 7;

/// The hash of the name, the flags, the counter.
const HEAD: usize = 32 + 1 + 4;
/// The model of the authenticator, which nobody needs to know.
const MODEL: usize = 16;

/// What the authenticator says.
#[derive(Debug)]
pub(super) struct AuthenticatorData<'a> {
    party_hash: &'a [u8],
    flags: u8,
    /// How often this credential has signed; 0, if it does not count.
    pub(super) counter: u32,
    /// The credential that was made, if one was.
    pub(super) credential: Option<MadeCredential<'a>>,
}

/// A credential that was made.
#[derive(Debug)]
pub(super) struct MadeCredential<'a> {
    /// Its id.
    pub(super) id: &'a [u8],
    /// Its public half, as COSE writes it.
    pub(super) public_key: &'a [u8],
}

impl<'a> AuthenticatorData<'a> {
    /// Reads all of it; nothing may be left.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, &'static str> {
        let (head, rest) = bytes.split_at_checked(HEAD).ok_or(CUT)?;
        let (party_hash, tail) = head.split_at(32);
        let [flags, counter @ ..] = tail else { return Err(CUT) };
        let counter = u32::from_be_bytes(counter.try_into().map_err(|_| CUT)?);
        let (credential, rest) = match flags & WITH_CREDENTIAL {
            0 => (None, rest),
            _ => MadeCredential::first_of(rest).map(|(made, rest)| (Some(made), rest))?,
        };
        let rest = match flags & WITH_EXTENSIONS {
            0 => rest,
            _ => Item::first_of(rest)?.1,
        };
        if !rest.is_empty() {
            return Err("something stands behind the authenticator's data");
        }
        Ok(Self { party_hash, flags: *flags, counter, credential })
    }

    /// Whether it is for this name, with somebody who was verified.
    pub(super) fn check(&self, party: &str) -> Result<(), &'static str> {
        if self.party_hash != digest(&SHA256, party.as_bytes()).as_ref() {
            return Err("it belongs to another site");
        }
        if self.flags & PRESENT == 0 || self.flags & VERIFIED == 0 {
            return Err("the authenticator did not verify who uses it");
        }
        if self.flags & IS_BACKED_UP != 0 && self.flags & MAY_BE_BACKED_UP == 0 {
            return Err("the authenticator contradicts itself");
        }
        Ok(())
    }
}

impl<'a> MadeCredential<'a> {
    fn first_of(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), &'static str> {
        let (_, rest) = bytes.split_at_checked(MODEL).ok_or(CUT)?;
        let (length, rest) = rest.split_first_chunk::<2>().ok_or(CUT)?;
        let (id, key) = rest.split_at_checked(u16::from_be_bytes(*length).into()).ok_or(CUT)?;
        let (_, rest) = Item::first_of(key)?;
        let public_key = key.get(..key.len() - rest.len()).ok_or(CUT)?;
        Ok((Self { id, public_key }, rest))
    }
}

const CUT: &str = "the authenticator's data is cut off";
