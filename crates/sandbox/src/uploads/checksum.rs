//! Checksums of files: what a client says, and what is there.

use crate::ids::hex;
use crate::table::ResourceType;
use aws_lc_rs::digest::{Context, SHA256};
use md5::{Digest, Md5};
use serde_json::{Map, Value, json};

/// The checksum of a part, as its tag.
pub(super) fn tag(bytes: &[u8]) -> String {
    hex(&Md5::digest(bytes))
}

/// Checksums of a file that is shown piece by piece. They find what was damaged on the way, and guard nothing.
pub(super) struct Sums {
    md5: Md5,
    sha_256: Context,
}

impl Default for Sums {
    fn default() -> Self {
        Self { md5: Md5::new(), sha_256: Context::new(&SHA256) }
    }
}

impl Sums {
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        self.sha_256.update(bytes);
    }

    pub(super) fn end(self) -> Found {
        Found { md5: hex(&self.md5.finalize()), sha_256: hex(self.sha_256.finish().as_ref()) }
    }
}

/// The checksums of a file, in hexadecimal digits.
pub(super) struct Found {
    md5: String,
    sha_256: String,
}

impl Found {
    /// Why this is not the file of which the values tell the checksum; nothing if they tell none.
    pub(super) fn wrong(&self, values: &Map<String, Value>) -> Option<String> {
        let one = values.get("sourceFileChecksum").and_then(Value::as_str).map(|hash| ("MD5", hash));
        let whole = values.get("sourceFileChecksums").map(|all| &all["file"]);
        let of_whole = whole.and_then(|it| Some((it["algorithm"].as_str()?, it["hash"].as_str()?)));
        let (algorithm, hash) = one.or(of_whole)?;
        let found = match algorithm {
            "MD5" => &self.md5,
            "SHA_256" => &self.sha_256,
            other => return Some(format!("{other} is no algorithm of checksums: take MD5 or SHA_256")),
        };
        let is_same = found.eq_ignore_ascii_case(hash);
        (!is_same).then(|| format!("The {algorithm} of what was uploaded is {found}, not {hash}"))
    }

    /// Tells the checksum where nobody did.
    pub(super) fn tell(&self, kind: &ResourceType, values: &mut Map<String, Value>) {
        for (name, value) in [
            ("sourceFileChecksum", json!(self.md5)),
            ("sourceFileChecksums", json!({ "file": { "hash": self.md5, "algorithm": "MD5" } })),
        ] {
            let is_missing = values.get(name).is_none_or(Value::is_null);
            if kind.attribute(name).is_some() && is_missing {
                values.insert(name.to_owned(), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_checksum_however_that_is_written() {
        let mut sums = Sums::default();
        sums.add(b"a");
        sums.add(b"bc");
        let found = sums.end();
        let md5 = "900150983cd24fb0d6963f7d28e17f72";
        let sha_256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(tag(b"abc"), md5);
        let whole = |algorithm, hash| json!({ "sourceFileChecksums": { "file": { "algorithm": algorithm, "hash": hash } } });
        for (values, why) in [
            (json!({}), None),
            (json!({ "sourceFileChecksum": null }), None),
            (json!({ "sourceFileChecksums": "words" }), None),
            (json!({ "sourceFileChecksum": md5.to_uppercase() }), None),
            (whole("MD5", md5), None),
            (whole("SHA_256", sha_256), None),
            (json!({ "sourceFileChecksum": "0" }), Some("The MD5 of what was uploaded is 9001")),
            (whole("SHA_256", md5), Some("The SHA_256 of what was uploaded is ba78")),
            (whole("CRC", "7"), Some("CRC is no algorithm")),
        ] {
            let wrong = found.wrong(values.as_object().unwrap());
            assert_eq!(wrong.is_some(), why.is_some(), "{values}: {wrong:?}");
            assert!(wrong.unwrap_or_default().starts_with(why.unwrap_or_default()), "{values}");
        }
    }
}
