//! What holders do, with the binary, against a real server where one is called.

mod calls;
mod canaries;
mod children;
mod examined;
mod hand;
mod leaks;
mod memory;
mod minted;
mod offered;
mod prices;
mod proxied;
mod refusing;
mod rotated;
mod servers_keys;
mod signed;
mod stores;
