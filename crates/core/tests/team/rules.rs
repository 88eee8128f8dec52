//! Every rule and limit of a team, one by one.

mod access;
mod invitations;
mod keys;
mod ownership;
mod people;
mod refusals;
mod revoking;
mod who;
mod workshop;
