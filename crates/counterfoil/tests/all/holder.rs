//! What holders do, with the binary, against a real server where one is called.

mod calls;
mod children;
mod examined;
mod hand;
mod leaks;
mod minted;
mod refusing;
mod rotated;
mod servers_keys;
mod stores;
