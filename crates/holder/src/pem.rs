//! Private halves as people have them: any damage that can be undone without guessing is undone and named;
//! anything else is refused by name.

mod damage;

pub use damage::{PemFault, Repair};

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use counterfoil_core::half::{HalfFault, PrivateHalf};
use zeroize::Zeroizing;

/// The most bytes that are looked at. A `.p8` has 257; twice in base64, in UTF-16, with spaces it stays below.
const LIMIT: usize = 16 * 1024;
/// How often base64 may lie in base64.
const LAYERS: usize = 3;
const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";

/// Reads a private half in whatever shape it comes, and says what had to be undone.
///
/// # Errors
/// The damage that can't be undone without guessing.
pub fn read_half(bytes: impl AsRef<[u8]>) -> Result<(PrivateHalf, Vec<Repair>), PemFault> {
    let bytes = bytes.as_ref();
    if bytes.len() > LIMIT {
        return Err(PemFault::TooLong);
    }
    let mut repairs = Vec::new();
    let half = match text_of(bytes, &mut repairs)? {
        Some(text) => of_text(&text, &mut repairs, 0)?,
        None => of_der(bytes, &mut repairs)?,
    };
    Ok((half, repairs))
}

fn of_der(der: &[u8], repairs: &mut Vec<Repair>) -> Result<PrivateHalf, PemFault> {
    repairs.push(Repair::Der);
    PrivateHalf::from_pkcs8(der).map_err(PemFault::Half)
}

/// The text in `bytes`; `None` if they are DER.
fn text_of(bytes: &[u8], repairs: &mut Vec<Repair>) -> Result<Option<Zeroizing<String>>, PemFault> {
    if let Some(text) = utf16(bytes) {
        repairs.push(Repair::Utf16);
        return Ok(Some(text));
    }
    let unmarked = bytes.strip_prefix(b"\xef\xbb\xbf");
    repairs.extend(unmarked.map(|_| Repair::ByteOrderMark));
    match std::str::from_utf8(unmarked.unwrap_or(bytes)) {
        Ok(text) if text.contains('\0') => Err(PemFault::Nul),
        Ok(text) => Ok(Some(Zeroizing::new(text.to_owned()))),
        // A SEQUENCE of more than 127 bytes.
        Err(_) if bytes.starts_with(&[0x30, 0x81]) => Ok(None),
        Err(_) => Err(PemFault::Binary),
    }
}

/// UTF-16, told by its mark or by the zeros between the first letters.
fn utf16(bytes: &[u8]) -> Option<Zeroizing<String>> {
    let (body, little) = match bytes {
        [0xff, 0xfe, body @ ..] => (body, true),
        [0xfe, 0xff, body @ ..] => (body, false),
        [1..=0x7f, 0, 1..=0x7f, 0, ..] => (bytes, true),
        [0, 1..=0x7f, 0, 1..=0x7f, ..] => (bytes, false),
        _ => return None,
    };
    let unit = |pair: &[u8]| match *pair {
        [low, high] if little => Some(u16::from_le_bytes([low, high])),
        [high, low] => Some(u16::from_be_bytes([high, low])),
        _ => None,
    };
    // One allocation that is large enough: a string that grew would leave copies behind.
    let mut text = Zeroizing::new(String::with_capacity(body.len() * 2));
    for letter in char::decode_utf16(body.chunks(2).map_while(unit)) {
        text.push(letter.ok()?);
    }
    Some(text)
}

fn of_text(text: &str, repairs: &mut Vec<Repair>, layer: usize) -> Result<PrivateHalf, PemFault> {
    let bare = unquoted(text.trim(), repairs);
    if bare.contains(BEGIN) || bare.contains(END) {
        return of_armour(bare, text, repairs);
    }
    what_else(bare)?;
    let unescaped = unescaped(bare);
    let mut joined = Zeroizing::new(String::with_capacity(unescaped.len()));
    joined.extend(unescaped.split_whitespace());
    let inner = base64_of(&joined).ok_or(PemFault::NotAKey)?;
    if inner.starts_with(&[0x30]) {
        repairs.push(Repair::NoArmour);
        return PrivateHalf::from_pkcs8(&inner).map_err(PemFault::Half);
    }
    // Once is how a variable holds a file; more is a mistake.
    if layer > 0 {
        repairs.push(Repair::Base64Again);
    }
    if layer == LAYERS {
        return Err(PemFault::TooManyLayers);
    }
    match text_of(&inner, repairs)? {
        Some(text) => of_text(&text, repairs, layer + 1),
        None => of_der(&inner, repairs),
    }
}

/// The one block of `text`, put right line by line and then read strictly.
fn of_armour(bare: &str, whole: &str, repairs: &mut Vec<Repair>) -> Result<PrivateHalf, PemFault> {
    let text = unescaped(bare);
    if text.len() != bare.len() {
        repairs.push(Repair::LiteralNewlines);
    }
    let (before, rest) = text.split_once(BEGIN).ok_or(PemFault::CutOff("-----BEGIN PRIVATE KEY-----"))?;
    let (label, rest) = rest.split_once("-----").ok_or(PemFault::CutOff("-----BEGIN PRIVATE KEY-----"))?;
    let (body, end) = rest.split_once(END).ok_or(PemFault::CutOff("-----END PRIVATE KEY-----"))?;
    let after = end.strip_prefix(label).and_then(|end| end.strip_prefix("-----"));
    let after = after.ok_or(PemFault::CutOff("-----END PRIVATE KEY-----"))?;
    if !before.trim().is_empty() || !after.trim().is_empty() {
        return Err(PemFault::Half(HalfFault::TextAroundPem));
    }
    if body.contains("***") {
        return Err(PemFault::Masked);
    }
    if body.contains("...") || body.contains('…') {
        return Err(PemFault::Abbreviated);
    }
    let is_quoted_or_escaped = text.len() != whole.trim().len();
    repairs.extend(damage_of_lines(body));
    if !whole.ends_with(['\n', '\r']) && !is_quoted_or_escaped && !repairs.contains(&Repair::NewlinesAsSpaces)
    {
        repairs.push(Repair::NoLastNewline);
    }
    repairs.dedup();
    PrivateHalf::from_pem(&armoured(label, body)).map_err(PemFault::Half)
}

fn damage_of_lines(body: &str) -> Vec<Repair> {
    let mut found = Vec::new();
    if body.contains('\r') {
        found.push(Repair::CarriageReturns);
    }
    let has_lines = body.contains(['\n', '\r']);
    let first_and_last = body.starts_with([' ', '\t', '\n', '\r']) && body.ends_with([' ', '\t', '\n', '\r']);
    let inner = body.trim_matches(['\n', '\r']);
    if !has_lines && body.contains([' ', '\t']) {
        found.push(Repair::NewlinesAsSpaces);
    } else if !has_lines || !first_and_last {
        found.push(Repair::NewlinesLost);
    } else if inner.contains([' ', '\t']) || inner.replace('\r', "").contains("\n\n") {
        found.push(Repair::Blanks);
    }
    found
}

/// The block as core wants it: base64 on a line of its own.
fn armoured(label: &str, body: &str) -> Zeroizing<String> {
    let mut block = Zeroizing::new(String::with_capacity(body.len() + 2 * label.len() + 64));
    block.extend([BEGIN, label, "-----\n"]);
    block.extend(body.split_whitespace());
    block.extend(["\n", END, label, "-----\n"]);
    block
}

/// `\n`, `\r` and `\r\n`, written as characters, made what they mean.
fn unescaped(text: &str) -> Zeroizing<String> {
    let mut plain = Zeroizing::new(String::with_capacity(text.len()));
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        rest = match after.chars().next() {
            Some('n') => {
                plain.push('\n');
                &after[1..]
            }
            Some('r') => &after[1..],
            // Escaped twice: the next turn meets its second half.
            Some('\\') => after,
            _ => {
                plain.push('\\');
                after
            }
        };
    }
    plain.push_str(rest);
    plain
}

fn unquoted<'a>(text: &'a str, repairs: &mut Vec<Repair>) -> &'a str {
    let inside = ['"', '\'', '`'].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote));
    repairs.extend(inside.map(|_| Repair::Quotes));
    inside.map_or(text, str::trim)
}

/// What people put where a key belongs.
fn what_else(text: &str) -> Result<(), PemFault> {
    let name = text.trim_start_matches(['$', '{', '(', '%', ' ']).trim_end_matches(['}', ')', '%', ' ']);
    let is_name = !name.is_empty()
        && name.len() < 80
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'));
    if text.is_empty() {
        Err(PemFault::Empty)
    } else if is_name && (text.starts_with(['$', '%']) || text.starts_with("{{")) {
        Err(PemFault::Unexpanded(name.to_owned()))
    } else if text.starts_with('{') {
        Err(PemFault::IsJson)
    } else if text.contains("***") {
        Err(PemFault::Masked)
    } else if text.ends_with(".p8") || text.ends_with(".pem") {
        Err(PemFault::IsAPath)
    } else {
        Ok(())
    }
}

fn base64_of(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    const LENIENT: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let alphabet = if text.contains(['-', '_']) { &URL_SAFE } else { &STANDARD };
    let mut bytes = Zeroizing::new(vec![0; text.len() / 4 * 3 + 3]);
    let length = GeneralPurpose::new(alphabet, LENIENT).decode_slice(text, &mut bytes).ok()?;
    bytes.truncate(length);
    (!bytes.is_empty()).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::rand::SystemRandom;
    use base64::engine::general_purpose::STANDARD as BASE64;
    use proptest::prelude::*;

    fn half() -> PrivateHalf {
        PrivateHalf::generate(&SystemRandom::new()).unwrap()
    }

    fn body(pem: &str) -> String {
        pem.lines().filter(|line| !line.starts_with('-')).collect()
    }

    #[test]
    fn each_damage_that_can_be_undone_is_undone_and_named() {
        let half = half();
        let pem = half.to_pem().unwrap().to_string();
        let crlf = pem.replace('\n', "\r\n");
        let literal = pem.replace('\n', "\\n");
        let utf16 = |bytes: fn(u16) -> [u8; 2]| pem.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
        for (name, text, repairs) in [
            ("intact", pem.clone().into_bytes(), vec![]),
            ("base64 once", BASE64.encode(&pem).into_bytes(), vec![]),
            ("base64 once, a line end", format!("{}\n", BASE64.encode(&pem)).into_bytes(), vec![]),
            ("base64 twice", BASE64.encode(BASE64.encode(&pem)).into_bytes(), vec![Repair::Base64Again]),
            ("CR LF", crlf.clone().into_bytes(), vec![Repair::CarriageReturns]),
            ("CR", pem.replace('\n', "\r").into_bytes(), vec![Repair::CarriageReturns]),
            ("base64 of CR LF", BASE64.encode(&crlf).into_bytes(), vec![Repair::CarriageReturns]),
            ("literal", literal.clone().into_bytes(), vec![Repair::LiteralNewlines]),
            ("literal CR LF", pem.replace('\n', "\\r\\n").into_bytes(), vec![Repair::LiteralNewlines]),
            ("literal twice", pem.replace('\n', "\\\\n").into_bytes(), vec![Repair::LiteralNewlines]),
            (
                "quoted literal",
                format!("\"{literal}\"").into_bytes(),
                vec![Repair::Quotes, Repair::LiteralNewlines],
            ),
            ("quoted", format!("'{pem}'").into_bytes(), vec![Repair::Quotes]),
            ("spaces", pem.trim_end().replace('\n', " ").into_bytes(), vec![Repair::NewlinesAsSpaces]),
            ("lost", pem.replace('\n', "").into_bytes(), vec![Repair::NewlinesLost, Repair::NoLastNewline]),
            ("no last", pem.trim_end().as_bytes().to_vec(), vec![Repair::NoLastNewline]),
            (
                "indented",
                pem.replace('\n', "\n    ").into_bytes(),
                vec![Repair::Blanks, Repair::NoLastNewline],
            ),
            ("empty lines", pem.replace('\n', "\n\n").into_bytes(), vec![Repair::Blanks]),
            ("marked", [b"\xef\xbb\xbf", pem.as_bytes()].concat(), vec![Repair::ByteOrderMark]),
            ("UTF-16 LE", utf16(u16::to_le_bytes), vec![Repair::Utf16]),
            ("UTF-16 BE", utf16(u16::to_be_bytes), vec![Repair::Utf16]),
            ("UTF-16 marked", [vec![0xff, 0xfe], utf16(u16::to_le_bytes)].concat(), vec![Repair::Utf16]),
            ("no armour", body(&pem).into_bytes(), vec![Repair::NoArmour]),
            (
                "no armour, url-safe",
                body(&pem).replace('+', "-").replace('/', "_").into_bytes(),
                vec![Repair::NoArmour],
            ),
            ("DER", half.to_pkcs8().unwrap().to_vec(), vec![Repair::Der]),
        ] {
            let (read, found) = read_half(&text).unwrap_or_else(|fault| panic!("{name}: {fault}"));
            assert_eq!(read.public(), half.public(), "{name}");
            assert_eq!(found, repairs, "{name}");
        }
    }

    #[test]
    fn each_damage_that_can_not_be_undone_is_refused_by_name() {
        let pem = half().to_pem().unwrap().to_string();
        let thrice = (0..4).fold(pem.clone(), |text, _| BASE64.encode(text));
        let lines: Vec<_> = pem.lines().collect();
        for (text, fault) in [
            (String::new(), PemFault::Empty),
            ("  \n".into(), PemFault::Empty),
            ("\"\"".into(), PemFault::Empty),
            ("x".repeat(LIMIT + 1), PemFault::TooLong),
            (format!("{pem}\0"), PemFault::Nul),
            ("$ASC_KEY".into(), PemFault::Unexpanded("ASC_KEY".into())),
            ("${ASC_KEY}".into(), PemFault::Unexpanded("ASC_KEY".into())),
            ("$(ASC_KEY)".into(), PemFault::Unexpanded("ASC_KEY".into())),
            ("%ASC_KEY%".into(), PemFault::Unexpanded("ASC_KEY".into())),
            ("${{ secrets.ASC_KEY }}".into(), PemFault::Unexpanded("secrets.ASC_KEY".into())),
            ("{{ASC_KEY}}".into(), PemFault::Unexpanded("ASC_KEY".into())),
            ("./AuthKey_2X9R4HXF34.p8".into(), PemFault::IsAPath),
            ("{\"key\": \"x\"}".into(), PemFault::IsJson),
            ("***".into(), PemFault::Masked),
            (format!("{}\n***\n{}\n", lines[0], lines[lines.len() - 1]), PemFault::Masked),
            (format!("{}\nMIG...\n{}\n", lines[0], lines[lines.len() - 1]), PemFault::Abbreviated),
            (lines[..lines.len() - 1].join("\n"), PemFault::CutOff("-----END PRIVATE KEY-----")),
            (lines[1..].join("\n"), PemFault::CutOff("-----BEGIN PRIVATE KEY-----")),
            (format!("{pem}{pem}"), PemFault::Half(HalfFault::TextAroundPem)),
            (pem.replacen("MI", "M!", 1), PemFault::Half(HalfFault::DamagedPem)),
            (thrice, PemFault::TooManyLayers),
            ("hello!".into(), PemFault::NotAKey),
        ] {
            assert_eq!(read_half(&text).map(|_| ()), Err(fault), "{text}");
        }
        assert_eq!(read_half([0xfe, 0x00, 0xff]).map(|_| ()), Err(PemFault::Binary));
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = read_half(&bytes);
        }

        #[test]
        fn no_damaged_key_makes_it_panic_or_another_half(at in 0_usize..260, byte in any::<u8>()) {
            let half = half();
            let mut pem = half.to_pem().unwrap().as_bytes().to_vec();
            let at = at % pem.len();
            pem[at] = byte;
            if let Ok((read, _)) = read_half(&pem) {
                prop_assert_eq!(read.public(), half.public());
            }
        }
    }
}
