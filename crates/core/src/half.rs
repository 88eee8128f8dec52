//! The two halves of a key, P-256 and nothing else.
//!
//! [`PrivateHalf`] signs and never shows itself; [`PublicHalf`] is what the issuer keeps. Both are
//! parsed once, at the door, and whatever they are not is refused by name.

mod der;
mod fault;
mod pem;
mod private;
mod public;
mod thumbprint;

pub use fault::HalfFault;
pub use private::PrivateHalf;
pub use public::{PublicHalf, VerifyingHalf};
pub use thumbprint::Thumbprint;

/// An ES256 signature: r and s, 32 bytes each.
pub type Signature = [u8; 64];
