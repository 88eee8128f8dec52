//! Finds private halves in bytes. Whatever looks like one is parsed, and its public half derived: only what is
//! a whole private half of P-256 is a hit, so there are no false alarms.

use super::anchors::{Anchors, Layer, PKCS8_CORE, SEC1_HEAD};
use super::form::{Form, Wrapping, Written};
use super::other::{self, OtherKey};
use super::peel::{self, Marks, Peeled, Run};
use counterfoil_core::half::{HalfFault, PrivateHalf};
use counterfoil_core::id::KeyId;
use std::ops::Range;
use zeroize::Zeroizing;

/// How much of what was passed may be needed again, and how much of what comes, to see a form whole.
pub(super) const BEFORE: usize = peel::BEFORE;
/// See [`BEFORE`].
pub(super) const BEHIND: usize = peel::BEHIND + peel::BEFORE;
/// Base64 in base64 in base64 of UTF-16 is as deep as people get by accident.
const DEEPEST: usize = 4;

/// A private half that was found.
pub(super) struct Hit {
    /// Where it begins: its first line, if it has one.
    pub(super) offset: usize,
    pub(super) form: Form,
    pub(super) half: PrivateHalf,
    /// What the text around it says is its key id.
    pub(super) key_id: Option<KeyId>,
}

/// Everything that was met in one stretch of bytes.
#[derive(Default)]
pub(super) struct Catch {
    pub(super) hits: Vec<Hit>,
    /// Private keys of other kinds, and where they begin.
    pub(super) others: Vec<(usize, OtherKey)>,
}

/// Searches bytes.
pub(super) struct Hunter {
    anchors: Anchors,
    /// How many bytes were peeled, for the test that no text makes it many more than it has.
    #[cfg(test)]
    peeled: std::cell::Cell<usize>,
}

impl Hunter {
    pub(super) fn new() -> Self {
        Self {
            anchors: Anchors::new(),
            #[cfg(test)]
            peeled: std::cell::Cell::default(),
        }
    }

    /// Everything whose anchor begins within `range` of `bytes`.
    pub(super) fn hunt(&self, bytes: &[u8], range: Range<usize>) -> Catch {
        let mut catch = Catch::default();
        self.search(bytes, range, 0, &mut catch);
        catch
    }

    fn search(&self, bytes: &[u8], range: Range<usize>, depth: usize, catch: &mut Catch) {
        let mut seen = Seen::default();
        let mut from = range.start;
        while let Some((at, layer)) = self.anchors.next(bytes, from).filter(|(at, _)| *at < range.end) {
            from = at + 1;
            match layer {
                Layer::Pkcs8 => catch.add(pkcs8(bytes, at)),
                Layer::Sec1 => catch.add(sec1(bytes, at)),
                Layer::PemLine if depth == 0 => catch.others.extend(other::at(bytes, at)),
                Layer::PemLine => {}
                _ if depth == DEEPEST => {}
                Layer::Base64 { place } => self.base64(bytes, (at, place), depth, &mut seen, catch),
                Layer::Utf16 if seen.wide.any(|wide| wide.covers(at)) => {}
                Layer::Utf16 => {
                    let wide = peel::narrow(bytes, at);
                    self.below(&wide, bytes, Wrapping::Utf16, depth, catch);
                    seen.wide.add(wide);
                }
                Layer::Hex if seen.hex.any(|hex| hex.covers(at)) => {}
                Layer::Hex => {
                    let hex = peel::unhex(bytes, at);
                    self.below(&hex, bytes, Wrapping::Hex, depth, catch);
                    seen.hex.add(hex);
                }
            }
        }
    }

    /// Base64 is decoded once per run, unless it came to nothing and its lines may be marked.
    fn base64(&self, bytes: &[u8], anchor: (usize, usize), depth: usize, seen: &mut Seen, catch: &mut Catch) {
        if seen.runs.any(|(run, own)| run.covers(*own, anchor)) {
            return;
        }
        let before = catch.hits.len();
        let run = Run::around(bytes, anchor.0, Marks::None);
        self.below(&run.decoded(anchor.0, anchor.1), bytes, Wrapping::Base64, depth, catch);
        if catch.hits.len() == before && peel::may_be_marked(bytes, anchor.0) {
            let marked = Run::around(bytes, anchor.0, Marks::Line);
            self.below(&marked.decoded(anchor.0, anchor.1), bytes, Wrapping::Base64, depth, catch);
        }
        seen.runs.add((run, anchor));
    }

    fn below(&self, inside: &Peeled, above: &[u8], wrapping: Wrapping, depth: usize, catch: &mut Catch) {
        #[cfg(test)]
        self.peeled.update(|peeled| peeled + inside.bytes.len());
        let mut below = Catch::default();
        self.search(&inside.bytes, 0..inside.bytes.len(), depth + 1, &mut below);
        for hit in below.hits {
            catch.add(Some(rise(hit, inside, above, wrapping)));
        }
    }
}

impl Catch {
    /// Two anchors of one form find the same half at the same place.
    fn add(&mut self, hit: Option<Hit>) {
        let Some(hit) = hit else { return };
        let is_known = |known: &Hit| known.offset == hit.offset && known.half.public() == hit.half.public();
        match self.hits.iter_mut().find(|known| is_known(known)) {
            Some(known) => known.key_id = known.key_id.or(hit.key_id),
            None => self.hits.push(hit),
        }
    }
}

/// What was peeled last. A text that is made of nothing but anchors must not cost a peeling each.
#[derive(Default)]
struct Seen {
    runs: Last<(Run, (usize, usize))>,
    wide: Last<Peeled>,
    hex: Last<Peeled>,
}

/// The last few of a sort: anchors may stand at each of the four places of a group.
struct Last<T> {
    kept: Vec<T>,
    next: usize,
}

impl<T> Last<T> {
    const MOST: usize = 4;

    fn any(&self, is_it: impl Fn(&T) -> bool) -> bool {
        self.kept.iter().any(is_it)
    }

    fn add(&mut self, one: T) {
        match self.kept.get_mut(self.next % Self::MOST) {
            Some(place) => *place = one,
            None => self.kept.push(one),
        }
        self.next += 1;
    }
}

impl<T> Default for Last<T> {
    fn default() -> Self {
        Self { kept: Vec::new(), next: 0 }
    }
}

/// The hit as the text above sees it.
fn rise(hit: Hit, inside: &Peeled, above: &[u8], wrapping: Wrapping) -> Hit {
    let place = inside.place(hit.offset);
    let (armour, offset) = match wrapping {
        Wrapping::Base64 => armour(above, place, inside.place(hit.offset + 96)),
        Wrapping::Utf16 | Wrapping::Hex => (Written::Base64, place),
    };
    let form = hit.form.within(wrapping, armour);
    Hit { offset, form, key_id: hit.key_id.or_else(|| key_id_near(above, offset)), half: hit.half }
}

/// What the text around base64 of DER makes of it, and where that begins.
fn armour(text: &[u8], begin: usize, inner: usize) -> (Written, usize) {
    let from = begin.saturating_sub(96);
    let before = &text[from..begin];
    let body = text.get(begin..inner.max(begin)).unwrap_or_default();
    let Some(words) = memchr::memmem::rfind(before, b"KEY-----") else {
        let is_broken = body.iter().any(|byte| matches!(byte, b'\n' | b'\r' | b'\\' | b' ' | b'%'));
        return (if is_broken { Written::PemBody } else { Written::Base64 }, begin);
    };
    let line = memchr::memmem::rfind(&before[..words], b"-----BEGIN").unwrap_or(words);
    let gap = &before[words + 8..];
    let written = if key_id_words(text, begin).is_some() {
        Written::FastlaneJson
    } else if gap.contains(&b'\\') {
        Written::EscapedPem
    } else {
        Written::Pem
    };
    (written, from + line)
}

/// How far from a half its key id may be named.
const NEAR: usize = 700;

/// A key id that is named near a half, as fastlane's file and many a settings file do.
fn key_id_near(text: &[u8], at: usize) -> Option<KeyId> {
    let near = near(text, at);
    [&b"key_id"[..], b"KEY_ID", b"keyId", b"KEY_IDENTIFIER"].iter().find_map(|name| named_id(near, name))
}

/// fastlane's member in particular.
fn key_id_words(text: &[u8], at: usize) -> Option<usize> {
    let near = near(text, at);
    memchr::memmem::find(near, b"\"key_id\"").or_else(|| memchr::memmem::find(near, b"\\\"key_id\\\""))
}

fn near(text: &[u8], at: usize) -> &[u8] {
    &text[at.saturating_sub(NEAR)..text.len().min(at + NEAR)]
}

fn named_id(text: &[u8], name: &[u8]) -> Option<KeyId> {
    memchr::memmem::find_iter(text, name).find_map(|at| {
        let rest = &text[at + name.len()..];
        let gap = rest.iter().take(8).take_while(|byte| !byte.is_ascii_alphanumeric()).count();
        let id = rest.get(gap..gap + 10)?;
        let goes_on = rest.get(gap + 10).is_some_and(u8::is_ascii_alphanumeric);
        if goes_on { None } else { KeyId::try_from(std::str::from_utf8(id).ok()?).ok() }
    })
}

/// PKCS#8 whose core stands at `at`: the two usual forms, or one that leaves the public half out.
fn pkcs8(bytes: &[u8], at: usize) -> Option<Hit> {
    let (begin, der) = [3, 2].iter().find_map(|head| {
        let begin = at.checked_sub(*head)?;
        Some((begin, element(&bytes[begin..]).filter(|(length, _)| length == head)?.1))
    })?;
    let half = match PrivateHalf::from_pkcs8(der) {
        Err(HalfFault::UnusualForm) => number_of_pkcs8(der)?,
        half => half.ok()?,
    };
    Some(Hit { offset: begin, form: Form::new(Written::Der), half, key_id: None })
}

/// The private number of PKCS#8 that leaves the public half out. Whatever has one must have the right one.
fn number_of_pkcs8(der: &[u8]) -> Option<PrivateHalf> {
    let (head, _) = element(der)?;
    let inner = der.get(head..)?.strip_prefix(&PKCS8_CORE)?;
    let (length, sequence) = (usize::from(*inner.first()?), inner.get(1..)?);
    let (inner_head, key) = element(sequence)?;
    let key = key.get(inner_head..).filter(|_| key.len() == length && sequence.len() == length)?;
    let (number, rest) = key.strip_prefix(&[0x02, 0x01, 0x01, 0x04, 0x20])?.split_first_chunk()?;
    let is_all = rest.is_empty() || rest == &SEC1_MIDDLE[..12];
    if is_all { PrivateHalf::from_number(number).ok() } else { None }
}

/// SEC 1 from its beginning, unless it is what is inside PKCS#8, which is found by itself.
fn sec1(bytes: &[u8], at: usize) -> Option<Hit> {
    let is_inside = at.checked_sub(26).is_some_and(|core| bytes[core..].starts_with(&PKCS8_CORE[..14]));
    let (number, rest) = bytes[at..].strip_prefix(&SEC1_HEAD)?.split_first_chunk()?;
    let point = rest.strip_prefix(&SEC1_MIDDLE)?.first_chunk::<65>()?;
    if is_inside {
        return None;
    }
    let number = Zeroizing::new(*number);
    let half = PrivateHalf::from_number(&number).ok()?;
    let is_proven = half.public().as_bytes() == point;
    is_proven.then(|| Hit { offset: at, form: Form::new(Written::Sec1Der), half, key_id: None })
}

/// Between the private number and the public point: the curve, and what the point is.
const SEC1_MIDDLE: [u8; 17] =
    [0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0xa1, 0x44, 0x03, 0x42, 0x00];

/// The SEQUENCE that `bytes` begins with: how long its header is, and all of it.
fn element(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (head, length) = match *bytes.first_chunk()? {
        [0x30, 0x81, length @ 0x80..=0xff] => (3, usize::from(length)),
        [0x30, length @ ..=0x7f, _] => (2, usize::from(length)),
        _ => return None,
    };
    Some((head, bytes.get(..head + length)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wide(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    /// Whoever lets others put files where we search must not be kept waiting by them.
    #[test]
    fn no_text_of_anchors_is_peeled_many_times_over() {
        let hex = "020100301306072a8648ce3d0201";
        for wall in [
            b"AgEAMBMGByqGSM49".to_vec(),
            b"AgEGCCqGSM49AwEHB".to_vec(),
            b"MHcCAQEEI".to_vec(),
            b"-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIAAAAAAAAAAAAAAAAAAAA\n".to_vec(),
            hex.into(),
            hex.to_uppercase().into(),
            format!("{hex}0").into(),
            format!("{hex}{}", " ".repeat(50)).into(),
            wide("AgEAMBMGByqGSM49"),
            wide("MHcCAQEEI"),
            [wide("AgEGCCqGSM49AwEHB"), vec![0]].concat(),
        ] {
            let text = wall.repeat(100_000 / wall.len());
            let hunter = Hunter::new();
            assert_eq!(hunter.hunt(&text, 0..text.len()).hits.len(), 0);
            let peeled = hunter.peeled.get();
            assert!(
                peeled < 8 * text.len(),
                "{peeled} for {}: {}",
                text.len(),
                String::from_utf8_lossy(&wall)
            );
        }
    }
}
