//! What is open to a request that may pass.

use counterfoil_core::event::Sees;
use counterfoil_core::id::{BundleId, GroupName, IssuerId, KeyId, KindName, MemberId};
use counterfoil_core::roles::Roles;
use counterfoil_core::time::Timestamp;
use http::{HeaderName, HeaderValue};

/// Who may pass, and with what.
#[derive(Clone, Debug)]
pub struct Allowed {}

impl Allowed {
    /// The team.
    #[must_use]
    pub fn team(&self) -> IssuerId {
        todo!()
    }
    /// The key.
    #[must_use]
    pub fn key(&self) -> KeyId {
        todo!()
    }
    /// The key's kind.
    #[must_use]
    pub fn kind(&self) -> &KindName {
        todo!()
    }
    /// The roles at this moment.
    #[must_use]
    pub fn roles(&self) -> &Roles {
        todo!()
    }
    /// The group of endpoints.
    #[must_use]
    pub fn group(&self) -> &GroupName {
        todo!()
    }
    /// The user whose key it is.
    #[must_use]
    pub fn user(&self) -> Option<MemberId> {
        todo!()
    }
    /// Which apps are seen.
    #[must_use]
    pub fn sees(&self) -> &Sees {
        todo!()
    }
    /// The app that the token is for.
    #[must_use]
    pub fn bundle(&self) -> Option<&BundleId> {
        todo!()
    }
    /// When the token expires, the leeway included.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        todo!()
    }
    /// Whether a stream may outlive the token.
    #[must_use]
    pub fn streams_outlive_token(&self) -> bool {
        todo!()
    }
    /// What tells when the key may no more do this.
    #[must_use]
    pub fn live(&self) -> Live {
        todo!()
    }
    /// The headers that tell the upstream who it is.
    pub fn headers(&self) -> impl Iterator<Item = (&'static HeaderName, HeaderValue)> + '_ {
        std::iter::empty()
    }
}

/// Tells when a stream that was let in must end.
#[derive(Clone, Debug)]
pub struct Live {}

impl Live {
    /// Whether it may go on.
    #[must_use]
    pub fn is_live(&self) -> bool {
        todo!()
    }

    /// Waits until it may not. Any executor will do.
    pub async fn ended(&self) {
        todo!()
    }
}
