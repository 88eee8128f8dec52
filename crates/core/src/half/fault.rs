//! Why something is not a half.

/// Why a file or a text is not the half it was meant to be. It never carries any of what was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HalfFault {
    /// No PEM armour around it.
    #[error(
        "there is no PEM block in this text; wanted is `-----BEGIN {wanted}-----`, base64, `-----END {wanted}-----`"
    )]
    NotPem {
        /// The label that was looked for.
        wanted: &'static str,
    },
    /// A PEM block of another kind.
    #[error("this PEM block holds {found}; wanted is `-----BEGIN {wanted}-----`")]
    OtherPem {
        /// What the block says it is.
        found: &'static str,
        /// The label that was looked for.
        wanted: &'static str,
    },
    /// The armour is right and what is in it is not.
    #[error("the text between the PEM lines is damaged: wanted are lines of base64 and nothing else")]
    DamagedPem,
    /// Text around or after the one block.
    #[error("there is text before or after the PEM block; wanted is one block alone")]
    TextAroundPem,
    /// Not base64.
    #[error("this is not base64 of a public key (SubjectPublicKeyInfo, DER)")]
    NotBase64,
    /// Not DER at all.
    #[error("this is not a key in DER; wanted is {wanted}")]
    NotDer {
        /// The structure that was looked for.
        wanted: &'static str,
    },
    /// Fewer bytes than the structure says.
    #[error("the key is cut off: bytes are missing at its end")]
    Truncated,
    /// More bytes than the structure says.
    #[error("bytes follow after the end of the key; wanted is the key alone")]
    TrailingBytes,
    /// A key, but not of ours.
    #[error("this is {found}; wanted is a P-256 (prime256v1) key")]
    OtherKey {
        /// What kind of key it is.
        found: &'static str,
    },
    /// A private key in another wrapping.
    #[error("this is {found}; wanted is unencrypted PKCS#8, as in the downloaded .p8 file")]
    OtherWrapping {
        /// What the wrapping is.
        found: &'static str,
    },
    /// P-256 in PKCS#8, but neither of the two forms that are written by those who make keys.
    #[error(
        "this P-256 private key is in an unusual form; wanted is PKCS#8 of 138 or 150 bytes, the public half included"
    )]
    UnusualForm,
    /// Zero, or not below the order of the group.
    #[error("the private number is outside the range of P-256")]
    OutOfRange,
    /// The public half in the file belongs to another private half.
    #[error("the public half in this file does not belong to its private half")]
    HalvesDiffer,
    /// The private half where only the public one belongs.
    #[error("this holds the private half; only the public half belongs here")]
    PrivateHere,
    /// The neutral point.
    #[error("this public half is the point at infinity, which is no key")]
    Infinity,
    /// A compressed or hybrid point.
    #[error(
        "this public half is a {found} point; wanted is an uncompressed one (65 bytes beginning with 04)"
    )]
    PointForm {
        /// `compressed` or `hybrid`.
        found: &'static str,
    },
    /// Neither a point nor anything like it.
    #[error("this public half is not an uncompressed point (65 bytes beginning with 04)")]
    NotAPoint,
    /// Two numbers that are not on the curve.
    #[error("this public half is not a point on the curve P-256")]
    OffCurve,
    /// Not a JSON Web Key.
    #[error(
        "this is not a JSON Web Key with `kty` EC, `crv` P-256 and 43 characters of base64url each in `x` and `y`"
    )]
    NotAJwk,
    /// Not a thumbprint.
    #[error("a thumbprint must be 43 characters of base64url (RFC 7638 with SHA-256)")]
    NotAThumbprint,
    /// The machine failed, not the key.
    #[error("the cryptographic library failed")]
    Library,
}
