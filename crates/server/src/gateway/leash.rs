//! How long what was let in may go on: a stream, a long poll, an upgraded connection.

use crate::app::House;
use counterfoil_core::time::Timestamp;
use counterfoil_verify::{Allowed, Live};
use std::sync::Arc;
use std::time::Duration;

/// How often the clock is looked at: it may be set, and a machine may sleep.
const LOOK: Duration = Duration::from_secs(1);

/// Ends when the key is revoked or may not do this any more, and when its token is over, unless the catalog
/// says that streams outlive it.
#[derive(Clone)]
pub(super) struct Leash {
    live: Option<Live>,
    until: Option<Timestamp>,
    house: Arc<House>,
}

impl Leash {
    pub(super) fn new(allowed: &Allowed, house: &Arc<House>) -> Self {
        let until = (!allowed.streams_outlive_token()).then(|| allowed.good_until());
        Self { live: Some(allowed.live()), until, house: Arc::clone(house) }
    }

    /// One that never pulls: what is open to everybody goes on for as long as it likes.
    pub(super) fn none(house: &Arc<House>) -> Self {
        Self { live: None, until: None, house: Arc::clone(house) }
    }

    /// Whether it may go on.
    pub(super) fn holds(&self) -> bool {
        self.live.as_ref().is_none_or(Live::is_live) && self.left().is_none_or(|left| !left.is_zero())
    }

    /// Waits until it may not go on.
    pub(super) async fn ended(&self) {
        let revoked = async {
            match &self.live {
                Some(live) => live.ended().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = revoked => {}
            () = self.expired() => {}
        }
    }

    async fn expired(&self) {
        loop {
            match self.left() {
                None => return std::future::pending().await,
                Some(left) if left.is_zero() => return,
                Some(left) => tokio::time::sleep(left.min(LOOK)).await,
            }
        }
    }

    /// How long its token lasts, if it ends with that.
    fn left(&self) -> Option<Duration> {
        let left = self.until?.as_millis().saturating_sub(self.house.authority.now().as_millis());
        Some(Duration::from_millis(u64::try_from(left).unwrap_or(0)))
    }
}
