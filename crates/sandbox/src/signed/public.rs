//! The root, for whoever is to verify what is signed here.

use crate::fault::Fault;
use crate::public::{file, only_look};
use crate::sandbox::Inner;
use bytes::Bytes;
use http::{Request, Response};

/// What the root is called below `/sandbox/`.
pub(crate) const ROOT_FILE: &str = "root.cer";

/// Answers with the root, in DER.
///
/// # Errors
/// If something else than looking is asked for.
pub(crate) fn show(inner: &Inner, request: &Request<Bytes>) -> Result<Response<Bytes>, Fault> {
    only_look(request)?;
    Ok(file(inner.signer.root().to_vec(), "application/x-x509-ca-cert", false))
}
