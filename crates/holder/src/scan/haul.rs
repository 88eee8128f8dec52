//! What a scan brings home.

use super::archive::{self, Budget, Plain, TELLING};
use super::hunt::{BEFORE, BEHIND, Catch, Hit, Hunter};
use super::other::OtherKey;
use super::source::{PIECE, Source};
use crate::fault::Fault;
use counterfoil_core::half::{PrivateHalf, Thumbprint};
use counterfoil_core::id::KeyId;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, Read};

/// A private half, and where it was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The file, then `!/` and the member for each archive that it lies in.
    pub path: Option<String>,
    /// The line that it begins in, counted from 1.
    pub line: Option<u64>,
    /// The first commit that brought it in.
    pub commit: Option<String>,
    /// When that commit was written by its author.
    pub date: Option<String>,
    /// The object of a git history that holds it.
    pub object: Option<String>,
    /// As what it is written, and in what that is wrapped.
    pub form: String,
    /// What names the key, whether or not its id is known.
    pub thumbprint: Thumbprint,
    /// The key's id: as the server says, else as the file's name or the text around it does.
    pub key_id: Option<KeyId>,
    /// What the server says.
    pub status: Option<super::Status>,
    /// Whose it is, by the server's word.
    pub team: Option<String>,
    /// When it was last used, by the server's word.
    pub last_used: Option<String>,
}

/// A private key of another kind. It is mentioned; it does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mention {
    /// Where.
    pub path: Option<String>,
    /// The line that it begins in.
    pub line: u64,
    /// What it is.
    pub what: &'static str,
    /// The object of a git history that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
}

/// Where bytes come from.
#[derive(Clone, Debug, Default)]
pub(super) struct Whence {
    pub(super) path: Option<String>,
    pub(super) object: Option<String>,
}

/// Everything that a scan found, and what it could not look at.
#[derive(Default)]
pub(super) struct Haul {
    pub(super) findings: Vec<Finding>,
    pub(super) others: Vec<Mention>,
    pub(super) halves: BTreeMap<Thumbprint, PrivateHalf>,
    pub(super) unread: Vec<Fault>,
    pub(super) bytes: u64,
}

/// Searches pieces of bytes and keeps what it finds.
pub(super) struct Searcher<'w> {
    hunter: Hunter,
    watch: &'w mut dyn FnMut(u64),
    pub(super) haul: Haul,
    room: Vec<u8>,
}

impl<'w> Searcher<'w> {
    pub(super) fn new(watch: &'w mut dyn FnMut(u64)) -> Self {
        Self { hunter: Hunter::new(), watch, haul: Haul::default(), room: Vec::new() }
    }

    /// Searches bytes that are there as a whole.
    pub(super) fn whole(&mut self, bytes: &[u8], whence: &dyn Fn() -> Whence) {
        self.count(bytes.len() as u64);
        let before = self.haul.findings.len();
        if archive::container(bytes.get(..TELLING).unwrap_or(bytes)).is_some() {
            let mut reader = bytes;
            // Bytes in memory can't fail to be read.
            let _ = self.unpack(&mut Source::new(&mut reader), bytes.len() as u64, whence);
        }
        let mut catch = self.hunter.hunt(bytes, 0..bytes.len());
        // What an archive holds uncompressed was found as its member, unless it is damaged.
        let found = &self.haul.findings[before..];
        let is_new = |hit: &Hit| !found.iter().any(|it| it.thumbprint == hit.half.public().thumbprint());
        catch.hits.retain(is_new);
        if !found.is_empty() {
            catch.others.clear();
        }
        self.haul.keep(catch, bytes, 1, &[], whence);
    }

    /// Searches what a reader brings, of which only a piece is in memory at a time.
    pub(super) fn stream(
        &mut self,
        reader: &mut dyn Read,
        size: u64,
        whence: &dyn Fn() -> Whence,
    ) -> io::Result<()> {
        if size >= PIECE as u64 {
            self.count(size);
            return self.unpack(&mut Source::new(reader), size, whence);
        }
        let mut room = std::mem::take(&mut self.room);
        room.clear();
        // A file that grew since its size was asked for is read no further.
        let read = reader.take(PIECE as u64).read_to_end(&mut room);
        if read.is_ok() {
            self.whole(&room, whence);
        }
        self.room = room;
        read.map(|_| ())
    }

    fn unpack(&mut self, source: &mut Source<'_>, size: u64, whence: &dyn Fn() -> Whence) -> io::Result<()> {
        let budget = Budget::of(size);
        let mut plain = Stream { hunter: &self.hunter, haul: &mut self.haul, whence };
        archive::search(source, &mut Vec::new(), &budget, &mut plain)?;
        if budget.is_spent() {
            let path = whence().path.unwrap_or_else(|| "an object of the history".into());
            self.haul.unread.push(Fault::new(
                format!("{path} unpacks to far more than it is, and was not searched to its end"),
                "unpack it where there is room, and scan that folder, if it is not meant to be a bomb",
            ));
        }
        Ok(())
    }

    fn count(&mut self, bytes: u64) {
        self.haul.bytes += bytes;
        (self.watch)(self.haul.bytes);
    }
}

struct Stream<'a> {
    hunter: &'a Hunter,
    haul: &'a mut Haul,
    whence: &'a dyn Fn() -> Whence,
}

impl Plain for Stream<'_> {
    fn search(&mut self, source: &mut Source<'_>, within: &[String]) -> io::Result<()> {
        let (mut line, mut from, mut base) = (1, 0, 0);
        // Anchors of one form may lie on both sides of an edge.
        let mut known = Vec::new();
        loop {
            let view = source.peek(PIECE)?;
            let is_last = view.len() < PIECE;
            let to = if is_last { view.len() } else { view.len() - BEHIND };
            let mut catch = self.hunter.hunt(view, from..to);
            let name = |hit: &Hit| (base + hit.offset as u64, hit.half.public());
            catch.hits.retain(|hit| !known.contains(&name(hit)));
            known = catch.hits.iter().map(name).collect();
            self.haul.keep(catch, view, line, within, self.whence);
            let passed = if is_last { view.len() } else { to - BEFORE };
            line += lines(&view[..passed]);
            source.pass(passed);
            base += passed as u64;
            from = BEFORE;
            if is_last {
                return Ok(());
            }
        }
    }
}

impl Haul {
    fn keep(
        &mut self,
        catch: Catch,
        bytes: &[u8],
        line: u64,
        within: &[String],
        whence: &dyn Fn() -> Whence,
    ) {
        if catch.hits.is_empty() && catch.others.is_empty() {
            return;
        }
        let Whence { path, object } = whence();
        let path = path.or_else(|| (!within.is_empty()).then(String::new)).map(|path| joined(path, within));
        let mut places = Lines { bytes, line, at: 0 };
        for hit in catch.hits {
            let thumbprint = hit.half.public().thumbprint();
            self.findings.push(Finding {
                key_id: path.as_deref().and_then(id_of_name).or(hit.key_id),
                path: path.clone(),
                line: Some(places.of(hit.offset)),
                object: object.clone(),
                form: hit.form.to_string(),
                thumbprint,
                commit: None,
                date: None,
                status: None,
                team: None,
                last_used: None,
            });
            self.halves.entry(thumbprint).or_insert(hit.half);
        }
        self.others.extend(
            catch
                .others
                .into_iter()
                .map(|(offset, other)| mention(other, places.of(offset), path.clone(), object.clone())),
        );
    }
}

fn mention(other: OtherKey, line: u64, path: Option<String>, object: Option<String>) -> Mention {
    Mention { path, line, what: other.what(), object }
}

fn joined(path: String, within: &[String]) -> String {
    within.iter().fold(path, |path, member| path + "!/" + member)
}

/// The lines of places, each counted from the one before: a text of nothing but keys must not be counted through for
/// each.
struct Lines<'b> {
    bytes: &'b [u8],
    line: u64,
    at: usize,
}

impl Lines<'_> {
    fn of(&mut self, offset: usize) -> u64 {
        if offset < self.at {
            self.line -= lines(&self.bytes[offset..self.at]);
        } else {
            self.line += lines(&self.bytes[self.at..offset]);
        }
        self.at = offset;
        self.line
    }
}

fn lines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// The id in `AuthKey_2X9R4HXF34.p8` and its like.
pub(super) fn id_of_name(path: &str) -> Option<KeyId> {
    let (_, name) = path.rsplit_once(['/', '\\']).unwrap_or(("", path));
    let id = ["AuthKey_", "ApiKey_", "SubscriptionKey_"].iter().find_map(|head| name.split(head).nth(1))?;
    let id =
        id.get(..10).filter(|_| id.get(10..).is_none_or(|rest| !rest.starts_with(char::is_alphanumeric)));
    KeyId::try_from(id?).ok()
}
