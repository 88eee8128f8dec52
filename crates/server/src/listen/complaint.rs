//! Saying a thing that happens a thousand times a second once in a while.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

const SILENCE: Duration = Duration::from_secs(10);

/// Something worth a line in the log, but not each time.
#[derive(Debug, Default)]
pub(crate) struct Complaint(Mutex<Option<Instant>>);

impl Complaint {
    /// Whether it was not said in the last ten seconds; it then counts as said.
    pub(crate) fn is_due(&self) -> bool {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = said.is_none_or(|last| last.elapsed() >= SILENCE);
        if due {
            *said = Some(Instant::now());
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_complaint_is_made_once_in_ten_seconds() {
        let complaint = Complaint::default();
        assert!(complaint.is_due());
        tokio::time::advance(Duration::from_secs(9)).await;
        assert!(!complaint.is_due());
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(complaint.is_due());
    }
}
