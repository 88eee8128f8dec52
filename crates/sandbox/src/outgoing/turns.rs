//! Whose turn it is among posts that wait: teams take turns, and none has more than its share of those under way. So who
//! names a target that never answers waits for it alone.

use super::Taken;
use std::collections::{BTreeMap, VecDeque};

/// How many posts are under way at a time.
const AT_A_TIME: usize = 64;
/// How many of one team.
const AT_A_TIME_OF_A_TEAM: usize = 8;

/// Posts that wait, and how many are under way.
pub(super) struct Turns<P = Taken> {
    /// A team's, in the order in which they came. Who has none waiting is not here.
    waiting: BTreeMap<String, VecDeque<P>>,
    /// The teams that have some waiting: whose turn is next stands first.
    order: VecDeque<String>,
    under_way: BTreeMap<String, usize>,
}

impl<P> Default for Turns<P> {
    fn default() -> Self {
        Self { waiting: BTreeMap::new(), order: VecDeque::new(), under_way: BTreeMap::new() }
    }
}

impl<P> Turns<P> {
    /// A post waits behind its team's others.
    pub(super) fn wait(&mut self, team: &str, post: P) {
        let of_team = self.waiting.entry(team.to_owned()).or_default();
        if of_team.is_empty() {
            self.order.push_back(team.to_owned());
        }
        of_team.push_back(post);
    }

    /// The next that may be made, with its team; it is under way from now on.
    pub(super) fn next(&mut self) -> Option<(String, P)> {
        if self.under_way.values().sum::<usize>() >= AT_A_TIME {
            return None;
        }
        let may = |team: &String| self.under_way.get(team).is_none_or(|count| *count < AT_A_TIME_OF_A_TEAM);
        let team = self.order.iter().position(may).and_then(|at| self.order.remove(at))?;
        let of_team = self.waiting.get_mut(&team)?;
        let post = of_team.pop_front()?;
        if of_team.is_empty() {
            self.waiting.remove(&team);
        } else {
            self.order.push_back(team.clone());
        }
        *self.under_way.entry(team.clone()).or_default() += 1;
        Some((team, post))
    }

    /// One of a team's is under way no more.
    pub(super) fn ended(&mut self, team: &str) {
        if let Some(count) = self.under_way.get_mut(team) {
            *count -= 1;
            if *count == 0 {
                self.under_way.remove(team);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(turns: &mut Turns<u32>) -> Vec<(String, u32)> {
        std::iter::from_fn(|| turns.next()).collect()
    }

    #[test]
    fn a_team_whose_posts_never_end_holds_up_nobody_else() {
        let mut turns = Turns::default();
        (0..100).for_each(|number| turns.wait("slow", number));
        assert_eq!(all(&mut turns).len(), AT_A_TIME_OF_A_TEAM);
        turns.wait("quick", 7);
        assert_eq!(all(&mut turns), [("quick".to_owned(), 7)]);
        turns.ended("slow");
        assert_eq!(all(&mut turns), [("slow".to_owned(), 8)], "its own go on in their order");
    }

    #[test]
    fn teams_take_turns() {
        let mut turns = Turns::default();
        for (team, number) in [("a", 1), ("a", 2), ("a", 3), ("b", 4), ("c", 5), ("b", 6)] {
            turns.wait(team, number);
        }
        let order: Vec<u32> = all(&mut turns).into_iter().map(|(_, number)| number).collect();
        assert_eq!(order, [1, 4, 5, 2, 6, 3]);
    }

    #[test]
    fn only_so_many_are_under_way_and_nothing_is_kept_of_those_that_ended() {
        let mut turns = Turns::default();
        let teams: Vec<String> = (0..20).map(|number| format!("team {number}")).collect();
        (0..10).for_each(|number| teams.iter().for_each(|team| turns.wait(team, number)));
        let mut made = 0;
        loop {
            let begun = all(&mut turns);
            if begun.is_empty() {
                break;
            }
            assert!(begun.len() <= AT_A_TIME);
            made += begun.len();
            begun.iter().for_each(|(team, _)| turns.ended(team));
        }
        assert_eq!(made, 200);
        assert!(turns.waiting.is_empty() && turns.order.is_empty() && turns.under_way.is_empty());
    }
}
