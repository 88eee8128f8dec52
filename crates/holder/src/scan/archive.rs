//! Looks into zip (ipa, apk, jar), tar and gzip, as they stream by and one within another.
//!
//! What can't be read as what it seems to be is searched as plain bytes, so a damaged archive hides nothing that
//! it holds uncompressed. How much an archive may unpack to is bounded by its own size.

use super::source::{PIECE, Source};
use flate2::bufread::{DeflateDecoder, MultiGzDecoder};
use std::cell::Cell;
use std::io::{self, Read};

/// What the bytes begin as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Container {
    Zip,
    Gzip,
    Tar,
}

/// How much has to be in view to tell.
pub(super) const TELLING: usize = 512;
const DEEPEST: usize = 5;

/// What `head` is the beginning of.
pub(super) fn container(head: &[u8]) -> Option<Container> {
    match head {
        [b'P', b'K', 3, 4, ..] => Some(Container::Zip),
        [0x1f, 0x8b, 8, ..] => Some(Container::Gzip),
        _ if head.get(257..262) == Some(b"ustar") => Some(Container::Tar),
        _ => None,
    }
}

/// How much may still be unpacked, at whatever depth.
pub(super) struct Budget {
    left: Cell<u64>,
}

impl Budget {
    /// A hundred times of what is there, and 16 MiB: more than anything but a bomb unpacks to.
    pub(super) fn of(size: u64) -> Self {
        Self { left: Cell::new(size.saturating_mul(100).saturating_add(16 << 20)) }
    }

    /// Whether something had to be left unpacked.
    pub(super) fn is_spent(&self) -> bool {
        self.left.get() == 0
    }
}

/// Where plain bytes are searched, with the names of the archives' members that lead to them.
pub(super) trait Plain {
    /// Searches until the end.
    fn search(&mut self, source: &mut Source<'_>, within: &[String]) -> io::Result<()>;
}

/// Searches `source` to its end, whatever it contains.
pub(super) fn search(
    source: &mut Source<'_>,
    within: &mut Vec<String>,
    budget: &Budget,
    plain: &mut dyn Plain,
) -> io::Result<()> {
    let container = container(source.peek(TELLING)?).filter(|_| within.len() < DEEPEST);
    match container {
        Some(Container::Zip) => zip(source, within, budget, plain)?,
        Some(Container::Tar) => tar(source, within, budget, plain)?,
        Some(Container::Gzip) => {
            let mut unpacked = Unpacked { reader: MultiGzDecoder::new(&mut *source), budget };
            below(&mut unpacked, "gz".into(), within, budget, plain)?;
        }
        None => {}
    }
    plain.search(source, within)
}

/// Searches a member, or what was unpacked of one. Damage ends it; what was there before was searched.
fn below(
    member: &mut dyn Read,
    name: String,
    within: &mut Vec<String>,
    budget: &Budget,
    plain: &mut dyn Plain,
) -> io::Result<()> {
    within.push(name);
    let searched = search(&mut Source::new(member), within, budget, plain);
    within.pop();
    searched
}

/// Ends when the budget does, or where what is unpacked turns out to be damaged.
struct Unpacked<'a, R> {
    reader: R,
    budget: &'a Budget,
}

impl<R: Read> Read for Unpacked<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = self.budget.left.get();
        let most = into.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let read = match self.reader.read(&mut into[..most]) {
            Err(fault) if is_damage(&fault) => 0,
            read => read?,
        };
        self.budget.left.set(left - read as u64);
        Ok(read)
    }
}

fn is_damage(fault: &io::Error) -> bool {
    use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
    matches!(fault.kind(), InvalidData | InvalidInput | UnexpectedEof)
}

/// Member after member, as far as they can be read without the directory at the end.
fn zip(
    source: &mut Source<'_>,
    within: &mut Vec<String>,
    budget: &Budget,
    plain: &mut dyn Plain,
) -> io::Result<()> {
    while let Some(member) = Member::of(source.peek(30)?) {
        let name = source.peek(member.head)?.get(30..30 + member.name).unwrap_or_default();
        let name = String::from_utf8_lossy(name).into_owned();
        if member.is_encrypted || !matches!(member.method, 0 | 8) && member.size == 0 {
            return Ok(());
        }
        source.pass(member.head);
        match member.method {
            8 => {
                deflated(source, &member, name, within, budget, plain)?;
                if budget.is_spent() {
                    return Ok(());
                }
            }
            0 if member.has_descriptor => return Ok(()),
            0 => {
                let mut stored = source.take_reader(member.size);
                below(&mut stored, name, within, budget, plain)?;
                io::copy(&mut stored, &mut io::sink())?;
            }
            _ => {
                io::copy(&mut source.take_reader(member.size), &mut io::sink())?;
            }
        }
    }
    Ok(())
}

/// A member whose size is known ends there, however damaged it is; another where it says itself that it ends.
fn deflated(
    source: &mut Source<'_>,
    member: &Member,
    name: String,
    within: &mut Vec<String>,
    budget: &Budget,
    plain: &mut dyn Plain,
) -> io::Result<()> {
    if member.has_descriptor {
        let mut unpacked = Unpacked { reader: DeflateDecoder::new(&mut *source), budget };
        below(&mut unpacked, name, within, budget, plain)?;
        io::copy(&mut unpacked, &mut io::sink())?;
        return descriptor(source);
    }
    let mut packed = source.take_reader(member.size);
    let mut unpacked = Unpacked { reader: DeflateDecoder::new(&mut packed), budget };
    below(&mut unpacked, name, within, budget, plain)?;
    io::copy(&mut packed, &mut io::sink()).map(|_| ())
}

/// What stands before a member of a zip.
struct Member {
    has_descriptor: bool,
    is_encrypted: bool,
    method: u16,
    size: u64,
    name: usize,
    head: usize,
}

impl Member {
    fn of(head: &[u8]) -> Option<Self> {
        let head = head.strip_prefix(b"PK\x03\x04")?.first_chunk::<26>()?;
        let short = |at: usize| u16::from_le_bytes([head[at], head[at + 1]]);
        let size = u32::from_le_bytes([head[14], head[15], head[16], head[17]]);
        let (name, extra) = (usize::from(short(22)), usize::from(short(24)));
        Some(Self {
            has_descriptor: short(2) & 8 != 0,
            is_encrypted: short(2) & 1 != 0,
            method: short(4),
            size: u64::from(size),
            name,
            head: 30 + name + extra,
        })
    }
}

/// What stands behind a member whose sizes were not known before: 12 to 24 bytes, with a signature or without.
fn descriptor(source: &mut Source<'_>) -> io::Result<()> {
    let view = source.peek(28)?;
    let is_next = |at: &usize| matches!(view.get(*at..*at + 4), Some(b"PK\x03\x04" | b"PK\x01\x02"));
    let length = [16, 12, 24, 20].into_iter().find(is_next).unwrap_or_default();
    source.pass(length);
    Ok(())
}

/// Member after member. A tar is not compressed: what can't be read as one is searched as plain bytes.
fn tar(
    source: &mut Source<'_>,
    within: &mut Vec<String>,
    budget: &Budget,
    plain: &mut dyn Plain,
) -> io::Result<()> {
    let mut long_name = None;
    loop {
        let block = source.peek(512)?;
        let Some(size) =
            block.get(124..136).and_then(octal).filter(|_| block.get(257..262) == Some(b"ustar"))
        else {
            return Ok(());
        };
        let kind = block[156];
        let name = long_name.take().unwrap_or_else(|| tar_name(block));
        source.pass(512);
        let padded = size.div_ceil(512).saturating_mul(512);
        match kind {
            b'L' | b'x' if size <= PIECE as u64 => {
                let view = source.peek(size as usize)?;
                long_name = told_name(view.get(..size as usize).unwrap_or(view), kind);
                source.pass(padded as usize);
                continue;
            }
            _ => {}
        }
        let mut member = source.take_reader(size);
        below(&mut member, name, within, budget, plain)?;
        io::copy(&mut member, &mut io::sink())?;
        io::copy(&mut source.take_reader(padded - size), &mut io::sink())?;
    }
}

fn tar_name(block: &[u8]) -> String {
    let text = |range: std::ops::Range<usize>| {
        let field = block.get(range).unwrap_or_default();
        let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
        String::from_utf8_lossy(&field[..end]).into_owned()
    };
    let (name, folder) = (text(0..100), text(345..500));
    if folder.is_empty() || block.get(263) == Some(&b' ') { name } else { format!("{folder}/{name}") }
}

/// The name of the next member, where it is too long for its own block.
fn told_name(told: &[u8], kind: u8) -> Option<String> {
    let name = match kind {
        b'L' => told.split(|byte| *byte == 0).next()?,
        _ => {
            let at = memchr::memmem::find(told, b" path=")? + 6;
            told[at..].split(|byte| *byte == b'\n').next()?
        }
    };
    Some(String::from_utf8_lossy(name).into_owned())
}

fn octal(field: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(field).ok()?.trim_matches(['\0', ' ']);
    u64::from_str_radix(text, 8).ok()
}
