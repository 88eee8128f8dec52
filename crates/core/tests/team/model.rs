//! Random histories, in which the rules and a naive model of them must agree at every step.
//!
//! The model ([`naive`]) is written from the description of App Store Connect's behaviour, with
//! plain lists and texts, and knows nothing of how the rules are written. It lists all that speaks
//! against a command; the refusal must be one of these, and what is allowed must lead to the state
//! that the model arrives at by its own way.
//!
//! `COUNTERFOIL_MODEL_SEED` and `COUNTERFOIL_MODEL_STEPS` choose another or a longer history.

mod any_order;
mod books;
mod compare;
mod dice;
mod naive;
mod world;

use compare::{assert_invariants, differences};
use std::collections::BTreeMap;
use world::World;

/// Steps of one world: after that another begins, so that teams stay small enough to compare whole.
const STEPS_OF_A_WORLD: u64 = 600;

#[test]
fn a_hundred_thousand_random_steps_agree_with_a_naive_model() {
    let seed = setting("COUNTERFOIL_MODEL_SEED", 20_261_121);
    let steps = setting("COUNTERFOIL_MODEL_STEPS", 120_000);
    println!("COUNTERFOIL_MODEL_SEED={seed} COUNTERFOIL_MODEL_STEPS={steps}");
    let mut tally = Tally::default();
    for number in 0..steps.div_ceil(STEPS_OF_A_WORLD) {
        play(World::new(seed, number), &mut tally);
    }
    println!("{tally:#?}");
    tally.assert_everything_happened();
}

#[expect(
    clippy::disallowed_methods,
    reason = "the rules read no environment, whoever repeats a history does"
)]
fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
}

/// How often what happened.
#[derive(Debug, Default)]
struct Tally {
    allowed: BTreeMap<&'static str, u32>,
    unchanged: BTreeMap<&'static str, u32>,
    refused: BTreeMap<&'static str, u32>,
    most_team_keys: usize,
}

fn play(mut world: World, tally: &mut Tally) {
    for _ in 0..STEPS_OF_A_WORLD {
        let step = world.draw();
        let (team, model) = &mut world.teams[step.team];
        let answer = team.decide(&step.command, step.circumstances(world.catalog));
        let objections = model.objections(world.book, step.by, &step.command, step.now);
        let name = books::name(&step.command);
        match answer {
            Err(refusal) => {
                let word = crate::stage::word(&refusal);
                assert!(
                    objections.contains(&word),
                    "{refusal:?}, but the model says {objections:?}\n{}",
                    world.told()
                );
                *tally.refused.entry(word).or_default() += 1;
            }
            Ok(events) => {
                assert!(
                    objections.is_empty(),
                    "allowed, but the model says {objections:?}\n{}",
                    world.told()
                );
                let before = team.clone();
                events.iter().for_each(|event| team.apply(step.now, step.by, event));
                let changed = model.carry_out(world.book, step.by, &step.command);
                assert_eq!(team.version, before.version + events.len() as u64);
                assert_eq!(!events.is_empty(), changed, "{events:?}\n{}", world.history.join("\n"));
                let differ = differences(team, model);
                assert!(differ.is_empty(), "{differ:#?}\n{}", world.history.join("\n"));
                assert_invariants(&before, team, world.book);
                tally.most_team_keys = tally.most_team_keys.max(compare::active_keys(team, "TEAM"));
                let of = if changed { &mut tally.allowed } else { &mut tally.unchanged };
                *of.entry(name).or_default() += 1;
            }
        }
    }
}

impl Tally {
    /// A history in which something never happens proves nothing about it.
    fn assert_everything_happened(&self) {
        for command in books::COMMANDS {
            let times = self.allowed.get(command).copied().unwrap_or_default();
            assert!(times >= 25, "{command} was allowed {times} times only");
        }
        for command in ["ChangeMember", "EraseHalf", "Revoke"] {
            assert!(self.unchanged.contains_key(command), "{command} was never without effect");
        }
        for word in books::OBJECTIONS {
            let times = self.refused.get(word).copied().unwrap_or_default();
            assert!(times >= 25, "{word} was met {times} times only");
        }
        assert_eq!(self.most_team_keys, 50, "some team had as many keys as a team can have");
    }
}
