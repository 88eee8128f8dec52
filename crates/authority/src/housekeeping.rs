//! What is done again and again, beside the requests: erase what is overdue, add up old counts,
//! forget what is over. Several servers at once do no harm.

use crate::authority::Authority;
use crate::failure::Failure;
use crate::refusals::kept_since;
use crate::sign_in::SESSION_IDLE;
use crate::sign_in::throttle::forgotten_since;
use crate::store::Statement;
use crate::store::tables::{
    answers, attempts, challenges, links, loans, outbox, people, refusals, servers, sessions, sign_in_events,
    sign_ons,
};
use counterfoil_core::time::Timestamp;
use std::time::Duration;

/// How often a round is made.
const EVERY: Duration = Duration::from_secs(60);
/// Every how many rounds counts are added up.
const ROUNDS_A_ROLL_UP: u64 = 60;
/// How long a link that is over is kept, for whoever asks what became of it.
const LINKS_KEPT: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long what an invitation says of a person is kept after it has run out.
const INVITATIONS_KEPT: Duration = Duration::from_secs(30 * 24 * 3600);
/// How long a server that reports no more is remembered.
const SERVERS_KEPT: Duration = Duration::from_secs(24 * 3600);

impl Authority {
    /// One round. Each part is tried, also after another has failed.
    ///
    /// # Errors
    /// The first failure.
    pub async fn tick(&self, now: Timestamp) -> Result<(), Failure> {
        self.twins.forget_finished();
        let purged =
            self.store().write(purges(now, self.site().history_kept)).await.map(drop).map_err(Failure::from);
        let erased = self.erase_overdue_halves().await.map(drop);
        purged.and(erased)
    }

    pub(crate) async fn keep_house(&self) {
        for round in 0_u64.. {
            if let Err(failure) = self.tick(self.now()).await {
                tracing::warn!(%failure, "A round of housekeeping could not be finished; the next one tries again");
            }
            if let Err(failure) = self.take_up_seal_key().await {
                tracing::warn!(%failure, "The seal key in force could not be taken up");
            }
            if round % ROUNDS_A_ROLL_UP == 0
                && let Err(failure) = self.roll_up().await
            {
                tracing::warn!(%failure, "Usage could not be added up; it is tried again in an hour");
            }
            tokio::time::sleep(EVERY).await;
        }
    }
}

fn purges(now: Timestamp, history_kept: Duration) -> Vec<Statement> {
    let mut purges = vec![
        answers::purge(now),
        links::purge(now.minus(LINKS_KEPT)),
        sessions::purge(now, now.minus(SESSION_IDLE)),
        servers::purge(now.minus(SERVERS_KEPT)),
        loans::purge(),
        refusals::purge(kept_since(now)),
        people::purge_invitations(now.minus(INVITATIONS_KEPT)),
        outbox::purge(now.minus(crate::outbox::KEPT)),
        sign_ons::purge(now),
        challenges::purge(now),
        attempts::purge(forgotten_since(now)),
    ];
    purges.extend(sign_in_events::purge(now.minus(history_kept)));
    purges
}
