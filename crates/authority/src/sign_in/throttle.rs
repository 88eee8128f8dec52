//! Attempts that went wrong make the next ones wait, and lock nobody out.
