//! What the ledger holds has happened, in whatever order: nothing of it makes a team panic, brings a
//! revoked key back, or leaves something undecidable.

use super::compare::assert_nothing_revived;
use super::world::World;
use crate::drawn::{actor, team_event, timestamp};
use counterfoil_core::event::{Actor, Event};
use counterfoil_core::team::Team;
use counterfoil_core::time::Timestamp;
use proptest::prelude::*;

type Happened = (Timestamp, Actor, Event);

fn history() -> impl Strategy<Value = Vec<Happened>> {
    prop::collection::vec((timestamp(), actor(), team_event()), 0..120)
}

fn apply(team: &mut Team, (at, by, event): &Happened) {
    let before = team.clone();
    team.apply(*at, *by, event);
    assert_eq!(team.version, before.version + 1, "{event:?}");
    assert_nothing_revived(&before, team);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn any_event_in_any_order_is_taken_in_and_any_command_decided_after_it(
        history in history(),
        seed in any::<u64>(),
        number in 0..5_u64,
    ) {
        let mut world = World::new(seed, number);
        for happened in &history {
            apply(&mut world.teams[0].0, happened);
        }
        for _ in 0..30 {
            let step = world.draw();
            let team = &mut world.teams[step.team].0;
            if let Ok(events) = team.decide(&step.command, step.circumstances(world.catalog)) {
                events.into_iter().for_each(|event| apply(team, &(step.now, step.by, event)));
            }
        }
    }

    #[test]
    fn the_same_events_make_the_same_team(history in history()) {
        let (mut one, mut other) = (World::new(1, 0), World::new(1, 0));
        for (at, by, event) in &history {
            one.teams[0].0.apply(*at, *by, event);
        }
        let written: Vec<_> = history.iter().map(|(_, _, event)| serde_json::to_vec(event).unwrap()).collect();
        for ((at, by, _), bytes) in history.iter().zip(written) {
            let event = serde_json::from_slice(&bytes).unwrap();
            other.teams[0].0.apply(*at, *by, &event);
        }
        prop_assert_eq!(&one.teams[0].0, &other.teams[0].0);
    }
}
