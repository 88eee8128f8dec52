//! Ending a leaked key with nothing but its private half.
