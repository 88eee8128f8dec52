//! Tokens that were verified before.
//!
//! Only what was proven and judged good enters. An entry holds no permission: it points at the key's
//! live record, and whether the key is revoked, what its team may do and what its roles are is read
//! there at every hit. The text of a token is what it is looked up by, never who it is: the same
//! signature in other bytes is only another entry, for the same record.

use crate::hot::HotKey;
use crate::registry::KeyRecord;
use crate::world::World;
use counterfoil_core::half::VerifyingHalf;
use counterfoil_core::id::KeyId;
use counterfoil_core::token::VerifiedToken;
use quick_cache::sync::Cache;
use quick_cache::{DefaultHashBuilder, Equivalent, OptionsBuilder, Weighter};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// How much text one place holds; a longer token takes several.
const TEXT_OF_A_PLACE: usize = 1024;
/// How much of a text is hashed.
const END_OF_TEXT: usize = 64;
/// How many halves are kept ready to verify, 600 bytes each.
const READY_HALVES: usize = 8192;
/// How many locks there are, so that requests seldom meet at one.
const SHARDS: usize = 64;

/// A token that was verified, and what it was judged by.
pub(crate) struct Known {
    /// The catalog and the registry at that time. With any other the entry is worth nothing.
    pub(crate) world: Arc<World>,
    /// The number of the service that it was judged for.
    pub(crate) service: usize,
    /// The number of the key's kind.
    pub(crate) kind: usize,
    pub(crate) token: VerifiedToken,
    pub(crate) record: Arc<KeyRecord>,
    pub(crate) hot: Arc<HotKey>,
}

/// The verified tokens, and public halves that are ready to verify more.
pub(crate) struct Tokens {
    known: Cache<Text, Arc<Known>, Weight, DefaultHashBuilder>,
    halves: Cache<KeyId, Arc<VerifyingHalf>>,
}

impl Tokens {
    /// Room for so many tokens of the usual length.
    pub(crate) fn new(places: usize) -> Self {
        let weight = u64::try_from(places).unwrap_or(u64::MAX);
        let options = OptionsBuilder::new()
            .shards(SHARDS)
            .estimated_items_capacity(places)
            .weight_capacity(weight)
            .build();
        let known = match options {
            Ok(options) => Cache::with_options(options, Weight, <_>::default(), <_>::default()),
            Err(_) => Cache::with_weighter(places, weight, Weight),
        };
        Self { known, halves: Cache::new(READY_HALVES) }
    }

    /// The token, if it was verified for this service in this world.
    pub(crate) fn get(&self, world: &Arc<World>, service: usize, token: &str) -> Option<Arc<Known>> {
        let known = self.known.get(&Asked { service, token })?;
        Arc::ptr_eq(&known.world, world).then_some(known)
    }

    pub(crate) fn insert(&self, token: &str, known: Arc<Known>) {
        self.known.insert(Text { service: known.service, token: token.into() }, known);
    }

    pub(crate) fn remove(&self, service: usize, token: &str) {
        self.known.remove(&Asked { service, token });
    }

    /// Lets go of all tokens, whose world is over.
    pub(crate) fn clear(&self) {
        self.known.clear();
    }

    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }

    /// The half of this key, ready to verify, if it is kept. A key id may name another half in another
    /// epoch of the ledger, so the record's is what counts.
    pub(crate) fn half(&self, key: KeyId, record: &KeyRecord) -> Option<Arc<VerifyingHalf>> {
        self.halves.get(&key).filter(|ready| *ready.half() == record.half)
    }

    /// Keeps a half that has proven to be in use.
    pub(crate) fn keep_half(&self, key: KeyId, half: Arc<VerifyingHalf>) {
        self.halves.insert(key, half);
    }
}

/// What a token is found by: all of its text, and the service that it was judged for.
struct Text {
    service: usize,
    token: Box<str>,
}

/// The same, of a request.
struct Asked<'t> {
    service: usize,
    token: &'t str,
}

impl Hash for Text {
    fn hash<H: Hasher>(&self, into: &mut H) {
        Asked { service: self.service, token: &self.token }.hash(into);
    }
}

impl Hash for Asked<'_> {
    /// Only the end of the text counts. That is most of the signature, and what nobody signed never enters.
    fn hash<H: Hasher>(&self, into: &mut H) {
        let text = self.token.as_bytes();
        into.write(text.last_chunk::<END_OF_TEXT>().map_or(text, |end| end));
        into.write_usize(self.service);
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.service == other.service && self.token == other.token
    }
}

impl Eq for Text {}

impl Equivalent<Text> for Asked<'_> {
    fn equivalent(&self, text: &Text) -> bool {
        self.service == text.service && *self.token == *text.token
    }
}

#[derive(Clone)]
struct Weight;

impl Weighter<Text, Arc<Known>> for Weight {
    fn weight(&self, text: &Text, _: &Arc<Known>) -> u64 {
        u64::try_from(text.token.len().div_ceil(TEXT_OF_A_PLACE)).unwrap_or(u64::MAX).max(1)
    }
}
