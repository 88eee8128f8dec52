//! The API, asked as its clients ask it.

mod demands;
mod details;
mod errors;
mod feed;
mod holders;
mod keys;
mod people;
mod secrets;
mod team;
