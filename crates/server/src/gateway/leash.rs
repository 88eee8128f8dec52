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
    live: Live,
    until: Option<Timestamp>,
    house: Arc<House>,
}

impl Leash {
    pub(super) fn new(allowed: &Allowed, house: &Arc<House>) -> Self {
        let until = (!allowed.streams_outlive_token()).then(|| allowed.good_until());
        Self { live: allowed.live(), until, house: Arc::clone(house) }
    }

    /// Whether it may go on, as far as can be told without a look at the clock.
    pub(super) fn holds(&self) -> bool {
        self.live.is_live()
    }

    /// Waits until it may not go on.
    pub(super) async fn ended(&self) {
        tokio::select! {
            () = self.live.ended() => {}
            () = self.expired() => {}
        }
    }

    async fn expired(&self) {
        let Some(until) = self.until else { return std::future::pending().await };
        loop {
            let left = until.as_millis().saturating_sub(self.house.authority.now().as_millis());
            let Some(left) = u64::try_from(left).ok().filter(|left| *left > 0) else { return };
            tokio::time::sleep(Duration::from_millis(left).min(LOOK)).await;
        }
    }
}
