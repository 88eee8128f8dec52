//! What the facts say of teams, held against the rules that decide; and the form in which events are written.

#[cfg(test)]
mod drawn;
#[cfg(test)]
mod format;
#[cfg(test)]
mod model;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod stage;
