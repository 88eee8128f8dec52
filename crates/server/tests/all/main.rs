//! The server's tests, in one binary.

#[cfg(test)]
mod api;
#[cfg(test)]
mod console;
#[cfg(test)]
mod envoy;
#[cfg(test)]
mod front_door;
#[cfg(test)]
mod gateway;
#[cfg(test)]
mod key_pages;
#[cfg(test)]
mod listen;
#[cfg(test)]
mod log;
#[cfg(feature = "program-tests")]
#[cfg(test)]
mod mail;
#[cfg(feature = "program-tests")]
#[cfg(test)]
mod node;
#[cfg(feature = "proxy-tests")]
#[cfg(test)]
mod proxies;
#[cfg(test)]
mod single_sign_on;
#[cfg(test)]
mod team_pages;
#[cfg(test)]
mod town;
#[cfg(test)]
mod traefik;
#[cfg(test)]
mod visitor;
