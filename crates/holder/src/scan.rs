//! Finding private keys where they should not be.
