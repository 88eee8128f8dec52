//! Signatures that are none, or of something else.

use super::{Case, ConcatAll, loose_bits, team, texts};
use crate::client::{Draft, NOW, base64};
use crate::keys::{KEY, OTHER_KEY};

pub(super) fn signatures() -> Vec<Case> {
    let signature = team().signature();
    let with = |bytes: &[u8]| team().mangled(|segments| segments[2] = base64(bytes));
    let text = |mangle: fn(&str) -> String| team().mangled(|segments| segments[2] = mangle(&segments[2]));
    let (r, s) = signature.split_at(32);
    let order = crate::keys::unhex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    let der = p256::ecdsa::Signature::from_slice(&signature).unwrap().to_der();
    let changed = |claims: &Draft| team().mangled(|segments| segments[1] = base64(claims.claims_json()));
    let other = team().claim("exp", &(NOW + 1199).to_string());
    [
        texts(
            "signature-not-base64",
            &[
                ("a signature with padding", text(|it| format!("{it}=="))),
                ("a signature in the other alphabet", text(|it| format!("{}+/", &it[..84]))),
                ("a signature with bits that nothing reads", text(loose_bits)),
                ("a signature with a newline", text(|it| format!("{it}\n"))),
                ("a signature with a space", text(|it| format!(" {it}"))),
                ("a signature with a NUL", text(|it| format!("{it}\0"))),
                ("a signature in hex with a letter too many", text(|_| "0".repeat(85))),
            ],
        ),
        texts(
            "signature-length",
            &[
                ("no signature", with(&[])),
                ("a signature of 63 bytes", with(&signature[..63])),
                ("a signature of 65 bytes", with(&[&signature[..], &[0]].concat())),
                ("a signature of 32 bytes", with(r)),
                ("a signature in DER", with(der.as_bytes())),
                ("a signature of 96 bytes, as of P-384", with(&[7; 96])),
                ("a signature of 132 bytes, as of P-521", with(&[7; 132])),
                ("a signature of 256 bytes, as of RSA", with(&[7; 256])),
            ],
        ),
        texts(
            "signature-wrong",
            &[
                ("a signature of zeros", with(&[0; 64])),
                ("a signature with r zero", with(&[&[0; 32], s].concat())),
                ("a signature with s zero", with(&[r, &[0; 32]].concat())),
                ("a signature with r the order", with(&[&order, s].concat())),
                ("a signature with s the order", with(&[r, &order].concat())),
                ("a signature with both the order", with(&[&order[..], &order].concat())),
                ("a signature with r and s all ones", with(&[0xff; 64])),
                ("a signature with r and s one", with(&[&[0; 31][..], &[1], &[0; 31], &[1]].concat())),
                ("a signature with r and s exchanged", with(&[s, r].concat())),
                (
                    "a signature with its first bit turned",
                    with(&[&[signature[0] ^ 0x80], &signature[1..]].concat()),
                ),
                (
                    "a signature with its last bit turned",
                    with(&[&signature[..63], &[signature[63] ^ 1]].concat()),
                ),
                (
                    "a signature over the claims alone",
                    with(&KEY.sign(base64(team().claims_json()).as_bytes())),
                ),
                ("a signature over the JSON, not the segments", with(&KEY.sign(&team().claims_json()))),
                ("a signature of another token", with(&other.signature())),
                ("claims changed after signing", changed(&other)),
                (
                    "a header changed after signing",
                    team().mangled(|segments| segments[0] = base64(team().headless("typ").header_json())),
                ),
                (
                    "a space added to the claims after signing",
                    changed(&team().raw_claims([team().claims_json(), b" ".to_vec()].concat())),
                ),
                ("signed by another key under this key's id", team().signed_by(&OTHER_KEY).token()),
            ],
        ),
    ]
    .concat_all()
}
