//! Brings a plan about, call by call.

use super::plan::Step;
use super::state::State;
use super::store::Store;
use crate::fault::Fault;
use crate::surroundings::Surroundings;

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How many calls were made this time.
    pub made: usize,
    /// How many an earlier run had made.
    pub before: usize,
}

/// Makes the calls in their order. The state is on the disk before each, and gone after the last; `say` is told how
/// far it is.
///
/// # Errors
/// A call was refused, or not answered: what was done stays done, and the next run goes on.
pub fn apply(
    store: &mut Store<'_, '_>,
    steps: &[&Step],
    mut state: State,
    wishes: &str,
    around: &Surroundings,
    say: &dyn Fn(&str),
) -> Result<Outcome, Fault> {
    let before = state.done;
    state.calls = before + steps.len();
    for step in steps {
        state.under_way = Some(step.what.clone());
        state.write(around, wishes)?;
        say(&format!("{} of {}: {}", state.done + 1, state.calls, step.what));
        store.change(step.method, &step.path, step.body.as_ref()).map_err(|fault| fault.of(&step.what))?;
        state.done += 1;
    }
    state.end(around, wishes)?;
    Ok(Outcome { made: steps.len(), before })
}
