//! Bytes as text that is made for mail: base64, alone or between lines that say what it is.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The first block of this name.
pub(crate) fn read(text: &str, name: &str) -> Option<Vec<u8>> {
    let (_, rest) = text.split_once(&format!("-----BEGIN {name}-----"))?;
    let (body, _) = rest.split_once(&format!("-----END {name}-----"))?;
    decoded(body)
}

/// Base64 in lines of any length.
pub(crate) fn decoded(text: &str) -> Option<Vec<u8>> {
    let plain: String = text.chars().filter(|sign| !sign.is_whitespace()).collect();
    STANDARD.decode(plain).ok().filter(|bytes| !bytes.is_empty())
}

/// Base64 on one line.
pub(crate) fn encoded(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_found_by_its_name() {
        let text = "-----BEGIN A-----\nAQ\n==\n-----END A-----\n-----BEGIN B-----\nAg==\n-----END B-----\n";
        assert_eq!((read(text, "A"), read(text, "B"), read(text, "C")), (Some(vec![1]), Some(vec![2]), None));
        for text in ["", "-----BEGIN A-----\nAQ==\n", "-----BEGIN A-----\n!\n-----END A-----"] {
            assert_eq!(read(text, "A"), None, "{text:?}");
        }
    }
}
