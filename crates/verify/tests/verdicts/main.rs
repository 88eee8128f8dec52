//! Verdicts, from outside: what an embedding server sees.

mod bed;
mod cache;
mod feed;
mod hostile;
mod limits;
mod order;
mod races;
mod rights;
mod streams;
mod usage;
