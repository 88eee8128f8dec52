//! The server's tests, in one binary.

#[cfg(test)]
mod api;
#[cfg(test)]
mod listen;
#[cfg(test)]
mod town;
