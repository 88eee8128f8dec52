//! What the clouds' own libraries stand on here: the house's connections, which know its proxies and its roots, and the
//! words for what they say.

use crate::fault::Fault;
use crate::http::{Answer, Call, Wire};
use crate::surroundings::Surroundings;
use std::error::Error;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// What to do about an identity that a cloud does not take.
pub(super) const CHECK_IDENTITY: &str =
    "check the identity that the variables name; docs/custody.md lists them";
/// More says nobody in one sentence.
const LONGEST: usize = 500;

/// Carries the calls of the clouds' libraries.
pub(super) struct Courier {
    far: Wire,
    nearby: Wire,
}

impl Courier {
    pub(super) fn new(around: &Surroundings) -> Arc<Self> {
        Arc::new(Self {
            far: Wire::new(Duration::from_secs(30), around),
            nearby: Wire::new(Duration::from_secs(2), around),
        })
    }

    /// Makes a call. Where a machine in a cloud learns its own identity nobody answers elsewhere, and nobody waits long.
    pub(super) async fn carry(&self, call: &Call<'_>) -> Result<Answer, Fault> {
        let wire = if is_beside_us(call.url.host()) { &self.nearby } else { &self.far };
        wire.send(call).await
    }
}

impl fmt::Debug for Courier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Courier")
    }
}

/// Whether it is one of the addresses at which clouds tell their machines who they are.
pub(super) fn is_beside_us(host: &str) -> bool {
    matches!(host.parse(), Ok(IpAddr::V4(address)) if address.is_link_local())
}

/// What a cloud answered that is no success. Clouds say what is wrong, never what is kept.
pub(super) fn answered(cloud: &str, status: u16, said: &str) -> Fault {
    let hint = match status {
        401 | 403 => "the identity may not do this: docs/custody.md lists the rights that are needed",
        _ => "docs/custody.md says which settings count",
    };
    Fault::new(format!("{cloud} answered {status}: {}", line(said)), hint)
}

/// A fault of the house's own that a library has wrapped up.
pub(super) fn wrapped(error: &(dyn Error + 'static)) -> Option<Fault> {
    causes(error).find_map(|cause| cause.downcast_ref::<Fault>().cloned())
}

/// An error and what it came from. Only what they say is ever shown: their `Debug` may have a request in it.
pub(super) fn causes<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

/// What an error and its causes say, once each.
pub(super) fn told(error: &(dyn Error + 'static)) -> String {
    let mut told = String::new();
    for said in causes(error).map(|cause| line(&cause.to_string())) {
        if !told.contains(&said) {
            told = if told.is_empty() { said } else { format!("{told}: {said}") };
        }
    }
    told
}

/// The first line of what was said.
pub(super) fn line(said: &str) -> String {
    said.trim().lines().next().unwrap_or_default().chars().take(LONGEST).collect()
}
