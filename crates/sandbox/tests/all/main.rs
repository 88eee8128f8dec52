//! The sandbox, asked as a gateway asks it.

#![expect(clippy::needless_pass_by_value, reason = "bodies are written where they are sent")]

#[cfg(test)]
mod desk;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod prices;
#[cfg(test)]
mod relations;
#[cfg(test)]
mod reports;
#[cfg(test)]
mod writes;
