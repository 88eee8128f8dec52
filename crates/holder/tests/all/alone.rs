//! Tests in a process of their own: the clouds' libraries look at the variables of the process, not at ours.

use crate::place::Place;
use counterfoil_holder::custody::Means;
use counterfoil_holder::fault::Fault;
use counterfoil_holder::surroundings::Surroundings;
use std::process::Command;

pub(crate) const WHICH: &str = "COUNTERFOIL_TEST_PLACE";

/// Runs the test of this name once more in each of the places that `prepare` makes, one after the other, with what stands
/// beside them. There `act` is done, which is told the number of the place.
pub(crate) fn in_places<B>(
    name: &str,
    prepare: impl FnOnce() -> (Vec<Place>, B),
    act: impl FnOnce(usize, &Means<'_>),
) {
    if let Ok(which) = std::env::var(WHICH) {
        let around = Surroundings::new(std::env::vars_os(), std::env::current_dir().unwrap());
        let nobody = |_: &str| Err(Fault::new("nobody to ask", ""));
        return act(which.parse().unwrap(), &Means::new(&around, &nobody));
    }
    let (places, _beside) = prepare();
    for (which, place) in places.iter().enumerate() {
        let mut alone = Command::new(std::env::current_exe().unwrap());
        alone.args(["--exact", name]).current_dir(place.path("")).env_clear();
        alone.envs(place.variables().iter().cloned()).env(WHICH, which.to_string());
        let output = alone.output().unwrap();
        let (said, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success() && said.contains("1 passed"), "in place {which}: {said}{told}");
    }
}
