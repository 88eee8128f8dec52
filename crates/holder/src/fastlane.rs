//! fastlane's JSON file of a key.

use crate::fault::Fault;
use serde::Deserialize;
use zeroize::Zeroizing;

/// What such a file holds.
pub struct FastlaneKey {
    /// `key_id`.
    pub key_id: Option<String>,
    /// `issuer_id`; none for an individual key.
    pub issuer_id: Option<String>,
    /// `key`: PEM, or base64 of it.
    pub key: Zeroizing<String>,
}

#[derive(Deserialize)]
struct Form {
    key_id: Option<String>,
    issuer_id: Option<String>,
    key: Option<String>,
    key_filepath: Option<String>,
}

/// Whether this is JSON at all, as fastlane's file is.
#[must_use]
pub fn is_json(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().first() == Some(&b'{')
}

/// Reads such a file.
///
/// # Errors
/// It is no JSON, or has no `key`.
pub fn read(bytes: &[u8]) -> Result<FastlaneKey, Fault> {
    let hint = "it has the members key_id, issuer_id and key; fastlane's docs show one";
    // The reader's own words might quote the file.
    let form: Form = serde_json::from_slice(bytes)
        .map_err(|_| Fault::new("this is not fastlane's JSON file of a key", hint))?;
    let named =
        if form.key_filepath.is_some() { "; its key_filepath names where the key is: give that" } else { "" };
    let key = form.key.ok_or_else(|| Fault::new(format!("there is no `key` in this JSON{named}"), hint))?;
    let there = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    Ok(FastlaneKey { key_id: there(form.key_id), issuer_id: there(form.issuer_id), key: Zeroizing::new(key) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_individual_keys_file_has_no_issuer() {
        for json in [
            r#"{"key_id": "2X9R4HXF34", "issuer_id": null, "key": "k", "in_house": false, "duration": 1200}"#,
            r#"{"key_id": "2X9R4HXF34", "issuer_id": "", "key": "k"}"#,
            r#" {"key_id": "2X9R4HXF34", "key": "k"}"#,
        ] {
            assert!(is_json(json.as_bytes()));
            let key = read(json.as_bytes()).unwrap_or_else(|fault| panic!("{fault}"));
            assert_eq!(
                (key.key_id.as_deref(), key.issuer_id, key.key.as_str()),
                (Some("2X9R4HXF34"), None, "k")
            );
        }
    }

    #[test]
    fn a_damaged_file_is_refused_without_quoting_it() {
        let fault = read(br#"{"key": "SECRET", "key_id": 7}"#).err().unwrap();
        assert!(!format!("{fault:?}").contains("SECRET"));
        assert!(read(br#"{"key_id": "2X9R4HXF34"}"#).is_err());
    }
}
