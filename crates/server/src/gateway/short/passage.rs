//! A plain request on its way through: from the verdict to the end of the upstream's answer.

use super::answer::Marks;
use super::exchange::{Exchange, Stop};
use super::passing::Passing;
use super::request::{asked, tell_who_asks};
use crate::app::House;
use crate::gateway::answer::{Door, refusal_in_bytes};
use crate::gateway::judge::judge_new;
use crate::gateway::leash::Leash;
use crate::gateway::proxy::unanswered;
use crate::gateway::upstream::Upstream;
use crate::listen::{Carried, Forward, Outlet};
use crate::request_id::RequestId;
use crate::trust::KeptAddress;
use counterfoil_verify::verdict::Outcome;
use counterfoil_verify::{NeedsProof, Presented, Verdict};
use std::io;
use std::sync::Arc;

/// A plain request that goes to the upstream, unless something is found that speaks against it.
pub(super) struct Passage {
    pub(super) house: Arc<House>,
    pub(super) upstream: Arc<Upstream>,
    pub(super) id: RequestId,
    /// What goes to the upstream, but for who asks.
    pub(super) head: Vec<u8>,
    pub(super) judged: Judged,
}

/// What is known of whoever asks.
pub(super) enum Judged {
    /// All there is.
    Known(Verdict),
    /// Too little.
    Unknown(Box<Unknown>),
}

/// A question that is not answered at once.
pub(super) struct Unknown {
    pub(super) target: String,
    pub(super) token: String,
    pub(super) from: KeptAddress,
    pub(super) wanting: NeedsProof,
}

impl Forward for Passage {
    fn carry<'c>(self: Box<Self>, client: &'c mut Outlet<'_>) -> Carried<'c> {
        Box::pin(self.through(client))
    }
}

impl Passage {
    async fn through(self: Box<Self>, client: &mut Outlet<'_>) -> io::Result<()> {
        let Self { house, upstream, id, mut head, judged } = *self;
        let verdict = match judged {
            Judged::Known(verdict) => verdict,
            Judged::Unknown(unknown) => Box::pin(unknown.judged(&house, &id)).await,
        };
        let Outcome::Allowed(allowed) = &verdict.outcome else {
            client.written().response(&refusal_in_bytes(&house, &verdict, Door::Gateway, &id));
            return Ok(());
        };
        tell_who_asks(&mut head, allowed);
        let leash = Leash::new(allowed, &house);
        let marks = Marks { verdict: &verdict, id: &id };
        match Exchange::with(&upstream, &leash).begin(&head, &marks, client).await {
            Ok((cord, answer)) => Passing::of(cord, answer, &upstream, leash).through(client).await,
            Err(Stop::Gone(gone)) => Err(gone),
            Err(Stop::Lost(lost)) => {
                client.written().response(&unanswered(&house, verdict, &lost, &id));
                Ok(())
            }
        }
    }
}

impl Unknown {
    async fn judged(self, house: &House, id: &RequestId) -> Verdict {
        let Self { target, token, from, wanting } = self;
        let asked = asked(&target, Presented::Bearer(&token), id, &from);
        let verdict = judge_new(house, &asked, wanting).await;
        house.tally.count(Door::Gateway, &verdict);
        verdict
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length_of<F, A>(_: impl FnOnce(A) -> F) -> usize {
        size_of::<F>()
    }

    #[test]
    fn what_is_made_for_each_request_is_short() {
        type Given = (Box<Passage>, &'static mut Outlet<'static>);
        let through = length_of(|(passage, client): Given| passage.through(client));
        assert!(size_of::<Passage>() < 512 && through < 2048, "{} {through}", size_of::<Passage>());
    }
}
