//! What everybody may know of the authority: its certificate, and which of those that it signed are good no more.

use crate::fault::Fault;
use crate::public::{file, only_look};
use crate::sandbox::Inner;
use bytes::Bytes;
use http::{Request, Response};

/// The name of the authority's certificate below `/sandbox/`.
pub(crate) const ROOT_FILE: &str = "developer-root.cer";
/// The name of the list of certificates that are good no more.
pub(crate) const REVOKED_FILE: &str = "developer-root.crl";

/// Where that list is.
pub(crate) fn revoked_at(base: &str) -> String {
    format!("{base}/sandbox/{REVOKED_FILE}")
}

/// One of the two.
pub(crate) fn show(inner: &Inner, name: &str, request: &Request<Bytes>) -> Result<Response<Bytes>, Fault> {
    only_look(request)?;
    let Inner { developers, store, .. } = inner;
    if name == ROOT_FILE {
        return Ok(file(developers.certificate().to_vec(), "application/pkix-cert", false));
    }
    let list = developers.revocation_list(store.revoked()?, (inner.clock)());
    let list = list.map_err(|fault| Fault::Broken(fault.to_string()))?;
    Ok(file(list, "application/pkix-crl", false))
}
