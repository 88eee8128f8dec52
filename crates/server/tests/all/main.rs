//! The server's tests, in one binary.

#[cfg(test)]
mod listen;
