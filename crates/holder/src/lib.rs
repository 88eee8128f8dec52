//! The holder's side: private halves are read from wherever people keep them, tokens are minted, calls are made,
//! refusals are explained. It knows nothing of the server but its HTTP doors, and works without any.
//!
//! Nothing here prints, and nothing but [`custody`] gives a private half away. What surrounds the process (its
//! variables, home and current folder, its clock) is an argument: [`surroundings::Surroundings`].

mod asn1;
pub mod blast_radius;
pub mod burn;
pub mod caller;
pub mod clock;
pub mod custody;
pub mod dates;
pub mod doctor;
pub mod exec;
pub mod explain;
pub mod fastlane;
pub mod fault;
mod git;
pub mod http;
pub mod keys;
pub mod memory;
pub mod mint;
pub mod offers;
pub mod pages;
pub mod pem;
pub mod prices;
pub mod profile;
pub mod receipts;
pub mod reference;
pub mod rotate;
pub mod scan;
pub mod sources;
pub mod surroundings;
pub mod transactions;
