//! What a private half looks like before it is one: short runs of bytes that every form of one holds.
//!
//! A form is a stack of layers (base64 of UTF-16 of PEM). An anchor names the outermost layer only: with that
//! one peeled off, what is below is searched again. Anchors are short, so that a line that ends within one
//! leaves another whole.

use aho_corasick::packed;
use aho_corasick::{AhoCorasick, Input, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// What to do where an anchor was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layer {
    /// PKCS#8 in DER; the anchor stands behind the outermost header.
    Pkcs8,
    /// SEC 1 (`EC PRIVATE KEY`) in DER, from its beginning.
    Sec1,
    /// Base64; the anchor's first character is the one of this number, 0 to 3, in its group of four.
    Base64 { place: usize },
    /// Two bytes a character, of either order.
    Utf16,
    /// Two hexadecimal digits a byte.
    Hex,
    /// The first line of some private key in PEM.
    PemLine,
}

/// All anchors, made ready to be searched for at once.
pub(super) struct Anchors {
    layers: Vec<Layer>,
    searcher: Searcher,
}

enum Searcher {
    Packed(packed::Searcher),
    Automaton(AhoCorasick),
}

/// Where PKCS#8 says "version 0, a key on P-256"; a public key's or a certificate's DER never does.
pub(super) const PKCS8_CORE: [u8; 25] = [
    0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04,
];
/// How SEC 1 begins, with the public half within.
pub(super) const SEC1_HEAD: [u8; 7] = [0x30, 0x77, 0x02, 0x01, 0x01, 0x04, 0x20];

/// As much of [`PKCS8_CORE`] as an anchor needs.
const CORE_ANCHOR: usize = 14;
/// The first line of PEM, and the piece of it that is an anchor.
const PEM_LINE: &[u8] = b"-----BEGIN PRIVATE KEY-----";
const PEM_WORDS: &[u8] = b"PRIVATE KEY--";
/// Two neighbours in the base64 of PKCS#8, both in the first line of PEM.
const BODY: &[u8] = b"AgEAMBMGByqGSM49";
const BODY_GOES_ON: &[u8] = b"AgEGCCqGSM49AwEHB";
/// Where [`BODY`] stands in PEM, as [`PEM_LINE`] begins it.
const BODY_AT: usize = 32;
const SEC1_BODY: &[u8] = b"MHcCAQEEI";

impl Anchors {
    pub(super) fn new() -> Self {
        let anchors = anchors();
        let patterns: Vec<_> = anchors.iter().map(|(pattern, _)| pattern.as_slice()).collect();
        Self { searcher: Searcher::new(&patterns), layers: anchors.iter().map(|(_, layer)| *layer).collect() }
    }

    /// The next anchor at or behind `from`: where it stands, and what it says.
    pub(super) fn next(&self, bytes: &[u8], from: usize) -> Option<(usize, Layer)> {
        let (pattern, at) = match &self.searcher {
            Searcher::Packed(searcher) => {
                let met = searcher.find_in(bytes, (from..bytes.len()).into())?;
                (met.pattern().as_usize(), met.start())
            }
            Searcher::Automaton(searcher) => {
                let met = searcher.find(Input::new(bytes).range(from..))?;
                (met.pattern().as_usize(), met.start())
            }
        };
        Some((at, *self.layers.get(pattern)?))
    }
}

impl Searcher {
    /// With vector instructions where the machine has them.
    fn new(patterns: &[&[u8]]) -> Self {
        let packed =
            packed::Config::new().builder().extend(patterns).build().filter(|it| it.minimum_len() < 1 << 10);
        packed.map_or_else(|| Self::Automaton(automaton(patterns)), Self::Packed)
    }
}

#[expect(clippy::expect_used, reason = "three dozen short patterns fit into any automaton")]
fn automaton(patterns: &[&[u8]]) -> AhoCorasick {
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostFirst)
        .build(patterns)
        .expect("a few short patterns can be searched for")
}

fn anchors() -> Vec<(Vec<u8>, Layer)> {
    let mut anchors = vec![
        (PKCS8_CORE[..CORE_ANCHOR].to_vec(), Layer::Pkcs8),
        (SEC1_HEAD.to_vec(), Layer::Sec1),
        (b" PRIVATE KEY".to_vec(), Layer::PemLine),
        (BODY_GOES_ON.to_vec(), Layer::Base64 { place: 0 }),
        (SEC1_BODY.to_vec(), Layer::Base64 { place: 0 }),
        (hex(u8::to_string_lower), Layer::Hex),
        (hex(u8::to_string_upper), Layer::Hex),
    ];
    anchors.extend(in_base64(&PKCS8_CORE[..CORE_ANCHOR], 0..3));
    anchors.extend([BODY, BODY_GOES_ON, SEC1_BODY].map(|text| (in_utf16(text), Layer::Utf16)));
    for text in [BODY, PEM_WORDS, SEC1_BODY] {
        anchors.extend(in_base64(text, 0..3));
    }
    for text in [BODY, PEM_WORDS] {
        anchors.extend(in_base64(&in_utf16(text), 0..3));
    }
    // Base64 of base64 of a file: the inner one begins where the file does.
    for (text, at) in [(&PEM_LINE[3..18], 3), (BODY, BODY_AT)] {
        for (inner, _) in in_base64(text, at % 3..at % 3 + 1) {
            anchors.extend(in_base64(&inner, 0..3));
        }
    }
    anchors
}

/// What `text` becomes in base64 wherever it begins: behind 0, 1 or 2 bytes of a group of three. Characters that
/// depend on the neighbours are left out.
fn in_base64(text: &[u8], behind: std::ops::Range<usize>) -> Vec<(Vec<u8>, Layer)> {
    let anchor = |behind: usize| {
        let padded = [&[0_u8; 3][..behind], text].concat();
        let place = [0, 2, 3][behind % 3];
        let whole = padded.len() * 8 / 6;
        let written = STANDARD.encode(&padded).into_bytes();
        (written[place..whole].to_vec(), Layer::Base64 { place })
    };
    behind.map(anchor).collect()
}

/// What both orders of bytes have in common.
fn in_utf16(text: &[u8]) -> Vec<u8> {
    let mut wide: Vec<_> = text.iter().flat_map(|byte| [*byte, 0]).collect();
    wide.pop();
    wide
}

fn hex(digits: fn(u8) -> String) -> Vec<u8> {
    PKCS8_CORE[..CORE_ANCHOR].iter().flat_map(|byte| digits(*byte).into_bytes()).collect()
}

/// A byte as two digits.
trait Digits {
    fn to_string_lower(self) -> String;
    fn to_string_upper(self) -> String;
}

impl Digits for u8 {
    fn to_string_lower(self) -> String {
        format!("{self:02x}")
    }

    fn to_string_upper(self) -> String {
        format!("{self:02X}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_are_few_and_long_enough_to_be_met_seldom_by_chance() {
        let anchors = anchors();
        assert!(anchors.len() <= 48, "{}", anchors.len());
        for (pattern, layer) in anchors {
            let least = if layer == Layer::Sec1 { 7 } else { 9 };
            assert!(pattern.len() >= least, "{layer:?} {}", String::from_utf8_lossy(&pattern));
        }
    }

    #[test]
    fn base64_of_a_text_holds_its_anchor_wherever_the_text_begins() {
        for behind in 0..6 {
            let whole = STANDARD.encode([&b"abcdef"[..behind], BODY, b"more"].concat());
            let (anchor, Layer::Base64 { place }) = in_base64(BODY, behind % 3..behind % 3 + 1).remove(0)
            else {
                panic!("base64 is base64");
            };
            let at = whole.find(std::str::from_utf8(&anchor).unwrap()).unwrap();
            assert_eq!(at % 4, place);
        }
    }

    #[test]
    fn the_next_anchor_is_the_first_one() {
        let anchors = Anchors::new();
        let text = b"....AgEAMBMGByqGSM49AgEGCCqGSM49AwEHB";
        assert_eq!(anchors.next(text, 0), Some((4, Layer::Base64 { place: 0 })));
        assert_eq!(anchors.next(text, 5), Some((20, Layer::Base64 { place: 0 })));
        assert_eq!(anchors.next(text, 21), None);
    }
}
