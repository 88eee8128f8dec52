//! What threads meet by. The tests that try every order of steps put their own in its place, so everything here
//! that two threads share comes from this module.

pub(crate) use std::sync::atomic;
pub(crate) use std::sync::{Mutex, MutexGuard, PoisonError};
