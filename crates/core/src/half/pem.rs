//! PEM, strictly: one block, its label, base64, nothing else.

use super::HalfFault;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

pub(super) const PRIVATE: &str = "PRIVATE KEY";
pub(super) const PUBLIC: &str = "PUBLIC KEY";
const COLUMNS: usize = 64;

/// The bytes inside the one block of `text`, which must be labelled `wanted`.
///
/// Lines end in `\n` alone and may be of any length; the last need not end. Damage that could be
/// undone is undone elsewhere, with a warning, not here.
pub(super) fn read(text: &str, wanted: &'static str) -> Result<Zeroizing<Vec<u8>>, HalfFault> {
    let (before, rest) = text.split_once("-----BEGIN ").ok_or(HalfFault::NotPem { wanted })?;
    let (label, rest) = rest.split_once("-----").ok_or(HalfFault::NotPem { wanted })?;
    if label != wanted {
        return Err(HalfFault::OtherPem { found: named(label), wanted });
    }
    let (body, after) = rest.split_once("-----END ").ok_or(HalfFault::DamagedPem)?;
    let after = after
        .strip_prefix(label)
        .and_then(|after| after.strip_prefix("-----"))
        .ok_or(HalfFault::DamagedPem)?;
    if !before.is_empty() || !matches!(after, "" | "\n") {
        return Err(HalfFault::TextAroundPem);
    }
    let body =
        body.strip_prefix('\n').and_then(|body| body.strip_suffix('\n')).ok_or(HalfFault::DamagedPem)?;
    unarmour(body)
}

/// `der` as one block labelled `label`.
pub(super) fn write(der: &[u8], label: &str) -> Zeroizing<String> {
    let mut base64 = Zeroizing::new(vec![0; der.len().div_ceil(3) * 4]);
    let length = STANDARD.encode_slice(der, &mut base64).unwrap_or_default();
    // One allocation of the final size: a string that grew would leave copies behind.
    let mut text = Zeroizing::new(String::with_capacity(length + length / COLUMNS + 64));
    text.extend(["-----BEGIN ", label, "-----\n"]);
    for line in base64.get(..length).unwrap_or_default().chunks(COLUMNS) {
        text.extend([std::str::from_utf8(line).unwrap_or_default(), "\n"]);
    }
    text.extend(["-----END ", label, "-----\n"]);
    text
}

fn unarmour(body: &str) -> Result<Zeroizing<Vec<u8>>, HalfFault> {
    let mut base64 = Zeroizing::new(String::with_capacity(body.len()));
    for line in body.split('\n') {
        if line.is_empty() {
            return Err(HalfFault::DamagedPem);
        }
        base64.push_str(line);
    }
    let mut der = Zeroizing::new(vec![0; base64.len() / 4 * 3 + 3]);
    let length = STANDARD.decode_slice(base64.as_bytes(), &mut der).map_err(|_| HalfFault::DamagedPem)?;
    der.truncate(length);
    Ok(der)
}

/// What a PEM label stands for, in words of ours: a label is a stranger's text.
fn named(label: &str) -> &'static str {
    match label {
        "PRIVATE KEY" => "a private key",
        "PUBLIC KEY" => "a public key",
        "EC PRIVATE KEY" => {
            "a private key in the older `EC PRIVATE KEY` form (convert it: `openssl pkcs8 -topk8 -nocrypt`)"
        }
        "ENCRYPTED PRIVATE KEY" => "an encrypted private key",
        "RSA PRIVATE KEY" | "RSA PUBLIC KEY" => "an RSA key",
        "DSA PRIVATE KEY" => "a DSA key",
        "OPENSSH PRIVATE KEY" => "an OpenSSH private key",
        "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => "a certificate",
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => "a certificate request",
        "EC PARAMETERS" => "curve parameters",
        "PGP PRIVATE KEY BLOCK" | "PGP PUBLIC KEY BLOCK" | "PGP MESSAGE" => "something of OpenPGP",
        _ => "something else",
    }
}
