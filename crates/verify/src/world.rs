//! What a verdict is given by: one catalog and one registry, replaced together.

use crate::registry::Records;
use crate::rules::Rules;
use crate::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

/// One catalog with one epoch's records.
pub(crate) struct World {
    pub(crate) rules: Arc<Rules>,
    pub(crate) records: Arc<Records>,
    is_over: AtomicBool,
}

impl World {
    pub(crate) const fn new(rules: Arc<Rules>, records: Arc<Records>) -> Self {
        Self { rules, records, is_over: AtomicBool::new(false) }
    }

    /// Whether another has taken its place: what was let in by this one ends.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Acquire)
    }

    /// Ends it and wakes all streams that it let in.
    pub(crate) fn end(&self) {
        self.is_over.store(true, Ordering::Release);
        self.records.ring_all();
    }
}
