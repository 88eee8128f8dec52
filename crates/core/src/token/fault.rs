//! Every reason for which a token is refused.

use crate::jws::object::ObjectFault;
use std::fmt;

macro_rules! faults {
    ($($(#[$doc:meta])* $fault:ident, $name:literal, $sentence:literal;)*) => {
        /// Why a token is refused. Strangers never hear it; whoever proves to hold the key does.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum TokenFault {
            $(#[doc = $sentence] $(#[$doc])* $fault,)*
        }

        impl TokenFault {
            /// All of them, in the order in which they are looked for.
            pub const ALL: &'static [Self] = &[$(Self::$fault),*];

            /// A word for it that never changes.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$fault => $name,)*
                }
            }

            const fn sentence(self) -> &'static str {
                match self {
                    $(Self::$fault => $sentence,)*
                }
            }
        }
    };
}

faults! {
    NotThreeSegments, "not-three-segments", "A token is three segments joined by two dots.";
    HeaderTooLong, "header-too-long", "The header is longer than 1 KiB.";
    HeaderNotBase64, "header-not-base64", "The header is not base64url without padding.";
    HeaderNotJson, "header-not-json", "The header is not JSON.";
    HeaderNotObject, "header-not-an-object", "The header is not a JSON object.";
    HeaderDuplicate, "header-duplicate-member", "The header gives a member twice.";
    HeaderTooComplex, "header-too-complex", "The header nests too deep or has too many members.";
    AlgorithmMissing, "algorithm-missing", "The header has no `alg`.";
    AlgorithmNotEs256, "algorithm-not-es256", "The header's `alg` is not ES256.";
    CriticalHeader, "critical-header", "The header has `crit`: it demands something that is not understood here.";
    UnencodedPayload, "unencoded-payload", "The header has `b64`: only the usual encoding is taken.";
    KeyInHeader, "key-in-header", "The header brings its own key (`jwk`, `jku`, `x5u` or `x5c`).";
    TypeNotJwt, "type-not-jwt", "The header's `typ` is not JWT.";
    PayloadTooLong, "payload-too-long", "The claims are longer than 8 KiB.";
    PayloadNotBase64, "payload-not-base64", "The claims are not base64url without padding.";
    SignatureNotBase64, "signature-not-base64", "The signature is not base64url without padding.";
    SignatureLength, "signature-length", "An ES256 signature is 64 bytes, r and s side by side; this one is not.";
    PayloadNotJson, "payload-not-json", "The claims are not JSON.";
    PayloadNotObject, "payload-not-an-object", "The claims are not a JSON object.";
    PayloadDuplicate, "payload-duplicate-member", "The claims give a member twice.";
    PayloadTooComplex, "payload-too-complex", "The claims nest too deep or have too many members.";
    KeyIdMissing, "key-id-missing", "Neither `kid` in the header nor anything else names the key.";
    KeyIdMalformed, "key-id-malformed", "The header's `kid` is not a key id: 10 characters of A–Z and 0–9.";
    ThumbprintMalformed, "thumbprint-malformed", "The claim `jkt` is not a thumbprint: 43 characters of base64url.";
    SignatureWrong, "signature-wrong", "The signature was not made with the private half of the key that is named.";
    IssuerMissing, "issuer-missing", "The claim `iss` is missing.";
    IssuerMalformed, "issuer-malformed", "The claim `iss` is not an issuer id.";
    IssuerOther, "issuer-other", "The claim `iss` is not the issuer id of the key's team.";
    IssuerUncalled, "issuer-uncalled", "The claim `iss` does not belong in a token of this kind of key.";
    SubjectMissing, "subject-missing", "The claim `sub` is missing; it must be `user`.";
    SubjectOther, "subject-other", "The claim `sub` is not `user`.";
    SubjectUncalled, "subject-uncalled", "The claim `sub` does not belong in a token of this kind of key.";
    AudienceMissing, "audience-missing", "The claim `aud` is missing.";
    AudienceMalformed, "audience-malformed", "The claim `aud` is neither a text nor an array of one text.";
    AudienceOther, "audience-other", "The claim `aud` names another audience.";
    BundleMissing, "bundle-missing", "The claim `bid` is missing.";
    BundleMalformed, "bundle-malformed", "The claim `bid` is not a bundle id.";
    IssuedAtMissing, "issued-at-missing", "The claim `iat` is missing.";
    IssuedAtMalformed, "issued-at-malformed", "The claim `iat` is not a date in seconds since 1970.";
    IssuedInFuture, "issued-in-future", "The claim `iat` lies in the future.";
    NotBeforeMalformed, "not-before-malformed", "The claim `nbf` is not a date in seconds since 1970.";
    NotYetValid, "not-yet-valid", "The claim `nbf` lies in the future.";
    ExpiryMissing, "expiry-missing", "The claim `exp` is missing.";
    ExpiryMalformed, "expiry-malformed", "The claim `exp` is not a date in seconds since 1970.";
    Expired, "expired", "The token has expired.";
    ScopeMalformed, "scope-malformed", "The claim `scope` is not an array of entries like `GET /v1/apps`.";
    LifetimeTooLong, "lifetime-too-long", "The claim `exp` lies too far ahead.";
    IssuedTooLongBefore, "issued-too-long-before", "The claim `iat` lies too far before `exp`.";
    LongLivedScope, "long-lived-scope", "A token that lives this long needs a `scope` of nothing but GET entries on resources that allow it.";
}

impl TokenFault {
    pub(crate) const fn of_header(fault: ObjectFault) -> Self {
        match fault {
            ObjectFault::NotJson => Self::HeaderNotJson,
            ObjectFault::NotAnObject => Self::HeaderNotObject,
            ObjectFault::Duplicate => Self::HeaderDuplicate,
            ObjectFault::TooDeep | ObjectFault::TooManyMembers => Self::HeaderTooComplex,
        }
    }

    pub(crate) const fn of_payload(fault: ObjectFault) -> Self {
        match fault {
            ObjectFault::NotJson => Self::PayloadNotJson,
            ObjectFault::NotAnObject => Self::PayloadNotObject,
            ObjectFault::Duplicate => Self::PayloadDuplicate,
            ObjectFault::TooDeep | ObjectFault::TooManyMembers => Self::PayloadTooComplex,
        }
    }
}

impl fmt::Display for TokenFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.sentence())
    }
}

impl std::error::Error for TokenFault {}
